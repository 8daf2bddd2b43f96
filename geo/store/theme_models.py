"""The table of the month's themes. Rows are only ever added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base
from geo.store.types import Code, RowId


class ThemeRow(Base):
    """A theme with its frozen set."""

    __tablename__ = "theme"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str]
    note: Mapped[str]
    scheme: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str] = mapped_column(Code)
    category_name: Mapped[str]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    grids: Mapped[list[Any]]
    first: Mapped[date]
    last: Mapped[date]
    issues: Mapped[list[Any]]
    by_grid: Mapped[dict[str, Any]]
    counted: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
