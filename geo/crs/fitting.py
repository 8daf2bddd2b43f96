"""Fitting a plane local system to control points by least squares, and finding the blunder among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs.local import Matrix
from geo.errors import InvalidInput

Floats = NDArray[np.float64]
PlaneKind = Literal["affine", "similarity"]

_LEAST_POINTS: Final = {"affine": 3, "similarity": 2}
# A point is taken for a blunder if the fit of the others misses it by this many times their own error, and by 5 mm.
_BLUNDER: Final = 6.0
_BLUNDER_M: Final = 0.005
_FLAT: Final = 1e-6  # points whose spread across is a millionth of that along lie on one line


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted system.

    Attributes
    ----------
    matrix : local x and y of easting and northing of the base, see `geo.crs.local.local_wkt`
    residual_m : float64 (n, 2), control minus computed, metres
    rms_m : root of the mean squared length of the residuals
    blunder : bool (n,), True for a point that the others speak against; with too few points nothing can be said
    """

    matrix: Matrix
    residual_m: Floats
    rms_m: float
    blunder: NDArray[np.bool_]


def fit_plane(base_xy: ArrayLike, local_xy: ArrayLike, *, kind: PlaneKind) -> Fit:
    """Fit local coordinates to those of the base.

    Parameters
    ----------
    base_xy, local_xy : float64 (n, 2), easting and northing in metres of the same points
    kind : "affine" (six parameters, three points or more) or "similarity" (four, two points or more)

    Raises
    ------
    InvalidInput
        Too few points, or points in one place or (affine) on one line.
    """
    base = np.asarray(base_xy, dtype=np.float64).reshape(-1, 2)
    local = np.asarray(local_xy, dtype=np.float64).reshape(-1, 2)
    least = _LEAST_POINTS[kind]
    if len(base) < least:
        raise InvalidInput("control_too_few", count=len(base), least=least, kind=kind)
    spread = np.linalg.svd(base - base.mean(axis=0), compute_uv=False)
    if spread[0] < _BLUNDER_M or (kind == "affine" and spread[1] < _FLAT * spread[0]):
        raise InvalidInput("control_flat", count=len(base), kind=kind)
    matrix = _solve(base, local, kind)
    residual = local - _apply(matrix, base)
    rms = float(np.sqrt(np.mean(np.sum(residual**2, axis=1))))
    return Fit(matrix, residual, rms, _blunders(base, local, residual, kind))


def _solve(base: Floats, local: Floats, kind: PlaneKind) -> Matrix:
    """Least squares about the centres: coordinates of millions of metres would eat up the digits."""
    from_, to = base.mean(axis=0), local.mean(axis=0)
    (e, n), (x, y) = (base - from_).T, (local - to).T
    if kind == "similarity":
        size = float(e @ e + n @ n)
        a, b = float(e @ x + n @ y) / size, float(e @ y - n @ x) / size
        linear = np.array([[a, -b], [b, a]])
    else:
        linear = np.linalg.lstsq(np.column_stack((e, n)), np.column_stack((x, y)), rcond=None)[0].T
    shift = to - linear @ from_
    (a1, a2), (b1, b2) = linear.tolist()
    return (float(shift[0]), a1, a2), (float(shift[1]), b1, b2)


def _apply(matrix: Matrix, base: Floats) -> Floats:
    (a0, a1, a2), (b0, b1, b2) = matrix
    e, n = base.T
    return np.column_stack((a0 + a1 * e + a2 * n, b0 + b1 * e + b2 * n))


def _blunders(base: Floats, local: Floats, residual: Floats, kind: PlaneKind) -> NDArray[np.bool_]:
    """Points that a fit of the others misses by far; the worst alone, since it spoils the residuals of the rest."""
    out = np.zeros(len(base), dtype=np.bool_)
    if len(base) < _LEAST_POINTS[kind] + 2:
        return out
    worst, by = -1, _BLUNDER
    for i in range(len(base)):
        others = np.arange(len(base)) != i
        spread = np.linalg.svd(base[others] - base[others].mean(axis=0), compute_uv=False)
        if spread[0] < _BLUNDER_M or spread[1] < _FLAT * spread[0]:
            continue
        matrix = _solve(base[others], local[others], kind)
        rest = local[others] - _apply(matrix, base[others])
        freedom = 2 * len(rest) - 2 * _LEAST_POINTS[kind]
        error = max(float(np.sqrt(np.sum(rest**2) / freedom)), _BLUNDER_M / _BLUNDER)
        miss = float(np.hypot(*(local[i] - _apply(matrix, base[i : i + 1])[0])))
        if miss / error > by:
            worst, by = i, miss / error
    if worst >= 0:
        out[worst] = True
    return out
