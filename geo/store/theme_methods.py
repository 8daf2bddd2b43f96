"""Themes of a database: kept whole in one transaction, never changed; and how often cases were handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from geo.errors import NotFound
from geo.model.themes import Theme
from geo.store import journal
from geo.store.case_models import CaseLogRow
from geo.store.database import Database
from geo.store.models import IssueRow
from geo.store.rows import check_row
from geo.store.theme_models import ThemeRow
from geo.store.types import plain_json, utc

_MOST: Final = 2**63 - 1
# Lines of the log: who answers now, and that it was sent back.
_ROUTED: Final = "routed"
_RETURNED: Final = "sent_back"
_JSON: Final = ("grids", "issues", "by_grid", "counted")


class ThemeMethods(Database):
    """Themes of a database."""

    def save_theme(self, theme: Theme, *, actor: str) -> Theme:
        """Add a theme; it is dated now."""
        journal.check_actor(actor)
        at = self._clock()
        values: dict[str, Any] = {k: v for k, v in vars(theme).items() if k not in ("id", "created_at", "created_by")}
        values |= {"plan_id": values.pop("plan"), "created_at": at, "created_by": actor}
        values |= {name: plain_json(_plain(values[name]), field=name) for name in _JSON}
        with self._writing("themes") as connection:
            row = check_row(ThemeRow, values, name=theme.name)
            number: int = connection.execute(sa.insert(ThemeRow).values(**row).returning(ThemeRow.id)).scalar_one()
            detail = {"name": theme.name, "category": theme.category, "plan": theme.plan, "issues": len(theme.issues)}
            subject = f"theme:{number}"
            journal.add_line(connection, at=at, actor=actor, action="save_theme", subject=subject, detail=detail)
            return _find(connection, number)

    def list_themes(self) -> tuple[Theme, ...]:
        """All themes, the newest first."""
        query = sa.select(*sa.inspect(ThemeRow).columns).order_by(ThemeRow.id.desc())
        with self._reading() as connection:
            return tuple(_theme(row) for row in connection.execute(query))

    def get_theme(self, theme_id: int) -> Theme:
        """One theme."""
        with self._reading() as connection:
            return _find(connection, theme_id)

    def count_handovers(self, *, since: datetime, until: datetime) -> Mapping[int, int]:
        """How often issues reported in some time were handed on, by issue, as the log tells now.

        A change of the department that answers, or a department that sends the case back, whichever are more: who is
        sent back and then goes elsewhere was handed on once.
        """
        start, end = utc(since, field="since"), utc(until, field="until")
        query = (
            sa.select(CaseLogRow.issue_id, CaseLogRow.action, CaseLogRow.detail)
            .join(IssueRow, IssueRow.id == CaseLogRow.issue_id)
            .where(IssueRow.reported_at >= start, IssueRow.reported_at < end)
            .order_by(CaseLogRow.issue_id, CaseLogRow.position)
        )
        changes: dict[int, int] = {}
        returns: dict[int, int] = {}
        answers: dict[int, str] = {}
        with self._reading() as connection:
            for issue, action, detail in connection.execute(query):
                if action == _RETURNED:
                    returns[issue] = returns.get(issue, 0) + 1
                department = detail.get("department")
                if action == _ROUTED and isinstance(department, str) and department:
                    if answers.get(issue, department) != department:
                        changes[issue] = changes.get(issue, 0) + 1
                    answers[issue] = department
        return {issue: max(changes.get(issue, 0), returns.get(issue, 0)) for issue in changes | returns}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value)


def _find(connection: sa.Connection, number: int) -> Theme:
    query = sa.select(*sa.inspect(ThemeRow).columns).where(ThemeRow.id == min(number, _MOST))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("theme_not_found", id=number)
    return _theme(row)


def _theme(row: Any) -> Theme:
    values: dict[Any, Any] = dict(row._mapping)
    values |= {name: tuple(values[name]) for name in ("grids", "issues")}
    return Theme(plan=values.pop("plan_id"), **values)
