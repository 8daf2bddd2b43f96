"""From the faces of the noded subdivision to units: every face gets the building, or the empty piece, it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.arcs import ring_segments

# A metre of dangling wall counts this much when a face looks for the neighbour to join: units follow such walls.
_WALL_FACTOR = 1e-3
# A segment whose middle lies this near to a dangling wall runs along it (they are noded together).
_ON_WALL_M = 1e-3


@dataclass(frozen=True, eq=False)
class Labels:
    """Which unit each face belongs to.

    Units 0 … f−1 are those of the footprints, the following e are the empty enclosures; numbers may be unused.

    Attributes
    ----------
    unit : int64 (faces,).
    anchor : object (f,), Point of each footprint in its own unit; None where a footprint has no enclosure.
    unit_of_part : int64 (f,), −1 where a footprint has no enclosure; differs from f where two share a face.
    """

    unit: NDArray[np.int64]
    anchor: NDArray[np.object_]
    unit_of_part: NDArray[np.int64]


def enclosure_of_faces(faces: NDArray[np.object_], enclosures: NDArray[np.object_]) -> NDArray[np.int64]:
    """Int64 (faces,): the enclosure that holds each face, −1 outside all of them."""
    points = shapely.point_on_surface(faces)
    tree = shapely.STRtree(enclosures)
    face, holder = tree.query(points, predicate="intersects")
    out = np.full(len(faces), -1, dtype=np.int64)
    # A hair-thin face may have its point on the line between two enclosures: the first one takes it.
    order = np.lexsort((-holder, face))
    out[face[order]] = holder[order]
    return out


def label_faces(
    faces: NDArray[np.object_],
    face_home: NDArray[np.int64],
    parts: NDArray[np.object_],
    part_home: NDArray[np.int32],
    walls: NDArray[np.object_],
) -> Labels:
    """Give each face to a building of its enclosure, or to the empty enclosure.

    Parameters
    ----------
    faces : object (faces,), Polygon, vertex for vertex noded.
    face_home : int64 (faces,), enclosure of each face, ≥ 0.
    parts : object (f,), footprints within their enclosure, None for those without.
    part_home : int32 (f,), −1 for those without.
    walls : object (d,), dangling lines.
    """
    anchor, face_of_part = _claim(faces, face_home, parts, part_home)
    unit = np.full(len(faces), -1, dtype=np.int64)
    unit_of_part = np.full(len(parts), -1, dtype=np.int64)
    for k in np.flatnonzero(face_of_part >= 0):
        if unit[face_of_part[k]] < 0:
            unit[face_of_part[k]] = k
        unit_of_part[k] = unit[face_of_part[k]]
    built = np.zeros(max(int(face_home.max(initial=-1)), int(part_home.max(initial=-1))) + 2, dtype=bool)
    built[face_home[unit >= 0]] = True
    bare = ~built[face_home]
    unit[bare] = len(parts) + face_home[bare]
    _spread(unit, *_inner_edges(faces, face_home, unit, walls))
    # What no labelled face of its own enclosure touches stays by itself; small pieces are merged later.
    left = unit < 0
    unit[left] = len(parts) + built.size + np.flatnonzero(left)
    return Labels(unit, anchor, unit_of_part)


def _claim(
    faces: NDArray[np.object_],
    face_home: NDArray[np.int64],
    parts: NDArray[np.object_],
    part_home: NDArray[np.int32],
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """A point of each footprint and the face it stands in: (anchor (f,), face (f,), −1 for none)."""
    seated = np.flatnonzero(part_home >= 0)
    anchor = np.full(len(parts), None, dtype=object)
    anchor[seated] = shapely.point_on_surface(_largest(parts[seated]))
    tree = shapely.STRtree(faces)
    row, face = tree.query(anchor[seated], predicate="intersects")
    same = face_home[face] == part_home[seated[row]]
    row, face = row[same], face[same]
    of_part = np.full(len(parts), -1, dtype=np.int64)
    order = np.lexsort((-face, row))
    of_part[seated[row[order]]] = face[order]
    # Two points in one face, or none: those footprints look for the free face that holds most of them.
    taken = np.bincount(of_part[seated][of_part[seated] >= 0], minlength=len(faces))
    crowded = seated[(of_part[seated] < 0) | (taken[of_part[seated]] > 1)]
    for k in crowded:
        near = np.sort(tree.query(parts[k], predicate="intersects"))
        near = near[face_home[near] == part_home[k]]
        pieces = shapely.intersection(parts[k], faces[near])
        best = int(np.argmax(shapely.area(pieces)))
        if near[best] != of_part[k] and (of_part[k] < 0 or taken[near[best]] == 0):
            taken[near[best]] += 1
            of_part[k] = near[best]
            anchor[k] = shapely.point_on_surface(pieces[best])
    return anchor, of_part


def _largest(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The largest polygon of each shape; the first of equals."""
    out = shapes.copy()
    for k in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        parts = shapely.get_parts(shapes[k])
        out[k] = parts[np.argmax(shapely.area(parts))]
    return out


def _inner_edges(
    faces: NDArray[np.object_],
    face_home: NDArray[np.int64],
    unit: NDArray[np.int64],
    walls: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Borders from unlabelled faces to faces of the same enclosure: (face, neighbour, weighted length)."""
    seg = ring_segments(faces)
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


def merge_small(
    unit: NDArray[np.int64], faces: NDArray[np.object_], built: int, min_m2: float
) -> tuple[NDArray[np.int64], int, float]:
    """Join empty units under `min_m2` to the neighbour with the longest border.

    Parameters
    ----------
    unit : int64 (faces,), unit of each face.
    faces : object (faces,), Polygon.
    built : units below this number hold a building and never move.

    Returns
    -------
    unit : int64 (faces,), after merging.
    count, area_m2 : how many pieces joined a neighbour, and how large they were.
    """
    seg = ring_segments(faces)
    at = np.flatnonzero(seg.twin >= 0)
    one, two, length = seg.owner[at], seg.owner[seg.twin[at]], seg.length[at]
    unit = unit.copy()
    face_m2 = shapely.area(faces)
    merged, merged_m2 = 0, 0.0
    grown = True
    while True:
        names, where = np.unique(unit, return_inverse=True)
        area = np.bincount(where, weights=face_m2)
        small = (names >= built) & (area < min_m2)
        here, there = where[one], where[two]
        outer = small[here] & (here != there)
        # Large neighbours first; small pieces that touch only small ones join each other in a last round.
        use = outer & ~small[there] if grown else outer
        if not use.any():
            if not grown or not outer.any():
                return unit, merged, merged_m2
            grown = False
            continue
        row, best = longest_neighbour(here[use], there[use], length[use])
        if not grown:
            row, best = row[:1], best[:1]  # one at a time, so that two never swap places
        merged += len(row)
        merged_m2 += float(area[row].sum())
        target = names.copy()
        target[row] = names[best]
        unit = target[where]
        grown = True
