"""Compiled loops over the units of a few grids.

A grid's row in a tally is its label + 1; row 0 holds the units without a grid.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit


@jit
def members_of(part: Any, slot: Any) -> Any:
    """Units of the wanted grids, ascending: int64. `slot` int32 (rows,): position of a wanted row, −1 for others."""
    count = 0
    for unit in range(len(part)):
        if slot[part[unit] + 1] >= 0:
            count += 1
    out = np.empty(count, np.int64)
    at = 0
    for unit in range(len(part)):
        if slot[part[unit] + 1] >= 0:
            out[at] = unit
            at += 1
    return out


@jit
def number_pieces(indptr: Any, indices: Any, way: Any, part: Any, members: Any, piece: Any) -> Any:
    """Number the connected pieces of whole grids in `piece` (−1 at all members before); returns how many there are."""
    queue = np.empty(len(members), np.int64)
    count = 0
    for start in members:
        if piece[start] >= 0:
            continue
        piece[start] = count
        queue[0] = start
        head, tail = 0, 1
        while head < tail:
            x = queue[head]
            head += 1
            for e in range(indptr[x], indptr[x + 1]):
                y = indices[e]
                if way[e] and part[y] == part[x] and piece[y] < 0:
                    piece[y] = count
                    queue[tail] = y
                    tail += 1
        count += 1
    return count


@jit
def main_pieces(part: Any, slot: Any, wanted: Any, members: Any, piece: Any, count: Any, weight: Any) -> Any:
    """The heaviest piece of each wanted grid, then the one of most units, then the first: int64 (wanted,)."""
    load = np.zeros(count)
    size = np.zeros(count, np.int64)
    grid = np.zeros(count, np.int64)
    for unit in members:
        p = piece[unit]
        load[p] += weight[unit]
        size[p] += 1
        grid[p] = slot[part[unit] + 1]
    best = np.full(wanted, -1, np.int64)
    for p in range(count):
        b = best[grid[p]]
        if b < 0 or load[p] > load[b] or (load[p] == load[b] and size[p] > size[b]):
            best[grid[p]] = p
    return best


@jit
def measure(
    indptr: Any, indices: Any, part: Any, slot: Any, members: Any, piece: Any, weights: Any, households: Any, into: Any
) -> Any:
    """Add up the figures of the wanted grids: `into` holds load, heaviest, households, units, cut, pieces, all zero.

    Sums run over the units in order, so that they are to the last bit what a count from scratch gives.
    """
    load, heaviest, homes, units, cut, pieces = into
    last = -1
    for unit in members:
        row = slot[part[unit] + 1]
        for j in range(weights.shape[1]):
            load[row, j] += weights[unit, j]
            heaviest[row, j] = max(heaviest[row, j], weights[unit, j])
        homes[row] += households[unit]
        units[row] += 1
        # Pieces are numbered by their first unit.
        if piece[unit] > last:
            last = piece[unit]
            pieces[row] += 1
        for e in range(indptr[unit], indptr[unit + 1]):
            if part[indices[e]] != part[unit]:
                cut[row] += 1


@jit
def border_of(indptr: Any, indices: Any, way: Any, price: Any, part: Any, units: Any, inside: Any, settled: Any) -> Any:
    """Labels across the border of `units` and the price of each adjacency; only towards settled units.

    `inside` bool (n,) marks `units`. Returns int32 (t,) and float64 (t,).
    """
    most = 0
    for unit in units:
        most += indptr[unit + 1] - indptr[unit]
    label = np.empty(most, np.int32)
    cost = np.empty(most)
    at = 0
    for unit in units:
        for e in range(indptr[unit], indptr[unit + 1]):
            y = indices[e]
            if way[e] and not inside[y] and settled[y]:
                label[at] = part[y]
                cost[at] = price[e]
                at += 1
    return label[:at], cost[:at]


@jit
def cut_out(indptr: Any, indices: Any, way: Any, price: Any, units: Any, node: Any) -> Any:
    """Adjacencies among `units` as pairs of nodes: int64 (t,) twice, and their price.

    `node` int64 (n,) is the node of each unit, −1 outside.
    """
    most = 0
    for unit in units:
        most += indptr[unit + 1] - indptr[unit]
    a = np.empty(most, np.int64)
    b = np.empty(most, np.int64)
    cost = np.empty(most)
    at = 0
    for unit in units:
        for e in range(indptr[unit], indptr[unit + 1]):
            y = indices[e]
            if way[e] and node[y] >= 0 and node[y] != node[unit]:
                a[at] = node[unit]
                b[at] = node[y]
                cost[at] = price[e]
                at += 1
    return a[:at], b[:at], cost[:at]
