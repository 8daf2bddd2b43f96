"""Moving units by hand, and putting torn grids right."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import Conflict, InvalidInput
from geo.partition.edit.change import Step, put, toggle
from geo.partition.edit.sketch import Sketch, find_pieces

Contiguity = Literal["complete", "refuse", "allow"]


def move_units(sketch: Sketch, units: Any, grid: int, *, contiguity: Contiguity = "complete") -> Step:
    """Give units to a grid: a click, a brush, a lasso. Groups move whole; units that are there already stay.

    Parameters
    ----------
    units : int (u,)
        The caller's numbers; repeated ones count once.
    grid : int
        Label of a grid that there is.
    contiguity : {"complete", "refuse", "allow"}
        What happens to units that the move would cut off from their grid: they move along, or the move is refused and
        names them, or they stay and are told as faults. Only "allow" lets units go to a grid that they do not touch.

    Returns
    -------
    Step
        Unchanged if all units are there already.

    Raises
    ------
    InvalidInput
        No units, unknown units or grid, a unit of another area.
    Conflict
        A lock is in the way, the grid is not touched, units would be cut off, or a grid would lose its last unit.
    """
    label = sketch.take_grid(grid)
    chosen = sketch.board.whole_groups(sketch.board.take_units(units))
    return put(sketch, "move", moved_whole(sketch, chosen, label, contiguity), label)


def moved_whole(sketch: Sketch, units: NDArray[np.int64], label: int, contiguity: Contiguity) -> NDArray[np.int64]:
    """The units (the board's numbers) that have to go to `label`, new or old, so that `units` can; all checks made."""
    if contiguity not in ("complete", "refuse", "allow"):
        raise InvalidInput("edit_contiguity_unknown", got=contiguity)
    board = sketch.board
    units = units[sketch.part[units] != label]
    if not len(units):
        return units
    _refuse_other_area(sketch, units, label)
    sketch.refuse_locked(units, label)
    while contiguity != "allow":
        cut_off, apart = torn_by(sketch, units, label)
        if len(cut_off):
            if contiguity == "refuse":
                rows = board.outer(cut_off)
                raise Conflict("edit_units_cut_off", units=rows.tolist(), row=int(rows[0]) + 1, count=len(rows))
            units = board.whole_groups(np.union1d(units, cut_off))
            sketch.refuse_locked(units, label)
            continue
        if len(apart):
            rows = board.outer(apart)
            raise Conflict("edit_units_apart", grid=label, units=rows.tolist(), row=int(rows[0]) + 1, count=len(rows))
        break
    refuse_emptied(sketch, units)
    return units


def refuse_emptied(sketch: Sketch, units: NDArray[np.int64]) -> None:
    """Refuse to take the last units of a grid: that is done by name, as a merge or a dissolution."""
    rows = sketch.part[units].astype(np.int64) + 1
    taken = np.bincount(rows, minlength=len(sketch.tally.units))
    empty = np.flatnonzero((taken[1:] > 0) & (taken == sketch.tally.units)[1:])
    if len(empty):
        raise Conflict("edit_grid_emptied", grid=int(empty[0]), grids=empty.tolist())


def torn_by(sketch: Sketch, units: NDArray[np.int64], label: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What giving `units` to `label` would tear: units cut off from their grid, and moved units that do not touch it.

    What was cut off before is not held against the move.
    """
    board, part = sketch.board, sketch.part
    trial = part.copy()
    trial[units] = label
    size = max(sketch.next_label, label + 1) + 1
    left = np.unique(part[units]).astype(np.int64) + 1
    left = left[left > 0]
    before = find_pieces(board, part, left, size)
    after = find_pieces(board, trial, np.union1d(left, [label + 1]), size)
    cut_off: list[NDArray[np.int64]] = []
    weight = board.graph.weight
    stay = before.members[trial[before.members] != label]
    # A piece before that is several pieces now keeps its heaviest.
    old, new = before.piece[stay], after.piece[stay]
    pairs, inverse = np.unique(np.column_stack([old, new]), axis=0, return_inverse=True)
    inverse = inverse.ravel()
    if len(pairs) > len(np.unique(pairs[:, 0])):
        load = np.bincount(inverse, weight[stay], minlength=len(pairs))
        count = np.bincount(inverse, minlength=len(pairs))
        order = np.lexsort((pairs[:, 1], -count, -load, pairs[:, 0]))
        kept = order[np.concatenate([[True], pairs[order, 0][1:] != pairs[order, 0][:-1]])]
        lost = np.ones(len(pairs), bool)
        lost[kept] = False
        cut_off.append(stay[lost[inverse]])
    there = after.piece[np.flatnonzero(part == label)]
    own = np.unique(there) if len(there) else np.unique(after.piece[units])[:1]
    apart = units[~np.isin(after.piece[units], own)]
    return (np.sort(np.concatenate(cut_off)) if cut_off else np.empty(0, np.int64)), apart


def _refuse_other_area(sketch: Sketch, units: NDArray[np.int64], label: int) -> None:
    board = sketch.board
    home = np.flatnonzero(sketch.part == label)
    parent = board.parent[home] if len(home) else board.parent[units[:1]]
    astray = units[~np.isin(board.parent[units], parent)]
    if len(astray):
        rows = board.outer(astray)
        raise InvalidInput(
            "edit_other_area",
            grid=label,
            parent=int(parent[0]),
            units=rows.tolist(),
            row=int(rows[0]) + 1,
            count=len(rows),
        )


def set_locks(sketch: Sketch, locked: bool, *, units: Any = (), grids: Any = ()) -> Step:
    """Lock or unlock units and grids. A locked unit keeps its grid; a locked grid neither gives nor takes.

    Raises
    ------
    InvalidInput
        Unknown units or grids, or a unit without a grid that is to be locked.
    """
    from geo.partition.edit.board import whole_numbers

    board = sketch.board
    named = whole_numbers(units, "units")
    rows = board.take_units(named) if len(named) else np.empty(0, np.int64)
    labels = frozenset(sketch.take_grids(grids, 0))
    rows = rows[sketch.locked_unit[rows] != locked]
    homeless = rows[sketch.part[rows] < 0] if locked else rows[:0]
    if len(homeless):
        raise InvalidInput("locked_without_grid", row=int(board.outer(homeless)[0]) + 1, count=len(homeless))
    shut = labels - sketch.locked_grids if locked else labels & sketch.locked_grids
    return toggle(sketch, "lock" if locked else "unlock", rows, shut)
