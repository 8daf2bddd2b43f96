"""From a point to its grid through the tree: down to a leaf, then along its edges."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.crossing import crossing, where_beside

# What a walk ends with beside ranks and −1 (outside): a place in more than one grid.
HARD: Final = -2
_NONE: Final = 1 << 31
# Points that go down the tree together: the memory serves one while it fetches for the next.
_BLOCK: Final = 256


@jit
def descend(frame: NDArray[np.float64], nodes: NDArray[np.int32], column: int, row: int) -> tuple[int, int, int]:
    """The last node on the way to a finest square in the lattice, and the south-western finest square of its square."""
    shift = int(frame[8])
    node = nodes[((row - int(frame[7])) >> shift) * int(frame[9]) + ((column - int(frame[6])) >> shift)]
    while node >= 0 and node & 1 == 0:
        shift -= 2
        node = nodes[(node >> 1) + 4 * ((row >> shift) & 3) + ((column >> shift) & 3)]
    return node, (column >> shift) << shift, (row >> shift) << shift


@jit
def in_leaf(
    nodes: NDArray[np.int32],
    lines: NDArray[np.float64],
    leaf: int,
    cy: float,
    x: float,
    y: float,
) -> int:
    """The rank of a point in a leaf, −1 outside, or HARD.

    On an edge it is the lowest of the grids on either side of all edges there, and of the one beside the point.
    """
    sides = lines.view(np.int32)
    depth, label, touched = nodes[leaf + 1], nodes[leaf + 2], _NONE
    for k in range(leaf + 3, leaf + 3 + nodes[leaf]):
        edge = nodes[k] >> 1
        foot = nodes[k] & 1
        x1, y1, x2, y2 = lines[edge, 0], lines[edge, 1], lines[edge, 2], lines[edge, 3]
        low, high = min(y1, y2), max(y1, y2)
        left, right = sides[edge, 8], sides[edge, 9]
        # Conditions without jumps: which way an edge goes cannot be foreseen, and most are far from the point.
        if (x1 <= x) & (x <= x2) & (((low <= y) & (y <= high)) | ((low <= cy) & (cy < high))):
            where = where_beside(x1, y1, x2, y2, x, y)
            if where & 1 == 0:
                touched = min(touched, left if left >= 0 else _NONE, right if right >= 0 else _NONE)
            step = crossing(x1, y1, x2, y2, foot == 1, cy, x, where)
        else:
            upwards = (x1 <= x) & (x < x2) & (high < y) & (cy < low)
            step = int(upwards) + foot * int(x2 <= x) * (1 - 2 * int(y2 > y1))
        depth += step * (int(left >= 0) - int(right >= 0))
        label += step * (left - right)
    if depth > 1:
        return HARD
    if touched < _NONE:
        return int(min(touched, label - 1)) if depth == 1 else touched
    return int(label - 1)


@jit
def look_up(
    frame: NDArray[np.float64],
    nodes: NDArray[np.int32],
    lines: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rank: NDArray[np.int32],
) -> int:
    """The rank of each point into `rank` (n,), −1 outside, or HARD; returns how many are HARD. By level, in blocks."""
    west, south, east, north, fine, inverse = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    column0, row0, shift0, columns = int(frame[6]), int(frame[7]), int(frame[8]), int(frame[9])
    column, row = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    point, node = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    leaf_point, leaf, foot = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64), np.empty(_BLOCK + 1)
    hard = 0
    for begin in range(0, len(x), _BLOCK):
        waiting, leaves = 0, 0
        for k in range(begin, min(begin + _BLOCK, len(x))):
            rank[k] = -1
            if west <= x[k] <= east and south <= y[k] <= north:
                c, r = math.floor(x[k] * fine), math.floor(y[k] * fine)
                column[waiting], row[waiting], point[waiting] = c, r, k
                node[waiting] = ((r - row0) >> shift0) * columns + ((c - column0) >> shift0)
                waiting += 1
        shift = shift0
        while waiting > 0:
            deeper = 0
            for k in range(waiting):
                value = nodes[node[k]]
                if value < 0:
                    rank[point[k]] = -2 - value
                elif value & 1 == 1:
                    leaf[leaves], leaf_point[leaves] = value >> 1, point[k]
                    foot[leaves] = ((row[k] >> shift) << shift) * inverse
                    leaves += 1
                else:
                    c, r = column[k], row[k]
                    column[deeper], row[deeper], point[deeper] = c, r, point[k]
                    node[deeper] = (value >> 1) + 4 * ((r >> (shift - 2)) & 3) + ((c >> (shift - 2)) & 3)
                    deeper += 1
            waiting = deeper
            shift -= 2
        # Touch all edges first: these reads wait for nothing, so the memory serves many at once.
        near = 0.0
        for k in range(leaves):
            for entry in range(leaf[k] + 3, leaf[k] + 3 + nodes[leaf[k]]):
                near += lines[nodes[entry] >> 1, 0]
        foot[-1] = near
        for k in range(leaves):
            p = leaf_point[k]
            found = in_leaf(nodes, lines, leaf[k], foot[k], x[p], y[p])
            rank[p] = found
            hard += int(found == HARD)
    return hard


@jit
def all_on_earth(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Whether all points are within ±180 and ±90 degrees, and none is NaN; x and y are of one length."""
    bad = 0
    for k in range(len(x)):
        bad += int(not ((abs(x[k]) <= 180.0) & (abs(y[k]) <= 90.0)))
    return bad == 0


@jit
def rename(rank: NDArray[np.int32], names: NDArray[np.int32]) -> None:
    """Put `names[rank]` where `rank` is no −1."""
    for k in range(len(rank)):
        if rank[k] >= 0:
            rank[k] = names[rank[k]]
