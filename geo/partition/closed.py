"""Hard barriers: which adjacencies stay closed, and how a plan remembers them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.graph import UnitGraph


def hang_on_empty_land(graph: UnitGraph, parent: NDArray[np.integer] | None = None) -> UnitGraph:
    """The same graph with a door for land where nobody lives.

    A river or a green strip behind a wall cannot be a grid of its own. Where hard barriers cut it off, it hangs on to
    the neighbour with the longest border, by that one border: nobody has to cross it. Done twice it changes nothing.

    Parameters
    ----------
    graph : UnitGraph
        With `closed`; without it nothing is done.
    parent : int (n,), optional
        Area of each unit: land never hangs on to another area.

    Returns
    -------
    UnitGraph
        `closed` with fewer entries.
    """
    if graph.closed is None or not graph.closed.any():
        return graph
    from geo.partition.solver.canonical import canonical

    source, n = graph.source, len(graph)
    usable = np.ones(len(source), dtype=bool) if parent is None else parent[source] == parent[graph.indices]
    border = np.ones(len(source)) if graph.border_m is None else graph.border_m
    rank = canonical(graph).rank
    keep = usable & ~graph.closed
    doors = np.zeros(len(source), dtype=bool)
    while True:
        links = coo_array((np.ones(int(keep.sum()), np.int8), (source[keep], graph.indices[keep])), shape=(n, n))
        count, piece = connected_components(links.tocsr(), directed=False)
        empty = np.bincount(piece, graph.weight, minlength=count) <= 0
        way = np.flatnonzero(usable & empty[piece[source]] & (piece[source] != piece[graph.indices]))
        if not len(way):
            return replace(graph, closed=graph.closed & ~doors)
        # The longest border of each empty piece, whatever the order of the rows.
        keys = (rank[graph.indices[way]], rank[source[way]], -np.round(border[way], 3), piece[source[way]])
        order = way[np.lexsort(keys)]
        of_piece = piece[source[order]]
        best = order[np.concatenate([[True], of_piece[1:] != of_piece[:-1]])]
        a, b = source[best].astype(np.int64), graph.indices[best].astype(np.int64)
        doors |= np.isin(source.astype(np.int64) * n + graph.indices, np.concatenate([a * n + b, b * n + a]))
        keep |= doors


def closed_pairs(graph: UnitGraph, ids: NDArray[np.object_]) -> list[list[str]]:
    """The closed adjacencies as pairs of unit ids, each once, in the order of the rows: what a plan keeps of them."""
    if graph.closed is None:
        return []
    source = graph.source
    rows = np.flatnonzero(graph.closed & (source < graph.indices))
    return [[str(ids[a]), str(ids[b])] for a, b in zip(source[rows], graph.indices[rows], strict=True)]


def close_pairs(graph: UnitGraph, ids: NDArray[np.object_], pairs: Iterable[Any] | None) -> UnitGraph:
    """The same graph with the adjacencies closed that `closed_pairs` told; pairs that it has not are passed over.

    Parameters
    ----------
    ids : object (n,), the id of each unit.
    pairs : of unit ids, as a plan keeps them under ``closed``; None for none.
    """
    known = known_pairs(ids, pairs)
    if not len(known):
        return graph
    source, n = graph.source.astype(np.int64), len(graph)
    low, high = known.min(axis=1), known.max(axis=1)
    closed = np.isin(np.minimum(source, graph.indices) * n + np.maximum(source, graph.indices), low * n + high)
    return replace(graph, closed=closed if graph.closed is None else closed | graph.closed)


def known_pairs(ids: NDArray[np.object_], pairs: Iterable[Any] | None) -> NDArray[np.int64]:
    """Pairs of ids, as a plan's wishes keep them, as rows: int64 (k, 2); those that name no unit are passed over."""
    row = {str(unit): k for k, unit in enumerate(ids.tolist())} if pairs else {}
    known = [
        (row[str(pair[0])], row[str(pair[1])])
        for pair in pairs or ()
        if isinstance(pair, list | tuple) and len(pair) == 2 and str(pair[0]) in row and str(pair[1]) in row
    ]
    return np.array(known, dtype=np.int64).reshape(-1, 2)
