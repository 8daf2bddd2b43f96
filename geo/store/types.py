"""Column types that mean the same on SQLite and PostGIS."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import shapely
from geoalchemy2 import Geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, String
from sqlalchemy.types import TypeDecorator, TypeEngine

from geo.errors import InvalidInput

WGS84_SRID = 4326

# SQLite numbers rows by itself only in a column whose type is spelt INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")

# Codes and ids sort by code point on both sides, whatever language the server was set up in.
Code = String().with_variant(String(collation="C"), "postgresql")


class Shape(TypeDecorator[BaseGeometry]):
    """A shapely geometry in WGS84: ``geometry(…, 4326)`` on PostGIS, WKB on SQLite; coordinates keep every bit."""

    impl = LargeBinary
    cache_ok = True
    # GeoAlchemy2 listens to every column and would add an index (or an AddGeometryColumn call) of its own.
    spatial_index = False
    use_N_D_index = False  # noqa: N815 - its name there

    def __init__(self, kind: str = "GEOMETRY") -> None:
        super().__init__()
        self.kind = kind

    def __repr__(self) -> str:
        return f"Shape({self.kind!r})"

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        """GeoAlchemy2's type on PostgreSQL, bytes elsewhere (and where GeoAlchemy2's listeners ask for no dialect)."""
        if dialect is not None and dialect.name == "postgresql":
            return Geometry(self.kind, srid=WGS84_SRID, spatial_index=False)
        return LargeBinary()

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> Any:
        """WKB; hex EWKB for PostGIS, because its text form would round."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return shapely.to_wkb(shapely.set_srid(value, WGS84_SRID), hex=True, include_srid=True)
        return shapely.to_wkb(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseGeometry | None:
        """The shapely geometry, without an SRID, so that it is the same from both backends."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            value = bytes(value.data)
        # from_wkb keeps the SRID that PostGIS adds; the same geometry shall come from both.
        shape: BaseGeometry = shapely.set_srid(shapely.from_wkb(value), 0)
        return shape


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, given back aware in UTC. A naive value is a mistake of the caller."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC; without its mark on SQLite, whose text would otherwise not sort."""
        if value is None:
            return None
        moment = utc(value, field="datetime")
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc(value: datetime, *, field: str, row: int | str = "-") -> datetime:
    """`value` in UTC; `InvalidInput` if it names no time zone or leaves the calendar."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise InvalidInput("store_time_naive", field=field, value=value.isoformat(), row=row)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidInput("store_time_range", field=field, value=value.isoformat(), row=row) from None


def clean_text(value: str, *, field: str, row: int | str = "-") -> str:
    """`value` as a plain str; `InvalidInput` for what a database cannot hold: NUL and half surrogate pairs."""
    text = str(value)
    if "\x00" in text:
        raise InvalidInput("store_text_nul", field=field, row=row, value=text.replace("\x00", "␀")[:80])
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            shown = text.encode("utf-8", "backslashreplace").decode("utf-8")[:80]
            raise InvalidInput("store_text_surrogate", field=field, row=row, value=shown) from None
    return text


_AS_THEY_ARE: Final = frozenset({type(None), bool, dict, list})


def clean_scalar(value: Any, *, field: str, row: int | str = "-") -> Any:
    """A value that every driver takes: numpy scalars unpacked, text and numbers checked; other kinds pass."""
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return clean_text(value, field=field, row=row)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise InvalidInput("store_number_range", field=field, row=row, value=value)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput("store_number_not_finite", field=field, row=row, value=value)
        return float(value)
    return value


def _is_plain(text: str) -> bool:
    return text.isascii() and "\x00" not in text


def plain_json(value: Any, *, field: str, row: int | str = "-") -> Any:
    """`value` as JSON knows it: tuples become lists, dates text; `InvalidInput` for what JSON cannot say."""
    kind = type(value)
    if value is None or kind is bool or kind is int or (kind is str and _is_plain(value)):
        return value  # most of what there is
    value = clean_scalar(value, field=field, row=row) if not isinstance(value, int) else value
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if kind is dict or isinstance(value, Mapping):
        return {
            key if type(key) is str and _is_plain(key) else clean_text(str(key), field=field, row=row): plain_json(
                item, field=f"{field}.{key}", row=row
            )
            for key, item in value.items()
        }
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain_json(item, field=field, row=row) for item in value]
    if isinstance(value, set | frozenset):
        return [plain_json(item, field=field, row=row) for item in sorted(value)]
    if isinstance(value, date):  # datetime too
        return value.isoformat()
    raise InvalidInput("store_value_kind", field=field, row=row, kind=type(value).__name__)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def dump_json(value: Any) -> str:
    """Compact JSON text of a value that has passed `plain_json`."""
    return _ENCODER.encode(value)
