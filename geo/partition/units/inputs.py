"""What `build_units` is given, and the checks before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidBoundary, InvalidCoordinate, InvalidCrs, InvalidInput

Geometries = NDArray[np.object_]
Progress = Callable[[float, str], None]

# A repair may move the boundary's area by this share of it; more means that the drawing says something else.
_REPAIR_SHARE = 1e-4


@dataclass(frozen=True)
class UnitSettings:
    """The numbers of the recipe; the defaults are the measured ones.

    Attributes
    ----------
    precision_m : grid that footprints are rounded to before they are compared.
    min_building_m2 : a smaller footprint makes no unit; it is counted in the unit that it stands in.
    weld_share : two footprints that share this part of the smaller one are one building.
    wall_m : how far inside its outline a building is sampled, so that touching walls stay apart.
    near_m, near_step_m, far_step_m : spacing of the samples where another building is within `near_m`, and elsewhere.
    simplify_m : how far a border may leave the exact middle line.
    min_empty_m2 : a smaller piece without a building joins the neighbour with the longest border.
    min_border_m : neighbours that share less are counted as corner contacts.
    gap_m : a gate closes a gap in a wall whose ends are this near to it.
    extend_m : a barrier that ends this near to the next one is drawn on to it; 0 leaves all as they are.
    batch_points : bounds the memory: samples that are triangulated before the borders are thinned.
    grids_m : noding grids that are tried in turn; 0 is plain floating point and moves nothing.
    """

    precision_m: float = 0.01
    min_building_m2: float = 1.0
    weld_share: float = 0.10
    wall_m: float = 0.3
    near_m: float = 3.0
    near_step_m: float = 0.6
    far_step_m: float = 3.0
    simplify_m: float = 0.25
    min_empty_m2: float = 200.0
    min_border_m: float = 0.5
    gap_m: float = 5.0
    extend_m: float = 0.0
    batch_points: int = 300_000
    grids_m: tuple[float, ...] = (0.0, 1e-6, 0.01)


@dataclass(frozen=True, eq=False)
class UnitInputs:
    """The area, what divides it, and who lives in it. All geometry in one projected CRS, metres, x then y.

    Attributes
    ----------
    boundary : Polygon or MultiPolygon, the area to be covered.
    buildings : object (n,), Polygon, MultiPolygon, a Point (counted where it stands) or None (reported).
    barriers : object (m,), lines, or polygons of which the rings count; leave out tunnels and bridges.
    building_ids : (n,), unique; None means the 1-based row numbers.
    weight : float64 (n,), ≥ 0, persons or households of each building; None means 1 each.
    weight_field : the name of `weight` in messages.
    duplicates : "max" counts records of nearly the same footprint once, at the largest weight; "sum" adds them up.
        Parts of one building (records that overlap otherwise) are always added up.
    barrier_class : int (m,), larger is stronger, ≥ 1; None means 1 for all.
    hard : bool (m,), barriers that small empty pieces never join a neighbour across (the border of a community, say),
        but for hair-thin slivers; None means that they may cross any.
    gates : object (g,), points; a gap in a wall that one stands in is closed, so that the wall encloses its compound.
    water : object (k,), polygons; a piece of the area inside one is a water unit.
    water_class : class of the water's edge in the borders, ≥ 1.
    split_class : when given, water that parts the ground is divided by the nearest bank, so that no unit reaches
        across; the line in the middle has this class, ≥ 1, and no small piece joins a neighbour across it.
    settings : the numbers of the recipe.
    """

    boundary: BaseGeometry
    buildings: Geometries
    barriers: Geometries
    building_ids: Sequence[Any] | NDArray[Any] | None = None
    weight: NDArray[Any] | None = None
    weight_field: str = "weight"
    duplicates: Literal["max", "sum"] = "max"
    barrier_class: NDArray[Any] | None = None
    hard: NDArray[np.bool_] | None = None
    gates: Geometries | None = None
    water: Geometries | None = None
    water_class: int = 1
    split_class: int | None = None
    settings: UnitSettings = field(default_factory=UnitSettings)


@dataclass(frozen=True, eq=False)
class Checked:
    """`UnitInputs` after the checks: nothing is missing, rows are still in the caller's order."""

    boundary: BaseGeometry
    repaired_m2: float | None
    buildings: Geometries
    barriers: Geometries
    ids: NDArray[np.object_]
    weight: NDArray[np.float64]
    barrier_class: NDArray[np.int32]
    hard: NDArray[np.bool_]
    gates: Geometries
    water: Geometries


def hull_of(barriers: Geometries) -> BaseGeometry:
    """The convex hull of all barriers: a boundary for an area that has none.

    Parameters
    ----------
    barriers : object (m,), shapely geometries; None and empty ones are passed over.

    Raises
    ------
    InvalidBoundary
        When the barriers span no area.
    """
    lines = as_geometries(barriers)
    require_finite(lines, "barriers")
    hull: BaseGeometry = shapely.GeometryCollection(list(lines[usable(lines)])).convex_hull
    if hull.area <= 0:
        raise InvalidBoundary("units_hull_without_area", barriers=len(lines))
    return hull


def check_inputs(inputs: UnitInputs) -> Checked:
    """Refuse what cannot be used, naming row, field, value and remedy; repair the boundary where that is harmless."""
    buildings, barriers = as_geometries(inputs.buildings), as_geometries(inputs.barriers)
    gates, water = (as_geometries(() if given is None else given) for given in (inputs.gates, inputs.water))
    ids = _check_ids(inputs.building_ids, len(buildings))
    require_finite(buildings, "buildings", ids)
    require_finite(barriers, "barriers")
    require_finite(gates, "gates")
    require_finite(water, "water")
    boundary, repaired_m2 = _check_boundary(inputs.boundary)
    return Checked(
        boundary=boundary,
        repaired_m2=repaired_m2,
        buildings=_flat(buildings),
        barriers=_flat(barriers),
        ids=ids,
        weight=_check_weight(inputs.weight, inputs.weight_field, ids),
        barrier_class=_check_class(inputs.barrier_class, len(barriers)),
        hard=_check_hard(inputs.hard, len(barriers)),
        gates=_flat(gates),
        water=_flat(water),
    )


def as_geometries(values: Sequence[BaseGeometry | None] | Geometries) -> Geometries:
    """An object array (n,) of what is given, whatever sequence it is."""
    out = np.empty(len(values), dtype=object)
    out[:] = list(values)
    return out


def usable(geometries: Geometries) -> NDArray[np.bool_]:
    """Bool (n,), True where there is a geometry that is not empty."""
    return ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))


def require_finite(geometries: Geometries, layer: str, ids: NDArray[np.object_] | None = None) -> None:
    """Raise `InvalidCoordinate` for the first coordinate that is no number."""
    xy, row = shapely.get_coordinates(geometries, return_index=True)
    bad = ~np.isfinite(xy).all(axis=1)
    if bad.any():
        first = int(row[np.argmax(bad)])
        raise InvalidCoordinate(
            "units_coordinate_not_finite",
            layer=layer,
            row=first + 1,
            id="" if ids is None else str(ids[first]),
            value=str(tuple(float(v) for v in xy[np.argmax(bad)])),
        )


def _flat(geometries: Geometries) -> Geometries:
    """The geometries without heights; a copy only where there are any."""
    flat: Geometries = shapely.force_2d(geometries) if shapely.has_z(geometries).any() else geometries
    return flat


def _check_boundary(boundary: BaseGeometry | None) -> tuple[BaseGeometry, float | None]:
    """The boundary as valid polygons, and by how much a repair changed its area (None if it needed none)."""
    if boundary is None or boundary.is_empty:
        raise InvalidBoundary("units_boundary_empty")
    if boundary.geom_type not in ("Polygon", "MultiPolygon"):
        raise InvalidBoundary("units_boundary_not_polygon", type=boundary.geom_type)
    require_finite(as_geometries([boundary]), "boundary")
    low_x, low_y, high_x, high_y = boundary.bounds
    if max(abs(v) for v in boundary.bounds) <= 360 and max(high_x - low_x, high_y - low_y) < 5:
        raise InvalidCrs("units_in_degrees", bounds=str(tuple(round(v, 5) for v in boundary.bounds)))
    flat = shapely.force_2d(boundary)
    if flat.is_valid:
        return flat, None
    repaired = shapely.make_valid(flat, method="structure", keep_collapsed=False)
    polygons = [part for part in shapely.get_parts(repaired) if part.geom_type == "Polygon"]
    repaired = shapely.union_all(polygons)
    # The signed area of a figure of eight cancels out, so it shows what a repair would invent or drop.
    change = abs(repaired.area - flat.area)
    if repaired.area <= 0 or change > _REPAIR_SHARE * repaired.area:
        raise InvalidBoundary(
            "units_boundary_crosses_itself",
            reason=shapely.is_valid_reason(flat),
            before=round(flat.area, 1),
            after=round(repaired.area, 1),
        )
    return repaired, change


def _check_ids(ids: Sequence[Any] | NDArray[Any] | None, count: int) -> NDArray[np.object_]:
    """The ids as strings, object (n,)."""
    out = np.empty(count, dtype=object)
    if ids is None:
        out[:] = [str(row + 1) for row in range(count)]
        return out
    if len(ids) != count:
        raise InvalidInput("units_length_mismatch", field="building_ids", got=len(ids), wanted=count)
    out[:] = ["" if value is None or value != value else str(value).strip() for value in ids]
    first: dict[str, int] = {}
    for row, name in enumerate(out, start=1):
        if not name:
            raise InvalidInput("units_id_missing", row=row)
        if name in first:
            raise InvalidInput("units_id_duplicate", id=name, first=first[name], row=row)
        first[name] = row
    return out


def _check_weight(weight: NDArray[Any] | None, name: str, ids: NDArray[np.object_]) -> NDArray[np.float64]:
    """Float64 (n,), finite and ≥ 0."""
    if weight is None:
        return np.ones(len(ids))
    if len(weight) != len(ids):
        raise InvalidInput("units_length_mismatch", field=name, got=len(weight), wanted=len(ids))
    out = np.empty(len(ids))
    for row, value in enumerate(weight):
        try:
            out[row] = np.nan if value is None else float(value)
        except (TypeError, ValueError):
            out[row] = np.nan
    bad = ~np.isfinite(out) | (out < 0)
    if bad.any():
        row = int(np.argmax(bad))
        key = "units_weight_negative" if out[row] < 0 else "units_weight_missing"
        raise InvalidInput(key, field=name, row=row + 1, id=str(ids[row]), value=str(weight[row]), rows=int(bad.sum()))
    return out


def _check_class(classes: NDArray[Any] | None, count: int) -> NDArray[np.int32]:
    """Int32 (m,), ≥ 1."""
    if classes is None:
        return np.ones(count, dtype=np.int32)
    if len(classes) != count:
        raise InvalidInput("units_length_mismatch", field="barrier_class", got=len(classes), wanted=count)
    out = np.asarray(classes, dtype=np.int32)
    if (out < 1).any():
        row = int(np.argmax(out < 1))
        raise InvalidInput("units_barrier_class_low", row=row + 1, value=int(out[row]))
    return out


def _check_hard(hard: NDArray[Any] | None, count: int) -> NDArray[np.bool_]:
    """Bool (m,)."""
    if hard is None:
        return np.zeros(count, dtype=bool)
    if len(hard) != count:
        raise InvalidInput("units_length_mismatch", field="hard", got=len(hard), wanted=count)
    return np.asarray(hard, dtype=bool)
