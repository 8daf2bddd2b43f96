"""A lattice over a net of polygons: most points are answered by the square they fall in, without a polygon test.

Squares that an edge touches are *mixed* and need the exact test. All other squares lie in one face of the net, and so
do squares that touch along a side with no edge between them; one exact test a connected patch labels them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

MIXED: Final = -2
_SQUARES_A_POLYGON: Final = 256
_MAX_SQUARES: Final = 1 << 24
# The square of a point is found in floating point: an edge this near to a square (in squares) counts as touching it.
_SLACK: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Lattice:
    """Squares of `1/inv_x` by `1/inv_y` degrees from (x0, y0); `label` int32 (ny * nx,), row by row from the south.

    A label is what the exact test answered for the square, −1 for outside, or `MIXED`.
    """

    x0: float
    y0: float
    inv_x: float
    inv_y: float
    nx: int
    ny: int
    label: NDArray[np.int32]

    def look_up(self, *, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        """Labels (n,) of the points' squares; −1 beyond the lattice."""
        column = (lon - self.x0) * self.inv_x
        row = (lat - self.y0) * self.inv_y
        inside = (column >= 0) & (column < self.nx) & (row >= 0) & (row < self.ny)
        if inside.all():
            return self.label[row.astype(np.intp) * self.nx + column.astype(np.intp)]
        label = np.full(len(lon), -1, dtype=np.int32)
        label[inside] = self.label[row[inside].astype(np.intp) * self.nx + column[inside].astype(np.intp)]
        return label

    def look_up_one(self, lon: float, lat: float) -> int:
        """The label of one point's square, without array overhead."""
        column = (lon - self.x0) * self.inv_x
        row = (lat - self.y0) * self.inv_y
        if not (0 <= column < self.nx and 0 <= row < self.ny):
            return -1
        return int(self.label[int(row) * self.nx + int(column)])


def edges_of(polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    """All edges of all rings as (m, 4) rows x1, y1, x2, y2."""
    rings = shapely.get_parts(shapely.boundary(polygons))  # get_rings leaves multipolygons out
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return np.hstack((xy[:-1][same], xy[1:][same]))


def build_lattice(
    polygons: NDArray[np.object_],
    locate: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.int32]],
) -> Lattice:
    """Lay a lattice over `polygons`; `locate(lon, lat)` is the exact test that labels it."""
    edges = edges_of(polygons)
    low = np.minimum(edges[:, :2], edges[:, 2:]).min(axis=0)
    high = np.maximum(edges[:, :2], edges[:, 2:]).max(axis=0)
    span = high - low
    squares = min(_SQUARES_A_POLYGON * len(polygons), _MAX_SQUARES)
    side = float(np.sqrt(span[0] * span[1] / squares))
    # One square of margin all round: a point on the outermost edge must not fall beside the lattice.
    nx, ny = (int(np.ceil(length / side)) + 2 for length in span)
    x0, y0 = float(low[0]) - side, float(low[1]) - side
    inv = 1.0 / side
    mixed = _touched((edges - np.array([x0, y0, x0, y0])) * inv, nx=nx, ny=ny)

    patch, patches = ndimage.label(~mixed)
    flat = patch.ravel()
    # np.unique's first index of each patch is the square that stands for it; 0 is the mixed squares.
    number, first = np.unique(flat, return_index=True)
    first = first[number > 0]
    row, column = np.divmod(first, nx)
    of_patch = np.full(patches + 1, MIXED, dtype=np.int32)
    of_patch[1:] = locate(x0 + (column + 0.5) * side, y0 + (row + 0.5) * side)
    return Lattice(x0, y0, inv, inv, nx, ny, of_patch[flat])


def _touched(edges: NDArray[np.float64], *, nx: int, ny: int) -> NDArray[np.bool_]:
    """Squares (ny, nx) that an edge touches; `edges` (m, 4) in units of squares."""
    start, step = edges[:, :2], edges[:, 2:] - edges[:, :2]
    # Pieces no longer than a square span at most three squares each way, slack included.
    pieces = np.maximum(1, np.ceil(np.abs(step).max(axis=1))).astype(np.intp)
    edge = np.repeat(np.arange(len(edges)), pieces)
    part = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin = start[edge] + step[edge] * (part / pieces[edge])[:, None]
    end = start[edge] + step[edge] * ((part + 1) / pieces[edge])[:, None]
    first = np.floor(np.minimum(begin, end) - _SLACK).astype(np.intp)
    last = np.floor(np.maximum(begin, end) + _SLACK).astype(np.intp)
    mixed = np.zeros((ny, nx), dtype=np.bool_)
    for right in range(3):
        for up in range(3):
            mixed[np.minimum(first[:, 1] + up, last[:, 1]), np.minimum(first[:, 0] + right, last[:, 0])] = True
    return mixed
