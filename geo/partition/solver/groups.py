"""Units that stay together become one node."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph, pieces_of


def weld(graph: UnitGraph, group: NDArray[np.int64], heaviest: float) -> tuple[NDArray[np.int64], list[int]]:
    """Number the nodes that units are welded into.

    A group whose units do not all touch takes in the fewest units that link its pieces, so that one grid can hold it
    in one piece. A group that is heavier than a grid may be, or that nothing links, stays apart in its units.

    Parameters
    ----------
    graph : UnitGraph
        In canonical order, without the adjacencies that no grid may use.
    group : int64 (n,)
        −1 for none.
    heaviest : float
        Greatest weight that a grid may have.

    Returns
    -------
    node : int64 (n,)
        Numbered by each node's first unit.
    split : list of int
        Groups that were not welded into one node.
    """
    n = len(graph)
    name = np.asarray(group, dtype=np.int64).copy()
    split: list[int] = []
    names, inverse = np.unique(name, return_inverse=True)
    load = np.bincount(inverse, graph.weight)
    heavy = names[(load > heaviest) & (names >= 0)]
    split += heavy.tolist()
    name[np.isin(name, heavy)] = -1
    piece = pieces_of(name, graph)
    members = np.flatnonzero(name >= 0)
    torn = [int(g) for g in np.unique(name[members]) if len(np.unique(piece[name == g])) > 1]
    for g in sorted(torn, key=lambda g: int(np.flatnonzero(name == g)[0])):
        if not _link(graph, name, g, heaviest):
            split.append(g)
            name[name == g] = -1
    single = name < 0
    key = np.where(single, np.arange(n), n + name)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse], sorted(split)


def _link(graph: UnitGraph, name: NDArray[np.int64], g: int, heaviest: float) -> bool:
    """Take units without a group into `g` until it is in one piece; False if that cannot be, `name` then unchanged."""
    before = name.copy()
    while True:
        members = np.flatnonzero(name == g)
        reached = _reach(graph, name, int(members[0]), g)
        if len(reached) == len(members):
            return True
        path = _shortest_path(graph, name, reached, g)
        name[path] = g
        if not path or graph.weight[name == g].sum() > heaviest:
            name[:] = before
            return False


def _reach(graph: UnitGraph, name: NDArray[np.int64], start: int, g: int) -> set[int]:
    seen, queue = {start}, [start]
    for x in queue:
        for y in graph.indices[graph.indptr[x] : graph.indptr[x + 1]].tolist():
            if y not in seen and name[y] == g:
                seen.add(y)
                queue.append(y)
    return seen


def _shortest_path(graph: UnitGraph, name: NDArray[np.int64], inside: set[int], g: int) -> list[int]:
    """The fewest free units between `inside` and the rest of the group; empty if there is no way."""
    came: dict[int, int] = dict.fromkeys(sorted(inside), -1)
    queue = list(came)
    for x in queue:
        for y in graph.indices[graph.indptr[x] : graph.indptr[x + 1]].tolist():
            if y in came:
                continue
            if name[y] == g:
                path = []
                while x not in inside:
                    path.append(x)
                    x = came[x]
                return path
            if name[y] < 0:
                came[y] = x
                queue.append(y)
    return []
