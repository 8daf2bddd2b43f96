"""The scan as one writes it down, in plain Python: slow and plainly right. And times noted of other programs."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Seconds measured elsewhere on two cores for 999 replicas, from the notes on methods: a scale, not this run.
NOTED = {
    "SaTScan, 10k × 50": 21.0,
    "SaTScan, 10k × 200": 12.0,
    "SpatialEpi C++, 281 tracts": 3.3,
    "dense prototype, permutation": 48.0,
}


def neighbours(x: Sequence[float], y: Sequence[float], population: Sequence[float], share: float) -> list[list[int]]:
    """Places around each place from near to far, up to the share of the population."""
    limit = share * sum(population)
    lists = []
    for i in range(len(x)):
        order = sorted(range(len(x)), key=lambda j: (math.hypot(x[j] - x[i], y[j] - y[i]), x[j], y[j]))
        kept, inside = [], 0.0
        for j in order:
            inside += population[j]
            if inside > limit:
                break
            kept.append(j)
        lists.append(kept)
    return lists


def largest_ratio(lists: list[list[int]], cases: Sequence[int], expected: Sequence[float], least: int = 2) -> float:
    """The largest Poisson log likelihood ratio of all circles."""
    total, best = sum(cases), 0.0
    for around in lists:
        c, e = 0, 0.0
        for place in around:
            c += cases[place]
            e += expected[place]
            if c >= least and c > e:
                ratio = c * math.log(c / e)
                if total > c:
                    ratio += (total - c) * math.log((total - c) / (total - e))
                best = max(best, ratio)
    return best
