"""POST /v1/geocode with rows of a table: lines of JSON or CSV in, the same out with the outcome added."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from geo.api.geocode_bodies import ROWS_MOST
from geo.errors import GeoError, InvalidInput
from geo.messages import Lang
from geo.model import Geocoded
from geo.service.geocode_many import COLUMNS, cells_of, cells_of_error

LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
CSV: Final = ("text/csv",)

Read = Callable[[Sequence[str]], Sequence[Geocoded]]


def check_rows(count: int) -> None:
    """Refuse more rows than one request may have."""
    if count > ROWS_MOST:
        raise InvalidInput("geocode_too_many", count=count, most=ROWS_MOST)


def answer_lines(body: bytes, field: str, read: Read, lang: Lang) -> bytes:
    """Lines of JSON objects with a text in `field`."""
    lines = [line for line in _decoded(body).split("\n") if line.strip("\r\t ")]
    check_rows(len(lines))
    objects: list[dict[str, Any]] = []
    texts: list[str | GeoError] = []
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            objects.append({"line": line})
            texts.append(InvalidInput("row_no_json", row=number))
        else:
            objects.append(value)
            texts.append(_text(value.get(field), number, field))
    rows = _answers(texts, read, lang)
    return b"".join(
        json.dumps({**one, **dict(zip(COLUMNS, row, strict=True))}, ensure_ascii=False).encode("utf-8", "replace")
        + b"\n"
        for one, row in zip(objects, rows, strict=True)
    )


def answer_csv(body: bytes, field: str, read: Read, lang: Lang) -> bytes:
    """A CSV table with a header and a text in the column `field`."""
    try:
        lines = [cells for cells in csv.reader(io.StringIO(_decoded(body), newline=""), strict=True) if cells]
    except csv.Error as error:
        raise InvalidInput("geocode_csv_broken", detail=str(error)) from None
    header = [name.strip() for name in lines[0]] if lines else []
    if field not in header:
        raise InvalidInput("geocode_no_column", field=field, columns=", ".join(header)[:200] or "-")
    check_rows(len(lines) - 1)
    at = header.index(field)
    texts: list[str | GeoError] = [
        InvalidInput("geocode_row_long", row=number, got=len(cells), wanted=len(header))
        if len(cells) > len(header)
        else (cells[at] if at < len(cells) else "")
        for number, cells in enumerate(lines[1:], start=1)
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*header, *COLUMNS])
    for cells, row in zip(lines[1:], _answers(texts, read, lang), strict=True):
        writer.writerow([*(cells + [""] * (len(header) - len(cells)))[: len(header)], *row])
    return out.getvalue().encode("utf-8", "replace")


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("geocode_no_utf8", at=error.start) from None


def _text(value: Any, row: int, field: str) -> str | GeoError:
    if value is None:
        return ""
    return value if isinstance(value, str) else InvalidInput("geocode_no_text", row=row, field=field)


def _answers(texts: Sequence[str | GeoError], read: Read, lang: Lang) -> list[tuple[Any, ...]]:
    found = iter(read([text for text in texts if isinstance(text, str)]))
    return [cells_of(next(found), lang) if isinstance(text, str) else cells_of_error(text, lang) for text in texts]
