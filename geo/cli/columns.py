"""Files that say which column stands for which field."""

from __future__ import annotations

import tomllib
from pathlib import Path

from geo.errors import InvalidInput

# The short words of the flags, which a columns file may use too.
_REPORT_FIELD = {"id": "source_id", "time": "reported_at", "closed": "closed_at"}


def read_columns(path: Path | None) -> dict[str, str]:
    """A TOML file of lines ``field = "column"``; nothing without one.

    Raises
    ------
    InvalidInput
        It cannot be read, or a value is no text.
    """
    if path is None:
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("columns_file", path=path, why=str(error)) from None
    if not all(isinstance(value, str) for value in table.values()):
        raise InvalidInput("columns_file", path=path, why="every value must be a column's name in quotes")
    return {str(key): str(value) for key, value in table.items()}


def report_columns(path: Path | None) -> dict[str, str]:
    """The same for the fields of a report, whose short words may be used."""
    return {_REPORT_FIELD.get(key, key): value for key, value in read_columns(path).items()}
