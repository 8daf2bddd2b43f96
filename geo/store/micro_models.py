"""Tables of micro-grids: editions of a plan's micro-grids, and the doors of each."""

from __future__ import annotations

from datetime import date, datetime

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.base import Base, gist
from geo.store.types import Code, RowId


class MicroEditionRow(Base):
    """Micro-grids of a plan from a day on; `effective` NULL means from the first day of the plan.

    `sealed` is set when all rows are in; from then on triggers refuse every new one.
    """

    __tablename__ = "micro_edition"
    __table_args__ = (UniqueConstraint("plan_id", "effective"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    effective: Mapped[date | None]
    micro_grids: Mapped[int]
    households: Mapped[int]
    sealed: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class MicroGridRow(Base):
    """Micro-grids of editions, with the figures that they were divided with."""

    __tablename__ = "micro_grid"
    __table_args__ = (gist("micro_grid"),)
    edition_id: Mapped[int] = mapped_column(ForeignKey("micro_edition.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    grid: Mapped[str] = mapped_column(Code)
    households: Mapped[int]
    buildings: Mapped[int]
    stairwells: Mapped[int]
    shared_stairwells: Mapped[int]
    walk_m: Mapped[float | None]
    reach_m: Mapped[float | None]
    centre_kind: Mapped[str]
    centre_lon: Mapped[float | None]
    centre_lat: Mapped[float | None]
    reason: Mapped[str]
    geom: Mapped[BaseGeometry | None]


class MicroDoorRow(Base):
    """Where households live: a row for each place, stairwell and floor. No name, no number of a room or a telephone."""

    __tablename__ = "micro_door"
    edition_id: Mapped[int] = mapped_column(ForeignKey("micro_edition.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    micro: Mapped[str] = mapped_column(Code)
    building: Mapped[str]
    stairwell: Mapped[str]
    floor: Mapped[float | None]
    households: Mapped[int]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
