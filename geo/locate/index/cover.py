"""Every grid that covers a point, and whether it is contested: the slow and general answer, exact on any net.

Where grids overlap, a label is a sum of ranks that names nobody. There, grids are counted one by one, on a way through
the leaves to the west until a corner is reached whose grids are known (see `covers`): most often that of the own leaf.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.crossing import crossing, passes_foot, where_beside
from geo.locate.index.exact import side
from geo.locate.index.walk import HARD, descend

_LAST: Final = 1 << 31


@jit
def survey(
    frame: NDArray[np.float64], nodes: NDArray[np.int32], lines: NDArray[np.float64], x: float, y: float
) -> tuple[NDArray[np.int64], int]:
    """Ranks of all closed grids that cover a point, ascending, and how many cover a place right beside it at most."""
    if not (frame[0] <= x <= frame[2] and frame[1] <= y <= frame[3]):
        return np.empty(0, np.int64), 0
    node, column, row = descend(frame, nodes, math.floor(x * frame[4]), math.floor(y * frame[4]))
    if node < 0:
        ranks = np.full(1, -2 - node, dtype=np.int64)
        return (ranks, 1) if node < -1 else (ranks[:0], 0)
    changes, used, touching = _leave(frame, lines, nodes, node >> 1, column, row, x, y)
    changes, used = _west(frame, nodes, lines, changes, used, node >> 1, column, row)
    beside, depth = _added(changes[:used])
    count = len(beside)
    found = np.empty(count + 2 * len(touching), dtype=np.int64)
    for k in range(count):
        found[k] = beside[k]
    sides = lines.view(np.int32)
    for edge in touching:
        for which in (8, 9):
            if sides[edge, which] >= 0:
                found[count] = sides[edge, which]
                count += 1
    return np.unique(found[:count]), _deepest(lines, touching, depth, x, y)


@jit
def corner_cover(
    frame: NDArray[np.float64], nodes: NDArray[np.int32], lines: NDArray[np.float64], leaf: int, column: int, row: int
) -> NDArray[np.int64]:
    """Ranks of the grids that cover the corner of a leaf, ascending."""
    changes, used = _west(frame, nodes, lines, np.empty((32, 2), dtype=np.int64), 0, leaf, column, row)
    return _added(changes[:used])[0]


@jit
def _added(changes: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Ranks that remain when all changes (rank, times) are added up, ascending, and how many times in all."""
    changes = changes[np.argsort(changes[:, 0])]
    found = np.empty(len(changes), dtype=np.int64)
    count, times, depth = 0, 0, 0
    for k in range(len(changes)):
        times += changes[k, 1]
        if k + 1 == len(changes) or changes[k + 1, 0] != changes[k, 0]:
            if times > 0:
                found[count] = changes[k, 0]
                count += 1
            depth += times
            times = 0
    return found[:count], depth


@jit
def _add(changes: NDArray[np.int64], used: int, rank: int, times: int) -> tuple[NDArray[np.int64], int]:
    if rank < 0:
        return changes, used
    if used == len(changes):
        longer = np.empty((2 * used, 2), dtype=np.int64)
        for k in range(used):
            longer[k, 0], longer[k, 1] = changes[k, 0], changes[k, 1]
        changes = longer
    changes[used, 0], changes[used, 1] = rank, times
    return changes, used + 1


@jit
def _leave(
    frame: NDArray[np.float64],
    lines: NDArray[np.float64],
    nodes: NDArray[np.int32],
    leaf: int,
    column: int,
    row: int,
    x: float,
    y: float,
) -> tuple[NDArray[np.int64], int, NDArray[np.int64]]:
    """What changes from the leaf's corner to p' (rank, times), how many rows that has, and the edges that p is on."""
    sides = lines.view(np.int32)
    changes, used = np.empty((32, 2), dtype=np.int64), 0
    touching, count = np.empty(nodes[leaf], dtype=np.int64), 0
    cx, cy = column * frame[5], row * frame[5]
    for entry in nodes[leaf + 3 : leaf + 3 + nodes[leaf]]:
        edge = entry >> 1
        x1, y1, x2, y2 = lines[edge, 0], lines[edge, 1], lines[edge, 2], lines[edge, 3]
        where = where_beside(x1, y1, x2, y2, x, y) if x1 <= x <= x2 else 0
        if abs(where) == 2:
            touching[count] = edge
            count += 1
        step = crossing(x1, y1, x2, y2, passes_foot(x1, y1, x2, y2, cx, cy), cy, x, where)
        if step != 0:
            changes, used = _add(changes, used, sides[edge, 8], step)
            changes, used = _add(changes, used, sides[edge, 9], -step)
    return changes, used, touching[:count]


@jit
def _west(
    frame: NDArray[np.float64],
    nodes: NDArray[np.int32],
    lines: NDArray[np.float64],
    changes: NDArray[np.int64],
    used: int,
    leaf: int,
    column: int,
    row: int,
) -> tuple[NDArray[np.int64], int]:
    """Add who covers the corner of a leaf, from corner to corner in the west until one is known."""
    sides = lines.view(np.int32)
    depth, label = nodes[leaf + 1], nodes[leaf + 2]
    while depth > 1:
        known = nodes[leaf + 3 + nodes[leaf]]
        if known > 0:
            for rank in nodes[known + 1 : known + 1 + nodes[known]]:
                changes, used = _add(changes, used, rank, 1)
            return changes, used
        qx, qy = column * frame[5], row * frame[5]
        node, column, row = descend(frame, nodes, column - 1, row)
        if node < 0:
            depth, label = int(node < -1), -1 - node
            break
        leaf = node >> 1
        cx, cy = column * frame[5], row * frame[5]
        for entry in nodes[leaf + 3 : leaf + 3 + nodes[leaf]]:
            edge = entry >> 1
            x1, y1, x2, y2 = lines[edge, 0], lines[edge, 1], lines[edge, 2], lines[edge, 3]
            where = where_beside(x1, y1, x2, y2, qx, qy) if x1 <= qx <= x2 else 0
            step = crossing(x1, y1, x2, y2, passes_foot(x1, y1, x2, y2, cx, cy), cy, qx, where)
            if step != 0:
                changes, used = _add(changes, used, sides[edge, 8], step)
                changes, used = _add(changes, used, sides[edge, 9], -step)
        depth, label = nodes[leaf + 1], nodes[leaf + 2]
    return _add(changes, used, label - 1 if depth == 1 else -1, 1)


@jit
def _deepest(lines: NDArray[np.float64], touching: NDArray[np.int64], depth: int, x: float, y: float) -> int:
    """The greatest depth around a point on edges, `depth` being that at p': edges part the surroundings into sectors.

    From p' one turns to the left. An edge whose first end is away from the point is crossed from its left.
    """
    ends = np.empty((2 * len(touching), 2))
    step = np.empty(2 * len(touching), dtype=np.int64)
    count = 0
    sides = lines.view(np.int32)
    for edge in touching:
        change = int(sides[edge, 8] >= 0) - int(sides[edge, 9] >= 0)
        for which in (0, 2):
            if lines[edge, which] != x or lines[edge, which + 1] != y:
                ends[count, 0], ends[count, 1] = lines[edge, which], lines[edge, which + 1]
                step[count] = change if which == 2 else -change
                count += 1
    deepest = depth
    for k in range(count):
        here = depth
        for other in range(count):
            if not _turned_less(ends[k], ends[other], x, y):
                here += step[other]
        deepest = max(deepest, here)
    return deepest


@jit
def _turned_less(a: NDArray[np.float64], b: NDArray[np.float64], x: float, y: float) -> bool:
    """Whether a is met before b on a turn to the left around (x, y) that starts a hair north of due east."""
    first, second = _half(a, x, y), _half(b, x, y)
    if first != second:
        return first < second
    return first < 2 and side(a[0], a[1], b[0], b[1], x, y) > 0


@jit
def _half(end: NDArray[np.float64], x: float, y: float) -> int:
    if end[1] == y:
        return 0 if end[0] < x else 2
    return 0 if end[1] > y else 1


@jit
def lowest(frame: NDArray[np.float64], nodes: NDArray[np.int32], lines: NDArray[np.float64], x: float, y: float) -> int:
    """The lowest rank of `survey` for a point that is HARD: so it is in a leaf."""
    node, column, row = descend(frame, nodes, math.floor(x * frame[4]), math.floor(y * frame[4]))
    changes, used, touching = _leave(frame, lines, nodes, node >> 1, column, row, x, y)
    changes, used = _west(frame, nodes, lines, changes, used, node >> 1, column, row)
    sides = lines.view(np.int32)
    best = np.int64(_LAST)
    for edge in touching:
        for rank in (sides[edge, 8], sides[edge, 9]):
            if 0 <= rank < best:
                best = np.int64(rank)
    for k in range(used):
        if changes[k, 0] < best and changes[k, 1] > 0:
            times = 0
            for other in range(used):
                if changes[other, 0] == changes[k, 0]:
                    times += changes[other, 1]
            if times > 0:
                best = changes[k, 0]
    return int(best)


@jit
def settle(
    frame: NDArray[np.float64],
    nodes: NDArray[np.int32],
    lines: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rank: NDArray[np.int32],
) -> None:
    """Put the lowest covering rank where `rank` is HARD."""
    for k in range(len(x)):
        if rank[k] == HARD:
            rank[k] = lowest(frame, nodes, lines, x[k], y[k])


@jit
def contested(
    frame: NDArray[np.float64],
    nodes: NDArray[np.int32],
    lines: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether more than one grid covers a place at or right beside each point; bool (n,)."""
    answer = np.empty(len(x), dtype=np.bool_)
    for k in range(len(x)):
        answer[k] = survey(frame, nodes, lines, x[k], y[k])[1] > 1
    return answer


@jit
def pairs(
    frame: NDArray[np.float64],
    nodes: NDArray[np.int32],
    lines: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Every point with every grid that covers it, (m, 2) point and rank, in this order."""
    found, used = np.empty((len(x) + 1, 2), dtype=np.int64), 0
    for k in range(len(x)):
        for rank in survey(frame, nodes, lines, x[k], y[k])[0]:
            found, used = _add(found, used, k, rank)
    return found[:used].copy()
