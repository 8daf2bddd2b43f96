"""Putting torn grids right: each stray piece goes where it costs least."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.partition.edit.board import whole_numbers
from geo.partition.edit.change import Step, put
from geo.partition.edit.faults import strays_of
from geo.partition.edit.kernels import border_of
from geo.partition.edit.sketch import Sketch, find_pieces

# A twentieth of a grid outside the band costs as much as this many cut adjacencies.
PRESS = 10.0


def repair_contiguity(sketch: Sketch, grids: Any = None) -> Step:
    """Give each piece that is cut off from its grid, and each unit without a grid, to a neighbour.

    A grid keeps its heaviest piece. The lightest pieces go first, each to the grid where borders grow shortest and
    balance suffers least. Groups stay whole, areas are not crossed, what is locked stays; what cannot be mended is
    still among the faults of the step's sketch.

    Parameters
    ----------
    grids : int (k,), optional
        Labels, −1 for the units without a grid; all grids and these units if not given.

    Raises
    ------
    InvalidInput
        Unknown grids.
    """
    size = sketch.next_label + 1
    if grids is None:
        rows = np.flatnonzero(sketch.tally.pieces > 1)
        rows = np.union1d(rows, [0]) if sketch.tally.units[0] else rows
    else:
        named = whole_numbers(grids, "grids")
        loose = bool((named == -1).any())
        rows = np.array([-1] * loose + sketch.take_grids(named[named != -1], 0 if loose else 1), dtype=np.int64) + 1
    found = find_pieces(sketch.board, sketch.part, rows, size)
    astray = np.concatenate(
        [found.members[sketch.part[found.members] < 0], strays_of(sketch.board, sketch.part, found)]
    )
    mender = _Mender(sketch, astray)
    waiting = mender.pieces(found.piece)
    while waiting:
        left = [piece for piece in waiting if not mender.place(piece)]
        if len(left) == len(waiting):
            break
        waiting = left
    moved = np.flatnonzero(mender.part != sketch.part)
    return put(sketch, "repair", moved, mender.part[moved])


class _Mender:
    """The state of one repair: where units are by now, what each grid weighs, which units are settled."""

    def __init__(self, sketch: Sketch, loose: NDArray[np.int64]) -> None:
        self.sketch, self.board = sketch, sketch.board
        self.part = sketch.part.copy()
        self.load = sketch.tally.load.copy()
        self.settled = sketch.part >= 0
        self.settled[loose] = False
        # Pieces of grids that are not repaired now are nothing to hold on to either.
        torn = np.flatnonzero(sketch.tally.pieces > 1)
        torn = torn[torn > 0]
        if len(torn):
            found = find_pieces(self.board, self.part, torn, sketch.next_label + 1)
            self.settled[strays_of(self.board, self.part, found)] = False
        self.loose = np.sort(loose)
        self.inside = np.zeros(len(self.board), bool)

    def pieces(self, number: NDArray[np.int32]) -> list[NDArray[np.int64]]:
        """The loose pieces, the lightest first."""
        if not len(self.loose):
            return []
        order = self.loose[np.argsort(number[self.loose], kind="stable")]
        pieces = np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
        weight = [float(self.board.graph.weight[piece].sum()) for piece in pieces]
        rank = sorted(range(len(pieces)), key=lambda at: (weight[at], len(pieces[at]), int(pieces[at][0])))
        return [pieces[at] for at in rank]

    def place(self, piece: NDArray[np.int64]) -> bool:
        """Give a piece to the best neighbour; False if there is none by now."""
        board, graph = self.board, self.board.graph
        own = int(self.part[piece[0]])
        self.inside[piece] = True
        label, price = border_of(
            graph.indptr, graph.indices, board.way, board.price, self.part, piece, self.inside, self.settled
        )
        self.inside[piece] = False
        if not len(label):
            return False
        weight = board.weights[piece].sum(axis=0)
        mates = np.setdiff1d(board.whole_groups(piece), piece)
        best: tuple[float, int] | None = None
        for target, border in zip(*_summed(label, price), strict=True):
            if target != own and not self._may(piece, mates, own, target):
                continue
            cost = -border if target == own else self._balance(weight, own, target) - border
            best = min(best or (np.inf, 0), (cost, target))
        if best is None:
            return False
        if best[1] != own:
            self.load[own + 1] -= weight
            self.load[best[1] + 1] += weight
            self.part[piece] = best[1]
        self.settled[piece] = True
        return True

    def _may(self, piece: NDArray[np.int64], mates: NDArray[np.int64], own: int, target: int) -> bool:
        """Whether nothing holds the piece: no lock, and no mates of a group elsewhere than where it would go."""
        shut = self.sketch.locked_grids
        if own in shut or target in shut or self.sketch.locked_unit[piece].any():
            return False
        return bool((self.part[mates] == target).all())

    def _balance(self, weight: NDArray[np.float64], own: int, target: int) -> float:
        loads = self.load[[target + 1] if own < 0 else [own + 1, target + 1]]
        change = weight if own < 0 else np.stack([-weight, weight])
        return PRESS * (self.board.penalty(loads + change) - self.board.penalty(loads))


def _summed(label: NDArray[np.int32], price: NDArray[np.float64]) -> tuple[list[int], list[float]]:
    names, inverse = np.unique(label, return_inverse=True)
    return names.tolist(), np.bincount(inverse, price).tolist()
