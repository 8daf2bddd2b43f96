"""Maps as chance makes them, and the largest ratio of each.

Replicas come in blocks, each with a seed of its own that is drawn beforehand: the answer does not depend on how many
processors there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.hotspots.scan import kernels
from geo.hotspots.scan.zones import Zones

# Bytes of the counts of one block: about a second-level cache, where the loops run at full speed.
_BLOCK_BYTES = 2_000_000
_RECENT_BYTES = 100_000_000
_FIRST = 16
# Following a case costs as much as so many places and periods side by side.
_CELLS_A_CASE = 30
# Ratios from which windows are looked at in the first block; what does not reach one is looked at again from the next.
_LEVELS = (4.0, 2.0, 0.5, 0.0)


@dataclass(frozen=True, eq=False)
class Problem:
    """What is scanned.

    Attributes
    ----------
    cases : int32 (n, periods), observed.
    measure : float64 (n, periods), expected cases (Poisson) or individuals (Bernoulli); 0 cases where it is 0.
    zones : windows in space.
    windows : first period that a window may end in; least and most periods of it.
    least : cases that a window must have.
    model : `kernels.POISSON` or `kernels.BERNOULLI`.
    all_cases, all_measure : totals, those of periods left out among them.
    """

    cases: NDArray[np.int32]
    measure: NDArray[np.float64]
    zones: Zones
    windows: tuple[int, int, int]
    least: int
    model: int
    all_cases: int
    all_measure: float


Draw = Callable[[np.random.Generator, int], NDArray[np.int32]]
"""Makes (n, periods, replicas) counts by chance."""
Scatter = Callable[[np.random.Generator, int], tuple[NDArray[np.int32], NDArray[np.int32]]]
"""Makes places and ages (replicas, most) of single cases by chance; −1 where a replica has no more."""


def largest_ratios(problem: Problem, draw: Draw, replicas: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Largest ratio of every replica, float64 (replicas,)."""
    width = int(np.clip(_BLOCK_BYTES // max(4 * problem.cases.size, 1), 8, 128))

    def block(seed: int, size: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
        return _settled(problem, _Dense(problem, draw(np.random.default_rng(seed), size)), size, levels)

    return _blocks(block, width, replicas, rng)


def largest_recent(
    problem: Problem, scatter: Scatter, replicas: int, rng: np.random.Generator, *, singly: bool | None = None
) -> NDArray[np.float64]:
    """The same for windows that end with the last period.

    Cases are followed `singly` where they are few, else counted by place and period; without a choice, what is quicker.
    """
    n, periods = problem.cases.shape
    if not (problem.cases.sum() * _CELLS_A_CASE < n * periods if singly is None else singly):

        def draw(seeded: np.random.Generator, size: int) -> NDArray[np.int32]:
            return _tallied(*scatter(seeded, size), n, periods)

        return largest_ratios(problem, draw, replicas, rng)

    def block(seed: int, size: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
        return _settled(problem, _Recent(problem, *scatter(np.random.default_rng(seed), size)), size, levels)

    # Preparing the windows of a centre costs as much as some hundred replicas, so blocks are large and the processors
    # share the centres.
    width = int(np.clip(_RECENT_BYTES // max(8 * int(problem.cases.sum()), 4 * len(problem.cases), 1), 16, 1024))
    return _blocks(block, width, replicas, rng, processors=1)


def _blocks(
    block: Callable[[int, int, tuple[float, ...]], NDArray[np.float64]],
    width: int,
    replicas: int,
    rng: np.random.Generator,
    processors: int | None = None,
) -> NDArray[np.float64]:
    if replicas < 1:
        return np.empty(0)
    # The first block is small: it tells the level for the others.
    few = min(_FIRST, replicas)
    sizes = [few, *(min(width, replicas - first) for first in range(few, replicas, width))]
    seeds = [int(seed) for seed in rng.integers(2**63, size=len(sizes))]
    parts = [block(seeds[0], sizes[0], _LEVELS)]
    # Most replicas lie above the least of the first block: so few windows of the others need a closer look.
    least = 0.95 * float(parts[0].min())
    levels = (least, *(level for level in _LEVELS if level < least))
    with ThreadPoolExecutor(processors or os.cpu_count()) as pool:
        parts += pool.map(lambda seed, size: block(seed, size, levels), seeds[1:], sizes[1:])
    return np.concatenate(parts)


def _settled(problem: Problem, maps: _Dense | _Recent, size: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
    best = np.zeros(size)
    for level in levels:
        missing = np.flatnonzero(best <= 0.0)
        if not len(missing):
            break
        found = np.zeros(len(missing))
        counts = kernels.least_counts(
            level, float(problem.all_cases), problem.all_measure, problem.model, problem.least
        )
        maps.scan(missing, counts, found)
        best[missing] = found
    return best


class _Dense:
    """Counts of every place, period and replica."""

    def __init__(self, problem: Problem, cases: NDArray[np.int32]) -> None:
        self._problem, self._cases = problem, cases

    def scan(self, which: NDArray[np.int64], counts: NDArray[np.int32], best: NDArray[np.float64]) -> None:
        p = self._problem
        cases = self._cases if len(which) == self._cases.shape[2] else np.ascontiguousarray(self._cases[:, :, which])
        kernels.scan_dense(
            cases, p.measure, p.zones.indptr, p.zones.indices, float(p.all_cases), p.all_measure,
            p.windows, counts, p.model, best,
        )  # fmt: skip


class _Recent:
    """Single cases of the last periods, sorted by place."""

    def __init__(self, problem: Problem, places: NDArray[np.int32], ages: NDArray[np.int32]) -> None:
        self._problem = problem
        self._by_age = np.ascontiguousarray(problem.measure[:, ::-1][:, : problem.windows[2]])
        self._offsets, self._ages = _by_place(places, ages, len(problem.cases))
        held = _held(self._offsets, self._ages, problem.windows[2] + 1)
        # A byte a place keeps a replica in the nearest cache.
        self._held: NDArray[Any] = held.astype(np.uint8) if held.max(initial=0) < 256 else held

    def scan(self, which: NDArray[np.int64], counts: NDArray[np.int32], best: NDArray[np.float64]) -> None:
        p, n = self._problem, len(self._problem.measure)
        held, offsets, ages = self._held[:, which], self._offsets[which], self._ages[which]
        parts = np.linspace(0, n, min(os.cpu_count() or 1, n) + 1).astype(int).tolist()
        founds = [np.zeros(len(which)) for _ in parts[1:]]

        def scan(first: int, last: int, found: NDArray[np.float64]) -> None:
            kernels.scan_recent(
                held, offsets, ages, self._by_age, p.zones.indptr, p.zones.indices, float(p.all_cases), p.all_measure,
                p.windows[1], counts, p.model, found, first, last,
            )  # fmt: skip

        with ThreadPoolExecutor(len(founds)) as pool:
            list(pool.map(scan, parts[:-1], parts[1:], founds))
        np.maximum.reduce(founds, out=best)


@jit
def _by_place(
    places: NDArray[np.int32], ages: NDArray[np.int32], n: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    replicas, most = places.shape
    offsets, sorted_ages = np.zeros((replicas, n + 1), dtype=np.int32), np.zeros((replicas, most), dtype=np.int32)
    for r in range(replicas):
        for i in range(most):
            if places[r, i] >= 0:
                offsets[r, places[r, i] + 1] += 1
        for place in range(n):
            offsets[r, place + 1] += offsets[r, place]
        at = offsets[r].copy()
        for i in range(most):
            if places[r, i] >= 0:
                sorted_ages[r, at[places[r, i]]] = ages[r, i]
                at[places[r, i]] += 1
    return offsets, sorted_ages


@jit
def _held(offsets: NDArray[np.int32], ages: NDArray[np.int32], beyond: int) -> NDArray[np.uint32]:
    """1 + the age of the first and second case of each place, 0 for none; `beyond` as the second if there are more."""
    replicas, n = offsets.shape[0], offsets.shape[1] - 1
    held = np.zeros((2, replicas, n), dtype=np.uint32)
    for r in range(replicas):
        for place in range(n):
            at, many = offsets[r, place], offsets[r, place + 1] - offsets[r, place]
            if many > 0:
                held[0, r, place] = 1 + ages[r, at]
            if many == 2:
                held[1, r, place] = 1 + ages[r, at + 1]
            elif many > 2:
                held[1, r, place] = beyond
    return held


@jit
def _tallied(places: NDArray[np.int32], ages: NDArray[np.int32], n: int, periods: int) -> NDArray[np.int32]:
    replicas, most = places.shape
    counts = np.zeros((n, periods, replicas), dtype=np.int32)
    for r in range(replicas):
        for i in range(most):
            if places[r, i] >= 0:
                counts[places[r, i], periods - 1 - ages[r, i], r] += 1
    return counts
