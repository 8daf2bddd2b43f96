"""Several categories at once, and what that costs: the more one looks at, the more chance has to show."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from geo.hotspots.scan.clusters import Cluster, Clusters, likely_p

Counts = TypeVar("Counts")


@dataclass(frozen=True, eq=False)
class Finding:
    """A cluster of one of several categories.

    Attributes
    ----------
    category : which one.
    cluster : as its own scan tells it, uncorrected.
    p : chance that any of the categories shows a cluster at least as unlikely as this one (Šidák 1967); for tails the
        replicas do not reach, from the Gumbel distribution.
    recurrence_days : days between such clusters by chance over all categories; None for a scan without time.
    """

    category: str
    cluster: Cluster
    p: float
    recurrence_days: float | None


def scan_each(
    categories: Mapping[str, Counts],
    scan: Callable[[Counts, np.random.Generator], Clusters],
    *,
    seed: int,
) -> list[Finding]:
    """Scan every category on its own, correct for their number, and list all clusters, least likely first.

    Parameters
    ----------
    categories : whatever `scan` takes, by category.
    scan : calls one of the scans with what it is given and the generator.
    seed : each category draws from a generator of its own, so that its answer depends on no other category.
    """
    found = {
        name: scan(counts, np.random.default_rng([seed, zlib.crc32(name.encode())]))
        for name, counts in categories.items()
    }
    return corrected(found)


def corrected(found: Mapping[str, Clusters]) -> list[Finding]:
    """Clusters of several scans with p and recurrence corrected for the number of scans, least likely first."""
    many = len(found)
    findings = []
    for name, clusters in found.items():
        for cluster in clusters:
            likely = likely_p(cluster.p, cluster.p_gumbel, len(clusters.maxima))
            any_p = float(-np.expm1(many * np.log1p(-min(likely, 1 - 1e-16)))) if many > 1 else likely
            days = cluster.recurrence_days
            if days is not None:
                # Days of one period, over the chance that it holds such a cluster in any category.
                days = days * likely / any_p if any_p > 0 else np.inf
            findings.append(Finding(name, cluster, any_p, days))
    return sorted(findings, key=lambda finding: (finding.p, -finding.cluster.llr, finding.category))


def gated(findings: list[Finding], *, least_days: float) -> list[Finding]:
    """Those that chance brings at most once in `least_days`: at p < .05 a day, 18 false alarms come a year."""
    return [f for f in findings if f.recurrence_days is not None and f.recurrence_days >= least_days]
