"""Checks of coordinates, and metres on an ellipsoid without a projection library."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidCoordinate, InvalidInput

# WGS84; CGCS2000's ellipsoid differs by 0.1 mm in the polar radius.
_A: Final = 6378137.0
_E2: Final = 0.0066943799901413165
_E: Final = float(np.sqrt(_E2))
# Degrees nearer to 0 than this, 1e-95 m, are 0, of borders and of points: products of two would leave the range of
# floats, and nothing would be exact.
LEAST: Final = 1e-100
# Mercator runs to infinity at the poles; no grid lies there.
_LAT_MAX: Final = 89.9


def checked(*, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates as float64 arrays of one shape (n,).

    Raises
    ------
    InvalidInput
        If `lon` and `lat` differ in length.
    InvalidCoordinate
        If a value is NaN, infinite, or beyond ±180 and ±90; names the first such row (1-based).
    """
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    if x.shape != y.shape or x.ndim != 1:
        raise InvalidInput("locate_lengths_differ", lon=x.shape, lat=y.shape)
    # Comparisons with NaN are False, so this one mask finds NaN and infinity too.
    good = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise InvalidCoordinate(
            "locate_bad_coordinate", row=row + 1, lon=float(x[row]), lat=float(y[row]), count=int((~good).sum())
        )
    return x, y


def mercator(*, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ellipsoidal Mercator coordinates (n, 2) in metres at the equator.

    Conformal: what is nearest here is nearest on the ground, at every latitude. Snyder, Map Projections (USGS 1395),
    eq. 7-7.
    """
    phi = np.radians(np.clip(lat, -_LAT_MAX, _LAT_MAX))
    sin = np.sin(phi)
    return np.column_stack((_A * np.radians(lon), _A * (np.arctanh(sin) - _E * np.arctanh(_E * sin))))


def ground_scale(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres on the ground for one Mercator metre at `lat` (degrees)."""
    phi = np.radians(np.clip(lat, -_LAT_MAX, _LAT_MAX))
    scale: NDArray[np.float64] = np.cos(phi) / np.sqrt(1.0 - _E2 * np.sin(phi) ** 2)
    return scale
