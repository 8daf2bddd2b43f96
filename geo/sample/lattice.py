"""The ground: a warped lattice of points that every border, road and building of the place is measured on.

Lines of the lattice that carry roads (or the river, or the railway) bound superblocks; between them run finer lines
about 21 m apart west–east and 15 m south–north. A piece of the place is a rectangle of lattice cells, so that two
neighbours share the very same vertices and a cover is exact without any overlay.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

MODULE: Final = 6  # blocks a side of the pattern that repeats in large places
RIVER_AT: Final = 3  # the river's line within every RIVER_EVERY modules
RAIL_AT: Final = 4
RIVER_EVERY: Final = 3  # modules between two rivers (and two railways)
CELL_X_M: Final = 21.0
CELL_Y_M: Final = 15.0
# Somewhere in the plain near 114° E, 34.4° N; the coordinates are invented.
ORIGIN: Final = (511_200.0, 3_806_400.0)
TURN_DEG: Final = -3.5


class Line(IntEnum):
    """What runs along a line of the lattice."""

    ARTERIAL = 0
    SECONDARY = 1
    RIVER = 2
    RAIL = 3


# Metres from the middle line to the first property line.
HALF_WIDTH_M: Final = {Line.ARTERIAL: 21.0, Line.SECONDARY: 14.0, Line.RIVER: 52.0, Line.RAIL: 24.0}


@dataclass(frozen=True, eq=False)
class Lattice:
    """The warped lattice.

    Attributes
    ----------
    xy : float64 (nx + 1, ny + 1, 2), easting and northing in metres, rounded to millimetres.
    gx, gy : int64 (blocks + 1,), lattice index of each line that bounds blocks.
    kind_x, kind_y : int8 (blocks + 1,), `Line` that runs along it; x lines run south–north.
    along_x, along_y : float64 (nx + 1,), (ny + 1,), position of each lattice line before the warp, metres.
    """

    xy: NDArray[np.float64]
    gx: NDArray[np.int64]
    gy: NDArray[np.int64]
    kind_x: NDArray[np.int8]
    kind_y: NDArray[np.int8]
    along_x: NDArray[np.float64]
    along_y: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """Blocks west–east and south–north."""
        return len(self.gx) - 1, len(self.gy) - 1

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (…, 2) at fractional lattice coordinates, bilinear within a cell and exact on its corners."""
        nx, ny = self.xy.shape[0] - 1, self.xy.shape[1] - 1
        i = np.clip(np.floor(x).astype(np.int64), 0, nx - 1)
        j = np.clip(np.floor(y).astype(np.int64), 0, ny - 1)
        u = (x - i)[..., None]
        v = (y - j)[..., None]
        south = self.xy[i, j] * (1 - u) + self.xy[i + 1, j] * u
        north = self.xy[i, j + 1] * (1 - u) + self.xy[i + 1, j + 1] * u
        return np.asarray(south * (1 - v) + north * v)


def _line_kinds(count: int, special: Line, special_at: int) -> NDArray[np.int8]:
    """Kinds of `count` lines: an arterial every third, the river or railway once every few modules."""
    kinds = np.full(count, Line.SECONDARY, dtype=np.int8)
    kinds[::3] = Line.ARTERIAL
    period = MODULE * RIVER_EVERY
    kinds[special_at:-1:period] = special
    kinds[0] = kinds[-1] = Line.ARTERIAL
    return kinds


def _axis(
    sizes_m: NDArray[np.float64], kinds: NDArray[np.int8], cell_m: float, least: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Positions of all lattice lines on one axis, the index of block lines, and the position of block lines."""
    half = np.array([HALF_WIDTH_M[Line(kind)] for kind in kinds])
    positions: list[float] = [0.0]
    index = [0]
    start = 0.0
    for k, size in enumerate(sizes_m):
        inner = size - half[k] - half[k + 1]
        cells = max(least, round(inner / cell_m))
        size = half[k] + cells * cell_m + half[k + 1]
        positions += [start + half[k] + cell_m * n for n in range(cells + 1)]
        start += size
        positions.append(start)
        index.append(len(positions) - 1)
    lines = np.array(positions)
    return lines, np.array(index, dtype=np.int64), lines[index]


def _river_shift(x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """How far north the river lies of its straight line, metres, at nominal x."""
    half_length = min(float(x[-1]), 2_600.0)
    phase = rng.uniform(-0.4, 0.4)
    rise = 215.0 * np.sin(np.pi * (x / half_length - 0.5))
    return np.asarray(rise + 34.0 * np.sin(2 * np.pi * x / 1_240.0 + phase))


def build_lattice(blocks_x: int, blocks_y: int, rng: np.random.Generator) -> Lattice:
    """A lattice of `blocks_x` × `blocks_y` superblocks of about 200 to 400 m, bent by a river and some irregularity."""
    kind_x = _line_kinds(blocks_x + 1, Line.RAIL, RAIL_AT)
    kind_y = _line_kinds(blocks_y + 1, Line.RIVER, RIVER_AT)
    x, gx, nominal_x = _axis(rng.uniform(235, 365, blocks_x), kind_x, CELL_X_M, 7)
    y, gy, nominal_y = _axis(rng.uniform(250, 350, blocks_y), kind_y, CELL_Y_M, 11)

    # The river pulls the lines beside it along, less and less with the distance.
    rivers = nominal_y[kind_y == Line.RIVER]
    row_m = nominal_y[-1] / blocks_y
    pull = np.zeros_like(y)
    for river in rivers:
        pull = np.maximum(pull, np.clip(1.0 - np.abs(y - river) / (4.5 * row_m), 0.0, 1.0))
    east = np.repeat(x[:, None], len(y), axis=1)
    north = y[None, :] + _river_shift(x, rng)[:, None] * pull[None, :]
    for wave_m, size_m in ((2_300.0, 26.0), (1_300.0, 11.0), (760.0, 5.0)):
        angle, phase_e, phase_n = rng.uniform(0, 2 * np.pi, 3)
        along = (np.cos(angle) * x)[:, None] + (np.sin(angle) * y)[None, :]
        along *= 2 * np.pi / wave_m
        east += size_m * np.sin(along + phase_e)
        north += 0.8 * size_m * np.sin(along + phase_n)
    turn = np.deg2rad(TURN_DEG)
    east -= nominal_x[-1] / 2
    north -= nominal_y[-1] / 2
    xy = np.empty((*east.shape, 2))
    xy[..., 0] = ORIGIN[0] + np.cos(turn) * east - np.sin(turn) * north
    xy[..., 1] = ORIGIN[1] + np.sin(turn) * east + np.cos(turn) * north
    np.round(xy, 3, out=xy)  # millimetres: the same on every machine
    return Lattice(xy, gx, gy, kind_x, kind_y, x, y)
