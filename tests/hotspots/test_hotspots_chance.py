"""What the scan says of chance: draws, ties, p-values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.hotspots import scan_bernoulli, scan_poisson
from geo.hotspots.scan import chance, clusters
from tests.hotspots.scan_worlds import town


def test_what_chance_draws_keeps_what_it_should():
    rng = np.random.default_rng(1)
    by_place, by_period = np.array([5, 0, 7, 3]), np.array([6, 0, 4, 5])
    both = chance.exchanged(by_place, by_period)(rng, 30)
    assert (both.sum(axis=1) == by_place[:, None]).all()
    assert (both.sum(axis=0) == by_period[:, None]).all()
    place, age = chance.recently_exchanged(by_place, by_period[2:])(rng, 30)
    assert (np.sort(age, axis=1) == [0, 0, 0, 0, 0, 1, 1, 1, 1]).all()
    assert (np.apply_along_axis(np.bincount, 1, place, minlength=4) <= by_place).all()
    ill = chance.labels(by_place, 6)(rng, 30)
    assert (ill.sum(axis=0) == 6).all()
    assert (ill[:, 0] <= by_place[:, None]).all()


@pytest.mark.parametrize("total", [3, 5000])
def test_cases_fall_by_their_share(total):
    share = np.array([[0.1, 0.0], [0.25, 0.4], [0.05, 0.2]])
    maps_ = 40_000 // total
    drawn = chance.by_measure(share * 7, total)(np.random.default_rng(3), maps_)
    assert (drawn.sum(axis=(0, 1)) == total).all()
    many = drawn.sum(axis=2)
    error = np.sqrt(share * (1 - share) * total * maps_)
    assert (abs(many - share * total * maps_) <= 4.5 * error).all()
    # The same for the last period alone, which holds 60 % of the measure.
    place, age = chance.recent_by_measure(share[:, 1:] * 7, total, 7.0)(np.random.default_rng(4), maps_)
    assert (age == 0).all()
    counts = np.bincount(place[place >= 0], minlength=3)
    assert (abs(counts - share[:, 1] * total * maps_) <= 4.5 * error[:, 1] + 1e-9).all()


def test_on_maps_without_a_cluster_p_is_no_smaller_than_it_should_be():
    rng, low = np.random.default_rng(0), 0
    x, y = rng.uniform(0, 1, (2, 40))
    people = rng.uniform(1, 4, 40)
    for seed in range(300):
        cases = rng.multinomial(60, people / people.sum())
        found = scan_poisson(cases=cases, population=people, x=x, y=y, replicas=39, rng=seed)
        low += bool(found) and found[0].p <= 0.05
    assert 3 <= low <= 29  # 15 ± 3.7 standard errors


def test_ties_by_chance_count():
    """Three cases in three places of one in which anybody could have had one: chance does no less."""
    cases = [1, 1, 1, 0, 0, 0]
    found = scan_bernoulli(cases=cases, controls=[0, 0, 0, 1, 1, 1], x=range(6), y=[0] * 6, replicas=199, rng=1)
    assert found[0].llr == pytest.approx(6 * np.log(2))
    assert found[0].p > 0.05
    assert found[0].p == found[0].p_ties > found[0].p_above


@given(st.lists(st.integers(0, 6), min_size=19, max_size=19), st.permutations(range(7)))
def test_the_p_that_is_told_is_a_p_value_at_levels_in_use_and_keeps_the_order(drawn, ratios):
    maxima, ratio = np.array(drawn, dtype=float), np.array(ratios, dtype=float)
    ties, above = clusters.monte_carlo_p(ratio, maxima), clusters.monte_carlo_p(ratio + 2e-9, maxima)
    p = clusters.told_p(ties, above)
    for level in (0.05, 0.1):
        assert ((p <= level) == (ties <= level)).all()
    assert ((p == ties) | (p == above)).all()
    assert (np.diff(p[np.argsort(ratio)]) <= 0).all()


def test_gumbel_agrees_with_many_replicas_and_goes_beyond_them():
    x, y, people, cases, _ = town()
    cases = cases.sum(axis=1)
    cases[(np.hypot(x - 5, y - 5) < 1.5)] += 6
    few = scan_poisson(cases=cases, population=people, x=x, y=y, replicas=999, rng=2)
    assert few[0].p == 0.001
    assert few[0].p_gumbel < 1e-4
    for one in few[1:4]:
        assert one.p_gumbel == pytest.approx(one.p, abs=0.08)
