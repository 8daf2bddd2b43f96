"""Tables of any length with a column of texts: read in pieces, written with columns added, row by row in order."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from geo.errors import GeoError, InvalidInput
from geo.files.beside import beside
from geo.files.cells import word_of
from geo.files.names import Source, find_source, kind_of, unknown_field
from geo.files.sniff import check_file
from geo.files.text import delimiter_of, header_of
from geo.files.write import harmless

Text = str | GeoError
Answer = Callable[[Sequence[Text]], Sequence[Sequence[Any]]]
Progress = Callable[[int, float | None], None]

_PIECE: Final = 1 << 20


def add_columns(
    name: str,
    out: Path,
    *,
    text: str,
    names: Sequence[str],
    answer: Answer,
    chunk: int,
    progress: Progress | None = None,
) -> int:
    """Write the rows of a CSV file, of lines of JSON or of a Parquet file again, each with more columns.

    Parameters
    ----------
    text : the column whose texts are handed over
    names : of the new columns; one that is taken gets a number
    answer : texts of some rows, or the error of a row that cannot be read -> the new cells of each
    chunk : how many rows are held in memory
    progress : told the rows done and the share of the file

    Returns
    -------
    int
        How many rows there are.

    Raises
    ------
    InvalidInput
        The file is of another kind than `out`, damaged, or has no such column.
    """
    source = find_source(name)
    check_file(source)
    kind = kind_of(out)
    if source.kind not in _WRITERS:
        raise InvalidInput("texts_kind", path=str(source.path), kinds=".csv, .tsv, .txt, .ndjson, .jsonl, .parquet")
    if kind != source.kind:
        raise InvalidInput("texts_out_kind", path=str(out), ending=source.path.suffix)
    with beside(out) as target:
        return _WRITERS[source.kind](source, target, text, names, answer, chunk, progress)


def _csv(
    source: Source,
    target: Path,
    text: str,
    names: Sequence[str],
    answer: Answer,
    chunk: int,
    progress: Progress | None,
) -> int:
    size = source.path.stat().st_size or 1
    with source.path.open("rb") as raw, target.open("w", encoding="utf-8-sig", newline="") as out:
        lines = io.TextIOWrapper(raw, encoding_of(source.path), newline="")
        first = lines.readline()
        delimiter = "\t" if source.path.suffix.lower() == ".tsv" else delimiter_of(first)
        reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        rows = _csv_rows(reader, source)
        header = header_of(next(rows, (0, []))[1], source)
        if text not in header:
            raise unknown_field(text, header, source=str(source.path))
        at = header.index(text)
        writer = csv.writer(out, delimiter="\t" if target.suffix.lower() == ".tsv" else ",")
        writer.writerow([*header, *free_names(names, header)])
        done = 0
        while some := list(islice(rows, chunk)):
            texts = [_cell(cells, at, done + k, line, header) for k, (line, cells) in enumerate(some, start=1)]
            for (_, cells), more in zip(some, answer(texts), strict=True):
                padded = (cells + [""] * (len(header) - len(cells)))[: len(header)]
                writer.writerow([*padded, *(harmless(value) for value in more)])
            done += len(some)
            if progress:
                progress(done, min(raw.tell() / size, 1.0))
        return done


def _cell(cells: list[str], at: int, row: int, line: int, header: Sequence[str]) -> Text:
    surplus = [cell for cell in cells[len(header) :] if cell.strip()]
    if surplus:
        return InvalidInput(
            "row_too_long", row=row, line=line, got=len(cells), wanted=len(header), surplus=",".join(surplus)
        )
    return cells[at] if at < len(cells) else ""


def _csv_rows(reader: Any, source: Source) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, each with the number of its (last) line: a chunk is read before it is answered."""
    try:
        yield from ((reader.line_num, cells) for cells in reader if cells)
    except csv.Error as error:
        raise InvalidInput("table_broken", path=str(source.path), line=reader.line_num, detail=str(error)) from error


def _lines(
    source: Source,
    target: Path,
    text: str,
    names: Sequence[str],
    answer: Answer,
    chunk: int,
    progress: Progress | None,
) -> int:
    """Lines of JSON; a line that is no object is kept as text under "line"."""
    size = source.path.stat().st_size or 1
    known = False
    with source.path.open("rb") as raw, target.open("w", encoding="utf-8", newline="") as out:
        # A line ends at a line feed alone: a text may hold other breaks.
        lines = io.TextIOWrapper(raw, encoding_of(source.path), newline="\n")
        rows = (line.strip("\x1e \t\r\n") for line in lines)
        rows = (line for line in rows if line)
        done = 0
        while some := list(islice(rows, chunk)):
            objects = [_object(line) for line in some]
            known = known or any(text in row for row in objects if row is not None)
            texts = [
                InvalidInput("row_no_json", row=done + k) if row is None else word_of(row.get(text)) or ""
                for k, row in enumerate(objects, start=1)
            ]
            if not known and any(row is not None for row in objects):
                raise unknown_field(text, next(tuple(row) for row in objects if row is not None), source=str(source))
            for line, row, more in zip(some, objects, answer(texts), strict=True):
                whole = {"line": line} if row is None else row
                added = dict(zip(free_names(names, tuple(whole)), more, strict=True))
                out.write(json.dumps({**whole, **added}, ensure_ascii=False) + "\n")
            done += len(some)
            if progress:
                progress(done, min(raw.tell() / size, 1.0))
        return done


def _object(line: str) -> Mapping[str, Any] | None:
    value = None
    with suppress(ValueError, RecursionError):
        value = json.loads(line, parse_constant=str)
    return value if isinstance(value, dict) else None


def _parquet(
    source: Source,
    target: Path,
    text: str,
    names: Sequence[str],
    answer: Answer,
    chunk: int,
    progress: Progress | None,
) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(source.path) as file:
            schema = file.schema_arrow
            if text not in schema.names:
                raise unknown_field(text, schema.names, source=str(source.path))
            kinds = [pa.float64() if name.endswith(("_confidence", "_lon", "_lat")) else pa.string() for name in names]
            free = free_names(names, schema.names)
            whole = schema
            for name, kind in zip(free, kinds, strict=True):
                whole = whole.append(pa.field(name, kind))
            done, total = 0, file.metadata.num_rows or 1
            with pq.ParquetWriter(target, whole) as writer:
                for batch in file.iter_batches(batch_size=chunk):
                    cells = answer([word_of(value) or "" for value in batch.column(text).to_pylist()])
                    columns = list(zip(*cells, strict=True)) if cells else [()] * len(names)
                    added = [pa.array(list(column), kind) for column, kind in zip(columns, kinds, strict=True)]
                    writer.write_batch(pa.record_batch([*batch.columns, *added], schema=whole))
                    done += batch.num_rows
                    if progress:
                        progress(done, done / total)
            return done
    except pa.ArrowException as error:
        raise InvalidInput("file_damaged", path=str(source.path)) from error


_WRITERS: Final = {"table": _csv, "lines": _lines, "GeoParquet": _parquet}


def free_names(names: Sequence[str], taken: Sequence[str]) -> tuple[str, ...]:
    """`names` with a number where one is taken, regardless of case."""
    folded = {name.casefold() for name in taken}
    return tuple(
        next(word for k in range(len(folded) + 1) if (word := f"{n}{k or ''}").casefold() not in folded) for n in names
    )


def encoding_of(path: Path) -> str:
    """The encoding of a text file, by all of it: UTF-8 with or without its mark, UTF-16 with its mark, else GB18030.

    Raises
    ------
    InvalidInput
        It is none of these.
    """
    with path.open("rb") as file:
        marked = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise InvalidInput("file_encoding_unknown", path=str(path))
