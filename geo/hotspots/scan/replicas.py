"""Maps as chance makes them, and the largest ratio of each.

Replicas come in blocks, each with a seed of its own that is drawn beforehand: the answer does not depend on how many
processors there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.hotspots.scan import kernels
from geo.hotspots.scan.recent import scan_recent
from geo.hotspots.scan.zones import Zones

# Bytes of the counts of one block: about a second-level cache, where the loops run at full speed.
_BLOCK_BYTES = 2_000_000
_RECENT_BYTES = 100_000_000
_FIRST = 16
# Following a case costs as much as so many places and periods side by side.
_CELLS_A_CASE = 30
# Where at least so many maps of the first block hold more than the observed one, nobody asks how many exactly.
_ENOUGH = 5
# Ratios from which windows are looked at in the first block; what does not reach one is looked at again from the next.
_LEVELS = (4.0, 2.0, 0.5, 0.0)
# Single cases are followed from levels this far above: a replica need only be beaten by what is above its best.
_RISES = np.array([0.0, 1.0, 2.0, 3.0, 4.5, 6.5])
# Centres times cases from which several processors are worth their threads, and tables of several levels their time.
_LARGE = 2_000_000


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


def largest_ratios(
    problem: Problem, draw: Draw, replicas: int, rng: np.random.Generator, *, observed: float = np.inf
) -> NDArray[np.float64]:
    """Largest ratio of every replica, float64 (replicas,).

    After a first block of which many reach the `observed` ratio no more are made: a p from these alone is above any
    level in use, so that P(p ≤ α) is at most that of all replicas (Besag & Clifford 1991, Biometrika 78, 301–304).
    """
    width = int(np.clip(_BLOCK_BYTES // max(4 * problem.cases.size, 1), 8, 128))

    def block(seed: int, size: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
        return _settled(problem, _Dense(problem, draw(np.random.default_rng(seed), size)), size, levels)

    return _blocks(block, width, replicas, rng, observed, os.cpu_count() or 1)


def largest_recent(
    problem: Problem,
    scatter: Scatter,
    replicas: int,
    rng: np.random.Generator,
    *,
    singly: bool | None = None,
    observed: float = np.inf,
) -> NDArray[np.float64]:
    """The same for windows that end with the last period.

    Cases are followed `singly` where they are few, else counted by place and period; without a choice, what is quicker.
    """
    n, periods = problem.cases.shape
    if not (problem.cases.sum() * _CELLS_A_CASE < n * periods if singly is None else singly):

        def draw(seeded: np.random.Generator, size: int) -> NDArray[np.int32]:
            return _tallied(*scatter(seeded, size), n, periods)

        return largest_ratios(problem, draw, replicas, rng, observed=observed)

    def block(seed: int, size: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
        return _settled(problem, _Recent(problem, *scatter(np.random.default_rng(seed), size)), size, levels)

    # Preparing the windows of a centre costs as much as some hundred replicas, so blocks are large and the processors
    # share the centres.
    width = int(np.clip(_RECENT_BYTES // max(4 * int(problem.cases.sum()), 1), 16, 1024))
    return _blocks(block, width, replicas, rng, observed, 1)


def _blocks(
    block: Callable[[int, int, tuple[float, ...]], NDArray[np.float64]],
    width: int,
    replicas: int,
    rng: np.random.Generator,
    observed: float,
    processors: int,
) -> NDArray[np.float64]:
    if replicas < 1:
        return np.empty(0)
    # The first block is small: it tells the level for the others.
    few = min(_FIRST, replicas)
    sizes = [few, *(min(width, replicas - first) for first in range(few, replicas, width))]
    seeds = [int(seed) for seed in rng.integers(2**63, size=len(sizes))]
    parts = [block(seeds[0], sizes[0], _LEVELS)]
    if np.count_nonzero(parts[0] >= observed) >= _ENOUGH:
        return parts[0]
    # Most replicas lie above the least of the first block: so few windows of the others need a closer look.
    least = 0.95 * float(parts[0].min())
    levels = (least, *(level for level in _LEVELS if level < least))
    if sizes[1:]:
        parts += _share(lambda seed, size: block(seed, size, levels), processors, seeds[1:], sizes[1:])
    return np.concatenate(parts)


def _settled(problem: Problem, maps: _Dense | _Recent, size: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
    best = np.zeros(size)
    for level in levels:
        missing = np.flatnonzero(best <= 0.0)
        if not len(missing):
            break
        found = np.zeros(len(missing))
        maps.scan(missing, level, found)
        best[missing] = found
    return best


class _Dense:
    """Counts of every place, period and replica."""

    def __init__(self, problem: Problem, cases: NDArray[np.int32]) -> None:
        self._problem, self._cases = problem, cases

    def scan(self, which: NDArray[np.int64], level: float, best: NDArray[np.float64]) -> None:
        p = self._problem
        cases = self._cases if len(which) == self._cases.shape[2] else np.ascontiguousarray(self._cases[:, :, which])
        kernels.scan_dense(
            cases, p.measure, p.zones.indptr, p.zones.indices, float(p.all_cases), p.all_measure,
            p.windows, _least(p, level), p.model, best,
        )  # fmt: skip


class _Recent:
    """Single cases of the last periods."""

    def __init__(self, problem: Problem, places: NDArray[np.int32], ages: NDArray[np.int32]) -> None:
        self._problem = problem
        n = len(problem.cases)
        self._by_age = np.ascontiguousarray(problem.measure[:, ::-1][:, : problem.windows[2]])
        # Two bytes a number keep a replica in the nearest cache.
        kind = np.uint16 if max(n, self._by_age.shape[1]) < 2**16 else np.uint32
        within = (places >= 0) & (ages < self._by_age.shape[1])
        self._places: NDArray[Any] = np.where(within, places, n).astype(kind)
        self._ages: NDArray[Any] = np.where(within, ages, 0).astype(kind)

    def scan(self, which: NDArray[np.int64], level: float, best: NDArray[np.float64]) -> None:
        p, n = self._problem, len(self._problem.measure)
        places, ages = self._places[which], self._ages[which]
        large = n * places.size > _LARGE
        levels = level + (_RISES if large else _RISES[:1])
        tables = np.array([_least(p, one) for one in levels])
        processors = min(os.cpu_count() or 1, n) if large else 1
        parts = np.linspace(0, n, processors + 1).astype(int).tolist()
        founds = [np.zeros(len(which)) for _ in parts[1:]]

        def scan(first: int, last: int, found: NDArray[np.float64]) -> None:
            scan_recent(
                places, ages, self._by_age, p.zones.indptr, p.zones.indices, float(p.all_cases), p.all_measure,
                p.windows[1], levels, tables, p.model, found, first, last,
            )  # fmt: skip

        _share(scan, processors, parts[:-1], parts[1:], founds)
        np.maximum.reduce(founds, out=best)


def _least(p: Problem, level: float) -> NDArray[np.int32]:
    found: NDArray[np.int32] = kernels.least_counts(level, float(p.all_cases), p.all_measure, p.model, p.least)
    return found


def _share(work: Callable[..., Any], processors: int, *given: Sequence[Any]) -> list[Any]:
    """What `work` gives for each of what is given; threads cost more than they bring for one."""
    if processors == 1 or len(given[0]) == 1:
        return [work(*one) for one in zip(*given, strict=True)]
    with ThreadPoolExecutor(processors) as pool:
        return list(pool.map(work, *given))


@jit
def _tallied(places: NDArray[np.int32], ages: NDArray[np.int32], n: int, periods: int) -> NDArray[np.int32]:
    replicas, most = places.shape
    counts = np.zeros((n, periods, replicas), dtype=np.int32)
    for r in range(replicas):
        for i in range(most):
            if places[r, i] >= 0:
                counts[places[r, i], periods - 1 - ages[r, i], r] += 1
    return counts
