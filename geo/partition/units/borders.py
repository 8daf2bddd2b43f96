"""Who touches whom, for how long, and what lies between."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.arcs import Segments
from geo.partition.units.result import Borders

# A border runs along a barrier if its middle is this near: borders on a barrier are noded onto it.
_ON_BARRIER_M = 0.02


def make_borders(segments: Segments, barriers: NDArray[np.object_], barrier_class: NDArray[np.int32]) -> Borders:
    """Sum the shared segments of each pair of units by the strongest barrier that they run along.

    Parameters
    ----------
    segments : the units' rings taken apart.
    barriers : object (m,), single lines, metres.
    barrier_class : int32 (m,), ≥ 1, larger is stronger.
    """
    at = np.flatnonzero(segments.twin >= 0)
    at = at[segments.owner[at] < segments.owner[segments.twin[at]]]
    left, right, length = segments.owner[at], segments.owner[segments.twin[at]], segments.length[at]
    strongest = np.zeros(len(at), dtype=np.int32)
    if len(barriers) and len(at):
        middle = shapely.points((segments.xy[segments.start[at]] + segments.xy[segments.end[at]]) / 2)
        row, line = shapely.STRtree(barriers).query(middle, predicate="dwithin", distance=_ON_BARRIER_M)
        np.maximum.at(strongest, row, barrier_class[line])
    # Sorted by length as well, so that the sums do not depend on where a ring happens to start.
    order = np.lexsort((length, strongest, right, left))
    left, right, strongest, length = left[order], right[order], strongest[order], length[order]
    starts = np.flatnonzero(
        (np.diff(left, prepend=-1) != 0) | (np.diff(right, prepend=-1) != 0) | (np.diff(strongest, prepend=-1) != 0)
    )
    total = np.add.reduceat(length, starts) if len(starts) else np.empty(0)
    return Borders(left[starts], right[starts], strongest[starts], total)


def count_pairs(borders: Borders, min_border_m: float) -> tuple[int, int]:
    """How many pairs touch, and how many of them share less than `min_border_m` metres."""
    new = (np.diff(borders.left, prepend=-1) != 0) | (np.diff(borders.right, prepend=-1) != 0)
    total = np.bincount(np.cumsum(new) - 1, weights=borders.length_m)
    return len(total), int((total < min_border_m).sum())
