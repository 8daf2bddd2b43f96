"""Repeats in chains, early warning, expectations, density and the price of several categories."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.hotspots import (
    Cluster,
    Clusters,
    corrected,
    cusum_threshold,
    density,
    ears,
    expected_from_past,
    find_repeats,
    gated,
    person_time,
    poisson_cusum,
    scan_each,
    scan_poisson,
    standardised,
)
from geo.hotspots.warning import mean_run_length

FEW = settings(max_examples=40, deadline=None)


# --- repeats ---------------------------------------------------------------------------------------------------------


@FEW
@given(
    st.lists(st.tuples(st.integers(-1, 2), st.sampled_from(["", "noise", "water"]), st.integers(0, 30)), max_size=25)
)
def test_chains_link_what_follows_closely(reports):
    address = np.array([r[0] for r in reports], dtype=int)
    topic = np.array([r[1] for r in reports], dtype=str)
    day = np.array([r[2] for r in reports], dtype=float)
    key = np.column_stack((address.astype(str), topic)) if len(reports) else np.empty((0, 2), dtype=str)
    key[:, 0] = np.where(address < 0, "", key[:, 0])
    found = find_repeats(key, day, within_days=3)
    known = (address >= 0) & (topic != "")
    # Two reports are in one chain exactly if days of reports of their key bridge them.
    for i, j in itertools.combinations(range(len(reports)), 2):
        same = known[i] and known[j] and reports[i][:2] == reports[j][:2]
        between = sorted(day[known & (address == address[i]) & (topic == topic[i])])
        low, high = sorted((day[i], day[j]))
        steps = [d for d in between if low <= d <= high]
        linked = same and all(b - a <= 3 for a, b in itertools.pairwise(steps))
        assert (found.chain[i] == found.chain[j]) == linked
    assert found.count.sum() == len(reports)
    for number, first in enumerate(found.first):
        members = np.flatnonzero(found.chain == number)
        assert found.count[number] == len(members)
        assert day[first] == found.first_day[number] == day[members].min()
        assert found.last_day[number] == day[members].max()
    assert (found.count[found.again(2)] >= 2).all()


def test_chains_do_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(2)
    key, day = rng.integers(0, 40, 300), rng.uniform(0, 365, 300)
    order = rng.permutation(300)
    one, other = find_repeats(key, day, within_days=14), find_repeats(key[order], day[order], within_days=14)
    assert (one.chain[order] == other.chain).all()
    assert (one.key == other.key).all()
    for bad, sentence in [
        ({"within_days": -1}, "within_days"),
        ({"day": [1.0]}, "1"),
        ({"day": [np.nan] * 300}, "row 1"),
    ]:
        with pytest.raises(InvalidInput, match=sentence):
            find_repeats(**{"key": key, "day": day, "within_days": 3, **bad})


# --- early warning ---------------------------------------------------------------------------------------------------


def test_ears_by_hand():
    counts = np.array([3, 5, 4, 6, 2, 4, 4, 5, 4, 20, 9, 3])
    found = ears(counts)
    for t in range(len(counts)):
        for statistic, gap, row in ((found.c1, 0, 0), (found.c2, 2, 1)):
            before = counts[max(t - 7 - gap, 0) : t - gap] if t - gap > 0 else counts[:0]
            assert found.judged[row, t] == (t - 7 - gap >= 0)
            truth = (counts[t] - before.mean()) / before.std(ddof=1) if found.judged[row, t] else 0.0
            assert statistic[0, t] == pytest.approx(truth)
    assert found.c1[0, 9] > 3
    assert found.c3[0, 11] == pytest.approx(np.maximum(found.c2[0, 9:12] - 1, 0).sum())
    assert found.judged[2].tolist() == [False] * 11 + [True]


def test_ears_on_little():
    assert (ears(np.zeros((2, 30))).c2 == 0).all()
    lone = np.zeros((1, 30))
    lone[0, 20] = 1
    assert ears(lone).c1.max() < 3  # one case after a quiet week is no alarm
    short = ears([[5], [9]])
    assert not short.judged.any()
    assert (short.c1 == 0).all()
    with pytest.raises(InvalidInput, match="row 1"):
        ears([np.nan, 1])
    with pytest.raises(InvalidInput, match="baseline"):
        ears([1, 2], baseline=1)


def test_cusum_by_hand_and_its_threshold_by_simulation():
    sums = poisson_cusum([0, 3, 4, 0, 0], [1, 1, 1, 1, 1], ratio=2, threshold=2.5)
    step = np.array([0, 3, 4, 0, 0]) * np.log(2) - 1
    assert sums[0].tolist() == pytest.approx([0, step[1], step[1] + step[2], 0, 0])  # starts again after the alarm
    h = cusum_threshold(2.0, ratio=2.0, run_length=100.0)
    rng, runs = np.random.default_rng(1), []
    series = poisson_cusum(rng.poisson(2.0, (400, 1500)), np.full((400, 1500), 2.0), ratio=2.0)
    for row in series:
        over = np.flatnonzero(row > h)
        runs.append(over[0] + 1 if len(over) else 1500)
    assert np.mean(runs) == pytest.approx(100, rel=0.2)
    assert mean_run_length(2.0, 2.0, h) >= 100
    with pytest.raises(InvalidInput, match="ratio is 1"):
        poisson_cusum([1], [1], ratio=1.0)
    with pytest.raises(InvalidInput, match="Row 1 has 1 case"):
        poisson_cusum([1], [0])
    with pytest.raises(InvalidInput, match="expected"):
        cusum_threshold(0.0)


# --- expectations ----------------------------------------------------------------------------------------------------


def test_person_time_is_the_integral():
    edges = [dt.date(y, 1, 1).toordinal() for y in (2019, 2020, 2021, 2022)]
    steady = person_time([[10.0, 10.0]], [edges[1], edges[2]], edges)
    assert steady.tolist() == [[3650, 3660, 3650]]  # the leap year is longer
    counted = [dt.date(2019, 7, 1).toordinal(), dt.date(2021, 7, 1).toordinal()]
    days = np.arange(edges[0], edges[-1]) + 0.5
    fine = np.interp(days, counted, [100.0, 300.0])
    truth = [fine[(days > a) & (days < b)].sum() for a, b in itertools.pairwise(edges)]
    np.testing.assert_allclose(person_time([[100.0, 300.0]], counted, edges)[0], truth, rtol=1e-5)
    with pytest.raises(InvalidInput, match="ascending"):
        person_time([[1.0, 2.0]], [5, 5], edges)
    with pytest.raises(InvalidInput, match="2 periods"):
        person_time([[1.0, 2.0]], [5], edges)


def test_standardised_and_past_expectations():
    people = np.array([[[10.0, 0.0]], [[30.0, 20.0]]])
    np.testing.assert_allclose(standardised([8, 6], people)[:, 0], [2.0, 12.0])
    with pytest.raises(InvalidInput, match="Group 2"):
        standardised([8, 6], people * [1, 0])
    past = expected_from_past([0, 90, 5], [100.0, 100.0, 100.0])
    assert past[0] > 0
    assert past[1] < 90


# --- density ---------------------------------------------------------------------------------------------------------


def test_density_is_that_of_the_kernel():
    rng = np.random.default_rng(0)
    x, y = rng.normal(50, 10, (2, 300))
    raster = density(x, y, bounds=(0, 0, 100, 100), shape=(200, 200), bandwidth=5.0)
    assert raster.sum() * 0.25 == pytest.approx(300, rel=0.01)
    for row, column in [(100, 100), (60, 130), (120, 80)]:
        squares = ((column + 0.5) / 2 - x) ** 2 + ((row + 0.5) / 2 - y) ** 2
        truth = np.exp(-squares / 50).sum() / (2 * np.pi * 25)
        assert raster[row, column] == pytest.approx(truth, rel=0.02)
    assert (density([], [], bounds=(0, 0, 1, 1), shape=(2, 3), bandwidth=1) == 0).all()
    with pytest.raises(InvalidInput, match="bandwidth"):
        density([1], [1], bounds=(0, 0, 1, 1), shape=(2, 3), bandwidth=0)


# --- several categories ----------------------------------------------------------------------------------------------


def made(p, days=None):
    one = Cluster(np.array([0]), 0, 0.0, 5, 1.0, 5.0, 9.0, p, p, p, p, recurrence_days=days)
    return Clusters((one,), np.zeros(999))


def test_the_price_of_several_categories():
    found = corrected({"noise": made(0.01, 100.0), "water": made(0.4, 2.5)})
    assert [finding.category for finding in found] == ["noise", "water"]
    assert found[0].p == pytest.approx(1 - 0.99**2)
    assert found[0].recurrence_days == pytest.approx(1 / (1 - 0.99**2))
    assert found[1].p == pytest.approx(1 - 0.6**2)
    assert corrected({"noise": made(0.01)})[0].p == 0.01
    assert corrected({"noise": made(0.01)})[0].recurrence_days is None
    assert [f.category for f in gated(found, least_days=30)] == ["noise"]
    assert corrected({}) == []


def test_a_category_does_not_change_the_answer_of_another():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 1, (2, 30))
    counts = {name: rng.poisson(3, 30) for name in ("noise", "water", "roads")}

    def scan(cases, generator):
        return scan_poisson(cases=cases, population=np.ones(30), x=x, y=y, replicas=49, rng=generator)

    everything = scan_each(counts, scan, seed=4)
    backwards = scan_each(dict(reversed(counts.items())), scan, seed=4)
    alone = scan_each({"water": counts["water"]}, scan, seed=4)
    assert [(f.category, f.p, f.cluster.llr) for f in everything] == [
        (f.category, f.p, f.cluster.llr) for f in backwards
    ]
    of_water = [f.cluster.p for f in everything if f.category == "water"]
    assert of_water == [f.cluster.p for f in alone]
