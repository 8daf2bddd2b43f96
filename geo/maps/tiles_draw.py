"""Compiled loops that cut paths to a tile and write them: snapped to steps of the whole zoom level, then clipped.

Every tile of a zoom snaps a vertex to the same step, so neighbours and neighbouring tiles keep what they share.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.compiled import inlined, jit
from geo.maps.tiles_lines import put_line, put_point, with_count
from geo.maps.tiles_rings import clip_ring, fills, put_dot, put_ring
from geo.maps.tiles_wire import BUFFER, EXTENT, LINE, POINT, POLYGON, Bytes, copy, put_feature

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LOW, _HIGH = -BUFFER, EXTENT + BUFFER


@jit
def draw(
    x: Floats,
    y: Floats,
    rank: Floats,
    start: Ints,
    kind: Ints,
    hole: NDArray[np.bool_],
    first: Ints,
    box: Floats,
    longest: int,
    tags: NDArray[np.int32],
    columns: int,
    numbered: bool,
    value_start: Ints,
    value_bytes: Bytes,
    zoom: int,
    left: int,
    top: int,
    tolerance: float,
) -> tuple[Bytes, Bytes]:
    """The features and the values of a tile's layer.

    Parameters
    ----------
    longest : vertices of the longest path.
    tags : int32 (n, k), for each feature and key the number of a value, −1 for none; the first `columns` are written.
    value_start, value_bytes : where the written value of each number begins, and all of them in a row.
    numbered : whether features have ids.
    left, top : the tile's corner in steps of the zoom level.
    tolerance : in worlds; vertices of a lower rank are left out.
    """
    scale = float(EXTENT) * 2.0**zoom
    out, at = np.empty(1 << 15, np.uint8), 0
    geometry = np.empty(1 << 12, np.uint8)
    # Of each value its number in this tile (−1 for none yet), and the values of the tile by that number.
    local, used = np.full(len(value_start), -1, np.int64), np.empty(len(value_start), np.int64)
    used_count = 0
    pairs, pen = np.empty(2 * tags.shape[1] + 2, np.int64), np.zeros(2, np.int64)
    a, b = np.empty((6 * longest + 16, 2), np.int64), np.empty((6 * longest + 16, 2), np.int64)
    stay = np.empty(longest + 1, np.int64)
    for f in range(len(first) - 1):
        if not _is_near(box, f, scale, left, top):
            continue
        what, geometry, size = _draw_feature(
            x, y, rank, start, kind, hole, first[f], first[f + 1],
            scale, left, top, tolerance, geometry, a, b, stay, pen,
        )  # fmt: skip
        if size == 0:
            continue
        if what == POINT:
            geometry, size = with_count(geometry, size)
        count, used_count = _number_values(tags, f, columns, local, used, used_count, pairs)
        out, at = put_feature(out, at, f + 1 if numbered else 0, what, pairs, count, geometry, size)
    return out[:at], _values(used, used_count, value_start, value_bytes)


@inlined
def _number_values(
    tags: NDArray[np.int32], f: int, columns: int, local: Ints, used: Ints, used_count: int, pairs: Ints
) -> tuple[int, int]:
    """Pairs of a key and a value of a feature, and how many numbers they are; a value that is new gets a number."""
    count = 0
    for k in range(columns):
        value = tags[f, k]
        if value >= 0:
            if local[value] < 0:
                local[value], used[used_count] = used_count, value
                used_count += 1
            pairs[count], pairs[count + 1] = k, local[value]
            count += 2
    return count, used_count


@inlined
def _is_near(box: Floats, f: int, scale: float, left: int, top: int) -> bool:
    """Whether the box of a feature, snapped as its vertices are, meets the window; NaN meets none."""
    west, east = left + _LOW, left + _HIGH + 1
    north, south = top + _LOW, top + _HIGH + 1
    return bool(
        (box[f, 0] * scale + 0.5 < east)
        & (box[f, 2] * scale + 0.5 >= west)
        & (box[f, 1] * scale + 0.5 < south)
        & (box[f, 3] * scale + 0.5 >= north)
    )


@jit
def _values(used: Ints, used_count: int, value_start: Ints, value_bytes: Bytes) -> Bytes:
    """The written values of a tile, one after another."""
    total = 0
    for k in range(used_count):
        total += value_start[used[k] + 1] - value_start[used[k]]
    values = np.empty(total, np.uint8)
    total = 0
    for k in range(used_count):
        i, j = value_start[used[k]], value_start[used[k] + 1]
        copy(values, total, value_bytes, i, j - i)
        total += j - i
    return values


@inlined
def _draw_feature(
    x: Floats,
    y: Floats,
    rank: Floats,
    start: Ints,
    kind: Ints,
    hole: NDArray[np.bool_],
    begin: int,
    end: int,
    scale: float,
    left: int,
    top: int,
    tolerance: float,
    geometry: Bytes,
    a: Ints,
    b: Ints,
    stay: Ints,
    pen: Ints,
) -> tuple[int, Bytes, int]:
    """The type, the commands and their size (0 for nothing) of the feature whose paths are `begin` to `end`."""
    size = before = 0
    pen[0] = pen[1] = 0
    pen_before = (0, 0)
    outer = False
    what = kind[begin]
    for p in range(begin, end):
        # One type a feature, the highest that it has: the paths stand in ascending order of type.
        if kind[p] != what and kind[p] > what:
            what, size = kind[p], 0
            pen[0] = pen[1] = 0
        if what == POLYGON and hole[p] and not outer:
            continue
        n = _steps(x, y, rank, start[p], start[p + 1], scale, left, top, tolerance, a, stay)
        if what == LINE:
            geometry, size = put_line(geometry, size, a, n, pen)
        elif what == POINT:
            geometry, size = put_point(geometry, size, a, n, pen)
        else:
            n = clip_ring(a, b, n)
            if not hole[p]:
                before, pen_before = size, (pen[0], pen[1])
                outer, geometry, size = put_ring(geometry, size, a, n, False, pen)
            elif fills(a, n):
                # The tile lies within a hole of the part.
                outer, size = False, before
                pen[0], pen[1] = pen_before
            else:
                _, geometry, size = put_ring(geometry, size, a, n, True, pen)
    if size == 0 and what == POLYGON:
        geometry, size = put_dot(geometry, x, y, start[begin], scale, left, top, pen)
    return what, geometry, size


@inlined
def _steps(
    x: Floats,
    y: Floats,
    rank: Floats,
    i: int,
    j: int,
    scale: float,
    left: int,
    top: int,
    tolerance: float,
    to: Ints,
    stay: Ints,
) -> int:
    """The vertices that stay, in steps of the tile; one that falls on the one before is left out.

    A line that comes back to where it began ends at its first vertex that stays, as the ring of a polygon does.
    `stay` is room for the numbers of vertices: which of them stay is no pattern that a processor could foresee, so they
    are gathered first, without a branch.
    """
    closed = j - i > 2 and x[i] == x[j - 1] and y[i] == y[j - 1]
    m = 0
    for k in range(i, j - int(closed)):
        stay[m] = k
        m += int(rank[k] > tolerance)
    n = 0
    for k in range(m):
        v = stay[k]
        qx = math.floor(x[v] * scale + 0.5) - left
        qy = math.floor(y[v] * scale + 0.5) - top
        if n == 0 or to[n - 1, 0] != qx or to[n - 1, 1] != qy:
            to[n, 0], to[n, 1] = qx, qy
            n += 1
    if closed and n > 1:
        to[n, 0], to[n, 1] = to[0, 0], to[0, 1]
        n += 1
    return n
