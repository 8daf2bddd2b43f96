"""Local reference systems from a small TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from geo.crs import Systems, read_systems
from geo.errors import InvalidInput


def read_systems_file(path: Path) -> Systems:
    """The systems of a file: a section for each, see `geo.crs.local_wkt`.

    Raises
    ------
    InvalidInput
        The file cannot be read.
    InvalidCrs
        A definition in it is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("systems_file", path=path, why=str(error)) from None
    return read_systems(table, source=path.name)
