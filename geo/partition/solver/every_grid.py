"""Every grid that a band allows: all connected sets of units of the right weight, where units are few and large."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from geo.compiled import jit
from geo.partition.solver.engine import Arena

# Beyond so many there is no lack of grids to choose from, and other ways find good ones; decisions, a quarter second.
_SETS, _STEPS = 400_000, 10_000_000
# Room for their units, this many a set.
_ROOM = 12
# Most sets are found from the first units; where these have this many times their share of them, all are too many.
_SKEW = 40


class Grids(NamedTuple):
    """All grids that a band allows, one a column.

    units : csc_array (n, c), 1 where a unit belongs to a set.
    load : float64 (c, w), its weights.
    border : float64 (c,), half the price of its border, so that the borders of a plan add up to its cut.
    """

    units: csc_array
    load: NDArray[np.float64]
    border: NDArray[np.float64]


def every_grid(arena: Arena, low: NDArray[np.float64], high: NDArray[np.float64], most: int = _SETS) -> Grids | None:
    """All connected sets of units whose weights lie in a band; None if there are too many.

    Each set is grown from its first unit, by taking in or shutting out one neighbour at a time, as districts are in
    Garfinkel and Nemhauser (1970).

    Parameters
    ----------
    arena : Arena
    low, high : float64 (w,)
        The band of each weight, ends included.
    most : int
        Sets that are too many.
    """
    start = np.zeros(most + 1, dtype=np.int64)
    units = np.empty(most * _ROOM, dtype=np.int32)
    load, border = np.empty((most, arena.weight.shape[1])), np.empty(most)
    count = _enumerate(arena, low, high, _STEPS, start, units, load, border)
    if count < 0:
        return None
    start, units = start[: count + 1], units[: start[count]]
    matrix = csc_array((np.ones(len(units)), units, start), shape=(len(arena.weight), count))
    return Grids(matrix, load[:count].copy(), border[:count].copy())


@jit
def _enumerate(
    arena: Arena,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    limit: int,
    start: NDArray[np.int64],
    units: NDArray[np.int32],
    load: NDArray[np.float64],
    border: NDArray[np.float64],
) -> int:
    """Fill the arrays; how many sets there are, −1 if they or the decisions are too many.

    mark: 0 unseen, 1 in the set, 2 shut out, 3 beside the set and to be decided on.
    """
    n, weights = arena.weight.shape
    mark = np.zeros(n, np.int8)
    beside, taken = np.empty(n, np.int64), np.empty(n, np.bool_)
    # Before each decision: how many units were known beside the set, its weights, the price of its border.
    known, before, price = np.empty(n + 1, np.int64), np.empty((n + 1, weights)), np.empty(n + 1)
    count, used, steps = 0, 0, 0
    for root in range(n):
        mark[:] = 0
        mark[root] = 1
        depth, size, tail = 0, 1, 0
        price[0] = 0.0
        for e in range(arena.indptr[root], arena.indptr[root + 1]):
            price[0] += arena.cost[e] / 2
            if arena.indices[e] > root:
                beside[tail] = arena.indices[e]
                mark[beside[tail]] = 3
                tail += 1
        for j in range(weights):
            before[0, j] = arena.weight[root, j]
        fits = _fits(before, 0, high)
        grown = fits
        while fits:
            steps += 1
            if steps > limit:
                return -1
            if grown and _heavy_enough(before, depth, low):
                if used + size > len(units) or count * n >= len(border) * min(n, _SKEW * (root + 1)):
                    return -1
                used = _keep(root, depth, beside, taken, units, used)
                for j in range(weights):
                    load[count, j] = before[depth, j]
                border[count] = price[depth]
                count += 1
                start[count] = used
            grown = False
            if depth < tail:
                # The units beside the set are decided on in the order in which they came to be known.
                unit = beside[depth]
                known[depth] = tail
                tail = _take(arena, root, unit, depth, mark, beside, tail, before, price)
                taken[depth] = grown = _fits(before, depth + 1, high)
                if grown:
                    size += 1
                else:
                    tail = _leave(unit, depth, known, mark, beside, tail, before, price)
                depth += 1
                continue
            while depth and not taken[depth - 1]:
                depth -= 1
                mark[beside[depth]] = 3
            if not depth:
                break
            tail = _leave(beside[depth - 1], depth - 1, known, mark, beside, tail, before, price)
            taken[depth - 1] = False
            size -= 1
    return count


@jit
def _keep(
    root: int,
    depth: int,
    beside: NDArray[np.int64],
    taken: NDArray[np.bool_],
    units: NDArray[np.int32],
    used: int,
) -> int:
    """Write the units of the set behind those of the sets before; how many there are then."""
    units[used] = root
    used += 1
    for d in range(depth):
        if taken[d]:
            units[used] = beside[d]
            used += 1
    return used


@jit
def _fits(before: NDArray[np.float64], depth: int, high: NDArray[np.float64]) -> bool:
    over = 0
    for j in range(len(high)):
        over += before[depth, j] > high[j]
    return over == 0


@jit
def _heavy_enough(before: NDArray[np.float64], depth: int, low: NDArray[np.float64]) -> bool:
    under = 0
    for j in range(len(low)):
        under += before[depth, j] < low[j]
    return under == 0


@jit
def _take(
    arena: Arena,
    root: int,
    unit: int,
    depth: int,
    mark: NDArray[np.int8],
    beside: NDArray[np.int64],
    tail: int,
    before: NDArray[np.float64],
    price: NDArray[np.float64],
) -> int:
    """Take a unit in: weights and price after the decision; how many units are known beside the set then."""
    price[depth + 1] = price[depth]
    for j in range(before.shape[1]):
        before[depth + 1, j] = before[depth, j] + arena.weight[unit, j]
    mark[unit] = 1
    for e in range(arena.indptr[unit], arena.indptr[unit + 1]):
        other = arena.indices[e]
        price[depth + 1] += -arena.cost[e] / 2 if mark[other] == 1 else arena.cost[e] / 2
        if other > root and mark[other] == 0:
            beside[tail] = other
            mark[other] = 3
            tail += 1
    return tail


@jit
def _leave(
    unit: int,
    depth: int,
    known: NDArray[np.int64],
    mark: NDArray[np.int8],
    beside: NDArray[np.int64],
    tail: int,
    before: NDArray[np.float64],
    price: NDArray[np.float64],
) -> int:
    """Shut a unit out that had been taken in: all is as before, but that it stays out."""
    for k in range(known[depth], tail):
        mark[beside[k]] = 0
    mark[unit] = 2
    price[depth + 1] = price[depth]
    for j in range(before.shape[1]):
        before[depth + 1, j] = before[depth, j]
    return int(known[depth])
