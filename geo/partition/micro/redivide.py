"""Two or three neighbouring groups divided anew, exactly: a knapsack over the stretches of stairwells."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit
from geo.partition.micro.core import _BOUND, _SAME_M, _WORST, beyond, cut_price, walk

# Two cuts and three groups in one number: a cut is a place among the members, and a grid has 6,000 households at most.
_PLACES = 1 << 20


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
    prefix = _ways(homes, members, centre)
    starts = _stretch_starts(homes, members)
    items = len(starts) - 1
    wide = min(top, t) + 1
    deep = wide if groups == 3 else 1
    # The price of each state before and after a stretch; only the ways back are kept for all of them.
    key = np.full((2, wide, deep), _WORST, dtype=np.int64)
    way = np.full((2, wide, deep), np.inf)
    how = np.zeros((items + 1, wide, deep), dtype=np.int64)
    key[0, 0, 0], way[0, 0, 0] = 0, 0.0
    for item in range(items):
        s, e = starts[item], starts[item + 1]
        now = item % 2
        key[1 - now], way[1 - now] = _WORST, np.inf
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
                            code = ((((c1 * _PLACES + c2) * 4) + q1) * 4 + q2) * 4 + q3
                            _extend(key, way, how[item + 1], now, s, top, first, third, price2, add, code, limit)
    best_key, best_way, a, b = _best_end(key[items % 2], way[items % 2], t, least, most, top)
    if a < 0:
        return _WORST, np.inf, np.zeros(t, dtype=np.int32)
    return best_key, best_way, _labels_back(starts, how, a, b)


@jit
def _ways(homes: Any, members: Any, centre: Any) -> Any:
    """Metres of way from each centre to the first k households: float64 (groups, t + 1)."""
    t, groups = len(members), len(centre)
    prefix = np.zeros((groups, t + 1))
    for q in range(groups):
        for k in range(t):
            prefix[q, k + 1] = prefix[q, k] + walk(homes, members[k], centre[q])
    return prefix


@jit
def _stretch_starts(homes: Any, members: Any) -> Any:
    """Where each stretch of a stairwell begins, and at last where the last one ends: int64 (stretches + 1,)."""
    t = len(members)
    starts = np.zeros(t + 1, dtype=np.int64)
    items = 0
    for k in range(t):
        if k and members[k] == members[k - 1] + 1 and homes.stair[members[k]] == homes.stair[members[k - 1]]:
            continue
        starts[items] = k
        items += 1
    starts[items] = t
    return starts[: items + 1]


@jit
def _best_end(key: Any, way: Any, t: Any, least: Any, most: Any, top: Any) -> Any:
    """The best state after the last stretch: its key, its metres, households of the first and of the third group."""
    best_key, best_way, best_a, best_b = _WORST, np.inf, -1, -1
    for a in range(key.shape[0]):
        for b in range(key.shape[1]):
            rest = t - a - b
            if key[a, b] >= _WORST or rest < 0 or rest > top:
                continue
            here = key[a, b]
            for size in (a, rest, b):
                if size:
                    here += beyond(size, least, most) * _BOUND
            if here < best_key or (here == best_key and way[a, b] < best_way - _SAME_M):
                best_key, best_way, best_a, best_b = here, way[a, b], a, b
    return best_key, best_way, best_a, best_b


@jit
def _labels_back(starts: Any, how: Any, a: Any, b: Any) -> Any:
    """The group of each household, read from the last stretch to the first."""
    items = len(starts) - 1
    out = np.zeros(starts[items], dtype=np.int32)
    for item in range(items, 0, -1):
        code = how[item, a, b]
        q3, q2, q1 = code % 4, code // 4 % 4, code // 16 % 4
        c1, c2 = code // 64 // _PLACES, code // 64 % _PLACES
        s, e = starts[item - 1], starts[item]
        out[s:c1], out[c1:c2], out[c2:e] = q1, q2, q3
        for k in range(s, e):
            if out[k] == 0:
                a -= 1
            elif out[k] == 2:
                b -= 1
    return out


@jit
def _fits(part: Any, start: Any, end: Any, fixed: Any, groups: Any) -> Any:
    """Whether households start … end may go to group `part`: no anchor of another group is among them."""
    for q in range(groups):  # noqa: SIM110 - numba compiles no generators
        if q != part and start <= fixed[q] < end:
            return False
    return True


@jit
def _extend(
    key: Any,
    way: Any,
    how: Any,
    now: Any,
    placed: Any,
    top: Any,
    first: Any,
    third: Any,
    price: Any,
    metres: Any,
    code: Any,
    limit: Any,
) -> None:
    """Carry every state that `placed` households can be in over one stretch that is divided in one way."""
    after = 1 - now
    for a in range(min(key.shape[1] - first, placed + 1)):
        # What is in neither the first nor the third group is in the second, which may not be too large either.
        for b in range(max(0, placed - top - a), min(key.shape[2] - third, placed - a + 1)):
            here = key[now, a, b] + price
            if here > limit or here > key[after, a + first, b + third]:
                continue
            total = way[now, a, b] + metres
            if here < key[after, a + first, b + third] or total < way[after, a + first, b + third] - _SAME_M:
                key[after, a + first, b + third] = here
                way[after, a + first, b + third] = total
                how[a + first, b + third] = code


@jit
def effort(homes: Any, members: Any, groups: Any, top: Any, limit: Any) -> Any:
    """How much `redivide` would have to do and to keep: steps and states, int64, both from above."""
    starts = _stretch_starts(homes, members)
    wide = np.int64(min(top, len(members)) + 1)
    steps = np.int64(0)
    for item in range(len(starts) - 1):
        cuts = np.int64(0)
        for c in range(starts[item] + 1, starts[item + 1]):
            if cut_price(homes, members[c - 1], members[c]) <= limit:
                cuts += 1
        ways = groups + cuts * groups * (groups - 1) + cuts * (cuts - 1) // 2 * groups * (groups - 1) ** 2
        reached = min(wide, starts[item] + 1)
        steps += ways * (reached * reached // 2 + 1 if groups == 3 else reached)
    states = wide * (wide if groups == 3 else 1) * len(starts)
    return steps, states
