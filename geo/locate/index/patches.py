"""The parts of a net that lie far from one another: towns of which only some have grids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geo.locate.index.tree import Tree

# Grids in one square of this side or in squares side by side are of one part.
_SQUARE_M = 20_000.0
_DEGREE_M = 111_195.0


def bounds(trees: Sequence[Tree]) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all grids; None where there are none."""
    if not trees:
        return None
    frames = np.array([tree.frame[:4] for tree in trees])
    west, south = frames[:, :2].min(axis=0).tolist()
    east, north = frames[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def patches(trees: Sequence[Tree], count: int) -> NDArray[np.float64]:
    """Boxes of the parts of a net of `count` grids: west, south, east, north (k, 4), degrees."""
    ends, owners = _ends(trees)
    if not len(owners):
        return np.empty((0, 4))
    low, high = ends[:, :2].min(axis=0), ends[:, 2:].max(axis=0)
    middle = np.radians((low[1] + high[1]) / 2.0)
    side = _SQUARE_M / _DEGREE_M / np.array([max(float(np.cos(middle)), 0.01), 1.0])
    column, row = ((ends[:, :2] - low) // side).astype(np.int64).T
    columns, rows = ((high - low) // side).astype(np.int64) + 1
    held = np.zeros((columns, rows), dtype=np.bool_)
    held[column, row] = True
    number = np.arange(held.size).reshape(held.shape) + count
    # A grid goes with the squares that its corners are in, and a square with those around it.
    pairs = [(owners, number[column, row])]
    for here, there in (
        (np.s_[:-1, :], np.s_[1:, :]),
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1, :-1], np.s_[1:, 1:]),
        (np.s_[1:, :-1], np.s_[:-1, 1:]),
    ):
        both = held[here] & held[there]
        pairs.append((number[here][both], number[there][both]))
    a, b = (np.concatenate(part) for part in zip(*pairs, strict=True))
    nodes = count + held.size
    _, part = connected_components(coo_matrix((np.ones(len(a), np.int8), (a, b)), (nodes, nodes)), directed=False)
    names, which = np.unique(part[owners], return_inverse=True)
    boxes = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(names), 1))
    for axis in (0, 1):
        np.minimum.at(boxes[:, axis], which, ends[:, axis])
        np.maximum.at(boxes[:, 2 + axis], which, ends[:, 2 + axis])
    return boxes


def _ends(trees: Sequence[Tree]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The box of every edge, (m, 4), with the rank of each grid that has it."""
    found, owners = [np.empty((0, 4))], [np.empty(0, np.int64)]
    for tree in trees:
        edges = tree.edges
        x1, y1, x2, y2 = edges.xy.T
        box = np.column_stack((x1, np.minimum(y1, y2), x2, np.maximum(y1, y2)))
        for ranks in (edges.left, edges.right):
            found.append(box[ranks >= 0])
            owners.append(ranks[ranks >= 0].astype(np.int64))
    return np.concatenate(found), np.concatenate(owners)
