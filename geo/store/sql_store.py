"""The `geo.service.ports.Store` over a database: every method is one transaction."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Final, Literal, Self

import sqlalchemy as sa

from geo.errors import Conflict
from geo.model import Drawing, Grid, Issue, IssueStatus, Location, Place, Plan, Report, Route, Timetable, Units
from geo.store import issues, journal, places, plans
from geo.store.engine import open_engine, read_target, reading, writing
from geo.store.migrate import check_revision

_ATTEMPTS: Final = 3


def _now() -> datetime:
    return datetime.now(UTC)


class SqlStore:
    """The database of a deployment; connects at the first use. Safe to share between threads, not across a fork.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://user:password@host:port/database`` (with PostGIS); made by `upgrade`.
    busy_s : float
        How many seconds to wait for another writer before giving up.
    clock : callable
        The present moment, aware; for the journal and for what came without a time.

    Raises
    ------
    StoreError
        The URL is of no known kind. Every method raises it when the database does not answer, is locked, or is not at
        this program's revision.
    """

    def __init__(self, url: str, *, busy_s: float = 30.0, clock: Callable[[], datetime] = _now) -> None:
        self._target = read_target(url)
        self._engine = open_engine(self._target, busy_s=busy_s)
        self._clock = clock
        self._checked = False
        # Pooled connections are closed with the store, even by a caller who forgets to.
        self._closer = weakref.finalize(self, self._engine.dispose)

    def __repr__(self) -> str:
        return f"SqlStore({self._target.label!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections; the store opens new ones if it is used again."""
        self._engine.dispose()

    # Places

    def save_place(self, place: Place, *, actor: str) -> None:
        """Replace all that the deployment knows beside plans and issues."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("place") as connection:
            counts = places.save_place(connection, place, at=at, actor=actor)
            detail = {"code": place.code, "name": place.name, **counts}
            journal.add_line(connection, at=at, actor=actor, action="save_place", subject="place", detail=detail)

    def get_place(self) -> Place:
        """The whole place."""
        with self._reading() as connection:
            return places.get_place(connection)

    def place_stamp(self) -> str:
        """A token that changes whenever the place is saved ("" before the first time)."""
        with self._reading() as connection:
            return places.place_stamp(connection)

    # Plans

    def save_plan(self, drawing: Drawing, *, name: str, actor: str) -> Plan:
        """Store a drawing (any CRS; kept as WGS84) as a draft."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing() as connection:
            plan_id = plans.save_plan(connection, drawing, name=name, at=at, actor=actor)
            detail = {"name": name, "grids": len(drawing.grids), "units": len(drawing.units)}
            journal.add_line(
                connection, at=at, actor=actor, action="save_plan", subject=f"plan:{plan_id}", detail=detail
            )
            return plans.get_plan(connection, plan_id, today=at.date())

    def list_plans(self, *, today: date) -> tuple[Plan, ...]:
        """All plans, newest first."""
        with self._reading() as connection:
            return plans.list_plans(connection, today=today)

    def get_plan(self, plan_id: int, *, today: date) -> Plan:
        """One plan's record."""
        with self._reading() as connection:
            return plans.get_plan(connection, plan_id, today=today)

    def find_plan_at(self, day: date, *, today: date) -> Plan | None:
        """The plan in force on `day`."""
        with self._reading() as connection:
            return plans.find_plan_at(connection, day, today=today)

    def timetable(self, *, today: date) -> Timetable:
        """The published plans, earliest first, with a stamp that changes with them and the place."""
        with self._reading() as connection:
            return plans.timetable(connection, place_stamp=places.place_stamp(connection), today=today)

    def get_grids(self, plan_id: int) -> tuple[Grid, ...]:
        """The grids of a plan, ordered by code, in WGS84."""
        with self._reading() as connection:
            return plans.get_grids(connection, plan_id)

    def get_units(self, plan_id: int) -> Units:
        """The units of a plan, ordered by id, in WGS84."""
        with self._reading() as connection:
            return plans.get_units(connection, plan_id)

    def publish_plan(
        self,
        plan_id: int,
        *,
        effective: date,
        lineage: Sequence[tuple[str, str, float]],
        actor: str,
        today: date,
        predecessor: int | Literal["any"] | None = "any",
    ) -> Plan:
        """Approve and date a draft; `lineage` rows are (old grid, new grid, weight), old ones of `predecessor`.

        Raises
        ------
        Conflict
            The plan is published already, a published plan is effective on that date or later, the last published
            plan is not `predecessor` (None: there is none; "any" does not look), or the plan uses a grid code that an
            earlier plan had and a later one gave up.
        """
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("publish") as connection:
            plans.publish_plan(
                connection,
                plan_id,
                effective=effective,
                lineage=lineage,
                predecessor=predecessor,
                at=at,
                actor=actor,
            )
            detail = {"effective": effective, "lineage": len(lineage)}
            journal.add_line(
                connection, at=at, actor=actor, action="publish_plan", subject=f"plan:{plan_id}", detail=detail
            )
            return plans.get_plan(connection, plan_id, today=today)

    def get_lineage(self, plan_id: int) -> tuple[tuple[str, str, float], ...]:
        """(old grid, new grid, weight) rows of a plan."""
        with self._reading() as connection:
            return plans.get_lineage(connection, plan_id)

    def retired_codes(self) -> frozenset[str]:
        """Grid codes of earlier plans that no plan may use again."""
        with self._reading() as connection:
            return plans.retired_codes(connection)

    # Issues

    def save_issues(self, rows: Sequence[tuple[Report, Location, Route]], *, actor: str) -> tuple[int | None, ...]:
        """Add issues; a row whose (source, source_id) is known already is left alone and answered with None.

        The journal gets one line a call: "issue:ID" for a single issue, "issues" with the ids for several.
        """
        journal.check_actor(actor)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._save_issues(rows, actor=actor)
            except Conflict:
                # Another process has just added one of these; this time it is among the known.
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _save_issues(self, rows: Sequence[tuple[Report, Location, Route]], *, actor: str) -> tuple[int | None, ...]:
        at = self._clock()
        # Two imports of the same rows in different order would wait for each other; a single row cannot.
        with self._writing("issues" if len(rows) > 1 else None) as connection:
            ids = issues.save_issues(connection, rows, at=at)
            added = [issue_id for issue_id in ids if issue_id is not None]
            if added:
                several = len(added) > 1
                detail = {
                    "added": len(added),
                    "known": len(ids) - len(added),
                    "ids": [min(added), max(added)],
                    "sources": sorted({report.source for report, _, _ in rows}),
                }
                subject = "issues" if several else f"issue:{added[0]}"
                journal.add_line(connection, at=at, actor=actor, action="save_issues", subject=subject, detail=detail)
            return ids

    def list_issues(
        self,
        *,
        grid: str | None = None,
        department: str | None = None,
        category: str | None = None,
        status: IssueStatus | None = None,
        location: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        bbox: tuple[float, float, float, float] | None = None,
        after_id: int = 0,
        limit: int | None = None,
    ) -> tuple[Issue, ...]:
        """Issues by ascending id; `since` inclusive, `until` exclusive, `bbox` (west, south, east, north) inclusive."""
        wanted = issues.IssueFilter(grid, department, category, status, location, since, until, bbox, after_id, limit)
        with self._reading() as connection:
            return issues.list_issues(connection, wanted)

    def count_issues(self, *, by: str, open_only: bool = False) -> Mapping[str, int]:
        """Issue counts by "grid", "status", "department", "location" or "plan" (its id); "" counts those without."""
        with self._reading() as connection:
            return issues.count_issues(connection, by=by, open_only=open_only)

    def newest_issue_at(self) -> datetime | None:
        """When the newest issue was reported; None where there is none."""
        with self._reading() as connection:
            return issues.newest_issue_at(connection)

    def get_issue(self, issue_id: int) -> Issue:
        """One issue."""
        with self._reading() as connection:
            return issues.get_issue(connection, issue_id)

    def find_issue(self, source: str, source_id: str) -> Issue | None:
        """The issue of a source's own id."""
        with self._reading() as connection:
            return issues.find_issue(connection, source, source_id)

    # The database itself

    def get_journal(self, *, subject: str | None = None, limit: int = 100) -> tuple[Mapping[str, Any], ...]:
        """Journal lines, newest first: at, actor, action, subject, detail."""
        with self._reading() as connection:
            return journal.list_lines(connection, subject=subject, limit=limit)

    def ping(self) -> None:
        """Raise `StoreError` unless the database answers and is at this program's version."""
        self._checked = False
        with self._reading():
            pass

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with reading(self._engine, self._target) as connection:
            self._check(connection)
            yield connection

    @contextlib.contextmanager
    def _writing(self, lock: str | None = None) -> Iterator[sa.Connection]:
        with writing(self._engine, self._target, lock=lock) as connection:
            self._check(connection)
            yield connection

    def _check(self, connection: sa.Connection) -> None:
        if not self._checked:
            check_revision(connection, self._target.label)
            self._checked = True
