"""What hangs on the cut vertices of a graph, and how much of it has to share the grid of its vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.partition.graph import UnitGraph

_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Branches:
    """What hangs on each cut vertex: one entry a branch.

    vertex, weight, size : the cut vertex, and the branch's weight and number of units.
    first, last : the branch is ``order[first:last]``; where `outer`, it is what no other branch of the vertex holds.
    """

    vertex: NDArray[np.int64]
    weight: NDArray[np.float64]
    size: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    outer: NDArray[np.bool_]
    order: NDArray[np.int64]
    piece: NDArray[np.int32]


def find_branches(graph: UnitGraph, inside: NDArray[np.bool_], part: NDArray[np.int32]) -> Branches:
    """All branches at all cut vertices (Tarjan's low points; a subtree of the search is a run of its order)."""
    source = graph.source
    keep = inside[source] & inside[graph.indices]
    if graph.closed is not None:
        keep &= ~graph.closed
    starts = np.concatenate([[0], np.cumsum(np.bincount(source[keep], minlength=len(graph)))])
    order, place, parent, low, size = _search(starts, graph.indices[keep].astype(np.int64))
    up_to = np.concatenate([[0.0], np.cumsum(graph.weight[order])])
    child = np.flatnonzero((parent >= 0) & inside)
    child = child[low[child] >= place[parent[child]]]
    first, last = place[child], place[child] + size[child]
    vertex, weight, count = parent[child], up_to[last] - up_to[first], size[child]
    # What lies on the other side of a cut vertex: its piece without itself and its branches.
    load = np.bincount(part[inside], graph.weight[inside])
    units = np.bincount(part[inside])
    cut = np.unique(vertex)
    below = np.bincount(vertex, weight, minlength=len(graph))[cut]
    many = np.bincount(vertex, count, minlength=len(graph))[cut].astype(np.int64)
    beyond = units[part[cut]] - many - 1
    upper = beyond > 0
    top = cut[upper]
    rest_weight = (load[part[cut]] - graph.weight[cut] - below)[upper]
    return Branches(
        vertex=np.concatenate([vertex, top]),
        weight=np.concatenate([weight, np.maximum(rest_weight, 0.0)]),
        size=np.concatenate([count, beyond[upper]]),
        first=np.concatenate([first, np.zeros(len(top), np.int64)]),
        last=np.concatenate([last, np.zeros(len(top), np.int64)]),
        outer=np.concatenate([np.zeros(len(child), bool), np.ones(len(top), bool)]),
        order=order,
        piece=part,
    )


def weight_needed(weight: NDArray[np.float64], branches: Branches, low: float, high: float) -> NDArray[np.float64]:
    """Least weight of the grid of each cut vertex, 0 for other units: float64 (n,)."""
    rest = _remainder(branches, low, high)
    need = np.bincount(branches.vertex, rest, minlength=len(weight))
    cut = np.zeros(len(weight), bool)
    cut[branches.vertex] = True
    return np.where(cut, need + weight, 0.0)


def least_maximum(weight: NDArray[np.float64], branches: Branches, low: float, high: float) -> float:
    """The least maximum, from `high` on, that what hangs on cut vertices does not rule out.

    A higher maximum forces less: a branch that is too heavy for one grid may then be one.
    """
    below, above = high, float(weight_needed(weight, branches, low, high).max(initial=high))
    while above - below > 1e-12 * above:
        middle = (below + above) / 2
        if float(weight_needed(weight, branches, low, middle).max(initial=0.0)) <= middle:
            above = middle
        else:
            below = middle
    return above


def _remainder(branches: Branches, low: float, high: float) -> NDArray[np.float64]:
    """What each branch cannot divide into grids of its own at the best."""
    count = branches.size.astype(np.float64)
    if low > 0:
        count = np.minimum(count, np.floor(branches.weight / low + _SLACK))
    return np.maximum(0.0, branches.weight - count * max(high, 0.0))


def forced_units(branches: Branches, vertex: int, low: float, high: float) -> NDArray[np.int64]:
    """The cut vertex and the branches that hang on it whole, being too light for a grid."""
    rest = _remainder(branches, low, high)
    forced, below = [np.array([vertex], dtype=np.int64)], [np.array([vertex], dtype=np.int64)]
    hangs_above = False
    for b in np.flatnonzero(branches.vertex == vertex).tolist():
        hangs = bool(rest[b] > 0 and not branches.weight[b] >= low > 0)
        if branches.outer[b]:
            hangs_above = hangs
            continue
        run = branches.order[branches.first[b] : branches.last[b]]
        below.append(run)
        if hangs:
            forced.append(run)
    if hangs_above:
        whole = np.flatnonzero(branches.piece == branches.piece[vertex])
        forced.append(np.setdiff1d(whole, np.concatenate(below)))
    return np.unique(np.concatenate(forced))


@jit
def _search(
    indptr: NDArray[np.int64], indices: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Depth-first search of all pieces: order, place in it, parent (−1 for a root), low point, size of the subtree."""
    n = len(indptr) - 1
    order, place, parent = np.empty(n, np.int64), np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    low, size, at = np.empty(n, np.int64), np.ones(n, np.int64), indptr[:-1].copy()
    count = 0
    for root in range(n):
        if place[root] >= 0:
            continue
        v = root
        order[count], place[v], low[v] = v, count, count
        count += 1
        while v >= 0:
            if at[v] < indptr[v + 1]:
                u = indices[at[v]]
                at[v] += 1
                if place[u] < 0:
                    parent[u] = v
                    order[count], place[u], low[u] = u, count, count
                    count += 1
                    v = u
                elif u != parent[v]:
                    low[v] = min(low[v], place[u])
            else:
                up = parent[v]
                if up >= 0:
                    low[up] = min(low[up], low[v])
                    size[up] += size[v]
                v = up
    return order, place, parent, low, size
