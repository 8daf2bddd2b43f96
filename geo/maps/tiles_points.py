"""Tiles of very many points: sorted once along a Morton curve, so that a tile and each cell of it is one stretch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.maps.tiles_paths import to_world
from geo.maps.tiles_wire import (
    EXTENT,
    LAYER_KEY,
    LAYER_VALUE,
    MOVE_ONE,
    POINT,
    Bytes,
    field,
    layer_bytes,
    put,
    put_feature,
    put_step,
    room,
    value_bytes,
    width,
)
from geo.service.tiles import tile_bounds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Halvings of the world down to the finest key; a tile of the last zoom still has cells.
_DEPTH = 29
# A tile with more points than this counts them in cells, 64 × 64 of them: the rings of a page are wider than a cell.
MOST_SINGLE: Final = 4096
_CELL_BITS: Final = 6
# With a larger share of new points all are sorted.
_MOST_SORTED_IN: Final = 0.2
# Counts below this are written once a tile, however many cells have them.
_SMALL = 1024


class PointTiles:
    """Tiles of issues. A point is in exactly one tile of a zoom, so counts add up; there is no margin.

    A feature is an issue with `id`, `status` and (inside a grid) `grid`, or in a crowded tile a cell with `count` and
    how many are in each status, at the middle of its points.

    Parameters
    ----------
    ids : int64 (n,), ≥ 0.
    lon, lat : float64 (n,), degrees WGS84; rows with NaN are in no tile.
    state : int8 (n,), numbers in `states`.
    grid : int32 (n,), numbers in `grids`, −1 for none.
    before : tiles of mostly the same points, whose order is used again where ids ascend.
    """

    def __init__(
        self,
        name: str,
        ids: Ints,
        lon: Floats,
        lat: Floats,
        state: NDArray[np.int8],
        states: Sequence[str],
        grid: NDArray[np.int32],
        grids: Sequence[str],
        before: PointTiles | None = None,
    ) -> None:
        there = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        body = before._body_of(ids[there], lon[there], lat[there]) if before is not None else None
        rows, key, x, y = body or _sorted(lon[there], lat[there])
        self.name = name
        self.keys = ("id", "status", "grid", "count", *states)
        self._key, self._x, self._y = key, x, y
        self._rows, self._given = rows, (ids[there], lon[there], lat[there])
        at = there[rows]
        self._ids, self._state, self._grid = ids[at], state[at], grid[at]
        self._states = len(states)
        self._head = [value_bytes(text) for text in states]
        self._grids = [value_bytes(text) for text in grids]
        self._grid_count = len(grids)
        self.bounds = _bounds(lon[there], lat[there])

    def _body_of(self, ids: Ints, lon: Floats, lat: Floats) -> tuple[Ints, Ints, Floats, Floats] | None:
        """The order of points most of which are here: only those that are new or have moved are sorted in.

        None where that is hardly less than all of them.
        """
        old_ids, old_lon, old_lat = self._given
        if (np.diff(ids) <= 0).any() or (np.diff(old_ids) <= 0).any():
            return None
        at = np.searchsorted(ids, old_ids)
        stays = at < len(ids)
        stays[stays] = ids[at[stays]] == old_ids[stays]
        stays[stays] = (lon[at[stays]] == old_lon[stays]) & (lat[at[stays]] == old_lat[stays])
        fresh = np.ones(len(ids), dtype=bool)
        fresh[at[stays]] = False
        tail = np.flatnonzero(fresh)
        if len(tail) > _MOST_SORTED_IN * len(ids):
            return None
        kept = stays[self._rows]
        rows, key, x, y = at[self._rows[kept]], self._key[kept], self._x[kept], self._y[kept]
        more, more_key, more_x, more_y = _sorted(lon[tail], lat[tail])
        place = np.searchsorted(key, more_key, side="right")
        return (
            np.insert(rows, place, tail[more]),
            np.insert(key, place, more_key),
            np.insert(x, place, more_x),
            np.insert(y, place, more_y),
        )

    def tile(self, z: int, x: int, y: int) -> bytes:
        """The tile z/x/y of the XYZ scheme, not compressed; ``b""`` if nothing falls into it.

        Raises
        ------
        InvalidInput
            There is no such tile.
        """
        tile_bounds(z, x, y)  # refuses a tile that does not exist
        place = _interleave(x, y)
        shift = 2 * (_DEPTH - z)
        low, high = np.searchsorted(self._key, [place << shift, (place + 1) << shift]).tolist()
        if low == high:
            return b""
        columns = (self._x[low:high], self._y[low:high], self._state[low:high])
        scale = float(EXTENT) * 2.0**z
        if high - low <= MOST_SINGLE:
            features, values, grids = _singles(
                *columns, self._ids[low:high], self._grid[low:high], self._states, self._grid_count, scale,
                x * EXTENT, y * EXTENT,
            )  # fmt: skip
            written = b"".join(field(LAYER_KEY, key.encode()) for key in self.keys[:3])
            texts = b"".join([*self._head, *(self._grids[k] for k in grids.tolist())])
            return layer_bytes(self.name, features.tobytes(), written, texts + values.tobytes())
        features, values = _cells(
            *columns, self._key[low:high], self._states, scale, x * EXTENT, y * EXTENT, shift - 2 * _CELL_BITS
        )
        written = b"".join(field(LAYER_KEY, key.encode()) for key in self.keys[3:])
        return layer_bytes(self.name, features.tobytes(), written, values.tobytes())


def _sorted(lon: Floats, lat: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Row numbers along the curve, and of each the key and the place in the unit square."""
    x, y = to_world(lon, lat)
    key = _morton(x, y)
    order = np.argsort(key, kind="stable")
    return order, key[order], x[order], y[order]


def _bounds(lon: Floats, lat: Floats) -> tuple[float, float, float, float] | None:
    if not len(lon):
        return None
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


@jit
def _interleave(x: int, y: int) -> int:
    """The bits of x and y by turns, those of y above."""
    out = 0
    for bit in range(_DEPTH):
        out |= ((x >> bit) & 1) << (2 * bit)
        out |= ((y >> bit) & 1) << (2 * bit + 1)
    return out


@jit
def _morton(x: Floats, y: Floats) -> Ints:
    """Keys of places in the unit square; its far edges belong to the last cell."""
    side = 1 << _DEPTH
    out = np.empty(len(x), np.int64)
    for k in range(len(x)):
        out[k] = _interleave(min(int(x[k] * side), side - 1), min(int(y[k] * side), side - 1))
    return out


@jit
def _put_number(values: Bytes, at: int, number: int) -> tuple[Bytes, int]:
    """Write a value of a layer that is a whole number ≥ 0."""
    values = room(values, at, 16)
    values[at] = LAYER_VALUE
    values[at + 1] = 1 + width(number)
    values[at + 2] = 0x28
    return values, put(values, at + 3, number)


@jit
def _put_place(geometry: Bytes, x: int, y: int) -> int:
    geometry[0] = MOVE_ONE
    return put_step(geometry, 1, x, y)


@jit
def _singles(
    x: Floats,
    y: Floats,
    state: NDArray[np.int8],
    ids: Ints,
    grid: NDArray[np.int32],
    states: int,
    grid_count: int,
    scale: float,
    left: int,
    top: int,
) -> tuple[Bytes, Bytes, Ints]:
    """Features, the values after those of states and grids, and the grids that are named, in their order."""
    local = np.full(grid_count, -1, np.int64)
    named = np.empty(min(grid_count, len(x)), np.int64)
    count = 0
    for k in range(len(x)):
        if grid[k] >= 0 and local[grid[k]] < 0:
            local[grid[k]] = count
            named[count] = grid[k]
            count += 1
    out, values = np.empty(1 << 14, np.uint8), np.empty(1 << 13, np.uint8)
    at = value_at = 0
    geometry = np.empty(32, np.uint8)
    tags = np.empty(6, np.int64)
    for k in range(len(x)):
        size = _put_place(geometry, math.floor(x[k] * scale + 0.5) - left, math.floor(y[k] * scale + 0.5) - top)
        values, value_at = _put_number(values, value_at, ids[k])
        tags[0], tags[1], n = 0, states + count + k, 2
        if state[k] >= 0:
            tags[n], tags[n + 1], n = 1, state[k], n + 2
        if grid[k] >= 0:
            tags[n], tags[n + 1], n = 2, states + local[grid[k]], n + 2
        out, at = put_feature(out, at, ids[k], POINT, tags, n, geometry, size)
    return out[:at], values[:value_at], named[:count]


@jit
def _cells(
    x: Floats,
    y: Floats,
    state: NDArray[np.int8],
    key: Ints,
    states: int,
    scale: float,
    left: int,
    top: int,
    shift: int,
) -> tuple[Bytes, Bytes]:
    """Features of cells in the order of the curve, and values."""
    out, values = np.empty(1 << 16, np.uint8), np.empty(1 << 14, np.uint8)
    at = value_at = value_count = 0
    small = np.full(_SMALL, -1, np.int64)
    geometry = np.empty(32, np.uint8)
    tags = np.empty(2 * states + 2, np.int64)
    held = np.zeros(states + 1, np.int64)
    first = 0
    while first < len(key):
        cell = key[first] >> shift
        # Where the stretch ends: by halves, since a cell may hold most of the points.
        low, high, step = first, first + 1, 1
        while high < len(key) and key[high] >> shift == cell:
            low, step = high, 2 * step
            high = min(high + step, len(key))
        while low + 1 < high:
            middle = (low + high) // 2
            if key[middle] >> shift == cell:
                low = middle
            else:
                high = middle
        end = low + 1
        held[:] = 0
        sum_x = sum_y = 0.0
        for k in range(first, end):
            sum_x += x[k] - x[first]
            sum_y += y[k] - y[first]
            held[1 + state[k]] += 1
        many = end - first
        held[0] = many
        size = _put_place(
            geometry,
            math.floor((x[first] + sum_x / many) * scale + 0.5) - left,
            math.floor((y[first] + sum_y / many) * scale + 0.5) - top,
        )
        n = 0
        for k in range(states + 1):
            number = held[k]
            if number == 0:
                continue
            if number >= _SMALL or small[number] < 0:
                values, value_at = _put_number(values, value_at, number)
                if number < _SMALL:
                    small[number] = value_count
                tags[n + 1] = value_count
                value_count += 1
            else:
                tags[n + 1] = small[number]
            tags[n] = k
            n += 2
        out, at = put_feature(out, at, 1 + (cell & 4095), POINT, tags, n, geometry, size)
        first = end
    return out[:at], values[:value_at]
