"""Tables of text, block by block: the quick parser where all rows are regular, Python's where one is not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from geo.bulk.ports import Chunk, FilePorts, Found
from geo.bulk.text import as_utf8, first_record, line_blocks, lines_before, record_blocks, sampled_lines
from geo.errors import GeoError, InvalidInput


class CsvSource:
    """A CSV or TSV file; its cells are texts as they stand, "" where a row ends early. Places are bytes.

    Parameters
    ----------
    work : folder for a copy in UTF-8, where one is needed
    """

    crs = None
    geometry = None

    def __init__(self, found: Found, ports: FilePorts, work: Path) -> None:
        self.name = str(found.path)
        self._path, start = as_utf8(found.path, work)
        first, _ = next(line_blocks(self._path, start), (b"", 0))
        text = first.decode("utf-8").lstrip("\r\n")
        self._delimiter = "\t" if found.path.suffix.lower() == ".tsv" else ports.delimiter_of(text)
        head, self.begin = first_record(self._path, start, self._delimiter)
        self.end = self._path.stat().st_size
        cells = next(iter(self._rows(head, 0)), None)
        if cells is None:
            raise InvalidInput("file_empty", path=self.name)
        names = ports.header_of(list(cells), found)
        self.schema = pa.schema([pa.field(name, pa.string()) for name in names])
        # Office programs leave empty columns at the end: their cells are read and must be empty.
        self._spare = len(cells) - len(names)

    def chunks(self, start: int, row: int) -> Iterator[Chunk]:
        """The rows from byte `start` on."""
        width = len(self.schema) + self._spare
        at = start
        for block, end, odd in record_blocks(self._path, start, self._delimiter, width):
            batch = None if odd else self._quick(block)
            chunk = self._slow(block, at, end, row) if batch is None else Chunk(batch, end)
            row += chunk.batch.num_rows
            at = end
            if chunk.batch.num_rows:
                yield chunk

    def sample(self, rows: int) -> Iterator[Any]:
        """Rows of some places spread over the file; lines alone part them, so that a few may be cut wrongly."""
        for lines in sampled_lines(self._path, self.begin, self.end, rows):
            try:
                batch = self._slow(lines, 0, 0, 0).batch
            except InvalidInput:
                continue
            if batch.num_rows:
                yield batch

    def _quick(self, block: bytes) -> Any:
        """A block of regular rows; None if the columns beyond the header are not empty."""
        count = len(self.schema)
        names = [str(k) for k in range(count + self._spare)]
        table = pacsv.read_csv(
            pa.BufferReader(block),
            read_options=pacsv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False),
            parse_options=pacsv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        ).combine_chunks()
        if any(pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py() for column in table.columns[count:]):
            return None
        columns = [
            pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
            for column in table.columns[:count]
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _slow(self, block: bytes, at: int, end: int, row: int) -> Chunk:
        names = self.schema.names
        width = len(names)
        columns: list[list[str]] = [[] for _ in names]
        faults: dict[int, GeoError] = {}
        before: int | None = None
        for count, cells in enumerate(reader := self._rows(block, at)):
            if any(cell.strip() for cell in cells[width:]):
                before = lines_before(self._path, at) if before is None else before
                line = before + reader.line_num
                # The row keeps the cells that have a column; which of them slipped is for a person to say.
                faults[count] = InvalidInput(
                    "row_too_long",
                    row=row + count + 1,
                    line=line,
                    got=len(cells),
                    wanted=width,
                    surplus=self._delimiter.join(cells[width:]),
                )
            for column, cell in zip(columns, cells + [""] * (width - len(cells)), strict=False):
                column.append(cell)
        arrays = [pa.array(column, type=pa.string()) for column in columns]
        return Chunk(pa.RecordBatch.from_arrays(arrays, schema=self.schema), end, faults)

    def _rows(self, block: bytes, at: int) -> _Reader:
        return _Reader(block, self._delimiter, self._path, at)


class _Reader:
    """The records of a block that are not blank; `line_num` lines of it have been read."""

    def __init__(self, block: bytes, delimiter: str, path: Path, at: int) -> None:
        self._reader = csv.reader(io.StringIO(block.decode("utf-8"), newline=""), delimiter=delimiter, strict=True)
        self._path, self._at = path, at

    @property
    def line_num(self) -> int:
        """Lines read so far."""
        return self._reader.line_num

    def __iter__(self) -> Iterator[list[str]]:
        try:
            for cells in self._reader:
                if cells:
                    yield cells
        except csv.Error as error:
            line = lines_before(self._path, self._at) + self._reader.line_num
            raise InvalidInput("table_broken", path=str(self._path), line=line, detail=str(error)) from error
