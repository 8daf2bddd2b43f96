"""A drawing at one moment: which unit is in which grid, what is locked, and the figures of every grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import Conflict, InvalidInput
from geo.partition.edit.board import SLACK, Board, whole_numbers
from geo.partition.edit.kernels import measure, members_of, number_pieces


class Tally(NamedTuple):
    """Sums by grid. Row 0 holds the units without a grid, row label + 1 a grid; grids that are gone are zero.

    load, heaviest float64 (rows, w); households float64 (rows,); units, cut, pieces int64 (rows,).
    """

    load: NDArray[np.float64]
    heaviest: NDArray[np.float64]
    households: NDArray[np.float64]
    units: NDArray[np.int64]
    cut: NDArray[np.int64]
    pieces: NDArray[np.int64]


class Pieces(NamedTuple):
    """The connected pieces of some grids.

    rows int64 (k,): the grids' rows, ascending; members int64 (u,): their units, ascending; slot int32 (rows,): place
    of a row among `rows`, −1 for others; piece int32 (n,): number of each member's piece, by first unit; −1 elsewhere;
    pieces: how many there are.
    """

    rows: NDArray[np.int64]
    members: NDArray[np.int64]
    slot: NDArray[np.int32]
    piece: NDArray[np.int32]
    pieces: int


@dataclass(frozen=True, eq=False)
class Fault:
    """Something that a planner has to put right: `kind` is a message key, filled from `context`.

    Two faults are the same if `key` is. `where` is a grid's label, a group's number or −1; `column` the weight that
    is out of its band (0 for people); `units` are places to look at, the caller's numbers.
    """

    kind: str
    where: int
    column: int = 0
    units: tuple[int, ...] = ()
    context: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> tuple[str, int, int]:
        """What makes it this fault and no other."""
        return self.kind, self.where, self.column

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"kind": self.kind, "where": self.where, "units": list(self.units), "context": dict(self.context)}


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures of some grids, by ascending label; k grids, w weights.

    Attributes
    ----------
    label : int64 (k,). weight, households : float64 (k,). load : float64 (k, w), people and further weights.
    deviation : float64 (k,), (weight − ideal) / ideal. units, cut, pieces : int64 (k,), as in `GridMetrics`.
    """

    label: NDArray[np.int64]
    weight: NDArray[np.float64]
    load: NDArray[np.float64]
    households: NDArray[np.float64]
    deviation: NDArray[np.float64]
    units: NDArray[np.int64]
    cut: NDArray[np.int64]
    pieces: NDArray[np.int64]

    def as_dicts(self) -> list[dict[str, Any]]:
        """One dict of plain values for each grid."""
        names = ("label", "weight", "households", "deviation", "units", "cut", "pieces")
        columns = [getattr(self, name).tolist() for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


@dataclass(frozen=True)
class Totals:
    """Figures of the whole drawing. `cut` counts adjacencies between two grids, or a grid and no grid."""

    grids: int
    ideal: float
    weight: float
    households: float
    cut: int
    max_deviation: float
    outside_band: int
    in_pieces: int
    without_grid: int
    faults: int


@dataclass(frozen=True, eq=False)
class Sketch:
    """A drawing at one moment; never changed, every step makes a new one. Make the first by `open_sketch`.

    Attributes
    ----------
    board : the fixed facts.
    part : int32 (n,), label of each unit in the board's order, −1 none.
    locked_unit : bool (n,), in the board's order. locked_grids : labels.
    next_label : the label that the next new grid gets; only ever grows.
    revision : counts the changes, undone ones too.
    tally : sums by grid. faults : by key.
    """

    board: Board
    part: NDArray[np.int32]
    locked_unit: NDArray[np.bool_]
    locked_grids: frozenset[int]
    next_label: int
    revision: int
    tally: Tally
    faults: Mapping[tuple[str, int, int], Fault]

    @property
    def grid_of_unit(self) -> NDArray[np.int32]:
        """int32 (n,): label of each of the caller's units, −1 none."""
        return self.part[self.board.rank]

    @property
    def locked_units(self) -> NDArray[np.int64]:
        """The caller's numbers of the locked units, ascending."""
        return self.board.outer(np.flatnonzero(self.locked_unit))

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """int64 (k,): labels of the grids that there are, ascending."""
        return np.flatnonzero(self.tally.units[1:])

    @cached_property
    def ideal(self) -> float:
        """Wished weight of a grid."""
        if self.board.ideal is not None:
            return self.board.ideal
        return float(self.tally.load[self.labels + 1, 0].sum()) / max(len(self.labels), 1)

    def figures(self, labels: Iterable[int] | None = None) -> Figures:
        """Figures of the grids named, or of all."""
        label = self.labels if labels is None else np.array(sorted(set(labels)), dtype=np.int64)
        rows = label + 1
        weight = self.tally.load[rows, 0]
        deviation = (weight - self.ideal) / self.ideal if self.ideal > 0 else np.zeros(len(label))
        return Figures(
            label=label,
            weight=weight,
            load=self.tally.load[rows],
            households=self.tally.households[rows],
            deviation=deviation,
            units=self.tally.units[rows],
            cut=self.tally.cut[rows],
            pieces=self.tally.pieces[rows],
        )

    def totals(self) -> Totals:
        """Figures of the whole drawing."""
        figures = self.figures()
        kinds = [fault.kind for fault in self.faults.values()]
        return Totals(
            grids=len(self.labels),
            ideal=self.ideal,
            weight=float(figures.weight.sum()),
            households=float(figures.households.sum()),
            cut=int(self.tally.cut.sum()) // 2,
            max_deviation=float(np.abs(figures.deviation).max(initial=0.0)),
            outside_band=len({f.where for f in self.faults.values() if f.kind in BAND_KINDS}),
            in_pieces=kinds.count("grid_in_pieces"),
            without_grid=int(self.tally.units[0]),
            faults=len(kinds),
        )

    def units_of(self, label: int) -> NDArray[np.int64]:
        """The caller's numbers of a grid's units, ascending."""
        return self.board.outer(np.flatnonzero(self.part == self.take_grid(label)))

    def digest(self) -> str:
        """A hash of all that undo and redo bring back: grids of units, locks, figures, faults."""
        figures = self.figures()
        told = sha256()
        for array in (self.grid_of_unit, self.locked_units, *vars(figures).values()):
            told.update(np.ascontiguousarray(array).tobytes())
        faults = [self.faults[key] for key in sorted(self.faults)]
        told.update(repr((sorted(self.locked_grids), faults)).encode())
        return told.hexdigest()

    def take_grid(self, label: Any) -> int:
        """A label that names a grid of this drawing."""
        found = whole_numbers([label], "grid")[0] if not isinstance(label, bool) else -1
        if not 0 <= found < self.next_label or not self.tally.units[found + 1]:
            raise InvalidInput("edit_grid_unknown", grid=label)
        return int(found)

    def take_grids(self, labels: Any, least: int = 1) -> list[int]:
        """Labels of grids of this drawing, ascending, each once, at least `least`."""
        found = sorted({self.take_grid(label) for label in whole_numbers(labels, "grids").tolist()})
        if len(found) < least:
            raise InvalidInput("edit_grids_few", got=len(found), least=least)
        return found

    def expect(self, revision: int | None) -> None:
        """Refuse a change that was meant for another revision.

        Raises
        ------
        Conflict
            Somebody else changed the drawing.
        """
        if revision is not None and revision != self.revision:
            raise Conflict("edit_revision_stale", got=revision, now=self.revision)

    def refuse_locked(self, units: NDArray[np.int64], target: int | None = None) -> None:
        """Refuse to move `units` (the board's numbers) away from or into what is locked.

        Raises
        ------
        Conflict
            Names the locked units or the locked grid.
        """
        held = units[self.locked_unit[units]]
        if len(held):
            rows = self.board.outer(held)
            raise Conflict("edit_units_locked", units=rows.tolist(), row=int(rows[0]) + 1, count=len(rows))
        if not self.locked_grids:
            return
        grids = {int(label) for label in np.unique(self.part[units])} | ({target} if target is not None else set())
        shut = sorted(grids & self.locked_grids)
        if shut:
            rows = self.board.outer(units[self.part[units] == shut[0]])
            raise Conflict("edit_grid_locked", grid=shut[0], grids=shut, units=rows.tolist())


BAND_KINDS = ("grid_too_heavy", "grid_too_light", "edit_load_outside")


def find_pieces(board: Board, part: NDArray[np.int32], rows: NDArray[np.int64], size: int) -> Pieces:
    """Number the connected pieces of the grids in `rows` (label + 1, ascending) of a tally with `size` rows."""
    slot = np.full(size, -1, np.int32)
    slot[rows] = np.arange(len(rows), dtype=np.int32)
    members = members_of(part, slot)
    piece = np.full(len(part), -1, np.int32)
    count = number_pieces(board.graph.indptr, board.graph.indices, board.way, part, members, piece)
    return Pieces(rows, members, slot, piece, int(count))


def empty_tally(rows: int, weights: int) -> Tally:
    """All zero."""
    whole = [np.zeros(rows, np.int64) for _ in range(3)]
    return Tally(np.zeros((rows, weights)), np.zeros((rows, weights)), np.zeros(rows), *whole)


def measured(board: Board, part: NDArray[np.int32], found: Pieces, tally: Tally) -> Tally:
    """`tally` with the rows of `found` counted anew."""
    fresh = empty_tally(len(found.rows), board.weights.shape[1])
    graph = board.graph
    measure(
        graph.indptr,
        graph.indices,
        part,
        found.slot,
        found.members,
        found.piece,
        board.weights,
        board.households,
        fresh,
    )
    missing = len(found.slot) - len(tally.units)
    out = []
    for old, new in zip(tally, fresh, strict=True):
        array = np.concatenate([old, np.zeros((missing, *old.shape[1:]), old.dtype)])
        array[found.rows] = new
        out.append(array)
    return Tally(*out)


def over_band(board: Board, load: NDArray[np.float64], heaviest: NDArray[np.float64]) -> NDArray[np.int64]:
    """+1 where a load (…, w) is above the band, −1 below, 0 inside; a single unit above the band is nobody's fault."""
    slack = SLACK * np.maximum(board.high, 1e-9)
    above = (load > board.high + slack) & (heaviest <= board.high + slack)
    return above.astype(np.int64) - (load < board.low - slack)
