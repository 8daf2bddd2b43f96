"""Which squares an edge touches: never one too few; one too many does no harm, since answers are exact."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

# Squares are closed, and places in them are rounded: this far beyond a side (in squares) an edge still counts.
_SLACK: Final = 1e-9
# The same for edges that reach far beyond: relative to their coordinates in squares.
_SLACK_FAR: Final = 1e-14


@jit
def slack(u1: float, v1: float, u2: float, v2: float) -> float:
    """How far beyond a square an edge still counts as touching it, in squares."""
    return _SLACK + _SLACK_FAR * max(max(abs(u1), abs(u2)), max(abs(v1), abs(v2)))


@jit
def columns_in(u1: float, v1: float, u2: float, v2: float, row: int, loose: float) -> tuple[float, float]:
    """From where to where an edge (in squares, u1 <= u2) runs in a row; the first is greater where it does not."""
    first, last = 0.0, 1.0
    if v1 != v2:
        first = (row - loose - v1) / (v2 - v1)
        last = (row + 1 + loose - v1) / (v2 - v1)
        if first > last:
            first, last = last, first
        first, last = max(first, 0.0), min(last, 1.0)
        if first > last:
            return 1.0, 0.0
    return u1 + (u2 - u1) * first - loose, u1 + (u2 - u1) * last + loose


@jit
def _visit(
    xy: NDArray[np.float64],
    x0: float,
    y0: float,
    inverse: float,
    columns: int,
    rows: int,
    place: NDArray[np.int64],
    listed: NDArray[np.int32],
) -> None:
    """Count the edges of each square in `place`, or list them where `listed` has room."""
    fill = len(listed) > 0
    for edge in range(len(xy)):
        u1, v1 = (xy[edge, 0] - x0) * inverse, (xy[edge, 1] - y0) * inverse
        u2, v2 = (xy[edge, 2] - x0) * inverse, (xy[edge, 3] - y0) * inverse
        loose = slack(u1, v1, u2, v2)
        bottom, top = math.floor(min(v1, v2) - loose), math.floor(max(v1, v2) + loose)
        for row in range(max(bottom, 0), min(top, rows - 1) + 1):
            west, east = u1 - loose, u2 + loose
            if bottom != top:
                west, east = columns_in(u1, v1, u2, v2, row, loose)
            for column in range(max(math.floor(west), 0), min(math.floor(east), columns - 1) + 1):
                square = row * columns + column
                if fill:
                    listed[place[square]] = edge
                place[square] += 1


def spread(
    xy: NDArray[np.float64], x0: float, y0: float, inverse: float, columns: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The edges of each square of a lattice: `listed[start[k] : start[k + 1]]`; squares row by row from (x0, y0)."""
    start = np.zeros(rows * columns + 1, dtype=np.int64)
    _visit(xy, x0, y0, inverse, columns, rows, start[1:], np.empty(0, np.int32))
    np.cumsum(start, out=start)
    listed = np.empty(start[-1], dtype=np.int32)
    place = start[:-1].copy()
    _visit(xy, x0, y0, inverse, columns, rows, place, listed)
    return start, listed
