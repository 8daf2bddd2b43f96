"""A few grids cut out of a sketch as a small problem for the solver's compiled engine. The one file that knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.partition.edit.board import Board
from geo.partition.edit.kernels import cut_out, members_of
from geo.partition.edit.sketch import Sketch
from geo.partition.graph import UnitGraph
from geo.partition.solver.anneal import excess_of, settle, state_of
from geo.partition.solver.engine import Arena, State, Terms, anneal, cut_of, leaves_whole, move, penalty
from geo.partition.solver.groups import weld
from geo.partition.solver.steps import links_of


@dataclass(frozen=True, eq=False)
class Patch:
    """Some grids by themselves. Nodes are units, or groups that lie in one grid in one piece; k parts.

    Attributes
    ----------
    label : int64 (k,), the sketch's label of each part.
    units : int64 (u,), the board's numbers, ascending. node : int64 (u,), node of each.
    arena : the engine's view; `home` is the part of each node now, `fixed` nodes may not move.
    terms : the band, widened where the patch's total does not fit it.
    """

    label: NDArray[np.int64]
    units: NDArray[np.int64]
    node: NDArray[np.int64]
    arena: Arena
    terms: Terms

    @cached_property
    def pool(self) -> NDArray[np.int64]:
        """Adjacency entries whose source may move."""
        return np.flatnonzero(~self.arena.fixed[self.arena.source])

    @property
    def home(self) -> NDArray[np.int32]:
        """int32 (nodes,): part of each node as the sketch has it."""
        return self.arena.home

    def state(self, part: NDArray[np.int32], seed: int) -> State:
        """The engine's state that starts from `part`."""
        return state_of(self.arena, part, len(self.label), seed)

    def loads(self, part: NDArray[np.int32]) -> NDArray[np.float64]:
        """float64 (k, w)."""
        return self.state(part, 1).load

    def excess(self, part: NDArray[np.int32]) -> NDArray[np.float64]:
        """float64 (k,): how far each part is outside its bands, in `terms.scale`, linear plus square; 0.0 if inside."""
        x = excess_of(self.loads(part), self.terms) / self.terms.scale
        return np.asarray((x + x * x).sum(axis=1), dtype=np.float64)

    def moved(self, part: NDArray[np.int32]) -> float:
        """People away from where they are now."""
        return float(self.arena.weight[part != self.home, 0].sum())

    def cut(self, part: NDArray[np.int32]) -> float:
        """Price of the borders inside the patch."""
        return float(cut_of(self.arena, part))

    def labels_of(self, part: NDArray[np.int32]) -> NDArray[np.int64]:
        """Label of each of `units`."""
        return self.label[part[self.node]]


def cut_patch(sketch: Sketch, labels: Sequence[int], *, fresh: int = 0, even: bool = True) -> Patch:
    """Cut the grids `labels` out; `fresh` empty parts for new grids follow them. `even`: see `_terms`."""
    board, size = sketch.board, sketch.next_label + 1
    label = np.array(sorted(labels), dtype=np.int64)
    slot = np.full(size, -1, np.int32)
    slot[label + 1] = np.arange(len(label), dtype=np.int32)
    units = members_of(sketch.part, slot)
    node, held = _nodes(sketch, units)
    count = int(node.max()) + 1
    of_unit = np.full(len(board), -1, np.int64)
    of_unit[units] = node
    graph = board.graph
    a, b, cost = cut_out(graph.indptr, graph.indices, board.way, board.price, units, of_unit)
    key, inverse = np.unique(a * count + b, return_inverse=True)
    weight = np.column_stack([np.bincount(node, column[units], minlength=count) for column in board.weights.T])
    home = np.empty(count, np.int32)
    home[node] = slot[sketch.part[units] + 1]
    fixed = np.zeros(count, bool)
    fixed[node[held]] = True
    indptr = np.concatenate([[0], np.cumsum(np.bincount(key // count, minlength=count))]).astype(np.int64)
    indices = (key % count).astype(np.int32)
    cost = np.bincount(inverse, cost, minlength=len(key)).astype(np.float64)
    weights = np.ascontiguousarray(weight, dtype=np.float64)
    source = (key // count).astype(np.int32)
    arena = Arena(indptr, indices, source, cost, weights, fixed, home, *links_of(indptr, indices, cost))
    names = np.concatenate([label, sketch.next_label + np.arange(fresh)])
    return Patch(names, units, node, arena, _terms(board, arena.weight, home, len(names), even))


def _nodes(sketch: Sketch, units: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Number the nodes by their first unit, and tell which units are held: by a lock, or by a group out of reach."""
    board = sketch.board
    held = sketch.locked_unit[units].copy()
    group = board.group[units].astype(np.int64)
    inside = np.flatnonzero(group >= 0)
    if not len(inside):
        return np.arange(len(units)), held
    label = sketch.part[units]
    names, first, place = np.unique(group[inside], return_index=True, return_inverse=True)
    whole = np.bincount(place, minlength=len(names)) == board.group_ptr[names + 1] - board.group_ptr[names]
    whole[place[label[inside] != label[inside[first]][place]]] = False
    bound = np.full(len(units), -1, np.int64)
    bound[inside[whole[place]]] = group[inside[whole[place]]]
    node, split = weld(_within_grids(board, units, label), bound, np.inf)
    held |= (group >= 0) & ((bound < 0) | np.isin(group, split))
    return node, held


def _within_grids(board: Board, units: NDArray[np.int64], label: NDArray[np.int32]) -> UnitGraph:
    """The graph of `units` without the adjacencies between two grids."""
    place = np.full(len(board), -1, np.int64)
    place[units] = np.arange(len(units))
    graph = board.graph
    a, b, _ = cut_out(graph.indptr, graph.indices, board.way, board.price, units, place)
    own = label[a] == label[b]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a[own], minlength=len(units)))])
    return UnitGraph(graph.weight[units], indptr, b[own].astype(np.int32))


def _terms(board: Board, weight: NDArray[np.float64], home: NDArray[np.int32], parts: int, even: bool) -> Terms:
    """The board's band for each part, wider where the whole cannot be divided within it.

    Then either all parts may come as near to the fair share as the band is wide (`even`), or those in the band keep it
    and what is too much or too little stays with the parts that are outside it now, shared out among them. A part
    that holds a unit above the band has to hold that much.
    """
    shape = (parts, len(board.low))
    low, high = np.tile(board.low, (parts, 1)), np.tile(board.high, (parts, 1))
    for j in range(shape[1]):
        column, least, most = weight[:, j], float(board.low[j]), float(board.high[j])
        giant = column > most * (1 + 1e-9)
        np.maximum.at(high[:, j], home[giant], column[giant])
        rest = high[:, j] <= most
        count = int(rest.sum())
        total = float(column[~giant].sum())
        if not count or least * count <= total <= most * count:
            continue
        fair, middle = total / count, (least + most) / 2
        width = (most - least) / max(most + least, 1e-12)
        load = np.bincount(home, column, minlength=parts)
        heavy = fair > most
        out = rest & ((load > most) if heavy else (load < least))
        if even or not out.any():
            out, goal = rest, fair * (1 + width if heavy else 1 - width)
        else:
            # The others are counted on to fill their band half-way from the middle.
            goal = (total - (count - int(out.sum())) * (middle + (most if heavy else least)) / 2) / int(out.sum())
        if heavy:
            high[out, j] = max(most, goal)
        else:
            low[out, j] = min(least, max(goal, 0.0))
    return Terms(low, high, board.scale, 0.0, np.inf)


def search(
    patch: Patch,
    start: NDArray[np.int32],
    seed: int,
    proposals: int,
    *,
    pool: NDArray[np.int64] | None = None,
    heat: tuple[float, float] = (0.6, 0.08),
    press: tuple[float, float] = (2.0, 80.0),
    steps: int = 12,
) -> NDArray[np.int32]:
    """Anneal the patch from `start`; int32 (nodes,), every part as whole as it was. The same seed gives the same parts.

    `proposals` bounds the work, so that the time is bounded on any machine without looking at a clock. `pool` limits
    the search to the adjacency entries whose source may move.
    """
    state = patch.state(start, seed)
    pool = patch.pool if pool is None else pool
    if not len(pool):
        return state.part
    for step in range(steps):
        done = step / max(steps - 1, 1)
        hot, strict = (pair[0] * (pair[1] / pair[0]) ** done for pair in (heat, press))
        anneal(patch.arena, state, patch.terms, pool, hot, strict, max(1, proposals // steps))
        settle(patch.arena, state)
    return state.part


def absorb(patch: Patch, part: NDArray[np.int32], source: int, press: float) -> NDArray[np.int32]:
    """Give the nodes of part `source` to the parts that they touch, one by one, the best first; balance costs `press`.

    Nodes that nothing reaches stay.
    """
    state = patch.state(part, 1)
    _absorb(patch.arena, state, patch.terms, source, press)
    return state.part


def grow(patch: Patch, part: NDArray[np.int32], target: int, goal: float, press: float) -> NDArray[np.int32]:
    """Let part `target` take nodes from its neighbours until it holds `goal` people; all others stay whole."""
    state = patch.state(part, 1)
    _grow(patch.arena, state, patch.terms, target, goal, press)
    return state.part


def may_leave(patch: Patch, part: NDArray[np.int32]) -> NDArray[np.int64]:
    """Nodes that may move and whose part stays whole without them, ascending."""
    state = patch.state(part, 1)
    free = np.flatnonzero(~patch.arena.fixed & (state.size[part] > 1))
    return np.array([x for x in free.tolist() if leaves_whole(x, patch.arena, state, len(part))], dtype=np.int64)


@jit
def _absorb(arena: Any, state: Any, terms: Any, source: Any, press: Any) -> Any:
    part = state.part
    shared = np.zeros(len(state.size))
    while True:
        least, unit, target = np.inf, -1, -1
        for x in range(len(part)):
            if part[x] != source:
                continue
            for e in range(arena.indptr[x], arena.indptr[x + 1]):
                shared[part[arena.indices[e]]] += arena.cost[e]
            for e in range(arena.indptr[x], arena.indptr[x + 1]):
                there = part[arena.indices[e]]
                if there != source and shared[there] > 0.0:
                    price = -shared[there]
                    for j in range(arena.weight.shape[1]):
                        load = state.load[there, j]
                        price += press * (
                            penalty(load + arena.weight[x, j], there, j, terms) - penalty(load, there, j, terms)
                        )
                    if price < least:
                        least, unit, target = price, x, there
            for e in range(arena.indptr[x], arena.indptr[x + 1]):
                shared[part[arena.indices[e]]] = 0.0
        if unit < 0:
            return
        move(unit, target, arena, state)


@jit
def _grow(arena: Any, state: Any, terms: Any, target: Any, goal: Any, press: Any) -> Any:
    part = state.part
    refused = np.zeros(len(part), np.bool_)
    while state.load[target, 0] < goal:
        least, unit = np.inf, -1
        for x in range(len(part)):
            own = part[x]
            if own == target or arena.fixed[x] or refused[x] or state.size[own] == 1:
                continue
            near, price = False, 0.0
            for e in range(arena.indptr[x], arena.indptr[x + 1]):
                there = part[arena.indices[e]]
                if there == target:
                    near = True
                    price -= arena.cost[e]
                elif there == own:
                    price += arena.cost[e]
            if not near or state.load[target, 0] + arena.weight[x, 0] / 2 > goal:
                continue
            for j in range(arena.weight.shape[1]):
                load = state.load[own, j]
                price += press * (penalty(load - arena.weight[x, j], own, j, terms) - penalty(load, own, j, terms))
            if price < least:
                least, unit = price, x
        if unit < 0:
            return
        if leaves_whole(unit, arena, state, len(part)):
            move(unit, target, arena, state)
            refused[:] = False
        else:
            refused[unit] = True
