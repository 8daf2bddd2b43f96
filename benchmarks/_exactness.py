"""Whether an index answers what it promises: the lowest code among the closed polygons that cover a point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def truth(polygons: NDArray[np.object_], codes: Sequence[str], lon: Floats, lat: Floats) -> NDArray[np.int32]:
    """Row of the right polygon, int32 (n,), −1 outside: every polygon whose box covers a point is asked.

    The polygons are not prepared here: nothing is shared with a faster way.
    """
    rank = np.empty(len(codes), dtype=np.int32)
    by_code = np.argsort(np.asarray(codes, dtype=object), kind="stable").astype(np.int32)
    rank[by_code] = np.arange(len(codes), dtype=np.int32)
    point, grid = shapely.STRtree(polygons).query(shapely.points(lon, lat))
    hit = shapely.intersects_xy(polygons[grid], lon[point], lat[point])
    lowest = np.full(len(lon), len(codes), dtype=np.int32)
    np.minimum.at(lowest, point[hit], rank[grid[hit]])
    return np.where(lowest < len(codes), by_code[np.minimum(lowest, len(codes) - 1)], np.int32(-1))


def rows_found(point: NDArray[np.intp], n: int) -> tuple[int, int]:
    """How many of n points got no row, and how many several."""
    count = np.bincount(point, minlength=n)
    return int((count == 0).sum()), int((count > 1).sum())
