"""What is usual, and what a topic does elsewhere at the same time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from geo.hotspots import Cluster, Clusters
from geo.service.hotspot_usual import less_surge, usual

TABLES = arrays.arrays(np.int64, (5, 8), elements=st.integers(0, 9))


def cluster(counts: np.ndarray, expected: np.ndarray) -> Cluster:
    """Grid 0 in the last two periods."""
    share = expected * (counts.sum() / expected.sum())
    observed, within = int(counts[0, 6:].sum()), float(share[0, 6:].sum())
    return Cluster(np.array([0]), 0, 0.0, observed, within, 2.0, 50.0, 0.01, 0.01, 0.01, 1e-6, 6, 7, 700.0)


@given(TABLES, arrays.arrays(np.float64, (5, 8), elements=st.floats(0.5, 50)))
def test_what_is_usual_is_above_zero_and_grows_with_the_base(counts: np.ndarray, base: np.ndarray) -> None:
    expected = usual(counts, base, 2)
    assert np.isfinite(expected).all()
    assert (expected > 0).all()
    # A grid's rate is one number: over time only the base changes.
    assert np.allclose(expected / base, (expected / base)[:, :1])


@given(TABLES)
def test_only_windows_that_hold_most_of_their_days_are_told(counts: np.ndarray) -> None:
    counts[0, 7] += 1
    found = less_surge(
        Clusters((cluster(counts, np.ones((5, 8))),), np.array([1.0, 2.0, 3.0])), counts, np.ones((5, 8)), period_days=7
    )
    inside, everywhere = counts[0, 6:].sum(), counts[:, 6:].sum()
    assert len(found) == (inside / everywhere >= 2 / 3)
    for told in found:
        # What is elevated elsewhere too is expected more, never less, and can only be less sure.
        assert told.expected >= cluster(counts, np.ones((5, 8))).expected
        assert told.llr <= 50.0


def test_rain_everywhere_is_no_hotspot() -> None:
    counts = np.zeros((50, 8), dtype=np.int64)
    counts[:, 7] = 1
    counts[0, 7] = 100
    expected = np.ones((50, 8))
    one = cluster(counts, expected)
    (told,) = less_surge(Clusters((one,), np.array([1.0, 2.0, 3.0])), counts, expected, period_days=7)
    surge = (49 + 1) / (149 * 98 / 400 + 1)
    assert np.isclose(told.expected, one.expected * surge)
    assert told.llr < 0.1 + 100 * np.log(100 / told.expected)
