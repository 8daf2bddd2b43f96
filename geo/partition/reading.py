"""The order in which grids are numbered: in bands from north to south, in a band from west to east."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Northings that differ by less than this part of an area's height count as one: it bounds the work of finding bands.
_LEVELS = 1024


def reading_order(centre_m: NDArray[np.float64], extent_m: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of grids as one reads a page.

    The published rule says "west to east, north to south" and leaves open what a row is. Here an area of width w and
    height h with k grids has round(√(k · h / w)) bands (so that a band is about as high as a grid). A band is a range
    of northings, and the bands are those with the least sum of squared differences between a grid's centre and the
    mean of its band (Fisher 1958, "On grouping for maximum homogeneity"): grids that stand side by side share a band
    even where rows differ in height. Bands run from north to south, the grids of a band from west to east, then from
    north to south.

    Parameters
    ----------
    centre_m : float64 (k, 2)
        Centre of each grid, east and north.
    extent_m : float64 (n, 2)
        Points of the area, for its width and height.

    Returns
    -------
    int64 (k,)
        Positions in `centre_m`, in reading order.
    """
    low, high = extent_m.min(axis=0), extent_m.max(axis=0)
    width, height = np.maximum(high - low, 1e-9)
    count = min(len(centre_m), max(1, round(float(np.sqrt(len(centre_m) * height / width)))))
    level = np.round((high[1] - centre_m[:, 1]) / height * _LEVELS).astype(np.int64)
    band = _bands(level, count)
    return np.lexsort((level, centre_m[:, 0], band))


def _bands(level: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Fisher's exact grouping of integers into at most `count` ranges: the range of each, ascending."""
    value, place, times = np.unique(level, return_inverse=True, return_counts=True)
    n = len(value)
    if count >= n:
        return np.asarray(place, dtype=np.int64)
    # Whole numbers: every machine finds the same sums.
    n_up_to, sum_up_to, square_up_to = (
        np.concatenate([[0], np.cumsum(times * value**power)]).astype(np.float64) for power in (0, 1, 2)
    )
    i, j = np.arange(n)[:, None], np.arange(1, n + 1)[None, :]
    members = np.maximum(n_up_to[j] - n_up_to[i], 1)
    spread = square_up_to[j] - square_up_to[i] - (sum_up_to[j] - sum_up_to[i]) ** 2 / members
    # cost[i, j − 1]: values i … j − 1 as one band. Rounded, so that ties are ties.
    cost = np.where(i < j, np.round(spread, 6), np.inf)
    best = cost[0].copy()
    starts = []
    for _ in range(count - 1):
        total = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        starts.append(np.argmin(total, axis=0))
        best = total.min(axis=0)
    band = np.zeros(n, dtype=np.int64)
    end = n
    for number in range(count - 1, 0, -1):
        start = int(starts[number - 1][end - 1])
        band[start:end] = number
        end = start
    return np.asarray(band[place], dtype=np.int64)
