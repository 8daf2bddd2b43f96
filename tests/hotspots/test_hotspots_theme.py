"""Ranks and intervals of the month's theme against what the definitions say, reckoned the slow way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.errors import InvalidInput
from geo.hotspots.theme import against_others, mean_ranks, rate_ratio, trends

COUNTS = st.integers(0, 40)


@given(COUNTS, COUNTS, st.integers(1, 60), st.integers(1, 60))
def test_the_interval_of_a_rate_ratio_is_that_of_the_binomial_share(after, before, days_after, days_before):
    found = rate_ratio(after, before, days_after=days_after, days_before=days_before)
    if after + before == 0:
        assert math.isnan(found.value)
        assert (found.low, found.high) == (0.0, math.inf)
        return
    low, high = stats.binomtest(after, after + before).proportion_ci(0.95, method="exact")
    scale = days_before / days_after
    assert found.low == pytest.approx(scale * low / (1 - low))
    assert found.high == (math.inf if high == 1 else pytest.approx(scale * high / (1 - high)))
    assert found.low <= found.value <= found.high
    back = rate_ratio(before, after, days_after=days_before, days_before=days_after)
    assert back.low == pytest.approx(1 / found.high if found.high < math.inf else 0.0)


@pytest.mark.parametrize(("here", "ratio"), [(4.0, 1.0), (12.0, 0.5), (25.0, 2.0)])
def test_the_interval_holds_the_truth_at_least_as_often_as_it_says(here, ratio):
    before, after = np.arange(90), np.arange(140)
    weight = np.outer(stats.poisson.pmf(after, here * ratio), stats.poisson.pmf(before, here))
    held = [
        [rate_ratio(a, b).low <= ratio <= rate_ratio(a, b).high for b in before] for a in after
    ]  # fmt: skip
    assert (weight * np.array(held)).sum() >= 0.95


@settings(max_examples=30, deadline=None)
@given(*[st.integers(1, 12)] * 4)
def test_the_comparison_with_others_is_the_exact_conditional_interval(after, before, others_after, others_before):
    found = against_others(after, before, others_after, others_before)
    assert found.value == pytest.approx(after * others_before / (before * others_after))
    # At each end the count here is just not too unlikely, given all margins.
    margins = (after + before + others_after + others_before, after + before, after + others_after)
    for odds, tail in ((found.low, "sf"), (found.high, "cdf")):
        if 0 < odds < math.inf:
            law = stats.nchypergeom_fisher(*margins, odds)
            assert (law.sf(after - 1) if tail == "sf" else law.cdf(after)) == pytest.approx(0.025, abs=1e-6)
    # Twice as much everywhere is no change here.
    assert against_others(2 * before, before, 2 * others_before, others_before).value == pytest.approx(1.0)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=12))
def test_ranks_go_by_order_alone(rows):
    table = np.array(rows, dtype=float)
    score = mean_ranks(table)
    for k, row in enumerate(table):
        slow = [((table[:, c] < row[c]).sum() + ((table[:, c] == row[c]).sum() + 1) / 2) / len(table) for c in (0, 1)]
        assert score[k] == pytest.approx(np.mean(slow))
    assert mean_ranks(np.column_stack((table[:, 0] ** 3, 5 + 2 * table[:, 1]))) == pytest.approx(score)


def test_a_rise_of_few_is_less_of_a_trend_than_one_of_many():
    found = trends([3, 60, 0, 5], [1, 30, 4, 0], days_now=30, days_before=30)
    assert found[1] > 1 > found[0] > found[2] == 0
    assert np.isfinite(found).all()
    assert trends([60], [30], days_now=60, days_before=30)[0] == pytest.approx(found[1] / 2)


def test_what_cannot_be_is_named():
    for bad in (lambda: rate_ratio(-1, 2), lambda: rate_ratio(1, 2, days_after=0), lambda: against_others(1, 1, -1, 1)):
        with pytest.raises(InvalidInput, match=r"count|days"):
            bad()
    with pytest.raises(InvalidInput):
        mean_ranks([[1.0, math.nan]])
    assert mean_ranks(np.empty((0, 4))).shape == (0,)
