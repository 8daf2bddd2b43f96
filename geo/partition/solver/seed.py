"""A first division: cut the area in two along its longer side, again and again, then put stray pieces right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from geo.compiled import jit
from geo.partition.graph import UnitGraph, pieces_of


def bisect(graph: UnitGraph, grids: int) -> NDArray[np.int32]:
    """Divide a connected graph into `grids` connected parts of roughly equal weight.

    Parameters
    ----------
    graph : UnitGraph
        Connected, in canonical order; without `xy_m`, distances along the graph take the place of coordinates.
    grids : int
        1 … number of units.

    Returns
    -------
    int32 (n,)
        0 … grids − 1, none empty, each in one piece.
    """
    xy = graph.xy_m if graph.xy_m is not None else landmarks(graph)
    # Empty land counts a little, so that a district without people is divided too.
    weight = graph.weight + max(float(graph.weight.mean()), 1e-9) * 1e-3
    part = _halve(np.ascontiguousarray(xy, dtype=np.float64), weight, grids)
    return grow(graph, largest_pieces(graph, part))


@jit
def _halve(xy: Any, weight: Any, grids: Any) -> Any:
    """Cut along the longer side, weight by number of grids, until each part is one grid: int32 (n,)."""
    n = len(weight)
    units = np.arange(n)
    part = np.zeros(n, np.int32)
    # Parts still to be cut: where they begin and end in `units`, how many grids, the first grid's number.
    todo = [(0, n, grids, 0)]
    while len(todo):
        start, stop, count, base = todo.pop()
        if count == 1:
            for i in range(start, stop):
                part[units[i]] = base
            continue
        side = np.zeros(2)
        for axis in range(2):
            low = high = xy[units[start], axis]
            for i in range(start, stop):
                low, high = min(low, xy[units[i], axis]), max(high, xy[units[i], axis])
            side[axis] = high - low
        axis = 0 if side[0] >= side[1] else 1
        mine = units[start:stop].copy()
        mine = mine[np.argsort(xy[mine, axis], kind="mergesort")]
        units[start:stop] = mine
        half, total = count // 2, weight[mine].sum()
        at, run = 0, 0.0
        while at < len(mine) and run + weight[mine[at]] < total * half / count:
            run += weight[mine[at]]
            at += 1
        at = start + min(max(at, half), len(mine) - (count - half))
        todo.append((start, at, half, base))
        todo.append((at, stop, count - half, base + half))
    return part


def largest_pieces(
    graph: UnitGraph, part: NDArray[np.int32], keep: NDArray[np.bool_] | None = None
) -> NDArray[np.int32]:
    """Keep the heaviest piece of each part (the one with `keep` units first) and unassign (−1) the rest."""
    piece = pieces_of(part, graph)
    count = int(piece.max(initial=-1)) + 1
    load = np.bincount(piece, graph.weight, minlength=count)
    units = np.bincount(piece, minlength=count)
    held = np.zeros(count) if keep is None else np.bincount(piece, keep, minlength=count)
    first = np.unique(piece, return_index=True)[1]
    label = part[first]
    order = np.lexsort((first, -units, -load, -held, label))
    best = np.zeros(count, dtype=bool)
    best[order[np.concatenate([[True], label[order][1:] != label[order][:-1]])]] = True
    return np.where(best[piece] & (part >= 0), part, -1).astype(np.int32)


def grow(graph: UnitGraph, part: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give unassigned units to the neighbouring part with the dearest common border, ring by ring.

    Units that no part reaches stay unassigned.
    """
    part = part.copy()
    source, price = graph.source, graph.border_m
    assert price is not None
    while True:
        near = (part[source] < 0) & (part[graph.indices] >= 0)
        if not near.any():
            return part
        unit, label = source[near].astype(np.int64), part[graph.indices[near]].astype(np.int64)
        width = int(label.max()) + 1
        key, inverse = np.unique(unit * width + label, return_inverse=True)
        border = np.bincount(inverse, price[near], minlength=len(key))
        order = np.lexsort((key % width, -border, key // width))
        of_unit = (key // width)[order]
        first = order[np.concatenate([[True], of_unit[1:] != of_unit[:-1]])]
        part[key[first] // width] = key[first] % width


def landmarks(graph: UnitGraph) -> NDArray[np.float64]:
    """Two coordinates of each unit from its steps to four far units of a connected graph: float64 (n, 2)."""
    n = len(graph)
    links = csr_array((np.ones(len(graph.indices), np.int8), graph.indices, graph.indptr), shape=(n, n))

    def steps(start: int) -> NDArray[np.float64]:
        order, before = breadth_first_order(links, start, directed=False)
        away = np.zeros(n)
        for unit in order[1:].tolist():
            away[unit] = away[before[unit]] + 1
        return away

    a = int(np.argmax(steps(0)))
    from_a = steps(a)
    b = int(np.argmax(from_a))
    from_b = steps(b)
    c = int(np.argmax(np.minimum(from_a, from_b)))
    from_c = steps(c)
    d = int(np.argmax(from_c - np.abs(from_a - from_b)))
    return np.column_stack([from_a - from_b, from_c - steps(d)])
