"""Reports come in, issues go out: each is located, routed and stored, and none is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path

import numpy as np

from geo import crs as crs_
from geo.errors import GeoError, InvalidCoordinate, InvalidCrs, InvalidInput
from geo.model import Category, Issue, IssueStatus, Location, Report, Route
from geo.service.context import Net, Service, find_plan_in_force, get_plan_in_force, knowledge, net_of
from geo.service.datum import known_places, refuse_wrong_datum
from geo.service.import_summary import ImportSummary
from geo.service.placing_reports import place_reports
from geo.service.routing import route_reports

_CHUNK = 2_000
# Clocks of other systems may be ahead of ours by so much; a report from later than that has a wrong time.
_AHEAD = timedelta(minutes=15)
_JUDGED = 10_000  # rows that are looked at before the first is stored


def report_issue(service: Service, report: Report, *, actor: str) -> tuple[Issue, bool]:
    """Take one report in. Returns the issue, and False if this (source, source_id) was known already.

    Raises
    ------
    InvalidInput
        There is neither coordinate nor address nor text to place it by, or the coordinate is no place.
    NotFound
        No plan is in force.
    """
    if report.crs:
        report = replace(report, crs=service.systems.resolve(report.crs))
    _check_report(service, report)
    net = net_of(service, get_plan_in_force(service))
    answer = place_reports(service, net, [report])[0]
    if isinstance(answer, GeoError):
        raise answer
    row = prepare(service, net, report, answer)
    issue_id = service.store.save_issues([row], actor=actor)[0]
    if issue_id is None:
        known = service.store.find_issue(report.source, report.source_id or "")
        assert known is not None
        return known, False
    return service.store.get_issue(issue_id), True


def import_issues(
    service: Service,
    rows: Iterable[Report | GeoError],
    *,
    actor: str,
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportSummary:
    """Take many rows in; each chunk is one transaction, and a known (source, source_id) is left alone.

    Raises
    ------
    InvalidCrs
        The first ten thousand rows of one reference system fit the net much better in another; nothing is stored then.
        `force` takes them as they are.
    """
    plan = find_plan_in_force(service)
    net = None if plan is None else net_of(service, plan)
    if net is not None and not force:
        rows = iter(rows)
        first = list(islice(rows, _JUDGED))
        _refuse_wrong_datums(service, net, first)
        rows = chain(first, rows)
    summary = ImportSummary()
    chunk: list[tuple[int, Report]] = []
    for row in rows:
        summary.rows += 1
        fault = row if isinstance(row, GeoError) else find_fault(service, row)
        if fault is not None:
            summary.refuse(fault, summary.rows)
        elif isinstance(row, Report):
            chunk.append((summary.rows, row))
        if len(chunk) >= _CHUNK:
            _import_chunk(service, net, chunk, summary, actor)
            chunk = []
            if progress:
                progress(summary.rows)
    if chunk:
        _import_chunk(service, net, chunk, summary, actor)
    if progress:
        progress(summary.rows)
    return summary


def read_issue_file(
    service: Service,
    path: Path,
    *,
    columns: dict[str, str],
    crs: str | None,
    source: str | None,
    actor: str,
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportSummary:
    """Import an issue file; `source` (the file's stem if None) and the row's id make importing twice add nothing."""
    rows = service.files.read_reports(str(path), columns=columns, crs=crs, source=source or path.stem)
    return import_issues(service, rows, actor=actor, force=force, progress=progress)


def _refuse_wrong_datums(service: Service, net: Net, rows: Sequence[Report | GeoError]) -> None:
    """Judge the coordinates of each reference system; rows that are no place as they stand count too."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        fault = row.fault if isinstance(row, Report) else row
        if isinstance(fault, InvalidCoordinate):
            lon, lat, crs = (fault.context.get(name) for name in ("lon", "lat", "crs"))
        elif isinstance(row, Report):
            lon, lat, crs = row.lon, row.lat, row.crs
        else:
            continue
        try:
            pair = (float(lon), float(lat))  # type: ignore[arg-type]
            points.setdefault(crs_.canonical(crs or ""), []).append(pair)
        except (InvalidCrs, TypeError, ValueError):  # no coordinate, or a row that says so itself
            continue
    known = known_places(service) if points else None
    for crs, pairs in points.items():
        x, y = np.array(pairs).T
        refuse_wrong_datum(net, x, y, crs=crs, known_xy=known)


def _import_chunk(
    service: Service, net: Net | None, chunk: Sequence[tuple[int, Report]], summary: ImportSummary, actor: str
) -> None:
    """Locate, route and store reports; each comes with the number of its row, counted from 1."""
    answers = place_reports(service, net, [report for _, report in chunk])
    numbers: list[int] = []
    placed: list[tuple[Report, Location]] = []
    for (number, report), answer in zip(chunk, answers, strict=True):
        if isinstance(answer, GeoError):
            summary.refuse(answer, number)
        else:
            numbers.append(number)
            placed.append((report, answer))
    rows = list(zip(numbers, prepare_all(service, placed), strict=True))
    ids = _save(service, rows, summary, actor)
    for _, (report, location, decided) in rows:
        if location.status == "located":
            summary.located += 1
        elif location.status == "outside":
            summary.outside += 1
        else:
            summary.rejected[location.note] += 1
            # What is closed already waits for nobody.
            if report.status == "closed":
                summary.archived += 1
            else:
                summary.queued += 1
        summary.routed += decided.department is not None
    _count_unknown(service, (report for _, (report, _, _) in rows), summary)
    added = sum(issue_id is not None for issue_id in ids)
    summary.added += added
    summary.known += len(ids) - added


def _save(
    service: Service, rows: list[tuple[int, tuple[Report, Location, Route]]], summary: ImportSummary, actor: str
) -> tuple[int | None, ...]:
    """Store `rows` in one transaction; a row that the store cannot hold is taken out of them and refused by itself."""
    while True:
        try:
            return service.store.save_issues([row for _, row in rows], actor=actor)
        except InvalidInput as error:
            at = error.context.get("row")
            if not isinstance(at, int) or not 1 <= at <= len(rows):
                raise
            number, _ = rows.pop(at - 1)
            summary.refuse(error, number)


def find_fault(service: Service, report: Report) -> InvalidInput | None:
    """Why a report cannot be one whatever its place: it comes from the future (a wrong year, a wrong time zone)."""
    now = service.now()
    # A time without a zone is refused by the store.
    if report.reported_at is None or report.reported_at.tzinfo is None or report.reported_at <= now + _AHEAD:
        return None
    when = report.reported_at.astimezone(service.timezone)
    return InvalidInput("report_in_future", reported_at=f"{when:%Y-%m-%d %H:%M}", now=f"{now:%Y-%m-%d %H:%M}")


def _check_report(service: Service, report: Report) -> None:
    fault = find_fault(service, report)
    if fault is not None:
        raise fault
    if (report.lon is None) != (report.lat is None):
        raise InvalidInput("report_half_coordinate", lon=report.lon, lat=report.lat)
    if report.lon is not None and not report.crs:
        raise InvalidCrs("crs_required")
    if report.lon is None and not (report.address or report.text).strip():
        raise InvalidInput("report_empty")
    if not _is_known(report, knowledge(service).place.categories):
        raise InvalidInput("category_unknown", category=report.category, scheme=report.scheme or "-")


def _is_known(report: Report, categories: Iterable[Category]) -> bool:
    """Whether the place's directory has the category of a report; none is no unknown one."""
    return not report.category or any(
        c.code == report.category and report.scheme in ("", c.scheme) and report.kind in ("", c.kind)
        for c in categories
    )


def _count_unknown(service: Service, reports: Iterable[Report], summary: ImportSummary) -> None:
    """Note the categories of reports that the place's directory does not have."""
    categories = knowledge(service).place.categories
    known: dict[tuple[str, str, str], bool] = {}
    for report in reports:
        key = (report.scheme, report.kind, report.category)
        if key not in known:
            known[key] = _is_known(report, categories)
        if not known[key]:
            summary.unknown_categories["/".join(part for part in key if part)] += 1


def prepare(service: Service, net: Net | None, report: Report, location: Location) -> tuple[Report, Location, Route]:
    """Route a located report and fill in what it left open."""
    return prepare_all(service, [(report, location)])[0]


def prepare_all(service: Service, rows: Sequence[tuple[Report, Location]]) -> list[tuple[Report, Location, Route]]:
    """Route reports that were placed and fill in what they left open."""
    now = service.now()
    routes = route_reports(service, rows, now=now)
    return [
        (_filled(report, location, route, now), location, route)
        for (report, location), route in zip(rows, routes, strict=True)
    ]


def _filled(report: Report, location: Location, decided: Route, now: datetime) -> Report:
    status: IssueStatus = report.status or (
        "to_dispatch" if location.status == "located" and decided.department else "to_confirm"
    )
    return replace(report, status=status, reported_at=report.reported_at or now)
