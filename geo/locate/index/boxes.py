"""Edges in boxes in boxes, eight by eight: a tree without pointers over edges that stand in the order of a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

FAN: Final = 8
_CURVE_BITS: Final = 16


@dataclass(frozen=True, eq=False)
class Boxes:
    """Bounding boxes of eight edges each, of eight such boxes each, and so on.

    Attributes
    ----------
    sides : float32 (groups, 4, 8) west, south, east, north in degrees from the origin, rounded outwards. Box j of group
        g holds, on the lowest level, edges 8 (8 g + j) and on; above, the boxes of one group of the level below.
        Places without a box have a west of infinity.
    start : uint64 (levels,) the first group of each level; the last level, the root, is one group.
    origin : float64 (2,) degrees.
    """

    sides: NDArray[np.float32]
    start: NDArray[np.uint64]
    origin: NDArray[np.float64]


def curve_order(xy: NDArray[np.float64]) -> NDArray[np.intp]:
    """An order of edges (m, 4), m > 0, in which neighbours are near one another: their middles on a Hilbert curve."""
    middle = (xy[:, :2] + xy[:, 2:4]) / 2
    low = middle.min(axis=0)
    span = float(max((middle.max(axis=0) - low).max(), 1e-300))
    return np.argsort(_curve((middle - low) * ((2**_CURVE_BITS - 1) / span)), kind="stable")


def boxes_over(xy: NDArray[np.float64]) -> Boxes:
    """Boxes over edges (m, 4), m > 0, in the order they stand in; other columns are not looked at."""
    origin = np.minimum(xy[:, :2], xy[:, 2:4]).min(axis=0)
    ends = np.stack((xy[:, :2], xy[:, 2:4]), axis=1) - origin
    low, high = ends.min(axis=1), ends.max(axis=1)
    levels: list[NDArray[np.float32]] = []
    while True:
        low = np.minimum.reduceat(low, np.arange(0, len(low), FAN))
        high = np.maximum.reduceat(high, np.arange(0, len(high), FAN))
        groups = -(-len(low) // FAN)
        level = np.full((groups * FAN, 4), np.inf, dtype=np.float32)
        level[: len(low), :2] = np.nextafter(low.astype(np.float32), np.float32(-np.inf))
        level[: len(low), 2:] = np.nextafter(high.astype(np.float32), np.float32(np.inf))
        levels.append(level.reshape(groups, FAN, 4).transpose(0, 2, 1))
        if groups == 1:
            break
    start = np.cumsum([0] + [len(level) for level in levels[:-1]], dtype=np.uint64)
    return Boxes(np.ascontiguousarray(np.concatenate(levels)), start, origin)


@jit
def _curve(xy: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Places on the Hilbert curve through a square of 2¹⁶ × 2¹⁶ (Hamilton's turning of quarters)."""
    out = np.empty(len(xy), dtype=np.uint32)
    for i in range(len(xy)):
        x, y = int(xy[i, 0]), int(xy[i, 1])
        place = 0
        half = 1 << (_CURVE_BITS - 1)
        while half:
            right, upper = int((x & half) > 0), int((y & half) > 0)
            place = 4 * place + ((3 * right) ^ upper)
            if not upper:
                if right:
                    x, y = 2 * half - 1 - (x & (2 * half - 1)), 2 * half - 1 - (y & (2 * half - 1))
                x, y = y, x
            half >>= 1
        out[i] = place
    return out
