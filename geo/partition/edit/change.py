"""One change of a drawing: what a journal keeps of it, and what a page is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import Conflict, InvalidInput
from geo.partition.edit.board import whole_numbers
from geo.partition.edit.faults import renewed
from geo.partition.edit.sketch import Fault, Figures, Sketch, Totals, find_pieces, measured

Moves = tuple[tuple[int, int, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Entry:
    """A line of the journal. Units by the caller's number, grids by label; nothing else is needed to go either way.

    Attributes
    ----------
    op : what was done, for people and for `Session.replay`.
    revision : of the drawing after it.
    moves : (label before, label after, units), −1 for no grid.
    next_label : after it.
    lock_units, lock_grids : those whose lock was put on or taken off.
    name : of a checkpoint.
    """

    op: str
    revision: int
    moves: Moves = ()
    next_label: int = 0
    lock_units: tuple[int, ...] = ()
    lock_grids: tuple[int, ...] = ()
    name: str = ""

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not (self.moves or self.lock_units or self.lock_grids)

    def inverse(self) -> Entry:
        """The way back."""
        return replace(self, moves=tuple((now, was, units) for was, now, units in self.moves))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is empty is left out."""
        moves = [[was, now, list(units)] for was, now, units in self.moves]
        values = asdict(self) | {"moves": moves}
        values |= {"lock_units": list(self.lock_units), "lock_grids": list(self.lock_grids)}
        return {name: value for name, value in values.items() if value or name in ("op", "revision")}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Entry:
        """The entry that `as_dict` told.

        Raises
        ------
        InvalidInput
            A name is missing or unknown, or a value is of another kind.
        """
        try:
            told = dict(values)
            moves = tuple(
                (_whole(was), _whole(now), tuple(whole_numbers(units, "moves").tolist()))
                for was, now, units in told.pop("moves", ())
            )
            lock_units, lock_grids = (
                tuple(whole_numbers(told.pop(name, ()), name).tolist()) for name in ("lock_units", "lock_grids")
            )
            entry = cls(
                op=str(told.pop("op")),
                revision=_whole(told.pop("revision")),
                moves=moves,
                next_label=_whole(told.pop("next_label", 0)),
                lock_units=lock_units,
                lock_grids=lock_grids,
                name=str(told.pop("name", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("edit_entry_bad", got=f"{type(error).__name__}: {error}"[:200]) from error
        if told:
            raise InvalidInput("edit_entry_bad", got=", ".join(sorted(map(str, told)))[:200])
        return entry


def _whole(value: Any) -> int:
    return int(whole_numbers([value], "entry")[0])


@dataclass(frozen=True, eq=False)
class Step:
    """What an operation did.

    Attributes
    ----------
    before, sketch : the drawing before and after.
    entry : what to keep; `changed` tells whether there is anything.
    people, households : of the units that changed grids.
    grids : labels of grids that are there and whose figures changed. made, gone : labels of new and vanished grids.
    opened, solved, altered : faults that came, went, or are still there with other numbers.
    """

    before: Sketch
    sketch: Sketch
    entry: Entry
    people: float
    households: float
    grids: tuple[int, ...]
    made: tuple[int, ...]
    gone: tuple[int, ...]
    opened: tuple[Fault, ...]
    solved: tuple[Fault, ...]
    altered: tuple[Fault, ...]

    @property
    def changed(self) -> bool:
        """Whether anything changed."""
        return not self.entry.empty

    @property
    def units(self) -> NDArray[np.int64]:
        """The caller's numbers of the units that changed grids, ascending."""
        return np.array(sorted(unit for _, _, units in self.entry.moves for unit in units), dtype=np.int64)

    @property
    def figures(self) -> Figures:
        """Figures of the grids that were touched."""
        return self.sketch.figures(self.grids)

    @property
    def totals(self) -> Totals:
        """Figures of the whole drawing after the step."""
        return self.sketch.totals()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: all that a page has to draw anew."""
        return {
            "op": self.entry.op,
            "revision": self.sketch.revision,
            "changed": self.changed,
            "moves": [{"was": was, "now": now, "units": list(units)} for was, now, units in self.entry.moves],
            "people": self.people,
            "households": self.households,
            "grids": self.figures.as_dicts(),
            "made": list(self.made),
            "gone": list(self.gone),
            "opened": [fault.as_dict() for fault in self.opened],
            "solved": [fault.as_dict() for fault in self.solved],
            "altered": [fault.as_dict() for fault in self.altered],
            "totals": asdict(self.totals),
        }


def put(sketch: Sketch, op: str, units: NDArray[np.int64], labels: Any, *, fresh: int = 0, name: str = "") -> Step:
    """Give `units` (the board's numbers) the grids `labels`; asks nothing. `fresh` new labels may be among them."""
    part = sketch.part.copy()
    part[units] = labels
    moved = np.flatnonzero(part != sketch.part)
    next_label = sketch.next_label + fresh
    if not len(moved):
        return _still(sketch, op)
    return _moved(sketch, part, moved, Entry(op, sketch.revision + 1, (), next_label, name=name))


def _still(sketch: Sketch, op: str) -> Step:
    entry = Entry(op, sketch.revision, (), sketch.next_label)
    return Step(sketch, sketch, entry, 0.0, 0.0, (), (), (), (), (), ())


def _moved(sketch: Sketch, part: NDArray[np.int32], moved: NDArray[np.int64], entry: Entry) -> Step:
    board = sketch.board
    was, now = sketch.part[moved], part[moved]
    rows = np.unique(np.concatenate([was, now])).astype(np.int64) + 1
    found = find_pieces(board, part, rows, entry.next_label + 1)
    tally = measured(board, part, found, sketch.tally)
    faults = renewed(sketch.faults, board, part, found, tally, moved)
    labels = rows[rows > 0] - 1
    before = np.concatenate([sketch.tally.units, np.zeros(len(tally.units) - len(sketch.tally.units), np.int64)])
    old, new = before[labels + 1] > 0, tally.units[labels + 1] > 0
    after = replace(sketch, part=part, next_label=entry.next_label, revision=entry.revision, tally=tally, faults=faults)
    after = _with_locks(after, entry)
    return Step(
        before=sketch,
        sketch=after,
        entry=replace(entry, moves=_as_moves(board.order[moved], was, now)),
        people=float(board.graph.weight[moved].sum()),
        households=float(board.households[moved].sum()),
        grids=tuple(labels[new].tolist()),
        made=tuple(labels[new & ~old].tolist()),
        gone=tuple(labels[old & ~new].tolist()),
        opened=tuple(faults[key] for key in sorted(faults.keys() - sketch.faults.keys())),
        solved=tuple(sketch.faults[key] for key in sorted(sketch.faults.keys() - faults.keys())),
        altered=tuple(
            faults[key]
            for key in sorted(faults.keys() & sketch.faults.keys())
            if faults[key] is not sketch.faults[key] and _differs(faults[key], sketch.faults[key])
        ),
    )


def _differs(a: Fault, b: Fault) -> bool:
    return (a.units, a.context) != (b.units, b.context)


def _with_locks(sketch: Sketch, entry: Entry) -> Sketch:
    if not entry.lock_units and not entry.lock_grids:
        return sketch
    locked = sketch.locked_unit.copy()
    toggled = sketch.board.rank[list(entry.lock_units)]
    locked[toggled] = ~locked[toggled]
    return replace(sketch, locked_unit=locked, locked_grids=sketch.locked_grids ^ frozenset(entry.lock_grids))


def _as_moves(units: NDArray[np.int64], was: NDArray[np.int32], now: NDArray[np.int32]) -> Moves:
    """Bundle the units by where they came from and where they went."""
    order = np.lexsort((units, now, was))
    units, was, now = units[order], was[order], now[order]
    starts = np.flatnonzero(np.concatenate([[True], (was[1:] != was[:-1]) | (now[1:] != now[:-1])]))
    bundles = np.split(units, starts[1:])
    return tuple(
        (int(was[at]), int(now[at]), tuple(bundle.tolist())) for at, bundle in zip(starts, bundles, strict=True)
    )


def toggle(sketch: Sketch, op: str, units: NDArray[np.int64], grids: frozenset[int]) -> Step:
    """Put locks on or take them off: `units` (the board's numbers) and `grids` change their state."""
    step = _still(sketch, op)
    entry = replace(step.entry, lock_units=tuple(sketch.board.outer(units).tolist()), lock_grids=tuple(sorted(grids)))
    if entry.empty:
        return step
    entry = replace(entry, revision=sketch.revision + 1)
    return replace(step, entry=entry, sketch=replace(_with_locks(sketch, entry), revision=entry.revision))


def apply(sketch: Sketch, entry: Entry, op: str | None = None) -> Step:
    """Do what an entry says, as it stands: undo, redo and replay.

    Raises
    ------
    Conflict
        A unit is not where the entry takes it from, or an entry names what does not exist.
    """
    board = sketch.board
    next_label = max(sketch.next_label, entry.next_label)
    if next_label > sketch.next_label + len(board):
        raise InvalidInput("edit_entry_bad", got=f"next_label {entry.next_label}")
    part = sketch.part.copy()
    every: list[NDArray[np.int64]] = []
    for was, now, units in entry.moves:
        rows = board.take_units(list(units), "moves")
        if not -1 <= now < next_label or (sketch.part[rows] != was).any():
            raise Conflict("edit_entry_elsewhere", revision=entry.revision, was=was, now=now)
        part[rows] = now
        every.append(rows)
    if entry.lock_units:
        board.take_units(list(entry.lock_units), "lock_units")
    for label in set(entry.lock_grids) - sketch.locked_grids:
        # The moves of the same entry may make the grid: a checkpoint is brought back with its grids and their locks.
        if not (part == label).any():
            raise InvalidInput("edit_grid_unknown", grid=label)
    moved = np.sort(np.concatenate(every)) if every else np.empty(0, np.int64)
    if len(np.unique(moved)) < len(moved):
        raise InvalidInput("edit_entry_bad", got="a unit moves twice")
    line = replace(entry, op=op or entry.op, revision=sketch.revision + 1, next_label=next_label)
    if not len(moved):
        step = _still(sketch, line.op)
        after = replace(_with_locks(sketch, line), revision=line.revision, next_label=next_label)
        return replace(step, entry=line, sketch=after)
    return _moved(sketch, part, moved, line)
