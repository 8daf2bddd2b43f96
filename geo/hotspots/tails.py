"""Exact tails, intervals and the false discovery rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special


def upper_tail(
    observed: NDArray[np.float64], expected: NDArray[np.float64], excess: NDArray[np.float64]
) -> NDArray[np.float64]:
    """P(X ≥ observed), float64 (n,), for counts with mean `expected` and variance `expected + excess`.

    Poisson where `excess` is 0, else negative binomial with the same two moments. Exact: by the incomplete gamma and
    beta functions. 1 where nothing was observed; 0 where something was observed and nothing expected.
    """
    p = np.ones(len(observed))
    some = observed > 0
    p[some & (expected <= 0)] = 0.0
    poisson = some & (expected > 0) & (excess <= 0)
    p[poisson] = special.gammainc(observed[poisson], expected[poisson])
    spread = some & (expected > 0) & (excess > 0)
    size = expected[spread] ** 2 / excess[spread]
    p[spread] = special.betainc(observed[spread], size, expected[spread] / (expected[spread] + size))
    return p


def ratio_interval(
    observed: NDArray[np.float64], expected: NDArray[np.float64], level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exact Poisson interval of observed / expected, two float64 (n,) (Garwood 1936); 0 to inf without expectation."""
    half = (1.0 - level) / 2.0
    low, high = np.zeros(len(observed)), np.full(len(observed), np.inf)
    some = expected > 0
    seen = some & (observed > 0)
    low[seen] = special.gammaincinv(observed[seen], half) / expected[seen]
    high[some] = special.gammaincinv(observed[some] + 1.0, 1.0 - half) / expected[some]
    return low, high


def false_discovery(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p-values q (n,): rejecting all q ≤ α keeps the false discovery rate at α (Benjamini & Hochberg 1995)."""
    n = len(p)
    descending = np.argsort(p, kind="stable")[::-1]
    scaled = p[descending] * n / np.arange(n, 0, -1)
    q = np.empty(n)
    q[descending] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return q
