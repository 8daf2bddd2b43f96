"""What the use cases of issues need from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from geo.model import Issue, IssueStatus, Location, Report, Route


class IssueStore(Protocol):
    """Issues, placed and waiting. Every write is one transaction."""

    def save_issues(self, rows: Sequence[tuple[Report, Location, Route]], *, actor: str) -> tuple[int | None, ...]:
        """Add issues; a row whose (source, source_id) is known already is left alone and answered with None."""

    def list_waiting(self, *, after_id: int = 0, limit: int = 2000) -> tuple[tuple[int, Report], ...]:
        """(id, what was reported) of issues that came in while no plan was in force, by ascending id."""

    def place_waiting(self, rows: Sequence[tuple[int, Report, Location, Route]], *, actor: str) -> tuple[int, ...]:
        """Write down where waiting issues lie and who answers; returns those that still waited."""

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
        """Issues by ascending id."""

    def count_issues(self, *, by: str, open_only: bool = False) -> Mapping[str, int]:
        """Issue counts by "grid", "status", "department", "location" or "plan" (its id); "" counts those without."""

    def get_issue(self, issue_id: int) -> Issue:
        """One issue."""

    def find_issue(self, source: str, source_id: str) -> Issue | None:
        """The issue of a source's own id."""

    def newest_issue_at(self) -> datetime | None:
        """When the newest issue was reported."""
