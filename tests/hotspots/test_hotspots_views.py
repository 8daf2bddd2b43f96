"""Gi*, Moran and patterns through time by their definitions."""

from __future__ import annotations

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
    emerging,
    freeman_tukey,
    local_g,
    mann_kendall,
    moran,
    standardised_rates,
)
from geo.hotspots.emerging import classify

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
