"""Compiled loops that clip rings one side of the window after another (Sutherland and Hodgman 1974) and write them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.compiled import inlined, jit
from geo.maps.tiles_wire import BUFFER, CLOSE, EXTENT, MOVE_ONE, Bytes, put, put_step, room

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LOW, _HIGH = -BUFFER, EXTENT + BUFFER


@jit
def fills(a: Ints, n: int) -> bool:
    """Whether a clipped ring is the window itself."""
    twice = 0
    for k in range(n):
        i = k - 1 if k else n - 1
        twice += a[i, 0] * a[k, 1] - a[k, 0] * a[i, 1]
    return abs(twice) == 2 * (_HIGH - _LOW) ** 2


@jit
def clip_ring(a: Ints, b: Ints, n: int) -> int:
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


@inlined
def put_ring(out: Bytes, at: int, a: Ints, n: int, hole: bool, pen: Ints) -> tuple[bool, Bytes, int]:
    """Write a ring, wound as the format asks; one that snapping has emptied is left out."""
    m = 0
    for k in range(n):
        if m == 0 or a[m - 1, 0] != a[k, 0] or a[m - 1, 1] != a[k, 1]:
            a[m, 0], a[m, 1] = a[k, 0], a[k, 1]
            m += 1
    while m > 1 and a[0, 0] == a[m - 1, 0] and a[0, 1] == a[m - 1, 1]:
        m -= 1
    twice = 0
    for k in range(1, m):
        twice += a[k - 1, 0] * a[k, 1] - a[k, 0] * a[k - 1, 1]
    if m > 2:
        twice += a[m - 1, 0] * a[0, 1] - a[0, 0] * a[m - 1, 1]
    drawn = m > 2 and twice != 0
    if drawn:
        # y runs down: an outer ring has a positive area by the surveyor's formula.
        backwards = (twice < 0) != hole
        step, i = (-1, m - 1) if backwards else (1, 0)
        out = room(out, at, 10 * m + 20)
        out[at] = MOVE_ONE
        at = put_step(out, at + 1, a[i, 0] - pen[0], a[i, 1] - pen[1])
        at = put(out, at, ((m - 1) << 3) | 2)
        for _ in range(m - 1):
            i += step
            at = put_step(out, at, a[i, 0] - a[i - step, 0], a[i, 1] - a[i - step, 1])
        pen[0], pen[1] = a[i, 0], a[i, 1]
        out[at] = CLOSE
        at += 1
    return drawn, out, at


@jit
def put_dot(
    out: Bytes, x: Floats, y: Floats, first: int, scale: float, left: int, top: int, pen: Ints
) -> tuple[Bytes, int]:
    """The least square for a polygon that is smaller than a step, in the one tile that its first vertex lies in."""
    qx = math.floor(x[first] * scale) - left
    qy = math.floor(y[first] * scale) - top
    if not (0 <= qx < EXTENT and 0 <= qy < EXTENT):
        return out, 0
    square = np.empty((4, 2), np.int64)
    for k in range(4):
        square[k, 0], square[k, 1] = qx + int(k in (1, 2)), qy + int(k > 1)
    pen[0] = pen[1] = 0
    _, out, at = put_ring(out, 0, square, 4, False, pen)
    return out, at
