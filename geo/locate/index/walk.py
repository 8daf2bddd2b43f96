"""From a point to its grid through the tree: down to a leaf, then along its edges."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.crossing import crossing, where_beside

# What a walk ends with beside ranks and −1 (outside): a place in more than one grid.
HARD: Final = -2
_NONE: Final = 1 << 31


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
