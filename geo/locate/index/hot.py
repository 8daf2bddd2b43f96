"""The distance to the nearest edge close by, as fast as it goes: what every answer holds.

The same search as `search.nearest_edge` on a plane, with everything in one loop; many points go in the order of tiles,
so that edges are still in the cache and the last answer bounds the next.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.boxes import FAN
from geo.locate.index.ground import bent, foot, frame
from geo.locate.index.search import ROOM, Floats, Ints, Tree, nearest

# Unsigned, for numba then needs no look at negative positions.
_FAN: Final[Any] = np.uint64(FAN)
_0: Final[Any] = np.uint64(0)
_1: Final[Any] = np.uint64(1)
_SHIFT: Final[Any] = np.uint64(4)
_LEVEL: Final[Any] = np.uint64(15)
_W, _S, _E, _N = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
_TILES: Final = 256
_FEW: Final = 256  # so few points are not worth being put in order


@jit
def metres_to_any(x: Floats, y: Floats, tree: Tree, owners: Ints) -> Floats:
    """Metres from each point to the nearest edge."""
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    out = np.empty(len(x))
    order = _tiled(x, y) if len(x) > _FEW else np.arange(len(x))
    last, last_x, last_y = np.inf, 0.0, 0.0
    for i in order:
        ground = frame(y[i])
        # No farther than the last answer and the way from there, both a little too long.
        step = math.sqrt(((x[i] - last_x) * ground[0]) ** 2 + ((y[i] - last_y) * ground[1]) ** 2)
        limit = min(1.03 * (last + step) + 1e-3, ground[4])
        metres = _nearest_metres(x[i], y[i], ground, limit, tree, todo, near)
        if metres == np.inf:
            metres = nearest(x[i], y[i], tree, -1, owners, todo, near)[0]
        out[i] = metres
        last, last_x, last_y = metres, x[i], y[i]
    return out


@jit
def metres_to_one(lon: float, lat: float, tree: Tree, owners: Ints) -> float:
    """`metres_to_any` for one point."""
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    ground = frame(lat)
    metres = _nearest_metres(lon, lat, ground, ground[4], tree, todo, near)
    return metres if metres < np.inf else nearest(lon, lat, tree, -1, owners, todo, near)[0]


@jit
def _nearest_metres(
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


@jit
def _tiled(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Points in the order of tiles, row by row to and fro; a sort by counting."""
    west, south = x.min(), y.min()
    across = (_TILES - 1) / max(x.max() - west, 1e-300)
    up = (_TILES - 1) / max(y.max() - south, 1e-300)
    tile = np.empty(len(x), dtype=np.int32)
    end = np.zeros(_TILES * _TILES + 1, dtype=np.int64)
    for i in range(len(x)):
        row, column = int((y[i] - south) * up), int((x[i] - west) * across)
        tile[i] = row * _TILES + (column if row % 2 == 0 else _TILES - 1 - column)
        end[tile[i] + 1] += 1
    for k in range(_TILES * _TILES):
        end[k + 1] += end[k]
    order = np.empty(len(x), dtype=np.int64)
    for i in range(len(x)):
        order[end[tile[i]]] = i
        end[tile[i]] += 1
    return order
