"""What is usual for a topic in a grid, and clusters measured against that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import Cluster, Clusters, shrink_rates
from geo.hotspots.scan.clusters import gumbel_p, likely_p, monte_carlo_p, recurrence_days


def usual(counts: NDArray[np.int64], base: NDArray[np.float64], recent: int) -> NDArray[np.float64]:
    """What a topic usually comes to in each grid and period, float64 (grids, periods), in any unit.

    Its rate in a grid before the last `recent` periods, shrunk to that of all, times `base`: a park has more trouble
    with parks than others, and that is no news.
    """
    at_risk = base[:, :-recent].sum(axis=1)
    rate = shrink_rates(counts[:, :-recent].sum(axis=1), at_risk / at_risk.mean()).rate
    # No grid is beyond a topic, even one that never had it.
    return base * np.maximum(rate, rate.max() * 1e-3 if rate.max() > 0 else 1.0)[:, None]


def less_surge(
    found: Clusters,
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    *,
    period_days: float,
    alone: float = 2 / 3,
) -> Clusters:
    """Clusters of topics that hardly occur elsewhere, judged against what they do elsewhere at that time, best first.

    Only windows that hold the share `alone` of all incidents of their days: about others the permutation scan knows
    better, for it needs no estimate of what is usual. Rain brings water everywhere: where a topic is elevated outside
    a window in its days, as much is expected inside.
    """
    share = expected * (counts.sum() / expected.sum()) if len(found) else expected
    judged = [_judged(c, counts, share, found.maxima, period_days) for c in found if share_of(c, counts) >= alone]
    return Clusters(tuple(sorted(judged, key=lambda cluster: -cluster.llr)), found.maxima)


def share_of(cluster: Cluster, counts: NDArray[np.int64]) -> float:
    """How much of all incidents of its days a window holds."""
    assert cluster.first is not None
    assert cluster.last is not None
    return cluster.observed / int(counts[:, cluster.first : cluster.last + 1].sum())


def _judged(
    cluster: Cluster,
    counts: NDArray[np.int64],
    share: NDArray[np.float64],
    maxima: NDArray[np.float64],
    period_days: float,
) -> Cluster:
    assert cluster.first is not None
    assert cluster.last is not None
    span = slice(cluster.first, cluster.last + 1)
    outside = float(counts[:, span].sum()) - cluster.observed
    usual_outside = float(share[:, span].sum()) - cluster.expected
    surge = max((outside + 1.0) / (usual_outside + 1.0), 1.0)
    if surge == 1.0:
        return cluster
    total, observed = float(counts.sum()), float(cluster.observed)
    expected = min(cluster.expected * surge, total)
    ratio = 0.0
    if observed > expected:
        rest = total - observed
        ratio = observed * np.log(observed / expected)
        ratio += rest * np.log(rest / (total - expected)) if rest > 0 else 0.0
    llr = np.array([ratio])
    p, tail = float(monte_carlo_p(llr, maxima)[0]), float(gumbel_p(llr, maxima)[0])
    rate_outside = (total - observed) / (total - expected) if total > expected else 0.0
    return replace(
        cluster, expected=expected, llr=ratio, p=p, p_ties=p, p_above=p, p_gumbel=tail,
        relative_risk=observed / expected / rate_outside if rate_outside > 0 else np.inf,
        recurrence_days=recurrence_days(likely_p(p, tail, len(maxima)), period_days),
    )  # fmt: skip
