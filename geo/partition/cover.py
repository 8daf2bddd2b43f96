"""Gaps and overlaps of a polygon cover, in metres; slivers thinner than float noise and projections make are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.model import Violation
from geo.partition.arcs import ring_segments

# A sliver is a fault from this mean width and area on. A straight edge between two vertices bends by millimetres when
# it is projected, so that a neighbour with a vertex halfway gapes or overlaps by as much.
_WIDTH_M = 0.01
_AREA_M2 = 0.01
# A hole up to this mean width is a gap between neighbours; a wider one is an enclave that the plan leaves out, and
# only a boundary can tell whether it should.
_GAP_WIDTH_M = 5.0


def seam_faults(
    shapes: NDArray[np.object_], names: Sequence[Any] | NDArray[Any], layer: Literal["unit", "grid"] = "unit"
) -> Iterator[Violation]:
    """Overlaps between two shapes of a cover, and narrow gaps that they leave.

    Parameters
    ----------
    shapes : object (n,)
        Valid polygons in metres.
    names : sequence (n,)
        What the shapes are called.
    layer : "unit" or "grid"
        Chooses the words.
    """
    for a, b, parts in _overlaps(shapes):
        pair = (str(names[a]), str(names[b]))
        yield Violation(
            f"check_{layer}s_overlap",
            grids=pair if layer == "grid" else (),
            units=pair if layer == "unit" else (),
            context={"a": pair[0], "b": pair[1], "area_m2": round(sum(float(part.area) for part in parts), 2)},
            at=_point(max(parts, key=lambda part: float(part.area))),
        )
    for hole in _narrow_holes(shapes):
        near = np.flatnonzero(shapely.dwithin(shapes, hole, _WIDTH_M))
        around = tuple(str(names[index]) for index in near.tolist())
        yield Violation(
            f"gap_between_{layer}s",
            grids=around if layer == "grid" else (),
            units=around if layer == "unit" else (),
            context={"area_m2": round(float(hole.area), 2), "around": ", ".join(around[:6])},
            at=_point(hole),
        )


def grid_shape_faults(
    grid_shape: NDArray[np.object_],
    codes: Sequence[str],
    unit_shape: NDArray[np.object_],
    grid_of_unit: NDArray[np.int64],
) -> Iterator[Violation]:
    """Grids that are not the union of their units, and the seams of the grids themselves.

    Parameters
    ----------
    grid_shape : object (k,), codes : sequence (k,)
        The grids' own polygons, in metres.
    unit_shape : object (n,), grid_of_unit : int64 (n,)
        The units and the grid of each, −1 for none.
    """
    for index in _unlike_outlines(grid_shape, unit_shape, grid_of_unit).tolist():
        inside = np.flatnonzero(grid_of_unit == index)
        if not len(inside):
            continue
        union = shapely.union_all(unit_shape[inside])
        lacking = _faults(shapely.difference(union, grid_shape[index]))
        beyond = _faults(shapely.difference(grid_shape[index], union))
        if not lacking and not beyond:
            continue
        worst = max(lacking + beyond, key=lambda part: float(part.area))
        context = {
            "grid": codes[index],
            "lacking_m2": round(sum(float(part.area) for part in lacking), 2),
            "beyond_m2": round(sum(float(part.area) for part in beyond), 2),
        }
        yield Violation("grid_shape_differs", grids=(codes[index],), context=context, at=_point(worst))
    yield from seam_faults(grid_shape, codes, "grid")


def overlapping(shapes: NDArray[np.object_]) -> list[tuple[int, int, float, tuple[float, float]]]:
    """Pairs of polygons, whatever else lies between them, that share area: both numbers, m² and a place in it.

    Parameters
    ----------
    shapes : object (n,)
        Valid polygons in metres.
    """
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    found = []
    for i, j in sorted(zip(a.tolist(), b.tolist(), strict=True)):
        parts = _faults(shapely.intersection(shapes[i], shapes[j]))
        if parts:
            worst = max(parts, key=lambda part: float(part.area))
            found.append((i, j, sum(float(part.area) for part in parts), _point(worst)))
    return found


def union_of(shapes: NDArray[np.object_]) -> BaseGeometry:
    """The union; of a seamless cover in a twentieth of the time, because shared edges need not be searched for."""
    if len(shapes) and shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


def boundary_faults(unit_shape: NDArray[np.object_], boundary: BaseGeometry) -> Iterator[Violation]:
    """Parts of the boundary that no unit covers, and parts of units beyond it."""
    union = union_of(unit_shape)
    for kind, shape in (
        ("boundary_not_covered", shapely.difference(boundary, union)),
        ("units_beyond_boundary", shapely.difference(union, boundary)),
    ):
        for part in _faults(shape):
            yield Violation(kind, context={"area_m2": round(float(part.area), 2)}, at=_point(part))


def _overlaps(shapes: NDArray[np.object_]) -> Iterator[tuple[int, int, list[BaseGeometry]]]:
    """Pairs that share area. Shapes whose every edge is shared with exactly one neighbour need no look."""
    seg = ring_segments(shapes)
    loose = np.unique(seg.owner[(seg.twin < 0) | seg.repeated])
    if not len(loose):
        return
    i, b = shapely.STRtree(shapes).query(shapes[loose], predicate="intersects")
    a = loose[i]
    pairs = np.unique(np.sort(np.column_stack([a, b])[a != b], axis=1), axis=0)
    if not len(pairs):
        return
    shared = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    for index in np.flatnonzero(shapely.area(shared) > _AREA_M2).tolist():
        parts = _faults(shared[index])
        if parts:
            yield int(pairs[index, 0]), int(pairs[index, 1]), parts


def _narrow_holes(shapes: NDArray[np.object_]) -> list[BaseGeometry]:
    if not len(shapes):
        return []
    union = shapely.get_parts(union_of(shapes))
    holes = [shapely.polygons(ring) for part in union for ring in part.interiors]
    return [hole for hole in holes if _is_fault(hole) and _width(hole) <= _GAP_WIDTH_M]


def _unlike_outlines(
    grid_shape: NDArray[np.object_], unit_shape: NDArray[np.object_], grid_of_unit: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Grids whose outline is not, edge for edge, what their units' edges leave over."""
    n = len(unit_shape)
    seg = ring_segments(np.concatenate([unit_shape, grid_shape]))
    vertices = len(seg.xy)
    of_unit = seg.owner < n
    grid = np.where(of_unit, grid_of_unit[np.minimum(seg.owner, n - 1)] if n else -1, seg.owner - n)
    edge = seg.start * vertices + seg.end
    back = seg.end * vertices + seg.start
    used = of_unit & (grid >= 0)
    # Edges are numbered anew, so that edge and grid fit into one number.
    names, number = np.unique(np.concatenate([edge, back]), return_inverse=True)
    width = len(names)
    key, turned = grid * width + number[: len(edge)], grid * width + number[len(edge) :]
    outline = key[used][~np.isin(key[used], turned[used])]
    drawn = key[~of_unit]
    return np.asarray(np.unique(np.setxor1d(outline, drawn) // max(width, 1)), dtype=np.int64)


def _faults(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shape) if _is_fault(part)]


def _is_fault(part: BaseGeometry) -> bool:
    return part.geom_type == "Polygon" and part.area > _AREA_M2 and _width(part) > _WIDTH_M


def _width(part: BaseGeometry) -> float:
    return 2.0 * float(part.area) / max(float(part.length), 1e-12)


def _point(part: BaseGeometry) -> tuple[float, float]:
    point = shapely.point_on_surface(part)
    return float(point.x), float(point.y)
