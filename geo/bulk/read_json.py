"""Lines of JSON objects: one look at all lines for the columns and their types, then batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa

from geo.bulk.ports import Chunk, Found
from geo.bulk.text import as_utf8, line_blocks, sampled_lines
from geo.errors import GeoError, InvalidInput

# Marks a column whose cells are texts of JSON: arrays, objects, or values of several kinds.
JSON_MARK: Final = {b"geo:json": b"1"}
_KINDS: Final[Mapping[type, Any]] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
}
_BIG: Final = 1 << 63
_TOLD: Final = 80


class JsonSource:
    """NDJSON with one column a member; a line that is no object keeps its place. Places are bytes."""

    crs = None
    geometry = None

    def __init__(self, found: Found, work: Path) -> None:
        self.name = str(found.path)
        self._path, self.begin = as_utf8(found.path, work)
        self.end = self._path.stat().st_size
        kinds: dict[str, set[type]] = {}
        lines = 0
        for block, _ in line_blocks(self._path, self.begin):
            for value in _values(block):
                lines += 1
                for name, cell in value.items() if isinstance(value, dict) else ():
                    kinds.setdefault(name, set()).add(_kind(cell))
        if not lines:
            raise InvalidInput("file_empty", path=self.name)
        self.schema = pa.schema([_field(name, found) for name, found in kinds.items()])

    def chunks(self, start: int, row: int) -> Iterator[Chunk]:
        """The rows from byte `start` on."""
        for block, end in line_blocks(self._path, start):
            values = list(_values(block))
            if values:
                faults: dict[int, GeoError] = {
                    k: InvalidInput("bulk_row_no_json", row=row + k + 1, text=value)
                    for k, value in enumerate(values)
                    if isinstance(value, str)
                }
                yield Chunk(self._batch(values), end, faults)
                row += len(values)

    def sample(self, rows: int) -> Iterator[Any]:
        """Rows of some places spread over the file."""
        for lines in sampled_lines(self._path, self.begin, self.end, rows):
            values = [value for value in _values(lines) if isinstance(value, dict)]
            if values:
                yield self._batch(values)

    def _batch(self, values: Sequence[Any]) -> Any:
        columns = []
        for field in self.schema:
            cells = [value.get(field.name) if isinstance(value, dict) else None for value in values]
            if field.metadata:
                cells = [None if cell is None else _text(cell) for cell in cells]
            columns.append(pa.array(cells, type=field.type))
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def is_features(found: Found, work: Path) -> bool:
    """Whether the lines are GeoJSON features, by the first of them."""
    path, start = as_utf8(found.path, work)
    for block, _ in line_blocks(path, start):
        for value in _values(block[: block.find(b"\n") + 1] or block):
            return isinstance(value, dict) and value.get("type") == "Feature" and "geometry" in value
    return False


def _values(block: bytes) -> Iterator[dict[str, Any] | str]:
    """The object of each line that is not blank; of what is none the beginning of its text."""
    for line in block.split(b"\n"):
        text = line.strip(b"\x1e \t\r")
        if not text:
            continue
        try:
            value = orjson.loads(text)
        except ValueError:
            try:  # NaN and Infinity are no JSON, yet many programs write them
                value = json.loads(text, parse_constant=str)
            except (ValueError, RecursionError):
                value = None
        yield value if isinstance(value, dict) else text.decode("utf-8", "replace")[:_TOLD]


def _kind(cell: Any) -> type:
    if isinstance(cell, int) and not isinstance(cell, bool) and not -_BIG <= cell < _BIG:
        return float
    return type(cell)


def _field(name: str, found: set[type]) -> Any:
    kinds = found - {type(None)}
    if kinds == {int, float}:
        kinds = {float}
    if not kinds:
        return pa.field(name, pa.string())
    kind = _KINDS.get(next(iter(kinds))) if len(kinds) == 1 else None
    return pa.field(name, pa.string(), metadata=JSON_MARK) if kind is None else pa.field(name, kind)


def _text(cell: Any) -> str:
    return json.dumps(cell, ensure_ascii=False, separators=(",", ":"))
