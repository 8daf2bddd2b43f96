"""One question about responsibility from outside: a place in any form, a matter, a moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from geo.errors import GeoError, InvalidInput, NotFound
from geo.model import Issue, Location, Mode, Report, Route
from geo.service.chain import levels_at
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.placing_reports import place_reports
from geo.service.routing import Asked, keys_of, router_of
from geo.service.rules import route_on


@dataclass(frozen=True)
class RouteRequest:
    """A matter and its place: a coordinate with its `crs`, a grid's code, or an address.

    `at` None is now; `mode` None is that of the place; `grade` and `received_by` see `geo.service.routing.Asked`.
    """

    scheme: str = ""
    kind: str = ""
    category: str = ""
    lon: float | None = None
    lat: float | None = None
    crs: str | None = None
    grid: str | None = None
    address: str | None = None
    at: datetime | None = None
    mode: Mode | None = None
    grade: str = ""
    received_by: str = ""


def route_place(service: Service, asked: RouteRequest) -> tuple[Location, Route]:
    """Where it is and who answers, with every step that was tried; nothing is stored.

    Raises
    ------
    InvalidInput
        No place is given or two, it is no place, the category is unknown, or `at` names no time zone.
    NotFound
        No plan is in force on that day, or it has no such grid.
    """
    given = [name for name in ("lon", "grid", "address") if getattr(asked, name) is not None]
    if len(given) != 1 or (asked.lon is None) != (asked.lat is None):
        raise InvalidInput("route_place_one", given=", ".join(given) or "–")
    if asked.at is not None and asked.at.tzinfo is None:
        raise InvalidInput("route_at_naive", at=asked.at.isoformat())
    if not any(
        item.code == asked.category and asked.scheme in ("", item.scheme) and asked.kind in ("", item.kind)
        for item in knowledge(service).place.categories
    ):
        raise InvalidInput("category_unknown", category=asked.category, scheme=asked.scheme or "-")
    at = (asked.at or service.now()).astimezone(service.timezone)
    net = net_of(service, get_plan_in_force(service, at.date()))
    report = Report(
        asked.address or "",
        lon=asked.lon,
        lat=asked.lat,
        crs=service.systems.resolve(asked.crs) if asked.crs else None,
        address=asked.address,
    )
    location = _of_grid(net, asked.grid) if asked.grid is not None else _placed(service, net, report)
    question = Asked(
        asked.scheme,
        asked.kind,
        asked.category,
        location,
        at,
        keys_of(report) if asked.address else (),
        asked.grade,
        asked.received_by,
        asked.mode,
    )
    return location, router_of(service).route([question])[0]


def route_again(service: Service, issue_id: int, *, as_of: date | None = None) -> tuple[Issue, Route]:
    """A stored issue, and who would have got it on a day (None: by the rules of its own day); nothing is stored."""
    issue = service.store.get_issue(issue_id)
    return issue, route_on(service, issue, as_of)


def _placed(service: Service, net: Net, report: Report) -> Location:
    answer = place_reports(service, net, [report])[0]
    if isinstance(answer, GeoError):
        raise answer
    return answer


def _of_grid(net: Net, code: str) -> Location:
    for k, grid in enumerate(net.grids):
        if grid.code == code:
            place = Location(status="located", grid=code, grid_name=grid.name, chain=net.chains[k], plan=net.plan.id)
            return replace(place, levels=levels_at(net, k), method="grid")
    raise NotFound("route_grid_unknown", grid=code, plan=net.plan.id)
