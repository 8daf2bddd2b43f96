"""Maps and draws for tests of the scan."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

FEW = settings(max_examples=40, deadline=None)


def draws(n):
    """Points on a small lattice, so that distances and places often coincide."""
    return st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=n, max_size=n, unique=True)


def town(seed=5, n=60, periods=20):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 10, (2, n))
    people = rng.uniform(100, 900, n)
    cases = rng.poisson(people[:, None] / 5000, (n, periods))
    return x, y, people, cases, rng
