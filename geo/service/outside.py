"""What the numbers of points outside all grids look like: exchanged, or degrees where metres are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_

if TYPE_CHECKING:
    from geo.locate import GridIndex

# Keys of sentences.
OUTSIDE_NOTES: Final = ("outside_all_grids", "outside_swapped", "outside_degrees")
_PLAIN, _SWAPPED, _DEGREES = range(3)

Floats = NDArray[np.float64]


def why_outside_rows(index: GridIndex, x: Floats, y: Floats, *, crs: str) -> NDArray[np.int8]:
    """Positions in `OUTSIDE_NOTES`, int8 (n,), of points that lie in no grid.

    Only numbers of a projected `crs` can look like anything else, as wrong degrees are refused before. Northing and
    easting were most likely exchanged, or the numbers are degrees, if they lie in a grid when read so, or can belong to
    the system only when read so (`crs.in_area`).

    Parameters
    ----------
    x, y : float64 (n,), finite, in `crs`
    """
    out = np.full(len(x), _PLAIN, dtype=np.int8)
    if crs_.is_geographic(crs) or not len(x):
        return out
    fits, fits_swapped = crs_.in_area(x, y, crs=crs), crs_.in_area(y, x, crs=crs)
    out[(fits_swapped & ~fits) | _in_grid(index, y, x, crs)] = _SWAPPED
    small = np.flatnonzero((np.abs(x) <= 180.0) & (np.abs(y) <= 90.0))
    degrees = ~fits[small] | _in_grid(index, x[small], y[small], crs_.WGS84)
    out[small[degrees]] = _DEGREES
    return out


def _in_grid(index: GridIndex, x: Floats, y: Floats, crs: str) -> NDArray[np.bool_]:
    """Whether points lie in a grid."""
    lon, lat, _ = crs_.to_wgs84(x, y, crs=crs)
    found = np.zeros(len(x), dtype=np.bool_)
    rows = np.flatnonzero((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))  # False for NaN
    found[rows] = index.locate(lon=lon[rows], lat=lat[rows]) >= 0
    return found
