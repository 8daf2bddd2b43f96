"""Tables of runs of the scans and what they found. Rows are only ever added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base
from geo.store.types import Code, RowId


class HotspotRunRow(Base):
    """A run; `digest` is of its day and settings."""

    __tablename__ = "hotspot_run"
    __table_args__ = (UniqueConstraint("digest"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    as_of: Mapped[date]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    digest: Mapped[str] = mapped_column(Code)
    settings: Mapped[dict[str, Any]]
    counted: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class HotspotRow(Base):
    """A cluster of a run; `known` is the id of the one that was told first, 0 for an alert."""

    __tablename__ = "hotspot"
    __table_args__ = (Index(None, "as_of"), Index(None, "run_id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("hotspot_run.id"))
    as_of: Mapped[date]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    scheme: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str]
    category_name: Mapped[str]
    method: Mapped[str]
    members: Mapped[list[Any]]
    centre: Mapped[str] = mapped_column(Code)
    lon: Mapped[float]
    lat: Mapped[float]
    radius_m: Mapped[float]
    first: Mapped[date]
    last: Mapped[date]
    observed: Mapped[int]
    expected: Mapped[float]
    relative_risk: Mapped[float | None]
    llr: Mapped[float]
    p: Mapped[float]
    recurrence_days: Mapped[float | None]
    known: Mapped[int]
