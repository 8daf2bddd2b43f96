"""Grids, a plan as drawn, a plan as stored, and its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.model.ground import Units
from geo.model.micro import MicroEdition
from geo.model.words import NOTHING, GridKind, PlanState


@dataclass(frozen=True)
class Grid:
    """One grid of a plan. `colour` 0–7 is the wash it is painted with; it survives edits and carries no meaning."""

    code: str
    name: str
    parent: str
    weight: float
    units: int
    geometry: BaseGeometry
    kind: GridKind = "base"
    households: int | None = None
    residents: int | None = None
    colour: int = 0

    @property
    def lies_over(self) -> bool:
        """Whether the grid is laid over the net instead of being a part of it: no unit of the plan is its own."""
        return self.kind != "base" and self.units == 0


@dataclass(frozen=True, eq=False)
class Drawing:
    """A plan as drawn: what `plan.gpkg` holds. `wishes` are its settings (ideal, tolerance, seed …)."""

    grids: tuple[Grid, ...]
    units: Units
    crs: str
    wishes: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class Plan:
    """The record of a stored plan.

    `state` follows from `effective`, the plan that follows it, and the day it was asked on.
    """

    id: int
    name: str
    state: PlanState
    revision: int
    effective: date | None
    retired: date | None
    grids: int
    units: int
    weight: float
    crs: str
    created_at: datetime
    created_by: str
    wishes: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class Timetable:
    """Which plan is in force when.

    Attributes
    ----------
    plans : the published plans, earliest first; from `effective` on each is in force until `retired`. Their `state` is
        that of the day they were asked for and of no other.
    editions : of the micro-grids of these plans, earliest first.
    place_stamp : token of the place (`Store.place_stamp`).
    rules_stamp : token of the rule sets, overrides and modes (`Store.rules_stamp`).
    stamp : changes whenever anything changes that an answer can depend on: a plan is published, gets other
        micro-grids, or the place is saved. Two equal stamps mean equal answers for the same day.
    """

    stamp: str
    place_stamp: str
    plans: tuple[Plan, ...] = ()
    editions: tuple[MicroEdition, ...] = ()
    rules_stamp: str = ""

    def find_micro_at(self, plan_id: int, day: date) -> MicroEdition | None:
        """The micro-grids of a plan on `day`; before its first edition there are none."""
        own = [edition for edition in self.editions if edition.plan == plan_id]
        return next((row for row in reversed(own) if row.effective and row.effective <= day), None)

    def find_at(self, day: date) -> Plan | None:
        """The plan in force on `day`: the latest that was effective by then."""
        return next((plan for plan in reversed(self.plans) if plan.effective and plan.effective <= day), None)


@dataclass(frozen=True)
class Violation:
    """One fault of a plan: `kind` is a message key, filled from `context`; `grids` and `units` name what to look at."""

    kind: str
    grids: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    at: tuple[float, float] | None = None  # a place to look, in the plan's crs
