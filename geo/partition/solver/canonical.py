"""An order of the units that does not depend on the order of the rows.

Everything after it may break ties by position, and the same seed then gives the same grids for shuffled files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo.partition.graph import UnitGraph, trusted

_BITS = 16


@dataclass(frozen=True, eq=False)
class Canonical:
    """A graph in canonical order, and the way back.

    Attributes
    ----------
    order : int64 (n,), the caller's index of each canonical position.
    rank : int64 (n,), the canonical position of each of the caller's units.
    """

    graph: UnitGraph
    order: NDArray[np.int64]
    rank: NDArray[np.int64]


def canonical(graph: UnitGraph) -> Canonical:
    """Put the units into an order along a Hilbert curve, so that near units are near in memory too.

    Ties (stacked units, or no coordinates at all) are broken by weight and then by what the neighbourhood looks like;
    units that even this does not tell apart can be exchanged without any difference to the result but their names.
    """
    colour = _neighbourhood(graph)
    keys: tuple[NDArray[np.generic], ...]
    if graph.xy_m is None:
        keys = (colour, graph.weight)
    else:
        keys = (colour, graph.weight, graph.xy_m[:, 1], graph.xy_m[:, 0], hilbert(graph.xy_m))
    order = np.lexsort(keys)
    if graph.xy_m is None:
        order = _breadth_first(graph, order)
    return Canonical(reorder(graph, order), order, np.argsort(order))


def reorder(graph: UnitGraph, order: NDArray[np.int64]) -> UnitGraph:
    """The same graph with its units in `order`, each row's neighbours ascending."""
    n = len(graph)
    rank = np.empty(n, dtype=np.int32)
    rank[order] = np.arange(n, dtype=np.int32)
    entries = csr_array((np.arange(len(graph.indices), dtype=np.int32), graph.indices, graph.indptr), shape=(n, n))
    rows = entries[order]
    turned = csr_array((rows.data, rank[rows.indices], rows.indptr), shape=(n, n))
    turned.sort_indices()
    place = turned.data
    return trusted(
        weight=graph.weight[order],
        indptr=turned.indptr.astype(np.int64),
        indices=turned.indices.astype(np.int32, copy=False),
        border_m=None if graph.border_m is None else graph.border_m[place],
        xy_m=None if graph.xy_m is None else graph.xy_m[order],
        along=None if graph.along is None else graph.along[place],
        workload=None if graph.workload is None else graph.workload[order],
        closed=None if graph.closed is None else graph.closed[place],
    )


def hilbert(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Position of each point along a Hilbert curve over the points' extent: int64 (n,)."""
    if not len(xy):
        return np.empty(0, dtype=np.int64)
    span = float(np.ptp(xy, axis=0).max()) or 1.0
    last = (1 << _BITS) - 1
    x, y = np.minimum((xy - xy.min(axis=0)) / span * last, last).astype(np.int64).T.copy()
    key = np.zeros(len(xy), dtype=np.int64)
    side = 1 << (_BITS - 1)
    while side:
        rx, ry = (x & side) > 0, (y & side) > 0
        key += side * side * ((3 * rx) ^ ry)
        flip = ~ry & rx
        x, y = np.where(flip, last - x, x), np.where(flip, last - y, y)
        x, y = np.where(ry, x, y), np.where(ry, y, x)
        side >>= 1
    return key


def _neighbourhood(graph: UnitGraph, rounds: int = 4) -> NDArray[np.uint64]:
    """A number for what a unit's surroundings look like (Weisfeiler–Leman), from sums that ignore order."""
    bits = np.zeros(len(graph), dtype=np.uint64)
    for column in graph.weights.T:
        bits = _mix(bits) + np.ascontiguousarray(column + 0.0).view(np.uint64)
    degree = np.diff(graph.indptr).astype(np.uint64)
    colour = _mix(bits + degree * np.uint64(0x9E3779B97F4A7C15))
    border = np.zeros(len(graph.indices), dtype=np.uint64)
    if graph.border_m is not None:
        # A border may differ in its last bits between two files of the same units.
        seen = graph.border_m if graph.along is None else graph.border_m * (1 + graph.along)
        border = np.round(seen * 1000).astype(np.int64).view(np.uint64)
    for _ in range(rounds):
        told = _mix(colour[graph.indices] + _mix(border))
        # Differences of a running sum that wraps around: exact, whatever the order.
        running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(told, dtype=np.uint64)])
        colour = _mix(colour + running[graph.indptr[1:]] - running[graph.indptr[:-1]])
    return colour


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finishing steps of SplitMix64 (Steele, Lea, Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _breadth_first(graph: UnitGraph, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without coordinates: units in the order of a search from the first unit of each component."""
    n = len(graph)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    seen = np.zeros(n, dtype=bool)
    out: list[int] = []
    head = 0
    for start in order.tolist():
        if seen[start]:
            continue
        seen[start] = True
        out.append(start)
        while head < len(out):
            row = graph.indices[graph.indptr[out[head]] : graph.indptr[out[head] + 1]]
            head += 1
            fresh = row[~seen[row]]
            fresh = fresh[np.argsort(rank[fresh], kind="stable")]
            seen[fresh] = True
            out.extend(fresh.tolist())
    return np.asarray(out, dtype=np.int64)
