"""Method A against closed forms, published values, and maps without any hotspot."""

from __future__ import annotations

import csv
from math import comb, exp, factorial

import numpy as np
import pytest

from geo.errors import InvalidInput
from geo.hotspots import (
    NeighbourhoodSpec,
    false_discovery,
    neighbourhood_ratio,
    ratio_interval,
    shrink_rates,
    upper_tail,
)


def chess_board(side):
    """Queen neighbours of a side × side board, as pairs."""
    row, column = np.divmod(np.arange(side * side), side)
    near = (abs(row[:, None] - row) <= 1) & (abs(column[:, None] - column) <= 1)
    return np.argwhere(np.triu(near, 1))


ALONE: tuple[tuple[int, int], ...] = ()  # no grid touches another


def test_poisson_tail_is_the_closed_form():
    for o, e in [(1, 0.3), (3, 2.5), (12, 4.0), (0, 5.0)]:
        closed = 1.0 - sum(exp(-e) * e**k / factorial(k) for k in range(o))
        assert upper_tail(np.array([o]), np.array([e]), np.zeros(1))[0] == pytest.approx(closed, rel=1e-9)


def test_negative_binomial_tail_is_the_closed_form():
    # Mean 6 and variance 6 + 12: size 3, probability of success 1/3.
    closed = 1.0 - sum(comb(k + 2, k) * (1 / 3) ** 3 * (2 / 3) ** k for k in range(10))
    assert upper_tail(np.array([10]), np.array([6.0]), np.array([12.0]))[0] == pytest.approx(closed, rel=1e-12)


def test_garwood_interval():
    # 95 % of 10: 4.795 to 18.39 (Garwood 1936).
    low, high = ratio_interval(np.array([10.0, 0.0, 3.0]), np.array([1.0, 1.0, 0.0]))
    np.testing.assert_allclose(low, [4.7954, 0, 0], atol=5e-5)
    np.testing.assert_allclose(high, [18.3904, 3.6889, np.inf], atol=5e-5)


def test_false_discovery_equals_its_definition():
    rng = np.random.default_rng(0)
    p = np.append(rng.random(40) ** 3, [0.2, 0.2, 0.2])
    rank = np.array([(p <= value).sum() for value in p])
    for i in range(len(p)):
        larger = p >= p[i]
        assert false_discovery(p)[i] == pytest.approx(min(1.0, (p * len(p) / rank)[larger].min()))
    assert len(false_discovery(np.empty(0))) == 0


def test_shrinkage_matches_the_published_values_of_nc_sids(shared_data):
    with (shared_data / "hotspots" / "nc_sids.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cases = np.array([float(row["SID74"]) for row in rows])
    births = np.array([float(row["BIR74"]) for row in rows])
    found = shrink_rates(cases, births)
    assert f"{found.variance:.6e}" == "7.692931e-07"
    assert f"{found.mean:.9f}" == "0.002021445"
    raw = cases / births
    assert ((found.rate - found.mean) * (raw - found.mean) >= 0).all()
    assert (abs(found.rate - found.mean) <= abs(raw - found.mean)).all()


def test_no_heterogeneity_means_no_colour_at_all():
    population = np.array([100.0, 250.0, 333.0, 0.0])
    assert (shrink_rates(population * 0.1, population).rate == shrink_rates(population * 0.1, population).mean).all()
    assert (shrink_rates(np.zeros(3), np.zeros(3)).rate == 0).all()


def test_sums_over_neighbours_by_hand():
    #  0 - 1 - 2
    found = neighbourhood_ratio([1, 2, 6], [10, 20, 60], [(0, 1), (2, 1)], spec=NeighbourhoodSpec(0.0, 1.0))
    assert found.around_observed.tolist() == [3, 9, 8]
    np.testing.assert_allclose(found.expected, [1, 2, 6])
    np.testing.assert_allclose(found.around_expected, [3, 9, 8])
    # Observed equals expected everywhere: nothing to colour, nothing elevated.
    assert found.ratio.tolist() == [1, 1, 1]
    assert found.dispersion == 0.0
    assert (found.q > 0.5).all()


def test_doubled_and_own_pairs_count_once():
    plain = neighbourhood_ratio([1, 2, 6], [1, 1, 1], [(0, 1)])
    messy = neighbourhood_ratio([1, 2, 6], [1, 1, 1], [(1, 0), (0, 1), (0, 1), (2, 2)])
    assert plain.around_observed.tolist() == messy.around_observed.tolist() == [3, 3, 6]


def test_a_planted_cluster_is_found_and_nothing_else():
    side, rng = 20, np.random.default_rng(4)
    population = rng.uniform(500, 1500, side * side)
    row, column = np.divmod(np.arange(side * side), side)
    inside = (abs(row - 10) <= 1) & (abs(column - 7) <= 1)
    cases = rng.poisson(population / 100 * np.where(inside, 4.0, 1.0))
    found = neighbourhood_ratio(cases, population, chess_board(side))
    hot = found.q <= 0.05
    assert hot[inside].all()
    near = (abs(row - 10) <= 2) & (abs(column - 7) <= 2)
    assert not hot[~near].any()
    assert found.ratio[inside].min() > 1.5
    assert found.dispersion > 0


def test_maps_without_hotspots_stay_empty():
    """False hot grids come in patches, so their mean over few maps is noisy: all settings are pooled for it."""
    side, maps = 40, 60
    board, rng = chess_board(side), np.random.default_rng(11)
    hot = []
    for rate, spread in [(0.2, 0.0), (1.0, 0.0), (5.0, 0.0), (1.0, 0.3), (5.0, 0.3)]:
        for _ in range(maps):
            population = rng.lognormal(0.0, 0.5, side * side)
            risk = rng.gamma(1 / spread, spread, side * side) if spread else 1.0
            cases = rng.poisson(rate * population / population.mean() * risk)
            hot.append(int((neighbourhood_ratio(cases, population, board).q <= 0.05).sum()))
        assert np.mean([count > 0 for count in hot[-maps:]]) <= 0.1, (rate, spread)
    assert np.mean(hot) <= 0.1


def test_ignoring_overdispersion_would_paint_false_hotspots():
    """The guard above is needed: the same maps judged as Poisson are full of them."""
    board, rng = chess_board(20), np.random.default_rng(2)
    cases = rng.poisson(20 * rng.gamma(2.0, 0.5, 400))
    strict = neighbourhood_ratio(cases, np.ones(400), board)
    naive = neighbourhood_ratio(cases, np.ones(400), board, spec=NeighbourhoodSpec(overdispersion=False))
    assert (strict.q <= 0.05).sum() == 0
    assert (naive.q <= 0.05).sum() > 10


def test_order_of_rows_does_not_matter():
    board, rng = chess_board(8), np.random.default_rng(9)
    cases, population = rng.poisson(5, 64), rng.uniform(1, 2, 64)
    found = neighbourhood_ratio(cases, population, board)
    new = rng.permutation(64)
    old = np.argsort(new)
    again = neighbourhood_ratio(cases[old], population[old], rng.permutation(new[board]))
    np.testing.assert_allclose(again.q, found.q[old], rtol=1e-9)
    np.testing.assert_allclose(again.ratio, found.ratio[old], rtol=1e-9)


@pytest.mark.parametrize(
    ("cases", "population"),
    [([0, 0, 0], [5, 5, 5]), ([0, 0, 0], [0, 0, 0]), ([1, 0, 0], [1, 1, 1])],
)
def test_too_little_to_judge_is_said_and_finite(cases, population):
    found = neighbourhood_ratio(cases, population, ALONE)
    assert not found.judged.any()
    assert (found.q == 1).all()
    assert (found.p == 1).all()
    assert np.isfinite(found.ratio).all()


def test_one_grid_has_nothing_to_be_compared_with():
    found = neighbourhood_ratio([500], [1000], ALONE)
    assert not found.judged[0]
    assert found.ratio[0] == 1
    given = neighbourhood_ratio([500], None, ALONE, expected=[100], spec=NeighbourhoodSpec(overdispersion=False))
    assert given.judged[0]
    assert given.q[0] < 1e-9
    assert len(neighbourhood_ratio([], [], ALONE).q) == 0


def test_cases_where_nobody_lives_are_no_hotspot_by_division():
    found = neighbourhood_ratio([30, 30, 30, 2], [100, 100, 100, 0], ALONE)
    assert not found.judged[3]
    assert found.ratio[3] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"observed": [1, np.nan, 0]}, "observed, row 2"),
        ({"observed": [1, -1, 0]}, "observed, row 2"),
        ({"observed": [1, 0.5, 0]}, "Row 2: the count 0.5"),
        ({"population": [1, 1, np.inf]}, "population, row 3"),
        ({"population": [1, 1]}, "population has 2 rows but there are 3"),
        ({"population": [0, 0, 0]}, "6 cases but population is 0"),
        ({"expected": [1, 1, 1]}, "exactly one"),
        ({"population": None}, "exactly one"),
        ({"neighbours": [0, 1, 2]}, "a pair of grids a row"),
        ({"neighbours": [(0.0, 1.0)]}, "a pair of grids a row"),
        ({"neighbours": [(0, 1), (1, 3)]}, r"row 2: \(1, 3\)"),
        ({"observed": [[1, 2, 3]]}, "one-dimensional"),
    ],
)
def test_bad_input_is_named(arguments, sentence):
    given = {"observed": [1, 2, 3], "population": [1, 1, 1], "neighbours": ALONE, **arguments}
    with pytest.raises(InvalidInput, match=sentence):
        neighbourhood_ratio(**given)
