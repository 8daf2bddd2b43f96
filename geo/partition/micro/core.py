"""The compiled core: what a division costs, cuts along a line, the middle of a group.

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
