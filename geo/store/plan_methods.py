"""The store's methods for plans: each one transaction, with its line in the journal where it writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from geo.model import Drawing, Grid, Plan, Timetable, Units
from geo.store import journal, plans, timetable
from geo.store.database import Database


class PlanMethods(Database):
    """Plans of a database."""

    def save_plan(self, drawing: Drawing, *, name: str, actor: str) -> Plan:
        """Store a drawing (any CRS; kept as WGS84) as a draft."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing() as connection:
            plan_id = plans.save_plan(connection, drawing, name=name, at=at, actor=actor)
            detail = {"name": name, "grids": len(drawing.grids), "units": len(drawing.units)}
            journal.add_line(
                connection, at=at, actor=actor, action="save_plan", subject=f"plan:{plan_id}", detail=detail
            )
            return plans.get_plan(connection, plan_id, today=at.date())

    def list_plans(self, *, today: date) -> tuple[Plan, ...]:
        """All plans, newest first."""
        with self._reading() as connection:
            return plans.list_plans(connection, today=today)

    def get_plan(self, plan_id: int, *, today: date) -> Plan:
        """One plan's record."""
        with self._reading() as connection:
            return plans.get_plan(connection, plan_id, today=today)

    def find_plan_at(self, day: date, *, today: date) -> Plan | None:
        """The plan in force on `day`."""
        with self._reading() as connection:
            return plans.find_plan_at(connection, day, today=today)

    def find_same_plan(self, drawing: Drawing, *, today: date) -> Plan | None:
        """The newest plan that was saved from the very same drawing."""
        with self._reading() as connection:
            return plans.find_same_plan(connection, drawing, today=today)

    def timetable(self, *, today: date) -> Timetable:
        """The published plans and their micro-grids, earliest first, with a stamp that changes with them."""
        with self._reading() as connection:
            return timetable.timetable(connection, today=today)

    def timetable_mark(self) -> str:
        """Changes whenever the timetable does; one statement and no transaction around it."""
        with self._looking() as connection:
            return timetable.timetable_mark(connection)

    def get_grids(self, plan_id: int) -> tuple[Grid, ...]:
        """The grids of a plan, ordered by code, in WGS84."""
        with self._reading() as connection:
            return plans.get_grids(connection, plan_id)

    def get_units(self, plan_id: int) -> Units:
        """The units of a plan, ordered by id, in WGS84."""
        with self._reading() as connection:
            return plans.get_units(connection, plan_id)

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

        Raises
        ------
        Conflict
            The plan is published already, a published plan is effective on that date or later, the last published
            plan is not `predecessor` (None: there is none; "any" does not look), or the plan uses a grid code that an
            earlier plan had and a later one gave up.
        """
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("publish") as connection:
            plans.publish_plan(
                connection,
                plan_id,
                effective=effective,
                lineage=lineage,
                predecessor=predecessor,
                at=at,
                actor=actor,
            )
            detail = {"effective": effective, "lineage": len(lineage)}
            journal.add_line(
                connection, at=at, actor=actor, action="publish_plan", subject=f"plan:{plan_id}", detail=detail
            )
            return plans.get_plan(connection, plan_id, today=today)

    def get_lineage(self, plan_id: int) -> tuple[tuple[str, str, float], ...]:
        """(old grid, new grid, weight) rows of a plan."""
        with self._reading() as connection:
            return plans.get_lineage(connection, plan_id)

    def retired_codes(self) -> frozenset[str]:
        """Grid codes of earlier plans that no plan may use again."""
        with self._reading() as connection:
            return plans.retired_codes(connection)
