"""The tables of issues and of those who reported them; a part of `geo.store.models`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base, gist
from geo.store.types import Code, RowId, Shape


class IssueRow(Base):
    """Issues: what was reported, where it was found to lie, who answers. Nothing about the person who reported."""

    __tablename__ = "issue"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index(None, "source_id"),
        Index(None, "grid", "id"),
        Index(None, "department", "id"),
        Index(None, "category", "id"),
        Index(None, "status", "id"),
        Index(None, "location_status", "id"),
        Index(None, "reported_at"),
        Index(None, "lon", "lat"),
        gist("issue"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    text: Mapped[str]
    source: Mapped[str] = mapped_column(Code)
    source_id: Mapped[str | None] = mapped_column(Code)
    reported_at: Mapped[datetime]
    scheme: Mapped[str] = mapped_column(Code)
    kind: Mapped[str] = mapped_column(Code)
    category: Mapped[str] = mapped_column(Code)
    address: Mapped[str | None]
    status: Mapped[str] = mapped_column(Code)
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    accuracy_m: Mapped[float | None]
    # As it came in: a better datum or a new plan can be tried on it later.
    reported_lon: Mapped[float | None]
    reported_lat: Mapped[float | None]
    reported_crs: Mapped[str | None]
    # Location
    location_status: Mapped[str] = mapped_column(Code)
    grid: Mapped[str | None] = mapped_column(Code)
    grid_name: Mapped[str | None]
    chain: Mapped[list[Any]]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    crs: Mapped[str]
    shift_m: Mapped[float]
    border_m: Mapped[float | None]
    nearest_grid: Mapped[str | None]
    nearest_m: Mapped[float | None]
    method: Mapped[str]
    note: Mapped[str]
    context: Mapped[dict[str, Any]]
    geom: Mapped[BaseGeometry | None] = mapped_column(Shape("POINT"))
    # Route
    department: Mapped[str | None] = mapped_column(Code)
    department_name: Mapped[str | None]
    with_departments: Mapped[list[Any]]
    rule: Mapped[str | None]
    rule_version: Mapped[str | None]
    deadline_hours: Mapped[float | None]
    tried: Mapped[list[Any]]
    route_note: Mapped[str]
    route_step: Mapped[str] = mapped_column(server_default="")
    alarm: Mapped[str] = mapped_column(server_default="")
    # What else the route says (list, closing, limits, the steps), as `geo.store.plain` writes it.
    route_more: Mapped[dict[str, Any] | None]


class ReporterRow(Base):
    """Who reported an issue, apart from it: read only to answer the person, and can be erased by itself."""

    __tablename__ = "reporter"
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None]
    phone: Mapped[str | None]
    purpose: Mapped[str]
