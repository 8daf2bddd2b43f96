"""Pieces of few, large units: what can be said and done by listing every grid that the band allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.graph import UnitGraph, trusted
from geo.partition.solver.anneal import arena_of, loads_of, outside_of
from geo.partition.solver.branches import find_branches
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, Terms
from geo.partition.solver.piece import capped, terms_of
from geo.partition.solver.set_partition import Choice, applies, choice_of, is_sparse, nearest

if TYPE_CHECKING:
    from geo.partition.solver.piece import Piece

# Units before any are welded, in all and a grid.
_MOST, _USUAL = 3_000, 40
# Annealing has trouble where there is as little to choose from.
_SETS = 4_000
# Borders this much longer than the relaxation's may be worth an integer programme.
_LONGER = 1.03

# Labels of a piece's units, and the weight outside the band.
Divided = tuple[NDArray[np.int32], float]


class _Listed(NamedTuple):
    """One number of grids: the welded units, their terms, the node of each unit, and all grids of the band."""

    arena: Arena
    terms: Terms
    node: NDArray[np.int32]
    choice: Choice


class Listing:
    """The grids that the band allows in a piece, listed for each number of grids that is an option.

    Parameters
    ----------
    piece : Piece
        Listed only if it has a band, the same for all grids, and nothing is locked or at home anywhere.
    options : tuple of int
        Numbers of grids.
    """

    def __init__(self, piece: Piece, options: tuple[int, ...], clock: Clock) -> None:
        self._graph, self._clock, self._options = piece.graph, clock, len(options)
        self._of: dict[int, _Listed] = {}
        if not may_be_listed(piece, options):
            return
        for grids in options:
            if not 1 < grids < len(piece.graph) or clock.over:
                continue
            terms = terms_of(piece, np.arange(grids, dtype=np.int32))
            node, graph = weld_light_branches(piece.graph, float(terms.low[0, 0]))
            if len(graph) < grids or not applies(len(graph), grids):
                continue
            free = np.zeros(len(graph), bool), np.full(len(graph), -1, np.int32)
            arena = capped(arena_of(graph, *free), terms)
            choice = choice_of(arena, terms)
            if choice is not None:
                self._of[grids] = _Listed(arena, terms, node, choice)

    def __bool__(self) -> bool:
        return bool(self._of)

    def settle(self) -> Divided | None:
        """The division if it needs nothing but the lists: there is little to choose from, or proved to be no plan."""
        best: Divided | None = None
        for listed in self._of.values():
            arena, choice = listed.arena, listed.choice
            possible = np.isfinite(choice.least)
            if possible and len(choice.price) > _SETS and not is_sparse(len(arena.weight), len(arena.indices)):
                return None
            found = choice.cheapest(self._clock) if possible else None
            label = nearest(arena, listed.terms, self._clock) if found is None else found[0]
            if label is None:
                continue
            excess = _outside(listed, label)
            if best is None or excess < best[1]:
                best = label[listed.node], excess
            if excess == 0:
                return best
        return best if len(self._of) == self._options else None

    def improve(self, part: NDArray[np.int32], excess: float) -> Divided:
        """The division that was found otherwise, or a better one."""
        listed = self._of.get(int(part.max()) + 1)
        if listed is None:
            return part, excess
        all_borders, graph = float(listed.arena.cost.sum()), self._graph
        assert graph.border_m is not None
        cut = float(graph.border_m[part[graph.source] != part[graph.indices]].sum()) / 2
        if excess == 0 and cut <= _LONGER * listed.choice.least * all_borders:
            return part, excess
        found = listed.choice.cheapest(self._clock)
        if found is None or (excess == 0 and found[1] * all_borders >= cut):
            return part, excess
        return found[0][listed.node], _outside(listed, found[0])


def may_be_listed(piece: Piece, options: tuple[int, ...]) -> bool:
    """Whether there is a band, the same for all grids, nothing is locked or at home anywhere, and units are few."""
    free = piece.home is None and piece.share is None and not piece.fixed.any()
    return free and piece.has_band and len(piece.graph) <= min(_MOST, _USUAL * max(options))


def weld_light_branches(graph: UnitGraph, low: float) -> tuple[NDArray[np.int32], UnitGraph]:
    """Weld what hangs on one unit and is too light for a grid to that unit: no grid of the band parts them.

    Returns
    -------
    node : int32 (n,)
        The welded unit of each unit.
    graph : UnitGraph
        The welded units, in the order of their first ones, with the prices of borders added up.
    """
    n = len(graph)
    whole = np.ones(n, bool)
    branches = find_branches(graph, whole, np.zeros(n, np.int32))
    ends: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    for light in np.flatnonzero(branches.weight < low).tolist():
        run = branches.order[branches.first[light] : branches.last[light]]
        if branches.outer[light]:
            inner = branches.vertex == branches.vertex[light]
            below = [branches.order[i:j] for i, j in zip(branches.first[inner], branches.last[inner], strict=True)]
            run = np.setdiff1d(np.arange(n), np.concatenate([branches.vertex[[light]], *below]))
        ends.append(np.column_stack([np.full(len(run), branches.vertex[light]), run]))
    pairs = np.concatenate(ends)
    label = connected_components(coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(n, n)), directed=False)[1]
    first, node = np.unique(label, return_index=True, return_inverse=True)[1:]
    node = np.argsort(np.argsort(first))[node]
    count = len(first)
    a, b = node[graph.source], node[graph.indices]
    across = a != b
    assert graph.border_m is not None
    links = coo_array((graph.border_m[across], (a[across], b[across])), shape=(count, count)).tocsr()
    links.sort_indices()
    columns = [np.bincount(node, weight) for weight in graph.weights.T]
    welded = trusted(
        weight=columns[0],
        indptr=links.indptr.astype(np.int64),
        indices=links.indices.astype(np.int32),
        border_m=links.data,
        workload=np.column_stack(columns[1:]) if columns[1:] else None,
    )
    return node.astype(np.int32), welded


def _outside(listed: _Listed, label: NDArray[np.int32]) -> float:
    return outside_of(loads_of(listed.arena, label, len(listed.terms.low)), listed.terms)
