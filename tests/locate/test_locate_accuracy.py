"""Candidates against closed forms and against chance; the digits of coordinates."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.locate import GridIndex
from geo.locate.accuracy import (
    candidates_of_accuracy,
    candidates_of_rounding,
    decimals_of,
    step_of,
    written_decimals,
)
from geo.locate.index.ground import frame

LON, LAT = 121.0, 31.0
PER_LON, PER_LAT = frame(LAT)[:2]
SIGMA = 1 / math.sqrt(-2 * math.log(0.32))  # of an accuracy of 1 m


def box(west, south, east, north):
    """A box in metres around the middle."""
    return shapely.box(LON + west / PER_LON, LAT + south / PER_LAT, LON + east / PER_LON, LAT + north / PER_LAT)


def below(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def told(found, index, point=0):
    """Code (None: outside) -> probability of one point, in their order."""
    of = found.point == point
    codes = [*index.codes, None]
    return {codes[k]: p for k, p in zip(found.grid[of], found.probability[of], strict=True)}


@pytest.mark.parametrize("metres", [0.0, 3.0, 20.0, 60.0])
def test_beside_a_straight_border_it_is_the_normal_distribution(metres):
    index = GridIndex.build([box(-5000, -5000, metres, 5000), box(metres, -5000, 5000, 5000)], ["w", "e"])
    found = told(candidates_of_accuracy(index, lon=[LON], lat=[LAT], accuracy_m=[50.0]), index)
    expected = below(metres / (50 * SIGMA))
    assert found["w"] == pytest.approx(expected, abs=0.004)
    assert found["e"] == pytest.approx(1 - expected, abs=0.004)
    assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.mark.parametrize(("right", "up"), [(0.0, 0.0), (10.0, 25.0), (-15.0, 40.0)])
def test_at_a_corner_it_is_the_product_of_two(right, up):
    edges = [-5000.0, right, 5000.0], [-5000.0, up, 5000.0]
    shapes = [box(edges[0][c], edges[1][r], edges[0][c + 1], edges[1][r + 1]) for r in (0, 1) for c in (0, 1)]
    index = GridIndex.build(shapes, ["sw", "se", "nw", "ne"])
    found = told(candidates_of_accuracy(index, lon=[LON], lat=[LAT], accuracy_m=[40.0]), index)
    west, south = below(right / (40 * SIGMA)), below(up / (40 * SIGMA))
    expected = {"sw": west * south, "se": (1 - west) * south, "nw": west * (1 - south), "ne": (1 - west) * (1 - south)}
    assert found == pytest.approx(expected, abs=0.008)


def test_a_round_grid_of_the_radius_of_accuracy_holds_68_percent_and_the_rest_is_outside():
    turn = np.linspace(0, 2 * np.pi, 400)
    circle = shapely.Polygon(np.column_stack((LON + 80 / PER_LON * np.cos(turn), LAT + 80 / PER_LAT * np.sin(turn))))
    index = GridIndex.build([circle], ["c"])
    found = told(candidates_of_accuracy(index, lon=[LON], lat=[LAT], accuracy_m=[80.0]), index)
    assert found == pytest.approx({"c": 0.68, None: 0.32}, abs=0.002)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), accuracy=st.floats(5, 300))
def test_any_net_against_chance(seed, accuracy):
    rng = np.random.default_rng(seed)
    west, south = rng.uniform(-300, 200, (2, 6))
    shapes = [box(a, b, a + w, b + h) for a, b, w, h in zip(west, south, *rng.uniform(50, 400, (2, 6)), strict=True)]
    index = GridIndex.build(shapes, list("cafbed"), over={4})
    lon, lat = LON + rng.uniform(-100, 100, 3) / PER_LON, LAT + rng.uniform(-100, 100, 3) / PER_LAT
    found = candidates_of_accuracy(index, lon=lon, lat=lat, accuracy_m=[accuracy, 0.0, np.nan])
    assert np.bincount(found.point, found.probability) == pytest.approx([1, 1, 1])
    # Exact points have the answer that they have anyway.
    assert [told(found, index, k) for k in (1, 2)] == [
        {[*index.codes, None][k]: 1.0} for k in index.locate(lon=lon, lat=lat)[1:]
    ]
    many = rng.normal(0, accuracy * SIGMA, (40_000, 2)) / [PER_LON, PER_LAT]
    drawn = index.locate(lon=lon[0] + many[:, 0], lat=lat[0] + many[:, 1])
    first = told(found, index)
    sure = len(first) == 1  # a border so far away that no rival can have 5 %
    for k, code in enumerate([None, *index.codes], -1):
        assert first.get(code, 0.0) == pytest.approx((drawn == k).mean(), abs=0.05 if sure else 0.015)


def test_equally_probable_grids_stand_in_the_order_of_codes_and_a_grid_over_the_net_wins():
    halves = [box(-500, -500, 0, 500), box(0, -500, 500, 500)]
    for codes in (["a", "b"], ["b", "a"]):
        index = GridIndex.build(halves, codes)
        found = candidates_of_rounding(index, lon=[LON], lat=[LAT], half_lon_m=[50.0], half_lat_m=[50.0])
        if found.probability[0] == found.probability[1]:
            assert [codes[k] for k in found.grid] == ["a", "b"]
        assert found.probability == pytest.approx([0.5, 0.5], abs=0.004)
    index = GridIndex.build([*halves, box(-20, -500, 20, 500)], ["a", "b", "z"], over={2})
    found = told(candidates_of_accuracy(index, lon=[LON], lat=[LAT], accuracy_m=[20.0]), index)
    assert found["z"] == pytest.approx(2 * below(20 / (20 * SIGMA)) - 1, abs=0.004)
    assert next(iter(found)) == "z"


def test_a_rounded_point_lies_anywhere_in_its_rectangle():
    index = GridIndex.build([box(-500, -500, 25, 10), box(25, -500, 500, 10)], ["w", "e"])
    found = told(candidates_of_rounding(index, lon=[LON], lat=[LAT], half_lon_m=[50.0], half_lat_m=[40.0]), index)
    share = 50 / 80
    assert found == pytest.approx({"w": 0.75 * share, "e": 0.25 * share, None: 1 - share}, abs=0.005)


def test_the_same_question_has_the_same_answer_however_many_are_asked():
    rng = np.random.default_rng(2)
    index = GridIndex.build([box(-500, -500, 0, 500), box(0, -500, 500, 500)], ["a", "b"])
    lon, lat = LON + rng.uniform(-80, 80, 1500) / PER_LON, LAT + rng.uniform(-80, 80, 1500) / PER_LAT
    accuracy = rng.uniform(1, 200, 1500)
    every = candidates_of_accuracy(index, lon=lon, lat=lat, accuracy_m=accuracy)
    for k in (0, 1023, 1024, 1499):
        one = candidates_of_accuracy(index, lon=lon[[k]], lat=lat[[k]], accuracy_m=accuracy[[k]])
        assert told(one, index) == told(every, index, k)


@pytest.mark.parametrize("bad", [-1.0, np.inf])
def test_a_bad_radius_is_named_by_its_row(bad):
    index = GridIndex.build([box(-50, -50, 50, 50)], ["a"])
    with pytest.raises(InvalidInput, match="Row 2"):
        candidates_of_accuracy(index, lon=[LON, LON], lat=[LAT, LAT], accuracy_m=[1.0, bad])
    with pytest.raises(InvalidInput, match="differ"):
        candidates_of_accuracy(index, lon=[LON, LON], lat=[LAT, LAT], accuracy_m=[1.0])


def test_without_grids_all_is_outside():
    found = candidates_of_accuracy(GridIndex.build([], []), lon=[LON], lat=[LAT], accuracy_m=[10.0])
    assert (found.grid.tolist(), found.probability.tolist()) == ([-1], [1.0])


@given(digits=st.integers(-(10**8), 10**8), places=st.integers(0, 7))
def test_decimals_are_those_of_the_shortest_text(digits, places):
    value = float(f"{digits}e-{places}")
    text = f"{digits}e-{places}"
    expected = places
    while expected > -6 and digits % 10 == 0:
        if digits == 0:
            expected = -6
            break
        digits //= 10
        expected -= 1
    assert decimals_of([value]).tolist() == [expected], text


@pytest.mark.parametrize(
    ("text", "places"),
    [("121.470", 3), ("121.4737", 4), ("-3", 0), (" 31.2 ", 1), ("1.2e2", -1), ("3E-2", 2), ("x", None), ("", None)],
)
def test_decimals_of_a_text(text, places):
    assert written_decimals(text) == places


def test_the_step_that_a_point_was_rounded_to():
    x = [121.473, 121.47, 121.0, 121.47, 121.4731, np.nan]
    y = [31.2, 31.23, 31.0, 31.2304, 31.2, 31.2]
    step = step_of(x, y, degrees=True)
    np.testing.assert_allclose(step[:2], [0.001, 0.01])
    assert step[2] >= 1
    assert np.isnan(step[3:]).all()
    metres = step_of([459300.0, 459320.0, 459000.0], [3456000.0, 3456700.0, 3455000.0], degrees=False)
    np.testing.assert_array_equal(metres, [100.0, np.nan, 1000.0])
    # As written: zeros of four decimals were measured; those of a column of fixed width were not.
    written = ([4, 6, 3, -128], [4, 6, 3, -128])
    np.testing.assert_array_equal(
        step_of([121.47] * 4, [31.2] * 4, degrees=True, written=written), [np.nan, 0.01, 0.001, 0.01]
    )
