"""Borders put end to end: from single edges of a diagram to whole lines between its junctions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit


def chain_edges(
    one: NDArray[np.int64], two: NDArray[np.int64], nodes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Join edges at nodes where exactly two of them meet.

    Parameters
    ----------
    one, two : int64 (e,), the end nodes of each edge, 0 … `nodes` − 1; no node has more than three edges.
    nodes : number of nodes.

    Returns
    -------
    node : int64 (v,), the nodes of all chains, each chain in order; a closed chain repeats its first node.
    chain : int64 (v,), number of the chain of each entry, ascending.

    Examples
    --------
    >>> node, chain = chain_edges(np.array([0, 2]), np.array([1, 1]), 3)
    >>> node.tolist(), chain.tolist()
    ([0, 1, 2], [0, 0, 0])
    """
    node, chain, used = _walk(one.astype(np.int64), two.astype(np.int64), nodes)
    return node[:used], chain[:used]


@jit
def _walk(
    one: NDArray[np.int64], two: NDArray[np.int64], nodes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    edges = len(one)
    at = np.full((nodes, 3), -1, np.int64)
    degree = np.zeros(nodes, np.int64)
    for e in range(edges):
        for n in (one[e], two[e]):
            at[n, degree[n]] = e
            degree[n] += 1
    seen = np.zeros(edges, np.bool_)
    node = np.empty(2 * edges, np.int64)
    chain = np.empty(2 * edges, np.int64)
    used = 0
    count = 0
    # First from the junctions and loose ends, then what is left: closed rings.
    for rings in range(2):
        for n in range(nodes):
            if (rings == 0 and degree[n] == 2) or degree[n] == 0:
                continue
            for slot in range(degree[n]):
                e = at[n, slot]
                if seen[e]:
                    continue
                here = n
                node[used], chain[used] = here, count
                used += 1
                while True:
                    seen[e] = True
                    here = two[e] if one[e] == here else one[e]
                    node[used], chain[used] = here, count
                    used += 1
                    if degree[here] != 2:
                        break
                    e = at[here, 1] if at[here, 0] == e else at[here, 0]
                    if seen[e]:
                        break
                count += 1
    return node, chain, used
