"""Where grids overlap, which no sound net has: whether they do anywhere, and who claims a point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.locate.index import cover
from geo.locate.index.batch import look_up
from geo.locate.index.faults import crossed
from geo.locate.index.tree import Tree, frozen

Floats = NDArray[np.float64]


def any_overlap(tree: Tree, count: int) -> bool:
    """Whether any of `count` grids overlap, exactly.

    Edges with a grid on both sides leave the depth as it is. So what several grids share is bounded by edges that have
    one on one side alone, and its corners are ends of those, or places where two of them cross.
    """
    if not len(tree.lines):
        return False
    arrays = (tree.frame, tree.nodes, tree.lines)
    if crossed(*arrays, count).any():
        return True
    edges = tree.edges
    ends = edges.xy[(edges.left < 0) | (edges.right < 0)].reshape(-1, 2)
    corner = np.unique(ends[:, 0] + 1j * ends[:, 1])
    return bool(cover.contested(*arrays, frozen(corner.real), frozen(corner.imag)).any())


def contested(trees: Sequence[Tree], x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Whether more than one grid of a tree claims a place at or right beside each point, bool (n,)."""
    answer = np.zeros(len(x), dtype=np.bool_)
    for tree in trees:
        answer |= cover.contested(tree.frame, tree.nodes, tree.lines, x, y)
    return answer


def claims(trees: Sequence[Tree], x: Floats, y: Floats) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Of the points that several grids claim, each with every rank that covers it: point (m,) and rank (m,), ascending.

    Only the first of the trees that has any grid at a point is asked there.
    """
    found = [np.empty((0, 2), np.int64)]
    left = np.arange(len(x))
    for tree in trees:
        arrays = (tree.frame, tree.nodes, tree.lines)
        bad = left[cover.contested(*arrays, frozen(x[left]), frozen(y[left]))]
        pairs = cover.pairs(*arrays, frozen(x[bad]), frozen(y[bad]))
        found.append(np.column_stack((bad[pairs[:, 0]], pairs[:, 1])))
        rank = np.empty(len(left), dtype=np.int32)
        look_up(*arrays, frozen(x[left]), frozen(y[left]), rank)
        left = left[rank == -1]
    every = np.concatenate(found)
    every = every[np.argsort(every[:, 0], kind="stable")]
    return every[:, 0], every[:, 1].astype(np.int32)


def covering(trees: Sequence[Tree], x: Floats, y: Floats) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Every pair (point, rank) of a point and a closed polygon that covers it."""
    found = [np.empty((0, 2), np.int64)]
    found += [cover.pairs(tree.frame, tree.nodes, tree.lines, x, y) for tree in trees]
    pairs = np.concatenate(found)
    return pairs[:, 0], pairs[:, 1].astype(np.int32)
