"""Density of points: a backdrop that shows where reports are, and no evidence of anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from geo.errors import InvalidInput
from geo.hotspots.local_g import finite

# The kernel is cut here, in bandwidths; beyond lies less than 1e-4 of it.
_CUT = 4.0


def density(
    x: ArrayLike,
    y: ArrayLike,
    *,
    bounds: tuple[float, float, float, float],
    shape: tuple[int, int],
    bandwidth: float,
) -> NDArray[np.float64]:
    """Points per square unit, smoothed by a Gaussian kernel, float64 (rows, columns), the first row the southernmost.

    Points are counted in the raster's squares and these are smoothed, so a point is moved by up to half a square;
    take squares of at most half the bandwidth.

    Parameters
    ----------
    x, y : (n,) in metres of a projected system; points outside `bounds` are left out.
    bounds : west, south, east, north.
    shape : rows, columns.
    bandwidth : standard deviation of the kernel, > 0, metres.

    Raises
    ------
    InvalidInput
        If a coordinate is no number, or bounds, shape or bandwidth span nothing.
    """
    east, north = finite(x, name="x"), finite(y, name="y")
    if len(east) != len(north):
        raise InvalidInput("hotspot_lengths_differ", field="y", got=len(north), wanted=len(east))
    left, low, right, high = bounds
    wide, tall = (right - left) / max(shape[1], 1), (high - low) / max(shape[0], 1)
    if not (min(shape) >= 1 and wide > 0 and tall > 0 and bandwidth > 0 and np.isfinite([wide, tall, bandwidth]).all()):
        raise InvalidInput("hotspot_bad_raster", bounds=bounds, shape=shape, bandwidth=bandwidth)
    column, row = np.floor((east - left) / wide), np.floor((north - low) / tall)
    inside = (column >= 0) & (column < shape[1]) & (row >= 0) & (row < shape[0])
    flat = (row[inside] * shape[1] + column[inside]).astype(np.int64)
    counts = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape) / (wide * tall)
    smooth = ndimage.gaussian_filter(counts, (bandwidth / tall, bandwidth / wide), mode="constant", truncate=_CUT)
    return np.asarray(smooth, dtype=np.float64)
