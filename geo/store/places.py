"""What a deployment knows beside plans and issues: written and read as a whole."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import shapely
import sqlalchemy as sa

from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Area, Category, Department, Feature, Place, Rule, Staff
from geo.store.models import (
    AreaRow,
    Base,
    CategoryRow,
    DepartmentRow,
    FeatureRow,
    GazetteerRow,
    PlaceRow,
    RuleRow,
    StaffRow,
)
from geo.store.plain import from_plain, to_plain
from geo.store.rows import check_row, insert_rows, refuse_twins
from geo.store.types import plain_json

_RULE_COLUMNS: Final = (
    "id", "version", "scheme", "kind", "category", "area", "department", "with_departments", "deadline_hours",
    "closing", "source",
)  # fmt: skip
_TABLES: tuple[type[Base], ...] = (AreaRow, DepartmentRow, CategoryRow, RuleRow, StaffRow, FeatureRow, GazetteerRow)


def save_place(connection: sa.Connection, place: Place, *, at: datetime, actor: str) -> dict[str, int]:
    """Put `place` where the old one was; returns the number of rows of each table."""
    refuse_twins([a.code for a in place.areas], code="store_area_twice")
    refuse_twins([d.code for d in place.departments], code="store_department_twice")
    refuse_twins([(c.scheme, c.kind, c.code) for c in place.categories], code="store_category_twice")
    refuse_twins([(r.id, r.version) for r in place.rules], code="store_rule_twice")
    for table in _TABLES:
        connection.execute(sa.delete(table))
    connection.execute(sa.delete(PlaceRow))
    head = {"id": 1, "code": place.code, "name": place.name, "note": place.note}
    saved = {"stamp": uuid.uuid4().hex, "saved_at": at, "saved_by": actor}
    insert_rows(connection, PlaceRow, [check_row(PlaceRow, head | saved, name="place")])
    contents: tuple[Sequence[Any], ...] = (
        place.areas,
        place.departments,
        place.categories,
        place.rules,
        place.staff,
        place.features,
        place.entries,
    )
    makers: tuple[Callable[[Any], dict[str, Any]], ...] = (_row, _row, _row, _rule, _row, _feature, _entry)
    counts = {}
    for table, items, make in zip(_TABLES, contents, makers, strict=True):
        insert_rows(connection, table, _numbered(table, map(make, items)))
        counts[table.__tablename__] = len(items)
    return counts


def save_categories(
    connection: sa.Connection, categories: Sequence[Category], *, stamp: str, at: datetime, actor: str
) -> None:
    """Put `categories` where the old ones were, if the place is still the one of `stamp`."""
    refuse_twins([(c.scheme, c.kind, c.code) for c in categories], code="store_category_twice")
    claim_place(connection, stamp=stamp, at=at, actor=actor)
    connection.execute(sa.delete(CategoryRow))
    insert_rows(connection, CategoryRow, _numbered(CategoryRow, map(_row, categories)))


def claim_place(connection: sa.Connection, *, stamp: str, at: datetime, actor: str) -> None:
    """Give the place a new stamp if it is still the one of `stamp`; `Conflict` if not, `NotFound` if there is none."""
    fresh = {"stamp": uuid.uuid4().hex, "saved_at": at, "saved_by": actor}
    # The stamp is compared in the statement that changes it: of two writers one finds it gone.
    changed = connection.execute(sa.update(PlaceRow).where(PlaceRow.stamp == stamp).values(**fresh))
    if changed.rowcount != 1:
        raise Conflict("store_place_moved_on") if place_stamp(connection) else NotFound("store_no_place")


def get_place(connection: sa.Connection) -> Place:
    """The whole place, each table in the order it was given in."""
    head = connection.execute(sa.select(PlaceRow.code, PlaceRow.name, PlaceRow.note)).first()
    if head is None:
        raise NotFound("store_no_place")

    def read(table: type[Base]) -> Iterable[Mapping[Any, Any]]:
        columns = sa.inspect(table).columns
        query = sa.select(*(c for c in columns if c.name != "position")).order_by(columns["position"])
        return (row._mapping for row in connection.execute(query))

    return Place(
        code=head.code,
        name=head.name,
        note=head.note,
        areas=tuple(_geometry_back(Area, row) for row in read(AreaRow)),
        departments=tuple(Department(**row) for row in read(DepartmentRow)),
        categories=tuple(Category(**row) for row in read(CategoryRow)),
        rules=tuple(_rule_back(row) for row in read(RuleRow)),
        staff=tuple(Staff(**row) for row in read(StaffRow)),
        features=tuple(_geometry_back(Feature, row) for row in read(FeatureRow)),
        entries=tuple(row["entry"] for row in read(GazetteerRow)),
    )


def place_stamp(connection: sa.Connection) -> str:
    """Changes with every save."""
    return connection.execute(sa.select(PlaceRow.stamp)).scalar_one_or_none() or ""


def _numbered(table: type[Base], rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        check_row(table, row, name=f"{table.__tablename__} {number}") | {"position": number - 1}
        for number, row in enumerate(rows, start=1)
    ]


def _geometry_back(kind: type[Any], row: Mapping[Any, Any]) -> Any:
    values = dict(row)
    return kind(geometry=values.pop("geom"), **values)


def _row(item: Any) -> dict[str, Any]:
    """A value as a row: fields and columns have the same names, but for `geometry`."""
    row = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    if "geometry" in row:
        geometry = row.pop("geometry")
        row["geom"] = shapely.force_2d(geometry) if geometry is not None and geometry.has_z else geometry
    return row


def _rule(rule: Rule) -> dict[str, Any]:
    """A plain rule: what has no column of its own goes into `more`."""
    said = to_plain(rule)
    row = {name: getattr(rule, name) for name in _RULE_COLUMNS}
    row["with_departments"] = plain_json(rule.with_departments, field="with_departments", row=rule.id)
    return row | {"more": {name: value for name, value in said.items() if name not in _RULE_COLUMNS}}


def _rule_back(row: Mapping[Any, Any]) -> Rule:
    values = dict(row)
    more = values.pop("more") or {}
    return from_plain(Rule, {**values, **more})


def _feature(feature: Feature) -> dict[str, Any]:
    if feature.geometry is None:
        raise InvalidInput("store_geometry_missing", what=f"{feature.layer} {feature.id}")
    return _row(feature)


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"entry": plain_json(entry, field="entry", row=str(entry.get("id", "-")))}
