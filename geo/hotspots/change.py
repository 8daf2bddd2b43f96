"""Compare a period with the one before: has the rate of a grid and its neighbours risen beyond chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from geo.errors import InvalidInput
from geo.hotspots.checks import measures, same_length, whole_counts
from geo.hotspots.expect import expected_from_past
from geo.hotspots.local_g import Around
from geo.hotspots.neighbourhood import NeighbourhoodSpec
from geo.hotspots.shrink import shrink_rates
from geo.hotspots.tails import false_discovery


@dataclass(frozen=True, eq=False)
class Change:
    """What `period_change` found; arrays are (n_grids,) in the order of the input.

    Attributes
    ----------
    ratio : rate now over rate before of the grid alone, both shrunk (empirical Bayes); 1 where nothing is expected.
    low, high : 95 % interval (Clopper & Pearson 1934) of the ratio of the grid and its neighbours; high may be inf.
    q : false discovery rate of a rise over the judged grids; 1 where not judged.
    judged : bool, False where both periods together hold too little.
    """

    ratio: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    q: NDArray[np.float64]
    judged: NDArray[np.bool_]


def period_change(
    now: ArrayLike, before: ArrayLike, population: ArrayLike, around: Around, *, longer: float = 1.0
) -> Change:
    """Compare the counts of two periods.

    Without a change the cases of both fall into this period with probability `longer` / (1 + `longer`), whatever the
    grid's own rate: the exact conditional test of two Poisson rates (Przyborowski & Wilenski 1940, Biometrika 31,
    313-323). What makes cases come in clumps in time makes it tell too much.

    Parameters
    ----------
    now, before : (n,) whole numbers ≥ 0.
    population : (n,) ≥ 0, what the rates before are shrunk by.
    around : with the grids themselves (`starred`).
    longer : length of this period over that of the one before, > 0.

    Raises
    ------
    InvalidInput
        If a value is NaN, negative or no whole number, lengths differ, or `longer` is no length.
    """
    cases, past = whole_counts(now, name="now"), whole_counts(before, name="before")
    people = measures(population, name="population")
    same_length(past, len(cases), name="before")
    same_length(people, len(cases), name="population")
    if not 0 < longer < np.inf:
        raise InvalidInput("hotspot_bad_option", name="longer", value=longer, least=0)
    share = longer / (1.0 + longer)
    here, there = np.asarray(around.matrix @ cases), np.asarray(around.matrix @ past)
    both = here + there
    judged = both * share >= NeighbourhoodSpec().min_expected
    p = np.ones(len(cases))
    some = judged & (here > 0)
    p[some] = special.betainc(here[some], there[some] + 1.0, share)
    q = np.ones(len(cases))
    q[judged] = false_discovery(p[judged])
    low, high = _interval(here, there, longer)
    expected = expected_from_past(past, people) * longer
    ratio = np.where(expected > 0, shrink_rates(cases, expected).rate, 1.0)
    return Change(ratio, low, high, q, judged)


def _interval(
    here: NDArray[np.float64], there: NDArray[np.float64], longer: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits of the share of this period as limits of the ratio of the rates; 0 and inf where they are open."""
    low, high = np.zeros(len(here)), np.full(len(here), np.inf)
    seen, left = here > 0, there > 0
    least = special.betaincinv(here[seen], there[seen] + 1.0, 0.025)
    most = special.betaincinv(here[left] + 1.0, there[left], 0.975)
    low[seen] = least / (1.0 - least) / longer
    high[left] = most / (1.0 - most) / longer
    return low, high
