"""From the best window of every centre to the clusters that are told, and how likely chance makes such ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

from geo.hotspots.scan import kernels
from geo.hotspots.scan.places import Places
from geo.hotspots.scan.replicas import Problem

# Ratios that differ by less are the same window in another order of adding.
_SAME = 1e-9
# No level in use lies above this one.
_LEVEL = 0.1


@dataclass(frozen=True, eq=False)
class Cluster:
    """A window with more cases than its share. "Elevated, unlikely by chance"; nothing about a cause.

    Attributes
    ----------
    members : int64, rows of the input, ascending.
    centre, radius : a row at the centre; distance of the farthest member, plane units or metres (along paths too).
    observed, expected : cases in the window, and its share of all cases.
    relative_risk : rate inside over rate outside; infinite where all cases are inside.
    llr : log likelihood ratio.
    p : share of maps by chance that hold a window at least as unlikely, this one counted: (1 + #) / (1 + replicas).
        Up to .1 equal ratios count (`p_ties`), so that at every level in use p is a p-value; where even those above
        are more than a tenth, it is `p_above`, as SaTScan's printed answers have it. See `told_p`.
    p_ties, p_above : with equal ratios, and without; they differ only where ties are common, as with few cases.
    p_gumbel : the same from a Gumbel distribution with the replicas' mean and variance; below 1 / (1 + replicas) too.
    first, last : periods of the window (from 0, both inside), None for a scan without time.
    recurrence_days : a cluster this unlikely comes about by chance once in so many days, if the scan is run once a
        period; None for a scan without time.
    """

    members: NDArray[np.int64]
    centre: int
    radius: float
    observed: int
    expected: float
    relative_risk: float
    llr: float
    p: float
    p_ties: float
    p_above: float
    p_gumbel: float
    first: int | None = None
    last: int | None = None
    recurrence_days: float | None = None


@dataclass(frozen=True, eq=False)
class Clusters(Sequence[Cluster]):
    """Clusters that share no member, best first; and `maxima`, float64 (replicas,), the largest ratios by chance."""

    found: tuple[Cluster, ...] = ()
    maxima: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @overload
    def __getitem__(self, index: int) -> Cluster: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Cluster, ...]: ...
    def __getitem__(self, index: int | slice) -> Cluster | tuple[Cluster, ...]:
        return self.found[index]

    def __len__(self) -> int:
        return len(self.found)


@dataclass(frozen=True, eq=False)
class Windows:
    """The best window of each centre, best first, without those that share a place with a better one."""

    ratio: NDArray[np.float64]
    centre: NDArray[np.int64]
    size: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def best_windows(problem: Problem, keep: int) -> Windows:
    """Scan the observed cases; at most `keep` windows.

    Of windows with one ratio the one with fewer places comes first, then the one whose centre does.
    """
    ratio, where = kernels.scan_observed(
        problem.cases, problem.measure, problem.zones.indptr, problem.zones.indices, float(problem.all_cases),
        problem.all_measure, problem.windows, problem.least, problem.model,
    )  # fmt: skip
    centres = np.flatnonzero(ratio > _SAME)
    order = centres[np.lexsort((centres, where[centres, 0], -np.round(ratio[centres], 9)))]
    taken = np.zeros(len(ratio), dtype=np.bool_)
    chosen: list[int] = []
    for centre in order:
        if len(chosen) >= keep:
            break
        inside = problem.zones.prefix(int(centre), int(where[centre, 0]))
        if not taken[inside].any():
            taken[inside] = True
            chosen.append(int(centre))
    kept = np.array(chosen, dtype=np.int64)
    return Windows(ratio[kept], kept, where[kept, 0], where[kept, 1], where[kept, 2])


def told(
    problem: Problem,
    windows: Windows,
    places: Places,
    maxima: NDArray[np.float64],
    *,
    period_days: float | None,
    skipped: int = 0,
) -> Clusters:
    """Clusters in terms of the input's rows; `skipped` periods before those of the problem were left out."""
    p_ties, p_above = monte_carlo_p(windows.ratio, maxima), monte_carlo_p(windows.ratio + 2 * _SAME, maxima)
    p = told_p(p_ties, p_above)
    p_gumbel = gumbel_p(windows.ratio, maxima)
    share = problem.all_cases / problem.all_measure
    found = []
    for i, centre in enumerate(windows.centre.tolist()):
        inside = problem.zones.prefix(centre, int(windows.size[i]))
        span = slice(int(windows.first[i]), int(windows.last[i]) + 1)
        observed = int(problem.cases[inside, span].sum())
        expected = float(problem.measure[inside, span].sum()) * share
        outside = (problem.all_cases - observed) / (problem.all_cases - expected)
        likely = likely_p(float(p[i]), float(p_gumbel[i]), len(maxima))
        found.append(
            Cluster(
                members=np.flatnonzero(np.isin(places.of_row, inside)),
                centre=int(np.flatnonzero(places.of_row == centre)[0]),
                radius=float(places.distances(centre, inside).max()),
                observed=observed,
                expected=expected,
                relative_risk=observed / expected / outside if outside > 0 else np.inf,
                llr=float(windows.ratio[i]),
                p=float(p[i]),
                p_ties=float(p_ties[i]),
                p_above=float(p_above[i]),
                p_gumbel=float(p_gumbel[i]),
                first=None if period_days is None else span.start + skipped,
                last=None if period_days is None else span.stop - 1 + skipped,
                recurrence_days=None if period_days is None else recurrence_days(likely, period_days),
            )
        )
    return Clusters(tuple(found), maxima)


def monte_carlo_p(ratio: NDArray[np.float64], maxima: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 + replicas with at least this ratio) / (1 + replicas): exact at its levels (Dwass 1957). Ties count."""
    below = np.searchsorted(np.sort(maxima), ratio - _SAME, side="left")
    return np.asarray((1.0 + len(maxima) - below) / (1.0 + len(maxima)), dtype=np.float64)


def told_p(p_ties: NDArray[np.float64], p_above: NDArray[np.float64]) -> NDArray[np.float64]:
    """The p that is told, of that with equal ratios and that without.

    With ties P(p ≤ α) ≤ α, and without them it is not: where each map by chance holds the same ratio, `p_above` is
    1 / (1 + replicas). SaTScan's printed p leave ties out all the same (North Humberside .42, where a quarter of all
    maps have at best four cases among four; with ties .67). So ties count wherever it could matter: p ≤ α for an
    α ≤ .1 exactly where `p_ties` is. Beyond, nothing is elevated by either, and the printed one is told. The order of
    clusters stays: no less likely one has a `p_above` below the `p_ties` of a likelier one.
    """
    return np.where(p_above > _LEVEL, p_above, p_ties)


def gumbel_p(ratio: NDArray[np.float64], maxima: NDArray[np.float64]) -> NDArray[np.float64]:
    """Upper tail of the Gumbel distribution with the replicas' mean and variance.

    Abrams, Kulldorff & Kleinman (2010), Int. J. Health Geogr. 9:61. With fewer than two replicas, or all of one ratio,
    there is nothing to fit, and the Monte Carlo p is given.
    """
    if len(maxima) < 2 or np.ptp(maxima) <= _SAME:
        return monte_carlo_p(ratio, maxima)
    beta = float(np.std(maxima, ddof=1)) * np.sqrt(6.0) / np.pi
    mode = float(maxima.mean()) - np.euler_gamma * beta
    return np.asarray(-np.expm1(-np.exp(-(ratio - mode) / beta)), dtype=np.float64)


def recurrence_days(p: float, period_days: float) -> float:
    """Days between false alarms of this p if a scan is run every `period_days` (Kleinman, Lazarus & Platt 2004)."""
    return period_days / p if p > 0 else np.inf


def likely_p(p: float, p_gumbel: float, replicas: int) -> float:
    """The Monte Carlo p, but Gumbel's where no replica reached the cluster and it is the smaller one."""
    return p if p * (replicas + 1) > 1.5 else min(p, p_gumbel)
