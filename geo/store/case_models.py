"""The tables of cases: where each issue stands, what was done with it, and what persons have corrected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base
from geo.store.types import Code, RowId


class CaseRow(Base):
    """Where an issue stands; one row an issue. A change must know the `revision` that it changes."""

    __tablename__ = "issue_case"
    __table_args__ = (
        Index(None, "queue", "act_by", "issue_id"),
        Index(None, "state", "act_by", "issue_id"),
        Index(None, "community", "act_by", "issue_id"),
    )
    issue_id: Mapped[int] = mapped_column(RowId, ForeignKey("issue.id"), primary_key=True, autoincrement=False)
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(Code)
    queue: Mapped[str | None] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Code)
    community: Mapped[str] = mapped_column(Code)
    act_by: Mapped[datetime]
    merged_into: Mapped[int | None] = mapped_column(RowId, ForeignKey("issue.id"))
    extensions: Mapped[int]
    reopened: Mapped[int]
    private: Mapped[dict[str, Any]]


class CaseLogRow(Base):
    """Steps of cases. Triggers refuse every change of a line; `digest` chains the lines of one issue."""

    __tablename__ = "case_log"
    __table_args__ = (UniqueConstraint("issue_id", "position"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(RowId, ForeignKey("issue.id"))
    position: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(Code)
    revision: Mapped[int]
    detail: Mapped[dict[str, Any]]
    digest: Mapped[str]


class CaseLeaseRow(Base):
    """A page that has a case open, and until when that is believed without hearing from it again."""

    __tablename__ = "case_lease"
    client: Mapped[str] = mapped_column(Code, primary_key=True)
    issue_id: Mapped[int] = mapped_column(RowId)
    actor: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]


class CorrectionRow(Base):
    """What persons have corrected. Triggers refuse every change: a later row withdraws an earlier one."""

    __tablename__ = "correction"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str] = mapped_column(Code)
    issue_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("issue.id"))
    refers: Mapped[int | None] = mapped_column(RowId, ForeignKey("correction.id"))
    key: Mapped[str]
    detail: Mapped[dict[str, Any]]
    reason: Mapped[str]
