"""One pure function: a record batch of points in, the same rows with their grids out. All that streams goes by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo import crs as crs_
from geo.bulk import chain, doubts, micro, notes
from geo.bulk.grids import Grids
from geo.bulk.points import is_text, numbers, plain, point_columns, written_decimals
from geo.crs import Systems
from geo.errors import GeoError, InvalidCrs, InvalidInput
from geo.messages import Lang
from geo.service.columns import STATUS, UNLOCATED, Columns, locate_columns, locate_mixed_columns

# The columns that are added; a column of the input with such a name is kept under another.
ADDED: Final = ("grid", "grid_name", "status", "plan", "shift_m", "border_m", "note")
NEAREST: Final = ("nearest_grid", "nearest_m")
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
    stairwell, floor : columns that tell micro-grids at one place apart
    chain : True adds the areas, the base grid and the special grid of each row (`geo.bulk.chain`)
    nearest : True adds the nearest grid of points outside and how far it is
    accuracy_m, accuracy : radius of the location error of all rows, or the column that has it
    candidates : True adds the columns of `geo.bulk.doubts`, by the accuracy or else by the digits of the numbers
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
    stairwell: str | None = None
    floor: str | None = None
    chain: bool = False
    nearest: bool = False
    accuracy_m: float | None = None
    accuracy: str | None = None
    candidates: bool = False
    systems: Systems = field(default_factory=Systems)

    def added(self) -> tuple[tuple[str, Any], ...]:
        """Names and types of the columns that are added."""
        parts = (
            (True, ADDED, _TYPES),
            (self.chain, chain.ADDED, chain.TYPES),
            (self.nearest, NEAREST, (_WORDS, pa.float64())),
            (self.candidates, doubts.ADDED, doubts.TYPES),
            (self.micro, micro.ADDED, micro.TYPES),
        )
        return tuple(pair for wanted, names, types in parts if wanted for pair in zip(names, types, strict=True))


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
    accuracy, wrong = _accuracy(batch, asked)
    doors, wrong_doors = _doors(batch, asked)
    bad = {**wrong_doors, **wrong, **bad}
    if bad:
        rows = np.fromiter(bad, dtype=np.intp)
        x, y = x.copy(), y.copy()
        x[rows] = y[rows] = np.nan
    held = _systems_held(batch, asked)
    found = _ask(grids, asked, held, x, y, accuracy)
    told: list[notes.Notes] = [notes.outside_notes(grids, found, x, y, held.rows(), asked.lang)]
    if grids.index.overlaps:
        told.append(notes.overlap_notes(grids, found, asked.lang))
    columns = [
        grids.code_column(found.grid),
        grids.name_column(found.grid),
        pa.DictionaryArray.from_arrays(pa.array(found.status.astype(np.int8)), _STATUS),
        pa.array(np.full(len(found), grids.plan, dtype=np.int64)),
        pa.array(found.shift_m, from_pandas=True),
        pa.array(found.border_m, from_pandas=True) if asked.border else pa.nulls(len(found), pa.float64()),
    ]
    under = grids.under(found) if asked.chain or asked.micro else found.grid
    more = chain.chain_columns(grids, found, under) if asked.chain else []
    if asked.nearest:
        more += [grids.code_column(found.nearest), pa.array(found.nearest_m, from_pandas=True)]
    unsure, sentences = _doubts(batch, grids, asked, doubts.Given(x, y, held.degrees(len(x))), found, accuracy)
    more += unsure
    if asked.micro:
        added, reason, why = micro.micro_columns(grids, found, under, doors, asked.lang)
        more += added
        told.append((reason, why))
    told += sentences
    columns += [notes.written_notes(batch, asked, found, bad, told), *more]
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
    x = numbers(batch.column(asked.lon), field=asked.lon, axis="lon")
    y = numbers(batch.column(asked.lat), field=asked.lat, axis="lat")
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


@dataclass(frozen=True, eq=False)
class _Held:
    """The systems of the rows of a batch: `position` int (n,) in `names`, None if all are in the one."""

    names: list[str]
    position: Any

    def rows(self) -> list[tuple[str, Any]]:
        """The systems that are known, and the rows of each; None for all."""
        if self.position is None:
            return [(self.names[0], None)]
        known = [(k, name) for k, name in enumerate(self.names) if _is_known(name)]
        return [(name, np.flatnonzero(self.position == k)) for k, name in known]

    def degrees(self, count: int) -> Any:
        """Whether each row is in degrees, bool (n,)."""
        out = np.ones(count, dtype=np.bool_)
        for name, rows in self.rows():
            out[slice(None) if rows is None else rows] = crs_.is_geographic(name)
        return out


def _is_known(crs: str) -> bool:
    try:
        crs_.canonical(crs)
    except InvalidCrs:
        return False
    return True


def _systems_held(batch: Any, asked: Asked) -> _Held:
    if asked.crs_field is None:
        return _Held([asked.crs or ""], None)
    return _Held(*systems(batch, asked))


def _ask(grids: Grids, asked: Asked, held: _Held, x: Any, y: Any, accuracy: Any) -> Columns:
    wanted = ["shift_m"]
    # How probable other grids are depends on the way to the border, so that it is measured for that too.
    if asked.border or asked.candidates:
        wanted.append("border_m")
    if asked.nearest:
        wanted.append("nearest")
    if held.position is None:
        return locate_columns(grids, x, y, crs=held.names[0], fields=wanted, accuracy_m=accuracy)
    return locate_mixed_columns(grids, x, y, names=held.names, crs_of=held.position, fields=wanted, accuracy_m=accuracy)


def _accuracy(batch: Any, asked: Asked) -> tuple[Any, dict[int, GeoError]]:
    """Radii float64 (n,), NaN where unknown (None: of all rows), and the rows where something else stands."""
    if asked.accuracy is not None:
        values, bad = doubts.accuracies(batch.column(asked.accuracy), field=asked.accuracy)
        return values, dict(bad)
    return (None if asked.accuracy_m is None else np.full(batch.num_rows, asked.accuracy_m)), {}


def _doors(batch: Any, asked: Asked) -> tuple[tuple[Any, Any], dict[int, GeoError]]:
    """Stairwells and floors of the rows, None where no column has them; and the rows where no floor stands."""
    stairwell = floor = None
    bad: dict[int, GeoError] = {}
    if asked.micro and asked.stairwell is not None:
        stairwell = micro.stairwells(batch.column(asked.stairwell), field=asked.stairwell)
    if asked.micro and asked.floor is not None:
        floor, odd = micro.floors(batch.column(asked.floor), field=asked.floor)
        bad |= odd
    return (stairwell, floor), bad


def _doubts(
    batch: Any, grids: Grids, asked: Asked, given: doubts.Given, found: Columns, accuracy: Any
) -> tuple[list[Any], list[notes.Notes]]:
    """The columns of `geo.bulk.doubts`, if they are asked for, and the notes on what is not sure."""
    given = replace(given, written=_written(batch, asked, given))
    if not asked.candidates:
        return [], [doubts.rounded_notes(grids, found, given, asked.lang)]
    from geo.locate.doubts import doubts_of

    unsure = doubts_of(
        grids.index,
        lon=np.where(found.status >= UNLOCATED, np.nan, found.lon),
        lat=found.lat,
        grid=found.grid,
        x=given.x,
        y=given.y,
        degrees=given.degrees,
        accuracy_m=accuracy,
        border_m=found.border_m,
        written=given.written,
    )
    sentences: list[notes.Notes] = [doubts.sentences_of(unsure, asked.lang)]
    if accuracy is not None:
        sentences.append(notes.coarse_notes(found, accuracy, asked.lang))
    return doubts.doubts_columns(grids, found, unsure), sentences


def _written(batch: Any, asked: Asked, given: doubts.Given) -> tuple[Any, Any] | None:
    """The decimals of texts, where numbers have so few that zeros at the end count; −128 elsewhere."""
    from geo.locate.doubts import rounded_rows

    if asked.lon is None or asked.lat is None:
        return None
    columns = [plain(batch.column(name)) for name in (asked.lon, asked.lat)]
    if not all(is_text(column.type) for column in columns):
        return None
    rows = np.flatnonzero(rounded_rows(given.x, given.y, given.degrees))
    if not len(rows):
        return None
    return written_decimals(columns[0], rows), written_decimals(columns[1], rows)
