"""A place that a person names: a candidate, a grid, an entry of the gazetteer, or a point on the map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geo.errors import InvalidInput, NotFound, OutsideCoverage
from geo.masks import mask_text
from geo.model import Issue, Location, Report, Route
from geo.service.chain import levels_at
from geo.service.context import Net, Service, knowledge
from geo.service.corrections import book
from geo.service.queues import QueueItem


@dataclass(frozen=True)
class Choice:
    """Where an issue lies, in one of four ways: `candidate` counts from 1 in the order of `QueueItem.candidates`."""

    candidate: int | None = None
    grid: str | None = None
    entry: str | None = None
    lon: float | None = None
    lat: float | None = None


def choose_place(service: Service, net: Net, item: QueueItem, choice: Choice) -> tuple[Location, dict[str, Any]]:
    """The location that a choice means, and what was chosen (entry, probability, candidate, point) for the log.

    Raises
    ------
    InvalidInput
        Not exactly one way was used, or there is no such candidate.
    NotFound
        The plan has no such grid, or the gazetteer no such entry.
    OutsideCoverage
        The point or the entry lies in no grid.
    """
    ways = [choice.candidate, choice.grid, choice.entry, choice.lon]
    if sum(way is not None for way in ways) != 1 or (choice.lon is None) != (choice.lat is None):
        raise InvalidInput("choice_one_way")
    told: dict[str, Any] = {"candidate": False}
    if choice.candidate is not None:
        if not 1 <= choice.candidate <= len(item.candidates):
            raise InvalidInput("choice_no_candidate", candidate=choice.candidate, count=len(item.candidates))
        one = item.candidates[choice.candidate - 1]
        told = {"candidate": True, "probability": one.probability}
        choice = Choice(entry=one.entry) if one.entry is not None else Choice(grid=one.grid)
        if choice.grid is None and choice.entry is None:
            raise OutsideCoverage("choice_outside")
    if choice.grid is not None:
        told["candidate"] = told["candidate"] or choice.grid in {c.grid for c in item.candidates}
        return _in_grid(net, item.issue, choice.grid), told
    if choice.entry is not None:
        told["candidate"] = told["candidate"] or choice.entry in {c.entry for c in item.candidates}
        location, name = _at_entry(service, net, item, choice.entry)
        return location, told | {"entry": choice.entry, "name": name}
    assert choice.lon is not None
    assert choice.lat is not None
    told["point"] = True
    return _at_point(net, item.issue, choice.lon, choice.lat, method="address"), told


def answers_of(service: Service, net: Net, issue: Issue, location: Location) -> tuple[Report, Location, Route]:
    """What the rules say of an issue that lies there."""
    from geo.service.issues import prepare

    return prepare(service, net, report_of(issue), location)


def report_of(issue: Issue) -> Report:
    """What was reported, as far as an issue keeps it."""
    return Report(
        text=issue.text,
        source=issue.source,
        source_id=issue.source_id,
        reported_at=issue.reported_at,
        scheme=issue.scheme,
        kind=issue.kind,  # type: ignore[arg-type]  # it came from a report
        category=issue.category,
        accuracy_m=issue.accuracy_m,
        address=issue.address,
        closed_at=issue.closed_at,
    )


def words_of(item: QueueItem) -> tuple[str, str]:
    """The words that an issue was looked for by, and the same without personal data."""
    field = "address" if item.issue.address else "text"
    words = item.issue.address or item.issue.text
    spans = [(int(start), int(end)) for start, end in item.case.private.get(field, ())]
    return mask_known(words, spans), mask_text(words, also=spans)


def mask_known(words: str, spans: list[tuple[int, int]]) -> str:
    """`words` without the reporter's own name and phone; nothing else is looked for."""
    for start, end in sorted(spans, reverse=True):
        words = words[:start] + words[end:]
    return words


def _in_grid(net: Net, issue: Issue, code: str) -> Location:
    k = next((k for k, grid in enumerate(net.grids) if grid.code == code), None)
    if k is None:
        raise NotFound("choice_no_grid", grid=code, plan=net.plan.id)
    return _location(net, issue, k, lon=issue.location.lon, lat=issue.location.lat, method=issue.location.method)


def _at_entry(service: Service, net: Net, item: QueueItem, entry_id: str) -> tuple[Location, str]:
    entries = book(service).entries(knowledge(service).place.entries)
    entry = next((entry for entry in entries if str(entry.get("id")) == entry_id), None)
    if entry is None:
        raise NotFound("choice_no_entry", entry=entry_id)
    name = str(entry.get("name") or "")
    lon, lat = entry.get("lon"), entry.get("lat")
    meant = next((c for c in item.candidates if c.entry == entry_id and c.grid), None)
    if meant is not None and meant.grid is not None:
        # The candidate says in which grid of several the entry is meant, and where in it.
        found = _in_grid(net, item.issue, meant.grid)
        point = (meant.lon, meant.lat) if meant.lon is not None else (lon, lat)
        return replace(found, lon=point[0], lat=point[1], method="address"), name
    if lon is None or lat is None:
        raise InvalidInput("choice_entry_no_point", entry=entry_id)
    return _at_point(net, item.issue, float(lon), float(lat), method="address"), name


def _at_point(net: Net, issue: Issue, lon: float, lat: float, *, method: str) -> Location:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidInput("choice_no_point")
    k = net.index.locate_one(lon=lon, lat=lat)
    if k < 0:
        raise OutsideCoverage("choice_outside")
    return _location(net, issue, k, lon=lon, lat=lat, method=method)


def _location(net: Net, issue: Issue, k: int, *, lon: float | None, lat: float | None, method: str) -> Location:
    base = -1
    if net.base is not net.index and net.grids[k].lies_over and lon is not None and lat is not None:
        base = int(net.base.locate(lon=np.array([lon]), lat=np.array([lat]))[0])
    inside = lon is not None and lat is not None
    return Location(
        status="located",
        grid=net.grids[k].code,
        grid_name=net.grids[k].name,
        chain=net.chains[k],
        levels=levels_at(net, k, base),
        plan=net.plan.id,
        lon=lon,
        lat=lat,
        crs=issue.location.crs,
        shift_m=issue.location.shift_m,
        border_m=net.index.border_one(lon=lon, lat=lat) if inside else None,  # type: ignore[arg-type]
        method=method,
        note="located_by_person",
        context=issue.location.context,
    )
