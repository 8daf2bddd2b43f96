"""Hard barriers: which adjacencies stay open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.graph import UnitGraph


def open_entries(graph: UnitGraph, usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Entries of the adjacency that a grid may use: bool (m,).

    Land where nobody lives (a river, a green strip behind a wall) cannot be a grid of its own. If barriers cut it off,
    it hangs on to the neighbour with the longest border, by that one border: nobody has to cross it.

    Parameters
    ----------
    graph : UnitGraph
        In canonical order, with `closed`.
    usable : bool (m,)
        Entries that other wishes leave (no crossing of areas).
    """
    assert graph.closed is not None
    keep = usable & ~graph.closed
    source, n = graph.source, len(graph)
    border = np.ones(len(source)) if graph.border_m is None else graph.border_m
    while True:
        links = coo_array((np.ones(int(keep.sum()), np.int8), (source[keep], graph.indices[keep])), shape=(n, n))
        count, piece = connected_components(links.tocsr(), directed=False)
        empty = np.bincount(piece, graph.weight, minlength=count) <= 0
        door = np.flatnonzero(usable & empty[piece[source]] & (piece[source] != piece[graph.indices]))
        if not len(door):
            return keep
        # The longest border of each empty piece; the first in canonical order among equal ones.
        order = door[np.lexsort((door, -border[door], piece[source[door]]))]
        of_piece = piece[source[order]]
        best = order[np.concatenate([[True], of_piece[1:] != of_piece[:-1]])]
        a, b = source[best].astype(np.int64), graph.indices[best].astype(np.int64)
        opened = np.concatenate([a * n + b, b * n + a])
        keep |= np.isin(source.astype(np.int64) * n + graph.indices, opened)
