"""What is expected: person-time from populations counted at some dates, standardised rates, past issues.

A denominator is a choice and is shown beside the result: residents are not at risk in a mall, and buildings do not call
a hotline.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.hotspots.checks import measures, same_length
from geo.hotspots.shrink import shrink_rates

Denominator = Literal["residents", "households", "buildings", "past_issues", "field"]
DENOMINATORS: Final[tuple[Denominator, ...]] = ("residents", "households", "buildings", "past_issues", "field")


def person_time(population: ArrayLike, counted: ArrayLike, edges: ArrayLike) -> NDArray[np.float64]:
    """Population times days in each period, float64 (n, periods) or (n, periods, groups).

    Between two counts the population changes evenly; before the first and after the last it stays. The integral is
    exact, so a leap year is a day longer than others.

    Parameters
    ----------
    population : (n, counts) or (n, counts, groups) ≥ 0, at the dates of `counted`.
    counted : (counts,) days, ascending, as ordinals (1 July at 0 h where only the year is known).
    edges : (periods + 1,) days, ascending: a period lasts from its edge to the next one.

    Raises
    ------
    InvalidInput
        If a value is negative or no number, dates do not ascend, or lengths differ.
    """
    people = measures(population, name="population", dimensions=(2, 3))
    dates, borders = _ascending(counted, "counted"), _ascending(edges, "edges")
    if people.shape[1] != len(dates):
        raise InvalidInput("hotspot_periods_differ", field="population", got=people.shape[1], wanted=len(dates))
    # Between all dates and edges the population is linear: there the trapezium is the integral.
    knots = np.unique(np.concatenate((dates, borders)))
    knots = knots[(knots >= borders[0]) & (knots <= borders[-1])]
    share = np.array([np.interp(knots, dates, row) for row in np.eye(len(dates))]).T
    pieces = (share[1:] + share[:-1]) / 2 * np.diff(knots)[:, None]
    weights = np.add.reduceat(pieces, np.searchsorted(knots[:-1], borders[:-1]), axis=0)
    return np.asarray(np.einsum("pc,nc...->np...", weights, people), dtype=np.float64)


def standardised(cases: ArrayLike, person_days: ArrayLike) -> NDArray[np.float64]:
    """Expected cases, float64 (n, …), if every group had its overall rate everywhere (indirect standardisation).

    Parameters
    ----------
    cases : (groups,) ≥ 0, of the whole area and time.
    person_days : (n, …, groups) ≥ 0.

    Raises
    ------
    InvalidInput
        If a group has cases and nobody in it.
    """
    time = measures(person_days, name="person_days", dimensions=(2, 3))
    counts = measures(cases, name="cases")
    same_length(counts, time.shape[-1], name="cases")
    totals = time.reshape(-1, time.shape[-1]).sum(axis=0)
    lone = np.flatnonzero((counts > 0) & (totals <= 0))
    if len(lone):
        raise InvalidInput("hotspot_empty_group", group=int(lone[0]) + 1, cases=float(counts[lone[0]]))
    return np.asarray(time @ np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0), dtype=np.float64)


def expected_from_past(past: ArrayLike, population: ArrayLike) -> NDArray[np.float64]:
    """Expected cases by past ones, float64 (n,): rates shrunk to their mean (`shrink_rates`) times the population.

    A grid without a case so far is thereby not expected to stay without one for ever.
    """
    counts, people = measures(past, name="past"), measures(population, name="population")
    same_length(people, len(counts), name="population")
    return np.asarray(shrink_rates(counts, people).rate * people, dtype=np.float64)


def _ascending(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = measures(values, name=name)
    if not len(array) or (np.diff(array) <= 0).any():
        raise InvalidInput("hotspot_dates_not_ascending", field=name)
    return array
