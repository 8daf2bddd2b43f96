"""Lines through the stairwells of a grid: along them households are cut into groups."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

_SAME_M = 1e-7


def tours(xy_m: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Some short paths through points, the first as they stand (addresses often follow the street).

    Parameters
    ----------
    xy_m : float64 (s, 2), in canonical order, which decides ties.

    Returns
    -------
    list of int64 (s,), each an order of the points.
    """
    count = len(xy_m)
    plain = np.arange(count, dtype=np.int64)
    found = [plain]
    if count < 3:
        return found
    starts = {int(np.argmin(xy_m[:, 0])), int(np.argmin(xy_m[:, 1]))}
    for start in sorted(starts):
        path = _nearest_next(xy_m, start)
        _shorten(xy_m, path)
        found.append(path)
    along = plain.copy()
    _shorten(xy_m, along)
    found.append(along)
    distinct: dict[bytes, NDArray[np.int64]] = {}
    for path in found:
        distinct.setdefault(min(path.tobytes(), path[::-1].tobytes()), path)
    return list(distinct.values())


@jit
def _gap(xy: Any, a: Any, b: Any) -> Any:
    return np.hypot(xy[a, 0] - xy[b, 0], xy[a, 1] - xy[b, 1])


@jit
def _nearest_next(xy: Any, start: Any) -> Any:
    count = len(xy)
    path = np.empty(count, dtype=np.int64)
    left = np.ones(count, dtype=np.bool_)
    path[0] = start
    left[start] = False
    for k in range(1, count):
        best, found = np.inf, -1
        for b in range(count):
            if left[b]:
                gap = _gap(xy, path[k - 1], b)
                if gap < best - _SAME_M:
                    best, found = gap, b
        path[k] = found
        left[found] = False
    return path


@jit
def _shorten(xy: Any, path: Any) -> None:
    """Turn stretches of an open path round while that shortens it (2-opt)."""
    count = len(path)
    for _ in range(30):
        better = False
        for i in range(count - 1):
            for j in range(i + 1, count):
                before = 0.0
                after = 0.0
                if i:
                    before += _gap(xy, path[i - 1], path[i])
                    after += _gap(xy, path[i - 1], path[j])
                if j < count - 1:
                    before += _gap(xy, path[j], path[j + 1])
                    after += _gap(xy, path[i], path[j + 1])
                if after < before - _SAME_M:
                    for k in range((j - i + 1) // 2):
                        path[i + k], path[j - k] = path[j - k], path[i + k]
                    better = True
        if not better:
            break
