"""Compiled loops that clip lines (Liang and Barsky 1984) and write lines and points as steps of a tile's pen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.maps.tiles_wire import BUFFER, EXTENT, MOVE_ONE, Bytes, copy, put, put_step, room

Ints = NDArray[np.int64]

_LOW, _HIGH = -BUFFER, EXTENT + BUFFER


@jit
def put_line(out: Bytes, at: int, a: Ints, n: int, pen: Ints) -> tuple[Bytes, int]:
    """Write the pieces of a line within the window."""
    piece = np.empty((n + 1, 2), np.int64)
    m = 0
    for k in range(1, n):
        t0, t1 = _within(a[k - 1, 0], a[k - 1, 1], a[k, 0], a[k, 1])
        if t0 > t1:
            continue
        dx, dy = a[k, 0] - a[k - 1, 0], a[k, 1] - a[k - 1, 1]
        if t0 > 0.0 or m == 0:
            out, at = _put_piece(out, at, piece, m, pen)
            piece[0, 0] = math.floor(a[k - 1, 0] + t0 * dx + 0.5)
            piece[0, 1] = math.floor(a[k - 1, 1] + t0 * dy + 0.5)
            m = 1
        qx = math.floor(a[k - 1, 0] + t1 * dx + 0.5)
        qy = math.floor(a[k - 1, 1] + t1 * dy + 0.5)
        if qx != piece[m - 1, 0] or qy != piece[m - 1, 1]:
            piece[m, 0], piece[m, 1] = qx, qy
            m += 1
        if t1 < 1.0:
            out, at = _put_piece(out, at, piece, m, pen)
            m = 0
    return _put_piece(out, at, piece, m, pen)


@jit
def _within(x0: int, y0: int, x1: int, y1: int) -> tuple[float, float]:
    """The part of a straight line within the window (Liang and Barsky 1984), as shares of it; t0 > t1 for none."""
    t0, t1 = 0.0, 1.0
    for side in range(4):
        if side < 2:
            step, room_left = (x0 - x1, x0 - _LOW) if side == 0 else (x1 - x0, _HIGH - x0)
        else:
            step, room_left = (y0 - y1, y0 - _LOW) if side == 2 else (y1 - y0, _HIGH - y0)
        if step == 0:
            if room_left < 0:
                return 1.0, 0.0
        elif step < 0:
            t0 = max(t0, room_left / step)
        else:
            t1 = min(t1, room_left / step)
    return t0, t1


@jit
def _put_piece(out: Bytes, at: int, piece: Ints, m: int, pen: Ints) -> tuple[Bytes, int]:
    if m < 2:
        return out, at
    out = room(out, at, 10 * m + 20)
    out[at] = MOVE_ONE
    at += 1
    for k in range(m):
        if k == 1:
            at = put(out, at, ((m - 1) << 3) | 2)
        at = put_step(out, at, piece[k, 0] - pen[0], piece[k, 1] - pen[1])
        pen[0], pen[1] = piece[k, 0], piece[k, 1]
    return out, at


@jit
def put_point(out: Bytes, at: int, a: Ints, n: int, pen: Ints) -> tuple[Bytes, int]:
    """The step of a point of this tile; the command before all of them is written by `with_count`."""
    if n != 1 or not (0 <= a[0, 0] < EXTENT and 0 <= a[0, 1] < EXTENT):
        return out, at
    out = room(out, at, 20)
    at = put_step(out, at, a[0, 0] - pen[0], a[0, 1] - pen[1])
    pen[0], pen[1] = a[0, 0], a[0, 1]
    return out, at


@jit
def with_count(steps: Bytes, size: int) -> tuple[Bytes, int]:
    """Steps of points with the command that says how many there are (two numbers each)."""
    ends = 0
    for k in range(size):
        ends += steps[k] < 128
    out = np.empty(size + 16, np.uint8)
    at = put(out, 0, ((ends // 2) << 3) | 1)
    copy(out, at, steps, 0, size)
    return out, at + size
