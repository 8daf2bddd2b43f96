"""How probable the answer of a row is, which other grids are possible, and a note on rounded numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.bulk.micro import unreadable
from geo.bulk.points import numbers
from geo.errors import InvalidInput
from geo.messages import Lang, say
from geo.service.columns import LOCATED, OUTSIDE, Columns

if TYPE_CHECKING:
    from geo.bulk.grids import Grids
    from geo.locate.doubts import Doubts

# The probability of the answer, and the grids that are possible (null: outside), the most probable first; empty where
# no other has 5 %.
ADDED: Final = ("probability", "candidates")
_CANDIDATE: Final = pa.struct(
    [pa.field("grid", pa.string()), pa.field("name", pa.string()), pa.field("probability", pa.float64())]
)
TYPES: Final = (pa.float64(), pa.list_(_CANDIDATE))

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Given:
    """Points as they were given: x, y float64 (n,), whether they are degrees (n,), and the decimals of their texts."""

    x: Floats
    y: Floats
    degrees: NDArray[np.bool_]
    written: tuple[Any, Any] | None = None


def accuracies(column: Any, *, field: str) -> tuple[Floats, dict[int, InvalidInput]]:
    """A column of radii in metres, NaN where unknown; and the rows where something else stands, as NaN."""
    values = numbers(column, field=field, key="bulk_accuracy_no_number")
    bad = unreadable(column, values, key="bulk_bad_accuracy", field=field)
    for row in np.flatnonzero(values < 0.0).tolist():
        bad[row] = InvalidInput("bulk_bad_accuracy", field=field, value=f"{values[row]:g}")
    if bad:
        values = values.copy()
        values[list(bad)] = np.nan
    return values, bad


def doubts_columns(grids: Grids, found: Columns, doubts: Doubts) -> list[Any]:
    """The columns `ADDED`; null where a row has no answer."""
    answered = (found.status == LOCATED) | (found.status == OUTSIDE)
    candidates = doubts.candidates
    code, name = grids.words_of(candidates.grid)
    rows = pa.StructArray.from_arrays([code, name, pa.array(np.round(candidates.probability, 3))], fields=_CANDIDATE)
    ends = np.searchsorted(candidates.point, np.arange(len(found) + 1)).astype(np.int32)
    missing = np.append(~answered, False)
    lists = pa.ListArray.from_arrays(pa.array(ends, mask=missing if missing.any() else None), rows)
    return [pa.array(np.round(doubts.own, 3), mask=~answered), lists.cast(TYPES[1])]


def sentences_of(doubts: Doubts, lang: Lang) -> tuple[Any, list[str]]:
    """The notes of n rows: positions int32 (n,) in sentences, and the sentences, of which the first is ""."""
    from geo.locate.doubts import NOTES

    which = np.zeros(len(doubts.note), dtype=np.int32)
    sentences = [""]
    rows = np.flatnonzero(doubts.note)
    metres = np.round(doubts.accuracy_m[rows])
    pairs, number = np.unique(np.column_stack((doubts.note[rows], metres)), axis=0, return_inverse=True)
    which[rows] = 1 + number.reshape(-1)
    sentences += [say(NOTES[int(note)], lang, accuracy_m=radius) for note, radius in pairs.tolist()]
    return which, sentences


def rounded_notes(grids: Grids, found: Columns, given: Given, lang: Lang) -> tuple[Any, list[str]]:
    """As `sentences_of`, without a look at the candidates: rounded points that a border is nearer to than half a step.

    To weigh the candidates takes a thousand times as long as to locate a point; that is done where it is asked for.
    """
    from geo.locate.doubts import half_steps_m, rounded_rows

    which = np.zeros(len(found), dtype=np.int32)
    good = (found.status == LOCATED) | (found.status == OUTSIDE)
    rows = np.flatnonzero(good & rounded_rows(given.x, given.y, given.degrees))
    if not len(rows) or not len(grids.index.codes):
        return which, [""]
    written = None if given.written is None else tuple(np.asarray(part)[rows] for part in given.written)
    half = half_steps_m(
        given.x[rows],
        given.y[rows],
        lat=found.lat[rows],
        degrees=given.degrees[rows],
        written=written,  # type: ignore[arg-type]
    )
    border = (
        grids.index.border_m(lon=found.lon[rows], lat=found.lat[rows])
        if found.border_m is None
        else found.border_m[rows]
    )
    near = border < np.hypot(*half)
    rows, metres = rows[near], np.round(half[1][near])
    radii, number = np.unique(metres, return_inverse=True)
    which[rows] = 1 + number
    return which, ["", *(say("bulk_rounded_near", lang, accuracy_m=radius) for radius in radii.tolist())]
