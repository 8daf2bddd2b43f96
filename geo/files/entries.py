"""Gazetteer entries from a file of their own: a place folder, a table, lines of JSON, or a JSON list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import GeoError, InvalidInput
from geo.files.names import find_source
from geo.files.place import read_place
from geo.files.text import decode, read_rows


def read_entries(name: str) -> tuple[Mapping[str, Any], ...]:
    """The dicts of `geo.locate.Gazetteer`, in file order; `aliases` of a table are separated by "|".

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It is no such file, is empty, or a row cannot be read; the message names the row.
    """
    if Path(name).is_dir():
        return read_place(Path(name)).entries
    path = find_source(name).path
    if path.suffix.lower() == ".json":
        try:
            values = json.loads(decode(path.read_bytes(), path=path))
        except (ValueError, RecursionError):
            raise InvalidInput("entries_file_bad", path=str(path)) from None
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise InvalidInput("entries_file_bad", path=str(path))
        rows = values
    else:
        rows = []
        for row in read_rows(find_source(name))[1]:
            if isinstance(row, GeoError):
                raise row
            rows.append({key: value for key, value in row.items() if value not in ("", None)})
    if not rows:
        raise InvalidInput("file_empty", path=str(path))
    return tuple(rows)
