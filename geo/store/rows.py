"""Many rows into a table, fast and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from geo.errors import InvalidInput
from geo.store.models import Base
from geo.store.types import Code, clean_scalar, utc

# An index of PostgreSQL holds 2,704 bytes a row: three codes of this many characters fit.
CODE_LENGTH: Final = 200


@cache
def _code_fields(table: type[Base]) -> frozenset[str]:
    return frozenset(column.name for column in sa.inspect(table).columns if column.type is Code)


def check_row(table: type[Base], row: Mapping[str, Any], *, name: int | str) -> dict[str, Any]:
    """A row of `table` with values that both backends hold; `InvalidInput` names the field and `name`, the row."""
    codes = _code_fields(table)
    checked: dict[str, Any] = {}
    for field, value in row.items():
        if isinstance(value, datetime):
            checked[field] = utc(value, field=field, row=name)
            continue
        checked[field] = clean_scalar(value, field=field, row=name)
        if field in codes and value is not None and len(value) > CODE_LENGTH:
            raise InvalidInput(
                "store_code_long", field=field, row=name, length=len(value), most=CODE_LENGTH, value=value[:40]
            )
    return checked


def insert_rows(connection: sa.Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that `check_row` has passed; all of them have the same keys."""
    if rows:
        connection.execute(sa.insert(table), list(rows))  # psycopg pipelines them


def refuse_twins(keys: Sequence[Any], *, code: str) -> None:
    """Raise `InvalidInput` ``code`` (key, first, second: 1-based rows) if a key comes twice."""
    seen: dict[Any, int] = {}
    for row, key in enumerate(keys, start=1):
        first = seen.setdefault(key, row)
        if first != row:
            shown = "/".join(map(str, key)) if isinstance(key, tuple) else key
            raise InvalidInput(code, key=shown, first=first, second=row)
