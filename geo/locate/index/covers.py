"""Who covers the corners of squares in several grids, found once: a contested point need not look for it far away.

Behind the edges of a leaf whose corner is in several grids stands an offset in `nodes`, where those grids are listed:
how many, then their ranks in order; 0 where they are not. Neighbours share lists. Nets without overlaps have no such
leaf.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.cover import corner_cover
from geo.locate.index.walk import descend

# Lists take this many times the room of the nodes at most; else only those of some columns of squares are kept.
_ROOM: Final = 1
_LAST: Final = 1 << 30


@jit
def with_covers(frame: NDArray[np.float64], nodes: NDArray[np.int32], lines: NDArray[np.float64]) -> NDArray[np.int32]:
    """`nodes` with the grids that cover the corners of leaves listed behind them, where there is more than one."""
    leaves, total = contested_leaves(frame, nodes)
    if len(leaves) == 0:
        return nodes
    room = min(_ROOM * len(nodes), _LAST - len(nodes))
    every = 1 + total // max(room, 1)
    used = len(nodes)
    longer = np.empty(used + min(total, room), dtype=np.int32)
    for k in range(used):
        longer[k] = nodes[k]
    # From the west: then the way of each ends at one that is known, most often the next.
    for k in np.argsort(leaves[:, 1]):
        leaf, column, row = leaves[k, 0], leaves[k, 1], leaves[k, 2]
        if ((column - int(frame[6])) >> int(frame[8])) % every != 0:
            continue
        ranks = corner_cover(frame, longer, lines, leaf, column, row)
        known = _list_of(longer, descend(frame, longer, column - 1, row)[0])
        if known > 0 and longer[known] == len(ranks) and (longer[known + 1 : known + 1 + len(ranks)] == ranks).all():
            longer[leaf + 3 + longer[leaf]] = known
            continue
        if used + len(ranks) + 1 > len(longer):
            break
        longer[leaf + 3 + longer[leaf]] = used
        longer[used] = len(ranks)
        for j in range(len(ranks)):
            longer[used + 1 + j] = ranks[j]
        used += 1 + len(ranks)
    return longer[:used].copy()


@jit
def _list_of(nodes: NDArray[np.int32], node: int) -> int:
    """Where the grids at the corner of a node's square are listed; 0 if they are not."""
    if node < 0 or nodes[(node >> 1) + 1] < 2:
        return 0
    return int(nodes[(node >> 1) + 3 + nodes[node >> 1]])


@jit
def contested_leaves(frame: NDArray[np.float64], nodes: NDArray[np.int32]) -> tuple[NDArray[np.int64], int]:
    """Leaves whose corner is in several grids, (n, 3) offset, column and row; and the length of all their lists."""
    found, count, total = np.empty((64, 3), dtype=np.int64), 0, 0
    stack = np.empty((1024, 4), dtype=np.int64)
    columns = int(frame[9])
    for root in range(int(frame[10])):
        shift = int(frame[8])
        stack[0, 0], stack[0, 3] = nodes[root], shift
        stack[0, 1] = int(frame[6]) + (root % columns << shift)
        stack[0, 2] = int(frame[7]) + (root // columns << shift)
        waiting = 1
        while waiting > 0:
            waiting -= 1
            node, column, row, shift = stack[waiting, 0], stack[waiting, 1], stack[waiting, 2], stack[waiting, 3] - 2
            if node < 0:
                continue
            leaf = node >> 1
            if node & 1 == 0:
                for child in range(16):
                    stack[waiting, 0], stack[waiting, 3] = nodes[leaf + child], shift
                    stack[waiting, 1] = column + ((child & 3) << shift)
                    stack[waiting, 2] = row + ((child >> 2) << shift)
                    waiting += 1
            elif nodes[leaf + 1] > 1:
                if count == len(found):
                    longer = np.empty((2 * count, 3), dtype=np.int64)
                    for k in range(count):
                        longer[k, 0], longer[k, 1], longer[k, 2] = found[k, 0], found[k, 1], found[k, 2]
                    found = longer
                found[count, 0], found[count, 1], found[count, 2] = leaf, column, row
                count += 1
                total += 1 + nodes[leaf + 1]
    return found[:count], total
