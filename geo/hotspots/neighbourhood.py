"""Method A: is the count in a grid and its neighbours more than chance explains?

Observed against expected cases in each grid with its neighbours, exact tail, false discovery rate. The words for a
result are "elevated, unlikely by chance"; where too little is expected to judge, `judged` is False, which is not
"cold".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.hotspots.checks import measures, one_denominator, same_length, whole_counts
from geo.hotspots.shrink import dispersion_of, shrink_rates
from geo.hotspots.tails import false_discovery, ratio_interval, upper_tail


@dataclass(frozen=True)
class NeighbourhoodSpec:
    """How to judge.

    Attributes
    ----------
    min_expected : a neighbourhood with fewer expected cases is not judged. At 3.5 only a fivefold rate is found
        with 80 % power; below, hardly any true excess is.
    max_share : a neighbourhood that expects more than this share of all cases is not judged: there is too little
        left to compare it with. Only where expectations come from the population.
    overdispersion : whether counts may vary more between grids than Poisson counts before they are unusual.
    """

    min_expected: float = 3.5
    max_share: float = 0.5
    overdispersion: bool = True


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """What `neighbourhood_ratio` found; arrays are (n_grids,) in the order of the input, and finite unless noted.

    Attributes
    ----------
    observed, expected : int64, float64, cases in the grid alone.
    ratio : observed / expected of the grid alone, shrunk to 1 (empirical Bayes); 1 where nothing is expected.
    around_observed, around_expected : int64, float64, cases in the grid and its neighbours.
    around_low, around_high : 95 % interval of their ratio; `around_high` is inf where nothing is expected.
    p : P(at least as many) by chance; 1 where not judged.
    q : false discovery rate over the judged grids; 1 where not judged.
    judged : bool, False where too little is expected.
    dispersion : variance of the risk between grids beyond chance, 0 for Poisson counts.
    """

    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    ratio: NDArray[np.float64]
    around_observed: NDArray[np.int64]
    around_expected: NDArray[np.float64]
    around_low: NDArray[np.float64]
    around_high: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]
    judged: NDArray[np.bool_]
    dispersion: float


def neighbourhood_ratio(
    observed: ArrayLike,
    population: ArrayLike | None,
    neighbours: ArrayLike,
    *,
    expected: ArrayLike | None = None,
    spec: NeighbourhoodSpec | None = None,
) -> Neighbourhoods:
    """Judge every grid with its neighbours.

    Parameters
    ----------
    observed : (n,) whole numbers ≥ 0, incidents by grid (de-duplicated).
    population : (n,) ≥ 0, what could have had a case; expected cases are its share of all observed ones.
    neighbours : (m, 2) int, pairs of grids that touch, in either order, once or twice.
    expected : (n,) ≥ 0, expected cases from elsewhere (last year, standardised rates). Give exactly one of the two.
    spec : how to judge.

    Raises
    ------
    InvalidInput
        If a value is NaN, negative or no whole number (names the row), lengths differ, the neighbours are no pairs of
        grids, or there are cases but no population at all.
    """
    spec = spec or NeighbourhoodSpec()
    cases = whole_counts(observed, name="observed")
    expect = _expected(cases, population, expected)
    sums = _Neighbours(neighbours, len(cases))
    around_observed, around_expected = sums.of(cases), sums.of(expect)

    judged = around_expected >= max(spec.min_expected, np.finfo(float).tiny)
    if expected is None:
        judged &= around_expected <= spec.max_share * expect.sum()
    dispersion = dispersion_of(cases, expect) if spec.overdispersion else 0.0
    # Risks vary by grid, so the excess variance of a sum is the sum of the grids' own.
    p = np.where(judged, upper_tail(around_observed, around_expected, dispersion * sums.of(expect**2)), 1.0)
    q = np.ones(len(cases))
    q[judged] = false_discovery(p[judged])

    low, high = ratio_interval(around_observed, around_expected)
    shrunk = shrink_rates(cases, expect)
    inhabited = expect > 0
    # Shrinkage is toward the mean of the map; with expectations from elsewhere that mean need not be 1.
    ratio = np.where(inhabited, shrunk.rate, 1.0)
    return Neighbourhoods(
        observed=cases.astype(np.int64),
        expected=expect,
        ratio=ratio,
        around_observed=np.rint(around_observed).astype(np.int64),
        around_expected=around_expected,
        around_low=low,
        around_high=high,
        p=p,
        q=q,
        judged=judged,
        dispersion=dispersion,
    )


def _expected(
    cases: NDArray[np.float64], population: ArrayLike | None, expected: ArrayLike | None
) -> NDArray[np.float64]:
    given, name = one_denominator(population, expected)
    base = measures(given, name=name)
    same_length(base, len(cases), name=name)
    if cases.sum() > 0 and base.sum() <= 0:
        raise InvalidInput("hotspot_no_population", field=name, cases=int(cases.sum()))
    if expected is not None or base.sum() <= 0:
        return base
    return np.asarray(base * (cases.sum() / base.sum()), dtype=np.float64)


class _Neighbours:
    """Sums over each grid and its neighbours."""

    def __init__(self, pairs: ArrayLike, n: int) -> None:
        given = np.asarray(pairs)
        if not given.size:
            given = np.empty((0, 2), dtype=np.int64)
        if given.ndim != 2 or given.shape[1] != 2 or not np.issubdtype(given.dtype, np.integer):
            raise InvalidInput("hotspot_bad_neighbours", grids=n, shape=given.shape)
        beyond = (given < 0) | (given >= n)
        if beyond.any():
            row = int(np.flatnonzero(beyond.any(axis=1))[0])
            raise InvalidInput("hotspot_unknown_neighbour", grids=n, row=row + 1, pair=tuple(given[row].tolist()))
        both = np.unique(np.vstack((given, given[:, ::-1])), axis=0)
        both = both[both[:, 0] != both[:, 1]]
        self._grid, self._other, self._n = both[:, 0], both[:, 1], n

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values + np.bincount(self._grid, weights=values[self._other], minlength=self._n)
