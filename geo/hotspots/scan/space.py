"""Where: the circular scan statistic for counts (Poisson) and for cases among controls (Bernoulli)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.hotspots.checks import measures, one_denominator, same_length, whole_counts
from geo.hotspots.scan import chance, kernels
from geo.hotspots.scan.clusters import Clusters, best_windows, told
from geo.hotspots.scan.places import Places, find_places
from geo.hotspots.scan.replicas import Draw, Problem, largest_ratios
from geo.hotspots.scan.zones import Reach, Zones, circles, paths
from geo.hotspots.shrink import Spread, dispersion_of


def scan_poisson(
    *,
    cases: ArrayLike,
    population: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    lon: ArrayLike | None = None,
    lat: ArrayLike | None = None,
    neighbours: ArrayLike | None = None,
    max_share: float = 0.5,
    max_radius: float = np.inf,
    max_neighbours: int | None = None,
    min_cases: int = 2,
    overdispersion: bool | float = False,
    keep: int = 100,
    replicas: int = 999,
    rng: np.random.Generator | int,
) -> Clusters:
    """Kulldorff's spatial scan statistic for counts (1997, Commun. Stat. Theory Methods 26, 1481–1496).

    Parameters
    ----------
    cases : (n,) whole numbers ≥ 0, by grid.
    population : (n,) ≥ 0, what could have had a case. Give this or `expected`.
    expected : (n,) ≥ 0, expected cases in any unit (standardised rates, past cases); scaled to the cases' total.
    x, y : (n,) plane coordinates of one unit, or `lon`, `lat` : (n,) degrees; then radii are metres along the globe.
    neighbours : (m, 2) int pairs of rows that touch; windows then grow along these instead of as circles.
    max_share : largest share of population or expected cases in a window.
    max_radius, max_neighbours : further bounds of a window, see `geo.hotspots.scan.zones.Reach`.
    min_cases : a window with fewer is none.
    overdispersion : whether chance may make counts vary more between places than Poisson counts, by as much as these
        do. Complaints mostly do; without it such maps show clusters that are none. Clusters themselves add to the
        estimate, so p grows; a number is that variance of the risks as known from elsewhere (other periods).
        Published answers are without.
    keep : clusters at most.
    replicas : maps by chance, for p.
    rng : generator or seed; the answer does not depend on the order of the rows.

    Returns
    -------
    Clusters
        Best first, none overlapping; empty where there are no cases or no window.

    Raises
    ------
    InvalidInput
        If a value is NaN, infinite, negative or (cases) no whole number, lengths differ, there are cases where nothing
        could have had one, or both or neither of population and expected are given.
    """
    counts = whole_counts(cases, name="cases")
    given, name = one_denominator(population, expected)
    base = measures(given, name=name)
    same_length(base, len(counts), name=name)
    places = find_places(len(counts), x=x, y=y, lon=lon, lat=lat)
    totals, at_risk = places.total(counts), places.total(base)
    _inhabited(places, totals, at_risk, name)
    reach = Reach(max_share, max_radius, max_neighbours)
    zones = zones_of(places, at_risk, neighbours, reach)
    total = int(totals.sum())
    if not total:
        return Clusters()
    share = at_risk * (total / at_risk.sum())
    problem = _problem(totals, share, zones, min_cases, kernels.POISSON, float(total))
    spread = Spread(dispersion_of(totals, share) if overdispersion is True else float(overdispersion))
    made = (
        chance.by_uneven_risk(problem.measure, total, spread) if spread else chance.by_measure(problem.measure, total)
    )
    return _answer(problem, places, made, keep, replicas, rng)


def scan_bernoulli(
    *,
    cases: ArrayLike,
    controls: ArrayLike,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    lon: ArrayLike | None = None,
    lat: ArrayLike | None = None,
    neighbours: ArrayLike | None = None,
    max_share: float = 0.5,
    max_radius: float = np.inf,
    max_neighbours: int | None = None,
    min_cases: int = 2,
    keep: int = 100,
    replicas: int = 999,
    rng: np.random.Generator | int,
) -> Clusters:
    """The scan statistic for cases among individuals: overdue issues among all issues, say (Kulldorff 1997).

    Parameters
    ----------
    cases, controls : (n,) whole numbers ≥ 0, individuals with and without, by grid or address.

    Other parameters, result and errors are those of `scan_poisson`; `max_share` is of all individuals.
    """
    ill, well = whole_counts(cases, name="cases"), whole_counts(controls, name="controls")
    same_length(well, len(ill), name="controls")
    places = find_places(len(ill), x=x, y=y, lon=lon, lat=lat)
    totals, individuals = places.total(ill), places.total(ill + well)
    zones = zones_of(places, individuals, neighbours, Reach(max_share, max_radius, max_neighbours))
    total, everyone = int(totals.sum()), int(individuals.sum())
    if not total or total == everyone:
        return Clusters()
    problem = _problem(totals, individuals, zones, min_cases, kernels.BERNOULLI, float(everyone))
    return _answer(problem, places, chance.labels(individuals.astype(np.int64), total), keep, replicas, rng)


def zones_of(places: Places, measure: NDArray[np.float64], neighbours: ArrayLike | None, reach: Reach) -> Zones:
    """Circles, or neighbourhoods where pairs of neighbours are given."""
    return circles(places, measure, reach) if neighbours is None else paths(places, measure, neighbours, reach)


def check_counts(replicas: int, min_cases: int, keep: int) -> None:
    """Raise InvalidInput for numbers that mean nothing."""
    for name, value, least in (("replicas", replicas, 0), ("min_cases", min_cases, 1), ("keep", keep, 1)):
        if value < least:
            raise InvalidInput("hotspot_bad_option", name=name, value=value, least=least)


def _inhabited(places: Places, totals: NDArray[np.float64], at_risk: NDArray[np.float64], name: str) -> None:
    if totals.sum() > 0 and at_risk.sum() <= 0:
        raise InvalidInput("hotspot_no_population", field=name, cases=int(totals.sum()))
    lone = np.flatnonzero((totals > 0) & (at_risk <= 0))
    if len(lone):
        row = int(np.flatnonzero(places.of_row == lone[0])[0])
        raise InvalidInput("hotspot_cases_without_population", field=name, row=row + 1, cases=int(totals[lone[0]]))


def _problem(
    totals: NDArray[np.float64], measure: NDArray[np.float64], zones: Zones, min_cases: int, model: int, whole: float
) -> Problem:
    return Problem(
        cases=totals.astype(np.int32)[:, None],
        measure=measure[:, None],
        zones=zones,
        windows=(0, 1, 1),
        least=min_cases,
        model=model,
        all_cases=int(totals.sum()),
        all_measure=whole,
    )


def _answer(
    problem: Problem, places: Places, draw: Draw, keep: int, replicas: int, rng: np.random.Generator | int
) -> Clusters:
    check_counts(replicas, problem.least, keep)
    windows = best_windows(problem, keep)
    if not len(windows.centre):
        return Clusters()
    maxima = largest_ratios(problem, draw, replicas, np.random.default_rng(rng))
    return told(problem, windows, places, maxima, period_days=None)
