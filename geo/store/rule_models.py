"""Tables of responsibility: rule sets with their layers, overrides, and the mode of areas. Rows are only ever added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base, gist
from geo.store.types import Code, RowId


class RuleSetRow(Base):
    """A rule set; `body` holds all but its layers. The next one ends it."""

    __tablename__ = "rule_set"
    __table_args__ = (UniqueConstraint("version"), UniqueConstraint("effective"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    version: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    source: Mapped[str]
    effective: Mapped[date]
    until: Mapped[date | None]
    rules: Mapped[int]
    digest: Mapped[str]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class RuleAssetRow(Base):
    """What has an owner: 物业 areas, roads, things. In the order of its file."""

    __tablename__ = "rule_asset"
    __table_args__ = (gist("rule_asset"),)
    rule_set_id: Mapped[int] = mapped_column(ForeignKey("rule_set.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    layer: Mapped[str] = mapped_column(Code)
    id: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    owner: Mapped[str] = mapped_column(Code)
    reach_m: Mapped[float]
    category: Mapped[str]
    tenure: Mapped[str]
    geom: Mapped[BaseGeometry]


class RuleOverrideRow(Base):
    """Decisions of persons that stand above the rules; a row with `replaces` says a new state of another."""

    __tablename__ = "rule_override"
    __table_args__ = (Index(None, "kind", "key"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(Code)
    key: Mapped[str] = mapped_column(Code)
    department: Mapped[str] = mapped_column(Code)
    reason: Mapped[str]
    scheme: Mapped[str]
    category_kind: Mapped[str]
    category: Mapped[str]
    grid: Mapped[str]
    with_departments: Mapped[list[Any]]
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    state: Mapped[str]
    replaces: Mapped[int]
    issue: Mapped[int | None]
    actor: Mapped[str]
    at: Mapped[datetime]


class RuleModeRow(Base):
    """From when until when an area is in which mode; the last one said wins."""

    __tablename__ = "rule_mode"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    area: Mapped[str] = mapped_column(Code)
    mode: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
