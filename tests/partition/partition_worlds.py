"""Small unit graphs and drawings for the tests of the partition room, with oracles that share no code with it."""

from __future__ import annotations

from collections import deque

import numpy as np
import shapely
from hypothesis import strategies as st

from geo.partition import UnitGraph


def graph_from_edges(weight, edges, *, border=None, xy=None) -> UnitGraph:
    n = len(weight)
    edges = np.asarray(sorted({(min(a, b), max(a, b)) for a, b in edges}), dtype=np.int64).reshape(-1, 2)
    length = np.ones(len(edges)) if border is None else np.asarray(border, dtype=float)
    a, b = np.concatenate([edges[:, 0], edges[:, 1]]), np.concatenate([edges[:, 1], edges[:, 0]])
    order = np.lexsort((b, a))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(a, minlength=n))])
    return UnitGraph(weight, indptr, b[order], np.concatenate([length, length])[order], xy)


def lattice(width: int, height: int, weight, *, seed: int | None = 0) -> UnitGraph:
    index = np.arange(width * height).reshape(height, width)
    edges = [*zip(index[:, :-1].ravel(), index[:, 1:].ravel(), strict=True)]
    edges += [*zip(index[:-1].ravel(), index[1:].ravel(), strict=True)]
    xy = np.column_stack([np.tile(np.arange(width), height), np.repeat(np.arange(height), width)]).astype(float)
    if seed is not None:
        xy += np.random.default_rng(seed).uniform(-0.2, 0.2, xy.shape)
    return graph_from_edges(weight, edges, xy=xy * 50)


def squares(width: int, height: int, side: float = 100.0) -> np.ndarray:
    return np.array(
        [shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side) for y in range(height) for x in range(width)],
        dtype=object,
    )


def shuffled(graph: UnitGraph, seed: int) -> tuple[UnitGraph, np.ndarray]:
    """The same graph with its rows in another order, and the old row of each new one."""
    order = np.random.default_rng(seed).permutation(len(graph))
    rank = np.argsort(order)
    row, column = rank[graph.source], rank[graph.indices]
    place = np.lexsort((column, row))
    return (
        UnitGraph(
            graph.weight[order],
            np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(graph)))]),
            column[place],
            None if graph.border_m is None else graph.border_m[place],
            None if graph.xy_m is None else graph.xy_m[order],
            None if graph.along is None else graph.along[place],
            None if graph.workload is None else graph.workload[order],
            None if graph.closed is None else graph.closed[place],
        ),
        order,
    )


def neighbours(graph: UnitGraph, unit: int) -> list[int]:
    return graph.indices[graph.indptr[unit] : graph.indptr[unit + 1]].tolist()


def pieces_by_search(graph: UnitGraph, units) -> int:
    """Number of connected pieces of some units: a plain breadth-first search."""
    left, pieces = set(map(int, units)), 0
    while left:
        pieces += 1
        queue = deque([left.pop()])
        while queue:
            for other in neighbours(graph, queue.popleft()):
                if other in left:
                    left.discard(other)
                    queue.append(other)
    return pieces


def assert_sound(graph: UnitGraph, labels: np.ndarray, grids: int) -> None:
    """Exact cover by `grids` non-empty connected grids."""
    assert labels.shape == (len(graph),)
    assert sorted(set(labels.tolist())) == list(range(grids))
    for grid in range(grids):
        assert pieces_by_search(graph, np.flatnonzero(labels == grid)) == 1


@st.composite
def connected_graphs(draw, max_units: int = 24, max_weight: int = 40) -> UnitGraph:
    """A random tree with a few more edges, with or without coordinates and with some empty units."""
    n = draw(st.integers(1, max_units))
    edges = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    if n > 2:
        extra = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1])
        edges += draw(st.lists(extra, max_size=n))
    weight = draw(st.lists(st.integers(0, max_weight), min_size=n, max_size=n))
    xy = None
    if draw(st.booleans()):
        xy = np.random.default_rng(draw(st.integers(0, 99))).uniform(0, 1000, (n, 2))
    return graph_from_edges(np.array(weight, float), edges, xy=xy)
