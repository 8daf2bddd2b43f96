"""Compiled loops that cut paths to a tile and write them: snapped to steps of the whole zoom level, then clipped.

Every tile of a zoom snaps a vertex to the same step, so neighbours and neighbouring tiles keep what they share. Rings
are clipped one side of the window after another (Sutherland and Hodgman 1974).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.maps.tiles_lines import put_line, put_point, with_count
from geo.maps.tiles_wire import (
    BUFFER,
    CLOSE,
    EXTENT,
    LINE,
    MOVE_ONE,
    POINT,
    POLYGON,
    Bytes,
    put,
    put_feature,
    put_signed,
    room,
)  # fmt: skip

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
    tags : int32 (n, k), for each feature and key the number of a value, −1 for none; the first `columns` are written.
    value_start, value_bytes : where the written value of each number begins, and all of them in a row.
    numbered : whether features have ids.
    left, top : the tile's corner in steps of the zoom level.
    tolerance : in worlds; vertices of a lower rank are left out.
    """
    scale = float(EXTENT) * 2.0**zoom
    out = np.empty(1 << 15, np.uint8)
    at = 0
    geometry = np.empty(1 << 12, np.uint8)
    local = np.full(len(value_start), -1, np.int64)
    used = np.empty(len(value_start), np.int64)
    used_count = 0
    pairs = np.empty(2 * tags.shape[1] + 2, np.int64)
    pen = np.zeros(2, np.int64)
    a, b = np.empty((1 << 10, 2), np.int64), np.empty((1 << 10, 2), np.int64)
    for f in range(len(first) - 1):
        if not (
            math.floor(box[f, 0] * scale + 0.5) - left <= _HIGH
            and math.floor(box[f, 2] * scale + 0.5) - left >= _LOW
            and math.floor(box[f, 1] * scale + 0.5) - top <= _HIGH
            and math.floor(box[f, 3] * scale + 0.5) - top >= _LOW
        ):
            continue
        size = 0
        pen[0] = pen[1] = 0
        what = kind[first[f]]
        outer = False
        before = 0
        pen_before = (0, 0)
        for p in range(first[f], first[f + 1]):
            # One type a feature, the highest that it has: the paths stand in ascending order of type.
            if kind[p] != what and kind[p] > what:
                what, size = kind[p], 0
                pen[0] = pen[1] = 0
            m = start[p + 1] - start[p]
            if 6 * m + 16 > len(a):
                a, b = np.empty((12 * m + 32, 2), np.int64), np.empty((12 * m + 32, 2), np.int64)
            n = _steps(x, y, rank, start[p], start[p + 1], scale, left, top, tolerance, a)
            if what == POLYGON:
                if hole[p] and not outer:
                    continue
                n = _clip_ring(a, b, n)
                if hole[p] and _fills(a, n):
                    # The tile lies within a hole of the part.
                    outer, size = False, before
                    pen[0], pen[1] = pen_before
                    continue
                if not hole[p]:
                    before, pen_before = size, (pen[0], pen[1])
                drawn, geometry, size = _put_ring(geometry, size, a, n, hole[p], pen)
                if not hole[p]:
                    outer = drawn
            elif what == LINE:
                geometry, size = put_line(geometry, size, a, n, pen)
            else:
                geometry, size = put_point(geometry, size, a, n, pen)
        if size == 0 and what == POLYGON:
            geometry, size = _put_dot(geometry, x, y, start[first[f]], scale, left, top, pen)
        if size == 0:
            continue
        if what == POINT:
            geometry, size = with_count(geometry, size)
        count = 0
        for k in range(columns):
            value = tags[f, k]
            if value >= 0:
                if local[value] < 0:
                    local[value] = used_count
                    used[used_count] = value
                    used_count += 1
                pairs[count], pairs[count + 1] = k, local[value]
                count += 2
        out, at = put_feature(out, at, f + 1 if numbered else 0, what, pairs, count, geometry, size)
    total = 0
    for k in range(used_count):
        total += value_start[used[k] + 1] - value_start[used[k]]
    values = np.empty(total, np.uint8)
    total = 0
    for k in range(used_count):
        i, j = value_start[used[k]], value_start[used[k] + 1]
        values[total : total + j - i] = value_bytes[i:j]
        total += j - i
    return out[:at], values


@jit
def _steps(
    x: Floats, y: Floats, rank: Floats, i: int, j: int, scale: float, left: int, top: int, tolerance: float, to: Ints
) -> int:
    """The vertices that stay, in steps of the tile; one that falls on the one before is left out.

    A line that comes back to where it began ends at its first vertex that stays, as the ring of a polygon does.
    """
    n = 0
    closed = j - i > 2 and x[i] == x[j - 1] and y[i] == y[j - 1]
    if closed:
        j -= 1
    for k in range(i, j):
        if rank[k] <= tolerance:
            continue
        qx = math.floor(x[k] * scale + 0.5) - left
        qy = math.floor(y[k] * scale + 0.5) - top
        if n == 0 or to[n - 1, 0] != qx or to[n - 1, 1] != qy:
            to[n, 0], to[n, 1] = qx, qy
            n += 1
    if closed and n > 1:
        to[n, 0], to[n, 1] = to[0, 0], to[0, 1]
        n += 1
    return n


@jit
def _fills(a: Ints, n: int) -> bool:
    """Whether a clipped ring is the window itself."""
    twice = 0
    for k in range(n):
        i = k - 1 if k else n - 1
        twice += a[i, 0] * a[k, 1] - a[k, 0] * a[i, 1]
    return abs(twice) == 2 * (_HIGH - _LOW) ** 2


@jit
def _clip_ring(a: Ints, b: Ints, n: int) -> int:
    """Clip the ring in `a` to the window; the outcome stands in `a` again."""
    inside = True
    for k in range(n):
        if a[k, 0] < _LOW or a[k, 0] > _HIGH or a[k, 1] < _LOW or a[k, 1] > _HIGH:
            inside = False
            break
    if inside:
        return n
    n = _clip_side(a, n, b, 0, _LOW, 1)
    n = _clip_side(b, n, a, 0, _HIGH, -1)
    n = _clip_side(a, n, b, 1, _LOW, 1)
    return _clip_side(b, n, a, 1, _HIGH, -1)


@jit
def _clip_side(a: Ints, n: int, b: Ints, axis: int, limit: int, sign: int) -> int:
    """Keep of a ring what lies on one side of a line. Each side makes at most half as many again."""
    m = 0
    for k in range(n):
        i = k - 1 if k else n - 1
        was, now = sign * (a[i, axis] - limit), sign * (a[k, axis] - limit)
        if (was < 0) != (now < 0) and was != 0 and now != 0:
            # From the vertex inside, whichever way the ring runs: both neighbours get the same corner.
            s, t = (i, k) if was > 0 else (k, i)
            share = (limit - a[s, axis]) / (a[t, axis] - a[s, axis])
            other = 1 - axis
            b[m, axis] = limit
            b[m, other] = math.floor(a[s, other] + share * (a[t, other] - a[s, other]) + 0.5)
            m += 1
        if now >= 0:
            b[m, 0], b[m, 1] = a[k, 0], a[k, 1]
            m += 1
    return m


@jit
def _put_ring(out: Bytes, at: int, a: Ints, n: int, hole: bool, pen: Ints) -> tuple[bool, Bytes, int]:
    """Write a ring, wound as the format asks; one that snapping has emptied is left out."""
    m = 0
    for k in range(n):
        if m == 0 or a[m - 1, 0] != a[k, 0] or a[m - 1, 1] != a[k, 1]:
            a[m, 0], a[m, 1] = a[k, 0], a[k, 1]
            m += 1
    while m > 1 and a[0, 0] == a[m - 1, 0] and a[0, 1] == a[m - 1, 1]:
        m -= 1
    twice = 0
    for k in range(m):
        i = k - 1 if k else m - 1
        twice += a[i, 0] * a[k, 1] - a[k, 0] * a[i, 1]
    if m < 3 or twice == 0:
        return False, out, at
    # y runs down: an outer ring has a positive area by the surveyor's formula.
    backwards = (twice < 0) != hole
    out = room(out, at, 10 * m + 20)
    out[at] = MOVE_ONE
    at += 1
    for k in range(m):
        i = m - 1 - k if backwards else k
        if k == 1:
            at = put(out, at, ((m - 1) << 3) | 2)
        at = put_signed(out, at, a[i, 0] - pen[0])
        at = put_signed(out, at, a[i, 1] - pen[1])
        pen[0], pen[1] = a[i, 0], a[i, 1]
    out[at] = CLOSE
    return True, out, at + 1


@jit
def _put_dot(
    out: Bytes, x: Floats, y: Floats, k: int, scale: float, left: int, top: int, pen: Ints
) -> tuple[Bytes, int]:
    """The least square for a polygon that is smaller than a step, in the one tile that its first vertex lies in."""
    qx = math.floor(x[k] * scale) - left
    qy = math.floor(y[k] * scale) - top
    if not (0 <= qx < EXTENT and 0 <= qy < EXTENT):
        return out, 0
    square = np.empty((4, 2), np.int64)
    square[:, 0], square[:, 1] = qx, qy
    square[1:3, 0] += 1
    square[2:, 1] += 1
    pen[0] = pen[1] = 0
    _, out, at = _put_ring(out, 0, square, 4, False, pen)
    return out, at
