"""Early warning for the series of a grid or topic: is today beyond what the last weeks make one expect?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.hotspots.checks import measures, whole_counts

# Deviations are never taken to be smaller: after a week without any case, one is no alarm.
LEAST_DEVIATION = 0.5


@dataclass(frozen=True, eq=False)
class Ears:
    """Statistics of each day, float64 (n, days), 0 where too few days lie before; `judged` bool (days,) for C1, C2, C3.

    Alarms of the original: C1 > 3, C2 > 3, C3 > 2.
    """

    c1: NDArray[np.float64]
    c2: NDArray[np.float64]
    c3: NDArray[np.float64]
    judged: NDArray[np.bool_]


def ears(counts: ArrayLike, *, baseline: int = 7, least_deviation: float = LEAST_DEVIATION) -> Ears:
    """The Early Aberration Reporting System's C1 to C3 (Hutwagner et al. 2003, J. Urban Health 80, i89–i96).

    C1 = (y − mean) / s over the `baseline` days before, with the sample deviation s; C2 the same with two days left out
    between; C3 = Σ max(0, C2 − 1) over the day and the two before.

    Parameters
    ----------
    counts : (n, days) or (days,) whole numbers ≥ 0, the last day the latest.
    least_deviation : > 0; s is not taken to be smaller.

    Returns
    -------
    Ears
        `judged` is (3, days): whether C1, C2 and C3 have all the days they need.
    """
    table = np.atleast_2d(whole_counts(counts, name="counts", dimensions=(1, 2)))
    if baseline < 2:
        raise InvalidInput("hotspot_bad_option", name="baseline", value=baseline, least=2)
    if not least_deviation > 0:
        raise InvalidInput("hotspot_bad_option", name="least_deviation", value=least_deviation, least=0)
    days = table.shape[1]
    c1, c2, c3 = np.zeros(table.shape), np.zeros(table.shape), np.zeros(table.shape)
    if days >= baseline:
        spans = np.lib.stride_tricks.sliding_window_view(table, baseline, axis=1)
        mean, deviation = spans.mean(axis=2), np.maximum(spans.std(axis=2, ddof=1), least_deviation)
        for statistic, gap in ((c1, 0), (c2, 2)):
            known = days - baseline - gap
            if known > 0:
                statistic[:, -known:] = (table[:, -known:] - mean[:, :known]) / deviation[:, :known]
    above = np.maximum(c2 - 1.0, 0.0)
    first = baseline + 4
    if days > first:
        c3[:, first:] = above[:, first:] + above[:, first - 1 : -1] + above[:, first - 2 : -2]
    day = np.arange(days)
    judged = np.vstack((day >= baseline, day >= baseline + 2, day >= first))
    return Ears(c1, c2, c3, judged)


def poisson_cusum(
    counts: ArrayLike, expected: ArrayLike, *, ratio: float = 2.0, threshold: float = np.inf
) -> NDArray[np.float64]:
    """Evidence piled up for a rate of `ratio` times the expected one, float64 (n, periods); an alarm above `threshold`.

    S = max(0, S + y ln R − E (R − 1)): the log likelihood ratio, with expectations that may change (Lucas 1985,
    Technometrics 27, 129–144; Höhle & Paul 2008). It starts from 0 again after an alarm.

    Parameters
    ----------
    counts : (n, periods) or (periods,) whole numbers ≥ 0.
    expected : of the same shape, ≥ 0.
    ratio : > 1.
    threshold : > 0, see `cusum_threshold`.

    Raises
    ------
    InvalidInput
        If a value is no number, shapes differ, `ratio` is not above 1, or there are cases where none are expected.
    """
    table = np.atleast_2d(whole_counts(counts, name="counts", dimensions=(1, 2)))
    base = np.atleast_2d(measures(expected, name="expected", dimensions=(1, 2)))
    if base.shape != table.shape:
        raise InvalidInput("hotspot_bad_table", field="expected", shape=base.shape)
    lone = np.argwhere((table > 0) & (base <= 0))
    if len(lone):
        cases = int(table[tuple(lone[0])])
        raise InvalidInput("hotspot_cases_without_population", field="expected", row=int(lone[0, 0]) + 1, cases=cases)
    _check_cusum(ratio, threshold)
    sums, now = np.zeros(table.shape), np.zeros(len(table))
    for t in range(table.shape[1]):
        now = np.maximum(now + table[:, t] * np.log(ratio) - base[:, t] * (ratio - 1.0), 0.0)
        sums[:, t] = now
        now = np.where(now > threshold, 0.0, now)
    return sums


def cusum_threshold(expected: float, *, ratio: float = 2.0, run_length: float = 365.0) -> float:
    """Threshold at which `poisson_cusum` raises a false alarm every `run_length` periods, rounded up.

    The mean run length solves a Markov chain over steps of the sum (Brook & Evans 1972, Biometrika 59, 539–549).

    Parameters
    ----------
    expected : > 0, cases a period.
    """
    _check_cusum(ratio, run_length)
    if not 0 < expected < np.inf:
        raise InvalidInput("hotspot_bad_option", name="expected", value=expected, least=0)
    low, high = 0.0, 1.0
    while mean_run_length(expected, ratio, high) < run_length and high < 1e4:
        low, high = high, 2 * high
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if mean_run_length(expected, ratio, middle) >= run_length else (middle, high)
    return high


def mean_run_length(expected: float, ratio: float, threshold: float, states: int = 200) -> float:
    """Mean periods until `poisson_cusum` exceeds the threshold if the rate is the expected one, from a start of 0."""
    width = threshold / states
    most = int(expected + 12 * np.sqrt(expected) + 30)
    count = np.arange(most + 1)
    chance = np.exp(count * np.log(expected) - expected - np.cumsum(np.log(np.maximum(count, 1))))
    step = count * np.log(ratio) - expected * (ratio - 1.0)
    middles = np.append(0.0, (np.arange(states) + 0.5) * width)
    nexts = middles[:, None] + step
    to = np.where(nexts <= 0, 0, np.ceil(nexts / width)).astype(np.int64)
    moves = np.zeros((states + 1, states + 1))
    inside = to <= states
    rows = np.broadcast_to(np.arange(states + 1)[:, None], to.shape)
    np.add.at(moves, (rows[inside], to[inside]), np.broadcast_to(chance, to.shape)[inside])
    return float(np.linalg.solve(np.eye(states + 1) - moves, np.ones(states + 1))[0])


def _check_cusum(ratio: float, positive: float) -> None:
    if not 1.0 < ratio < np.inf:
        raise InvalidInput("hotspot_bad_option", name="ratio", value=ratio, least=1)
    if not positive > 0:
        raise InvalidInput("hotspot_bad_option", name="threshold", value=positive, least=0)
