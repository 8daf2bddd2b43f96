"""The compiled core: cuts along a line, and exact re-divisions of two or three neighbouring groups.

Households stand in canonical order: stairwell by stairwell, in each from the lowest floor up. A division is priced
lexicographically: households outside the bounds, then floors cut, then stairwells cut (one integer `key`), then metres
of way between households and the centre of their group.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

_FLOOR = 1 << 20
_BOUND = 1 << 40
_WORST = 1 << 60
_SAME_M = 1e-7


class Homes(NamedTuple):
    """The households of one grid in canonical order.

    stair, floor int32 (n,): number of the stairwell and of the floor, neither ever falls from one to the next; an
    unknown floor is a number of its own. x, y, up float64 (n,): metres east, north and above the door.
    """

    stair: NDArray[np.int32]
    floor: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    up: NDArray[np.float64]


@jit
def walk(homes: Any, a: Any, b: Any) -> Any:
    """Metres of way between two households: up or down the same stairs, else down, across and up."""
    climb = abs(homes.up[a] - homes.up[b]) if homes.stair[a] == homes.stair[b] else homes.up[a] + homes.up[b]
    return np.hypot(homes.x[a] - homes.x[b], homes.y[a] - homes.y[b]) + climb


@jit
def cut_price(homes: Any, a: Any, b: Any) -> Any:
    """Key of parting two households that follow one another."""
    if homes.stair[a] != homes.stair[b]:
        return 0
    if homes.floor[a] == homes.floor[b]:
        return _FLOOR + 1
    return 1


@jit
def beyond(size: Any, least: Any, most: Any) -> Any:
    """Households by which a group misses the bounds."""
    return max(0, least - size, size - most)


@jit
def cut_line(
    homes: Any, order: Any, anchor: Any, spare: Any, least: Any, most: Any, top: Any, first: Any, last: Any
) -> Any:
    """Cut a line of households into groups, at the least price for each number of groups.

    Parameters
    ----------
    order : int32 (n,), the households along the line, each stairwell in one stretch.
    anchor : bool (n,), the households that stand in a group of their own each and are its centre.
    spare : whether groups without an anchor are allowed.
    top : most households of a group that is tried; above `most` where the bounds cannot be kept.
    first, last : the numbers of groups that are wanted.

    Returns
    -------
    key int64, metres float64 (last − first + 1,), infinite where there is no division, and int32 (last − first + 1, n),
    the group of each household.
    """
    n = len(order)
    metres = _stretches(homes, order, anchor, spare, top)
    key = np.full((last + 1, n + 1), _WORST, dtype=np.int64)
    way = np.full((last + 1, n + 1), np.inf)
    back = np.zeros((last + 1, n + 1), dtype=np.int32)
    key[0, 0], way[0, 0] = 0, 0.0
    for start in range(n):
        price = 0 if start == 0 else cut_price(homes, order[start - 1], order[start])
        for size in range(1, min(top, n - start) + 1):
            end = start + size
            if metres[start, size - 1] == np.inf:
                continue
            extra = price + beyond(size, least, most) * _BOUND
            for g in range(last):
                here = key[g, start] + extra
                if here >= _WORST or here > key[g + 1, end]:
                    continue
                total = way[g, start] + metres[start, size - 1]
                if here < key[g + 1, end] or total < way[g + 1, end] - _SAME_M:
                    key[g + 1, end], way[g + 1, end], back[g + 1, end] = here, total, start
    labels = np.zeros((last - first + 1, n), dtype=np.int32)
    for k in range(first, last + 1):
        end = n
        for g in range(k, 0, -1):
            if key[k, n] >= _WORST:
                break
            for place in range(back[g, end], end):
                labels[k - first, order[place]] = g - 1
            end = back[g, end]
    return key[first:, n].copy(), way[first:, n].copy(), labels


@jit
def _stretches(homes: Any, order: Any, anchor: Any, spare: Any, top: Any) -> Any:
    """Metres from the centre of every stretch of a line: float64 (n, top), by its start and its length − 1.

    The centre is the anchor in it, else the best household; infinite where the stretch may not be a group.
    """
    n = len(order)
    out = np.full((n, top), np.inf)
    sums = np.zeros(top)
    for start in range(n):
        anchors, at = 0, -1
        for size in range(1, min(top, n - start) + 1):
            new = order[start + size - 1]
            total = 0.0
            for k in range(size - 1):
                metres = walk(homes, order[start + k], new)
                sums[k] += metres
                total += metres
            sums[size - 1] = total
            if anchor[new]:
                anchors += 1
                at = size - 1
            if anchors == 1:
                out[start, size - 1] = sums[at]
            elif anchors == 0 and spare:
                out[start, size - 1] = sums[0]
                for k in range(1, size):
                    out[start, size - 1] = min(out[start, size - 1], sums[k])
    return out


@jit
def middle(homes: Any, label: Any, group: Any) -> Any:
    """The household of a group with the shortest ways to the others, the first of equals; −1 if it is empty."""
    best, found = np.inf, -1
    for a in range(len(label)):
        if label[a] != group:
            continue
        total = 0.0
        for b in range(len(label)):
            if label[b] == group:
                total += walk(homes, a, b)
        if total < best - _SAME_M:
            best, found = total, a
    return found


@jit
def _fits(part: Any, start: Any, end: Any, fixed: Any, groups: Any) -> Any:
    """Whether households start … end may go to group `part`: no anchor of another group is among them."""
    for q in range(groups):  # noqa: SIM110 - numba compiles no generators
        if q != part and start <= fixed[q] < end:
            return False
    return True


@jit
def _extend(
    key: Any, way: Any, how: Any, item: Any, first: Any, third: Any, price: Any, metres: Any, code: Any, limit: Any
) -> None:
    """Carry every state over one stretch that is divided in one way."""
    for a in range(key.shape[1] - first):
        for b in range(key.shape[2] - third):
            here = key[item, a, b] + price
            if here > limit or here > key[item + 1, a + first, b + third]:
                continue
            total = way[item, a, b] + metres
            if here < key[item + 1, a + first, b + third] or total < way[item + 1, a + first, b + third] - _SAME_M:
                key[item + 1, a + first, b + third] = here
                way[item + 1, a + first, b + third] = total
                how[item + 1, a + first, b + third] = code


@jit
def redivide(homes: Any, members: Any, centre: Any, fixed: Any, least: Any, most: Any, top: Any, limit: Any) -> Any:
    """Divide the households of two or three groups anew, at the least price for the given centres.

    Exact among divisions that cut a stretch of a stairwell at most twice: a knapsack over the stretches, whose state is
    how many households the first and the third group have by now.

    Parameters
    ----------
    members : int32 (t,), rising.
    centre : int32 (2 or 3,), households that the groups are drawn around.
    fixed : int32 (2 or 3,), an anchor that has to be in the group, as a position in `members`; −1 if there is none.
    top : most households a group may get.
    limit : divisions with a greater key are not looked for.

    Returns
    -------
    key, metres, int32 (t,) with the group of each, 0 … 2. A group without an anchor may be left empty.
    """
    t, groups = len(members), len(centre)
    prefix = np.zeros((groups, t + 1))
    for q in range(groups):
        for k in range(t):
            prefix[q, k + 1] = prefix[q, k] + walk(homes, members[k], centre[q])
    starts = np.zeros(t + 1, dtype=np.int64)
    items = 0
    for k in range(t):
        if k and members[k] == members[k - 1] + 1 and homes.stair[members[k]] == homes.stair[members[k - 1]]:
            continue
        starts[items] = k
        items += 1
    starts[items] = t
    wide = min(top, t) + 1
    deep = wide if groups == 3 else 1
    key = np.full((items + 1, wide, deep), _WORST, dtype=np.int64)
    way = np.full((items + 1, wide, deep), np.inf)
    how = np.zeros((items + 1, wide, deep), dtype=np.int64)
    key[0, 0, 0], way[0, 0, 0] = 0, 0.0
    for item in range(items):
        s, e = starts[item], starts[item + 1]
        for c1 in range(s + 1, e + 1):
            # c1 = e: not cut; c2 = e: cut once.
            price1 = 0 if c1 == e else cut_price(homes, members[c1 - 1], members[c1])
            if price1 > limit:
                continue
            for c2 in range(c1 + (0 if c1 == e else 1), e + 1):
                price2 = price1 if c2 == e else price1 + cut_price(homes, members[c2 - 1], members[c2])
                if price2 > limit:
                    continue
                for q1 in range(groups):
                    if not _fits(q1, s, c1, fixed, groups):
                        continue
                    for q2 in range(1 if c1 == e else groups):
                        if c1 < e and (q2 == q1 or not _fits(q2, c1, c2, fixed, groups)):
                            continue
                        for q3 in range(1 if c2 == e else groups):
                            if c2 < e and (q3 == q2 or not _fits(q3, c2, e, fixed, groups)):
                                continue
                            add = prefix[q1, c1] - prefix[q1, s]
                            first = c1 - s if q1 == 0 else 0
                            third = c1 - s if q1 == 2 else 0
                            if c1 < e:
                                add += prefix[q2, c2] - prefix[q2, c1]
                                first += c2 - c1 if q2 == 0 else 0
                                third += c2 - c1 if q2 == 2 else 0
                            if c2 < e:
                                add += prefix[q3, e] - prefix[q3, c2]
                                first += e - c2 if q3 == 0 else 0
                                third += e - c2 if q3 == 2 else 0
                            code = ((((c1 * 1024 + c2) * 4) + q1) * 4 + q2) * 4 + q3
                            _extend(key, way, how, item, first, third, price2, add, code, limit)
    best_key, best_way, best_a, best_b = _WORST, np.inf, -1, -1
    for a in range(wide):
        for b in range(deep):
            rest = t - a - b
            if key[items, a, b] >= _WORST or rest < 0 or rest > top:
                continue
            here = key[items, a, b]
            for size in (a, rest, b):
                if size:
                    here += beyond(size, least, most) * _BOUND
            if here < best_key or (here == best_key and way[items, a, b] < best_way - _SAME_M):
                best_key, best_way, best_a, best_b = here, way[items, a, b], a, b
    out = np.zeros(t, dtype=np.int32)
    if best_a < 0:
        return _WORST, np.inf, out
    a, b = best_a, best_b
    for item in range(items, 0, -1):
        code = how[item, a, b]
        q3, q2, q1 = code % 4, code // 4 % 4, code // 16 % 4
        c1, c2 = code // 65536, code // 64 % 1024
        s, e = starts[item - 1], starts[item]
        out[s:c1], out[c1:c2], out[c2:e] = q1, q2, q3
        for k in range(s, e):
            if out[k] == 0:
                a -= 1
            elif out[k] == 2:
                b -= 1
    return best_key, best_way, out
