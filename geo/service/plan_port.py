"""What plans, their grids and their micro-grids need from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

from geo.model import Drawing, Grid, MicroDrawing, MicroEdition, Plan, Timetable, Units


class PlanStore(Protocol):
    """Plans and what belongs to them. Every write is one transaction."""

    def save_plan(self, drawing: Drawing, *, name: str, actor: str) -> Plan:
        """Store a drawing (any CRS; kept as WGS84) as a draft."""

    def find_same_plan(self, drawing: Drawing, *, today: date) -> Plan | None:
        """The newest plan that was saved from the very same drawing."""

    def list_plans(self, *, today: date) -> tuple[Plan, ...]:
        """All plans, newest first."""

    def get_plan(self, plan_id: int, *, today: date) -> Plan:
        """One plan's record."""

    def find_plan_at(self, day: date, *, today: date) -> Plan | None:
        """The plan in force on `day`."""

    def timetable(self, *, today: date) -> Timetable:
        """The published plans, earliest first, and a stamp that changes with them and the place; cheap."""

    def timetable_mark(self) -> str:
        """Changes whenever the timetable does; one short query."""

    def get_grids(self, plan_id: int) -> tuple[Grid, ...]:
        """The grids of a plan, ordered by code, in WGS84."""

    def get_units(self, plan_id: int) -> Units:
        """The units of a plan, ordered by id, in WGS84."""

    def publish_plan(
        self,
        plan_id: int,
        *,
        effective: date,
        lineage: Sequence[tuple[str, str, float]],
        actor: str,
        today: date,
        predecessor: int | Literal["any"] | None = "any",
    ) -> Plan:
        """Approve and date a draft; `lineage` rows are (old grid, new grid, weight), old ones of `predecessor`.

        Raises `Conflict` if the plan is published already, if a published plan is effective on that date or later, or
        if the last published plan is not `predecessor`.
        """

    def get_lineage(self, plan_id: int) -> tuple[tuple[str, str, float], ...]:
        """(old grid, new grid, weight) rows of a plan."""

    def save_micro(
        self, plan_id: int, drawing: MicroDrawing, *, effective: date | None = None, actor: str
    ) -> MicroEdition:
        """Store micro-grids as an edition of a plan: a draft's are replaced, a published plan's added with a day."""

    def list_micro(self, plan_id: int) -> tuple[MicroEdition, ...]:
        """Editions of the micro-grids of a plan, earliest first."""

    def get_micro(self, edition_id: int) -> MicroDrawing:
        """The micro-grids of an edition by code and their doors, in WGS84."""
