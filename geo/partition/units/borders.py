"""Who touches whom, for how long, and what lies between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.arcs import Segments, ring_segments
from geo.partition.units.result import Borders

# A border runs along a barrier if its middle is this near: borders on a barrier are noded onto it.
_ON_BARRIER_M = 0.02


@dataclass(frozen=True, eq=False)
class _Shared:
    """Segments between two units, each once: `at` their numbers, `row` the row of `borders` that each belongs to."""

    at: NDArray[np.int64]
    row: NDArray[np.int64]
    borders: Borders


def make_borders(segments: Segments, barriers: NDArray[np.object_], barrier_class: NDArray[np.int32]) -> Borders:
    """Sum the shared segments of each pair of units by the strongest barrier that they run along.

    Parameters
    ----------
    segments : the units' rings taken apart.
    barriers : object (m,), single lines, metres.
    barrier_class : int32 (m,), ≥ 1, larger is stronger.
    """
    return _shared(segments, barriers, barrier_class).borders


def draw_borders(
    polygons: NDArray[np.object_], barriers: NDArray[np.object_], barrier_class: NDArray[np.int32]
) -> tuple[Borders, NDArray[np.object_]]:
    """The borders and the line of each.

    Parameters
    ----------
    polygons : object (u,), the units, vertex for vertex noded.
    barriers, barrier_class : as for `make_borders`.

    Returns
    -------
    borders : one row a pair and class.
    lines : object (b,), LineString, or MultiLineString where a border is in several pieces.
    """
    seg = ring_segments(polygons)
    shared = _shared(seg, barriers, barrier_class)
    at, row = shared.at, shared.row
    if not len(at):
        return shared.borders, np.empty(0, dtype=object)
    # Segments of a ring follow one another, so a border is a few runs of consecutive numbers.
    broken = (np.diff(at) != 1) | (np.diff(row) != 0) | (seg.end[at[:-1]] != seg.start[at[1:]])
    run = np.concatenate([[0], np.cumsum(broken)])
    first = np.flatnonzero(np.concatenate([[True], broken]))
    index = np.concatenate([np.arange(len(first)), run])
    vertices = np.concatenate([seg.start[at[first]], seg.end[at]])
    place = np.argsort(index, kind="stable")
    lines = np.asarray(shapely.linestrings(seg.xy[vertices[place]], indices=index[place]), dtype=object)
    row_of_line = row[first]
    order = np.argsort(row_of_line, kind="stable")
    lines, row_of_line = lines[order], row_of_line[order]
    starts = np.flatnonzero(np.diff(row_of_line, prepend=-1))
    count = np.diff(np.append(starts, len(lines)))
    out = lines[starts]
    several = np.flatnonzero(count > 1)
    if len(several):
        inside = np.isin(row_of_line, several)
        bundle = np.repeat(np.arange(len(several)), count[several])
        out[several] = shapely.line_merge(shapely.multilinestrings(lines[inside], indices=bundle))
    return shared.borders, out


def _shared(seg: Segments, barriers: NDArray[np.object_], barrier_class: NDArray[np.int32]) -> _Shared:
    """The segments between two units, by pair and class."""
    at = np.flatnonzero(seg.twin >= 0)
    at = at[seg.owner[at] < seg.owner[seg.twin[at]]]
    left, right, length = seg.owner[at], seg.owner[seg.twin[at]], seg.length[at]
    strongest = np.zeros(len(at), dtype=np.int32)
    if len(barriers) and len(at):
        middle = shapely.points((seg.xy[seg.start[at]] + seg.xy[seg.end[at]]) / 2)
        row, line = shapely.STRtree(barriers).query(middle, predicate="dwithin", distance=_ON_BARRIER_M)
        np.maximum.at(strongest, row, barrier_class[line])
    # Sorted by length as well, so that the sums do not depend on where a ring happens to start.
    order = np.lexsort((length, strongest, right, left))
    left, right, strongest, length = left[order], right[order], strongest[order], length[order]
    new = (np.diff(left, prepend=-1) != 0) | (np.diff(right, prepend=-1) != 0) | (np.diff(strongest, prepend=-1) != 0)
    starts = np.flatnonzero(new)
    total = np.add.reduceat(length, starts) if len(starts) else np.empty(0)
    row_of = np.empty(len(at), dtype=np.int64)
    row_of[order] = np.cumsum(new) - 1
    return _Shared(at, row_of, Borders(left[starts], right[starts], strongest[starts], total))


def followed_share(segments: Segments, walls: NDArray[np.object_]) -> float:
    """How much of the dangling lines the borders of units run along, 0 to 1; 1 where there are none.

    Parameters
    ----------
    segments : the units' rings taken apart.
    walls : object (d,), lines, metres.
    """
    total = float(shapely.length(walls).sum())
    if total <= 0:
        return 1.0
    at = np.flatnonzero(segments.twin > np.arange(len(segments.twin)))
    middle = shapely.points((segments.xy[segments.start[at]] + segments.xy[segments.end[at]]) / 2)
    along = np.unique(shapely.STRtree(walls).query(middle, predicate="dwithin", distance=_ON_BARRIER_M)[0])
    return min(1.0, float(segments.length[at[along]].sum()) / total)


def count_pairs(borders: Borders, min_border_m: float) -> tuple[int, int]:
    """How many pairs touch, and how many of them share less than `min_border_m` metres."""
    new = (np.diff(borders.left, prepend=-1) != 0) | (np.diff(borders.right, prepend=-1) != 0)
    total = np.bincount(np.cumsum(new) - 1, weights=borders.length_m)
    return len(total), int((total < min_border_m).sum())
