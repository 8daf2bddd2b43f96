"""Getis–Ord Gi and Gi*: sums around a grid against what the whole map makes one expect. The analyst's view.

Gi* on counts shows where people live; give it rates (`standardised_rates`), and read it after the false discovery rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special

from geo.compiled import jit
from geo.errors import InvalidInput
from geo.hotspots.checks import measures, same_length
from geo.hotspots.shrink import shrink_rates
from geo.hotspots.tails import false_discovery

# Spread this small beside the values is rounding: the map is flat, and nothing stands out.
_FLAT = 1e-12


@dataclass(frozen=True, eq=False)
class Around:
    """Who lies around whom, built once for many maps.

    Attributes
    ----------
    matrix : (n, n) sparse of 0 and 1; with the diagonal for Gi*.
    reach : float64 (n,), how many each sums over.
    starred : whether the grid itself is among them.
    """

    matrix: sparse.csr_array
    reach: NDArray[np.float64]
    starred: bool

    @classmethod
    def of_pairs(cls, pairs: ArrayLike, n: int, *, starred: bool = True) -> Around:
        """From (m, 2) int pairs of grids that touch, in either order, once or twice.

        Raises
        ------
        InvalidInput
            If the pairs are no pairs of the n grids.
        """
        given = np.asarray(pairs)
        if not given.size:
            given = np.empty((0, 2), dtype=np.int64)
        if given.ndim != 2 or given.shape[1] != 2 or not np.issubdtype(given.dtype, np.integer):
            raise InvalidInput("hotspot_bad_neighbours", grids=n, shape=given.shape)
        beyond = np.flatnonzero(((given < 0) | (given >= n)).any(axis=1))
        if len(beyond):
            row = int(beyond[0])
            raise InvalidInput("hotspot_unknown_neighbour", grids=n, row=row + 1, pair=tuple(given[row].tolist()))
        own = np.repeat(np.arange(n), 2).reshape(-1, 2) if starred else np.empty((0, 2), dtype=np.int64)
        apart = given[given[:, 0] != given[:, 1]]
        both = np.unique(np.vstack((apart, apart[:, ::-1], own)), axis=0)
        matrix = sparse.csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(n, n))
        return cls(matrix, np.asarray(matrix.sum(axis=1), dtype=np.float64).reshape(-1), starred)


@dataclass(frozen=True, eq=False)
class LocalG:
    """Arrays (n,): `z` standard normal by chance, `p` two-sided, `q` false discovery rate; 0, 1, 1 on a flat map."""

    z: NDArray[np.float64]
    p: NDArray[np.float64]
    q: NDArray[np.float64]


def local_g_z(values: NDArray[np.float64], around: Around) -> NDArray[np.float64]:
    """Standardised Gi* (or Gi, without the grid itself), float64 (n,); 0 where it is not defined.

    Ord & Getis (1995), Geogr. Anal. 27, 286–306: with W = Σw, S₁ = Σw² (equal for weights of 0 and 1),
    Gi* = (Σw x − W x̄) / (s √((n S₁ − W²) / (n − 1))); Gi takes mean, deviation and n without the grid itself.
    """
    return _standardised(
        np.ascontiguousarray(values), around.matrix.indptr, around.matrix.indices, 0.0 if around.starred else 1.0
    )


@jit
def _standardised(
    values: NDArray[np.float64], indptr: NDArray[np.int32], indices: NDArray[np.int32], left_out: float
) -> NDArray[np.float64]:
    """One pass for a map: the sums are of weights 1, so nothing but the neighbours is read."""
    n = len(values)
    z, others = np.zeros(n), n - left_out
    if others < 1:
        return z
    middle, scale = 0.0, 0.0
    for value in values:
        middle += value
        scale = max(scale, abs(value))
    middle /= n
    # Around their mean, squares keep their digits.
    apart, squares = values - middle, 0.0
    for value in apart:
        squares += value * value
    least = (_FLAT * scale) ** 2 * others
    before, inverse = -1.0, 0.0
    for i in range(n):
        own = left_out * apart[i]
        mean = -own / others
        reach = float(indptr[i + 1] - indptr[i])
        # With the grid itself among its own, the deviation is the same for all of one reach.
        if left_out > 0.0 or reach != before:
            spread = (squares - own * own) / others - mean * mean
            spread *= (others * reach - reach * reach) / max(others - 1, 1)
            before, inverse = reach, 1.0 / math.sqrt(spread) if spread > least else 0.0
        total = 0.0
        for at in range(indptr[i], indptr[i + 1]):
            total += apart[indices[at]]
        z[i] = (total - reach * mean) * inverse
    return z


def local_g(values: ArrayLike, around: Around) -> LocalG:
    """Gi* (or Gi) of a map, two-sided p and false discovery rate.

    Parameters
    ----------
    values : (n,) finite numbers, rates rather than counts.
    around : who lies around whom.

    Raises
    ------
    InvalidInput
        If a value is NaN or infinite (names the row), or their number is not that of the grids.
    """
    numbers = finite(values, name="values")
    same_length(numbers, around.matrix.shape[0], name="values")
    z = local_g_z(numbers, around)
    p = 2.0 * special.ndtr(-np.abs(z))
    return LocalG(z, p, false_discovery(p))


def standardised_rates(cases: ArrayLike, population: ArrayLike) -> NDArray[np.float64]:
    """Rates as deviations from the overall one in their own standard deviations, float64 (n,); 0 without population.

    Assunção & Reis (1999), Stat. Med. 18, 2147–2162: z = (r − b) / √(a + b / population). Small populations thereby
    weigh no more than large ones. The estimate a of the variance between grids is negative in half of the maps without
    any; it is then 0, or a large population would stand out by a divisor near 0.
    """
    counts, people = measures(cases, name="cases"), measures(population, name="population")
    same_length(people, len(counts), name="population")
    if counts.sum() > 0 and people.sum() <= 0:
        raise InvalidInput("hotspot_no_population", field="population", cases=int(counts.sum()))
    found = np.zeros(len(counts))
    some = people > 0
    if not counts.sum() or not some.any():
        return found
    shrunk = shrink_rates(counts, people)
    variance = shrunk.variance + shrunk.mean / people[some]
    found[some] = (counts[some] / people[some] - shrunk.mean) / np.sqrt(variance)
    return found


def freeman_tukey(cases: ArrayLike, population: ArrayLike, per: float = 1000.0) -> NDArray[np.float64]:
    """√(per · c / n) + √(per · (c + 1) / n), float64 (n,), rates of nearly even variance (Freeman & Tukey 1950)."""
    counts, people = measures(cases, name="cases"), measures(population, name="population")
    same_length(people, len(counts), name="population")
    empty = np.flatnonzero(people <= 0)
    if len(empty):
        raise InvalidInput("hotspot_no_rate", row=int(empty[0]) + 1)
    return np.asarray(np.sqrt(per * counts / people) + np.sqrt(per * (counts + 1) / people), dtype=np.float64)


def moran(values: ArrayLike, around: Around, *, by_row: bool = True) -> float:
    """Moran's I: do like values lie together? 0 for a flat map or one without neighbours.

    Parameters
    ----------
    by_row : weights of a grid sum to 1 (spdep's style W), else each is 1 (style B).
    """
    numbers = finite(values, name="values")
    same_length(numbers, around.matrix.shape[0], name="values")
    apart = numbers - numbers.mean() if len(numbers) else numbers
    weight = np.divide(1.0, around.reach, out=np.zeros(len(numbers)), where=around.reach > 0)
    weight = weight if by_row else np.ones(len(numbers))
    squares, total = float(apart @ apart), float(weight @ around.reach)
    if squares <= len(numbers) * (_FLAT * max(float(np.abs(numbers).max(initial=0.0)), 1e-300)) ** 2 or total <= 0:
        return 0.0
    return len(numbers) / total * float((apart * weight) @ (around.matrix @ apart)) / squares


def finite(values: ArrayLike, *, name: str) -> NDArray[np.float64]:
    """float64 (n,) of finite numbers of either sign; else InvalidInput that names the row (from 1)."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise InvalidInput("hotspot_no_numbers", field=name) from fault
    if array.ndim != 1:
        raise InvalidInput("hotspot_bad_shape", field=name, shape=array.shape)
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise InvalidInput("hotspot_not_finite", field=name, row=int(bad[0]) + 1, value=float(array[bad[0]]))
    return array
