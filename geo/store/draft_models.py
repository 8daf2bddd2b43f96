"""Tables of drafts: working copies of plans, and their steps one after another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base
from geo.store.types import Code, RowId


class DraftRow(Base):
    """A working copy of a plan; `revision` counts its steps, `submitted` is the plan that was made of it."""

    __tablename__ = "draft"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    name: Mapped[str]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    submitted: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))


class DraftStepRow(Base):
    """A step of a draft: the line of its journal, which goes either way. Triggers refuse every change of a line."""

    __tablename__ = "draft_step"
    __table_args__ = (UniqueConstraint("draft_id", "client"),)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    client: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime]
    actor: Mapped[str]
    op: Mapped[str] = mapped_column(Code)
    entry: Mapped[dict[str, Any]]
