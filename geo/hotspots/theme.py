"""The month's theme: topics and places ranked by several measures at once, and what changed afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from geo.errors import InvalidInput
from geo.hotspots.checks import measures, same_length


@dataclass(frozen=True)
class Ratio:
    """A ratio with its exact interval; `value` and `high` may be infinite, `value` NaN where there is nothing."""

    value: float
    low: float
    high: float


def rate_ratio(
    after: int, before: int, *, days_after: float = 1.0, days_before: float = 1.0, level: float = 0.95
) -> Ratio:
    """The rate after over the rate before, with the exact interval of two Poisson counts.

    Given both counts together, those after are binomial with the share r·t₁ / (r·t₁ + t₀); its interval (Clopper &
    Pearson 1934) is that of r (Przyborowski & Wilenski 1940, Biometrika 31, 313–323).

    Parameters
    ----------
    after, before : counts ≥ 0. `days_after`, `days_before` : > 0, how long was counted.

    Raises
    ------
    InvalidInput
        If a count is negative or a length is not positive.
    """
    _check((after, before), (days_after, days_before))
    if after + before == 0:
        return Ratio(math.nan, 0.0, math.inf)
    half, scale = (1.0 - level) / 2.0, days_before / days_after
    low = float(special.betaincinv(after, before + 1, half)) if after else 0.0
    high = float(special.betaincinv(after + 1, before, 1.0 - half)) if before else 1.0
    return Ratio(
        scale * after / before if before else math.inf,
        scale * low / (1.0 - low),
        scale * high / (1.0 - high) if high < 1.0 else math.inf,
    )


def against_others(after: int, before: int, others_after: int, others_before: int, *, level: float = 0.95) -> Ratio:
    """The change here over the change elsewhere in the same days, with the exact conditional interval.

    The odds ratio of the table (here, elsewhere) × (after, before), given its margins (Fisher 1935): seasons and
    whatever else happens everywhere cancel, and so do the lengths of the two periods.

    Raises
    ------
    InvalidInput
        If a count is negative.
    """
    table = np.array([[after, before], [others_after, others_before]], dtype=np.int64)
    _check(table.reshape(-1).tolist(), (1.0,))
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return Ratio(math.nan, 0.0, math.inf)
    found = stats.contingency.odds_ratio(table, kind="sample")
    exact = stats.contingency.odds_ratio(table, kind="conditional").confidence_interval(confidence_level=level)
    return Ratio(float(found.statistic), float(exact.low), float(exact.high))


def mean_ranks(columns: ArrayLike) -> NDArray[np.float64]:
    """The mean of a row's ranks in several columns, each as a share of 1, float64 (n,); equal values share a rank.

    1 is the largest in every column. No column counts for more because its numbers are larger.

    Parameters
    ----------
    columns : (n, k) finite numbers.
    """
    table = np.asarray(columns, dtype=np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise InvalidInput("hotspot_bad_table", field="columns", shape=table.shape)
    if not len(table):
        return np.empty(0)
    ranks = stats.rankdata(table, axis=0)
    return np.asarray((ranks / len(table)).mean(axis=1), dtype=np.float64)


def trends(now: ArrayLike, before: ArrayLike, *, days_now: float, days_before: float) -> NDArray[np.float64]:
    """How surely each count has risen, float64 (n,): the lower end of the 80 % interval of `rate_ratio`.

    A rise from one to three is no trend yet; that from 30 to 60 is.
    """
    later, earlier = measures(now, name="now"), measures(before, name="before")
    same_length(earlier, len(later), name="before")
    low = np.zeros(len(later))
    some = later > 0
    low[some] = special.betaincinv(later[some], earlier[some] + 1.0, 0.1)
    return np.asarray(days_before / days_now * low / (1.0 - low), dtype=np.float64)


def _check(counts: tuple[int, ...] | list[int], days: tuple[float, ...]) -> None:
    for count in counts:
        if count < 0:
            raise InvalidInput("hotspot_bad_option", name="count", value=count, least=0)
    for length in days:
        if not 0.0 < length < math.inf:
            raise InvalidInput("hotspot_bad_option", name="days", value=length, least=1)
