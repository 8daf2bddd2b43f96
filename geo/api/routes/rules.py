"""Responsibility: who answers for a matter at a place, the rules in force, and who would have got an issue on a day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from geo.api.dependencies import AsOfDep, SayNoteDep, ServiceDep
from geo.api.rule_schemas import RoutedOut, RouteIn, RulesOut
from geo.api.schemas import LocationOut, RouteOut
from geo.api.unchanged import Tagged
from geo.service.context import get_plan_in_force, net_of
from geo.service.route_asked import RouteRequest, route_again, route_place
from geo.service.routing import router_of
from geo.service.rules import rules_in_force

router = APIRouter(prefix="/v1", tags=["rules"], route_class=Tagged)


@router.post("/route")
def post_route(service: ServiceDep, say_note: SayNoteDep, body: RouteIn) -> RoutedOut:
    """Who answers for a matter at a place, by when, and every step that was tried; nothing is stored."""
    location, route = route_place(service, RouteRequest(**body.model_dump()))
    names = net_of(service, get_plan_in_force(service)).names
    return RoutedOut(
        location=LocationOut.of(location, names, say_note(location.note, location.context)),
        route=RouteOut.of(route, say_note),
    )


@router.get("/rules")
def get_rules(service: ServiceDep, as_of: AsOfDep) -> RulesOut:
    """The rule set in force on a day, with its lists, all versions, and the modes that were said."""
    router_ = router_of(service)
    return RulesOut.of(rules_in_force(service, as_of), router_.records, router_.modes)


@router.get("/issues/{issue_id}/route")
def get_issue_route(
    service: ServiceDep, say_note: SayNoteDep, as_of: AsOfDep, issue_id: Annotated[int, Path(ge=1, lt=2**31)]
) -> RouteOut:
    """Who would have got an issue on a day, by the plan and the rules of that day; the stored route stays as it is.

    Without `as_of` the rules of the day that it was reported on are asked again.
    """
    _, route = route_again(service, issue_id, as_of=as_of)
    return RouteOut.of(route, say_note)
