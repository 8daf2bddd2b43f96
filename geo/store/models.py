"""All tables, once, for SQLite and PostGIS. `migrations/` builds them; a test holds the two together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base, gist
from geo.store.case_models import CaseLeaseRow, CaseLogRow, CaseRow, CorrectionRow
from geo.store.draft_models import DraftRow, DraftStepRow
from geo.store.hotspot_models import HotspotRow, HotspotRunRow
from geo.store.issue_models import IssueRow, ReporterRow
from geo.store.micro_models import MicroDoorRow, MicroEditionRow, MicroGridRow
from geo.store.rule_models import RuleAssetRow, RuleModeRow, RuleOverrideRow, RuleSetRow
from geo.store.theme_models import ThemeRow
from geo.store.types import Code, RowId

__all__ = [
    "AreaRow", "Base", "CaseLeaseRow", "CaseLogRow", "CaseRow", "CategoryRow", "CorrectionRow", "DepartmentRow",
    "DraftRow", "DraftStepRow", "FeatureRow", "GazetteerRow", "GridCodeRow", "GridRow", "HotspotRow", "HotspotRunRow",
    "IssueRow", "JournalRow", "LineageRow", "MicroDoorRow", "MicroEditionRow", "MicroGridRow", "PlaceRow", "PlanRow",
    "ReporterRow", "RuleAssetRow", "RuleModeRow", "RuleOverrideRow", "RuleRow", "RuleSetRow", "StaffRow", "ThemeRow",
    "UnitRow",
]  # fmt: skip


class PlaceRow(Base):
    """The one place of this deployment; `stamp` changes with every save."""

    __tablename__ = "place"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    name: Mapped[str]
    note: Mapped[str]
    stamp: Mapped[str]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]


class AreaRow(Base):
    """Areas of the place, in the order of its file (`position`), as all tables of the place."""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("code"), gist("area"))
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    level: Mapped[str]
    parent: Mapped[str | None] = mapped_column(Code)
    geom: Mapped[BaseGeometry | None]


class DepartmentRow(Base):
    """Departments."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("code"),)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    parent: Mapped[str | None] = mapped_column(Code)
    area: Mapped[str] = mapped_column(Code)
    phone: Mapped[str | None]


class CategoryRow(Base):
    """Categories of issues."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("scheme", "kind", "code"),)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scheme: Mapped[str] = mapped_column(Code)
    kind: Mapped[str] = mapped_column(Code)
    code: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    parent: Mapped[str | None] = mapped_column(Code)


class RuleRow(Base):
    """Routing rules; a version of a rule is a row."""

    __tablename__ = "rule"
    __table_args__ = (UniqueConstraint("id", "version"),)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(Code)
    version: Mapped[str] = mapped_column(Code)
    scheme: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str]
    area: Mapped[str]
    department: Mapped[str]
    with_departments: Mapped[list[Any]]
    deadline_hours: Mapped[float | None]
    closing: Mapped[str]
    source: Mapped[str]
    # What a plain rule says beyond its columns (step, window, list …), as `geo.store.plain` writes it.
    more: Mapped[dict[str, Any] | None]


class StaffRow(Base):
    """Posts in grids; `name` NULL is a vacancy."""

    __tablename__ = "staff"
    __table_args__ = (Index(None, "grid"),)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grid: Mapped[str] = mapped_column(Code)
    role: Mapped[str]
    name: Mapped[str | None]
    phone: Mapped[str | None]


class FeatureRow(Base):
    """What is drawn under the grids."""

    __tablename__ = "feature"
    __table_args__ = (Index(None, "layer"), gist("feature"))
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    layer: Mapped[str] = mapped_column(Code)
    id: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    kind: Mapped[str]
    households: Mapped[int | None]
    residents: Mapped[int | None]
    geom: Mapped[BaseGeometry]


class GazetteerRow(Base):
    """Entries of the gazetteer, as they are handed to `geo.locate.Gazetteer`."""

    __tablename__ = "gazetteer"
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry: Mapped[dict[str, Any]]


class PlanRow(Base):
    """A plan; `effective` NULL is a draft. `layout` says how the units' columns are to be read back."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("effective"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str]
    revision: Mapped[int]
    effective: Mapped[date | None]
    crs: Mapped[str]
    grids: Mapped[int]
    units: Mapped[int]
    weight: Mapped[float]
    weight_field: Mapped[str]
    wishes: Mapped[dict[str, Any]]
    layout: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    # Of what was imported (`geo.store.digest`); NULL in plans from before it was kept.
    digest: Mapped[str | None]


class GridRow(Base):
    """Grids of plans."""

    __tablename__ = "grid"
    __table_args__ = (gist("grid"),)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    parent: Mapped[str] = mapped_column(Code)
    kind: Mapped[str]
    weight: Mapped[float]
    units: Mapped[int]
    households: Mapped[int | None]
    residents: Mapped[int | None]
    colour: Mapped[int] = mapped_column(SmallInteger)
    geom: Mapped[BaseGeometry]


class UnitRow(Base):
    """Units of plans; `position` is the order of their ids. Columns of the input without a place here are `fields`."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("plan_id", "id"), Index(None, "plan_id", "grid"), gist("unit"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(Code)
    grid: Mapped[str | None] = mapped_column(Code)
    parent: Mapped[str | None] = mapped_column(Code)
    group_name: Mapped[str | None]
    locked: Mapped[bool | None]
    weight: Mapped[float]
    households: Mapped[float | None]
    residents: Mapped[float | None]
    fields: Mapped[dict[str, Any]]
    geom: Mapped[BaseGeometry]


class LineageRow(Base):
    """Which weight went from which grid of the plan before to which grid of this plan."""

    __tablename__ = "lineage"
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    old: Mapped[str] = mapped_column(Code)
    new: Mapped[str] = mapped_column(Code)
    weight: Mapped[float]


class GridCodeRow(Base):
    """Every grid code that was ever published, and the last plan that had it: a code that lapsed stays taken."""

    __tablename__ = "grid_code"
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    first_plan: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    last_plan: Mapped[int] = mapped_column(ForeignKey("plan.id"))


class JournalRow(Base):
    """Who did what, and when. Triggers refuse every change of a line."""

    __tablename__ = "journal"
    __table_args__ = (Index(None, "subject", "id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(Code)
    detail: Mapped[dict[str, Any]]
