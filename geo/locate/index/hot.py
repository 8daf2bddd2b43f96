"""The distance to the nearest edge close by, as fast as it goes: what every answer holds.

The same search as `search.nearest_edge` on a plane, with everything in one loop. Of many points see `together`.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.boxes import FAN
from geo.locate.index.far import nearest_far
from geo.locate.index.ground import bent, foot, frame
from geo.locate.index.search import ROOM, Ints, Tree

# Unsigned, for numba then needs no look at negative positions.
_FAN: Final[Any] = np.uint64(FAN)
_0: Final[Any] = np.uint64(0)
_1: Final[Any] = np.uint64(1)
_SHIFT: Final[Any] = np.uint64(4)
_LEVEL: Final[Any] = np.uint64(15)
_W, _S, _E, _N = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)


@jit
def metres_to_one(lon: float, lat: float, tree: Tree, owners: Ints) -> float:
    """`together.metres_to_any` for one point."""
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    ground = frame(lat)
    metres = metres_near(lon, lat, ground, ground[4], tree, todo, near)
    return metres if metres < np.inf else nearest_far(lon, lat, tree, -1, owners, todo, near)[0]


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
    edges = np.uint64(len(xy))
    here = near[ROOM:]
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
            first = (group * _FAN + top) * _FAN
            for k in range(first, min(first + _FAN, edges)):
                ex, ey = foot(
                    (xy[k, _W] - lon) * per_lon,
                    (xy[k, _S] - lat) * per_lat,
                    (xy[k, _E] - lon) * per_lon,
                    (xy[k, _N] - lat) * per_lat,
                )
                square = bent(ex, ey, bend, stretch)
                if square < best:
                    best, found = square, True
            most = best * loose
    return math.sqrt(best) if found else np.inf
