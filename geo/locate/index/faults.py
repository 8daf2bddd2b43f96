"""What is wrong with a net in itself: grids that overlap, gaps between them, and borders that nearly meet.

The tree finds exactly, in one pass, which grids have to be looked at: where two grids overlap, the corner of what they
share is a corner of an edge, or two edges cross there. Areas are then measured on those grids alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.compiled import jit
from geo.locate.index import cover
from geo.locate.index.edges import Edges, shared_edges
from geo.locate.index.exact import side
from geo.locate.index.shapes import usable_polygons
from geo.locate.index.tree import Tree, build_tree, frozen

# Borders of two grids that run this near to one another (metres) without being shared, over this length.
_NEAR_M: Final = 0.1
_LONG_M: Final = 1.0
_DEGREE: Final = np.pi / 180
_A: Final = 6378137.0  # WGS84
_E2: Final = 0.0066943799901413165

Kind = Literal["fault_crosses_itself", "fault_overlap", "fault_gap", "fault_unshared"]


@dataclass(frozen=True)
class Fault:
    """A fault of a net.

    Attributes
    ----------
    kind : key of a sentence that takes the other values.
    codes : of the grids concerned, in order.
    size : area in m²; of `fault_unshared` length in m, of `fault_crosses_itself` 0.
    lon, lat : a place to look, degrees WGS84.
    """

    kind: Kind
    codes: tuple[str, ...]
    size: float
    lon: float
    lat: float


def net_faults(polygons: Sequence[BaseGeometry] | NDArray[np.object_], codes: Sequence[str]) -> tuple[Fault, ...]:
    """All faults of a net, however small.

    Parameters
    ----------
    polygons : (n,) Polygon or MultiPolygon, WGS84 degrees; those that cross themselves are named, and then looked at
        as `GridIndex.build` mends them.
    codes : (n,) unique strings.

    Returns
    -------
    tuple of Fault
        Grids that cross themselves; pairs that share area (size 0 where it is only ulps wide); gaps that two or more
        grids enclose (a hole in one grid is meant to be there); pairs whose borders run within 0.1 m for a metre and
        more but are not shared. Areas are those in degrees times the scale at their middle, right to 0.01 % up to 1°
        and 1 % up to 10°.

    Raises
    ------
    InvalidInput, InvalidBoundary
        As `GridIndex.build`.
    """
    names = tuple(str(code) for code in codes)
    given = np.empty(len(polygons), dtype=object)
    given[:] = polygons
    shapes, mended = usable_polygons(given, names, mend=True)
    found = [_crossing_itself(given[names.index(name)], name) for name in mended]
    if len(shapes):
        edges = shared_edges(shapes)
        tree = build_tree(edges)
        found += _overlaps(tree, shapes, names)
        found += _gaps(edges, tree, shapes, names)
        told = {fault.codes[:2] for fault in found if fault.kind == "fault_overlap"}
        found += [fault for fault in _unshared(edges, names) if fault.codes not in told]
    return tuple(sorted(found, key=lambda fault: (fault.kind, fault.codes, -fault.size)))


def _crossing_itself(polygon: BaseGeometry, code: str) -> Fault:
    # GEOS says "Self-intersection[121.4 31.2]".
    place = shapely.is_valid_reason(polygon).rpartition("[")[2].rstrip("]").split()
    lon, lat = (float(value) for value in place)
    return Fault("fault_crosses_itself", (code,), 0.0, lon, lat)


def _overlaps(tree: Tree, shapes: NDArray[np.object_], names: Sequence[str]) -> Iterator[Fault]:
    """Pairs that share area: none of the two is sound at a corner of it."""
    arrays = (tree.frame, tree.nodes, tree.lines)
    unsound = crossed(*arrays, len(shapes))
    corner = np.unique(np.vstack((tree.lines[:, :2], tree.lines[:, 2:4])), axis=0)
    x, y = map(frozen, corner.T)
    bad = cover.contested(*arrays, x, y)
    unsound[cover.pairs(*arrays, *map(frozen, (x[bad], y[bad])))[:, 1]] = True
    some = np.flatnonzero(unsound)
    a, b = (some[k] for k in shapely.STRtree(shapes[some]).query(shapes[some], predicate="intersects"))
    for i, j in np.column_stack((a, b))[a < b].tolist():
        # Exact where an area in floats is not.
        if shapely.relate_pattern(shapes[i], shapes[j], "T********"):
            shared = shapely.intersection(shapes[i], shapes[j])
            # Only some ulps wide, it comes back as nothing: no area, and a corner of either that is in the other.
            lon, lat = _common_corner(shapes[i], shapes[j]) if shared.is_empty else _place(shared)
            area = 0.0 if shared.is_empty else _area_m2(shared)
            yield Fault("fault_overlap", tuple(sorted((names[i], names[j]))), area, lon, lat)


def _gaps(edges: Edges, tree: Tree, shapes: NDArray[np.object_], names: Sequence[str]) -> Iterator[Fault]:
    """What unpaired edges of two grids or more enclose and no grid covers."""
    loose = (edges.left < 0) | (edges.right < 0)
    lines = shapely.linestrings(edges.xy[loose].reshape(-1, 2, 2))
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    x, y = map(frozen, shapely.get_coordinates(shapely.point_on_surface(faces)).T)
    covered = np.unique(cover.pairs(tree.frame, tree.nodes, tree.lines, x, y)[:, 0])
    gaps = np.delete(faces, covered)
    near, rank = shapely.STRtree(shapes).query(gaps, predicate="intersects")
    for k in range(len(gaps)):
        around = rank[near == k]
        if len(around) > 1:
            lon, lat = _place(gaps[k])
            yield Fault("fault_gap", tuple(sorted(names[i] for i in around)), _area_m2(gaps[k]), lon, lat)


def _unshared(edges: Edges, names: Sequence[str]) -> Iterator[Fault]:
    """Pairs whose unpaired edges run side by side."""
    loose = (edges.left < 0) | (edges.right < 0)
    xy = edges.xy[loose]
    owner = np.maximum(edges.left, edges.right)[loose]
    # Metres, near enough to tell what is beside what.
    east, north = _degree_m(float(np.mean(xy[:, 1])) if len(xy) else 0.0)
    scale = np.array([east, north])
    lines = np.asarray(shapely.linestrings(xy.reshape(-1, 2, 2) * scale), dtype=object)
    a, b = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=_NEAR_M)
    pairs = np.column_stack((owner[a], owner[b]))
    two = pairs[:, 0] < pairs[:, 1]
    a, b = a[two], b[two]
    pairs, which = np.unique(pairs[two], axis=0, return_inverse=True)
    for k, (i, j) in enumerate(pairs.tolist()):
        one, other = (shapely.union_all(lines[np.unique(side_[which.ravel() == k])]) for side_ in (a, b))
        beside = shapely.intersection(one, shapely.buffer(other, _NEAR_M))
        length = float(shapely.length(beside))
        if length >= _LONG_M:
            x, y = shapely.get_coordinates(shapely.point_on_surface(beside))[0] / scale
            first, second = sorted((names[i], names[j]))
            yield Fault("fault_unshared", (first, second), length, float(x), float(y))


@jit
def crossed(
    frame: NDArray[np.float64], nodes: NDArray[np.int32], lines: NDArray[np.float64], count: int
) -> NDArray[np.bool_]:
    """Which of `count` grids have an edge that crosses another amid both; bool (count,). Leaf by leaf."""
    sides = lines.view(np.int32)
    answer = np.zeros(count, dtype=np.bool_)
    waiting = np.empty(512, dtype=np.int64)
    roots = 0
    while roots < int(frame[10]):
        waiting[0], depth = nodes[roots], 1
        roots += 1
        while depth > 0:
            depth -= 1
            node = waiting[depth]
            if node < 0:
                continue
            if node & 1 == 0:
                for child in range(16):
                    waiting[depth + child] = nodes[(node >> 1) + child]
                depth += 16
                continue
            leaf = node >> 1
            for k in range(leaf + 3, leaf + 3 + nodes[leaf]):
                for other in range(leaf + 3, k):
                    e, f = nodes[k] >> 1, nodes[other] >> 1
                    if _cross(lines[e], lines[f]):
                        for edge in (e, f):
                            for rank in (sides[edge, 8], sides[edge, 9]):
                                if rank >= 0:
                                    answer[rank] = True
    return answer


@jit
def _cross(e: NDArray[np.float64], f: NDArray[np.float64]) -> bool:
    """Whether two edges cross amid both; ends that touch do not count."""
    if e[0] > f[2] or f[0] > e[2] or min(e[1], e[3]) > max(f[1], f[3]) or min(f[1], f[3]) > max(e[1], e[3]):
        return False
    if side(e[0], e[1], e[2], e[3], f[0], f[1]) * side(e[0], e[1], e[2], e[3], f[2], f[3]) >= 0:
        return False
    return side(f[0], f[1], f[2], f[3], e[0], e[1]) * side(f[0], f[1], f[2], f[3], e[2], e[3]) < 0


def _degree_m(lat: float) -> tuple[float, float]:
    """Metres in a degree to the east and to the north (Snyder, USGS 1395, eq. 4-20, 4-18)."""
    sin2 = np.sin(lat * _DEGREE) ** 2
    east = _A * np.cos(lat * _DEGREE) / np.sqrt(1 - _E2 * sin2)
    north = _A * (1 - _E2) / (1 - _E2 * sin2) ** 1.5
    return float(east * _DEGREE), float(north * _DEGREE)


def _area_m2(shape: BaseGeometry) -> float:
    east, north = _degree_m(float(shapely.get_y(shapely.centroid(shape))))
    return float(shapely.area(shape)) * east * north


def _place(shape: BaseGeometry) -> tuple[float, float]:
    lon, lat = shapely.get_coordinates(shapely.point_on_surface(shape))[0].tolist()
    return lon, lat


def _common_corner(one: BaseGeometry, other: BaseGeometry) -> tuple[float, float]:
    """A corner of one of two that is inside the other, or else on its border or nearest to it."""
    corner = np.vstack((shapely.get_coordinates(one), shapely.get_coordinates(other)))
    points = shapely.points(corner)
    off = shapely.distance(points, one) + shapely.distance(points, other)
    onside = shapely.touches(points, one) & shapely.touches(points, other)
    lon, lat = corner[np.lexsort((onside, off))[0]].tolist()
    return lon, lat
