"""Tables of text: bytes to characters, characters to rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError, InvalidInput
from geo.files.names import Source

Row = Mapping[str, Any]

_DELIMITERS: Final = ",\t;|"


def decode(data: bytes, *, path: Path) -> str:
    """Bytes of a text file as characters: UTF-8 with or without its mark, UTF-16 with its mark, else GB18030.

    UTF-8 is tried strictly first, because Chinese text in another encoding is hardly ever valid UTF-8.
    """
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("file_encoding_unknown", path=str(path))


def read_rows(source: Source) -> tuple[tuple[str, ...], Iterator[Row | GeoError]]:
    """The columns of a table file and its rows, one value a row: a mapping, or the error that names the row.

    Cells of a CSV file are strings, "" where a row ends early; values of NDJSON lines are what JSON says. Blank lines
    are no rows. A fault that makes the rest of the file unreadable (an unclosed quote) is raised for the whole file.
    """
    text = decode(source.path.read_bytes(), path=source.path)
    return _json_rows(text, source) if source.kind in ("lines", "GeoJSONSeq") else _csv_rows(text, source)


def _csv_rows(text: str, source: Source) -> tuple[tuple[str, ...], Iterator[Row | GeoError]]:
    delimiter = "\t" if source.path.suffix.lower() == ".tsv" else delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        raise InvalidInput("table_broken", path=str(source.path), line=reader.line_num, detail=str(error)) from error
    if not lines:
        raise InvalidInput("file_empty", path=str(source.path))
    header = header_of(lines[0][1], source)

    def rows() -> Iterator[Row | GeoError]:
        for number, (line, cells) in enumerate(lines[1:], start=1):
            if any(cell.strip() for cell in cells[len(header) :]):
                surplus = delimiter.join(cells[len(header) :])
                yield InvalidInput(
                    "row_too_long", row=number, line=line, got=len(cells), wanted=len(header), surplus=surplus
                )
            else:
                yield dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))

    return header, rows()


def delimiter_of(text: str) -> str:
    """The separator that the first line has most of, outside quotes."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    plain = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=lambda mark: (plain.count(mark), -_DELIMITERS.index(mark)))


def header_of(cells: list[str], source: Source) -> tuple[str, ...]:
    """The names of the columns; nameless ones are numbered, those at the end are none. A name must not stand twice."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()  # office programs leave empty columns at the end
    names = [name or f"column{k}" for k, name in enumerate(names, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput("table_column_twice", path=str(source.path), field=", ".join(twice))
    return tuple(names)


def _json_rows(text: str, source: Source) -> tuple[tuple[str, ...], Iterator[Row | GeoError]]:
    rows: list[Row | GeoError] = []
    columns: dict[str, None] = {}
    lines = (line for line in text.split("\n") if line.strip("\x1e \t\r"))
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line.strip("\x1e"), parse_constant=str)
        except (ValueError, RecursionError):
            rows.append(InvalidInput("row_no_json", row=number))
            continue
        if not isinstance(value, dict):
            rows.append(InvalidInput("row_no_json", row=number))
            continue
        columns.update(dict.fromkeys(value))
        rows.append(value)
    if not rows:
        raise InvalidInput("file_empty", path=str(source.path))
    return tuple(columns), iter(rows)


def cells_of(values: NDArray[Any]) -> list[Any]:
    """A column as plain Python values: None for NaN and NaT, ISO text for times."""
    if values.dtype.kind == "M":
        return [None if np.isnat(value) else str(np.datetime_as_string(value, timezone="naive")) for value in values]
    cells = values.tolist()
    return [None if cell is None or (isinstance(cell, float) and cell != cell) else cell for cell in cells]
