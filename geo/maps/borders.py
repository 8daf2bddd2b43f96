"""Borders of a drawing, each once with the piece on either side, also where neighbours do not share their vertices."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.partition.arcs import Arcs, shared_arcs

# Degrees, about a metre: more outer border than the drawing's own outline has means that inner borders pass for outer.
_SPARE: Final = 1e-5
# Degrees, about 0.1 m (the step of the page): borders of neighbours that are this near are one.
_STEP: Final = 1e-6
# Degrees, about 2 m: how far from a border a piece is looked for, so that slivers between two pieces are no outside.
_NEAR: Final = 2e-5


def border_arcs(pieces: NDArray[np.object_], outline: BaseGeometry | None) -> Arcs:
    """Each border of `pieces` once.

    Where neighbours share their vertices this is `shared_arcs`. Drawings from elsewhere (precincts, census files) often
    have a vertex on one side only, and `shared_arcs` then shows both sides as outer borders: all lines are cut where
    they meet, and each part looks for the pieces beside it.

    Parameters
    ----------
    pieces : WGS84 polygons of one cover.
    outline : their union, None for none.
    """
    arcs = shared_arcs(pieces)
    outer = float(shapely.length(arcs.line[arcs.right < 0]).sum())
    if outline is None or outer <= outline.length + _SPARE:
        return arcs
    lines = _cut_where_they_meet(pieces)
    tree = shapely.STRtree(pieces)
    left, right = _pieces_beside(tree, lines, 3 * _STEP)
    # Where nothing lies on one side there may be a piece over a sliver, along a part of the line only.
    edge = (left < 0) | (right < 0)
    lines = np.concatenate([lines[~edge], _segments(lines[edge])])
    near = _pieces_beside(tree, lines[(~edge).sum() :], _NEAR)
    left, right = (np.concatenate([a[~edge], b]) for a, b in zip((left, right), near, strict=True))
    return _arcs_of(lines, left, right)


def _cut_where_they_meet(pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    noded = shapely.union_all(shapely.boundary(pieces), grid_size=_STEP)
    lines: NDArray[np.object_] = np.asarray(shapely.get_parts(shapely.line_merge(noded)), dtype=object)
    return lines


def _segments(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    same = owner[1:] == owner[:-1]
    ends = np.stack([coordinates[:-1][same], coordinates[1:][same]], axis=1)
    segments: NDArray[np.object_] = np.asarray(shapely.linestrings(ends), dtype=object)
    return segments


def _pieces_beside(
    tree: shapely.STRtree, lines: NDArray[np.object_], off: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The piece `off` degrees to the left and to the right of the longest segment's middle, −1 for none."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    same = owner[1:] == owner[:-1]
    start, step, line = coordinates[:-1][same], np.diff(coordinates, axis=0)[same], owner[:-1][same]
    length = np.hypot(*step.T)
    order = np.lexsort((length, line))
    longest = order[np.flatnonzero(np.diff(line[order], append=-1))]
    middle = start[longest] + step[longest] / 2
    normal = np.column_stack([-step[longest, 1], step[longest, 0]]) / length[longest, None]
    return _first_at(tree, middle + off * normal), _first_at(tree, middle - off * normal)


def _arcs_of(lines: NDArray[np.object_], left: NDArray[np.int64], right: NDArray[np.int64]) -> Arcs:
    """Arcs by pair of pieces, ends joined; a line inside a piece is none, nor is the other bank of a sliver."""
    turned = (left < 0) | ((right >= 0) & (right < left))
    lines = np.where(turned, shapely.reverse(lines), lines)
    left, right = np.where(turned, right, left), np.where(turned, left, right)
    groups: dict[tuple[int, int], list[int]] = {}
    for k in np.flatnonzero(left != right).tolist():
        groups.setdefault((int(left[k]), int(right[k])), []).append(k)
    arcs: list[tuple[BaseGeometry, int, int]] = []
    for (a, b), group in sorted(groups.items()):
        joined = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines[group]), directed=True))
        kept: list[BaseGeometry] = []
        for line in sorted(joined, key=shapely.length, reverse=True):
            if b < 0 or not any(shapely.buffer(longer, _NEAR).covers(line) for longer in kept):
                kept.append(line)
        arcs += [(line, a, b) for line in kept]
    line, first, second = zip(*arcs, strict=True)
    return Arcs(np.array(line, dtype=object), np.array(first, dtype=np.int32), np.array(second, dtype=np.int32))


def _first_at(tree: shapely.STRtree, points: NDArray[np.float64]) -> NDArray[Any]:
    """The lowest piece that holds each point, −1 for none."""
    point, piece = tree.query(shapely.points(points), predicate="intersects")
    found = np.full(len(points), np.iinfo(np.int64).max)
    np.minimum.at(found, point, piece)
    return np.where(found == np.iinfo(np.int64).max, -1, found)
