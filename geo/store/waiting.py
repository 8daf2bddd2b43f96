"""Issues that came in while no plan was in force: they wait for one, and are located later, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from geo.model import Location, Report, Route
from geo.store.issues import issue_row
from geo.store.models import IssueRow
from geo.store.rows import check_row

# The note of an issue that waits (`geo.service.issues`); every other reason is a person's to settle.
WAITS: Final = "no_plan_in_force"
_REPORTED: Final = ("text", "source", "source_id", "reported_at", "scheme", "kind", "category", "address", "accuracy_m")
# What stays as it came in, whatever is found out about the place.
_KEPT: Final = frozenset({*_REPORTED, "reported_lon", "reported_lat", "reported_crs", "closed_at"})


def _waiting() -> tuple[sa.ColumnElement[bool], ...]:
    return IssueRow.location_status == "unlocated", IssueRow.note == WAITS


def list_waiting(connection: sa.Connection, *, after_id: int, limit: int) -> tuple[tuple[int, Report], ...]:
    """(id, what was reported) of issues that wait, by ascending id; without the person who reported."""
    query = sa.select(IssueRow.__table__).where(IssueRow.id > after_id, *_waiting()).order_by(IssueRow.id).limit(limit)
    return tuple(
        (
            row.id,
            Report(
                **{name: row._mapping[name] for name in _REPORTED},
                lon=row.reported_lon,
                lat=row.reported_lat,
                crs=row.reported_crs,
                # Nobody has said anything about an issue that waits to be confirmed: its place may settle that.
                status=None if row.status == "to_confirm" else row.status,
                closed_at=row.closed_at,
            ),
        )
        for row in connection.execute(query)
    )


def place_waiting(
    connection: sa.Connection, rows: Sequence[tuple[int, Report, Location, Route]], *, at: datetime
) -> tuple[int, ...]:
    """Write down where issues lie and who answers; one that no longer waits is left alone. Returns those changed."""
    changed: list[int] = []
    for issue_id, report, location, route in rows:
        values: dict[str, Any] = check_row(IssueRow, issue_row(issue_id, report, location, route, at=at), name=issue_id)
        statement = (
            sa.update(IssueRow)
            .where(IssueRow.id == issue_id, *_waiting())
            .values({name: value for name, value in values.items() if name not in _KEPT})
        )
        if connection.execute(statement).rowcount:
            changed.append(issue_id)
    return tuple(changed)
