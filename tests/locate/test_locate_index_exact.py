"""Exact signs against rational arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from geo.locate.index.exact import exact_side, side

# Zero, or of a size whose products neither overflow nor lose bits; 0.1 and its neighbours are the hard cases.
plain = st.floats(-180, 180).filter(lambda value: value == 0 or abs(value) > 1e-60)
tiny = st.floats(-1e-30, 1e-30).filter(lambda value: value == 0 or abs(value) > 1e-60)
huge = st.floats(-1e60, 1e60).filter(lambda value: value == 0 or abs(value) > 1e-60)
few = st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.1 + 2**-56, 0.3 - 2**-54, 1e-30, 1.0, 179.99999999999997, 2.0**-40])
coordinate = st.one_of(few, plain, tiny, huge)


def true_side(ax, ay, bx, by, px, py):
    a, b, c, d, x, y = (Fraction(value) for value in (ax, ay, bx, by, px, py))
    det = (a - x) * (d - y) - (b - y) * (c - x)
    return (det > 0) - (det < 0)


@settings(max_examples=1000, deadline=None)
@given(*[coordinate] * 6)
@example(0.0, 0.0, 0.3, 0.3, 0.1, 0.1)
@example(0.1, 0.1, 0.3, 0.30000000000000004, 0.2, 0.2)
@example(-180.0, 1e-30, 180.0, 1e-30, 0.1, 1e-30)
def test_the_side_is_that_of_rational_arithmetic(ax, ay, bx, by, px, py):
    expected = true_side(ax, ay, bx, by, px, py)
    assert side(ax, ay, bx, by, px, py) == expected
    assert exact_side(ax, ay, bx, by, px, py) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(plain, min_size=4, max_size=4), st.floats(0, 1), st.integers(-2, 2))
def test_points_beside_a_line_by_the_last_bit(ends, share, ulps):
    ax, ay, bx, by = ends
    px, py = ax + (bx - ax) * share, ay + (by - ay) * share
    for _ in range(abs(ulps)):
        py = float(np.nextafter(py, np.sign(ulps) * np.inf))
    assume(all(value == 0 or abs(value) > 1e-60 for value in (px, py)))
    assert side(ax, ay, bx, by, px, py) == true_side(ax, ay, bx, by, px, py)
