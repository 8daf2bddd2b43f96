"""Neighbourhoods, paths and input of the scan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidCoordinate, InvalidInput
from geo.hotspots import TimeWindow, scan_bernoulli, scan_permutation, scan_poisson, scan_space_time
from geo.hotspots.scan.places import EARTH_M, find_places
from geo.hotspots.scan.zones import Reach, Zones, circles, paths
from tests.hotspots.scan_worlds import FEW, draws


def test_neighbourhoods_do_not_cross_a_river():
    """
    0 1 2 3    bank    Cases gather at 1, 2 above and 5, 6 below; a circle takes both banks at once.
    4 5 6 7    bank
    """
    x, y = np.tile([0.0, 1.0, 1.9, 3.0], 2), np.repeat([0.0, 0.1], 4)
    cases, people = np.array([1, 9, 9, 1, 1, 9, 9, 1]), np.full(8, 100.0)
    banks = [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 7)]
    over = scan_poisson(cases=cases, population=people, x=x, y=y, replicas=99, rng=0)
    along = scan_poisson(cases=cases, population=people, x=x, y=y, neighbours=banks, replicas=99, rng=0)
    assert over[0].members.tolist() == [1, 2, 5, 6]
    assert [one.members.tolist() for one in along[:2]] == [[1, 2], [5, 6]]
    assert along[0].radius == pytest.approx(0.9)


@FEW
@given(st.integers(2, 9), st.data())
def test_paths_are_shortest_and_connected(n, data):
    points = np.array(data.draw(draws(n)), dtype=float)
    edges = np.array(
        data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20)), dtype=int
    )
    places = find_places(n, x=points[:, 0], y=points[:, 1], lon=None, lat=None)
    zones = paths(places, np.ones(n), edges.reshape(-1, 2), Reach(1.0))
    length = np.full((n, n), np.inf)
    np.fill_diagonal(length, 0)
    for a, b in places.of_row[edges.reshape(-1, 2)]:
        if a != b:
            length[a, b] = length[b, a] = np.hypot(*(places.points[a] - places.points[b]))
    for k in range(n):
        length = np.minimum(length, length[:, k : k + 1] + length[k])
    for centre in range(n):
        reached = zones.prefix(centre, int(zones.indptr[centre + 1] - zones.indptr[centre]))
        assert sorted(reached) == np.flatnonzero(np.isfinite(length[centre])).tolist()
        assert (np.diff(length[centre][reached]) >= -1e-9).all()


@pytest.mark.parametrize("n", [400, 1500])
def test_few_neighbours_are_the_first_of_all(n):
    """On a lattice many stand at one distance: the quick search must break ties as the full one does."""
    side = int(np.sqrt(n))
    places = find_places(
        side**2, x=np.repeat(np.arange(side), side), y=np.tile(np.arange(side), side), lon=None, lat=None
    )
    few, radius = circles(places, np.ones(side**2), Reach(1.0, max_neighbours=11)), Reach(1.0, max_radius=2.5)
    everyone, near = circles(places, np.ones(side**2), Reach(1.0)), circles(places, np.ones(side**2), radius)
    for centre in range(0, side**2, 37):
        assert few.prefix(centre, 11).tolist() == everyone.prefix(centre, 11).tolist()
        apart = np.hypot(*(places.points - places.points[centre]).T)
        assert near.indptr[centre + 1] - near.indptr[centre] == (apart <= 2.5).sum()


def test_great_circles():
    places = find_places(3, x=None, y=None, lon=[0, 90, 0.5], lat=[0, 0, 0])
    quarter, near = places.of_row[1], places.of_row[2]
    assert places.distances(int(places.of_row[0]), np.array([quarter]))[0] == pytest.approx(EARTH_M * np.pi / 2)
    assert isinstance(circles(places, np.ones(3), Reach(1.0, max_radius=EARTH_M * np.radians(0.5))), Zones)
    zones = circles(places, np.ones(3), Reach(1.0, max_radius=EARTH_M * np.radians(0.5)))
    first = int(places.of_row[0])
    assert sorted(zones.prefix(first, int(np.diff(zones.indptr)[first]))) == sorted([first, near])


def test_nothing_to_scan_is_an_empty_answer():
    x, y = [0, 1, 2], [0, 0, 0]
    nothing = [
        scan_poisson(cases=[0, 0, 0], population=[5, 5, 5], x=x, y=y, rng=1),
        scan_poisson(cases=[0, 0, 0], population=[0, 0, 0], x=x, y=y, rng=1),
        scan_poisson(cases=[7], population=[5], x=[0], y=[0], rng=1),
        scan_poisson(cases=[], population=[], x=[], y=[], rng=1),
        scan_bernoulli(cases=[0, 0, 0], controls=[3, 3, 3], x=x, y=y, rng=1),
        scan_bernoulli(cases=[3, 3, 3], controls=[0, 0, 0], x=x, y=y, rng=1),
        scan_permutation(cases=[[3], [9], [0]], x=x, y=y, rng=1),  # one day: no dates to exchange
        scan_permutation(cases=np.zeros((3, 9)), x=x, y=y, rng=1),
        scan_space_time(cases=np.zeros((3, 9)), population=[1, 1, 1], x=x, y=y, rng=1),
        scan_poisson(cases=[1, 0, 0], population=[5, 5, 5], x=x, y=y, rng=1),  # one case is no cluster
    ]
    assert all(len(found) == 0 for found in nothing)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cases": [1, np.nan, 2]}, "cases, row 2"),
        ({"cases": [1, 1.5, 2]}, "Row 2: the count 1.5"),
        ({"cases": [1, -1, 2]}, "cases, row 2"),
        ({"cases": ["a", "b", "c"]}, "no number"),
        ({"cases": [[1, 2, 3]]}, "one-dimensional"),
        ({"population": [1, 1]}, "population has 2 rows"),
        ({"population": [0, 1, 1]}, "Row 1 has 1 case but population is 0"),
        ({"population": [0, 0, 0]}, "6 cases but population is 0 everywhere"),
        ({"population": None}, "exactly one"),
        ({"expected": [1, 1, 1]}, "exactly one"),
        ({"x": None}, "either x and y"),
        ({"lon": [1, 2, 3], "lat": [1, 2, 3]}, "either x and y"),
        ({"x": [0, 1]}, "x has 2 rows"),
        ({"max_share": 0.0}, "largest share is 0.0"),
        ({"max_share": np.nan}, "largest share is nan"),
        ({"max_radius": -1}, "max_radius is -1"),
        ({"max_neighbours": 0}, "max_neighbours is 0"),
        ({"replicas": -1}, "replicas is -1"),
        ({"min_cases": 0}, "min_cases is 0"),
        ({"neighbours": [(0, 5)]}, "names a grid that is not there"),
        ({"neighbours": [(0.5, 1.0)]}, "a pair of grids a row"),
    ],
)
def test_bad_input_is_named(change, sentence):
    given_ = {"cases": [1, 2, 3], "population": [5, 5, 5], "x": [0, 1, 2], "y": [0, 0, 0], "rng": 1, **change}
    with pytest.raises(InvalidInput, match=sentence):
        scan_poisson(**given_)


def test_bad_coordinates_and_times_are_named():
    with pytest.raises(InvalidCoordinate, match=r"lat, row 2: 91\.0"):
        scan_poisson(cases=[1, 2], population=[1, 1], lon=[0, 0], lat=[0, 91], rng=1)
    with pytest.raises(InvalidCoordinate, match="x, row 1: nan"):
        scan_poisson(cases=[1, 2], population=[1, 1], x=[np.nan, 0], y=[0, 0], rng=1)
    table = {"cases": [[1, 2], [3, 4]], "x": [0, 1], "y": [0, 0], "rng": 1}
    for time, sentence in [
        (TimeWindow(min_periods=3, max_periods=2), "there is none"),
        (TimeWindow(max_periods=0), "max_periods is 0"),
        (TimeWindow(max_share=1.5), "largest share is 1.5"),
        (TimeWindow(period_days=0), "period_days is 0"),
    ]:
        with pytest.raises(InvalidInput, match=sentence):
            scan_permutation(**table, time=time)
    with pytest.raises(InvalidInput, match="table of grids by periods"):
        scan_permutation(cases=[1, 2], x=[0, 1], y=[0, 0], rng=1)
    with pytest.raises(InvalidInput, match="population has 3 periods"):
        scan_space_time(**table, population=np.ones((2, 3)))
    with pytest.raises(InvalidInput, match="days has 1 period;"):
        scan_space_time(**table, population=[1, 1], days=[1])
    with pytest.raises(InvalidInput, match="Row 2 has 3 cases"):
        scan_space_time(**table, population=[[1, 1], [0, 1]])
