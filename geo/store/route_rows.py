"""What a route says, as columns of an issue and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from geo.model import Route, RouteStep
from geo.store.types import plain_json, utc

_PLAIN: Final = ("department", "department_name", "rule", "rule_version", "deadline_hours")
_MORE: Final = ("rule_set", "rule_list", "supervising", "closing", "level", "deadline", "deadline_unit")


def route_row(route: Route, number: int) -> dict[str, Any]:
    """The columns of a route; `number` names the row in errors."""
    more: dict[str, Any] = {name: getattr(route, name) for name in _MORE if getattr(route, name)}
    if route.stages:
        more["stages"] = [[name, utc(end, field="stages", row=number).isoformat()] for name, end in route.stages]
    if route.steps:
        more["steps"] = [
            [item.step, item.why, item.rule, item.rule_list, item.version, item.department] for item in route.steps
        ]
    return {
        **{name: getattr(route, name) for name in _PLAIN},
        "with_departments": plain_json(route.with_departments, field="with_departments", row=number),
        "tried": plain_json(route.tried, field="tried", row=number),
        "route_note": route.note,
        "route_step": route.step,
        "alarm": route.alarm,
        "route_more": plain_json(more, field="route_more", row=number),
    }


def route_back(values: Mapping[Any, Any]) -> Route:
    """The route of an issue's row."""
    more = values["route_more"] or {}
    return Route(
        **{name: values[name] for name in _PLAIN},
        with_departments=tuple(values["with_departments"]),
        tried=tuple((rule, why) for rule, why in values["tried"]),
        note=values["route_note"],
        step=values["route_step"],
        alarm=values["alarm"],
        # A limit in working time has no hours of its own, but its end is known.
        due_at=values["due_at"] if more.get("deadline") is not None else None,
        stages=tuple((name, datetime.fromisoformat(end)) for name, end in more.get("stages", ())),
        steps=tuple(RouteStep(*item) for item in more.get("steps", ())),
        **{name: more[name] for name in _MORE if name in more},
    )
