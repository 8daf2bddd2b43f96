"""How much rates of small areas differ beyond chance, and their empirical-Bayes shrinkage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A variance this small beside what chance alone explains is rounding, not heterogeneity.
_NOISE = 1e-12
# One-sided 5 % of the normal: above it the counts vary more between grids than Poisson counts do.
_OVERDISPERSED = 1.6448536269514722


@dataclass(frozen=True, eq=False)
class ShrunkRates:
    """Global empirical-Bayes estimate: prior `mean` and `variance` of the rates, `rate` float64 (n,) shrunk."""

    mean: float
    variance: float
    rate: NDArray[np.float64]


def shrink_rates(cases: NDArray[np.float64], population: NDArray[np.float64]) -> ShrunkRates:
    """Shrink cases / population toward the overall rate (Marshall 1991, J. R. Stat. Soc. C 40, 283–294).

    Parameters
    ----------
    cases : (n,) ≥ 0.
    population : (n,) ≥ 0, persons or expected cases. Without population the rate is the mean.

    Notes
    -----
    The moment estimate of the variance is negative in about half of all maps without heterogeneity; it is then 0 and
    every rate is the mean.
    """
    total = population.sum()
    if total <= 0:
        return ShrunkRates(0.0, 0.0, np.zeros(len(cases)))
    inhabited = population > 0
    raw = np.divide(cases, population, out=np.zeros(len(cases)), where=inhabited)
    mean = float(cases.sum() / total)
    by_chance = mean / float(total / len(population))
    variance = float((population * (raw - mean) ** 2).sum() / total) - by_chance
    if variance <= _NOISE * by_chance:
        variance = 0.0
    trust = np.zeros(len(cases))
    if variance > 0:
        trust[inhabited] = variance / (variance + mean / population[inhabited])
    return ShrunkRates(mean, variance, mean + trust * np.where(inhabited, raw - mean, 0.0))


@dataclass(frozen=True)
class Spread:
    """Variances of relative risks that chance has: `place` of those that stay, `moment` of those of a period alone."""

    place: float = 0.0
    moment: float = 0.0

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.place > 0 or self.moment > 0


def spread_of(cases: NDArray[np.float64], expected: NDArray[np.float64]) -> Spread:
    """How much more counts of places and periods (n, periods) vary than Poisson counts, by moments.

    What stays shows in the covariance of two periods of a place, Σ r_t r_u / Σ E_t E_u with r = O − E; the rest is of a
    period alone. Each is 0 unless a one-sided 5 % test finds it (for the covariance with V = E + dE² as variance).
    """
    whole = dispersion_of(cases.reshape(-1), expected.reshape(-1))
    apart, variance = cases - expected, expected + whole * expected**2

    def pairs(values: NDArray[np.float64]) -> float:
        return float((values.sum(axis=1) ** 2 - (values**2).sum(axis=1)).sum())

    together, by_chance = pairs(apart), np.sqrt(2.0 * pairs(variance))
    if by_chance <= 0 or together / by_chance <= _OVERDISPERSED:
        return Spread(0.0, whole)
    place = together / pairs(expected)
    return Spread(place, max((1.0 + whole) / (1.0 + place) - 1.0, 0.0))


def dispersion_of(
    cases: NDArray[np.float64], expected: NDArray[np.float64], free: NDArray[np.float64] | float = 1.0
) -> float:
    """Variance of the relative risk between grids, by moments; 0 unless Dean's score test finds it (one-sided 5 %).

    Dean (1992), J. Am. Stat. Assoc. 87, 451–457: Σ((O − E)² − O) / √(2 ΣE²) is standard normal under Poisson. `free` is
    the part of a count's variance that is left where `expected` was reckoned from the counts.
    """
    squares = float((expected**2).sum())
    if squares <= 0:
        return 0.0
    apart = np.divide((cases - expected) ** 2, free, out=np.zeros_like(expected), where=np.asarray(free) > 0)
    beyond = float((apart - cases).sum())
    return beyond / squares if beyond / np.sqrt(2.0 * squares) > _OVERDISPERSED else 0.0
