"""`build_units`: the steps in order, the proof, and the finer to coarser noding that is tried until the proof holds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidBoundary, InvalidInput
from geo.partition.units.attempt import Attempt, Ground, attempt_units, prepare
from geo.partition.units.borders import followed_share, make_borders
from geo.partition.units.inputs import Checked, Progress, UnitInputs, UnitSettings, check_inputs, usable
from geo.partition.units.place import name_units, place_by_point, settle_welded
from geo.partition.units.report import Story, write_report
from geo.partition.units.result import BUILT, EMPTY, WATER, UnitsResult
from geo.partition.units.weights import count_once, sum_units


def build_units(inputs: UnitInputs, *, progress: Progress | None = None) -> UnitsResult:
    """Divide an area into seamless units, one for each building, along barriers and nearest walls.

    The result depends on the set of rows only, never on their order.

    Parameters
    ----------
    inputs : boundary, buildings, barriers and weights, in one projected CRS, metres.
    progress : called with the share done, 0 to 1, and the message key of the step that begins.

    Returns
    -------
    UnitsResult

    Raises
    ------
    InvalidInput
        An id, weight or coordinate cannot be used, or no building lies inside the boundary.
    InvalidBoundary
        The boundary is empty, crosses itself so that a repair would change its area, or cannot be noded.

    Examples
    --------
    >>> houses = np.array([shapely.box(5, 5, 15, 15), shapely.box(25, 5, 35, 15)])
    >>> road = np.array([shapely.LineString([(20, -1), (20, 30)])])
    >>> result = build_units(UnitInputs(shapely.box(0, 0, 40, 20), houses, road, weight=np.array([12, 30])))
    >>> [(p.area, float(w)) for p, w in zip(result.polygons, result.weight)]
    [(400.0, 12.0), (400.0, 30.0)]
    """
    tell = progress or (lambda share, key: None)
    tell(0.0, "units_stage_clean")
    given = check_inputs(inputs)
    ground = prepare(given, inputs)
    tell(0.15, "units_stage_enclosures")
    tried: list[str] = []
    for grid_m in inputs.settings.grids_m:
        try:
            attempt = attempt_units(ground, inputs.settings, grid_m, tell)
        except shapely.GEOSException as error:
            tried.append(f"grid {grid_m:g} m: {error}")
            continue
        if not attempt.proof.faults:
            result = _result(given, ground, attempt, inputs, tuple(tried))
            tell(1.0, "units_stage_done")
            return result
        tried.append(f"grid {grid_m:g} m: {', '.join(attempt.proof.faults)}")
    raise InvalidBoundary("units_not_seamless", tried="; ".join(tried))


def _result(
    given: Checked, ground: Ground, attempt: Attempt, inputs: UnitInputs, tried: tuple[str, ...]
) -> UnitsResult:
    """Buildings to units, weights, ids, borders and the report; back to the caller's row order."""
    unit, by_point = _place_buildings(ground, attempt, inputs.settings)
    inside = unit >= 0
    weight = given.weight[ground.order]
    if inputs.duplicates == "max":
        weight = count_once(weight, ground.footprints.duplicate)
    kind = np.where(attempt.wet, WATER, EMPTY).astype(np.int8)
    kind[unit[inside]] = BUILT
    unit_of_building = np.empty(len(unit), dtype=np.int32)
    unit_of_building[ground.order] = unit
    borders = make_borders(attempt.segments, attempt.lines, attempt.line_class)
    duplicate = np.empty(len(unit), dtype=np.int32)
    duplicate[ground.order] = ground.footprints.duplicate
    unit_weight = sum_units(weight, unit, len(attempt.polygons))
    story = Story(
        ids=given.ids[ground.order],
        buildings=ground.buildings,
        given_weight=given.weight[ground.order],
        weight=weight,
        footprints=ground.footprints,
        seats=attempt.seats,
        shared=attempt.shared,
        unit=unit,
        unit_of_part=attempt.unit_of_part,
        by_point=by_point,
        polygons=attempt.polygons,
        kind=kind,
        enclosures=attempt.enclosures,
        merged=(attempt.merged, attempt.merged_m2),
        borders=borders,
        followed=followed_share(attempt.segments, attempt.walls),
        boundary=ground.boundary,
        repaired_m2=given.repaired_m2,
        proof=attempt.proof,
        grid_m=attempt.grid_m,
        tried=tried,
        weight_units=float(unit_weight.sum()),
        duplicates_once=inputs.duplicates == "max",
        closed=ground.closed,
        extended=ground.extended,
        min_border_m=inputs.settings.min_border_m,
    )
    return UnitsResult(
        polygons=attempt.polygons,
        ids=name_units(story.ids, unit, kind),
        weight=unit_weight,
        kind=kind,
        enclosure=attempt.enclosure,
        unit_of_building=unit_of_building,
        order=ground.order,
        duplicate=duplicate,
        borders=borders,
        lines=attempt.lines,
        line_class=attempt.line_class,
        report=write_report(story),
    )


def _place_buildings(
    ground: Ground, attempt: Attempt, settings: UnitSettings
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The unit of each building, −1 outside the boundary, and those placed by a point inside them."""
    of_building = ground.footprints.of_building
    unit = np.append(attempt.unit_of_part, -1)[of_building]  # −1 takes the last one
    settle_welded(ground.buildings, of_building, attempt.seats, attempt.polygons, unit, settings.min_building_m2)
    by_point = place_by_point(ground.buildings, attempt.polygons, unit)
    if not (unit >= 0).any():
        raise InvalidInput(
            "units_no_building_inside",
            count=len(unit),
            boundary=_span(ground.boundary.bounds),
            buildings=_span(
                shapely.union_all(shapely.box(*shapely.bounds(ground.buildings[usable(ground.buildings)]).T)).bounds
            ),
        )
    return unit, by_point


def _span(bounds: Iterable[float]) -> str:
    """An extent for a message."""
    return "({:.1f}, {:.1f}) – ({:.1f}, {:.1f})".format(*bounds)
