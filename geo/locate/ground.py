"""Lengths and areas on the WGS84 ellipsoid of lines that are straight in degrees."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

_A: Final = 6378137.0
_F: Final = 1 / 298.257223563
_E2: Final = _F * (2 - _F)
_E: Final = _E2**0.5
# Gauss–Legendre with three points: exact for polynomials of the fifth degree.
_AT: Final = np.array([0.5 - 0.15**0.5, 0.5, 0.5 + 0.15**0.5])
_WEIGHT: Final = np.array([5.0, 8.0, 5.0]) / 18.0
_STEP_DEG: Final = 0.25  # of longer segments the curvature of the earth wants more points
Floats = NDArray[np.float64]
Objects = NDArray[np.object_]


def length_m(lines: Objects) -> Floats:
    """Metres of each line (n,), of whatever parts; what is no line has 0. Error below 1e-8 of the length."""
    low, high, owner = _segments(lines)
    phi, half = _latitudes(low, high)
    w2 = 1.0 - _E2 * np.sin(phi) ** 2
    east = _A * np.cos(phi) / np.sqrt(w2) * half[:, :1]
    north = _A * (1.0 - _E2) / w2**1.5 * half[:, 1:]
    return np.bincount(owner, np.hypot(east, north) @ _WEIGHT, minlength=len(lines)).astype(np.float64)


def area_m2(polygons: Objects) -> Floats:
    """Square metres of each polygon (n,), of whatever parts; what is no polygon has 0.

    The area below an edge is ∫ q(φ) dλ with the authalic q of Snyder, Map Projections (USGS 1395), eq. 3-12.
    """
    parts, grid = shapely.get_parts(polygons, return_index=True)
    polygonal = shapely.get_type_id(parts) == 3
    rings, part = shapely.get_rings(shapely.orient_polygons(parts[polygonal]), return_index=True)
    low, high, ring = _segments(np.asarray(rings, dtype=object))
    phi, turn = _latitudes(low, high)
    sin = np.sin(phi)
    q = (1.0 - _E2) * (sin / (1.0 - _E2 * sin**2) + np.arctanh(_E * sin) / _E)
    below = -0.5 * _A**2 * (q @ _WEIGHT) * turn[:, 0]
    return np.bincount(grid[polygonal][part[ring]], below, minlength=len(polygons)).astype(np.float64)


def _segments(lines: Objects) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """First and last ends of all segments (m, 2) in degrees, and which of `lines` each is of."""
    parts, owner = shapely.get_parts(lines, return_index=True)
    linear = np.isin(shapely.get_type_id(parts), (1, 2))
    fine = shapely.segmentize(parts[linear], _STEP_DEG)
    xy, part = shapely.get_coordinates(fine, return_index=True)
    joined = np.flatnonzero(part[1:] == part[:-1])
    return xy[joined], xy[joined + 1], owner[linear][part[joined]]


def _latitudes(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Latitudes (m, 3) of the places where an integral is taken, and the steps (m, 2), in radians."""
    first, step = np.radians(low), np.radians(high - low)
    return first[:, 1:] + step[:, 1:] * _AT, step
