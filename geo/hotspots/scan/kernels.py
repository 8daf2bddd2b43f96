"""The loops of the scan, compiled.

A replica only matters by its largest log likelihood ratio. So the loops carry whole counts and compare them with the
least count that could still exceed a level (`least_counts`); the ratio itself is computed for the few windows that
pass. Replicas lie side by side in memory, and the innermost loops run over them in vector registers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

POISSON, BERNOULLI = 0, 1
STEPS = 4096


@jit
def log_ratio(cases: float, measure: float, all_cases: float, all_measure: float, model: int) -> float:
    """Log likelihood ratio of a window with more cases than its share, else 0; infinite where nothing is expected.

    Poisson (Kulldorff 1997), with E = measure and ΣE = C: c ln(c / E) + (C − c) ln((C − c) / (C − E)).
    Bernoulli, with n = measure individuals of N: the two binomial likelihoods against the common one.
    """
    c, m, c_all, m_all = cases, measure, all_cases, all_measure
    if c * m_all <= m * c_all:
        return 0.0
    if m <= 0.0:
        return math.inf
    rest, m_rest = c_all - c, m_all - m
    if m_rest <= 0.0:
        return 0.0
    if model == POISSON:
        value = c * math.log(c * m_all / (m * c_all))
        if rest > 0.0:
            value += rest * math.log(rest * m_all / (m_rest * c_all))
        return value
    value = c * math.log(c / m) - c_all * math.log(c_all / m_all)
    if m > c:
        value += (m - c) * math.log((m - c) / m)
    if rest > 0.0:
        value += rest * math.log(rest / m_rest)
    if m_rest > rest:
        value += (m_rest - rest) * math.log((m_rest - rest) / m_rest)
    if m_all > c_all:
        value -= (m_all - c_all) * math.log((m_all - c_all) / m_all)
    return value


@jit
def least_counts(level: float, all_cases: float, all_measure: float, model: int, least: int) -> NDArray[np.int32]:
    """By √measure in equal steps: the least count ≥ `least` whose ratio exceeds `level` at the lower end of the step.

    The ratio falls as the measure grows, so no window that exceeds the level is missed.
    """
    counts = np.empty(STEPS + 1, dtype=np.int32)
    count = least
    for step in range(STEPS + 1):
        measure = all_measure * (step / STEPS) ** 2
        while count <= all_cases and log_ratio(count, measure, all_cases, all_measure, model) <= level:
            count += 1
        counts[step] = count
    return counts


@jit
def scan_observed(
    cases: NDArray[np.int32],
    measure: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    all_cases: float,
    all_measure: float,
    windows: tuple[int, int, int],
    least: int,
    model: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The best window of every centre: its ratio, and size, first and last period; of equal ones the smallest.

    `cases`, `measure` are (n, periods); `windows` the first period a window may end in, and its least and most periods.
    """
    n, periods = cases.shape
    ends, shortest, longest = windows
    ratios, where = np.zeros(n), np.zeros((n, 3), dtype=np.int64)
    for centre in range(n):
        count, expected = np.zeros(periods, dtype=np.int64), np.zeros(periods)
        best = 0.0
        for size in range(1, indptr[centre + 1] - indptr[centre] + 1):
            place = indices[indptr[centre] + size - 1]
            for t in range(periods):
                count[t] += cases[place, t]
                expected[t] += measure[place, t]
            for end in range(ends, periods):
                c, m = 0, 0.0
                for length in range(1, min(longest, end + 1) + 1):
                    c += count[end - length + 1]
                    m += expected[end - length + 1]
                    if length < shortest or c < least or c * all_measure <= m * all_cases:
                        continue
                    if model == POISSON and m > 0.0:
                        # The ratio never exceeds Pearson's statistic.
                        e = m * all_cases / all_measure
                        if (c - e) ** 2 <= best * e * (1.0 - e / all_cases):
                            continue
                    ratio = log_ratio(c, m, all_cases, all_measure, model)
                    # A gain that is rounding alone is none.
                    if ratio > best * (1 + 1e-12) + 1e-12:
                        best = ratio
                        where[centre, 0], where[centre, 1], where[centre, 2] = size, end - length + 1, end
        ratios[centre] = best
    return ratios, where


@jit
def scan_dense(
    cases: NDArray[np.int32],
    measure: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    all_cases: float,
    all_measure: float,
    windows: tuple[int, int, int],
    counts: NDArray[np.int32],
    model: int,
    best: NDArray[np.float64],
) -> None:
    """Raise `best` (replicas,) to the largest ratio above the level of `counts` of each replica.

    `cases` is (n, periods, replicas); the rest as for `scan_observed`.
    """
    n, periods, replicas = cases.shape
    ends, shortest, longest = windows
    scale = STEPS / math.sqrt(all_measure)
    inside = np.zeros((periods, replicas), dtype=np.int32)
    run = np.zeros(replicas, dtype=np.int32)
    expected = np.zeros(periods)
    for centre in range(n):
        inside[:] = 0
        expected[:] = 0.0
        for at in range(indptr[centre], indptr[centre + 1]):
            place = indices[at]
            for t in range(periods):
                expected[t] += measure[place, t]
                row, more = inside[t], cases[place, t]
                for r in range(replicas):
                    row[r] += more[r]
            for end in range(ends, periods):
                run[:] = 0
                m = 0.0
                for length in range(1, min(longest, end + 1) + 1):
                    m += expected[end - length + 1]
                    row = inside[end - length + 1]
                    most = np.int32(0)
                    for r in range(replicas):
                        run[r] += row[r]
                        most = max(most, run[r])
                    need = counts[min(int(math.sqrt(m) * scale), STEPS)]
                    if most < need or length < shortest:
                        continue
                    for r in range(replicas):
                        if run[r] >= need:
                            ratio = log_ratio(run[r], m, all_cases, all_measure, model)
                            best[r] = max(best[r], ratio)
