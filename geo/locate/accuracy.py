"""Points that are not exact: how probable each grid is, and what the digits of a coordinate say about its error.

A point with `accuracy_m` is taken as the middle of a circular normal distribution that holds 68 % within that radius,
which is what Android's Location.getAccuracy promises (its σ is accuracy / √(−2 ln 0.32), Rayleigh's quantile; the 95 %
radius of the W3C Geolocation API is 1.62 of it). A coordinate that was rounded lies anywhere in the rectangle of its
step, equally probably.

Probabilities are shares of a fixed set of equally probable places, so that the same question has the same answer: the
normal distribution on a sunflower's spiral (Vogel, A better way to construct the sunflower head, Mathematical
Biosciences 44, 1979), the rectangle on Roberts' R2 sequence. Beside a straight border they are right to 0.6 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.compiled import jit
from geo.errors import InvalidInput
from geo.locate.coordinates import checked
from geo.locate.index.ground import frame

CONFIDENCE: Final = 0.68
# Another grid that is less probable than this need not be told.
RIVAL: Final = 0.05
# So many decimals of a degree (100 m) or fewer cannot tell one grid from the next; of metres, two zeros before the dot.
ROUNDED_DECIMALS: Final = 3
ROUNDED_DIGITS: Final = -2

_PLACES: Final = 1024
_BLOCK: Final = 1024  # points at once: a million places
_SIGMA: Final = 1.0 / math.sqrt(-2.0 * math.log(1.0 - CONFIDENCE))
# Beyond this many σ lies less than RIVAL in all directions together.
_REACH: Final = math.sqrt(-2.0 * math.log(RIVAL))
_MOST_DECIMALS: Final = 9
_FEWEST_DECIMALS: Final = -6
_POWERS: Final = 10.0 ** np.arange(_MOST_DECIMALS)
Floats = NDArray[np.float64]


class Index(Protocol):
    """What is asked: a `GridIndex`."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the grids."""

    def locate(self, *, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.int32]:
        """The grid of each point."""

    def border_m(self, *, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Metres to the nearest border."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Grids that points may lie in: one row a point and grid, by point, then probability (greatest first), then code.

    Attributes
    ----------
    point : int64 (m,)
    grid : int32 (m,) index into the codes of the net, −1 for outside.
    probability : float64 (m,), of each point together 1.
    """

    point: NDArray[np.int64]
    grid: NDArray[np.int32]
    probability: Floats


def candidates_of_accuracy(
    index: Index, *, lon: ArrayLike, lat: ArrayLike, accuracy_m: ArrayLike, border_m: Floats | None = None
) -> Candidates:
    """How probable each grid is for points with a radius of error.

    Parameters
    ----------
    index : special grids that lie over the net win in it, here as in any answer.
    lon, lat : (n,) float, degrees WGS84.
    accuracy_m : (n,) float, radius that holds 68 %, metres; 0 or NaN: exact.
    border_m : float64 (n,), optional: metres to the nearest border, where they are known already.

    Returns
    -------
    Candidates
        A point whose nearest border is so far that no other grid can have 5 % has its own grid alone.

    Raises
    ------
    InvalidInput, InvalidCoordinate
        Lengths differ, a radius is negative or infinite, or a point is no place on earth.
    """
    sigma = _SIGMA * np.nan_to_num(np.atleast_1d(np.asarray(accuracy_m, dtype=np.float64)), nan=0.0, posinf=np.inf)
    return _candidates(index, lon, lat, (sigma, sigma), _REACH * sigma, sunflower(), border_m)


def candidates_of_rounding(
    index: Index,
    *,
    lon: ArrayLike,
    lat: ArrayLike,
    half_lon_m: ArrayLike,
    half_lat_m: ArrayLike,
    border_m: Floats | None = None,
) -> Candidates:
    """How probable each grid is for points that were rounded, by half of the steps in metres (n,); else as above."""
    half_x = np.atleast_1d(np.asarray(half_lon_m, dtype=np.float64))
    half_y = np.atleast_1d(np.asarray(half_lat_m, dtype=np.float64))
    return _candidates(index, lon, lat, (half_x, half_y), np.hypot(half_x, half_y), rectangle(), border_m)


def _candidates(
    index: Index,
    lon: ArrayLike,
    lat: ArrayLike,
    half_m: tuple[Floats, Floats],
    reach_m: Floats,
    places: Floats,
    border_m: Floats | None,
) -> Candidates:
    x, y = checked(lon=lon, lat=lat)
    across_m, up_m = half_m
    if not (x.shape == across_m.shape == up_m.shape):
        raise InvalidInput("locate_lengths_differ", lon=x.shape, lat=across_m.shape)
    for bad in np.flatnonzero(~(np.isfinite(reach_m) & (across_m >= 0) & (up_m >= 0))):
        raise InvalidInput("locate_bad_accuracy", row=int(bad) + 1, metres=float(across_m[bad]))
    own = index.locate(lon=x, lat=y)
    unsure = (index.border_m(lon=x, lat=y) if border_m is None else border_m) < reach_m
    rows = [(np.flatnonzero(~unsure), own[~unsure], np.full(int((~unsure).sum()), len(places)))]
    doubtful = np.flatnonzero(unsure)
    for start in range(0, len(doubtful), _BLOCK):
        block = doubtful[start : start + _BLOCK]
        ground = metres_per_degree(y[block])
        near_x = x[block, None] + places[:, 0] * (across_m[block] / ground[:, 0])[:, None]
        near_y = y[block, None] + places[:, 1] * (up_m[block] / ground[:, 1])[:, None]
        # Over the meridian of 180° and over the poles there is no net.
        found = index.locate(lon=np.clip(near_x.ravel(), -180, 180), lat=np.clip(near_y.ravel(), -90, 90))
        # Within each point the same grids side by side: they are counted by where they begin.
        held = np.sort(found.reshape(len(block), len(places)), axis=1)
        new = np.ones(held.shape, dtype=np.bool_)
        new[:, 1:] = held[:, 1:] != held[:, :-1]
        first = np.flatnonzero(new)
        rows.append((block[first // len(places)], held.ravel()[first], np.diff(first, append=held.size)))
    point, grid, count = (np.concatenate([part[k] for part in rows]) for k in range(3))
    order = np.lexsort((_by_code(index.codes, grid), -count, point))
    return Candidates(point[order].astype(np.int64), grid[order], count[order] / len(places))


@jit
def metres_per_degree(lat: Floats) -> Floats:
    """Metres of a degree of longitude and of latitude (n, 2) at each latitude (n,) in degrees."""
    out = np.empty((len(lat), 2))
    for k in range(len(lat)):
        ground = frame(lat[k])
        out[k, 0], out[k, 1] = ground[0], ground[1]
    return out


def _by_code(codes: tuple[str, ...], grid: NDArray[np.int32]) -> NDArray[np.intp]:
    """The place of each grid of a list in the order of codes; outside (−1) comes after all."""
    known, position = np.unique(grid, return_inverse=True)
    place = np.empty(len(known), dtype=np.intp)
    place[sorted(range(len(known)), key=lambda k: (known[k] < 0, codes[known[k]] if known[k] >= 0 else ""))] = (
        np.arange(len(known))
    )
    return place[position]


@lru_cache(maxsize=1)
def sunflower() -> Floats:
    """Places (n, 2) of equal probability under a normal distribution with σ = 1 in both directions."""
    k = np.arange(_PLACES)
    radius = np.sqrt(-2.0 * np.log1p(-(k + 0.5) / _PLACES))
    angle = k * math.pi * (3.0 - math.sqrt(5.0))
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


@lru_cache(maxsize=1)
def rectangle() -> Floats:
    """Places (n, 2) spread evenly over −1 … 1 in both directions: multiples of 1/g and 1/g², where g³ = g + 1."""
    g = 1.32471795724474602596
    k = np.arange(1, _PLACES + 1)[:, None]
    spread: Floats = 2.0 * ((0.5 + k * np.array([1.0 / g, 1.0 / g**2])) % 1.0) - 1.0
    return spread


def decimals_of(values: ArrayLike) -> NDArray[np.int8]:
    """With how many decimals each number can be written: 121.47 has 2, 3400.0 has −2; at most 9, at least −6.

    Parameters
    ----------
    values : (n,) float; NaN and infinite count as 9.
    """
    numbers = np.atleast_1d(np.asarray(values, dtype=np.float64))
    out = np.empty(numbers.shape, dtype=np.int8)
    _count_decimals(numbers, out)
    return out


@jit
def _count_decimals(numbers: Floats, out: NDArray[np.int8]) -> None:
    for i in range(len(numbers)):
        told = _MOST_DECIMALS
        while told > _FEWEST_DECIMALS:
            # A whole number divided by a power of ten is rounded once, as the text of it is when it is read.
            k = told - 1
            power = _POWERS[abs(k)]
            same = np.rint(numbers[i] * power) / power if k >= 0 else np.rint(numbers[i] / power) * power
            if not (same == numbers[i] and abs(numbers[i]) < np.inf):
                break
            told = k
        out[i] = told


def written_decimals(text: str) -> int | None:
    """With how many decimals a number stands in a text: "121.470" has 3, "1.2e2" has −1, "3400" has 0; None for none.

    Zeros that were written count. Up to ROUNDED_DECIMALS they were measured; columns of a fixed width end in zeros that
    mean nothing: see `step_of`.
    """
    body, _, power = text.strip().lower().partition("e")
    try:
        float(body)
        shift = int(power) if power else 0
    except ValueError:
        return None
    return len(body.partition(".")[2]) - shift


def step_of(x: ArrayLike, y: ArrayLike, *, degrees: bool, written: tuple[ArrayLike, ArrayLike] | None = None) -> Floats:
    """The step that both numbers of each point were rounded to, in their own unit; NaN where it can tell a grid.

    Parameters
    ----------
    x, y : (n,) float, as they were given.
    degrees : whether they are degrees; else metres or the like.
    written : (n,) int each, optional: decimals of the texts they were read from, −128 where unknown. Zeros that were
        written up to the last decimal that would be told as rounded are digits like any other.

    Returns
    -------
    float64 (n,): 0.001 … for degrees with three decimals and fewer, 100 … for round hundreds of metres. Both numbers
        must be as round: one of a thousand exact ones is, of pairs one of a million.
    """
    places = np.maximum(decimals_of(x), decimals_of(y)).astype(np.int16)
    if written is not None:
        told = np.maximum(*(np.atleast_1d(np.asarray(part, dtype=np.int16)) for part in written))
        most = ROUNDED_DECIMALS + 1 if degrees else ROUNDED_DIGITS + 1
        places = np.where((told > places) & (told <= most), told, places)
    rounded = places <= (ROUNDED_DECIMALS if degrees else ROUNDED_DIGITS)
    step: Floats = np.where(rounded, 10.0 ** -places.astype(np.float64), np.nan)
    return step
