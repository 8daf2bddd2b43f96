"""More grids or fewer: split, merge, insert, dissolve."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import Conflict, InvalidInput
from geo.partition.edit.balance import balanced
from geo.partition.edit.change import Step, put
from geo.partition.edit.kernels import border_of
from geo.partition.edit.moves import Contiguity, moved_whole
from geo.partition.edit.patch import Patch, absorb, cut_patch, grow, search
from geo.partition.edit.sketch import Sketch, find_pieces
from geo.partition.solver.engine import Terms

# A twentieth of a grid outside the band costs as much as this many cut adjacencies.
_PRESS = 10.0
# How far above an even share a taker of a dissolved grid may come for the sake of a shorter border.
_ABOVE = 0.02


def merge_grids(sketch: Sketch, grids: Any, *, into: int | None = None) -> Step:
    """Make one grid of several that touch. It keeps the label `into`, or that of the heaviest.

    Raises
    ------
    InvalidInput
        Unknown grids, fewer than two, `into` is none of them, or they lie in two areas.
    Conflict
        A lock is in the way, or the grids do not touch.
    """
    labels = sketch.take_grids(grids, 2)
    board = sketch.board
    kept = sketch.take_grid(into) if into is not None else _keeper(sketch, labels)
    if kept not in labels:
        raise InvalidInput("edit_merge_elsewhere", grid=kept, grids=labels)
    inside = np.flatnonzero(np.isin(sketch.part, labels))
    units = inside[sketch.part[inside] != kept]
    areas = np.unique(board.parent[inside])
    if len(areas) > 1:
        raise InvalidInput("edit_merge_areas", grids=labels, areas=areas.tolist())
    sketch.refuse_locked(units, kept)
    trial = sketch.part.copy()
    trial[units] = kept
    found = find_pieces(board, trial, np.array([kept + 1]), sketch.next_label + 1)
    own = np.unique(found.piece[sketch.part == kept])
    apart = [label for label in labels if not np.isin(found.piece[sketch.part == label], own).any()]
    if apart:
        raise Conflict("edit_grids_apart", grid=kept, grids=apart)
    return put(sketch, "merge", units, kept)


def _keeper(sketch: Sketch, labels: list[int]) -> int:
    """The grid that holds locked units if there is one, else the heaviest."""
    held = set(np.unique(sketch.part[sketch.locked_unit]).tolist())
    load, units = sketch.tally.load, sketch.tally.units
    return min(labels, key=lambda label: (label not in held, -load[label + 1, 0], -units[label + 1], label))


def dissolve_grid(sketch: Sketch, grid: int, *, seed: int = 0) -> Step:
    """Give all units of a grid to its neighbours, so that these stay in balance and in one piece.

    Raises
    ------
    InvalidInput
        Unknown grid.
    Conflict
        A lock is in the way, or there is no neighbour to take the units.
    """
    label = sketch.take_grid(grid)
    board, graph = sketch.board, sketch.board.graph
    units = np.flatnonzero(sketch.part == label)
    sketch.refuse_locked(units)
    inside = np.zeros(len(board), bool)
    inside[units] = True
    settled = sketch.part >= 0
    near, _ = border_of(graph.indptr, graph.indices, board.way, board.price, sketch.part, units, inside, settled)
    takers = [int(x) for x in np.unique(near) if int(x) not in sketch.locked_grids]
    if not takers:
        raise Conflict("edit_no_neighbour", grid=label, count=len(units), units=board.outer(units).tolist())
    patch = cut_patch(sketch, [label, *takers])
    source = int(np.searchsorted(patch.label, label))
    patch = replace(patch, terms=_filling(patch, source))
    part = absorb(patch, patch.home, source, _PRESS)
    if (part == source).any():
        left = patch.units[part[patch.node] == source]
        raise Conflict("edit_no_neighbour", grid=label, count=len(left), units=board.outer(left).tolist())
    # The part without nodes must not pull people in.
    patch = replace(patch, arena=patch.arena._replace(fixed=patch.home != source))
    best, value = part, _value(patch.excess(part), source, patch.cut(part))
    for attempt in range(4):
        found = search(patch, part, seed % 2**40 * 16 + 2 * attempt, 10_000, heat=(0.8, 0.08))
        reached = _value(patch.excess(found), source, patch.cut(found))
        if reached < value:
            best, value = found, reached
    return put(sketch, "dissolve", patch.units, patch.labels_of(best))


def _filling(patch: Patch, source: int) -> Terms:
    """Bands of those who take a dissolved grid: no lower end, and a higher one just above where water would stand.

    What each weight of the grid adds is poured over the takers, the emptiest first (water filling).
    """
    load = patch.loads(patch.home)
    high = np.empty_like(load)
    for j, column in enumerate(load.T):
        others = np.sort(np.delete(column, source))
        count = np.arange(1, len(others) + 1)
        level = (np.cumsum(others) + column[source]) / count
        at = int(np.argmax(np.append(level[:-1] <= others[1:], True)))
        high[:, j] = level[at] * (1 + _ABOVE)
    return patch.terms._replace(low=np.zeros_like(load), high=high)


def _value(excess: NDArray[np.float64], source: int, cut: float) -> tuple[float, float]:
    return round(float(np.delete(excess, source).sum()), 9), cut


def insert_grid(sketch: Sketch, units: Any, *, contiguity: Contiguity = "complete") -> Step:
    """Make a new grid of these units, taken from wherever they are.

    Its label is the sketch's `next_label`. What applies to `move_units` applies here: groups move whole, and units
    that would be cut off come along, or refuse the change, or are told.
    """
    board = sketch.board
    chosen = board.whole_groups(board.take_units(units))
    chosen = moved_whole(sketch, chosen, sketch.next_label, contiguity)
    return put(sketch, "insert", chosen, sketch.next_label, fresh=1)


def insert_around(sketch: Sketch, unit: int, *, weight: float | None = None, seed: int = 0) -> Step:
    """Make a new grid around a unit, taken from the grids about it, which are then balanced among one another.

    Parameters
    ----------
    unit : int
        The caller's number; it stays in the new grid.
    weight : float, optional
        People that the new grid shall hold, about; without it an equal share with the grids about it.

    Raises
    ------
    InvalidInput
        Unknown unit, or a weight that is none.
    Conflict
        A lock is in the way, or a grid would lose its last unit.
    """
    if weight is not None and not (np.isfinite(weight) and weight > 0):
        raise InvalidInput("wish_not_positive", name="weight", got=weight)
    board, fresh = sketch.board, sketch.next_label
    core = moved_whole(sketch, board.whole_groups(board.take_units([unit])), fresh, "complete")
    begun = put(sketch, "insert", core, fresh, fresh=1).sketch
    donors = grids_about(begun, fresh, 2)
    patch = cut_patch(begun, [fresh, *donors])
    target = len(donors)
    fixed = patch.arena.fixed.copy()
    fixed[patch.home == target] = True
    patch = replace(patch, arena=patch.arena._replace(fixed=fixed))
    goal = weight if weight is not None else min(sketch.ideal, float(patch.arena.weight[:, 0].sum()) / (target + 1))
    part = grow(patch, patch.home, target, goal, _PRESS)
    if weight is not None:
        # The size was given: the new grid keeps what it has, and the others settle among themselves.
        patch = replace(patch, arena=patch.arena._replace(fixed=fixed | (part == target)))
        bands = patch.terms
        low, high = bands.low.copy(), bands.high.copy()
        low[target] = high[target] = patch.loads(part)[target]
        patch = replace(patch, terms=bands._replace(low=low, high=high))
    better = balanced(patch, part, seed, board.usual)
    labels = patch.labels_of(part if better is None else better)
    units = np.concatenate([core, patch.units])
    return put(sketch, "insert", units, np.concatenate([np.full(len(core), fresh), labels]), fresh=1)


def grids_about(sketch: Sketch, label: int, rings: int) -> list[int]:
    """Grids at most `rings` grids away from `label`, without locked ones, ascending."""
    board, graph = sketch.board, sketch.board.graph
    reached, edge = {label}, [label]
    settled = sketch.part >= 0
    for _ in range(rings):
        units = np.flatnonzero(np.isin(sketch.part, edge))
        inside = np.zeros(len(board), bool)
        inside[units] = True
        near, _ = border_of(graph.indptr, graph.indices, board.way, board.price, sketch.part, units, inside, settled)
        edge = [int(x) for x in np.unique(near) if int(x) not in reached | sketch.locked_grids]
        reached |= set(edge)
    return sorted(reached - {label})
