"""Is a drawn plan sound? Every fault found is named, with what it concerns and where to look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import is_geographic, metres_per_unit
from geo.model import Drawing, Violation
from geo.partition.closed import close_pairs
from geo.partition.cover import boundary_faults, grid_shape_faults, overlapping, seam_faults
from geo.partition.graph import graph_of, pieces_of
from geo.partition.islets import join_pairs
from geo.partition.loads import bounds, sums

# Metres in a degree of latitude (mean of the ellipsoid); good to 0.5 %, ample for judging slivers and corners.
_DEGREE_M = 111_132.95
# Slightly below the solver's own least border (0.5 m): the two measure lengths in different projections.
_MIN_BORDER_M = 0.45


@dataclass(frozen=True, eq=False)
class _Case:
    """A drawing with its geometry in metres around a local origin."""

    drawing: Drawing
    unit_shape: NDArray[np.object_]
    grid_shape: NDArray[np.object_]
    grid_of_unit: NDArray[np.int64]
    origin: NDArray[np.float64]
    scale: NDArray[np.float64]

    def place(self, at: tuple[float, float] | None) -> tuple[float, float] | None:
        """A place in metres, back in the drawing's own coordinates."""
        if at is None:
            return None
        x, y = np.asarray(at) / self.scale + self.origin
        return float(x), float(y)


def check_drawing(
    drawing: Drawing,
    *,
    tolerance: float | None = None,
    band: tuple[float, float] | None = None,
    boundary: BaseGeometry | None = None,
) -> tuple[Violation, ...]:
    """Find every fault of a plan: cover, pieces, nesting, sums and bounds.

    The layers are compared with one another and with themselves; nothing is repaired. Geometry may be in degrees or in
    a metric system: lengths are judged in metres by scaling around the middle of the drawing.

    Parameters
    ----------
    drawing : Drawing
        A plan as read from a file.
    tolerance : float, optional
        Allowed deviation from the ideal, a fraction, inclusive. Without it, and without `band`, the wishes stored in
        the drawing count: ``min`` and ``max``, else ``ideal`` and ``tolerance``. A deviation that the wishes state as
        unavoidable (``lower_bound``) is no fault.
    band : (float, float), optional
        Least and greatest weight, inclusive.
    boundary : shapely geometry, optional
        The area that the plan has to cover, in the drawing's system.

    Returns
    -------
    tuple of Violation
        Empty for a sound plan. `kind` is a key of geo/messages/partition.toml, `at` a place in the drawing's system.
    """
    case = _prepare(drawing)
    found: list[Violation] = list(_names(case))
    broken = list(_shapes(case))
    found += broken
    found += sums(drawing, case.grid_of_unit)
    found += bounds(drawing, case.grid_of_unit, tolerance, band)
    if not broken:
        found += _pieces(case)
        found += [_placed(case, fault) for fault in seam_faults(case.unit_shape, case.drawing.units.ids)]
        found += [_placed(case, fault) for fault in _grid_shapes(case)]
        if boundary is not None:
            outline = _scaled(np.array([boundary], dtype=object), case.origin, case.scale)[0]
            found += [_placed(case, fault) for fault in boundary_faults(case.unit_shape, outline)]
    return tuple(found)


def _grid_shapes(case: _Case) -> Iterator[Violation]:
    """Faults of the net's own polygons, and of those that lie over it (专属网格): these may not overlap one another."""
    over = np.array([grid.lies_over for grid in case.drawing.grids], dtype=np.bool_)
    codes = np.array([grid.code for grid in case.drawing.grids], dtype=object)
    net = np.flatnonzero(~over)
    number = np.full(len(over) + 1, -1, dtype=np.int64)
    number[net] = np.arange(len(net))  # units without a grid, −1, take the last entry
    yield from grid_shape_faults(case.grid_shape[net], codes[net].tolist(), case.unit_shape, number[case.grid_of_unit])
    special = np.array([grid.kind == "special" for grid in case.drawing.grids], dtype=np.bool_)
    for index in np.flatnonzero(over).tolist():
        if not shapely.intersects(case.unit_shape, case.grid_shape[index]).any():
            point = shapely.point_on_surface(case.grid_shape[index])
            code = str(codes[index])
            yield Violation("special_outside_net", grids=(code,), context={"grid": code}, at=(point.x, point.y))
    for a, b, area, at in overlapping(case.grid_shape[special]):
        pair = (str(codes[special][a]), str(codes[special][b]))
        # Two that are carved are parts of the net, whose overlaps are found above.
        if over[special][a] or over[special][b]:
            context = {"a": pair[0], "b": pair[1], "area_m2": round(area, 1)}
            yield Violation("special_grids_overlap", grids=pair, context=context, at=at)


def _prepare(drawing: Drawing) -> _Case:
    shapes = np.asarray(drawing.units.geometry, dtype=object)
    grids = np.array([grid.geometry for grid in drawing.grids] + [None], dtype=object)[:-1]
    bounds = shapely.total_bounds(np.concatenate([shapes, grids]))
    bounds = np.where(np.isfinite(bounds), bounds, 0.0)
    origin = np.array([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2])
    scale = np.ones(2)
    if is_geographic(drawing.crs):
        scale = np.array([_DEGREE_M * max(np.cos(np.radians(origin[1])), 1e-6), _DEGREE_M])
    elif len(drawing.units):
        scale *= metres_per_unit(*origin.tolist(), crs=drawing.crs)
    number = {grid.code: index for index, grid in reversed(list(enumerate(drawing.grids)))}
    named = drawing.units.grid if drawing.units.grid is not None else np.full(len(drawing.units), "", dtype=object)
    grid_of_unit = np.array([number.get(str(code), -1) for code in named], dtype=np.int64)
    return _Case(drawing, _scaled(shapes, origin, scale), _scaled(grids, origin, scale), grid_of_unit, origin, scale)


def _scaled(
    shapes: NDArray[np.object_], origin: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Shift and stretch; equal coordinates stay equal to the last bit."""
    return np.asarray(shapely.transform(shapes, lambda xy: (xy - origin) * scale), dtype=object)


def _placed(case: _Case, fault: Violation) -> Violation:
    return replace(fault, at=case.place(fault.at))


def _names(case: _Case) -> Iterator[Violation]:
    """Ids and codes that are missing, unknown or used twice; grids without units; nesting."""
    units, grids = case.drawing.units, case.drawing.grids
    ids, count = np.unique(units.ids.astype(str), return_counts=True)
    for name, times in zip(ids[count > 1], count[count > 1], strict=True):
        yield Violation("unit_id_repeated", units=(str(name),), context={"unit": str(name), "count": int(times)})
    codes, count = np.unique(np.array([grid.code for grid in grids], dtype=str), return_counts=True)
    for name, times in zip(codes[count > 1], count[count > 1], strict=True):
        yield Violation("grid_code_repeated", grids=(str(name),), context={"grid": str(name), "count": int(times)})
    named = units.grid if units.grid is not None else np.full(len(units), "", dtype=object)
    for row in np.flatnonzero(case.grid_of_unit < 0).tolist():
        kind = "unit_grid_unknown" if named[row] else "unit_without_grid"
        context = {"unit": str(units.ids[row]), "grid": str(named[row] or ""), "row": row + 1}
        yield Violation(kind, units=(str(units.ids[row]),), context=context, at=_inside(case, row))
    if units.parent is None:
        return
    for index, grid in enumerate(grids):
        inside = np.flatnonzero(case.grid_of_unit == index)
        astray = inside[units.parent[inside].astype(str) != str(grid.parent)]
        if len(astray):
            others = sorted({str(units.parent[row]) for row in astray})
            yield Violation(
                "grid_over_two_areas",
                grids=(grid.code,),
                units=tuple(str(units.ids[row]) for row in astray),
                context={"grid": grid.code, "parent": grid.parent, "others": ", ".join(others), "count": len(astray)},
                at=_inside(case, int(astray[0])),
            )


def _shapes(case: _Case) -> Iterator[Violation]:
    """Missing, empty, invalid geometry, or something that is no area."""
    units = [("unit", str(name)) for name in case.drawing.units.ids]
    grids = [("grid", grid.code) for grid in case.drawing.grids]
    shapes = np.concatenate([case.unit_shape, case.grid_shape])
    area = np.isin(shapely.get_type_id(shapes), (3, 6))
    fine = area & ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    for index in np.flatnonzero(~fine).tolist():
        layer, name = (units + grids)[index]
        shape = shapes[index]
        reason = "no polygon" if shape is None or shape.is_empty or not area[index] else shapely.is_valid_reason(shape)
        yield Violation(
            f"{layer}_geometry_bad",
            grids=(name,) if layer == "grid" else (),
            units=(name,) if layer == "unit" else (),
            context={layer: name, "reason": reason},
        )


def _pieces(case: _Case) -> Iterator[Violation]:
    """Grids in more than one piece, judged anew from the shapes."""
    units = case.drawing.units
    if not len(units):
        return
    graph = graph_of(case.unit_shape, np.nan_to_num(np.maximum(units.weight, 0.0)), _MIN_BORDER_M)
    # Over a river without a bridge nothing is joined.
    graph = close_pairs(graph, units.ids, case.drawing.wishes.get("closed"))
    graph = join_pairs(graph, units.ids, case.drawing.wishes.get("joined"))
    piece = pieces_of(case.grid_of_unit, graph)
    for index, grid in enumerate(case.drawing.grids):
        if grid.kind != "base":
            continue  # a special grid is what was drawn, two blocks of one market too
        inside = np.flatnonzero(case.grid_of_unit == index)
        numbers, count = np.unique(piece[inside], return_counts=True)
        if len(numbers) <= 1:
            continue
        main = numbers[np.argmax(count)]
        rest = inside[piece[inside] != main]
        yield Violation(
            "grid_in_pieces",
            grids=(grid.code,),
            units=tuple(str(units.ids[row]) for row in rest),
            context={"grid": grid.code, "pieces": len(numbers), "count": len(rest), "unit": str(units.ids[rest[0]])},
            at=_inside(case, int(rest[0])),
        )


def _inside(case: _Case, row: int) -> tuple[float, float] | None:
    """A point in the unit, in the drawing's own coordinates."""
    shape = case.drawing.units.geometry[row]
    if shape is None or shape.is_empty:
        return None
    point = shapely.point_on_surface(shape)
    return float(point.x), float(point.y)
