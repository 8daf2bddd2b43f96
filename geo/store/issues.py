"""Issues: stored with where they lie and who answers; the person who reported is kept in a table apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import shapely
import sqlalchemy as sa

from geo.errors import InvalidInput, NotFound
from geo.model import Issue, Location, Report, Route
from geo.store.models import CategoryRow, IssueRow, PlanRow, ReporterRow
from geo.store.route_rows import route_back, route_row
from geo.store.rows import check_row, insert_rows, new_ids
from geo.store.types import WGS84_SRID, clean_text, plain_json, utc

_COUNTED: Final = {
    "grid": IssueRow.grid,
    "status": IssueRow.status,
    "department": IssueRow.department,
    "location": IssueRow.location_status,
    "plan": IssueRow.plan_id,
}
# SQLite takes 32,766 parameters a statement.
_ASKED_AT_ONCE: Final = 10_000
# Why a reporter is kept at all (PIPL: purpose limitation).
_PURPOSE: Final = "answer_issue"

_LOCATION: Final = (
    "grid",
    "grid_name",
    "lon",
    "lat",
    "crs",
    "shift_m",
    "border_m",
    "nearest_grid",
    "nearest_m",
    "method",
    "note",
)
# For PostGIS, and for a second try with what was reported; an `Issue` has no place for them.
_UNREAD: Final = ("geom", "reported_lon", "reported_lat", "reported_crs")
_PLAIN: Final = (
    "id",
    "text",
    "source",
    "source_id",
    "reported_at",
    "scheme",
    "kind",
    "category",
    "address",
    "status",
    "due_at",
    "closed_at",
    "accuracy_m",
)


@dataclass(frozen=True)
class IssueFilter:
    """Which issues; None and 0 ask for nothing. `since` and the sides of `bbox` are inclusive, `until` is exclusive."""

    grid: str | None = None
    department: str | None = None
    category: str | None = None
    status: str | None = None
    location: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None
    after_id: int = 0
    limit: int | None = None
    ids: Sequence[int] | None = None


def save_issues(
    connection: sa.Connection, rows: Sequence[tuple[Report, Location, Route]], *, at: datetime
) -> tuple[int | None, ...]:
    """Add issues in order; None where (source, source_id) is in the store or earlier in `rows`."""
    _check_plans(connection, {location.plan for _, location, _ in rows})
    known = _known_keys(connection, rows)
    fresh: list[int] = []
    for index, (report, _, _) in enumerate(rows):
        key = (report.source, report.source_id)
        if report.source_id is None or key not in known:
            known.add(key)
            fresh.append(index)
    ids: list[int | None] = [None] * len(rows)
    values = []
    for index, issue_id in zip(fresh, new_ids(connection, IssueRow, len(fresh)), strict=True):
        ids[index] = issue_id
        row = check_row(IssueRow, issue_row(index + 1, *rows[index], at=at), name=index + 1)
        values.append(row | {"id": issue_id})
    insert_rows(connection, IssueRow, values)
    reporters = [
        check_row(
            ReporterRow,
            {
                "issue_id": ids[index],
                "name": rows[index][0].reporter_name,
                "phone": rows[index][0].reporter_phone,
                "purpose": _PURPOSE,
            },
            name=index + 1,
        )
        for index in fresh
        if rows[index][0].reporter_name or rows[index][0].reporter_phone
    ]
    insert_rows(connection, ReporterRow, reporters)
    return tuple(ids)


def list_issues(connection: sa.Connection, wanted: IssueFilter) -> tuple[Issue, ...]:
    """Issues by ascending id."""
    query = _query().where(*_conditions(connection, wanted)).order_by(IssueRow.id)
    if wanted.limit is not None:
        if wanted.limit < 0:
            raise InvalidInput("store_limit_negative", limit=wanted.limit)
        query = query.limit(min(wanted.limit, 2**63 - 1))
    return tuple(_issue(row) for row in connection.execute(query))


def count_issues(connection: sa.Connection, *, by: str, open_only: bool = False) -> dict[str, int]:
    """Issues by a column, sorted by its value; "" counts those that have none."""
    column = _COUNTED.get(by)
    if column is None:
        raise InvalidInput("store_count_by", by=by, known=", ".join(_COUNTED))
    query = sa.select(column, sa.func.count()).group_by(column)
    if open_only:
        query = query.where(IssueRow.status != "closed")
    found = connection.execute(query)
    counts: dict[str, int] = {}
    for value, count in found:
        key = "" if value is None else str(value)
        counts[key] = counts.get(key, 0) + count
    return dict(sorted(counts.items()))


def newest_issue_at(connection: sa.Connection) -> datetime | None:
    """When the newest issue was reported."""
    return connection.scalar(sa.select(sa.func.max(IssueRow.reported_at)))


def get_issue(connection: sa.Connection, issue_id: int) -> Issue:
    """One issue."""
    row = None
    if 0 < issue_id < 2**63:
        row = connection.execute(_query().where(IssueRow.id == issue_id)).first()
    if row is None:
        raise NotFound("store_no_issue", issue=issue_id)
    return _issue(row)


def find_issue(connection: sa.Connection, source: str, source_id: str) -> Issue | None:
    """The issue of a source's own id."""
    row = connection.execute(
        _query().where(
            IssueRow.source == clean_text(source, field="source"),
            IssueRow.source_id == clean_text(source_id, field="source_id"),
        )
    ).first()
    return None if row is None else _issue(row)


def _query() -> sa.Select[*tuple[Any, ...]]:
    """The columns of an `Issue`; the category's name is today's, from the place."""
    columns = [column for column in sa.inspect(IssueRow).columns if column.name not in _UNREAD]
    return sa.select(*columns, sa.func.coalesce(CategoryRow.name, "").label("category_name")).outerjoin(
        CategoryRow,
        sa.and_(
            CategoryRow.scheme == IssueRow.scheme,
            CategoryRow.kind == IssueRow.kind,
            CategoryRow.code == IssueRow.category,
        ),
    )


def _conditions(connection: sa.Connection, wanted: IssueFilter) -> Iterator[sa.ColumnElement[bool]]:
    for name, column in (
        ("grid", IssueRow.grid),
        ("department", IssueRow.department),
        ("category", IssueRow.category),
        ("status", IssueRow.status),
        ("location", IssueRow.location_status),
    ):
        value = getattr(wanted, name)
        if value is not None:
            yield column == clean_text(value, field=name)
    if wanted.since is not None:
        yield IssueRow.reported_at >= utc(wanted.since, field="since")
    if wanted.until is not None:
        yield IssueRow.reported_at < utc(wanted.until, field="until")
    if wanted.ids is not None:
        yield IssueRow.id.in_(wanted.ids)
    if wanted.after_id > 0:
        yield IssueRow.id > min(wanted.after_id, 2**63 - 1)
    if wanted.bbox is not None:
        west, south, east, north = (float(value) for value in wanted.bbox)
        if not all(map(math.isfinite, (west, south, east, north))) or west > east or south > north:
            raise InvalidInput("store_bbox", bbox=wanted.bbox)
        if connection.dialect.name == "postgresql":
            # The GiST index works on rounded boxes: it narrows, the exact comparison below decides.
            yield IssueRow.geom.op("&&")(sa.func.ST_MakeEnvelope(west, south, east, north, WGS84_SRID))
        yield IssueRow.lon.between(west, east)
        yield IssueRow.lat.between(south, north)


def _check_plans(connection: sa.Connection, plans: set[int | None]) -> None:
    asked = plans - {None}
    if asked:
        found = set(connection.execute(sa.select(PlanRow.id).where(PlanRow.id.in_(asked))).scalars())
        for plan in sorted(plan for plan in asked if plan is not None and plan not in found):
            raise NotFound("store_no_plan", plan=plan)


def _known_keys(connection: sa.Connection, rows: Sequence[tuple[Report, Any, Any]]) -> set[tuple[str, str | None]]:
    """Those (source, source_id) of `rows` that are in the store."""
    by_source: dict[str, list[str]] = {}
    for index, (report, _, _) in enumerate(rows, start=1):
        if report.source_id is not None:
            source = clean_text(report.source, field="source", row=index)
            by_source.setdefault(source, []).append(clean_text(report.source_id, field="source_id", row=index))
    known: set[tuple[str, str | None]] = set()
    for source, ids in by_source.items():
        for start in range(0, len(ids), _ASKED_AT_ONCE):
            query = sa.select(IssueRow.source_id).where(
                IssueRow.source == source, IssueRow.source_id.in_(ids[start : start + _ASKED_AT_ONCE])
            )
            known.update((source, found) for found in connection.execute(query).scalars())
    return known


def issue_row(number: int, report: Report, location: Location, route: Route, *, at: datetime) -> dict[str, Any]:
    """The columns of an issue; `number` names the row in errors."""
    return {
        **{name: getattr(report, name) for name in ("text", "source", "source_id", "scheme", "kind", "category")},
        "address": report.address,
        **opening(number, report, location, route, at=at),
        "closed_at": report.closed_at,
        "accuracy_m": report.accuracy_m,
        "reported_lon": _finite(report.lon),
        "reported_lat": _finite(report.lat),
        "reported_crs": report.crs,
        "location_status": location.status,
        **{name: getattr(location, name) for name in _LOCATION},
        "plan_id": location.plan,
        "chain": plain_json(location.chain, field="chain", row=number),
        "context": plain_json(location.context, field="context", row=number),
        "geom": None if location.lon is None or location.lat is None else shapely.Point(location.lon, location.lat),
        **route_row(route, number),
    }


def opening(number: int, report: Report, location: Location, route: Route, *, at: datetime) -> dict[str, Any]:
    """When an issue was reported and is due, and the state that it starts in."""
    reported_at = utc(report.reported_at or at, field="reported_at", row=number)
    sure = location.status == "located" and route.department is not None
    return {
        "reported_at": reported_at,
        # A report that says nothing about its state waits for a person, unless place and department are known.
        "status": report.status or ("to_dispatch" if sure else "to_confirm"),
        "due_at": getattr(route, "due_at", None) or _due(reported_at, route.deadline_hours, number),
    }


def _due(reported_at: datetime, hours: float | None, number: int) -> datetime | None:
    if hours is None:
        return None
    try:
        return reported_at + timedelta(hours=hours)
    except (OverflowError, ValueError):
        raise InvalidInput("store_deadline", row=number, hours=hours) from None


def _finite(value: float | None) -> float | None:
    """A coordinate as it was reported; what is no number was none (`Location.note` tells the person)."""
    return value if value is not None and math.isfinite(value) else None


def _issue(row: sa.Row[*tuple[Any, ...]]) -> Issue:
    values: Mapping[Any, Any] = row._mapping
    return Issue(
        **{name: values[name] for name in _PLAIN},
        category_name=values["category_name"],
        location=Location(
            **{name: values[name] for name in _LOCATION},
            status=values["location_status"],
            plan=values["plan_id"],
            chain=tuple(values["chain"]),
            context=values["context"],
        ),
        route=route_back(values),
    )
