"""The loop of the scan for windows that end with the last period, where the cases of these periods are few.

Around a centre, places are put together in rings. What a window holds and what it needs both grow with the circle, so
where the count up to the end of a ring is below the need at its beginning, for each length of time, no circle between
has to be looked at; and a replica needs more than the best that it has shown so far. So of each replica only a table of
rings by ages is counted, and single places only in the few rings that pass.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.hotspots.scan.kernels import STEPS, log_ratio

MOST_RINGS = 63
# How often a ring without a cluster may pass, for the longest time.
_PASSES = 0.005


@jit
def ring_edges(table: NDArray[np.int32], all_measure: float) -> NDArray[np.float64]:
    """Measures of the longest time at which rings end: beyond, chance alone would often reach what the ring needs."""
    edges = np.full(MOST_RINGS, np.inf)
    edge = 0.0
    for ring in range(MOST_RINGS - 1):
        need = table[min(int(math.sqrt(edge / all_measure) * STEPS), STEPS)]
        low, high = edge, max(4.0 * edge, 4.0 * need + 4.0)
        for _ in range(24):
            middle = 0.5 * (low + high)
            if _reaches(middle, need) <= _PASSES:
                low = middle
            else:
                high = middle
        edge = max(low, edge * 1.01)
        if edge >= all_measure:
            break
        edges[ring] = edge
    return edges


@jit
def _reaches(mean: float, count: int) -> float:
    """P(Poisson(mean) ≥ count)."""
    if mean > 500.0:
        return 0.5 * math.erfc((count - 0.5 - mean) / math.sqrt(2.0 * mean))
    term = math.exp(-mean)
    below = 0.0
    for k in range(count):
        below += term
        term *= mean / (k + 1)
    return 1.0 - below


@jit
def scan_recent(
    places: NDArray[np.uint16],
    ages: NDArray[np.uint16],
    measure: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    all_cases: float,
    all_measure: float,
    shortest: int,
    levels: NDArray[np.float64],
    tables: NDArray[np.int32],
    model: int,
    best: NDArray[np.float64],
    first: int,
    last: int,
) -> None:
    """Raise `best` (replicas,) to the largest ratio of each replica above the first level, around some centres.

    Parameters
    ----------
    places, ages : (replicas, most) single cases; n and 0 for those that are none. An age is periods before the last.
    measure : (n, longest), by age.
    levels, tables : ratios, ascending, and the `least_counts` of each.
    first, last : the centres from `first` to before `last`.
    """
    n, longest = measure.shape
    replicas, most = places.shape
    widest = 0
    for centre in range(first, last):
        widest = max(widest, indptr[centre + 1] - indptr[centre])
    edges = ring_edges(tables[0], all_measure)
    expected = np.empty((widest, longest))
    need = np.empty((len(levels), MOST_RINGS, longest), dtype=np.int32)
    # The last ring is for what lies in none.
    ring_of, size_of = np.empty(n + 1, dtype=np.uint8), np.zeros(n + 1, dtype=np.int32)
    held = np.zeros((MOST_RINGS + 1, longest), dtype=np.int32)
    so_far, sizes, times = np.zeros(longest, dtype=np.int32), np.zeros(most, np.int32), np.zeros(most, np.int32)
    for centre in range(first, last):
        around = indices[indptr[centre] : indptr[centre + 1]]
        _add_up(around, measure, expected)
        rings = _ring(around, expected[:, longest - 1], edges, ring_of, size_of)
        _needs(around, expected, ring_of, rings, all_measure, shortest, tables, need)
        for r in range(replicas):
            held[:rings] = 0
            for i in range(most):
                held[ring_of[places[r, i]], ages[r, i]] += 1
            level = _level(levels, best[r])
            so_far[:] = 0
            for ring in range(rings):
                run, over = 0, False
                for age in range(longest):
                    so_far[age] += held[ring, age]
                    run += so_far[age]
                    over |= run >= need[level, ring, age]
                if not over:
                    continue
                many = 0
                for i in range(most):
                    if ring_of[places[r, i]] == ring:
                        sizes[many], times[many] = size_of[places[r, i]], ages[r, i]
                        many += 1
                for age in range(longest):
                    so_far[age] -= held[ring, age]
                best[r] = max(best[r], _look(
                    sizes[:many], times[:many], so_far, expected, all_cases, all_measure, shortest, tables[level],
                    model,
                ))  # fmt: skip
                level = _level(levels, best[r])


@jit
def _level(levels: NDArray[np.float64], best: float) -> int:
    level = 0
    while level + 1 < len(levels) and levels[level + 1] <= best:
        level += 1
    return level


@jit
def _add_up(around: NDArray[np.int32], measure: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    """Fill `expected` (sizes, longest): the measure of a circle's places up to each age."""
    longest = measure.shape[1]
    by_age = np.zeros(longest)
    for size in range(len(around)):
        m = 0.0
        for age in range(longest):
            by_age[age] += measure[around[size], age]
            m += by_age[age]
            expected[size, age] = m


@jit
def _ring(
    around: NDArray[np.int32],
    whole: NDArray[np.float64],
    edges: NDArray[np.float64],
    ring_of: NDArray[np.uint8],
    size_of: NDArray[np.int32],
) -> int:
    """Fill the ring of each place, and its position from the centre outwards; how many rings there are."""
    ring_of[:] = MOST_RINGS
    ring, edge = -1, 0
    for size in range(len(around)):
        if ring < 0 or whole[size] > edges[edge]:
            while edge + 1 < len(edges) and whole[size] > edges[edge]:
                edge += 1
            ring += 1
        ring_of[around[size]] = ring
        size_of[around[size]] = size
    return ring + 1


@jit
def _needs(
    around: NDArray[np.int32],
    expected: NDArray[np.float64],
    ring_of: NDArray[np.uint8],
    rings: int,
    all_measure: float,
    shortest: int,
    tables: NDArray[np.int32],
    need: NDArray[np.int32],
) -> None:
    """Fill `need` (levels, rings, longest): the least counts at the beginning of each ring."""
    scale = STEPS / math.sqrt(all_measure)
    need[:] = np.iinfo(np.int32).max
    ring = -1
    for size in range(len(around)):
        if ring_of[around[size]] == ring:
            continue
        ring += 1
        for age in range(shortest - 1, expected.shape[1]):
            step = min(int(math.sqrt(expected[size, age]) * scale), STEPS)
            for level in range(len(tables)):
                need[level, ring, age] = tables[level, step]


@jit
def _look(
    sizes: NDArray[np.int32],
    times: NDArray[np.int32],
    so_far: NDArray[np.int32],
    expected: NDArray[np.float64],
    all_cases: float,
    all_measure: float,
    shortest: int,
    table: NDArray[np.int32],
    model: int,
) -> float:
    """The largest ratio of the windows that end in a ring; its cases are added to `so_far`."""
    scale, best = STEPS / math.sqrt(all_measure), 0.0
    order = np.argsort(sizes)
    i = 0
    while i < len(order):
        size = sizes[order[i]]
        # A window holds all cases of a place.
        while i < len(order) and sizes[order[i]] == size:
            so_far[times[order[i]]] += 1
            i += 1
        run = 0
        for age in range(len(so_far)):
            run += so_far[age]
            if age + 1 < shortest:
                continue
            m = expected[size, age]
            if run >= table[min(int(math.sqrt(m) * scale), STEPS)]:
                best = max(best, log_ratio(run, m, all_cases, all_measure, model))
    return best
