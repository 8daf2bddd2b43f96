"""Notes, candidates, chains and micro-grids of a batch: told only where their columns are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from geo.api.joined import Cells, cells_of, joined
from geo.errors import InvalidInput
from geo.service.batch_more import NOTES, Micros, Notes, micro_reasons
from geo.service.chain_columns import AREAS, CHAIN, Chains, Positions
from geo.service.columns import Columns
from geo.service.context import Net

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
    chains: Mapping[str, Positions] | None = None
    overlap: Sequence[tuple[int, ...]] | None = None


def wants_notes(fields: tuple[str, ...]) -> bool:
    """Whether notes have to be made."""
    return not set(NOTE_FIELDS).isdisjoint(fields)


def wants_micro(fields: tuple[str, ...]) -> bool:
    """Whether micro-grids have to be looked up."""
    return not set(MICRO_FIELDS).isdisjoint(fields)


def wants_chain(fields: tuple[str, ...]) -> bool:
    """Whether the areas and grids above and beneath each point are asked for."""
    return not set(CHAIN).isdisjoint(fields)


def chains_of(net: Net, found: Columns) -> Mapping[str, Positions]:
    """What `geo.service.chain_columns.Chains.columns` says of the points."""
    chains = _chains(net)
    return chains.columns(found.grid, chains.under(found.grid, found.lon, found.lat))


def _chains(net: Net) -> Chains:
    held: Chains | None = net.prepared.get("chains")
    if held is None:
        held = net.prepared["chains"] = Chains.of(net)
    return held


def level_of(name: str) -> str:
    """By which name of `chains_of` the positions of a column of `CHAIN` are found."""
    return name.removesuffix("_name")


def words_of(net: Net, name: str) -> list[str]:
    """What the positions of a column of `CHAIN` count."""
    if name in ("base_grid", "special_grid"):
        return [grid.code for grid in net.grids]
    part = 0 if name in AREAS else 1
    return [pair[part] for pair in _chains(net).words[level_of(name)]]


def _chain_cells(net: Net, name: str) -> Cells:
    cells: Cells | None = net.prepared.get(("json", name))
    if cells is None:
        cells = net.prepared["json", name] = cells_of([*words_of(net, name), None])
    return cells


def overlap_rows(net: Net, more: More) -> list[list[str] | None]:
    """The codes of the grids that claim each point where several do, else None."""
    assert more.overlap is not None
    return [[net.grids[k].code for k in claims] or None for claims in more.overlap]


def check_doubts(count: int, fields: tuple[str, ...]) -> None:
    """Refuse more points than notes are made for in one request."""
    if count > DOUBTS_MOST and wants_notes(fields):
        raise InvalidInput("batch_notes_too_many", count=count, most=DOUBTS_MOST, fields=", ".join(NOTE_FIELDS))


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
    """A column that is none of a point alone (chain, overlap, notes, micro) between its brackets, for one or more."""
    if name == "overlap":
        return orjson.dumps(overlap_rows(net, more))[1:-1]
    if name in CHAIN:
        assert more.chains is not None
        return joined(_chain_cells(net, name), more.chains[level_of(name)])
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
