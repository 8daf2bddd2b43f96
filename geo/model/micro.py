"""Micro-grids (微网格): ten to fifteen households each, and the doors that tell in which one somebody lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class MicroGrid:
    """One micro-grid of a grid, by the figures that it was divided with.

    `grid` is the code of the base or special grid that it divides. `geometry` is a hull to look at, not a border: those
    of a tower lie over one another. `centre` is the place of the household in the middle (中心户); `centre_kind` says
    how it was chosen. `walk_m` and `reach_m` are metres from the centre to the other households, on average and at
    most. `reason` is "" or why the bounds of 10–15 are missed.
    """

    code: str
    grid: str
    households: int
    buildings: int
    stairwells: int
    shared_stairwells: int
    walk_m: float | None
    reach_m: float | None
    centre_kind: str
    reason: str
    geometry: BaseGeometry | None = None
    centre: BaseGeometry | None = None


@dataclass(frozen=True, eq=False)
class Doors:
    """Where the households of micro-grids live: a row for each place, stairwell and floor, and nothing about people.

    Attributes
    ----------
    micro : object (n,), code of the micro-grid.
    point : object (n,), Point, or None where the register says no place.
    building, stairwell : object (n,), strings, "" where unknown.
    floor : float64 (n,), NaN where unknown; below ground negative.
    households : int64 (n,), ≥ 1.
    """

    micro: NDArray[np.object_]
    point: NDArray[np.object_]
    building: NDArray[np.object_]
    stairwell: NDArray[np.object_]
    floor: NDArray[np.float64]
    households: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.micro)


@dataclass(frozen=True, eq=False)
class MicroDrawing:
    """The micro-grids of a plan as drawn. `left_out` counts households of the file that are in no micro-grid."""

    grids: tuple[MicroGrid, ...]
    doors: Doors
    crs: str
    left_out: int = 0
    source: str = ""


@dataclass(frozen=True)
class MicroEdition:
    """The record of stored micro-grids of one plan.

    Households change more often than borders, so a plan has editions of its micro-grids one after another. `effective`
    is the first day of this one: None as long as its plan is a draft, whose own first day it then takes. It is in force
    until the next edition of its plan, or until the plan is followed by another.
    """

    id: int
    plan: int
    effective: date | None
    micro_grids: int
    households: int
    created_at: datetime
    created_by: str
