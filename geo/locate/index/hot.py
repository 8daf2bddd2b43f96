"""The distance to the nearest edge close by, as fast as it goes: what every answer holds.

The same search as `search.nearest_edge` on a plane, with everything in one loop. Of many points see `together`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from numba import carray  # type: ignore[attr-defined]
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.boxes import FAN
from geo.locate.index.far import nearest_far
from geo.locate.index.ground import frame
from geo.locate.index.native import (
    as_float,
    callable_of,
    handed,
    level_numbers,
    narrow_numbers,
    real_numbers,
    whole_numbers,
)
from geo.locate.index.search import ROOM, Floats, Tree

# Unsigned, for numba then needs no look at negative positions.
_FAN: Final[Any] = np.uint64(FAN)
_0: Final[Any] = np.uint64(0)
_1: Final[Any] = np.uint64(1)
_SHIFT: Final[Any] = np.uint64(4)
_LEVEL: Final[Any] = np.uint64(15)
_W, _S, _E, _N = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)


def asker(tree: Tree) -> Callable[[float, float], float]:
    """`together.metres_to_any` of one point (lon, lat): a function that is handed one address, as in `single`.

    It keeps what it reads alive. It holds addresses of this process, so it must never be pickled.
    """
    numbers = np.array([*(array.ctypes.data for array in tree), *(len(array) for array in tree[:3])], dtype=np.int64)
    return cast(Callable[[float, float], float], callable_of(_enter, numbers.ctypes.data, numbers, *tree))


def _enter(kept: int, arguments: int, count: int) -> int:
    fine, table, lon, lat = handed(kept, arguments, count)
    return int(as_float(_ask(table, lon, lat))) if fine else 0


@jit
def _ask(table: int, lon: float, lat: float) -> float:
    """Metres to the nearest edge of the tree whose addresses and lengths stand at `table`."""
    at = carray(whole_numbers(table), 7)
    lines = carray(real_numbers(at[0]), (at[4], 5))
    sides = carray(narrow_numbers(at[1]), (at[5], 4, FAN))
    tree = (lines, sides, carray(level_numbers(at[2]), at[6]), carray(real_numbers(at[3]), 2))
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    ground = frame(lat)
    metres = metres_near(lon, lat, ground, ground[4], tree, todo, near)
    return metres if metres < np.inf else nearest_far(lon, lat, tree, -1, lines.view(np.int32), todo, near)[0]


@jit
def metres_near(
    lon: float,
    lat: float,
    ground: tuple[float, float, float, float, float],
    limit: float,
    tree: Tree,
    todo: NDArray[np.uint64],
    near: NDArray[np.float32],
) -> float:
    """Metres to the nearest edge if that is less than `limit`, else infinity."""
    xy, sides, start, origin = tree
    per_lon, per_lat, bend, stretch, reach = ground
    x, y = lon - origin[0], lat - origin[1]
    best = limit * limit
    loose = 1.0 + 1e-6 + 2.0 * reach * (abs(bend) + abs(stretch))
    most = best * loose
    found = False
    here, square = near[ROOM:], np.empty(FAN)
    todo[_0], near[_0] = len(start) - 1, 0.0
    count = _1
    while count:
        count -= _1
        if near[count] > most:
            continue
        level, group = todo[count] & _LEVEL, todo[count] >> _SHIFT
        g = start[level] + group
        for j in range(_FAN):
            dx = max(max(sides[g, _W, j] - x, x - sides[g, _E, j]), 0.0) * per_lon
            dy = max(max(sides[g, _S, j] - y, y - sides[g, _N, j]), 0.0) * per_lat
            here[j] = dx * dx + dy * dy
        while True:
            top, least = _0, here[_0]
            for j in range(_1, _FAN):
                if here[j] < least:
                    top, least = j, here[j]
            if least > most or least == np.inf:
                break
            if level:
                for j in range(_FAN):
                    if here[j] <= most and j != top:
                        todo[count], near[count] = ((group * _FAN + j) << _SHIFT) + level - _1, here[j]
                        count += _1
                todo[count], near[count] = ((group * _FAN + top) << _SHIFT) + level - _1, least
                count += _1
                break
            here[top] = np.inf
            _measure(xy, (group * _FAN + top) * _FAN, lon, lat, per_lon, per_lat, bend, stretch, square)
            least_square = square[_0]
            for k in range(_1, _FAN):
                least_square = min(least_square, square[k])
            if least_square < best:
                best, found = least_square, True
            most = best * loose
    return math.sqrt(best) if found else np.inf


@jit
def _measure(
    xy: Floats,
    first: Any,
    lon: float,
    lat: float,
    per_lon: float,
    per_lat: float,
    bend: float,
    stretch: float,
    square: Floats,
) -> None:
    """Squared distances to eight edges, `ground.foot` and `ground.bent` without jumps: the same bits."""
    last = np.uint64(len(xy)) - _1
    for j in range(_FAN):
        k = min(first + j, last)
        ax, ay = (xy[k, _W] - lon) * per_lon, (xy[k, _S] - lat) * per_lat
        bx, by = (xy[k, _E] - lon) * per_lon, (xy[k, _N] - lat) * per_lat
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        along = -(ax * dx + ay * dy)
        t = np.divide(along, length2)
        x, y = ax + t * dx, ay + t * dy
        at_end = along >= length2
        x, y = bx if at_end else x, by if at_end else y
        at_start = (along <= 0.0) | (length2 == 0.0)
        x, y = ax if at_start else x, ay if at_start else y
        e = x - bend * x * y
        n = y + 0.5 * (stretch * y * y + bend * x * x)
        square[j] = e * e + n * n
