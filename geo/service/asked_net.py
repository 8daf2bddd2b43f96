"""The net that a command asks: a stored plan, a plan file, or the plan in force."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from geo.errors import NotFound
from geo.service.context import Net, Service, get_plan_in_force, net_of
from geo.service.locate import net_of_drawing


def choose_net(service: Service, *, plan: str | None, as_of: date | None) -> Net:
    """The net to ask: a stored plan by id, a plan file, or the plan in force on `as_of`."""
    if plan is None:
        return net_of(service, get_plan_in_force(service, as_of))
    if plan.isdigit():
        return net_of(service, service.store.get_plan(int(plan), today=service.today()))
    if not Path(plan.partition(".gpkg:")[0]).suffix:
        raise NotFound("plan_unknown_name", plan=plan)
    return net_of_drawing(service, service.files.read_drawing(plan))
