"""Units by one noding grid: the ground in canonical order, the steps of the recipe on it, and their proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.partition.arcs import Segments, ring_segments
from geo.partition.units.banks import middle_lines
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
from geo.partition.units.inputs import Checked, Progress, UnitInputs, UnitSettings
from geo.partition.units.label import find_free_edges, label_faces, merge_small
from geo.partition.units.order import canonical_order
from geo.partition.units.tessellate import borders_between
from geo.partition.units.verify import Proof, prove


@dataclass(frozen=True, eq=False)
class Ground:
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
class Attempt:
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


def prepare(given: Checked, inputs: UnitInputs) -> Ground:
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
    return Ground(
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


def attempt_units(ground: Ground, settings: UnitSettings, grid_m: float, tell: Progress) -> Attempt:
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
    return Attempt(
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
