"""Kernels that build the tree: an order of place for edges, sums at corners, and squares split where edges crowd."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.crossing import crossing, passes_foot, where_beside
from geo.locate.index.spread import columns_in, slack

# A square with more edges splits.
_CROWD: Final = 8
# A square stays as it is once splits have multiplied the edges of its lattice square by more than this: long strips,
# stars and edges one upon another would go on for ever. In 256ths, so that it is a whole number.
_MOST_GROWN: Final = 8 * 256
_LAST: Final = 1 << 30
_HEAD: Final = 3


@jit
def changes(
    lines: NDArray[np.float64],
    edges: NDArray[np.int32],
    cx: float,
    cy: float,
    qx: float,
    qy: float,
) -> tuple[int, int]:
    """Depth and label at q' less those at c', over `edges`, which hold all that touch the rectangle between."""
    depth, label = 0, 0
    sides = lines.view(np.int32)
    for edge in edges:
        x1, y1, x2, y2 = lines[edge, 0], lines[edge, 1], lines[edge, 2], lines[edge, 3]
        where = where_beside(x1, y1, x2, y2, qx, qy) if x1 <= qx < x2 else 0
        step = crossing(x1, y1, x2, y2, passes_foot(x1, y1, x2, y2, cx, cy), cy, qx, where)
        if step != 0:
            left, right = sides[edge, 8], sides[edge, 9]
            depth += step * (int(left >= 0) - int(right >= 0))
            label += step * (left - right)
    return depth, label


@jit
def row_sums(
    start: NDArray[np.int64],
    listed: NDArray[np.int32],
    lines: NDArray[np.float64],
    frame: NDArray[np.float64],
    rows: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Depth and label at the corner of each root square: along each row from the west, where all is outside."""
    inverse, shift, columns = frame[5], int(frame[8]), int(frame[9])
    depth = np.zeros(rows * columns, dtype=np.int32)
    label = np.zeros(rows * columns, dtype=np.int32)
    for row in range(rows):
        cy = (int(frame[7]) + (row << shift)) * inverse
        for square in range(row * columns, row * columns + columns - 1):
            deep, sum_ = depth[square], label[square]
            if start[square + 1] > start[square]:
                column = square - row * columns
                cx = (int(frame[6]) + (column << shift)) * inverse
                qx = (int(frame[6]) + ((column + 1) << shift)) * inverse
                more, ranks = changes(lines, listed[start[square] : start[square + 1]], cx, cy, qx, cy)
                deep, sum_ = deep + more, sum_ + ranks
            depth[square + 1], label[square + 1] = deep, sum_
    return depth, label


@jit
def _room(array: NDArray[np.int32], used: int, more: int) -> NDArray[np.int32]:
    """`array`, or a longer copy, with room for `more` beyond `used`."""
    if used + more <= len(array):
        return array
    longer = np.empty(max(used + more, len(array) + (len(array) >> 1)), dtype=np.int32)
    for k in range(used):
        longer[k] = array[k]
    return longer


@jit
def grow(
    start: NDArray[np.int64],
    listed: NDArray[np.int32],
    lines: NDArray[np.float64],
    frame: NDArray[np.float64],
    depth: NDArray[np.int32],
    label: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The nodes of a tree over root squares with their edges and corner sums; empty if they would be too many."""
    inverse, columns = frame[5], int(frame[9])
    used = len(depth)
    nodes = np.empty(used + used // 2 + 2 * len(listed) + 1024, dtype=np.int32)
    pool = np.empty(4096, dtype=np.int32)
    # What is still to do: see _push; begin and count are places in the pool, grown is in 256ths.
    stack = np.empty((2048, 9), dtype=np.int64)
    for square in range(len(depth)):
        first, count = start[square], start[square + 1] - start[square]
        if count == 0 and depth[square] <= 1:
            nodes[square] = -1 - label[square]
            continue
        pool = _room(pool, 0, count)
        for k in range(count):
            pool[k] = listed[first + k]
        shift = int(frame[8])
        west, south = int(frame[6]) + (square % columns << shift), int(frame[7]) + (square // columns << shift)
        _push(stack[0], square, west, south, shift, 0, count, depth[square], label[square], 256)
        waiting = 1
        while waiting > 0:
            waiting -= 1
            task = stack[waiting]
            slot, column, row, shift, begin, count = task[0], task[1], task[2], task[3], task[4], task[5]
            deep, sum_, grown = task[6], task[7], task[8]
            if used > _LAST - 2 * count - 1024:
                return nodes[:0]
            edges = pool[begin : begin + count]
            if count <= _CROWD or shift < 2 or grown > _MOST_GROWN:
                nodes = _room(nodes, used, count + _HEAD + 1)
                nodes[slot] = _leaf(nodes, used, edges, lines, column * inverse, row * inverse, deep, sum_)
                used += (count + _HEAD + int(deep > 1)) if nodes[slot] >= 0 else 0
                continue
            nodes = _room(nodes, used, 16)
            nodes[slot] = 2 * used
            pool, bounds = _split(pool, begin, count, lines, column, row, shift, inverse)
            grown = grown * (bounds[16] - bounds[0]) // count
            for child in range(16):
                right, up = column + ((child & 3) << (shift - 2)), row + ((child >> 2) << (shift - 2))
                more, ranks = changes(
                    lines, pool[begin : begin + count], column * inverse, row * inverse, right * inverse, up * inverse
                )
                many = bounds[child + 1] - bounds[child]
                _push(
                    stack[waiting],
                    used + child,
                    right,
                    up,
                    shift - 2,
                    bounds[child],
                    many,
                    deep + more,
                    sum_ + ranks,
                    grown,
                )
                waiting += 1
            used += 16
    return nodes[:used]


@jit
def _push(
    task: NDArray[np.int64],
    slot: int,
    column: int,
    row: int,
    shift: int,
    begin: int,
    count: int,
    depth: int,
    label: int,
    grown: int,
) -> None:
    task[0], task[1], task[2], task[3], task[4], task[5] = slot, column, row, shift, begin, count
    task[6], task[7], task[8] = depth, label, grown


@jit
def _leaf(
    nodes: NDArray[np.int32],
    used: int,
    edges: NDArray[np.int32],
    lines: NDArray[np.float64],
    cx: float,
    cy: float,
    depth: int,
    label: int,
) -> int:
    """Write a leaf at `used`; returns the node that stands for it."""
    if len(edges) == 0 and depth <= 1:
        return -1 - label
    nodes[used], nodes[used + 1], nodes[used + 2] = len(edges), depth, label
    for k in range(len(edges)):
        edge = edges[k]
        foot = passes_foot(lines[edge, 0], lines[edge, 1], lines[edge, 2], lines[edge, 3], cx, cy)
        nodes[used + _HEAD + k] = 2 * edge + int(foot)
    if depth > 1:
        nodes[used + _HEAD + len(edges)] = 0
    return 2 * used + 1


@jit
def _split(
    pool: NDArray[np.int32],
    begin: int,
    count: int,
    lines: NDArray[np.float64],
    column: int,
    row: int,
    shift: int,
    inverse: float,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Edges of the 16 quarters' quarters, behind their parent's in the pool: (pool, bounds)."""
    bounds = np.zeros(17, dtype=np.int64)
    place = np.zeros(16, dtype=np.int64)
    x0, y0, scale = column * inverse, row * inverse, 1.0 / ((1 << (shift - 2)) * inverse)
    for turn in range(2):
        for k in range(begin, begin + count):
            edge = pool[k]
            u1, v1 = (lines[edge, 0] - x0) * scale, (lines[edge, 1] - y0) * scale
            u2, v2 = (lines[edge, 2] - x0) * scale, (lines[edge, 3] - y0) * scale
            loose = slack(u1, v1, u2, v2)
            low, high = max(min(v1, v2) - loose, 0.0), min(max(v1, v2) + loose, 3.0)
            for up in range(math.floor(low), math.floor(high) + 1):
                west, east = columns_in(u1, v1, u2, v2, up, loose)
                for right in range(math.floor(max(west, 0.0)), math.floor(min(east, 3.0)) + 1):
                    if turn == 1:
                        pool[place[4 * up + right]] = edge
                    place[4 * up + right] += 1
        if turn == 0:
            bounds[0] = begin + count
            for k in range(16):
                bounds[k + 1] = bounds[k] + place[k]
            pool = _room(pool, begin + count, bounds[16] - bounds[0])
            for k in range(16):
                place[k] = bounds[k]
    return pool, bounds
