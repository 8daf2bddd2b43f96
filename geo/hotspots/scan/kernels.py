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
_STEPS = 4096
# Places between two looks at the windows: this part of those so far, and at most so many.
_STRETCH, _LONGEST_STRETCH = 4, 32


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
    counts = np.empty(_STEPS + 1, dtype=np.int32)
    count = least
    for step in range(_STEPS + 1):
        measure = all_measure * (step / _STEPS) ** 2
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
    scale = _STEPS / math.sqrt(all_measure)
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
                    need = counts[min(int(math.sqrt(m) * scale), _STEPS)]
                    if most < need or length < shortest:
                        continue
                    for r in range(replicas):
                        if run[r] >= need:
                            ratio = log_ratio(run[r], m, all_cases, all_measure, model)
                            best[r] = max(best[r], ratio)


@jit
def scan_recent(
    held: NDArray[np.uint8],
    offsets: NDArray[np.int32],
    ages: NDArray[np.int32],
    measure: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    all_cases: float,
    all_measure: float,
    shortest: int,
    counts: NDArray[np.int32],
    model: int,
    best: NDArray[np.float64],
    first: int,
    last: int,
) -> None:
    """As `scan_dense`, around the centres from `first` to before `last`, for windows that end with the last period.

    Quick where the cases of the last periods are few: only places with a case are looked at, and the windows only after
    some of these. What a window holds and what it needs both grow with the circle, so where the count at the end of
    such a stretch is below the need at its beginning, no circle between has to be looked at.

    Parameters
    ----------
    held : (2, replicas, n), 1 + the age of the first and of the second case of a place, 0 for none; the second is
        beyond all ages where there are more.
    offsets : (replicas, n + 1), of each replica where the cases of a place begin in its row of `ages`.
    ages : (replicas, most), periods before the last one.
    measure : (n, longest), by age.
    """
    replicas, longest = offsets.shape[0], measure.shape[1]
    widest = 0
    for centre in range(first, last):
        widest = max(widest, indptr[centre + 1] - indptr[centre])
    need, expected = np.empty((widest, longest), dtype=np.int32), np.empty((widest, longest))
    hits = np.empty(widest + 1, dtype=np.uint32)
    # By 1 + age; at 0 lie the cases that are none.
    added = np.zeros(longest + 2, dtype=np.int32)
    for centre in range(first, last):
        around = indices[indptr[centre] : indptr[centre + 1]].astype(np.uint32)
        _needs(around, measure, all_measure, shortest, counts, expected, need)
        for r in range(replicas):
            one, two, found = held[0, r], held[1, r], np.uint64(0)
            for size in range(len(around)):
                hits[found] = size
                found += np.uint64(one[around[size]] > 0)
            added[:] = 0
            begin, many = 0, int(np.int64(found))
            while begin < many:
                end = min(begin + 1 + min(begin // _STRETCH, _LONGEST_STRETCH), many)
                for hit in range(begin, end):
                    place = around[hits[hit]]
                    added[one[place]] += 1
                    if two[place] <= longest:
                        added[two[place]] += 1
                    else:
                        for at in range(offsets[r, place] + 1, offsets[r, place + 1]):
                            added[1 + ages[r, at]] += 1
                run, size, over = 0, hits[begin], False
                for age in range(longest):
                    run += added[1 + age]
                    over |= run >= need[size, age]
                if over:
                    for hit in range(begin, end):
                        place = around[hits[hit]]
                        for at in range(offsets[r, place], offsets[r, place + 1]):
                            added[1 + ages[r, at]] -= 1
                    for hit in range(begin, end):
                        size = hits[hit]
                        place = around[size]
                        for at in range(offsets[r, place], offsets[r, place + 1]):
                            added[1 + ages[r, at]] += 1
                        run = 0
                        for age in range(longest):
                            run += added[1 + age]
                            if run >= need[size, age]:
                                ratio = log_ratio(run, expected[size, age], all_cases, all_measure, model)
                                best[r] = max(best[r], ratio)
                begin = end


@jit
def _needs(
    around: NDArray[np.uint32],
    measure: NDArray[np.float64],
    all_measure: float,
    shortest: int,
    counts: NDArray[np.int32],
    expected: NDArray[np.float64],
    need: NDArray[np.int32],
) -> None:
    """Fill `expected` (sizes, longest) and the counts needed there for the windows around one centre."""
    longest = expected.shape[1]
    by_age, sums = np.zeros(longest), np.zeros(longest)
    scale = _STEPS / math.sqrt(all_measure)
    need[:] = np.iinfo(need.dtype).max
    for size in range(len(around)):
        m = 0.0
        for age in range(longest):
            by_age[age] += measure[around[size], age]
            m += by_age[age]
            sums[age] = m
        for age in range(shortest - 1, longest):
            expected[size, age] = sums[age]
            need[size, age] = counts[min(np.uint32(math.sqrt(sums[age]) * scale), np.uint32(_STEPS))]
