"""Many points to their grids at once: `walk` in steps that each do one thing for a block of points.

What a step reads from the net waits for nothing but the step before, and no step jumps on what it has just read: so
the memory serves many points at once. Jumps that cannot be foreseen cost more than all the arithmetic here.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.compiled import jit
from geo.locate.coordinates import LEAST, checked
from geo.locate.index.exact import ERROR
from geo.locate.index.tree import frozen
from geo.locate.index.walk import HARD, in_leaf

_BLOCK: Final = 1024
# Edges of a leaf that are looked at together with those of others; a leaf with more is looked at alone.
_FEW: Final = 6

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


def kernel_ready(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Checked coordinates of the one kind that kernels are compiled for: in one piece, not to be written to."""
    x, y = (frozen(np.atleast_1d(np.asarray(axis, dtype=np.float64))) for axis in (lon, lat))
    if x.ndim != 1 or x.shape != y.shape:
        checked(lon=lon, lat=lat)
    bad, tiny = _odd(x, y)
    if bad:
        checked(lon=lon, lat=lat)
    if tiny:
        x, y = (frozen(np.where(np.abs(axis) < LEAST, 0.0, axis)) for axis in (x, y))
    return x, y


@jit
def look_up(frame: Floats, nodes: Ints, lines: Floats, x: Floats, y: Floats, rank: Ints) -> int:
    """The rank of each point into `rank` (n,), −1 outside, or HARD; returns how many are HARD."""
    # Of the points in leaves: where, and the leaf; which points; their coordinates and the foot of the leaf.
    leaf, point = np.empty(_BLOCK + 1, np.int32), np.empty(_BLOCK + 1, np.int32)
    place = np.empty((3, _BLOCK + 1))
    node, value = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    sums, doubt = np.empty((3, _BLOCK), np.int32), np.empty(_BLOCK, np.bool_)
    pairs = np.empty((2, (_BLOCK + 1) * _FEW), np.int32)
    hard = 0
    for begin in range(0, len(x), _BLOCK):
        end = min(begin + _BLOCK, len(x))
        here, there, answer = x[begin:end], y[begin:end], rank[begin:end]
        _roots(frame, here, there, node)
        count = _leaves(frame, nodes, here, there, node, value, leaf, point, place, answer)
        most = _pair_up(nodes, leaf, count, sums, doubt, pairs)
        _sum_up(lines, pairs, most, place, sums, doubt)
        hard += _settle(nodes, lines, leaf, point, place, count, sums, doubt, answer)
    return hard


@jit
def _roots(frame: Floats, x: Floats, y: Floats, node: Ints) -> None:
    """The root square of each point; of one out of bounds, that of the nearest place within."""
    west, south, east, north, fine = frame[0], frame[1], frame[2], frame[3], frame[4]
    column0, row0, shift, columns = int(frame[6]), int(frame[7]), int(frame[8]), int(frame[9])
    for k in range(len(x)):
        column = math.floor(min(max(x[k], west), east) * fine)
        row = math.floor(min(max(y[k], south), north) * fine)
        node[k] = ((row - row0) >> shift) * columns + ((column - column0) >> shift)


@jit
def _leaves(
    frame: Floats,
    nodes: Ints,
    x: Floats,
    y: Floats,
    node: Ints,
    value: Ints,
    leaf: Ints,
    point: Ints,
    place: Floats,
    rank: Ints,
) -> int:
    """Ranks of points in squares without edges; of the others the leaf, returns how many they are."""
    west, south, east, north, fine, inverse = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    shift: Any = int(frame[8])
    for k in range(len(x)):
        value[k] = nodes[np.uint32(node[k])]
    for k in range(len(x)):
        inside = (west <= x[k]) & (x[k] <= east) & (south <= y[k]) & (y[k] <= north)
        value[k] = value[k] if inside else np.int32(-1)
        rank[k] = -2 - value[k]
    waiting = 0
    for k in range(len(x)):
        point[waiting] = k
        waiting += 1 + (value[k] >> 31)
    deeper = 0
    for j in range(waiting):
        k = point[j]
        found = value[k]
        deeper += 1 - (found & 1)
        leaf[j] = found >> 1
        place[0, j], place[1, j] = x[k], y[k]
        place[2, j] = ((math.floor(y[k] * fine) >> shift) << shift) * inverse
    if deeper == 0:
        return waiting
    return _deeper(nodes, x, y, waiting, fine, inverse, shift, value, leaf, point, place, rank)


@jit
def _deeper(
    nodes: Ints,
    x: Floats,
    y: Floats,
    waiting: int,
    fine: float,
    inverse: float,
    shift: int,
    value: Ints,
    leaf: Ints,
    point: Ints,
    place: Floats,
    rank: Ints,
) -> int:
    """The same from level to level below the roots, until all points of `point` are in leaves or have their rank."""
    todo = point[:waiting].copy()
    child = np.empty(waiting + 1, np.int32)
    leaves, left = 0, waiting
    while left > 0:
        inner = 0
        for j in range(left):
            k = todo[j]
            found = value[k]
            column, row = math.floor(x[k] * fine), math.floor(y[k] * fine)
            point[leaves], leaf[leaves] = k, found >> 1
            place[0, leaves], place[1, leaves] = x[k], y[k]
            place[2, leaves] = ((row >> shift) << shift) * inverse
            leaves += found & 1
            below = shift - 2
            todo[inner] = k
            child[inner] = (found >> 1) + 4 * ((row >> below) & 3) + ((column >> below) & 3)
            inner += 1 - (found & 1)
        left = 0
        for j in range(inner):
            k = todo[j]
            value[k] = nodes[np.uint32(child[j])]
            rank[k] = -2 - value[k]
            todo[left] = k
            left += 1 + (value[k] >> 31)
        shift -= 2
    return leaves


@jit
def _pair_up(nodes: Ints, leaf: Ints, count: int, sums: Ints, doubt: NDArray[np.bool_], pairs: Ints) -> int:
    """Every leaf with every edge it has (`pairs`: entry in the leaf, which leaf); sums and doubts as they begin."""
    last = len(nodes) - 3 - _FEW
    for j in range(count):
        sums[2, j] = nodes[np.uint32(leaf[j])]
    for j in range(count):
        sums[0, j], sums[1, j] = nodes[np.uint32(leaf[j] + 1)], nodes[np.uint32(leaf[j] + 2)]
        doubt[j] = (sums[2, j] > _FEW) | (leaf[j] > last)
    most = 0
    for j in range(count):
        if not doubt[j]:
            # More than there are, for then nobody has to foresee how many: the next leaf writes over them.
            for k in range(_FEW):
                pairs[0, most + k] = nodes[np.uint32(leaf[j] + 3 + k)]
                pairs[1, most + k] = j
            most += sums[2, j]
    return most


@jit
def _sum_up(lines: Floats, pairs: Ints, most: int, place: Floats, sums: Ints, doubt: NDArray[np.bool_]) -> None:
    """Add what each edge changes from the leaf's corner to the point (see `crossing`), or doubt it.

    Signs are those of floats; in doubt is what is so near to zero that they may be wrong, and so is a point on an edge.
    """
    sides = lines.view(np.int32)
    near = 0.0
    for i in range(most):
        edge = np.uint32(pairs[0, i] >> 1)
        near += lines[edge, 0] + lines[edge, 4]
    place[2, -1] = near
    for i in range(most):
        edge, foot, j = np.uint32(pairs[0, i] >> 1), (pairs[0, i] & 1) == 1, pairs[1, i]
        x1, y1, x2, y2 = lines[edge, 0], lines[edge, 1], lines[edge, 2], lines[edge, 3]
        x, y, cy = place[0, j], place[1, j], place[2, j]
        one, other = (x1 - x) * (y2 - y), (y1 - y) * (x2 - x)
        bound = ERROR * (abs(one) + abs(other))
        above = one - other
        one, other = (x1 - x) * (y2 - cy), (y1 - cy) * (x2 - x)
        turn_bound = ERROR * (abs(one) + abs(other))
        turn = one - other
        rising, beside = y2 > y1, (x1 <= x) & (x < x2)
        doubt[j] |= (x1 <= x) & (x <= x2) & ((abs(above) <= bound) | ((abs(turn) <= turn_bound) & (turn_bound > 0)))
        below = (turn < 0) | ((turn == 0) & rising)
        upwards = int(beside & below & (above > 0))
        along = int(foot & ((x2 <= x) | (beside & (below == rising))))
        step = np.int32(upwards + along * (1 - 2 * int(rising)))
        left, right = sides[edge, 8], sides[edge, 9]
        sums[0, j] += step * ((left >> 31) - (right >> 31))
        sums[1, j] += step * (left - right)


@jit
def _settle(
    nodes: Ints,
    lines: Floats,
    leaf: Ints,
    point: Ints,
    place: Floats,
    count: int,
    sums: Ints,
    doubt: NDArray[np.bool_],
    rank: Ints,
) -> int:
    """Ranks of points in leaves; how many are HARD. Those in doubt are asked exactly."""
    for j in range(count):
        rank[point[j]] = sums[1, j] - 1
        doubt[j] |= sums[0, j] > 1
    hard = 0
    for j in range(count):
        if doubt[j]:
            found = in_leaf(nodes, lines, leaf[j], place[2, j], place[0, j], place[1, j])
            rank[point[j]] = found
            hard += int(found == HARD)
    return hard


@jit
def _odd(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[int, int]:
    """How many points are NaN or beyond ±180 and ±90 degrees, and how many coordinates are too small to be told from 0.

    x and y are of one length.
    """
    bad = tiny = 0
    for k in range(len(x)):
        bad += int(not ((abs(x[k]) <= 180.0) & (abs(y[k]) <= 90.0)))
        tiny += int((abs(x[k]) < LEAST) & (x[k] != 0)) + int((abs(y[k]) < LEAST) & (y[k] != 0))
    return bad, tiny


@jit
def rename(rank: NDArray[np.int32], names: NDArray[np.int32]) -> None:
    """Put `names[rank]` where `rank` is no −1."""
    for k in range(len(rank)):
        if rank[k] >= 0:
            rank[k] = names[rank[k]]
