"""The store's methods for issues: each one transaction, with its line in the journal where it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from geo.errors import Conflict
from geo.masks import mask_code
from geo.model import Issue, IssueStatus, Location, Report, Route
from geo.store import cases, issues, journal, waiting
from geo.store.database import Database

_ATTEMPTS: Final = 3


class IssueMethods(Database):
    """Issues of a database."""

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
            cases.open_cases(connection, ids, rows, at=at, actor=actor)
            added = [issue_id for issue_id in ids if issue_id is not None]
            if added:
                several = len(added) > 1
                detail = {
                    "added": len(added),
                    "known": len(ids) - len(added),
                    "ids": [min(added), max(added)],
                    "sources": sorted({mask_code(report.source) for report, _, _ in rows}),
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

    def list_waiting(self, *, after_id: int = 0, limit: int = 2000) -> tuple[tuple[int, Report], ...]:
        """(id, what was reported) of issues that came in while no plan was in force, by ascending id."""
        with self._reading() as connection:
            return waiting.list_waiting(connection, after_id=after_id, limit=limit)

    def place_waiting(self, rows: Sequence[tuple[int, Report, Location, Route]], *, actor: str) -> tuple[int, ...]:
        """Write down where waiting issues lie and who answers; those that no longer wait are left alone.

        Returns the ids of the issues changed; the journal gets one line with them.
        """
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("issues") as connection:
            changed = waiting.place_waiting(connection, rows, at=at)
            if changed:
                settled = set(changed)
                cases.settle_waiting(connection, [row for row in rows if row[0] in settled], at=at, actor=actor)
                located = {issue_id for issue_id, _, location, _ in rows if location.status == "located"}
                detail = {
                    "changed": len(changed),
                    "located": len(located.intersection(changed)),
                    "ids": [min(changed), max(changed)],
                    "plans": sorted({row[2].plan for row in rows if row[2].plan is not None}),
                }
                subject = f"issue:{changed[0]}" if len(changed) == 1 else "issues"
                journal.add_line(connection, at=at, actor=actor, action="place_issues", subject=subject, detail=detail)
            return changed
