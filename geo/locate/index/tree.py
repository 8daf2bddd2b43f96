"""The tree over shared edges: a lattice of squares, those with many edges split four by four.

Squares are dyadic: their side is a power of two in degrees and their corners are multiples of it, so corners are exact
and the square of a point is found without rounding, by the bits of its coordinates.

`nodes` is one int32 array. A node below 0 is a square without edges in at most one grid: −1 outside, −2 − rank. Any
other is twice an offset in `nodes`: even, of 16 nodes (row by row from the south-west); odd, of a leaf: how many edges
it has, depth and label at its corner (label is the sum of rank + 1), then for each edge twice its number, plus 1 if it
passes the foot of the leaf (see `crossing`), and where depth is more than 1, who covers the corner (see `covers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.locate.index.boxes import curve_order
from geo.locate.index.covers import with_covers
from geo.locate.index.edges import Edges
from geo.locate.index.grow import grow, row_sums
from geo.locate.index.spread import spread

# Squares of the lattice for an edge, and at least for a grid; between half and twice as many, since a side is a power
# of two. Twice as many answer 1.5 times as fast and take 0.8 kB a grid more.
_SQUARES_AN_EDGE: Final = 2.4
_SQUARES_A_GRID: Final = 125
_MOST_SQUARES: Final = 1 << 26
# Sides of squares that edges run along on the average, at most: long thin grids get larger squares.
_LONGEST: Final = 32
# Coordinates in the finest squares are whole numbers below 2 to this: exact as floats, with room to subtract.
_BITS: Final = 51
# What `frame` holds: see Tree.
WEST, SOUTH, EAST, NORTH, FINE, COARSE, COLUMN, ROW, SHIFT, COLUMNS, SQUARES = range(11)

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Tree:
    """A net as arrays that every kernel takes, in this order.

    Attributes
    ----------
    frame : float64 (11,) bounds of the net (west, south, east, north, degrees); finest squares a degree and its
        inverse; column and row of the lattice's origin, in finest squares; log2 of a root square's side in finest
        squares; columns of the lattice; its squares, which are the first nodes.
    nodes : int32 (k,)
    lines : float64 (m, 5) x1, y1, x2, y2 as in `Edges`, and in the bytes of the fifth column left and right (int32), so
        that an edge lies in one place; in an order of place.
    """

    names: ClassVar = ("frame", "nodes", "lines")
    frame: NDArray[np.float64]
    nodes: NDArray[np.int32]
    lines: NDArray[np.float64]

    @property
    def edges(self) -> Edges:
        """The edges as three arrays, which are views."""
        sides = self.lines.view(np.int32)
        return Edges(self.lines[:, :4], sides[:, 8], sides[:, 9])


def build_tree(edges: Edges) -> Tree:
    """Build the tree of a net.

    Raises
    ------
    InvalidInput
        If the net is beyond what 32-bit offsets reach (about 20 million grids).
    """
    if not len(edges):
        nowhere = np.array([0.0, 0, -1, -1, 1, 1, 0, 0, 2, 0, 0])
        return Tree(frozen(nowhere), frozen(np.empty(0, np.int32)), frozen(np.empty((0, 5))))
    frame, rows = _frame(edges)
    frame, lines = frozen(frame), frozen(_ordered(edges))
    fine, columns = frame[FINE], int(frame[COLUMNS])
    start, listed = spread(lines, frame[COLUMN] / fine, frame[ROW] / fine, fine / 2 ** frame[SHIFT], columns, rows)
    depth, label = row_sums(start, listed, lines, frame, rows)
    # A copy of ours: the memory of large arrays of numpy, not of kernels, is asked for in large pages.
    nodes = frozen(np.array(grow(start, listed, lines, frame, depth, label)))
    if not len(nodes):
        raise InvalidInput("locate_net_too_large", edges=len(lines))
    return Tree(frame, frozen(with_covers(frame, nodes, lines)), lines)


def frozen(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """The same values in one piece, not to be written to: kernels are compiled for that kind of array alone."""
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view


def _ordered(edges: Edges) -> NDArray[np.float64]:
    """Edges as lines, those near one another together: distances are a third faster than in Morton's order."""
    order = curve_order(edges.xy)
    lines = np.empty((len(order), 5))
    np.take(edges.xy, order, axis=0, out=lines[:, :4])
    sides = lines.view(np.int32)
    sides[:, 8], sides[:, 9] = edges.left[order], edges.right[order]
    return lines


def _frame(edges: Edges) -> tuple[NDArray[np.float64], int]:
    """The lattice's frame, and its number of rows."""
    xy = edges.xy
    west, east = float(xy[:, 0].min()), float(xy[:, 2].max())
    south, north = float(xy[:, (1, 3)].min()), float(xy[:, (1, 3)].max())
    fine = 2.0 ** (_BITS - int(np.frexp(max(abs(west), abs(east), abs(south), abs(north)))[1]))
    grids = int(np.ptp(np.maximum(edges.left, edges.right))) + 1
    squares = min(max(_SQUARES_AN_EDGE * len(xy), _SQUARES_A_GRID * grids), _MOST_SQUARES)
    side = max(((east - west) * (north - south) / squares) ** 0.5, max(east - west, north - south) / squares)
    side = max(side, float(np.abs(xy[:, 2:] - xy[:, :2]).sum()) / (_LONGEST * len(xy)))
    shift = max(2, round(float(np.log2(side * fine))))
    # A column of nothing in the west: there every row begins outside.
    column, row = (int(np.floor(low * fine)) >> shift for low in (west, south))
    last_column, last_row = (int(np.floor(high * fine)) >> shift for high in (east, north))
    column -= 1
    columns, rows = last_column - column + 1, last_row - row + 1
    lattice = (column << shift, row << shift, shift, columns, columns * rows)
    return np.array([west, south, east, north, fine, 1 / fine, *lattice], dtype=np.float64), rows
