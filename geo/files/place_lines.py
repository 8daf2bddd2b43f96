"""Rows of the tables of a place folder, each fault named by file, row and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from geo.errors import GeoError, InvalidInput
from geo.files.cells import word_of
from geo.files.names import find_source, near
from geo.files.sniff import check_file
from geo.files.text import read_rows

_T = TypeVar("_T")


@dataclass(frozen=True)
class Line:
    """One row of a table: where it stands and its cells, None for empty ones."""

    file: str
    row: int
    cells: Mapping[str, str | None]

    def get(self, field: str) -> str | None:
        """The cell, None if it is empty."""
        return self.cells.get(field)

    def need(self, field: str) -> str:
        """The cell, or `InvalidInput` if it is empty."""
        value = self.cells.get(field)
        if value is None:
            raise InvalidInput("place_cell_missing", file=self.file, row=self.row, field=field)
        return value

    def unknown(self, field: str, value: str, known: Iterable[str]) -> GeoError:
        """The error for a cell that names something that does not exist."""
        similar = near(value, known)
        if similar is None:
            return InvalidInput("place_name_unknown", file=self.file, row=self.row, field=field, value=value)
        return InvalidInput(
            "place_name_unknown_similar", file=self.file, row=self.row, field=field, value=value, similar=similar
        )


def read_lines(path: Path, columns: Sequence[str]) -> list[Line]:
    """The rows of a table that has to have `columns`.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        A column is missing, or a row cannot be read.
    """
    source = find_source(str(path))
    check_file(source)
    header, rows = read_rows(source)
    missing = [column for column in columns if column not in header]
    if missing:
        raise InvalidInput(
            "place_column_missing", file=path.name, missing=", ".join(missing), columns=", ".join(header)
        )
    lines = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, GeoError):
            raise InvalidInput("place_row_broken", file=path.name, row=number) from row
        lines.append(Line(path.name, number, {column: word_of(row[column]) for column in header}))
    return lines


def unique(lines: Iterable[Line], key: Sequence[str]) -> None:
    """Refuse a row whose key stands in an earlier one."""
    seen: dict[tuple[str | None, ...], int] = {}
    for line in lines:
        value = tuple(line.get(field) for field in key)
        if value in seen:
            raise InvalidInput(
                "place_key_twice",
                file=line.file,
                row=line.row,
                first_row=seen[value],
                field=", ".join(key),
                value=", ".join(part or "-" for part in value),
            )
        seen[value] = line.row


def one_of(line: Line, field: str, words: Mapping[str, _T]) -> _T:
    """What a word of a closed list means."""
    value = line.need(field)
    if value not in words:
        raise line.unknown(field, value, words)
    return words[value]
