"""Which side of a line a point lies on: the exact sign, by a float filter and then by expansions.

An expansion is a sum of floats that do not overlap; its sign is the sign of its largest part. Sums and products of two
floats are such sums of two parts, without error. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust
Geometric Predicates, Discrete & Computational Geometry 18 (1997).

Exact for all coordinates that are 0 or between 1e-130 and 1e+100 in size: products beyond that leave the range of
floats.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit

# (3 + 16 ε) ε with ε = 2⁻⁵³: the error of the determinant, relative to the sum of its two products (Shewchuk, fig. 21).
ERROR: Final = 3.3306690738754716e-16
# 2²⁷ + 1 cuts a float into two halves of 26 bits.
_SPLITTER: Final = 134217729.0


@jit
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Where p lies seen from a to b: 1 left, −1 right, 0 exactly on the line through them."""
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    # Differences have the right sign, and so have products: where the two have not the same, no error can hide.
    bound = ERROR * (abs(left) + abs(right))
    if det > bound or (det > 0 and (left == 0 or right == 0)):
        return 1
    if det < -bound or (det < 0 and (left == 0 or right == 0)):
        return -1
    if left == 0 and right == 0:
        return 0
    return exact_side(ax, ay, bx, by, px, py)


@jit
def exact_side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """`side` without the filter: the sign of (a − p) × (b − p), every difference and product without error."""
    u, u_low = _difference(ax, px)
    v, v_low = _difference(by, py)
    w, w_low = _difference(ay, py)
    z, z_low = _difference(bx, px)
    if u_low == 0 and v_low == 0 and w_low == 0 and z_low == 0:
        # So it is wherever coordinates are within a factor of 2. Rounding keeps order: compare floats, then errors.
        left, left_low = _product(u, v)
        right, right_low = _product(w, z)
        if left == right:
            left, right = left_low, right_low
        return int(left > right) - int(left < right)
    total = np.zeros(16)
    size = 0
    for turn in range(2):
        sign = 1.0 - 2.0 * turn
        if turn == 1:
            u, u_low, v, v_low = w, w_low, z, z_low
        for one in (u, u_low):
            for other in (v, v_low):
                high, low = _product(sign * one, other)
                size = _grow(total, size, low)
                size = _grow(total, size, high)
    for k in range(size - 1, -1, -1):
        if total[k] != 0:
            return 1 if total[k] > 0 else -1
    return 0


@jit
def _grow(total: NDArray[np.float64], size: int, value: float) -> int:
    """Add a float to an expansion in place; returns its new number of parts (Shewchuk's GROW-EXPANSION)."""
    carry = value
    for k in range(size):
        high = carry + total[k]
        back = high - carry
        total[k] = (carry - (high - back)) + (total[k] - back)
        carry = high
    total[size] = carry
    return size + 1


@jit
def _difference(a: float, b: float) -> tuple[float, float]:
    """A − b as a float and its error (TWO-DIFF)."""
    high = a - b
    back = a - high
    return high, (a - (high + back)) + (back - b)


@jit
def _product(a: float, b: float) -> tuple[float, float]:
    """A · b as a float and its error (TWO-PRODUCT)."""
    high = a * b
    wide = _SPLITTER * a
    a_high = wide - (wide - a)
    a_low = a - a_high
    wide = _SPLITTER * b
    b_high = wide - (wide - b)
    b_low = b - b_high
    return high, a_low * b_low - (((high - a_high * b_high) - a_low * b_high) - a_high * b_low)
