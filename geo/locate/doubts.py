"""Which of many points may well lie in another grid than they were located in, by their accuracy or by their digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.compiled import jit
from geo.locate.accuracy import (
    RIVAL,
    ROUNDED_DECIMALS,
    ROUNDED_DIGITS,
    Candidates,
    Index,
    candidates_of_accuracy,
    candidates_of_rounding,
    metres_per_degree,
    step_of,
)

# What `Doubts.note` counts, keys of sentences: the error reaches over a border, or the rounding does.
NOTES: Final = ("", "near_border", "coordinate_rounded_near")
_NEAR, _ROUNDED = 1, 2
# What is less probable is left out of the list, though not out of the reckoning.
_TOLD: Final = 0.01

Floats = NDArray[np.float64]
Written = tuple[ArrayLike, ArrayLike]


@dataclass(frozen=True, eq=False)
class Doubts:
    """What n answers should own up to.

    Attributes
    ----------
    note : int8 (n,), position in `NOTES`.
    accuracy_m : float64 (n,), the radius that the note speaks of (of a rounded point half of its step to the north),
        NaN where there is none.
    candidates : of those points alone that may lie in another grid with 5 % or more; whatever has 1 %.
    own : float64 (n,), the probability of the grid where a point was found (or of outside); 1 where no error is known.
    """

    note: NDArray[np.int8]
    accuracy_m: Floats
    candidates: Candidates
    own: Floats


def doubts_of(
    index: Index,
    *,
    lon: Floats,
    lat: Floats,
    grid: NDArray[np.int32],
    x: Floats,
    y: Floats,
    degrees: bool | NDArray[np.bool_],
    accuracy_m: Floats | None = None,
    border_m: Floats | None = None,
    written: Written | None = None,
) -> Doubts:
    """Doubts about points that were located in `grid`.

    Parameters
    ----------
    lon, lat : float64 (n,), degrees WGS84; a point that is NaN has no doubts.
    grid : int32 (n,), where the points were found, −1 outside.
    x, y : float64 (n,), as they were given: where no accuracy is known, their digits tell one.
    degrees : whether x and y are degrees, of all or of each point (n,).
    accuracy_m : float64 (n,), optional: radius of the error (68 %), NaN where unknown; 0 and less is exact.
    border_m : float64 (n,), optional: metres to the nearest border, where they are known already.
    written : see `step_of`.

    Raises
    ------
    InvalidInput
        A radius is infinite.
    """
    count = len(lon)
    note, radius, own = np.zeros(count, dtype=np.int8), np.full(count, np.nan), np.ones(count)
    there = np.isfinite(lon)
    told = np.zeros(count, dtype=np.bool_) if accuracy_m is None else ~np.isnan(accuracy_m)
    found = []
    rows = np.flatnonzero(there & told) if accuracy_m is None else np.flatnonzero(there & told & (accuracy_m > 0.0))
    if accuracy_m is not None and len(rows):
        error = accuracy_m[rows]
        near = index.border_m(lon=lon[rows], lat=lat[rows]) if border_m is None else border_m[rows]
        part = candidates_of_accuracy(index, lon=lon[rows], lat=lat[rows], accuracy_m=error, border_m=near)
        rivals, part = _rivals(part, grid, rows, own)
        found.append(part)
        said = rivals | (near < error)
        note[rows[said]], radius[rows[said]] = _NEAR, error[said]
    of_degrees = np.broadcast_to(np.asarray(degrees, dtype=np.bool_), (count,)).copy()
    rows = np.flatnonzero(there & ~told & rounded_rows(x, y, of_degrees))
    if len(rows):
        half_x, half_y = half_steps_m(
            x[rows], y[rows], lat=lat[rows], degrees=of_degrees[rows], written=_picked(written, rows)
        )
        near = index.border_m(lon=lon[rows], lat=lat[rows]) if border_m is None else border_m[rows]
        part = candidates_of_rounding(
            index, lon=lon[rows], lat=lat[rows], half_lon_m=half_x, half_lat_m=half_y, border_m=near
        )
        rivals, part = _rivals(part, grid, rows, own)
        found.append(part)
        note[rows[rivals]], radius[rows[rivals]] = _ROUNDED, half_y[rivals]
    return Doubts(note, radius, _together(found), own)


@jit
def rounded_rows(x: Floats, y: Floats, degrees: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether both numbers of a point have so few digits that they may not tell one grid from the next; NaN has none.

    A number with that few decimals is the nearest one to its text, as in `decimals_of`.
    """
    fine, coarse = 10.0**ROUNDED_DECIMALS, 10.0**-ROUNDED_DIGITS
    rounded = np.zeros(len(x), dtype=np.bool_)
    for k in range(len(x)):
        if degrees[k]:
            rounded[k] = np.rint(x[k] * fine) / fine == x[k] and np.rint(y[k] * fine) / fine == y[k]
        else:
            rounded[k] = np.rint(x[k] / coarse) * coarse == x[k] and np.rint(y[k] / coarse) * coarse == y[k]
    return rounded


def half_steps_m(
    x: Floats,
    y: Floats,
    *,
    lat: Floats,
    degrees: NDArray[np.bool_],
    written: Written | None = None,
) -> tuple[Floats, Floats]:
    """Half of the steps that points were rounded to, to the east and to the north, metres (n,) each; 0 if they are not.

    Units of projected systems are taken for metres. Parameters see `doubts_of`.
    """
    half, per = np.zeros(len(x)), np.ones((len(x), 2))
    for kind in (True, False):
        rows = degrees == kind
        if rows.any():
            step = step_of(x[rows], y[rows], degrees=kind, written=_picked(written, rows))
            half[rows] = 0.5 * np.nan_to_num(step)
            if kind:
                per[rows] = metres_per_degree(lat[rows])
    return half * per[:, 0], half * per[:, 1]


def _picked(written: Written | None, rows: NDArray[Any]) -> Written | None:
    """The rows of both columns of decimals."""
    if written is None:
        return None
    lon, lat = (np.atleast_1d(np.asarray(part))[rows] for part in written)
    return lon, lat


def _rivals(
    found: Candidates, grid: NDArray[np.int32], rows: NDArray[np.intp], own: Floats
) -> tuple[NDArray[np.bool_], Candidates]:
    """Which of the points have a rival of their own grid, bool (k,), and the candidates of those, by `rows`.

    The probability of the own grid is put into `own`.
    """
    mine = found.grid == grid[rows[found.point]]
    own[rows] = 0.0  # of a point in a spike that none of the places hits
    own[rows[found.point[mine]]] = found.probability[mine]
    rival = ~mine & (found.probability >= RIVAL)
    has = np.zeros(len(rows), dtype=np.bool_)
    has[found.point[rival]] = True
    kept = has[found.point] & (found.probability >= _TOLD)
    return has, Candidates(rows[found.point[kept]].astype(np.int64), found.grid[kept], found.probability[kept])


def _together(found: list[Candidates]) -> Candidates:
    if not found:
        return Candidates(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))
    point, grid, probability = (
        np.concatenate([getattr(part, name) for part in found]) for name in ("point", "grid", "probability")
    )
    order = np.argsort(point, kind="stable")  # a point stands in one part alone, in its order
    return Candidates(point[order], grid[order], probability[order])
