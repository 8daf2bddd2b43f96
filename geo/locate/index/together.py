"""Distances to the nearest edge for many points: neighbours are asked together.

Points go in Morton's order. One is searched for by itself (`hot.metres_near`); those that follow it nearby have their
nearest edge among what is near enough to it, which is gathered once, and each looks through that alone. The answers
are the same to the last bit: the least of the same measures.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.boxes import FAN
from geo.locate.index.far import nearest, nearest_far
from geo.locate.index.ground import frame
from geo.locate.index.hot import metres_near
from geo.locate.index.search import ROOM, Floats, Ints, Tree

_FAN: Final[Any] = np.uint64(FAN)
_1: Final[Any] = np.uint64(1)
_SHIFT: Final[Any] = np.uint64(4)
_LEVEL: Final[Any] = np.uint64(15)
_W, _S, _E, _N = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
_FEW: Final = 64  # so few points are not worth being put in order
_BITS: Final = 12  # of each coordinate decide about the order: two rounds of a sort by counting
# Points that are asked together: at least, or gathering is not worth it, and at most.
_LEAST: Final = 4
_MOST: Final = 64
# So many boxes of eight edges are gathered at most.
_CAUGHT: Final = 128
# How far neighbours may be away, as a share of the distance to the border (their own and the usual one): between
# these, less where too much was gathered.
_NARROW: Final = 0.25
_WIDE: Final = 1.5
# Where the reach of the series is less, a degree or nearer to a pole, each asks alone.
_AT_POLE_M: Final = 1_000.0
# Metres per degree differ by less between neighbours.
_EVEN: Final = 1.01


@jit
def metres_to_any(x: Floats, y: Floats, tree: Tree, owners: Ints) -> Floats:
    """Metres from each point to the nearest edge."""
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    boxes, ends = np.empty((4, _CAUGHT), np.float32), np.empty((4, _CAUGHT * FAN))
    low = np.empty(_CAUGHT)
    out = np.empty(len(x))
    every = _by_place(x, y) if len(x) > _FEW else np.arange(len(x)).astype(np.int32)
    order = _first_of_each(x, y, every)
    last, last_x, last_y, usual, share = np.inf, 0.0, 0.0, 0.0, 1.0
    at = 0
    while at < len(order):
        i = order[at]
        ground = frame(y[i])
        # No farther than the last answer and the way from there, both a little too long.
        step = math.sqrt(((x[i] - last_x) * ground[0]) ** 2 + ((y[i] - last_y) * ground[1]) ** 2)
        limit = min(1.03 * (last + step) + 1e-3, ground[4])
        metres = metres_near(x[i], y[i], ground, limit, tree, todo, near)
        if metres == np.inf:
            if limit < ground[4]:
                metres = nearest(x[i], y[i], tree, -1, owners, todo, near)[0]
            else:
                metres = nearest_far(x[i], y[i], tree, -1, owners, todo, near)[0]
        out[i] = metres
        last, last_x, last_y = metres, x[i], y[i]
        begin = at + 1
        at = begin
        if metres > 0.5 * ground[4] or ground[4] < _AT_POLE_M:
            continue
        usual = 0.9 * usual + 0.1 * metres if usual else metres
        # Nobody's border may be beyond the reach of the series, which each asks alone.
        around = min(share * (metres + usual), 0.9 * ground[4] - metres)
        end = _neighbours(x, y, order, begin, around, ground)
        if end - begin < _LEAST:
            continue
        most = 1.06 * (metres + around) + 1e-2
        caught = _gather(x, y, order[begin:end], tree, ground, most, todo, near, boxes, ends)
        share = max(0.7 * share, _NARROW) if caught > _CAUGHT else min(1.1 * share, _WIDE)
        if 0 < caught <= _CAUGHT:
            last = _look_through(x, y, order[begin:end], metres, i, tree[3], caught, boxes, ends, low, out)
            last_x, last_y = x[order[end - 1]], y[order[end - 1]]
            at = end
    for at in range(1, len(every) if len(order) < len(every) else 1):
        i, k = every[at - 1], every[at]
        if x[k] == x[i] and y[k] == y[i]:
            out[k] = out[i]
    return out


@jit
def _first_of_each(x: Floats, y: Floats, order: Ints) -> Ints:
    """The points of an order without those that lie where the one before does: rounded points, and doors of a house."""
    kept, count = np.empty_like(order), 0
    for at in range(len(order)):
        k = order[at]
        kept[count] = k
        count += int(at == 0 or x[k] != x[order[at - 1]] or y[k] != y[order[at - 1]])
    return kept[:count]


@jit
def _neighbours(
    x: Floats, y: Floats, order: Ints, begin: int, around: float, ground: tuple[float, float, float, float, float]
) -> int:
    """Where those end that follow in order and are no farther than `around` metres from the one before `begin`."""
    i = order[begin - 1]
    end = begin
    # Metres per degree change by tan φ · Δφ.
    if abs(ground[2]) * around > 0.5 * (_EVEN - 1.0):
        return end
    while end < min(begin + _MOST, len(order)):
        k = order[end]
        # Not in shares of `around`, which is 0 on a border.
        if ((x[k] - x[i]) * ground[0]) ** 2 + ((y[k] - y[i]) * ground[1]) ** 2 > around * around:
            break
        end += 1
    return end


@jit
def _gather(
    x: Floats,
    y: Floats,
    some: Ints,
    tree: Tree,
    ground: tuple[float, float, float, float, float],
    limit: float,
    todo: NDArray[np.uint64],
    near: NDArray[np.float32],
    boxes: NDArray[np.float32],
    ends: Floats,
) -> int:
    """Put the boxes within `limit` metres of all the points into `boxes`, their edges into `ends`; returns how many.

    More than there is room for: some are left out.
    """
    xy, sides, start, origin = tree
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for k in some:
        west, east = min(west, x[k]), max(east, x[k])
        south, north = min(south, y[k]), max(north, y[k])
    west, south, east, north = west - origin[0], south - origin[1], east - origin[0], north - origin[1]
    most = (limit * _EVEN) ** 2 * (1.0 + 1e-6 + 2.0 * ground[4] * (abs(ground[2]) + abs(ground[3])))
    edges = np.uint64(len(xy))
    here = near[ROOM:]
    todo[0] = len(start) - 1
    count, caught = _1, 0
    while count:
        count -= _1
        level, group = todo[count] & _LEVEL, todo[count] >> _SHIFT
        g = start[level] + group
        for j in range(_FAN):
            dx = max(max(sides[g, _W, j] - east, west - sides[g, _E, j]), 0.0) * ground[0]
            dy = max(max(sides[g, _S, j] - north, south - sides[g, _N, j]), 0.0) * ground[1]
            here[j] = dx * dx + dy * dy
        for j in range(_FAN):
            if not here[j] <= most or here[j] == np.inf:
                continue
            if level:
                todo[count] = ((group * _FAN + j) << _SHIFT) + level - _1
                count += _1
                continue
            if caught == _CAUGHT:
                return caught + 1
            for side in range(4):
                boxes[side, caught] = sides[g, side, j]
            first = (group * _FAN + j) * _FAN
            for k in range(_FAN):
                edge = min(first + k, edges - _1)
                for side in range(4):
                    ends[side, caught * FAN + k] = xy[edge, side]
            caught += 1
    return caught


@jit
def _look_through(
    x: Floats,
    y: Floats,
    some: Ints,
    metres: float,
    before: int,
    origin: Floats,
    caught: int,
    boxes: NDArray[np.float32],
    ends: Floats,
    low: Floats,
    out: Floats,
) -> float:
    """Metres from each of some points to the nearest of the edges gathered, into `out`; the last of them.

    `metres` is the answer of the point `before`.
    """
    square = np.empty(FAN)
    nearest_box, last_x, last_y = 0, x[before], y[before]
    for i in some:
        lon, lat = x[i], y[i]
        per_lon, per_lat, bend, stretch, reach = frame(lat)
        loose = 1.0 + 1e-6 + 2.0 * reach * (abs(bend) + abs(stretch))
        step = math.sqrt(((lon - last_x) * per_lon) ** 2 + ((lat - last_y) * per_lat) ** 2)
        best = (1.03 * (metres + step) + 1e-3) ** 2
        most = best * loose
        px, py = lon - origin[0], lat - origin[1]
        for c in range(caught):
            dx = max(max(boxes[0, c] - px, px - boxes[2, c]), 0.0) * per_lon
            dy = max(max(boxes[1, c] - py, py - boxes[3, c]), 0.0) * per_lat
            low[c] = dx * dx + dy * dy
        # First the box that held the last answer: then few of the others are near enough.
        for turn in range(-1, caught):
            c = turn if turn >= 0 else nearest_box
            if low[c] > most:
                continue
            low[c] = np.inf
            _measure(ends, c * FAN, lon, lat, per_lon, per_lat, bend, stretch, square)
            least = square[0]
            for k in range(1, FAN):
                least = min(least, square[k])
            if least < best:
                best, nearest_box = least, c
                most = best * loose
        metres, last_x, last_y = math.sqrt(best), lon, lat
        out[i] = metres
    return metres


@jit
def _measure(
    ends: Floats,
    first: int,
    lon: float,
    lat: float,
    per_lon: float,
    per_lat: float,
    bend: float,
    stretch: float,
    square: Floats,
) -> None:
    """Squared distances to eight edges, `ground.foot` and `ground.bent` without jumps: the same bits."""
    beyond = first + FAN
    x1, y1, x2, y2 = ends[0, first:beyond], ends[1, first:beyond], ends[2, first:beyond], ends[3, first:beyond]
    for k in range(len(square)):
        ax, ay = (x1[k] - lon) * per_lon, (y1[k] - lat) * per_lat
        bx, by = (x2[k] - lon) * per_lon, (y2[k] - lat) * per_lat
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
        square[k] = e * e + n * n


@jit
def _by_place(x: Floats, y: Floats) -> Ints:
    """Points in Morton's order; two rounds of a sort by counting."""
    west, south, cells = x.min(), y.min(), (1 << _BITS) - 1
    scale = cells / max(max(x.max() - west, y.max() - south), 1e-300)
    key, order = np.empty(len(x), np.uint32), np.arange(len(x)).astype(np.int32)
    for i in range(len(x)):
        key[i] = _apart(np.uint32((x[i] - west) * scale)) | (_apart(np.uint32((y[i] - south) * scale)) << np.uint32(1))
    other = np.empty_like(order)
    for turn in range(2):
        shift = np.uint32(turn * _BITS)
        end = np.zeros((1 << _BITS) + 1, np.int64)
        for i in range(len(x)):
            end[((key[i] >> shift) & np.uint32(cells)) + 1] += 1
        for k in range(1 << _BITS):
            end[k + 1] += end[k]
        for point in order:
            digit = (key[point] >> shift) & np.uint32(cells)
            other[end[digit]] = point
            end[digit] += 1
        order, other = other, order
    return order


@jit
def _apart(value: Any) -> Any:
    """The bits of a whole number below 2¹⁶ with a place between each two."""
    value = (value | (value << np.uint32(8))) & np.uint32(0x00FF00FF)
    value = (value | (value << np.uint32(4))) & np.uint32(0x0F0F0F0F)
    value = (value | (value << np.uint32(2))) & np.uint32(0x33333333)
    return (value | (value << np.uint32(1))) & np.uint32(0x55555555)
