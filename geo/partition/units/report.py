"""Writes the report from what the steps left behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.partition.units.borders import count_pairs
from geo.partition.units.clean import Footprints
from geo.partition.units.enclosures import Enclosures, Seats
from geo.partition.units.inputs import usable
from geo.partition.units.order import natural
from geo.partition.units.result import BUILT, EMPTY, WATER, Borders, UnitsReport
from geo.partition.units.verify import Proof


@dataclass(frozen=True, eq=False)
class Story:
    """All that the report is written from; buildings and footprints in canonical order, units −1 outside."""

    ids: NDArray[np.object_]
    buildings: NDArray[np.object_]
    given_weight: NDArray[np.float64]
    weight: NDArray[np.float64]
    footprints: Footprints
    seats: Seats
    shared: NDArray[np.bool_]
    unit: NDArray[np.int64]
    unit_of_part: NDArray[np.int64]
    by_point: NDArray[np.bool_]
    polygons: NDArray[np.object_]
    kind: NDArray[np.int8]
    enclosures: Enclosures
    merged: tuple[int, float]
    borders: Borders
    followed: float
    boundary: BaseGeometry
    repaired_m2: float | None
    proof: Proof
    grid_m: float
    tried: tuple[str, ...]
    weight_units: float
    duplicates_once: bool
    closed: int
    extended: NDArray[np.object_]
    min_border_m: float


def write_report(story: Story) -> UnitsReport:
    """Name and count everything that was done."""
    of_building = story.footprints.of_building
    has = of_building >= 0
    cut, shared = (_of_records(flag, of_building) & (story.unit >= 0) for flag in (story.seats.cut, story.shared))
    placed = usable(story.buildings)
    outside = (story.unit < 0) & placed
    welded = _groups(np.where(has, of_building, -1), story.ids)
    duplicates = _groups(story.footprints.duplicate, story.ids)
    share, share_id = _smallest_share(story)
    pairs, short = count_pairs(story.borders, story.min_border_m)
    return UnitsReport(
        buildings=len(story.ids),
        enclosures=len(story.enclosures.polygons),
        units=len(story.polygons),
        built_units=int((story.kind == BUILT).sum()),
        empty_units=int((story.kind == EMPTY).sum()),
        water_units=int((story.kind == WATER).sum()),
        repaired=_names(story.ids[story.footprints.repaired]),
        overlaps=story.footprints.overlaps,
        overlap_m2=story.footprints.overlap_m2,
        welded=welded,
        duplicates=duplicates,
        duplicate_weight=_counted_twice(story.footprints.duplicate, story.given_weight),
        duplicates_once=story.duplicates_once,
        trimmed=_names(story.ids[story.footprints.trimmed]),
        outside=_names(story.ids[outside]),
        outside_weight=float(story.weight[story.unit < 0].sum()),
        unplaced=_names(story.ids[~placed]),
        by_point=_names(story.ids[story.by_point]),
        barrier_cut=_names(story.ids[cut]),
        shared=_names(story.ids[shared]),
        merged_empty=story.merged[0],
        merged_empty_m2=story.merged[1],
        dangling_m=float(shapely.length(story.enclosures.dangles).sum()),
        dangling_followed=story.followed,
        gaps_closed=story.closed,
        extended=len(story.extended),
        extended_m=float(shapely.length(story.extended).sum()),
        pairs=pairs,
        short_pairs=short,
        min_border_m=story.min_border_m,
        smallest_share=share,
        smallest_share_id=share_id,
        boundary_m2=float(story.boundary.area),
        area_error=story.proof.area_error,
        boundary_moved_m=story.proof.moved_m,
        boundary_repaired_m2=story.repaired_m2,
        grid_m=story.grid_m,
        fallback=story.tried,
        weight_in=float(story.given_weight.sum()),
        weight_units=story.weight_units,
    )


def _names(ids: Iterable[str]) -> tuple[str, ...]:
    """Ids in reading order."""
    return tuple(sorted(ids, key=natural))


def _of_records(flag: NDArray[np.bool_], of_building: NDArray[np.int32]) -> NDArray[np.bool_]:
    """A flag of footprints, asked of the records that went into them."""
    out = np.zeros(len(of_building), dtype=bool)
    has = of_building >= 0
    out[has] = flag[of_building[has]]
    return out


def _groups(number: NDArray[np.int32], ids: NDArray[np.object_]) -> tuple[tuple[str, ...], ...]:
    """Ids that bear the same number ≥ 0, where there are two or more of them."""
    members: dict[int, list[str]] = {}
    counts = np.bincount(number[number >= 0], minlength=1)
    for k in np.flatnonzero((number >= 0) & (counts[number] > 1)):
        members.setdefault(int(number[k]), []).append(ids[k])
    return tuple(sorted((_names(group) for group in members.values()), key=lambda group: natural(group[0])))


def _counted_twice(number: NDArray[np.int32], weight: NDArray[np.float64]) -> float:
    """What the duplicates weigh beyond the largest of each group."""
    total = 0.0
    for k in np.unique(number[number >= 0]):
        group = np.sort(weight[number == k])
        total += float(group[:-1].sum())
    return total


def _smallest_share(story: Story) -> tuple[float, str]:
    """The least share of a seated footprint that lies in its own unit, and the id of its first record."""
    first = np.full(len(story.seats.part), -1, dtype=np.int64)
    has = np.flatnonzero(story.footprints.of_building >= 0)
    first[story.footprints.of_building[has[::-1]]] = has[::-1]
    seated = np.flatnonzero(story.seats.enclosure >= 0)
    if not len(seated):
        return 1.0, ""
    parts, units = story.seats.part[seated], story.polygons[story.unit_of_part[seated]]
    shapely.prepare(story.polygons)
    share = np.ones(len(seated))
    loose = ~shapely.covers(units, parts)
    share[loose] = shapely.area(shapely.intersection(units[loose], parts[loose])) / shapely.area(parts[loose])
    least = int(np.argmin(share))
    return float(share[least]), str(story.ids[first[seated[least]]])
