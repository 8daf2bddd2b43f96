"""Splitting a grid in two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import Conflict, InvalidInput
from geo.partition.edit.board import Board
from geo.partition.edit.change import Step, put
from geo.partition.edit.patch import Patch, absorb, cut_patch, grow, may_leave, search
from geo.partition.edit.sketch import Sketch, find_pieces
from geo.partition.graph import UnitGraph
from geo.partition.solver.seed import bisect

_PRESS = 10.0
_RUNS = 3
# How far a half may be from the middle, whatever the band: even is what is asked, but people come in lumps.
_WIDTH = (0.02, 0.08)


def split_grid(
    sketch: Sketch, grid: int, *, along: Any = None, part: Any = None, seeds: Any = None, seed: int = 0
) -> Step:
    """Cut a grid in two of equal weight with a short border between them, each in one piece.

    The half with locked units keeps the label, else the heavier one; the other gets the sketch's `next_label`.

    Parameters
    ----------
    grid : int
        Label of a grid in one piece.
    along : int (u,), optional
        A line of the grid's units that cuts it in two. The sides stay what they are; the line's own units (and small
        corners that it cuts off) go to the side that needs them more.
    part : int (u,), optional
        The units on one side of a line drawn by hand: that side is cut off as it is, even or not. What the line
        separates from its own side goes to the other one.
    seeds : int (2,), optional
        Two of the grid's units that shall lie in different halves; for the rest the halves are even.

    Raises
    ------
    InvalidInput
        Unknown grid or units, units of another grid, seeds that are not two.
    Conflict
        The grid is locked, in pieces, or a single unit or group; the line does not divide it; or what must stay
        together or in its grid lies on both sides.
    """
    label = sketch.take_grid(grid)
    sketch.refuse_locked(np.empty(0, np.int64), label)
    if sketch.tally.pieces[label + 1] > 1:
        raise Conflict("edit_split_in_pieces", grid=label, pieces=int(sketch.tally.pieces[label + 1]))
    # Part 0 keeps the label, part 1 gets the new one; part 2 holds what is not given out yet.
    patch = _halving(cut_patch(sketch, [label], fresh=2), sketch.board)
    if len(patch.home) < 2:
        raise Conflict("edit_split_single", grid=label)
    if along is not None:
        halves = _by_line(sketch, patch, label, along)
    elif part is not None:
        halves = _by_side(patch, label, _nodes_of(sketch, patch, label, part))
    elif seeds is not None:
        halves = _by_seeds(patch, label, _nodes_of(sketch, patch, label, seeds), seed)
    else:
        halves = _by_search(sketch.board, patch, label, seed)
    held = halves[patch.arena.fixed]
    if len(np.unique(held)) > 1:
        raise Conflict("edit_split_held", grid=label)
    load = patch.loads(halves)[:, 0]
    if (held == 1).any() or (not len(held) and load[1] > load[0]):
        halves = np.where(halves == 1, 0, 1).astype(np.int32)
    return put(sketch, "split", patch.units, patch.labels_of(halves), fresh=1)


def _halving(patch: Patch, board: Board) -> Patch:
    """The band of a half, in each weight; nothing belongs into part 2."""
    half = patch.arena.weight.sum(axis=0) / 2
    width = np.clip((board.high - board.low) / np.maximum(board.high + board.low, 1e-12), *_WIDTH)
    low, high = np.stack([half * (1 - width)] * 3), np.stack([half * (1 + width)] * 3)
    low[2], high[2] = 0.0, np.inf
    scale = np.where(half > 0, 0.05 * half, 1.0)
    home = np.zeros(len(patch.home), np.int32)
    return replace(
        patch, terms=patch.terms._replace(low=low, high=high, scale=scale), arena=patch.arena._replace(home=home)
    )


def _by_search(board: Board, patch: Patch, label: int, seed: int) -> NDArray[np.int32]:
    arena = patch.arena
    # Not yet a question of who leaves home: both halves are new.
    patch = replace(patch, terms=patch.terms._replace(move_price=0.0))
    starts: list[NDArray[np.int32]] = []
    if not arena.fixed.any():
        starts.append(bisect(_graph_of(board, patch), 2))
    starts += _from_far(patch)
    if not starts:
        raise Conflict("edit_split_held", grid=label)
    return _evenest(patch, starts, seed)


def _evenest(patch: Patch, starts: list[NDArray[np.int32]], seed: int) -> NDArray[np.int32]:
    """The evenest halves, then those with the shortest border, that a search from `starts` finds."""
    best, value = starts[0], _value(patch, starts[0])
    for run in range(_RUNS):
        part = search(
            patch, starts[run % len(starts)], seed % 2**40 * 16 + 2 * run, 12_000, heat=(1.0, 0.08), press=(1.0, 80.0)
        )
        reached = _value(patch, part)
        if reached < value:
            best, value = part, reached
    return best


def _value(patch: Patch, part: NDArray[np.int32]) -> tuple[float, float]:
    return round(float(patch.excess(part).sum()), 9), patch.cut(part)


def _from_far(patch: Patch) -> list[NDArray[np.int32]]:
    """A half grown from a node at the edge, far from what must stay; none if no node may leave."""
    part = np.zeros(len(patch.home), np.int32)
    free = may_leave(patch, part)
    if not len(free):
        return []
    steps = _steps(patch, np.flatnonzero(patch.arena.fixed) if patch.arena.fixed.any() else free[:1])
    part[free[np.argmax(steps[free])]] = 1
    goal = float(patch.terms.low[1, 0] + patch.terms.high[1, 0]) / 2
    return [grow(patch, part, 1, goal, 0.0)]


def _steps(patch: Patch, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Adjacencies between each node and the nearest of `start`; a large number if there is no way."""
    away = np.full(len(patch.home), len(patch.home), np.int64)
    away[start] = 0
    source, target = patch.arena.source, patch.arena.indices
    while True:
        before = away.copy()
        np.minimum.at(away, target, before[source] + 1)
        if np.array_equal(before, away):
            return away


def _graph_of(board: Board, patch: Patch) -> UnitGraph:
    """The patch as the solver's seed wants it."""
    xy = board.graph.xy_m
    if xy is not None:
        count = np.bincount(patch.node)[:, None]
        xy = np.column_stack([np.bincount(patch.node, xy[patch.units, axis]) for axis in (0, 1)]) / count
    arena = patch.arena
    return UnitGraph(arena.weight[:, 0], arena.indptr, arena.indices, arena.cost, xy)


def _nodes_of(sketch: Sketch, patch: Patch, label: int, units: Any, name: str = "units") -> NDArray[np.bool_]:
    """Which nodes of the grid hold the units that a person named."""
    board = sketch.board
    named = board.take_units(units, name)
    astray = named[sketch.part[named] != label]
    if len(astray):
        rows = board.outer(astray)
        raise InvalidInput(
            "edit_line_elsewhere", grid=label, units=rows.tolist(), row=int(rows[0]) + 1, count=len(rows)
        )
    on = np.zeros(len(patch.home), bool)
    on[patch.node[np.isin(patch.units, named)]] = True
    return on


def _by_side(patch: Patch, label: int, side: NDArray[np.bool_]) -> NDArray[np.int32]:
    part = side.astype(np.int32)
    # Once each is enough: what is parted from its own side touches the main piece of the other.
    for one in (1, 0):
        part[_strays(patch, part, one)] = 1 - one
    if part.min() == part.max():
        raise Conflict("edit_line_divides_nothing", grid=label)
    return part


def _strays(patch: Patch, part: NDArray[np.int32], side: int) -> NDArray[np.int64]:
    """Nodes of a side that its heaviest piece does not reach."""
    mine = np.flatnonzero(part == side)
    if not len(mine):
        return mine
    source, target, n = patch.arena.source, patch.arena.indices, len(part)
    inside = (part[source] == side) & (part[target] == side)
    links = coo_array((np.ones(int(inside.sum()), np.int8), (source[inside], target[inside])), shape=(n, n))
    piece = connected_components(links, directed=False)[1][mine]
    load, size = np.bincount(piece, patch.arena.weight[mine, 0]), np.bincount(piece)
    main = np.lexsort((np.arange(len(size)), -size, -load))[0]
    strays: NDArray[np.int64] = mine[piece != main]
    return strays


def _by_seeds(patch: Patch, label: int, seeds: NDArray[np.bool_], seed: int) -> NDArray[np.int32]:
    nodes = np.flatnonzero(seeds)
    if len(nodes) != 2:
        raise InvalidInput("edit_split_seeds", grid=label, got=len(nodes))
    # Each node goes with the seed that fewer steps lead to: both halves are whole.
    near, far = (_steps(patch, nodes[k : k + 1]) for k in (0, 1))
    arena = patch.arena._replace(fixed=patch.arena.fixed | seeds)
    free = replace(patch, arena=arena, terms=patch.terms._replace(move_price=0.0))
    return _evenest(free, [(far < near).astype(np.int32)], seed)


def _by_line(sketch: Sketch, patch: Patch, label: int, along: Any) -> NDArray[np.int32]:
    board = sketch.board
    on_line = _nodes_of(sketch, patch, label, along, "along")
    trial = sketch.part.copy()
    trial[patch.units[on_line[patch.node]]] = -1
    found = find_pieces(board, trial, np.array([label + 1]), sketch.next_label + 1)
    if found.pieces < 2:
        raise Conflict("edit_line_divides_nothing", grid=label)
    load = np.bincount(found.piece[found.members], board.graph.weight[found.members], minlength=found.pieces)
    size = np.bincount(found.piece[found.members], minlength=found.pieces)
    sides = np.lexsort((np.arange(found.pieces), -size, -load))[:2]
    part = np.full(len(patch.home), 2, np.int32)
    for side, piece in enumerate(sides.tolist()):
        part[patch.node[found.piece[patch.units] == piece]] = side
    return absorb(patch, part, 2, _PRESS)
