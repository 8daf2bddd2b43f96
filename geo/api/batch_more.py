"""Notes, candidates and micro-grids of a batch: told only where their columns are asked for."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.api.joined import cells_of, joined
from geo.errors import InvalidInput
from geo.service.batch_more import NOTES, Micros, Notes, micro_reasons, micros_of, notes_of
from geo.service.columns import Columns
from geo.service.context import Net, Service

NOTE_FIELDS: Final = ("note", "accuracy_m", "candidates")
MICRO_FIELDS: Final = ("micro", "micro_m", "micro_note")
# A doubtful point takes 25 to 70 µs, a thousand times as long as one that is only located.
DOUBTS_MOST: Final = 100_000
# So many are answered in a millisecond or so even if all are doubtful.
BRIEF_DOUBTS: Final = 20

Floats = NDArray[np.float64]


class More(NamedTuple):
    """What was asked for beside the columns of `locate_columns`."""

    notes: Notes | None = None
    micros: Micros | None = None


NOTHING: Final = More()


def wants_notes(fields: tuple[str, ...]) -> bool:
    """Whether notes have to be made."""
    return not set(NOTE_FIELDS).isdisjoint(fields)


def wants_micro(fields: tuple[str, ...]) -> bool:
    """Whether micro-grids have to be looked up."""
    return not set(MICRO_FIELDS).isdisjoint(fields)


def check_doubts(count: int, fields: tuple[str, ...]) -> None:
    """Refuse more points than notes are made for in one request."""
    if count > DOUBTS_MOST and wants_notes(fields):
        raise InvalidInput("batch_notes_too_many", count=count, most=DOUBTS_MOST, fields=", ".join(NOTE_FIELDS))


def tell_more(
    service: Service,
    net: Net,
    found: Columns,
    given: tuple[Floats, Floats, Floats | None],
    *,
    crs: str,
    fields: tuple[str, ...],
    as_of: date | None,
) -> More:
    """What `fields` ask for beside the usual columns; `given` are the two numbers of each point and its accuracy."""
    x, y, accuracy_m = given
    notes = notes_of(net, found, x, y, crs=crs, accuracy_m=accuracy_m) if wants_notes(fields) else None
    return More(notes, micros_of(service, net, found, as_of=as_of) if wants_micro(fields) else None)


def told(net: Net, notes: Notes, *, count: int) -> tuple[NDArray[np.int32], list[dict[str, Any]]]:
    """Candidates as an answer tells them, by point: where those of each begin, int32 (n + 1,), and all of them."""
    found = notes.candidates
    start = np.searchsorted(found.point, np.arange(count + 1)).astype(np.int32)
    rows = [
        {
            "grid": net.grids[grid].code if grid >= 0 else None,
            "name": net.grids[grid].name if grid >= 0 else None,
            "probability": round(probability, 3),
        }
        for grid, probability in zip(found.grid.tolist(), found.probability.tolist(), strict=True)
    ]
    return start, rows


def json_column(net: Net, found: Columns, more: More, name: str) -> bytes | memoryview:
    """A column of `NOTE_FIELDS` or `MICRO_FIELDS` between its brackets, for one point or more."""
    if name in NOTE_FIELDS:
        notes = more.notes
        assert notes is not None
        if name == "note":
            return joined(_NOTES_JSON, notes.note)
        if name == "accuracy_m":
            return _numbers(notes.accuracy_m)
        start, rows = told(net, notes, count=len(found))
        ends = start.tolist()
        lists = [rows[ends[k] : ends[k + 1]] or None for k in range(len(found))]
        return orjson.dumps(lists)[1:-1]
    micros = more.micros
    assert micros is not None
    if name == "micro":
        return joined(cells_of([*micros.codes, None]), micros.micro)
    if name == "micro_m":
        return _numbers(micros.metres)
    return joined(cells_of([*micro_reasons(), None]), micros.reason)


def _numbers(values: Floats) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


_NOTES_JSON: Final = cells_of([*NOTES, None])
