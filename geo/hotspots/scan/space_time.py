"""Where and when: scan statistics over places and periods, looking back or at what is going on now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.hotspots.checks import measures, one_denominator, same_length, whole_counts
from geo.hotspots.scan import chance, kernels
from geo.hotspots.scan.clusters import Clusters, best_windows, told
from geo.hotspots.scan.places import Places, find_places
from geo.hotspots.scan.replicas import Problem, largest_ratios, largest_recent
from geo.hotspots.scan.space import check_counts, zones_of
from geo.hotspots.scan.zones import Reach, Zones
from geo.hotspots.shrink import Spread, dispersion_of, spread_of


@dataclass(frozen=True)
class TimeWindow:
    """How windows lie in time.

    Attributes
    ----------
    prospective : only windows that are still going on in the last period; else all ("retrospective").
    min_periods, max_periods : length of a window; without `max_periods`, at most `max_share` of all periods.
    max_share : in (0, 1], rounded down to whole periods, but one at least.
    period_days : length of a period, for the recurrence interval.
    """

    prospective: bool = False
    min_periods: int = 1
    max_periods: int | None = None
    max_share: float = 0.5
    period_days: float = 1.0

    def bounds(self, periods: int) -> tuple[int, int, int]:
        """First period that a window may end in; least and most periods of a window."""
        if not 0.0 < self.max_share <= 1.0:
            raise InvalidInput("hotspot_bad_share", value=self.max_share)
        for name, value in (("min_periods", self.min_periods), ("max_periods", self.max_periods)):
            if value is not None and value < 1:
                raise InvalidInput("hotspot_bad_option", name=name, value=value, least=1)
        if not 0.0 < self.period_days < np.inf:
            raise InvalidInput("hotspot_bad_option", name="period_days", value=self.period_days, least=0)
        longest = self.max_periods or max(int(periods * self.max_share + 1e-9), 1)
        if longest < self.min_periods:
            raise InvalidInput("hotspot_no_window_in_time", least=self.min_periods, most=longest)
        return (periods - 1 if self.prospective else 0), self.min_periods, min(longest, periods)


def scan_space_time(
    *,
    cases: ArrayLike,
    population: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    days: ArrayLike | None = None,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    lon: ArrayLike | None = None,
    lat: ArrayLike | None = None,
    neighbours: ArrayLike | None = None,
    max_share: float = 0.5,
    max_radius: float = np.inf,
    max_neighbours: int | None = None,
    time: TimeWindow | None = None,
    min_cases: int = 2,
    overdispersion: bool = False,
    stop_early: bool = False,
    keep: int = 100,
    replicas: int = 999,
    rng: np.random.Generator | int,
) -> Clusters:
    """Kulldorff's space-time scan statistic for counts (1998, Am. J. Public Health 88, 1377–1380; 2001 prospective).

    Parameters
    ----------
    cases : (n, periods) whole numbers ≥ 0, by grid and period, the last period the latest.
    population : (n,) or (n, periods) ≥ 0, what could have had a case, or
    expected : (n, periods) or (n,) ≥ 0, expected cases in any unit; see `geo.hotspots.expect`.
    days : (periods,) > 0, lengths of the periods, which the population counts for (leap years, months).
    time : windows in time.
    overdispersion : whether chance may make counts vary more than Poisson counts, between places that stay so and
        between periods (`geo.hotspots.shrink.spread_of`), by as much as these do. A prospective scan measures that in
        the periods before any window, if these are as many as a window may take: what emerges does not hide itself.
    stop_early : whether a few replicas are enough where many of them hold as much as the best cluster: its p is then
        above a quarter, and no more is said of it.

    Other parameters, result and errors are those of `scan_poisson`; clusters have `first`, `last` and
    `recurrence_days`.
    """
    time = time or TimeWindow()
    counts = whole_counts(cases, name="cases", dimensions=(2,))
    base, name = _measure(counts, population, expected, days)
    places = find_places(len(counts), x=x, y=y, lon=lon, lat=lat)
    totals, at_risk = places.total(counts), places.total(base)
    _inhabited(places, totals, at_risk, name)
    check_counts(replicas, min_cases, keep)
    zones = zones_of(places, at_risk.sum(axis=1), neighbours, Reach(max_share, max_radius, max_neighbours))
    bounds = time.bounds(counts.shape[1])
    total = int(totals.sum())
    if not total:
        return Clusters()
    share = at_risk * (total / at_risk.sum())
    problem, skipped = _cropped(totals, share, zones, bounds, min_cases, total)
    windows = best_windows(problem, keep)
    if not len(windows.centre):
        return Clusters()
    observed = float(windows.ratio[0]) if stop_early else np.inf
    rng = np.random.default_rng(rng)
    spread = _spread(totals, share, skipped, bounds[2]) if overdispersion else Spread()
    if spread:
        maxima = largest_ratios(
            problem, chance.by_uneven_risk(share, total, spread, skipped), replicas, rng, observed=observed
        )
    elif time.prospective:
        scatter = chance.recent_by_measure(problem.measure, total, float(total))
        maxima = largest_recent(problem, scatter, replicas, rng, observed=observed)
    else:
        maxima = largest_ratios(problem, chance.by_measure(problem.measure, total), replicas, rng, observed=observed)
    return told(problem, windows, places, maxima, period_days=time.period_days, skipped=skipped)


def scan_permutation(
    *,
    cases: ArrayLike,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    lon: ArrayLike | None = None,
    lat: ArrayLike | None = None,
    neighbours: ArrayLike | None = None,
    max_share: float = 0.5,
    max_radius: float = np.inf,
    max_neighbours: int | None = None,
    time: TimeWindow | None = None,
    min_cases: int = 2,
    overdispersion: bool = False,
    stop_early: bool = False,
    keep: int = 100,
    replicas: int = 999,
    rng: np.random.Generator | int,
) -> Clusters:
    """The space-time permutation scan: needs cases alone (Kulldorff et al. 2005, PLoS Med. 2(3): e59).

    Expected is a place's share of all cases times a period's; by chance, dates are exchanged between cases. So lasting
    differences between places, and changes that happen everywhere, are no cluster.

    Parameters
    ----------
    cases : (n, periods) whole numbers ≥ 0, by grid and period, the last period the latest.
    max_share : largest share of all cases, of all time, in a window's places.
    time : windows in time; ``TimeWindow(prospective=True)`` for what is emerging now.
    overdispersion : whether places may have more on some days and less on others than exchanged dates give, by as
        much as these have; measured as for `scan_space_time`. Complaints come in bursts that are no cluster.

    Other parameters, result and errors are those of `scan_poisson`; clusters have `first`, `last` and
    `recurrence_days`.
    """
    time = time or TimeWindow()
    counts = whole_counts(cases, name="cases", dimensions=(2,))
    places = find_places(len(counts), x=x, y=y, lon=lon, lat=lat)
    check_counts(replicas, min_cases, keep)
    totals = places.total(counts)
    by_place, by_period = totals.sum(axis=1), totals.sum(axis=0)
    zones = zones_of(places, by_place, neighbours, Reach(max_share, max_radius, max_neighbours))
    bounds = time.bounds(counts.shape[1])
    total = int(totals.sum())
    if not total:
        return Clusters()
    problem, skipped = _cropped(totals, np.outer(by_place, by_period) / total, zones, bounds, min_cases, total)
    windows = best_windows(problem, keep)
    if not len(windows.centre):
        return Clusters()
    observed = float(windows.ratio[0]) if stop_early else np.inf
    rng, of_place, of_period = np.random.default_rng(rng), by_place.astype(np.int64), by_period.astype(np.int64)
    variance = _bursts(totals, skipped, bounds[2]) if overdispersion else 0.0
    if variance:
        maxima = largest_ratios(
            problem,
            chance.unevenly_exchanged(of_place, of_period[skipped:], variance),
            replicas,
            rng,
            observed=observed,
        )
    elif time.prospective:
        maxima = largest_recent(
            problem, chance.recently_exchanged(of_place, of_period[skipped:]), replicas, rng, observed=observed
        )
    else:
        maxima = largest_ratios(problem, chance.exchanged(of_place, of_period), replicas, rng, observed=observed)
    return told(problem, windows, places, maxima, period_days=time.period_days, skipped=skipped)


def _inhabited(places: Places, totals: NDArray[np.float64], at_risk: NDArray[np.float64], name: str) -> None:
    lone = np.argwhere((totals > 0) & (at_risk <= 0))
    if len(lone):
        row = int(np.flatnonzero(places.of_row == lone[0, 0])[0])
        number = int(totals[lone[0, 0], lone[0, 1]])
        raise InvalidInput("hotspot_cases_without_population", field=name, row=row + 1, cases=number)


def _spread(totals: NDArray[np.float64], share: NDArray[np.float64], skipped: int, longest: int) -> Spread:
    """How much the counts vary beyond Poisson before any window, or in all periods where that is too short a time."""
    cases, expected = _before(totals, skipped, longest), _before(share, skipped, longest)
    if expected.sum() <= 0:
        return Spread()
    return spread_of(cases, expected * (cases.sum() / expected.sum()))


def _bursts(totals: NDArray[np.float64], skipped: int, longest: int) -> float:
    """Variance of the risks of places and periods beyond what both have in all, as for `_spread`."""
    cases = _before(totals, skipped, longest)
    by_place, by_period, total = cases.sum(axis=1), cases.sum(axis=0), cases.sum()
    if total <= 0:
        return 0.0
    expected = np.outer(by_place, by_period) / total
    # The totals are those of the cases themselves, and take part of what differs.
    free = np.outer(1.0 - by_place / total, 1.0 - by_period / total)
    return dispersion_of(cases, expected, free)


def _before(table: NDArray[np.float64], skipped: int, longest: int) -> NDArray[np.float64]:
    """The periods before any window, or all where these are fewer than a window may take."""
    return table[:, :skipped] if skipped >= longest else table


def _measure(
    counts: NDArray[np.float64], population: ArrayLike | None, expected: ArrayLike | None, days: ArrayLike | None
) -> tuple[NDArray[np.float64], str]:
    given, name = one_denominator(population, expected)
    base = measures(given, name=name, dimensions=(1, 2))
    same_length(base, len(counts), name=name)
    periods = counts.shape[1]
    if base.ndim == 1:
        base = np.repeat(base[:, None], periods, axis=1)
    if base.shape[1] != periods:
        raise InvalidInput("hotspot_periods_differ", field=name, got=base.shape[1], wanted=periods)
    if days is not None:
        lengths = measures(days, name="days")
        if len(lengths) != periods:
            raise InvalidInput("hotspot_periods_differ", field="days", got=len(lengths), wanted=periods)
        base = base * lengths
    if counts.sum() > 0 and base.sum() <= 0:
        raise InvalidInput("hotspot_no_population", field=name, cases=int(counts.sum()))
    return base, name


def _cropped(
    totals: NDArray[np.float64],
    measure: NDArray[np.float64],
    zones: Zones,
    bounds: tuple[int, int, int],
    least: int,
    total: int,
) -> tuple[Problem, int]:
    """The problem without the periods that no window reaches into, and how many these are."""
    ends, shortest, longest = bounds
    skipped = max(ends - longest + 1, 0)
    return Problem(
        cases=np.ascontiguousarray(totals[:, skipped:], dtype=np.int32),
        measure=np.ascontiguousarray(measure[:, skipped:]),
        zones=zones,
        windows=(ends - skipped, shortest, longest),
        least=least,
        model=kernels.POISSON,
        all_cases=total,
        all_measure=float(total),
    ), skipped
