"""Parquet, row group by row group, and Arrow IPC (Feather), record batch by record batch."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from geo import crs as crs_
from geo.bulk.ports import BATCH_ROWS, Chunk
from geo.errors import InvalidCrs, InvalidInput

# Columns are read through a window of this size: a row group need not fit in memory.
_WINDOW: Final = 1 << 20
_SHIFT: Final = 32
_ARROW_MARK: Final = b"ARROW1"


class ParquetSource:
    """One Parquet file, or several of one schema as if they were one. Places are rows."""

    begin = 0

    def __init__(self, paths: Sequence[Path]) -> None:
        self.name = str(paths[0])
        self._files = [_open(path) for path in paths]
        self.schema = self._files[0].schema_arrow
        for path, file in zip(paths, self._files, strict=True):
            if not file.schema_arrow.equals(self.schema):
                raise InvalidInput("bulk_schemas_differ", path=str(path), first=self.name)
        self.geometry, self.crs = geometry_of(self.schema, self.name)
        # (file, row group, rows) in order
        self.groups = [
            (k, g, file.metadata.row_group(g).num_rows)
            for k, file in enumerate(self._files)
            for g in range(file.metadata.num_row_groups)
        ]
        self.end = sum(rows for _, _, rows in self.groups)

    def chunks(self, start: int, row: int) -> Iterator[Chunk]:
        """The rows from row `start` on."""
        del row
        before = 0
        for k, g, rows in self.groups:
            if before + rows > start:
                skip = max(start - before, 0)
                for batch in parquet_batches(self._files[k], [g]):
                    left = min(skip, batch.num_rows)
                    skip -= left
                    before += batch.num_rows
                    if left < batch.num_rows:
                        yield Chunk(batch.slice(left), before)
            else:
                before += rows

    def sample(self, rows: int) -> Iterator[Any]:
        """The first rows of row groups spread over the file."""
        step = max(1, len(self.groups) // 8)
        for k, g, _ in self.groups[::step]:
            yield from itertools.islice(parquet_batches(self._files[k], [g], rows // 8 + 1), 1)


def _open(path: Path) -> Any:
    try:
        return pq.ParquetFile(path, buffer_size=_WINDOW, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput("file_damaged", path=str(path)) from error


def parquet_batches(file: Any, groups: Sequence[int], rows: int = BATCH_ROWS) -> Iterator[Any]:
    """Some row groups as record batches of `rows` rows at most."""
    try:
        yield from file.iter_batches(batch_size=rows, row_groups=list(groups), use_threads=True)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput("file_damaged", path=str(getattr(file, "name", ""))) from error


class ArrowSource:
    """An Arrow IPC file or stream. A place is the number of a record batch and, in its low bits, a row of it."""

    begin = 0

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        with path.open("rb") as file:
            self._is_file = file.read(len(_ARROW_MARK)) == _ARROW_MARK
        reader, _ = self._reader()
        self.schema = reader.schema
        self.geometry, self.crs = geometry_of(self.schema, self.name)
        self.end = reader.num_record_batches << _SHIFT if self._is_file else 0

    def chunks(self, start: int, row: int) -> Iterator[Chunk]:
        """The rows from place `start` on."""
        del row
        first, skip = start >> _SHIFT, start & ((1 << _SHIFT) - 1)
        for number, batch in self._batches(first):
            for at in range(skip, batch.num_rows, BATCH_ROWS):
                piece = batch.slice(at, BATCH_ROWS)
                after = at + piece.num_rows
                last = after == batch.num_rows
                yield Chunk(piece, (number + 1) << _SHIFT if last else (number << _SHIFT) + after)
            skip = 0

    def sample(self, rows: int) -> Iterator[Any]:
        """The first rows of record batches spread over the file; of a stream its beginning."""
        count = self.end >> _SHIFT
        if not self._is_file:
            yield from (batch.slice(0, rows) for _, batch in itertools.islice(self._batches(0), 1))
            return
        reader, _ = self._reader()
        for number in range(0, count, max(1, count // 8)):
            yield reader.get_batch(number).slice(0, rows // 8 + 1)

    def _reader(self) -> tuple[Any, Any]:
        """The reader, and the file that it reads from."""
        try:
            # Not memory-mapped: pages of the file would count as memory of ours.
            file = pa.OSFile(str(self._path), "rb")
            return (pa.ipc.open_file(file) if self._is_file else pa.ipc.open_stream(file)), file
        except (pa.ArrowException, OSError) as error:
            raise InvalidInput("file_damaged", path=self.name) from error

    def _batches(self, first: int) -> Iterator[tuple[int, Any]]:
        reader, file = self._reader()
        try:
            if self._is_file:
                for number in range(first, reader.num_record_batches):
                    yield number, reader.get_batch(number)
                return
            past = file.tell()
            for number, batch in enumerate(reader):
                past = file.tell()
                if number >= first:
                    yield number, batch
            # A stream that breaks off between two batches reads like a whole one, but for the mark at its end.
            cut = file.tell() == past or file.tell() < file.size()
        except (pa.ArrowException, OSError) as error:
            raise InvalidInput("file_damaged", path=self.name) from error
        if cut:
            raise InvalidInput("file_damaged", path=self.name)


def geometry_of(schema: Any, name: str) -> tuple[str | None, str | None]:
    """The column with the geometry and its reference system, by GeoParquet's metadata or GeoArrow's type names.

    Raises
    ------
    InvalidInput
        The metadata is damaged, or the geometry is in an encoding other than WKB and points.
    """
    try:
        geo = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        primary = geo.get("primary_column")
        about = geo["columns"][primary] if primary is not None else {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("file_damaged", path=name) from error
    if primary is not None:
        if (
            about.get("encoding") not in ("WKB", "point", "geoarrow.wkb", "geoarrow.point")
            or primary not in schema.names
        ):
            raise InvalidInput("parquet_encoding", path=name, encoding=about.get("encoding"))
        # The specification: no "crs" key means longitude, latitude of WGS84.
        return primary, crs_.WGS84 if "crs" not in about else _canonical(about["crs"])
    for field in schema:
        marks = field.metadata or {}
        if marks.get(b"ARROW:extension:name") in (b"geoarrow.wkb", b"ogc.wkb", b"geoarrow.point"):
            told = json.loads(marks.get(b"ARROW:extension:metadata") or b"{}")
            return field.name, _canonical(told.get("crs"))
    return None, None


def _canonical(crs: Any) -> str | None:
    if crs is None:
        return None
    try:
        return crs_.canonical(crs if isinstance(crs, str) else json.dumps(crs))
    except InvalidCrs:
        return None
