"""`build_units`: the steps in order, the proof, and the finer to coarser noding that is tried until the proof holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidBoundary, InvalidInput
from geo.partition.arcs import Segments, ring_segments
from geo.partition.units.banks import middle_lines
from geo.partition.units.borders import followed_share, make_borders
from geo.partition.units.clean import Footprints, clean_footprints
from geo.partition.units.dangles import close_gates, extend_dangles, trim_dangles
from geo.partition.units.enclosures import (
    Enclosures,
    Seats,
    as_lines,
    join_water,
    make_enclosures,
    seat_footprints,
)
from geo.partition.units.faces import make_faces
from geo.partition.units.inputs import Checked, Progress, UnitInputs, UnitSettings, check_inputs, usable
from geo.partition.units.label import find_free_edges, label_faces, merge_small
from geo.partition.units.order import canonical_order
from geo.partition.units.place import name_units, place_by_point, settle_welded
from geo.partition.units.report import Story, write_report
from geo.partition.units.result import BUILT, EMPTY, WATER, UnitsResult
from geo.partition.units.tessellate import borders_between
from geo.partition.units.verify import Proof, prove
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
    ground = _prepare(given, inputs)
    tell(0.15, "units_stage_enclosures")
    tried: list[str] = []
    for grid_m in inputs.settings.grids_m:
        try:
            attempt = _attempt(ground, inputs.settings, grid_m, tell)
        except shapely.GEOSException as error:
            tried.append(f"grid {grid_m:g} m: {error}")
            continue
        if not attempt.proof.faults:
            result = _result(given, ground, attempt, inputs, tuple(tried))
            tell(1.0, "units_stage_done")
            return result
        tried.append(f"grid {grid_m:g} m: {', '.join(attempt.proof.faults)}")
    raise InvalidBoundary("units_not_seamless", tried="; ".join(tried))


@dataclass(frozen=True, eq=False)
class _Ground:
    """The input in canonical order, cleaned: `order[k]` is the caller's row of building k."""

    boundary: BaseGeometry
    order: NDArray[np.intp]
    buildings: NDArray[np.object_]
    footprints: Footprints
    lines: NDArray[np.object_]
    line_class: NDArray[np.int32]
    line_hard: NDArray[np.bool_]
    ponds: BaseGeometry
    split_class: int | None
    closed: int
    extended: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class _Attempt:
    """Units by one noding grid, in their final order, with the proof."""

    polygons: NDArray[np.object_]
    segments: Segments
    unit_of_part: NDArray[np.int64]
    shared: NDArray[np.bool_]
    enclosure: NDArray[np.int32]
    wet: NDArray[np.bool_]
    enclosures: Enclosures
    lines: NDArray[np.object_]
    line_class: NDArray[np.int32]
    walls: NDArray[np.object_]
    seats: Seats
    merged: int
    merged_m2: float
    proof: Proof
    grid_m: float


def _prepare(given: Checked, inputs: UnitInputs) -> _Ground:
    """Canonical order first, so that no later step can depend on the caller's."""
    settings = inputs.settings
    order = canonical_order(given.buildings, given.ids)
    buildings = given.buildings[order]
    footprints = clean_footprints(buildings, settings)
    ponds = join_water(given.water)
    shores, _ = as_lines(np.array([ponds, *given.water[shapely.get_dimensions(given.water) == 1]], dtype=object))
    lines, row = as_lines(given.barriers)
    lines = np.concatenate([lines, shores])
    line_class = np.concatenate([given.barrier_class[row], np.full(len(shores), inputs.water_class, dtype=np.int32)])
    line_hard = np.concatenate([given.hard[row], np.zeros(len(shores), dtype=bool)])
    line_order = canonical_order(lines)
    lines, line_class, line_hard = lines[line_order], line_class[line_order], line_hard[line_order]
    closed, source = close_gates(lines, given.boundary, given.gates, settings.gap_m)
    lines = np.concatenate([lines, closed])
    line_class, line_hard = (np.concatenate([of, of[source]]) for of in (line_class, line_hard))
    extended = np.empty(0, dtype=object)
    if settings.extend_m > 0:
        extended, source = extend_dangles(lines, given.boundary, footprints.polygons, settings.extend_m)
        lines = np.concatenate([lines, extended])
        line_class, line_hard = (np.concatenate([of, of[source]]) for of in (line_class, line_hard))
    return _Ground(
        boundary=given.boundary,
        order=order,
        buildings=buildings,
        footprints=footprints,
        lines=lines,
        line_class=line_class,
        line_hard=line_hard,
        ponds=ponds,
        split_class=inputs.split_class,
        closed=len(closed),
        extended=extended,
    )


def _attempt(ground: _Ground, settings: UnitSettings, grid_m: float, tell: Progress) -> _Attempt:
    """Steps 3 to 10 of the recipe."""
    shapes = ground.footprints.polygons
    lines, line_class, line_hard = ground.lines, ground.line_class, ground.line_hard
    enclosures = make_enclosures(ground.boundary, lines, ground.ponds, grid_m)
    if ground.split_class is not None:
        middle = middle_lines(enclosures, settings)
        lines = np.concatenate([lines, middle])
        line_class = np.concatenate([line_class, np.full(len(middle), ground.split_class, dtype=np.int32)])
        line_hard = np.concatenate([line_hard, np.ones(len(middle), dtype=bool)])
        enclosures = make_enclosures(ground.boundary, lines, ground.ponds, grid_m)
    seats = seat_footprints(shapes, enclosures.polygons, settings.min_building_m2)
    tell(0.25, "units_stage_tessellate")
    seated = np.flatnonzero(seats.enclosure >= 0)
    borders = borders_between(seats.part[seated], seats.enclosure[seated], enclosures.polygons, settings)
    tell(0.6, "units_stage_node")
    walls = trim_dangles(enclosures.dangles, shapes)
    faces, home = make_faces(ground.boundary, enclosures.polygons, walls, borders, grid_m)
    tell(0.75, "units_stage_label")
    sides = ring_segments(faces)
    labels = label_faces(faces, home, seats, walls, sides)
    free = find_free_edges(sides, labels.unit >= len(shapes), lines[line_hard])
    unit, merged, merged_m2 = merge_small(labels.unit, shapely.area(faces), free, len(shapes), settings.min_empty_m2)
    del sides  # it is as large as all that follows
    names, unit = np.unique(unit, return_inverse=True)
    polygons = dissolve(faces, unit)
    order = canonical_order(polygons)
    polygons = polygons[order]
    rank = np.argsort(order)
    # Faces of one name lie in one enclosure before small pieces are merged; a merged unit keeps its own name.
    own_name, own_face = np.unique(labels.unit, return_index=True)
    enclosure = home[own_face[np.searchsorted(own_name, names)]][order].astype(np.int32)
    unit_of_part = np.full(len(shapes), -1, dtype=np.int64)
    unit_of_part[seated] = rank[np.searchsorted(names, labels.unit_of_part[seated])]
    tell(0.85, "units_stage_verify")
    segments = ring_segments(polygons)
    proof = prove(polygons, segments, ground.boundary, labels.anchor[seated], unit_of_part[seated], grid_m)
    shared = np.zeros(len(shapes), dtype=bool)
    shared[seated] = labels.unit_of_part[seated] != seated
    return _Attempt(
        polygons=polygons,
        segments=segments,
        unit_of_part=unit_of_part,
        shared=shared,
        enclosure=enclosure,
        wet=enclosures.water[enclosure],
        enclosures=enclosures,
        lines=lines,
        line_class=line_class,
        walls=walls,
        seats=seats,
        merged=merged,
        merged_m2=merged_m2,
        proof=proof,
        grid_m=grid_m,
    )


def dissolve(faces: NDArray[np.object_], unit: NDArray[np.int64]) -> NDArray[np.object_]:
    """Union the faces of each unit 0 … u−1: object (u,), normalised."""
    order = np.argsort(unit, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(unit))])
    out = faces[order[starts[:-1]]]
    for k in np.flatnonzero(np.diff(starts) > 1):
        union = shapely.coverage_union_all(faces[order[starts[k] : starts[k + 1]]])
        out[k] = shapely.get_geometry(union, 0) if shapely.get_num_geometries(union) == 1 else union
    return np.asarray(shapely.normalize(out), dtype=object)


def _result(
    given: Checked, ground: _Ground, attempt: _Attempt, inputs: UnitInputs, tried: tuple[str, ...]
) -> UnitsResult:
    """Buildings to units, weights, ids, borders and the report; back to the caller's row order."""
    of_building = ground.footprints.of_building
    unit = np.append(attempt.unit_of_part, -1)[of_building]  # −1 takes the last one
    settle_welded(ground.buildings, of_building, attempt.seats, attempt.polygons, unit, inputs.settings.min_building_m2)
    by_point = place_by_point(ground.buildings, attempt.polygons, unit)
    inside = unit >= 0
    if not inside.any():
        raise InvalidInput(
            "units_no_building_inside",
            count=len(unit),
            boundary=_span(ground.boundary.bounds),
            buildings=_span(
                shapely.union_all(shapely.box(*shapely.bounds(ground.buildings[usable(ground.buildings)]).T)).bounds
            ),
        )
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


def _span(bounds: Iterable[float]) -> str:
    """An extent for a message."""
    return "({:.1f}, {:.1f}) – ({:.1f}, {:.1f})".format(*bounds)
