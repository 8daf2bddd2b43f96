"""Which units can be in no grid of the band? Every connected set around them is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.compiled import jit
from geo.partition.graph import UnitGraph

# Decisions for one unit; beyond it nothing is claimed.
_STEPS = 100_000
# Units of a grid that are tried, the heaviest first, and grids in all; most that may be cut off around one.
_UNITS, _GRIDS, _AROUND = 4, 60, 200
_SLACK = 1e-9


def forced_outside(
    graph: UnitGraph, low: float, high: float, most: float, suspects: Sequence[NDArray[np.int64]]
) -> tuple[int, ...]:
    """Units that force as many grids out of the band, if no grid weighs more than `most`.

    A unit counts if each connected set around it that is in the band would cut off others that are too light for a grid
    of their own: then its own grid is outside, or one among those that it cuts off. Any two that count are so far
    apart that a grid with both would weigh more than `most`.

    Parameters
    ----------
    graph : UnitGraph
        Adjacencies that grids may use.
    low, high : float
        The band of a grid.
    most : float
        Greatest weight of a grid, ≥ `high`.
    suspects : sequence of int64 arrays
        Units among which to look, the units of a grid that is outside in one array each.

    Returns
    -------
    tuple of int
        One unit for each grid that has to be outside, ascending.
    """
    n = len(graph)
    if low <= 0 or not len(suspects):
        return ()
    marks = np.zeros(n, np.int64)
    # The way to a unit costs what all units on it weigh; a little more than 0, which would be no link.
    links = csr_array((graph.weight[graph.indices] + 1e-12, graph.indices, graph.indptr), shape=(n, n))
    slack = _SLACK * max(high, 1.0)
    reach = most + slack + n * 1e-12
    found: list[int] = []
    taken = np.zeros(n, bool)
    for units in list(suspects)[:_GRIDS]:
        order = units[np.lexsort((units, -graph.weight[units]))][:_UNITS]
        for unit in order.tolist():
            witness = np.zeros(n, bool)
            if taken[unit] or not _stuck(
                graph.indptr, graph.indices, graph.weight, unit, low - slack, high + slack, _STEPS, marks, witness
            ):
                continue
            witness[unit] = True
            at = np.flatnonzero(witness)
            if len(at) > _AROUND:
                continue
            # From any of them: the weight of the way without its first unit, and that one at the least.
            far = dijkstra(links, indices=at, limit=reach) + graph.weight[at][:, None]
            near = (far <= reach).any(axis=0) | witness
            if not (near & taken).any():
                found.append(unit)
                taken |= witness
                break
    return tuple(sorted(found))


@jit
def _stuck(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weight: NDArray[np.float64],
    unit: int,
    low: float,
    high: float,
    limit: int,
    marks: NDArray[np.int64],
    witness: NDArray[np.bool_],
) -> bool:
    """Whether no connected set around `unit` is in the band and cuts off nothing; `witness`: what would be cut off.

    marks: 0 free, 1 in the set, 2 shut out; all 0 before and after.
    """
    n = len(weight)
    if weight[unit] > high:
        return True
    chosen, shut = np.empty(n + 1, np.int64), np.empty(n + 1, np.bool_)
    seen, queue = np.zeros(n, np.int64), np.empty(n, np.int64)
    stamp, depth, steps, load, answer = 0, 0, 0, weight[unit], True
    marks[unit] = 1
    while True:
        steps += 1
        if steps > limit:
            answer = False
            break
        stamp += 1
        # What the set could still grow into, and the first unit beside it that fits.
        reach, free = _grow(indptr, indices, weight, unit, marks, load, low, high, seen, stamp, queue)
        if low <= load <= high:
            stamp += 1
            cut, stamp = _cuts_off(indptr, indices, weight, unit, marks, low, seen, stamp, queue, witness)
            if not cut:
                answer = False
                break
        if free >= 0 and reach >= low:
            chosen[depth], shut[depth] = free, False
            depth += 1
            marks[free] = 1
            load += weight[free]
            continue
        while depth and shut[depth - 1]:
            depth -= 1
            marks[chosen[depth]] = 0
        if not depth:
            break
        last = chosen[depth - 1]
        shut[depth - 1] = True
        marks[last] = 2
        load -= weight[last]
    marks[unit] = 0
    for i in range(depth):
        marks[chosen[i]] = 0
    return answer


@jit
def _grow(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weight: NDArray[np.float64],
    unit: int,
    marks: NDArray[np.int64],
    load: float,
    low: float,
    high: float,
    seen: NDArray[np.int64],
    stamp: int,
    queue: NDArray[np.int64],
) -> tuple[float, int]:
    """Weight that the set and free units connected to it have (counted until `low`), and a free unit beside it."""
    queue[0], seen[unit] = unit, stamp
    head, tail, reach, first = 0, 1, load, -1
    while head < tail:
        v = queue[head]
        head += 1
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if seen[u] == stamp or marks[u] == 2:
                continue
            if marks[u] == 0:
                if load + weight[u] > high:
                    continue
                if marks[v] == 1 and first < 0:
                    first = u
                reach += weight[u]
            seen[u] = stamp
            queue[tail] = u
            tail += 1
        if reach >= low and first >= 0:
            break
    return reach, first


@jit
def _cuts_off(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weight: NDArray[np.float64],
    unit: int,
    marks: NDArray[np.int64],
    low: float,
    seen: NDArray[np.int64],
    stamp: int,
    queue: NDArray[np.int64],
    witness: NDArray[np.bool_],
) -> tuple[bool, int]:
    """Whether the set parts others, too light for a grid, from all else (`witness` then names them); the last stamp."""
    queue[0], seen[unit] = unit, stamp
    size = 1
    head = 0
    while head < size:
        v = queue[head]
        head += 1
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if marks[u] == 1 and seen[u] != stamp:
                seen[u] = stamp
                queue[size] = u
                size += 1
    for i in range(size):
        for e in range(indptr[queue[i]], indptr[queue[i] + 1]):
            start = indices[e]
            if marks[start] == 1:
                continue
            stamp += 1
            seen[start] = stamp
            # Behind the set there is room for the search: it never holds more than all units.
            queue[size] = start
            head, tail, load = size, size + 1, weight[start]
            while head < tail and load < low:
                v = queue[head]
                head += 1
                for other in range(indptr[v], indptr[v + 1]):
                    u = indices[other]
                    if marks[u] != 1 and seen[u] != stamp:
                        seen[u] = stamp
                        load += weight[u]
                        queue[tail] = u
                        tail += 1
            if load < low:
                for j in range(size, tail):
                    witness[queue[j]] = True
                return True, stamp
    return False, stamp
