"""Footprints made ready: valid, on a fine grid, each piece of ground claimed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.units.inputs import UnitSettings

# Two records of one building: this part of their union is covered by both.
_DUPLICATE_SHARE = 0.9


@dataclass(frozen=True, eq=False)
class Footprints:
    """Disjoint footprints and which record went into which.

    Attributes
    ----------
    polygons : object (f,), Polygon or MultiPolygon; they touch at most.
    of_building : int32 (n,), footprint of each record, −1 where it has none (a point, no geometry, too small).
    repaired, trimmed : bool (n,), records.
    duplicate : int32 (n,), records with the same number ≥ 0 have nearly the same footprint.
    overlaps : pairs of records that overlapped.
    overlap_m2 : area claimed twice.
    """

    polygons: NDArray[np.object_]
    of_building: NDArray[np.int32]
    repaired: NDArray[np.bool_]
    trimmed: NDArray[np.bool_]
    duplicate: NDArray[np.int32]
    overlaps: int
    overlap_m2: float


def clean_footprints(buildings: NDArray[np.object_], settings: UnitSettings) -> Footprints:
    """Repair, round, weld and trim footprints.

    Parameters
    ----------
    buildings : object (n,), shapely geometries or None, metres, in canonical order.
    """
    count = len(buildings)
    areal = np.isin(shapely.get_type_id(buildings), (3, 6))  # Polygon, MultiPolygon
    rows = np.flatnonzero(areal)
    shapes = buildings[rows]
    repaired = np.zeros(count, dtype=bool)
    bad = ~shapely.is_valid(shapes)
    repaired[rows[bad]] = True
    shapes[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    shapes = shapely.set_precision(shapes, settings.precision_m)
    large = shapely.area(shapes) >= settings.min_building_m2
    rows, shapes = rows[large], shapes[large]

    pairs = _overlapping(shapes)
    of_shape, welded, left = _weld(shapes, pairs, settings.weld_share)
    cut, was_cut = _trim(welded, left)
    # A negative buffer of a polygon that carries a precision model can come out empty far from the origin.
    cut = _polygonal(shapely.set_precision(cut, 0, mode="pointwise"))
    keep = shapely.area(cut) >= settings.min_building_m2
    new = np.where(keep, np.cumsum(keep) - 1, -1)

    of_building = np.full(count, -1, dtype=np.int32)
    of_building[rows] = new[of_shape]
    trimmed = np.zeros(count, dtype=bool)
    trimmed[rows] = was_cut[of_shape]
    duplicate = np.full(count, -1, dtype=np.int32)
    duplicate[rows] = _duplicates(shapes, pairs)
    return Footprints(
        polygons=cut[keep],
        of_building=of_building,
        repaired=repaired,
        trimmed=trimmed,
        duplicate=duplicate,
        overlaps=len(pairs.area),
        overlap_m2=float(pairs.area.sum()),
    )


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Shapes that overlap: indices `i` < `j` and the shared `area`, m²."""

    i: NDArray[np.intp]
    j: NDArray[np.intp]
    area: NDArray[np.float64]


def _overlapping(shapes: NDArray[np.object_], changed: NDArray[np.intp] | None = None) -> _Pairs:
    """All pairs that share area (touching walls share none), or only those with a `changed` shape."""
    tree = shapely.STRtree(shapes)
    if changed is None:
        i, j = tree.query(shapes, predicate="intersects")
    else:
        i, j = tree.query(shapes[changed], predicate="intersects")
        i = changed[i]
        i, j = np.unique(np.stack([np.minimum(i, j), np.maximum(i, j)]), axis=1)
    first = i < j
    i, j = i[first], j[first]
    # Rows of houses wall to wall: to ask first whether a pair only touches takes a tenth of the time of an overlay.
    inner = ~shapely.touches(shapes[i], shapes[j])
    i, j = i[inner], j[inner]
    area = shapely.area(shapely.intersection(shapes[i], shapes[j]))
    some = area > 0
    return _sorted(i[some], j[some], area[some])


def _sorted(i: NDArray[np.intp], j: NDArray[np.intp], area: NDArray[np.float64]) -> _Pairs:
    """Pairs by `i`, then `j`."""
    order = np.lexsort((j, i))
    return _Pairs(i[order], j[order], area[order])


def _components(count: int, i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.int32]:
    """Int32 (count,): number of the connected component, by first member."""
    graph = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]


def _weld(
    shapes: NDArray[np.object_], pairs: _Pairs, share: float
) -> tuple[NDArray[np.int32], NDArray[np.object_], _Pairs]:
    """Union what overlaps by `share` of the smaller one, until nothing does: (group of shape, unions, their pairs)."""
    group = np.arange(len(shapes), dtype=np.int32)
    unions = shapes
    while True:
        area = shapely.area(unions)
        much = pairs.area >= share * np.minimum(area[pairs.i], area[pairs.j])
        if not much.any():
            return group, unions, pairs
        label = _components(len(unions), pairs.i[much], pairs.j[much])
        members = np.argsort(label, kind="stable")
        size = np.bincount(label)
        starts = np.concatenate([[0], np.cumsum(size)])
        merged = unions[members[starts[:-1]]]
        for k in np.flatnonzero(size > 1):
            merged[k] = shapely.union_all(unions[members[starts[k] : starts[k + 1]]])
        single = (size[label[pairs.i]] == 1) & (size[label[pairs.j]] == 1)
        kept = _Pairs(label[pairs.i[single]], label[pairs.j[single]], pairs.area[single])
        new = _overlapping(merged, np.flatnonzero(size > 1))
        pairs = _sorted(*(np.concatenate([getattr(kept, k), getattr(new, k)]) for k in ("i", "j", "area")))
        group, unions = label[group], merged


def _trim(shapes: NDArray[np.object_], pairs: _Pairs) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Cut each shape by the larger ones that still overlap it; between equals the first stays whole."""
    area = shapely.area(shapes)
    larger = np.where(area[pairs.i] >= area[pairs.j], pairs.i, pairs.j)
    smaller = pairs.i + pairs.j - larger
    out = shapes.copy()
    for k in np.unique(smaller):
        out[k] = shapely.difference(shapes[k], shapely.union_all(shapes[larger[smaller == k]]))
    cut = np.zeros(len(shapes), dtype=bool)
    cut[smaller] = True
    return out, cut


def _duplicates(shapes: NDArray[np.object_], pairs: _Pairs) -> NDArray[np.int32]:
    """Int32 (n,): the same number for shapes that are nearly the same, −1 for all others."""
    area = shapely.area(shapes)
    same = pairs.area >= _DUPLICATE_SHARE * (area[pairs.i] + area[pairs.j] - pairs.area)
    label = _components(len(shapes), pairs.i[same], pairs.j[same])
    return np.where(np.bincount(label, minlength=1)[label] > 1, label, -1).astype(np.int32)


def _polygonal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Only the polygons of each shape: a cut can leave lines behind."""
    out = shapes.copy()
    for k in np.flatnonzero(shapely.get_type_id(shapes) == 7):  # GeometryCollection
        parts = shapely.get_parts(shapes[k])
        out[k] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return out
