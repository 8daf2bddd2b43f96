"""The longest way that somebody who walks a grid may have from one unit to another."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.partition.graph import UnitGraph

# Lengths in whole 1024ths of a metre add up to the same number in any order.
_STEPS = 1024.0


def walking_spans(grid_of_unit: NDArray[np.int64], graph: UnitGraph, grids: int) -> NDArray[np.float64]:
    """The diameter of each grid: the longest of the shortest ways between two of its units.

    A way leads from unit point to unit point (`UnitGraph.xy_m`) over shared borders, inside the grid and not through
    closed borders; it is as long as the straight lines between the points. Found exactly by bounds on eccentricities
    (Takes and Kosters 2011, "Determining the diameter of small world networks"): a few searches a grid instead of one
    from each unit. In a grid of several pieces, the longest way inside a piece counts.

    Parameters
    ----------
    grid_of_unit : int64 (n,)
        0 … grids − 1.
    graph : UnitGraph
        With `xy_m`; without it the answer is NaN.

    Returns
    -------
    float64 (grids,), metres; 0 for a grid of one unit.
    """
    if graph.xy_m is None:
        return np.full(grids, np.nan)
    source = graph.source
    inside = grid_of_unit[source] == grid_of_unit[graph.indices]
    if graph.closed is not None:
        inside &= ~graph.closed
    apart = graph.xy_m[source[inside]] - graph.xy_m[graph.indices[inside]]
    metres = np.round(np.hypot(apart[:, 0], apart[:, 1]) * _STEPS) / _STEPS
    indptr = np.concatenate([[0], np.cumsum(np.bincount(source[inside], minlength=len(graph)))])
    member = np.argsort(grid_of_unit, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(grid_of_unit, minlength=grids))])
    return np.asarray(_diameters(indptr, graph.indices[inside], metres, member, start), dtype=np.float64)


@jit
def _diameters(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    metres: NDArray[np.float64],
    member: NDArray[np.int64],
    start: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Diameter of each part of a graph whose edges all stay inside the parts."""
    n, parts = len(member), len(start) - 1
    longest = np.zeros(parts)
    far = np.full(n, np.inf)  # the way from the unit last searched from
    upper = np.full(n, np.inf)  # no way from this unit is longer
    lower = np.zeros(n)
    for part in range(parts):
        members = member[start[part] : start[part + 1]]
        highest = True
        while True:
            # Units that may still begin a longer way, taken in turn from the outer and from the middle ones.
            chosen = -1
            for u in members:
                if upper[u] <= longest[part]:
                    continue
                if chosen < 0:
                    chosen = u
                elif highest:
                    if upper[u] > upper[chosen] or (upper[u] == upper[chosen] and lower[u] > lower[chosen]):
                        chosen = u
                elif lower[u] < lower[chosen]:
                    chosen = u
            if chosen < 0:
                break
            highest = not highest
            for u in members:
                far[u] = np.inf
            far[chosen] = 0.0
            queue = [(0.0, np.int64(chosen))]
            reach = 0.0
            while len(queue):
                way, u = heapq.heappop(queue)
                if way > far[u]:
                    continue
                reach = way
                for e in range(indptr[u], indptr[u + 1]):
                    v = np.int64(indices[e])
                    if way + metres[e] < far[v]:
                        far[v] = way + metres[e]
                        heapq.heappush(queue, (far[v], v))
            longest[part] = max(longest[part], reach)
            for u in members:
                if far[u] < np.inf:
                    upper[u] = min(upper[u], reach + far[u])
                    lower[u] = max(lower[u], max(far[u], reach - far[u]))
            upper[chosen] = reach
    return longest
