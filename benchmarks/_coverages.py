"""Seamless nets of any size from a seed, and points to ask them: what the benches of locating run on.

A net is a wall of jittered bricks with wiggly borders, so that three grids meet at a corner, stretched so that grids in
the middle are small and those outside large. Some bricks have a hole in them: a lake (outside), a grid of its own (an
enclave), or a part of the brick to the east (an exclave). Borders are made once and copied into both grids: shared
vertices are the same to the last bit. WGS84 degrees around 120° E 30° N.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

KINDS: Final = ("uniform", "clustered", "vertices", "midpoints")
_CENTRE: Final = np.array([120.0, 30.0])
_SIDE_DEG: Final = np.array([0.004, 0.0035])  # of a brick: about 390 m × 390 m
_JITTER: Final = 0.12  # of a corner, in bricks
_WIGGLE: Final = 0.2  # a border stays within this slope of the straight line between its corners
_STRETCH: Final = 0.5  # the side of a brick lies between 1 − this and 1 + this
_HOLES: Final = 0.06  # share of bricks with a hole
_BLOCK: Final = 50_000  # bricks that are made at once
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """A net: polygons (n,), and codes (n,) in no order of place."""

    polygons: NDArray[np.object_]
    codes: list[str]


def vertices_of(grids: int) -> int:
    """How many coordinates a polygon has, the closing one included: fewer where there are many grids."""
    return 121 if grids <= 10_000 else 61 if grids <= 100_000 else 41


def coverage(grids: int, vertices: int | None = None, seed: int = 0) -> Coverage:
    """A net of exactly `grids` grids with about `vertices` coordinates each (of bricks without a hole: exactly)."""
    rng = np.random.default_rng([seed, grids])
    around = (vertices or vertices_of(grids)) - 1
    # Round a brick: two upright borders and four lying ones of half its length.
    lying = around // 6
    upright = (around - 4 * lying) // 2
    holes = int(grids * _HOLES)
    enclaves = holes // 3
    bricks = grids - enclaves
    columns = max(1, round(bricks**0.5))
    rows = -(-bricks // columns)
    # One corner more than there are to the east: a border is found by its first corner, the last one included.
    node = np.stack(np.meshgrid(np.arange(2 * columns + 3) / 2, np.arange(rows + 1.0)), axis=-1)
    node += rng.uniform(-_JITTER, _JITTER, node.shape)
    walls = _Walls(
        _borders(node[:, :-1], node[:, 1:], lying, rng), _borders(node[:-1], node[1:], upright, rng), columns
    )
    _to_degrees(walls.lying, rows, columns)
    _to_degrees(walls.upright, rows, columns)
    polygons = np.concatenate([walls.polygons(np.arange(k, min(k + _BLOCK, bricks))) for k in range(0, bricks, _BLOCK)])
    if holes and columns > 1:
        polygons = np.append(polygons, _punch(polygons, rows, columns, holes, enclaves, upright, rng))
    width = len(str(grids))
    return Coverage(polygons, [f"{code:0{width}d}" for code in rng.permutation(len(polygons)).tolist()])


@dataclass(frozen=True)
class _Walls:
    """Borders by the place of their first corner: (rows, corners, vertices, 2)."""

    lying: Floats
    upright: Floats
    columns: int

    def polygons(self, brick: NDArray[np.intp]) -> NDArray[np.object_]:
        row, left = brick // self.columns, 2 * (brick % self.columns) + brick // self.columns % 2
        # A border is kept without its last corner: backwards it starts from there.
        ring = np.concatenate(
            [
                self.lying[row, left],
                self.lying[row, left + 1],
                self.upright[row, left + 2],
                _back(self.lying[row + 1, left + 1], self._corner(row + 1, left + 2)),
                _back(self.lying[row + 1, left], self._corner(row + 1, left + 1)),
                _back(self.upright[row, left], self._corner(row + 1, left)),
                self.lying[row, left, :1],
            ],
            axis=1,
        )
        return np.asarray(shapely.polygons(ring), dtype=object)

    def _corner(self, row: NDArray[np.intp], column: NDArray[np.intp]) -> Floats:
        return self.lying[row, column, 0]


def _back(border: Floats, last: Floats) -> Floats:
    return np.concatenate([last[:, None], border[:, :0:-1]], axis=1)


def _borders(start: Floats, end: Floats, pieces: int, rng: np.random.Generator) -> Floats:
    """Wiggly lines from start to end, (rows, columns, pieces, 2); a function over its chord never meets itself."""
    t = np.arange(pieces) / pieces
    chord = end - start
    across = np.stack([-chord[..., 1], chord[..., 0]], axis=-1)
    # A long wave and noise, both nothing at the corners: there the slope bounds what may be.
    wave = np.sin(rng.uniform(1, 4, (*chord.shape[:2], 1)) * np.pi * t + rng.uniform(0, 6, (*chord.shape[:2], 1)))
    noise = 0.6 * wave + 0.4 * rng.uniform(-1, 1, (*chord.shape[:2], pieces))
    off = _WIGGLE * np.minimum(t, 1 - t) * noise
    return start[:, :, None] + chord[:, :, None] * t[:, None] + across[:, :, None] * off[..., None]


def _to_degrees(xy: Floats, rows: int, columns: int) -> None:
    """Bricks to degrees in place: a wave along each axis makes the middle narrow and the rim wide."""
    for axis, count in enumerate((columns + 0.5, rows)):
        turn = 2 * np.pi / count
        values = xy[..., axis]
        values += _STRETCH * np.sin(turn * values) / turn
        values -= count / 2
        values *= _SIDE_DEG[axis]
        values += _CENTRE[axis]


def _punch(
    polygons: NDArray[np.object_],
    rows: int,
    columns: int,
    holes: int,
    enclaves: int,
    pieces: int,
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """Put holes into some bricks, in place; returns the enclaves. A third is enclaves, a third exclaves, a third lakes.

    Hosts stand in every second column, so that the brick to the east is none; its exclave is a part of it.
    """
    number = np.arange(len(polygons))
    column = number % columns
    possible = np.flatnonzero((column % 2 == 0) & (column + 1 < columns) & (number + 1 < len(polygons)))
    host = rng.choice(possible, min(holes, len(possible)), replace=False)
    row = host // columns
    middle = np.stack([host % columns + 0.5 + row % 2 / 2, row + 0.5], axis=-1)
    angle = np.arange(2 * pieces) / (2 * pieces) * 2 * np.pi
    radius = rng.uniform(0.08, 0.2, (len(host), 1)) * rng.uniform(0.8, 1.0, (len(host), len(angle)))
    ring = middle[:, None] + radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    _to_degrees(ring, rows, columns)
    rings = shapely.linearrings(np.concatenate([ring, ring[:, :1]], axis=1))
    inner = np.asarray(shapely.polygons(rings), dtype=object)
    polygons[host] = shapely.polygons(shapely.get_exterior_ring(polygons[host]), holes=rings[:, None])
    east = slice(enclaves, 2 * enclaves)
    polygons[host[east] + 1] = shapely.multipolygons(np.stack([polygons[host[east] + 1], inner[east]], axis=1))
    return inner[:enclaves]


def points(kind: str, polygons: NDArray[np.object_], n: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Points to ask a net: lon and lat, float64 (n,).

    uniform: in the bounds and a little around · clustered: 50 heaps a few grids wide · vertices: exact corners of
    borders · midpoints: of segments, rounded as floats round, so on the border or a hair beside it.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind), len(polygons)])
    low, high = shapely.total_bounds(polygons).reshape(2, 2)
    if kind == "uniform":
        margin = 0.01 * (high - low)
        xy = rng.uniform(low - margin, high + margin, (n, 2))
    elif kind == "clustered":
        heap = rng.uniform(low, high, (50, 2))
        xy = heap[rng.integers(50, size=n)] + rng.normal(0, 3 * (high - low) / len(polygons) ** 0.5, (n, 2))
    else:
        some = polygons[rng.permutation(len(polygons))[:20_000]]
        corner, ring = _segments(some)
        first = rng.choice(np.flatnonzero(ring[:-1] == ring[1:]), n)
        xy = corner[first] if kind == "vertices" else (corner[first] + corner[first + 1]) / 2
    # Asked in no order of place, as requests come.
    xy = xy[rng.permutation(n)]
    return np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])


def _segments(polygons: NDArray[np.object_]) -> tuple[Floats, NDArray[np.intp]]:
    """Coordinates of all rings and the ring of each: two neighbours of the same ring are a segment."""
    rings = shapely.get_rings(shapely.get_parts(polygons))
    corner, ring = shapely.get_coordinates(rings, return_index=True)
    return corner, ring
