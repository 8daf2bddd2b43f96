"""The nearest edge, near or far."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.boxes import FAN
from geo.locate.index.chords import above, box_chords, edge_chords, place_of
from geo.locate.index.ground import edge_chord, lambert
from geo.locate.index.search import LEFT, RIGHT, ROOM, Floats, Ints, Tree, View, lowest, nearest_edge, view

_FAN: Final[Any] = np.uint64(FAN)
_1: Final[Any] = np.uint64(1)
_SHIFT: Final[Any] = np.uint64(4)
_LEVEL: Final[Any] = np.uint64(15)
_W, _S, _E, _N = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)


@jit
def nearest(
    lon: float,
    lat: float,
    tree: Tree,
    grid: int,
    owners: Ints,
    todo: NDArray[np.uint64],
    near: NDArray[np.float32],
) -> tuple[float, int, View, float]:
    """Metres to the nearest edge (see `nearest_edge`), its number, the view it was found in and the distance there."""
    seen = view(lon, lat, tree, False)
    square, k = nearest_edge(seen, tree, seen[5][4] ** 2, grid, owners, todo, near)
    if k >= 0:
        return math.sqrt(square), k, seen, square
    return nearest_far(lon, lat, tree, grid, owners, todo, near)


@jit
def nearest_far(
    lon: float, lat: float, tree: Tree, grid: int, owners: Ints, todo: NDArray[np.uint64], near: NDArray[np.float32]
) -> tuple[float, int, View, float]:
    """`nearest` of a point that no edge is near to."""
    seen = view(lon, lat, tree, True)
    square, k, x, y, torn = _nearest_chord(seen, tree, grid, owners, todo, near)
    if torn:
        # Two places equally far, and the metres to them may differ in the last bit: the order of a search decides.
        square, k = nearest_edge(seen, tree, np.nextafter(square, np.inf), grid, owners, todo, near)
        x, y = _foot(seen, tree[0], k)[1:]
    return lambert(lon, lat, x, y) if k >= 0 else np.inf, k, seen, square


@jit
def _nearest_chord(
    seen: View, tree: Tree, grid: int, owners: Ints, todo: NDArray[np.uint64], near: NDArray[np.float32]
) -> tuple[float, int, float, float, bool]:
    """The least square of a chord, the edge, the place on it, and whether another place is exactly as far."""
    xy, sides, start, origin = tree
    place = place_of(seen[1], seen[2], sides, start[len(start) - 1], origin)
    edge: Any = -1
    best, foot_x, foot_y, torn = np.inf, 0.0, 0.0, False
    most = np.inf
    here, low = near[ROOM:], np.empty(FAN, dtype=np.float32)
    todo[0], near[0] = len(start) - 1, 0.0
    count = _1
    while count:
        count -= _1
        if near[count] > most:
            continue
        level, group = todo[count] & _LEVEL, todo[count] >> _SHIFT
        box_chords(place, sides, start[level] + group, origin, here)
        top = lowest(here)
        if level:
            if not here[top] <= most:
                continue
            child = (group * _FAN << _SHIFT) + level - _1
            for j in range(_FAN):
                if here[j] <= most and here[j] < np.inf and j != top:
                    todo[count], near[count] = child + (j << _SHIFT), here[j]
                    count += _1
            todo[count], near[count] = child + (top << _SHIFT), here[top]
            count += _1
            continue
        while here[top] <= most and here[top] < np.inf:
            here[top] = np.inf
            first = (group * _FAN + top) * _FAN
            edge_chords(place, xy, first, low)
            one = lowest(low)
            while low[one] <= most and low[one] < np.inf:
                low[one] = np.inf
                k = first + one
                one = lowest(low)
                if grid >= 0 and owners[k, LEFT] != grid and owners[k, RIGHT] != grid:
                    continue
                square, x, y = _foot(seen, xy, k)
                if square < best:
                    best, edge, foot_x, foot_y, torn = square, np.int64(k), x, y, False
                    most = above(best)
                elif square == best:
                    torn = torn or x != foot_x or y != foot_y
            top = lowest(here)
    return best, edge, foot_x, foot_y, torn


@jit
def _foot(seen: View, xy: Floats, k: Any) -> tuple[float, float, float]:
    """The square of the shortest chord to an edge, and the place where it ends."""
    x1, y1, x2, y2 = xy[k, _W], xy[k, _S], xy[k, _E], xy[k, _N]
    space = seen[6]
    chord, at = edge_chord(space[0], space[1], space[2], x1, y1, x2, y2)
    return chord**2, x1 + at * (x2 - x1), y1 + at * (y2 - y1)
