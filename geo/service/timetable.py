"""Which plan is in force on which day, from the published plans held in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from geo.errors import InvalidInput, NotFound
from geo.model import Plan, PlanState, Timetable


def find_plan_on(table: Timetable, day: date, *, today: date) -> Plan | None:
    """The plan in force on `day`, past, present or scheduled; its state is that of `today`.

    No clock has to run for a plan to come into force: a timetable read yesterday answers rightly after midnight.
    """
    plan = table.find_at(day)
    if plan is None:
        return None
    assert plan.effective is not None, "a draft has no place in the timetable"
    state: PlanState = "active" if plan.retired is None or plan.retired > today else "retired"
    if plan.effective > today:
        state = "scheduled"
    return plan if state == plan.state else replace(plan, state=state)


def get_plan_on(table: Timetable, day: date, *, today: date) -> Plan:
    """The plan in force on `day`.

    Raises
    ------
    NotFound
        No plan is published, or the first one came into force later; says when.
    """
    plan = find_plan_on(table, day, today=today)
    if plan is not None:
        return plan
    if not table.plans:
        raise NotFound("no_plan_published")
    raise NotFound("no_plan_at_date", date=day, first=table.plans[0].effective)


def read_day(text: str) -> date:
    """A day as a client writes it: 2026-01-31.

    Raises
    ------
    InvalidInput
        It is no day of the calendar, or is written in another way.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("date_invalid", value=text[:40]) from None
    # Python also reads 20260131 and 2026-W05-6; whoever sends those most likely means something else.
    if day.isoformat() != text:
        raise InvalidInput("date_invalid", value=text[:40])
    return day
