"""The bodies of plans and their grids."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from geo.api.schemas import Out
from geo.model import Plan, PlanState


class PlanOut(Out):
    """The record of a plan."""

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
    wishes: dict[str, Any]

    @classmethod
    def of(cls, plan: Plan) -> PlanOut:
        """The body for a plan."""
        # Borders that no grid may cross are thousands of pairs of units: they stay in the plan's file.
        return cls.model_validate(replace(plan, wishes={k: v for k, v in plan.wishes.items() if k != "closed"}))


class GridOut(Out):
    """A grid of the plan in force on the day asked for, with its staff (office contacts only)."""

    code: str
    name: str
    kind: str
    parent: str
    chain: list[str]
    names: list[str]
    plan: int
    weight: float
    units: int
    households: int | None
    residents: int | None
    staff: list[dict[str, Any]]
    geometry: dict[str, Any]
