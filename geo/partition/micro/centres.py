"""A first division around given centres: everyone to a near one, none with too few or too many."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from geo.partition.micro.core import Homes

_NEVER: Final = 1e15


def assign(
    homes: Homes, centre: NDArray[np.int32], anchored: NDArray[np.bool_], least: int, most: int
) -> NDArray[np.int32]:
    """Households to centres at the least sum of ways, each centre with `least` … `most` of them: the exact optimum.

    A centre is `most` seats, of which `least` must be taken: they get a reward that no way outweighs. (Transport
    problem as an assignment problem; its solution is whole by nature.)

    Parameters
    ----------
    centre : int32 (m,), households; m·least ≤ n ≤ m·most.
    anchored : bool (m,), True where the centre itself has to be in its own group.

    Returns
    -------
    int32 (n,), the group of each household, rearranged so that each stairwell is cut as seldom as its numbers allow.
    """
    n, m = len(homes.stair), len(centre)
    metres = ways(homes, centre)
    for g in np.flatnonzero(anchored).tolist():
        metres[centre[g], np.arange(m) != g] += _NEVER
    reward = 10.0 * (float(metres[metres < _NEVER].max(initial=0.0)) + 1.0) * max(n, 1)
    must = np.repeat(np.arange(m), least)
    may = np.repeat(np.arange(m), most - least)
    cost = np.concatenate([metres[:, must] - reward, metres[:, may]], axis=1)
    household, seat = linear_sum_assignment(cost)
    label = np.empty(n, dtype=np.int32)
    label[household] = np.concatenate([must, may])[seat]
    return _in_stretches(homes, label, centre, anchored)


def ways(homes: Homes, centre: NDArray[np.int32]) -> NDArray[np.float64]:
    """Metres of way between every household and every centre, float64 (n, m); see `core.walk`."""
    climb = homes.up[:, None] + homes.up[centre][None, :]
    inside = np.abs(homes.up[:, None] - homes.up[centre][None, :])
    same = homes.stair[:, None] == homes.stair[centre][None, :]
    x, y = (v[:, None] - v[centre][None, :] for v in (homes.x, homes.y))
    return np.asarray(np.hypot(x, y) + np.where(same, inside, climb), dtype=np.float64)


def spread(homes: Homes, centre: NDArray[np.int32], wanted: int) -> NDArray[np.int32]:
    """More centres, each the household farthest from those there are (Gonzalez 1985); int32 (wanted,)."""
    chosen = [int(c) for c in centre]
    if not chosen:
        # The household farthest from the middle of all: an end of the grid.
        gap = np.hypot(homes.x - homes.x.mean(), homes.y - homes.y.mean()) + homes.up
        chosen.append(int(np.argmax(np.round(gap, 6))))
    reach = ways(homes, np.array(chosen, dtype=np.int32)).min(axis=1)
    reach[chosen] = -1.0
    while len(chosen) < wanted:
        new = int(np.argmax(np.round(reach, 6)))
        chosen.append(new)
        reach = np.minimum(reach, ways(homes, np.array([new], dtype=np.int32))[:, 0])
        reach[chosen] = -1.0
    return np.array(chosen, dtype=np.int32)


def thin(homes: Homes, centre: NDArray[np.int32], wanted: int) -> NDArray[np.int32]:
    """Fewer centres: one of the two that lie nearest to each other goes, until `wanted` are left; int32 (wanted,)."""
    left = np.sort(centre)
    while len(left) > wanted:
        metres = ways(homes, left)[left]
        np.fill_diagonal(metres, np.inf)
        nearest = np.round(metres.min(axis=1), 6)
        # Of the two nearest the one goes that has its next neighbour nearer too.
        pair = np.flatnonzero(nearest == nearest.min())
        second = np.sort(metres[pair], axis=1)[:, 1] if len(left) > 2 else np.zeros(len(pair))
        left = np.delete(left, pair[len(pair) - 1 - int(np.argmin(np.round(second, 6)[::-1]))])
    return np.asarray(left, dtype=np.int32)


def _in_stretches(
    homes: Homes, label: NDArray[np.int32], centre: NDArray[np.int32], anchored: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """The same numbers of households from each stairwell to each group, but in stretches from floor to floor.

    Groups whose centre lives in the stairwell stand in the order of their centres, the others below them; an anchor
    keeps its own group wherever it lives.
    """
    out = label.copy()
    pinned = np.zeros(len(label), dtype=np.bool_)
    pinned[centre[anchored]] = True
    starts = np.flatnonzero(np.r_[True, np.diff(homes.stair) != 0])
    for s, e in zip(starts.tolist(), [*starts[1:].tolist(), len(label)], strict=True):
        free = s + np.flatnonzero(~pinned[s:e])
        groups, count = np.unique(label[free], return_counts=True)
        at = np.where((centre[groups] >= s) & (centre[groups] < e), centre[groups], -1)
        order = np.lexsort((groups, at))
        out[free] = np.repeat(groups[order], count[order])
    return np.asarray(out, dtype=np.int32)
