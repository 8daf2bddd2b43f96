"""Gi*, patterns through time, repeats, early warning, expectations, density and the price of several categories."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.errors import InvalidInput
from geo.hotspots import (
    PATTERNS,
    Around,
    Cluster,
    Clusters,
    corrected,
    cusum_threshold,
    density,
    ears,
    emerging,
    expected_from_past,
    find_repeats,
    freeman_tukey,
    gated,
    local_g,
    mann_kendall,
    moran,
    person_time,
    poisson_cusum,
    scan_each,
    scan_poisson,
    standardised,
    standardised_rates,
)
from geo.hotspots.emerging import classify
from geo.hotspots.warning import mean_run_length

FEW = settings(max_examples=40, deadline=None)


def line(n, *, starred=True):
    return Around.of_pairs(np.column_stack((np.arange(n - 1), np.arange(1, n))), n, starred=starred)


# --- Gi and Gi* ------------------------------------------------------------------------------------------------------


@FEW
@given(st.lists(st.floats(-50, 50), min_size=4, max_size=12), st.data())
def test_gi_by_its_definition(values, data):
    n = len(values)
    number = st.integers(0, n - 1)
    pairs = np.array(data.draw(st.lists(st.tuples(number, number), max_size=20)), dtype=int).reshape(-1, 2)
    x = np.round(values, 3)
    touching = {(a, b) for a, b in pairs if a != b} | {(b, a) for a, b in pairs if a != b}
    for starred in (True, False):
        z = local_g(x, Around.of_pairs(pairs, n, starred=starred)).z
        for i in range(n):
            own = [i] if starred else []
            mine = [j for j in range(n) if (i, j) in touching] + own
            sample = x if starred else np.delete(x, i)
            m, s, w = len(sample), sample.std(), len(mine)
            spread = (m * w - w * w) / (m - 1)
            truth = (x[mine].sum() - w * sample.mean()) / (s * np.sqrt(spread)) if s > 1e-6 and spread > 0 else None
            if truth is not None:
                assert z[i] == pytest.approx(truth, abs=1e-6)


@pytest.mark.parametrize("starred", [True, False])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e9])
def test_a_flat_map_has_no_hotspot(value, starred):
    found = local_g(np.full(50, value), line(50, starred=starred))
    assert (found.z == 0).all()
    assert (found.p == 1).all()
    assert (found.q == 1).all()


def test_no_value_spoils_the_others_silently():
    with pytest.raises(InvalidInput, match="row 3"):
        local_g([1.0, 2.0, np.nan, 4.0], line(4))
    with pytest.raises(InvalidInput, match="3 rows"):
        local_g([1.0, 2.0, 3.0], line(4))
    assert len(local_g([], Around.of_pairs([], 0)).z) == 0
    assert local_g([4.0], line(1)).z.tolist() == [0.0]
    assert local_g([4.0], line(1, starred=False)).z.tolist() == [0.0]


def test_standardised_rates_of_a_map_by_chance_are_standard():
    rng = np.random.default_rng(3)
    people = rng.lognormal(7, 1, 4000)
    z = standardised_rates(rng.poisson(people / 100), people)
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1, abs=0.05)
    # Of equal rates with a variance estimated below 0, large populations do not stand out by a divisor near 0.
    even = standardised_rates([10, 100, 1001], [100, 1000, 10_000])
    assert abs(even).max() < 0.2
    assert standardised_rates([0, 0], [5, 0]).tolist() == [0, 0]
    assert standardised_rates([5, 0], [5, 0]).tolist() == [0, 0]
    with pytest.raises(InvalidInput, match="5 cases"):
        standardised_rates([5, 0], [0, 0])


def test_moran_by_its_definition():
    rng = np.random.default_rng(1)
    x, around = rng.normal(size=30), line(30, starred=False)
    w = around.matrix.toarray()
    for by_row in (True, False):
        v = w / w.sum(axis=1, keepdims=True) if by_row else w
        d = x - x.mean()
        assert moran(x, around, by_row=by_row) == pytest.approx(30 / v.sum() * (d @ v @ d) / (d @ d))
    assert moran(np.full(30, 0.1), around) == 0.0
    assert moran(x, Around.of_pairs([], 30, starred=False)) == 0.0
    with pytest.raises(InvalidInput, match="Row 2"):
        freeman_tukey([1, 2], [5, 0])


# --- through time ----------------------------------------------------------------------------------------------------


@FEW
@given(st.lists(st.integers(0, 5), min_size=2, max_size=15))
def test_mann_kendall_by_its_definition(row):
    n = len(row)
    score = sum(np.sign(b - a) for a, b in itertools.combinations(row, 2))
    ties = np.unique(row, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    z = (score - np.sign(score)) / np.sqrt(variance) if variance > 0 else 0.0
    found = mann_kendall(np.array([row]))
    assert found.z[0] == pytest.approx(z)
    assert found.p[0] == pytest.approx(2 * stats.norm.sf(abs(z)))


def pattern_of(signs, z=None):
    """Signs as text: + hot, - cold, . neither."""
    sign = np.array([{"+": 1.0, "-": -1.0, ".": 0.0}[s] for s in signs])
    values = (sign * 3 if z is None else np.asarray(z, dtype=float))[None]
    return PATTERNS[classify(values, (sign != 0)[None], mann_kendall(values), alpha=0.05)[0]]


RISE = np.arange(3.0, 13.0)


@pytest.mark.parametrize(
    ("signs", "z", "name"),
    [
        ("..........", None, "none"),
        (".........+", None, "new"),
        (".......+++", None, "consecutive"),
        ("++++++++++", RISE, "intensifying"),
        (".+++++++++", RISE, "intensifying"),
        ("++++++++++", None, "persistent"),
        ("++++++++++", RISE[::-1], "diminishing"),
        ("..++..+..+", None, "sporadic"),
        ("..--..+..+", None, "oscillating"),
        ("+++++++++.", None, "historical"),
        ("+++++++...", None, "none"),
        ("++++++++..", None, "none"),
        ("-...+...++", None, "oscillating"),
    ],
)
def test_patterns_by_their_definitions(signs, z, name):
    assert len(PATTERNS) == len(set(PATTERNS)) == 17
    assert pattern_of(signs, z) == (name if name == "none" else f"{name}_hot")
    mirrored = signs.translate(str.maketrans("+-", "-+"))
    assert pattern_of(mirrored, None if z is None else -z) == (name if name == "none" else f"{name}_cold")


def test_emerging_finds_what_was_put_in_and_nothing_on_chance():
    side, steps, rng = 12, 14, np.random.default_rng(4)
    row, column = np.divmod(np.arange(side * side), side)
    near = (abs(row[:, None] - row) <= 1) & (abs(column[:, None] - column) <= 1)
    around = Around.of_pairs(np.argwhere(np.triu(near, 1)), side * side)
    quiet = rng.poisson(20, (side * side, steps)).astype(float)
    assert (emerging(quiet, around).pattern == 0).mean() > 0.97
    loud = quiet.copy()
    corner = (row < 3) & (column < 3)
    loud[corner, -1] += 60
    always = (row > 8) & (column > 8)
    loud[always] += 60
    found = emerging(loud, around)
    assert {PATTERNS[i] for i in found.pattern[corner & (row < 2) & (column < 2)]} == {"new_hot"}
    assert {PATTERNS[i] for i in found.pattern[always]} <= {"persistent_hot", "intensifying_hot", "diminishing_hot"}


def test_emerging_says_when_it_cannot_tell():
    with pytest.raises(InvalidInput, match="9 steps"):
        emerging(np.ones((4, 9)), line(4))
    with pytest.raises(InvalidInput, match="row 2"):
        emerging(np.where(np.arange(4)[:, None] == 1, np.inf, np.ones((4, 10))), line(4))
    with pytest.raises(InvalidInput, match="3 rows"):
        emerging(np.ones((3, 10)), line(4))
    with pytest.raises(InvalidInput, match="table"):
        emerging(np.ones(10), line(4))
    assert (emerging(np.zeros((4, 10)), line(4)).pattern == 0).all()
    assert len(emerging(np.zeros((0, 10)), Around.of_pairs([], 0)).pattern) == 0


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
