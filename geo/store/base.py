"""What all tables share: one registry, named constraints, the index over shapes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import JSON, BigInteger, Date, Double, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase

from geo.store.types import Shape, UtcDateTime


class Base(DeclarativeBase):
    """The one registry. Every constraint has a name, so that a migration can find it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it so
        int: BigInteger(),
        float: Double(),
        str: String(),
        date: Date(),
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        BaseGeometry: Shape(),
    }


def gist(table: str) -> Index:
    """The index over a table's `geom`, which only PostGIS can have."""
    return Index(f"ix_{table}_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql")
