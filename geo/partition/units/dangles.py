"""Barriers that end without closing off a piece: cut where a building stands, drawn on where the next one is near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

# A dangling wall ends this far inside the outline of a building that it crosses, so that it meets no border there.
_INSIDE_M = 0.05
# Drawn on past the line that is met, so that noding finds a true crossing.
_OVERSHOOT_M = 0.01
_SAME_M = 1e-6
# An end looks for a line before it: within 60° to either side of its own direction.
_FORWARD = 0.5


def trim_dangles(dangles: NDArray[np.object_], footprints: NDArray[np.object_]) -> NDArray[np.object_]:
    """Dangling lines without the stretches that run through a building."""
    if not len(dangles) or not len(footprints):
        return dangles
    line, block = shapely.STRtree(footprints).query(dangles, predicate="intersects")
    out = dangles.copy()
    for k in np.unique(line):
        inner = shapely.buffer(footprints[np.sort(block[line == k])], -_INSIDE_M, join_style="mitre")
        out[k] = shapely.difference(dangles[k], shapely.union_all(inner))
    parts = shapely.get_parts(out)
    return parts[shapely.length(parts) > 0]


@dataclass(frozen=True, eq=False)
class _Ends:
    """Loose ends of a noded net: where they are, which way they point, the part of the net that ends there."""

    xy: NDArray[np.float64]
    way: NDArray[np.float64]
    part: NDArray[np.intp]


def extend_dangles(
    lines: NDArray[np.object_], boundary: BaseGeometry, footprints: NDArray[np.object_], reach_m: float
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Short lines from loose ends to the next line: (lines object (k,), the line that each goes on from (k,)).

    Two loose ends that face each other are joined; any other is drawn straight on to what it meets, or else to the
    nearest place before it. None is drawn through a building.

    Parameters
    ----------
    lines : object (m,), single lines, in canonical order, metres.
    boundary : ends inside it count, and it is a line to be met itself.
    footprints : object (f,).
    reach_m : the longest extension, > 0.
    """
    near = lines[shapely.intersects(boundary, lines)]
    parts = shapely.get_parts(shapely.union_all([*near, boundary.boundary]))
    ends = _loose_ends(parts, boundary)
    made: list[NDArray[np.float64]] = []
    joined = _facing(ends, reach_m)
    made += [ends.xy[[a, b]] for a, b in joined]
    tree = shapely.STRtree(parts)
    done = {k for pair in joined for k in pair}
    for k in range(len(ends.xy)):
        if k not in done:
            target = _ahead(ends, k, parts, tree, reach_m)
            if target is not None:
                made.append(np.stack([ends.xy[k], target]))
    if not made:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.intp)
    new = np.asarray(shapely.linestrings(np.stack(made)), dtype=object)
    if len(footprints):
        blocked = np.unique(shapely.STRtree(footprints).query(new, predicate="crosses")[0])
        new = np.delete(new, blocked)
    return new, _source(new, lines)


def close_gates(
    lines: NDArray[np.object_], boundary: BaseGeometry, gates: NDArray[np.object_], reach_m: float
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Lines through gates that stand in a gap: (lines object (k,), the line that each goes on from (k,)).

    Walls are drawn with an opening where a gate is. Closed there, a wall encloses its compound, and the gate is the
    place where one gets across.

    Parameters
    ----------
    lines : object (m,), single lines, in canonical order, metres.
    boundary : ends inside it count.
    gates : object (g,), points.
    reach_m : a gate's gap ends at most so far from it to either side.
    """
    near = lines[shapely.intersects(boundary, lines)]
    ends = _loose_ends(shapely.get_parts(shapely.union_all(near)), boundary)
    gates = gates[~(shapely.is_missing(gates) | shapely.is_empty(gates))]
    spots = np.unique(shapely.get_coordinates(shapely.centroid(gates)), axis=0)
    if not len(ends.xy) or not len(spots):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.intp)
    tree = shapely.STRtree(np.asarray(shapely.points(ends.xy), dtype=object))
    gate, end = tree.query(shapely.points(spots), predicate="dwithin", distance=reach_m)
    distance = np.hypot(*(ends.xy[end] - spots[gate]).T)
    order = np.lexsort((end, distance, gate))
    gate, end = gate[order], end[order]
    first = np.flatnonzero(np.diff(gate, prepend=-1))
    two = first[np.bincount(gate, minlength=len(spots))[gate[first]] >= 2]
    one, other = end[two], end[two + 1]
    made = np.stack([ends.xy[one], spots[gate[two]], ends.xy[other]], axis=1)
    new = np.asarray(shapely.linestrings(made), dtype=object)
    return new, _source(new, lines)


def _source(new: NDArray[np.object_], lines: NDArray[np.object_]) -> NDArray[np.intp]:
    """The line that each new one begins at, the first of several."""
    hit, source = shapely.STRtree(lines).query_nearest(shapely.get_point(new, 0))
    order = np.lexsort((-source, hit))
    out = np.zeros(len(new), dtype=np.intp)
    out[hit[order]] = source[order]
    return out


def _loose_ends(parts: NDArray[np.object_], boundary: BaseGeometry) -> _Ends:
    """Ends of the net's parts where nothing else ends, strictly inside the boundary."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(parts, k)) for k in (0, -1)])
    before = np.concatenate([shapely.get_coordinates(shapely.get_point(parts, k)) for k in (1, -2)])
    part = np.tile(np.arange(len(parts)), 2)
    _, inverse, count = np.unique(ends + 0.0, axis=0, return_inverse=True, return_counts=True)
    loose = count[inverse.ravel()] == 1
    shapely.prepare(boundary)
    loose &= shapely.contains_properly(boundary, shapely.points(ends))
    xy, way = ends[loose], (ends - before)[loose]
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    way = way[order] / np.hypot(*way[order].T)[:, None]
    return _Ends(xy[order], way, part[loose][order])


def _facing(ends: _Ends, reach_m: float) -> list[tuple[int, int]]:
    """Pairs of loose ends of two lines, each the nearest before the other."""
    points = np.asarray(shapely.points(ends.xy), dtype=object)
    i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach_m)
    gap = ends.xy[j] - ends.xy[i]
    length = np.hypot(*gap.T)
    ahead = (gap * ends.way[i]).sum(axis=1) >= _FORWARD * length
    behind = (-gap * ends.way[j]).sum(axis=1) >= _FORWARD * length
    good = (ends.part[i] != ends.part[j]) & (length > _SAME_M) & ahead & behind
    i, j, length = i[good], j[good], length[good]
    order = np.lexsort((j, length, i))
    first = order[np.unique(i[order], return_index=True)[1]]
    best = dict(zip(i[first].tolist(), j[first].tolist(), strict=True))
    return [(a, b) for a, b in best.items() if a < b and best.get(b) == a]


def _ahead(
    ends: _Ends, k: int, parts: NDArray[np.object_], tree: shapely.STRtree, reach_m: float
) -> NDArray[np.float64] | None:
    """Where the end `k` is drawn on to, a little past the line that is met; None if nothing is near enough."""
    xy, way = ends.xy[k], ends.way[k]
    ray = shapely.linestrings([xy, xy + reach_m * way])
    hit = np.sort(tree.query(ray, predicate="intersects"))
    met = shapely.get_coordinates(shapely.intersection(ray, parts[hit[hit != ends.part[k]]]))
    if not len(met):
        near = np.sort(tree.query(shapely.points(xy), predicate="dwithin", distance=reach_m))
        near = near[near != ends.part[k]]
        met = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(shapely.points(xy), parts[near]), -1))
        gap = met - xy
        met = met[(gap @ way) >= _FORWARD * np.hypot(*gap.T)]
    distance = np.hypot(*(met - xy).T)
    met, distance = met[distance > _SAME_M], distance[distance > _SAME_M]
    if not len(met):
        return None
    nearest = int(np.argmin(distance))
    return np.asarray(met[nearest] + _OVERSHOOT_M * (met[nearest] - xy) / distance[nearest], dtype=np.float64)
