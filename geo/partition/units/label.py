"""From the faces of the noded subdivision to units: every face gets the building, or the empty piece, it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.arcs import Segments
from geo.partition.units.enclosures import Seats

# A metre of dangling wall counts this much when a face looks for the neighbour to join: units follow such walls.
_WALL_FACTOR = 1e-3
# A piece under this comes from two lines that nearly coincide, not from the ground.
_SLIVER_M2 = 1e-3
# A segment whose middle lies this near to a dangling wall runs along it (they are noded together).
_ON_WALL_M = 1e-3
# Nearer than the gap between any two lines that a person drew apart.
_ON_HARD_M = 1e-6


@dataclass(frozen=True, eq=False)
class Labels:
    """Which unit each face belongs to.

    Units 0 … f−1 are those of the footprints, f + k is the empty unit whose first face is k; numbers may be unused.

    Attributes
    ----------
    unit : int64 (faces,).
    anchor : object (f,), Point of each footprint in its own unit; None where a footprint has no enclosure.
    unit_of_part : int64 (f,), −1 where a footprint has no enclosure; differs from f where two share a face.
    """

    unit: NDArray[np.int64]
    anchor: NDArray[np.object_]
    unit_of_part: NDArray[np.int64]


def label_faces(
    faces: NDArray[np.object_],
    face_home: NDArray[np.int64],
    seats: Seats,
    walls: NDArray[np.object_],
    segments: Segments,
) -> Labels:
    """Give each face to a building of its enclosure, or to an empty unit.

    Parameters
    ----------
    faces : object (faces,), Polygon, vertex for vertex noded.
    face_home : int64 (faces,), enclosure of each face, ≥ 0.
    seats : the footprints within their enclosures.
    walls : object (d,), dangling lines.
    segments : the faces' rings taken apart.
    """
    anchor, face_of_part = _claim(faces, face_home, seats)
    unit = np.full(len(faces), -1, dtype=np.int64)
    unit_of_part = np.full(len(seats.part), -1, dtype=np.int64)
    for k in np.flatnonzero(face_of_part >= 0):
        if unit[face_of_part[k]] < 0:
            unit[face_of_part[k]] = k
        unit_of_part[k] = unit[face_of_part[k]]
    here, there, length = _inner_edges(segments, face_home, unit, walls)
    _spread(unit, here, there, length)
    # The rest has no building: what hangs together within an enclosure is one empty unit. A hair-thin face between
    # two nearly equal lines can lie apart from its enclosure; by itself it is small, and joins a neighbour later.
    rest = unit < 0
    joined = rest[here] & rest[there]
    graph = coo_array((np.ones(joined.sum(), dtype=np.int8), (here[joined], there[joined])), shape=(len(faces),) * 2)
    _, label = connected_components(graph, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    unit[rest] = len(seats.part) + first[inverse][rest]
    return Labels(unit, anchor, unit_of_part)


def _claim(
    faces: NDArray[np.object_], face_home: NDArray[np.int64], seats: Seats
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """A point of each footprint and the face it stands in: (anchor (f,), face (f,), −1 for none)."""
    seated = np.flatnonzero(seats.enclosure >= 0)
    anchor = seats.anchor.copy()
    tree = shapely.STRtree(faces)
    row, face = tree.query(anchor[seated], predicate="intersects")
    same = face_home[face] == seats.enclosure[seated[row]]
    row, face = row[same], face[same]
    of_part = np.full(len(anchor), -1, dtype=np.int64)
    order = np.lexsort((-face, row))
    of_part[seated[row[order]]] = face[order]
    # Two points in one face, or none: those footprints look for the free face that holds most of them.
    taken = np.bincount(of_part[seated][of_part[seated] >= 0], minlength=len(faces))
    crowded = seated[(of_part[seated] < 0) | (taken[of_part[seated]] > 1)]
    for k in crowded:
        near = np.sort(tree.query(seats.part[k], predicate="intersects"))
        near = near[face_home[near] == seats.enclosure[k]]
        if not len(near):
            raise shapely.GEOSException("a building has no face in its enclosure")
        pieces = shapely.intersection(seats.part[k], faces[near])
        best = int(np.argmax(shapely.area(pieces)))
        if near[best] != of_part[k] and (of_part[k] < 0 or taken[near[best]] == 0):
            taken[near[best]] += 1
            of_part[k] = near[best]
            anchor[k] = shapely.point_on_surface(pieces[best])
    return anchor, of_part


def _inner_edges(
    seg: Segments, face_home: NDArray[np.int64], unit: NDArray[np.int64], walls: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Borders from unlabelled faces to faces of the same enclosure: (face, neighbour, weighted length)."""
    at = np.flatnonzero(seg.twin >= 0)
    here, there = seg.owner[at], seg.owner[seg.twin[at]]
    # Faces of one enclosure only: across a barrier a building does not reach.
    wanted = (unit[here] < 0) & (face_home[here] == face_home[there]) & (here != there)
    at, here, there = at[wanted], here[wanted], there[wanted]
    length = seg.length[at]
    if len(walls) and len(at):
        middle = shapely.points((seg.xy[seg.start[at]] + seg.xy[seg.end[at]]) / 2)
        along, _ = shapely.STRtree(walls).query(middle, predicate="dwithin", distance=_ON_WALL_M)
        length[np.unique(along)] *= _WALL_FACTOR
    return here.astype(np.int64), there.astype(np.int64), length


def _spread(
    unit: NDArray[np.int64], here: NDArray[np.int64], there: NDArray[np.int64], length: NDArray[np.float64]
) -> None:
    """Give each unlabelled face the unit with the longest border, in rounds from the labelled ones, in place."""
    while True:
        open_ = (unit[here] < 0) & (unit[there] >= 0)
        if not open_.any():
            return
        face, best = longest_neighbour(here[open_], unit[there[open_]], length[open_])
        unit[face] = best


def longest_neighbour(
    row: NDArray[np.int64], neighbour: NDArray[np.int64], length: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row the neighbour with the greatest sum of lengths, the lower number between equals.

    Parameters
    ----------
    row, neighbour : int64 (b,), ≥ 0; pairs may repeat.
    length : float64 (b,).

    Returns
    -------
    rows, best : int64, the distinct rows in order, and the neighbour of each.
    """
    pair, where = np.unique(np.stack([row, neighbour], axis=1), axis=0, return_inverse=True)
    total = np.bincount(where.ravel(), weights=length)
    order = np.lexsort((pair[:, 1], -total, pair[:, 0]))
    first = order[np.unique(pair[order, 0], return_index=True)[1]]
    return pair[first, 0], pair[first, 1]


@dataclass(frozen=True, eq=False)
class FreeEdges:
    """Shared edges of empty faces: `length` metres between the faces `one` and `two`; `hard` where a unit must end."""

    one: NDArray[np.int32]
    two: NDArray[np.int32]
    length: NDArray[np.float64]
    hard: NDArray[np.bool_]


def find_free_edges(segments: Segments, empty: NDArray[np.bool_], hard_lines: NDArray[np.object_]) -> FreeEdges:
    """The edges over which empty faces may look for a neighbour, in both directions between two empty faces.

    Parameters
    ----------
    segments : the faces' rings taken apart.
    empty : bool (faces,).
    hard_lines : object (m,), lines that pieces do not join across.
    """
    at = np.flatnonzero(segments.twin >= 0)
    at = at[empty[segments.owner[at]]]
    hard = np.zeros(len(at), dtype=bool)
    if len(hard_lines) and len(at):
        middle = shapely.points((segments.xy[segments.start[at]] + segments.xy[segments.end[at]]) / 2)
        along, _ = shapely.STRtree(hard_lines).query(middle, predicate="dwithin", distance=_ON_HARD_M)
        hard[along] = True
    return FreeEdges(segments.owner[at], segments.owner[segments.twin[at]], segments.length[at], hard)


def merge_small(
    unit: NDArray[np.int64], face_m2: NDArray[np.float64], edges: FreeEdges, built: int, min_m2: float
) -> tuple[NDArray[np.int64], int, float]:
    """Join empty units under `min_m2` to the neighbour with the longest border.

    Parameters
    ----------
    unit : int64 (faces,), unit of each face.
    face_m2 : float64 (faces,), areas.
    edges : where empty faces touch others. Only a sliver of noding joins across a hard one.
    built : units below this number hold a building and never move.

    Returns
    -------
    unit : int64 (faces,), after merging.
    count, area_m2 : how many pieces joined a neighbour, and how large they were; slivers of noding do not count.
    """
    unit = unit.copy()
    merged, merged_m2 = 0, 0.0
    grown = True
    while True:
        names, where = np.unique(unit, return_inverse=True)
        area = np.bincount(where, weights=face_m2)
        small = (names >= built) & (area < min_m2)
        here, there = where[edges.one], where[edges.two]
        outer = small[here] & (here != there) & (~edges.hard | (area[here] < _SLIVER_M2))
        # Large neighbours first; small pieces that touch only small ones join each other in a last round.
        use = outer & ~small[there] if grown else outer
        if not use.any():
            if not grown or not outer.any():
                return unit, merged, merged_m2
            grown = False
            continue
        row, best = longest_neighbour(here[use], there[use], edges.length[use])
        if not grown:
            row, best = row[:1], best[:1]  # one at a time, so that two never swap places
        merged += int((area[row] >= _SLIVER_M2).sum())
        merged_m2 += float(area[row].sum())
        target = names.copy()
        target[row] = names[best]
        unit = target[where]
        grown = True
