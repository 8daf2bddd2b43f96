"""A session of hand work: the drawing now, the way back and forth, and a journal that a store can keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from geo.errors import Conflict, InvalidInput
from geo.partition.edit.balance import rebalance
from geo.partition.edit.change import Entry, Step, apply, put
from geo.partition.edit.halve import split_grid
from geo.partition.edit.mend import repair_contiguity
from geo.partition.edit.moves import Contiguity, move_units, set_locks
from geo.partition.edit.reshape import dissolve_grid, insert_around, insert_grid, merge_grids
from geo.partition.edit.sketch import Sketch

# Entries that change nothing by themselves.
_MARKS = ("checkpoint",)
_NAME_LIMIT = 200


class Session:
    """One drawing under work. Not for use by two threads at once: the caller holds a lock, or refuses by revision.

    Every method that changes the drawing takes ``revision``, the one that its caller last saw, and refuses with
    `Conflict` if the drawing has moved on; None does not ask. A refused or failed call changes nothing. Each returns a
    `Step`: what moved, the figures of the grids touched, and the faults that came and went.

    Parameters
    ----------
    sketch : Sketch
        From `open_sketch`.

    Attributes
    ----------
    sketch : the drawing now. log : every entry since the start, undone ones and the undoing too; append-only, to be
    kept by a store with ``entry.as_dict()`` and brought back by `Session.replay`.
    """

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.log: list[Entry] = []
        self._done: list[Entry] = []
        self._undone: list[Entry] = []
        self._checkpoints: dict[str, Sketch] = {}

    @property
    def revision(self) -> int:
        """Of the drawing now; grows with every change, undo and redo included."""
        return self.sketch.revision

    @property
    def can_undo(self) -> int:
        """How many steps can be taken back."""
        return len(self._done)

    @property
    def can_redo(self) -> int:
        """How many steps can be done again."""
        return len(self._undone)

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Names, oldest first."""
        return tuple(self._checkpoints)

    def move(self, units: Any, grid: int, *, contiguity: Contiguity = "complete", revision: int | None = None) -> Step:
        """Give units to a grid; see `move_units`."""
        return self._do(revision, lambda now: move_units(now, units, grid, contiguity=contiguity))

    def repair(self, grids: Any = None, *, revision: int | None = None) -> Step:
        """Mend what is in pieces, give units without a grid one; see `repair_contiguity`."""
        return self._do(revision, lambda now: repair_contiguity(now, grids))

    def rebalance(self, grids: Any, *, seed: int = 0, revision: int | None = None) -> Step:
        """Bring a neighbourhood into the band; see `rebalance`."""
        return self._do(revision, lambda now: rebalance(now, grids, seed=seed))

    def split(self, grid: int, *, seed: int = 0, revision: int | None = None, **how: Any) -> Step:
        """Cut a grid in two; `how` is ``along``, ``part`` or ``seeds``, see `split_grid`."""
        return self._do(revision, lambda now: split_grid(now, grid, seed=seed, **how))

    def merge(self, grids: Any, *, into: int | None = None, revision: int | None = None) -> Step:
        """Make one grid of several; see `merge_grids`."""
        return self._do(revision, lambda now: merge_grids(now, grids, into=into))

    def insert(self, units: Any, *, contiguity: Contiguity = "complete", revision: int | None = None) -> Step:
        """Make a new grid of these units; see `insert_grid`."""
        return self._do(revision, lambda now: insert_grid(now, units, contiguity=contiguity))

    def insert_around(
        self, unit: int, *, weight: float | None = None, seed: int = 0, revision: int | None = None
    ) -> Step:
        """Make a new grid around a unit; see `insert_around`."""
        return self._do(revision, lambda now: insert_around(now, unit, weight=weight, seed=seed))

    def dissolve(self, grid: int, *, seed: int = 0, revision: int | None = None) -> Step:
        """Give a grid's units to its neighbours; see `dissolve_grid`."""
        return self._do(revision, lambda now: dissolve_grid(now, grid, seed=seed))

    def lock(self, *, units: Any = (), grids: Any = (), revision: int | None = None) -> Step:
        """Lock units and grids; see `set_locks`."""
        return self._do(revision, lambda now: set_locks(now, True, units=units, grids=grids))

    def unlock(self, *, units: Any = (), grids: Any = (), revision: int | None = None) -> Step:
        """Unlock units and grids; see `set_locks`."""
        return self._do(revision, lambda now: set_locks(now, False, units=units, grids=grids))

    def undo(self, *, revision: int | None = None) -> Step:
        """Take the last step back: all but the revision and the labels used up is as it was before.

        Raises
        ------
        Conflict
            There is nothing to take back.
        """
        self.sketch.expect(revision)
        if not self._done:
            raise Conflict("edit_undo_none")
        step = apply(self.sketch, self._done[-1].inverse(), "undo")
        self._undone.append(self._done.pop())
        return self._keep(step)

    def redo(self, *, revision: int | None = None) -> Step:
        """Do again what was taken back last.

        Raises
        ------
        Conflict
            Nothing was taken back since the last change.
        """
        self.sketch.expect(revision)
        if not self._undone:
            raise Conflict("edit_redo_none")
        step = apply(self.sketch, self._undone[-1], "redo")
        self._done.append(self._undone.pop())
        return self._keep(step)

    def checkpoint(self, name: str, *, revision: int | None = None) -> None:
        """Remember the drawing as it is under a name; an old one of that name is replaced.

        Raises
        ------
        InvalidInput
            The name is empty or longer than 200 characters.
        """
        self.sketch.expect(revision)
        if not isinstance(name, str) or not name.strip() or len(name) > _NAME_LIMIT:
            raise InvalidInput("edit_name_bad", limit=_NAME_LIMIT)
        self._checkpoints.pop(name, None)
        self._checkpoints[name] = self.sketch
        self.log.append(Entry("checkpoint", self.revision, next_label=self.sketch.next_label, name=name))

    def restore(self, name: str, *, revision: int | None = None) -> Step:
        """Go back to a checkpoint: one step, which can be undone as any other.

        Raises
        ------
        InvalidInput
            There is no checkpoint of that name.
        """
        if name not in self._checkpoints:
            raise InvalidInput("edit_checkpoint_unknown", name=str(name)[:_NAME_LIMIT])
        return self._do(revision, lambda now: towards(now, self._checkpoints[name], name))

    @classmethod
    def replay(cls, start: Sketch, log: Iterable[Entry | Mapping[str, Any]]) -> Session:
        """Bring a session back from its first sketch and its journal, with undo, redo and checkpoints.

        Raises
        ------
        InvalidInput, Conflict
            The journal is broken or belongs to another drawing.
        """
        session = cls(start)
        for line in log:
            entry = line if isinstance(line, Entry) else Entry.from_dict(line)
            session._again(entry)
        return session

    def _again(self, entry: Entry) -> None:
        if entry.op in _MARKS:
            self.checkpoint(entry.name)
        elif entry.op == "undo":
            self.undo()
        elif entry.op == "redo":
            self.redo()
        else:
            self._do(None, lambda now: apply(now, entry))
        if not self.log or self.log[-1] != entry:
            raise Conflict("edit_entry_elsewhere", revision=entry.revision, was=-1, now=-1)

    def _do(self, revision: int | None, operation: Callable[[Sketch], Step]) -> Step:
        self.sketch.expect(revision)
        step = operation(self.sketch)
        if step.changed:
            self._done.append(step.entry)
            self._undone.clear()
            self._keep(step)
        return step

    def _keep(self, step: Step) -> Step:
        self.sketch = step.sketch
        self.log.append(step.entry)
        return step


def towards(now: Sketch, goal: Sketch, name: str) -> Step:
    """One step from a drawing to an earlier one of the same session."""
    units = np.flatnonzero(now.part != goal.part)
    step = put(now, "restore", units, goal.part[units], name=name)
    locks = tuple(now.board.outer(np.flatnonzero(now.locked_unit != goal.locked_unit)).tolist())
    entry = replace(
        step.entry, lock_units=locks, lock_grids=tuple(sorted(now.locked_grids ^ goal.locked_grids)), name=name
    )
    return step if entry.empty else apply(now, entry)
