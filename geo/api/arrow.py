"""Arrow IPC streams of points in, of answers out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.api.batch import column, reason_of
from geo.api.batch_more import (
    MICRO_FIELDS,
    NOTE_FIELDS,
    More,
    check_doubts,
    level_of,
    overlap_rows,
    told,
    wants_micro,
    words_of,
)
from geo.api.batch_read import ARROW_POINTS_MOST, Asked, check_count, each_accuracy, read_fields
from geo.api.locate_schemas import BatchQuery
from geo.errors import InvalidInput
from geo.messages import Lang
from geo.service.batch_more import NOTES, Micros, Notes, micro_reasons
from geo.service.chain_columns import CHAIN
from geo.service.columns import STATUS, Columns
from geo.service.context import Net

MEDIA_TYPE: Final = "application/vnd.apache.arrow.stream"

# With this the other form of Arrow IPC begins, the file (Feather), which ends with an index.
_FILE_MAGIC: Final = b"ARROW1"

Floats = NDArray[np.float64]


def read_arrow(body: bytes, query: BatchQuery) -> Asked:
    """An Arrow body with what its query says."""
    fields = None if query.fields is None else [name.strip() for name in query.fields.split(",")]
    read_fields(fields)  # refused before anything is read
    doors = fields is not None and wants_micro(tuple(fields))  # whoever asks for none may send such columns along
    columns = read_points(body, doors=doors)
    x, y = columns["lon"], columns["lat"]
    radius = each_accuracy(columns.get("accuracy_m"), query.accuracy_m, len(x))
    named = read_fields(fields, accuracy=radius is not None)
    check_doubts(len(x), named)
    stairwell, floor = columns.get("stairwell"), columns.get("floor")
    return Asked(x, y, query.crs, named, query.as_of, query.force, radius, stairwell, floor)


def read_points(body: bytes, *, doors: bool = False) -> dict[str, NDArray[Any]]:
    """The columns `lon` and `lat` of a stream and, if it has one, `accuracy_m`: float64 (n,), NaN where a row has none.

    With `doors` also `floor`, alike, and `stairwell`, object (n,), None where a row has none.

    Raises
    ------
    InvalidInput
        It is no Arrow stream, breaks off or goes on after its end, lacks a column, holds other than numbers, is
        compressed, or holds too many points.
    """
    if body.startswith(_FILE_MAGIC):
        raise InvalidInput("arrow_file")
    columns: dict[str, list[NDArray[Any]]] = {"lon": [], "lat": []}
    count = 0
    try:
        _check_messages(body)
        with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
            more = ("accuracy_m", "floor", "stairwell") if doors else ("accuracy_m",)
            columns |= {name: [] for name in more if name in reader.schema.names}
            for name in columns:
                _check_column(reader.schema, name)
            for batch in reader:
                batch.validate()  # a column may claim more rows than its bytes hold
                count += batch.num_rows
                check_count(count, ARROW_POINTS_MOST)
                for name, parts in columns.items():
                    read = _texts_in if name == "stairwell" else _floats
                    parts.append(read(batch.column(name)))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidInput("arrow_unreadable", why=str(error).splitlines()[0][:200]) from None
    return {
        name: parts[0] if len(parts) == 1 else np.concatenate([np.empty(0), *parts]) for name, parts in columns.items()
    }


def _check_messages(body: bytes) -> None:
    """Refuse compressed buffers before they are opened: a few bytes could stand for gigabytes. And what has no end.

    Nothing of pyarrow says so beforehand, so the messages' own tables are read (Arrow columnar format, Message.fbs).
    A stream that breaks off between two batches reads like a whole one, but for the mark at its end (IPC streaming
    format, "EOS"), over which the reader passes.
    """
    source, past = pa.BufferReader(body), 0
    for message in pa.ipc.MessageReader.open_stream(source):
        past = source.tell()
        table = memoryview(message.metadata)
        header = _field(table, int.from_bytes(table[:4], "little"), 2)
        if message.type == "dictionary":
            header = None if header is None else _field(table, header, 1)
        if message.type != "schema" and header is not None and _field(table, header, 3) is not None:
            raise InvalidInput("arrow_compressed")
    if source.tell() == past:
        raise InvalidInput("arrow_cut", got=len(body))
    if source.tell() < len(body):
        raise InvalidInput("arrow_after_end", more=len(body) - source.tell())


def _field(data: memoryview, table: int, number: int) -> int | None:
    """Where the table is that a field of the flatbuffer table at `table` points to; None where it is not set."""
    vtable = table - int.from_bytes(data[table : table + 4], "little", signed=True)
    if 4 + 2 * number >= int.from_bytes(data[vtable : vtable + 2], "little"):
        return None
    offset = int.from_bytes(data[vtable + 4 + 2 * number : vtable + 6 + 2 * number], "little")
    at = table + offset
    return None if offset == 0 else at + int.from_bytes(data[at : at + 4], "little")


def _check_column(schema: Any, name: str) -> None:
    places = schema.get_all_field_indices(name)
    if len(places) != 1:
        raise InvalidInput("arrow_column", field=name, got=", ".join(schema.names)[:200])
    kind = schema.field(places[0]).type
    if name == "stairwell":
        inner = kind.value_type if pa.types.is_dictionary(kind) else kind
        texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_null)
        if not any(fits(inner) for fits in texts):
            raise InvalidInput("arrow_stairwell_type", got=str(kind)[:80])
    elif not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise InvalidInput("arrow_column_type", field=name, got=str(kind)[:80])


def _texts_in(values: Any) -> NDArray[np.object_]:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return np.asarray(values.cast(pa.string()).to_numpy(zero_copy_only=False), dtype=object)


def _floats(values: Any) -> Floats:
    if values.type != pa.float64():
        values = values.cast(pa.float64(), safe=False)  # what is rounded so is no coordinate: a bad row, not a bad body
    return np.asarray(values.to_numpy(zero_copy_only=not values.null_count), dtype=np.float64)


def write_arrow(net: Net, asked: Asked, found: Columns, more: More, lang: Lang) -> memoryview:
    """The answer as a stream of one batch: the fields asked for and `error`, a sentence where a row is bad.

    The plan and the system that the points were given in are in the metadata of the schema.
    """
    columns = {name: _column(net, found, more, name) for name in asked.fields}
    columns["error"] = _errors(found, lang)
    metadata = {"plan": str(net.plan.id), "crs": asked.crs}
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns)).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return memoryview(sink.getvalue())  # sent from where it stands


def _column(net: Net, found: Columns, more: More, name: str) -> Any:
    if name in NOTE_FIELDS:
        assert more.notes is not None
        return _note_column(net, more.notes, name, len(found))
    if name in MICRO_FIELDS:
        assert more.micros is not None
        return _micro_column(more.micros, name)
    if name in CHAIN:
        assert more.chains is not None
        return _words(more.chains[level_of(name)], words_of(net, name))
    if name == "overlap":
        return pa.array(overlap_rows(net, more), pa.list_(pa.utf8()))
    if name == "status":
        return pa.DictionaryArray.from_arrays(pa.array(found.status.astype(np.int8)), _STATUS)
    if name in ("grid", "grid_name", "nearest_grid"):
        index = found.nearest if name == "nearest_grid" else found.grid
        assert index is not None
        outside = index < 0
        return _texts(net, name).take(pa.array(index, mask=outside if outside.any() else None))
    values = column(found, name)
    missing = bool(found.errors) or name in ("border_m", "nearest_m")
    return pa.array(values, from_pandas=missing)  # NaN becomes null


def _note_column(net: Net, notes: Notes, name: str, count: int) -> Any:
    if name == "note":
        return _words(notes.note, NOTES)
    if name == "accuracy_m":
        return pa.array(notes.accuracy_m, from_pandas=True)
    start, rows = told(net, notes, count=count)
    none = pa.array(start[1:] == start[:-1])
    return pa.ListArray.from_arrays(pa.array(start), pa.array(rows, _CANDIDATE), mask=none)


def _micro_column(micros: Micros, name: str) -> Any:
    if name == "micro":
        return _words(micros.micro, micros.codes)
    return _words(micros.reason, micro_reasons()) if name == "micro_note" else pa.array(micros.metres, from_pandas=True)


def _words(index: NDArray[Any], words: Sequence[str]) -> Any:
    """Words by position, −1 for none."""
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), pa.array(words, pa.utf8()))


def _texts(net: Net, name: str) -> Any:
    key = ("arrow", "grid_name" if name == "grid_name" else "grid")
    if key not in net.prepared:
        net.prepared[key] = pa.array([grid.name if name == "grid_name" else grid.code for grid in net.grids], pa.utf8())
    return net.prepared[key]


def _errors(found: Columns, lang: Lang) -> Any:
    if not found.errors:
        return pa.nulls(len(found), pa.utf8())
    return pa.array(
        [reason_of(found.errors[k]).message(lang) if k in found.errors else None for k in range(len(found))], pa.utf8()
    )


_CANDIDATE: Final = pa.struct({"grid": pa.utf8(), "name": pa.utf8(), "probability": pa.float64()})
_STATUS: Final = pa.array(STATUS, pa.utf8())
