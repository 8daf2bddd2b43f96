"""Searching boxes of edges for what is near a point, compiled.

A tree is (lines as in `geo.locate.index.tree.Tree`, and sides, start, origin of their `Boxes`); owners are the bytes
of the same lines as int32 (m, 10), with the grids on both sides at LEFT and RIGHT. A view is how distances look from
one point: first whether by chords through the ellipsoid (far away) or on a plane, then the point, its place from the
origin, its `frame` and its place in space. Distances of a view are squared: of planes those of `bent`, in space those
of chords.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.boxes import FAN
from geo.locate.index.chords import above, box_chords, place_of
from geo.locate.index.ground import bent, box_chord, edge_chord, foot, frame, in_space

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Tree = tuple[Floats, NDArray[np.float32], NDArray[np.uint64], Floats]
View = tuple[bool, float, float, float, float, tuple[float, float, float, float, float], tuple[float, float, float]]

# Seven boxes left open on each level: 80 are enough for ten levels, 8¹¹ edges.
ROOM: Final = 80
# Unsigned, for numba then needs no look at negative positions.
_FAN: Final[Any] = np.uint64(FAN)
_1: Final[Any] = np.uint64(1)
_SHIFT: Final[Any] = np.uint64(4)
_LEVEL: Final[Any] = np.uint64(15)
LEFT: Final = 8
RIGHT: Final = 9
_W, _S, _E, _N = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)


@jit
def view(lon: float, lat: float, tree: Tree, far: bool) -> View:
    """How distances look from a point."""
    origin = tree[3]
    space = in_space(lon, lat) if far else (0.0, 0.0, 0.0)
    return far, lon, lat, lon - origin[0], lat - origin[1], frame(lat), space


@jit
def slack(seen: View) -> float:
    """A plane shows squared distances wrong by less than this factor."""
    _, _, bend, stretch, reach = seen[5]
    return 1.0 + 1e-6 if seen[0] else 1.0 + 1e-6 + 2.0 * reach * (abs(bend) + abs(stretch))


@jit
def gaps(seen: View, sides: NDArray[np.float32], group: Any, origin: Floats, out: NDArray[np.float32]) -> Any:
    """Lower bounds of the distances to the eight boxes of a group, infinite where there is no box; the nearest box."""
    far, _, _, x, y, ground, space = seen
    if far:
        for j in range(_FAN):
            out[j] = np.inf
            if sides[group, 0, j] < np.inf:
                west, south = sides[group, 0, j] + origin[0], sides[group, 1, j] + origin[1]
                east, north = sides[group, 2, j] + origin[0], sides[group, 3, j] + origin[1]
                out[j] = box_chord(space[0], space[1], space[2], west, south, east, north) ** 2
    else:
        for j in range(_FAN):
            dx = max(max(sides[group, _W, j] - x, x - sides[group, _E, j]), 0.0) * ground[0]
            dy = max(max(sides[group, _S, j] - y, y - sides[group, _N, j]), 0.0) * ground[1]
            out[j] = dx * dx + dy * dy
    return lowest(out)


@jit
def lowest(values: NDArray[np.float32]) -> Any:
    """Which of eight is least."""
    top: Any = np.uint64(0)
    least = values[0]
    for j in range(_FAN):
        if values[j] < least:
            top, least = j, values[j]
    return top


@jit
def measure(seen: View, xy: Floats, k: Any) -> float:
    """The distance to an edge."""
    far, lon, lat, _, _, ground, space = seen
    x1, y1, x2, y2 = xy[k, _W], xy[k, _S], xy[k, _E], xy[k, _N]
    if far:
        return edge_chord(space[0], space[1], space[2], x1, y1, x2, y2)[0] ** 2
    per_lon, per_lat, bend, stretch, _ = ground
    x, y = foot((x1 - lon) * per_lon, (y1 - lat) * per_lat, (x2 - lon) * per_lon, (y2 - lat) * per_lat)
    return bent(x, y, bend, stretch)


@jit
def nearest_edge(
    seen: View,
    tree: Tree,
    limit: float,
    grid: int,
    owners: Ints,
    todo: NDArray[np.uint64],
    near: NDArray[np.float32],
) -> tuple[float, int]:
    """The least distance of the view below `limit`, and the edge; −1 if there is none.

    Parameters
    ----------
    grid : only edges with this grid on a side count; any if it is negative
    todo, near : (80,) and (88,), room to work in
    """
    xy, sides, start, origin = tree
    edge: Any = -1
    best = limit
    loose = slack(seen)
    most = best * loose
    here = near[ROOM:]
    todo[0], near[0] = len(start) - 1, 0.0
    count = _1
    while count:
        count -= _1
        if near[count] > most:
            continue
        level, group = todo[count] & _LEVEL, todo[count] >> _SHIFT
        top = gaps(seen, sides, start[level] + group, origin, here)
        if here[top] > most:
            continue
        if level:
            child = (group * _FAN << _SHIFT) + level - _1
            for j in range(_FAN):
                if here[j] <= most and j != top:
                    todo[count], near[count] = child + (j << _SHIFT), here[j]
                    count += _1
            todo[count], near[count] = child + (top << _SHIFT), here[top]
            count += _1
            continue
        while here[top] <= most and here[top] < np.inf:
            here[top] = np.inf
            first = (group * _FAN + top) * _FAN
            for k in range(first, min(first + _FAN, np.uint64(len(xy)))):
                if grid < 0 or owners[k, LEFT] == grid or owners[k, RIGHT] == grid:
                    square = measure(seen, xy, k)
                    if square < best:
                        best, edge = square, np.int64(k)
            most = best * loose
            top = lowest(here)
    return best, edge


@jit
def edges_within(
    seen: View, tree: Tree, limit: float, todo: NDArray[np.uint64], near: NDArray[np.float32], found: NDArray[np.int64]
) -> tuple[int, NDArray[np.int64]]:
    """All edges at a distance of the view of at most `limit`: how many, and which, in `found` or a longer one."""
    xy, sides, start, origin = tree
    far = seen[0]
    place = place_of(seen[1], seen[2], sides, start[len(start) - 1], origin)
    most = above(limit) if far else limit * slack(seen)
    here = near[ROOM:]
    todo[0] = len(start) - 1
    count, many = _1, 0
    while count:
        count -= _1
        level, group = todo[count] & _LEVEL, todo[count] >> _SHIFT
        if far:
            box_chords(place, sides, start[level] + group, origin, here)
        else:
            gaps(seen, sides, start[level] + group, origin, here)
        if many + FAN * FAN > len(found):
            longer = np.empty(2 * len(found) + FAN * FAN, dtype=np.int64)
            for old in range(many):
                longer[old] = found[old]
            found = longer
        for j in range(_FAN):
            if not here[j] <= most or here[j] == np.inf:
                continue
            child = group * _FAN + j
            if level:
                todo[count] = (child << _SHIFT) + level - _1
                count += _1
                continue
            for k in range(child * _FAN, min(child * _FAN + _FAN, np.uint64(len(xy)))):
                if measure(seen, xy, k) <= limit:
                    found[many] = k
                    many += 1
    return many, found
