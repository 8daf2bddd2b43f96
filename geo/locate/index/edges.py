"""Polygons as edges: a border between two grids once, with the grid on either side of it.

Edges are paired where they are the same to the last bit. Where the corners of neighbours are not the same, each side
keeps edges of its own, with outside on the other; sums over such edges are right all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.exact import side

OUTSIDE: Final = -1
# Odd numbers that spread bits (Steele, Lea and Flood 2014, SplitMix64's finaliser).
_MIX_A: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B: Final = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges between grids.

    Attributes
    ----------
    xy : float64 (m, 4) x1, y1, x2, y2 in degrees; the first end is the western one, of upright edges the southern.
    left, right : int32 (m,) rank of the grid on that side, seen from the first end to the second, −1 outside. The left
        is the north, of upright edges the west.
    """

    xy: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.left)

    def ranked_from(self, first: int) -> Edges:
        """The same edges where ranks begin with `first`, not with 0."""
        if not first:
            return self
        left, right = (np.where(rank >= 0, rank + np.int32(first), rank) for rank in (self.left, self.right))
        return Edges(self.xy, left, right)


def shared_edges(polygons: NDArray[np.object_]) -> Edges:
    """The edges of all rings of `polygons`, each once.

    Parameters
    ----------
    polygons : (n,) Polygon or MultiPolygon, valid; rings may turn either way.

    Returns
    -------
    Edges
        Ranks are positions in `polygons`. An edge that only one grid has, has −1 on its other side; one that more than
        two grids have (an overlap) stands more than once. Edges come in the order of the grids that have them first.
    """
    if not len(polygons):
        return Edges(np.empty((0, 4)), np.empty(0, np.int32), np.empty(0, np.int32))
    _, xy, (ring_end, part_end, grid_end) = shapely.to_ragged_array(
        np.asarray(shapely.multipolygons(shapely.get_parts(polygons), indices=_part_index(polygons)), dtype=object),
        include_z=False,
    )
    # −0.0 is 0.0, but not bit by bit.
    xy = np.ascontiguousarray(xy) + 0.0
    shell = np.zeros(len(ring_end) - 1, dtype=np.bool_)
    shell[part_end[:-1]] = True
    grid = np.repeat(np.arange(len(polygons), dtype=np.int32), np.diff(part_end[grid_end]))
    edges, left, right = _pair(xy, xy.view(np.uint64), ring_end.astype(np.int64), shell, grid)
    return Edges(edges, left, right)


def _part_index(polygons: NDArray[np.object_]) -> NDArray[np.intp]:
    return np.repeat(np.arange(len(polygons)), shapely.get_num_geometries(polygons))


@jit
def _turns_left(xy: NDArray[np.float64], start: int, end: int) -> bool:
    """Whether a ring (closed, ``xy[start:end]``) runs anticlockwise: it turns left at its south-western corner."""
    low = start
    for k in range(start + 1, end - 1):
        if xy[k, 0] < xy[low, 0] or (xy[k, 0] == xy[low, 0] and xy[k, 1] < xy[low, 1]):
            low = k
    count = end - 1 - start
    before, after = low, low
    # Corners may be repeated.
    for _ in range(count):
        before = start + (before - start - 1) % count
        if xy[before, 0] != xy[low, 0] or xy[before, 1] != xy[low, 1]:
            break
    for _ in range(count):
        after = start + (after - start + 1) % count
        if xy[after, 0] != xy[low, 0] or xy[after, 1] != xy[low, 1]:
            break
    return side(xy[before, 0], xy[before, 1], xy[low, 0], xy[low, 1], xy[after, 0], xy[after, 1]) > 0


@jit
def _hash(a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64) -> np.uint64:
    value = (a ^ (a >> np.uint64(31))) * _MIX_A
    value = (value ^ (value >> np.uint64(29)) ^ b) * _MIX_B
    value = (value ^ (value >> np.uint64(31)) ^ c) * _MIX_A
    value = (value ^ (value >> np.uint64(29)) ^ d) * _MIX_B
    return value ^ (value >> np.uint64(32))


@jit
def _pair(
    xy: NDArray[np.float64],
    bits: NDArray[np.uint64],
    ring_end: NDArray[np.int64],
    shell: NDArray[np.bool_],
    grid: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Each segment once: it is looked up by its ends in a table (open addressing, at most half full)."""
    most = len(xy) - len(shell)
    size = 1
    while size < 2 * most:
        size *= 2
    mask = np.uint64(size - 1)
    table = np.full(size, -1, dtype=np.int32)
    key = np.empty((most, 4), dtype=np.uint64)
    left = np.empty(most, dtype=np.int32)
    right = np.empty(most, dtype=np.int32)
    count = 0
    for ring in range(len(shell)):
        start, end = ring_end[ring], ring_end[ring + 1]
        # The grid lies to the left of an anticlockwise shell and of a clockwise hole.
        inner_left = _turns_left(xy, start, end) == shell[ring]
        for k in range(start, end - 1):
            a, b = k, k + 1
            if xy[a, 0] == xy[b, 0] and xy[a, 1] == xy[b, 1]:
                continue
            on_left = inner_left
            if xy[a, 0] > xy[b, 0] or (xy[a, 0] == xy[b, 0] and xy[a, 1] > xy[b, 1]):
                a, b = b, a
                on_left = not on_left
            x1, y1, x2, y2 = bits[a, 0], bits[a, 1], bits[b, 0], bits[b, 1]
            slot = _hash(x1, y1, x2, y2) & mask
            while True:
                edge = table[slot]
                if edge < 0:
                    table[slot] = count
                    key[count, 0], key[count, 1], key[count, 2], key[count, 3] = x1, y1, x2, y2
                    left[count] = grid[ring] if on_left else -1
                    right[count] = -1 if on_left else grid[ring]
                    count += 1
                    break
                if key[edge, 0] == x1 and key[edge, 1] == y1 and key[edge, 2] == x2 and key[edge, 3] == y2:
                    if on_left and left[edge] < 0:
                        left[edge] = grid[ring]
                        break
                    if not on_left and right[edge] < 0:
                        right[edge] = grid[ring]
                        break
                slot = (slot + np.uint64(1)) & mask
    return key[:count].view(np.float64).copy(), left[:count].copy(), right[:count].copy()
