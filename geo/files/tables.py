"""Plain tables of text: CSV, lines of JSON, or one JSON list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from geo.errors import GeoError, InvalidInput
from geo.files.cells import word_of
from geo.files.names import find_source
from geo.files.sniff import check_file
from geo.files.text import decode, read_rows


def read_table(name: str) -> tuple[tuple[str, ...], Iterator[Mapping[str, str | None] | GeoError]]:
    """The columns of a table and its rows in order: cells as texts, None where empty, or the error that names the row.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It is empty, cannot be read as a whole, or is JSON of another form.
    """
    source = find_source(name)
    if source.path.suffix.lower() == ".json":
        return _json_list(name)
    check_file(source)
    if source.kind not in ("table", "lines"):
        raise InvalidInput("table_wanted", path=str(source.path))
    header, rows = read_rows(source)
    return header, (row if isinstance(row, GeoError) else _texts(row) for row in rows)


def _json_list(name: str) -> tuple[tuple[str, ...], Iterator[Mapping[str, str | None] | GeoError]]:
    path = find_source(name).path
    try:
        values = json.loads(decode(path.read_bytes(), path=path))
    except (ValueError, RecursionError):
        raise InvalidInput("table_wanted", path=str(path)) from None
    if not isinstance(values, list):
        raise InvalidInput("table_wanted", path=str(path))
    if not values:
        raise InvalidInput("file_empty", path=str(path))
    columns = dict.fromkeys(str(field) for value in values if isinstance(value, dict) for field in value)
    rows: list[Mapping[str, str | None] | GeoError] = [
        _texts(value) if isinstance(value, dict) else InvalidInput("row_no_json", row=number)
        for number, value in enumerate(values, start=1)
    ]
    return tuple(columns), iter(rows)


def _texts(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {str(field): word_of(value) for field, value in row.items()}
