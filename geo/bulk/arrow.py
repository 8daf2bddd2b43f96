"""One pure function: a record batch of points in, the same rows with their grids out. All that streams goes by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.bulk import micro
from geo.bulk.grids import Grids
from geo.bulk.points import is_text, numbers, plain, point_columns
from geo.crs import Systems
from geo.errors import GeoError, InvalidInput
from geo.messages import Lang, say
from geo.service.columns import OUTSIDE, STATUS, Columns, locate_columns, locate_mixed_columns

# The columns that are added; a column of the input with such a name is kept under another.
ADDED: Final = ("grid", "grid_name", "status", "plan", "shift_m", "border_m", "note")
_WORDS: Final = pa.dictionary(pa.int32(), pa.string())
_TYPES: Final = (
    _WORDS,
    _WORDS,
    pa.dictionary(pa.int8(), pa.string()),
    pa.int64(),
    pa.float64(),
    pa.float64(),
    pa.string(),
)
_STATUS: Final = pa.array(STATUS, type=pa.string())


@dataclass(frozen=True)
class Asked:
    """Where the coordinates of a batch stand, and how they are to be answered.

    Attributes
    ----------
    geometry : the column with points; None if the columns `lon` and `lat` hold them
    crs : of every row; None if `crs_field` names it for each
    crs_field : column with the reference system of each row; where it is empty `crs` holds, if there is one
    lang : of the column `note`
    border : False leaves `border_m` empty; to measure it is nine tenths of the work
    words : True writes codes and words as plain texts instead of dictionaries (what Spark wants)
    micro : True adds the columns of `geo.bulk.micro`; the grids have to hold its doors then
    systems : local systems that the column `crs_field` may name
    """

    geometry: str | None = None
    lon: str | None = None
    lat: str | None = None
    crs: str | None = None
    crs_field: str | None = None
    lang: Lang = "zh"
    border: bool = True
    words: bool = False
    micro: bool = False
    systems: Systems = field(default_factory=Systems)

    def added(self) -> tuple[tuple[str, Any], ...]:
        """Names and types of the columns that are added."""
        more = zip(micro.ADDED, micro.TYPES, strict=True) if self.micro else ()
        return (*zip(ADDED, _TYPES, strict=True), *more)


def located_schema(schema: Any, asked: Asked) -> Any:
    """The schema of what `locate_batch` makes of batches with `schema`."""
    names, added = set(schema.names), asked.added()
    taken = {name for name, _ in added}
    fields = []
    for given in schema:
        name = given.name
        while name in taken or (name != given.name and name in names):
            name += "_in"
        fields.append(given.with_name(name))
    fields += [
        pa.field(name, pa.string() if asked.words and pa.types.is_dictionary(kind) else kind) for name, kind in added
    ]
    metadata = dict(schema.metadata or {})
    if any(field.name != old for field, old in zip(fields, schema.names, strict=False)):
        metadata.pop(b"pandas", None)  # it tells of columns by names that they no longer have
    return pa.schema(fields, metadata=metadata)


def locate_batch(batch: Any, grids: Grids, asked: Asked, faults: Mapping[int, GeoError] | None = None) -> Any:
    """The rows of `batch` in their order, with the columns `ADDED` after their own.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    faults : rows that could not be read, by position, with the reason

    Raises
    ------
    InvalidInput
        A column of coordinates holds neither numbers nor texts.
    InvalidCrs
        `asked.crs` is unknown, and no column names another.
    """
    x, y, bad = coordinates(batch, asked)
    bad |= dict(faults or {})
    if bad:
        rows = np.fromiter(bad, dtype=np.intp)
        x, y = x.copy(), y.copy()
        x[rows] = y[rows] = np.nan
    found = _ask(batch, grids, asked, x, y)
    more: list[Any] = []
    why: tuple[Any, Sequence[str]] | None = None
    if asked.micro:
        assert grids.micro is not None
        more, reason, sentences = grids.micro.ask(found, asked.lang)
        why = reason, sentences
    columns = [
        grids.code_column(found.grid),
        grids.name_column(found.grid),
        pa.DictionaryArray.from_arrays(pa.array(found.status.astype(np.int8)), _STATUS),
        pa.array(np.full(len(found), grids.plan, dtype=np.int64)),
        pa.array(found.shift_m, from_pandas=True),
        pa.nulls(len(found), pa.float64()) if found.border_m is None else pa.array(found.border_m, from_pandas=True),
        _notes(found, bad, asked.lang, why, _cells(batch, asked)),
        *more,
    ]
    schema = located_schema(batch.schema, asked)
    if asked.words:
        columns = [plain(column) for column in columns]
    return pa.RecordBatch.from_arrays([*batch.columns, *columns], schema=schema)


def coordinates(batch: Any, asked: Asked) -> tuple[Any, Any, dict[int, GeoError]]:
    """x, y float64 (n,) of a batch, and the rows whose geometry is no point."""
    if asked.geometry is not None:
        x, y, other = point_columns(batch.column(asked.geometry))
        return x, y, dict(other)
    assert asked.lon is not None
    assert asked.lat is not None
    x, y = (numbers(batch.column(name), field=name) for name in (asked.lon, asked.lat))
    return x, y, {}


def systems(batch: Any, asked: Asked) -> tuple[list[str], Any]:
    """The reference systems of the rows: their names, and the position of each row's among them (−1 for none)."""
    assert asked.crs_field is not None
    column = plain(batch.column(asked.crs_field))
    if not is_text(column.type):
        raise InvalidInput("bulk_crs_no_text", field=asked.crs_field, kind=str(column.type))
    column = pc.utf8_trim_whitespace(column)
    coded = pc.dictionary_encode(pc.if_else(pc.equal(column, ""), None, column))
    names = [asked.systems.resolve(name) for name in coded.dictionary.to_pylist()]
    position = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    if asked.crs is None:
        return names, position
    return [*names, asked.crs], np.where(position < 0, len(names), position)


def _ask(batch: Any, grids: Grids, asked: Asked, x: Any, y: Any) -> Columns:
    wanted = ("shift_m", "border_m") if asked.border else ("shift_m",)
    if asked.crs_field is None:
        return locate_columns(grids, x, y, crs=asked.crs or "", fields=wanted)
    names, position = systems(batch, asked)
    return locate_mixed_columns(grids, x, y, names=names, crs_of=position, fields=wanted)


def _cells(batch: Any, asked: Asked) -> tuple[Any, Any] | None:
    """The columns of coordinates if one is text: the cells are told then, since their numbers are only NaN."""
    if asked.lon is None or asked.lat is None:
        return None
    columns = plain(batch.column(asked.lon)), plain(batch.column(asked.lat))
    return columns if any(is_text(column.type) for column in columns) else None


def _notes(
    found: Columns, bad: Mapping[int, GeoError], lang: Lang, why: Any = None, cells: tuple[Any, Any] | None = None
) -> Any:
    """Why a row has no grid, or none of the micro-grids that were asked for, in words; "" where it has all."""
    sentences = ["", say("outside_all_grids", lang)]
    which = np.where(found.status == OUTSIDE, np.int32(1), np.int32(0))
    if why is not None:
        reason, told = why
        which = np.where(reason > 0, len(sentences) + reason.astype(np.int32), which)
        sentences += told
    if found.errors:
        known: dict[str, int] = {}
        for row, error in found.errors.items():
            text = _reason(
                bad.get(row, error), lang, None if cells is None else [column[row].as_py() for column in cells]
            )
            which[row] = known.setdefault(text, len(sentences))
            if which[row] == len(sentences):
                sentences.append(text)
    return pa.DictionaryArray.from_arrays(pa.array(which), pa.array(sentences)).dictionary_decode()


def _reason(error: GeoError, lang: Lang, cells: Sequence[Any] | None = None) -> str:
    if error.code != "coordinate_not_finite":
        return error.message(lang)
    # Cells without coordinates are no wrong coordinate; of others people know what stands in the file.
    values = cells or (error.context.get("lon"), error.context.get("lat"))
    if all(value != value or value is None or not str(value).strip() for value in values):
        return say("point_missing", lang)
    lon, lat = ("-" if value is None or value != value else str(value).strip() or "-" for value in values)
    return say("coordinate_not_finite", lang, lon=lon, lat=lat)
