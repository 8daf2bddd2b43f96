"""The fast scan against one that looks at every circle and window, and the promises it makes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import xlogy

from geo.errors import InvalidCoordinate, InvalidInput
from geo.hotspots import TimeWindow, scan_bernoulli, scan_permutation, scan_poisson, scan_space_time
from geo.hotspots.scan import chance, clusters, kernels, replicas
from geo.hotspots.scan.places import EARTH_M, find_places
from geo.hotspots.scan.zones import Reach, Zones, circles, paths

FEW = settings(max_examples=40, deadline=None)
WHOLE = st.integers(0, 6)


def poisson_ratio(c, e, total):
    return float(xlogy(c, c / e) + xlogy(total - c, (total - c) / (total - e))) if c > e and e < total else 0.0


def bernoulli_ratio(c, n, cases, everyone):
    if c * everyone <= n * cases or n >= everyone:
        return 0.0

    def likelihood(ill, all_of):
        return xlogy(ill, ill / all_of) + xlogy(all_of - ill, (all_of - ill) / all_of)

    return float(likelihood(c, n) + likelihood(cases - c, everyone - n) - likelihood(cases, everyone))


def all_circles(points, measure, share):
    """Every circle as a frozenset of rows: by centre and radius, ties by the lesser coordinates."""
    found = set()
    for centre in points:
        rank = sorted(range(len(points)), key=lambda i: (*(float(np.hypot(*(points[i] - centre))),), *points[i]))
        inside = 0.0
        for size, row in enumerate(rank, 1):
            inside += measure[row]
            if inside > share * sum(measure) * (1 + 1e-12):
                break
            found.add(frozenset(rank[:size]))
    return found


def best_of_all(points, cases, measure, share, ratio, windows, least=2):
    """The largest ratio over all circles and windows (first, last)."""
    best = 0.0
    for rows in all_circles(points, measure.sum(axis=1), share):
        inside = sorted(rows)
        for first, last in windows:
            c = cases[inside, first : last + 1].sum()
            if c >= least:
                best = max(best, ratio(c, measure[inside, first : last + 1].sum()))
    return best


def draws(n):
    """Points on a small lattice, so that distances and places often coincide."""
    return st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=n, max_size=n, unique=True)


@st.composite
def maps(draw, periods=1):
    n = draw(st.integers(1, 9))
    points = np.array(draw(draws(n)), dtype=float)
    cases = np.array(draw(st.lists(st.lists(WHOLE, min_size=periods, max_size=periods), min_size=n, max_size=n)))
    people = np.array(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)), dtype=float)
    return points, cases, people, draw(st.sampled_from([0.3, 0.5, 0.75, 1.0]))


@FEW
@given(maps())
def test_poisson_is_the_best_of_all_circles(drawn):
    points, cases, people, share = drawn
    total = cases.sum()
    expected = (people * total / people.sum())[:, None]
    found = scan_poisson(
        cases=cases[:, 0], population=people, x=points[:, 0], y=points[:, 1], max_share=share, replicas=0, rng=0
    )
    best = best_of_all(points, cases, expected, share, lambda c, e: poisson_ratio(c, e, total), [(0, 0)])
    assert (found[0].llr if found else 0.0) == pytest.approx(best, abs=1e-9)
    for one in found:
        assert one.observed == cases[one.members].sum() >= 2
        assert one.expected == pytest.approx(expected[one.members].sum())
        assert one.llr == pytest.approx(poisson_ratio(one.observed, one.expected, total), abs=1e-9)
    for one, other in itertools.pairwise(found):
        assert one.llr >= other.llr
        assert not set(one.members) & set(other.members)


@FEW
@given(maps(), st.data())
def test_bernoulli_is_the_best_of_all_circles(drawn, data):
    points, cases, people, share = drawn
    ill = cases[:, 0]
    everyone = ill + people
    found = scan_bernoulli(
        cases=ill, controls=people, x=points[:, 0], y=points[:, 1], max_share=share, replicas=0, rng=0
    )
    best = best_of_all(
        points, cases, everyone[:, None], share, lambda c, n: bernoulli_ratio(c, n, ill.sum(), everyone.sum()), [(0, 0)]
    )
    assert (found[0].llr if found else 0.0) == pytest.approx(best, abs=1e-9)


@FEW
@given(maps(periods=4), st.booleans(), st.integers(1, 4), st.booleans())
def test_space_and_time_is_the_best_of_all_windows(drawn, prospective, longest, permuted):
    points, cases, people, share = drawn
    total = cases.sum()
    windows = [(a, b) for a in range(4) for b in range(a, 4) if b - a < longest and (b == 3 or not prospective)]
    time = TimeWindow(prospective=prospective, max_periods=longest)
    place = {"x": points[:, 0], "y": points[:, 1]}
    if permuted:
        expected = np.outer(cases.sum(axis=1), cases.sum(axis=0)) / max(total, 1)
        found = scan_permutation(cases=cases, **place, max_share=share, time=time, replicas=0, rng=0)
    else:
        days = np.array([31.0, 28.0, 31.0, 30.0])
        expected = np.outer(people, days) * total / (people.sum() * days.sum())
        found = scan_space_time(
            cases=cases, population=people, days=days, **place, max_share=share, time=time, replicas=0, rng=0
        )
    best = best_of_all(points, cases, expected, share, lambda c, e: poisson_ratio(c, e, total), windows)
    assert (found[0].llr if found else 0.0) == pytest.approx(best, abs=1e-9)
    for one in found:
        assert (one.first, one.last) in windows
        assert one.observed == cases[one.members, one.first : one.last + 1].sum()
        assert one.expected == pytest.approx(expected[one.members, one.first : one.last + 1].sum())


@FEW
@given(maps(periods=5), st.booleans(), st.integers(1, 5), st.integers(0, 2**32))
def test_the_largest_ratio_of_every_replica_is_that_of_a_scan_of_it(drawn, prospective, longest, seed):
    """Replicas are never scanned window by window; each must still have exactly the ratio of the best one."""
    points, cases, people, share = drawn
    total = int(cases.sum())
    if not total:
        return
    expected = np.outer(people, np.ones(5)) * total / (5 * people.sum())
    places = find_places(len(points), x=points[:, 0], y=points[:, 1], lon=None, lat=None)
    measure = places.total(expected)
    zones = circles(places, measure.sum(axis=1), Reach(share))
    windows = (4 if prospective else 0, 1, longest)
    skipped = max(windows[0] - longest + 1, 0)
    rng = np.random.default_rng(seed)
    made = rng.multinomial(total, (measure / total).ravel(), size=20).T.reshape(*measure.shape, 20)
    problem = replicas.Problem(
        made[:, skipped:, 0].astype(np.int32), measure[:, skipped:], zones,
        (windows[0] - skipped, 1, longest), 2, kernels.POISSON, total, float(total),
    )  # fmt: skip

    def draw(_, many):
        return np.ascontiguousarray(made[:, skipped:, :many], dtype=np.int32)

    def scatter(_, many):
        single = [
            np.repeat(np.indices(m.shape).reshape(2, -1).T, m.ravel(), axis=0) for m in draw(_, many).transpose(2, 0, 1)
        ]
        most = max(len(rows) for rows in single)
        place, age = np.full((many, most), -1, dtype=np.int32), np.zeros((many, most), dtype=np.int32)
        for r, rows in enumerate(single):
            place[r, : len(rows)] = rows[:, 0]
            age[r, : len(rows)] = 5 - skipped - 1 - rows[:, 1]
        return place, age

    spans = [(a, b) for a in range(5) for b in range(a, 5) if b - a < longest and (b == 4 or not prospective)]
    truth = [
        best_of_all(places.points, made[:, :, r], measure, share, lambda c, e: poisson_ratio(c, e, total), spans)
        for r in range(16)
    ]
    dense = replicas.largest_ratios(problem, draw, 16, np.random.default_rng(0))
    np.testing.assert_allclose(dense, truth, atol=1e-9)
    for singly in (True, False) if prospective else ():
        recent = replicas.largest_recent(problem, scatter, 16, np.random.default_rng(0), singly=singly)
        np.testing.assert_allclose(recent, dense, atol=1e-9)


def town(seed=5, n=60, periods=20):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 10, (2, n))
    people = rng.uniform(100, 900, n)
    cases = rng.poisson(people[:, None] / 5000, (n, periods))
    return x, y, people, cases, rng


@pytest.mark.parametrize("kind", ["poisson", "bernoulli", "space_time", "emerging", "permutation", "paths"])
def test_seeds_give_the_same_answer_on_any_order_of_rows(kind):
    x, y, people, cases, rng = town()
    x[7], y[7] = x[30], y[30]  # two rows at one place
    pairs = np.argwhere(np.triu(np.hypot(x[:, None] - x, y[:, None] - y) < 2, 1))

    def scan(order):
        back = np.argsort(order)
        common = {"x": x[order], "y": y[order], "replicas": 120, "rng": 8}
        c, p = cases[order], people[order]
        if kind == "poisson":
            return scan_poisson(cases=c.sum(axis=1), population=p, **common)
        if kind == "paths":
            return scan_poisson(cases=c.sum(axis=1), population=p, neighbours=back[pairs], **common)
        if kind == "bernoulli":
            return scan_bernoulli(cases=c[:, 0], controls=c[:, 1:].sum(axis=1), **common)
        if kind == "permutation":
            return scan_permutation(cases=c, **common)
        return scan_space_time(cases=c, population=p, time=TimeWindow(prospective=kind == "emerging"), **common)

    plain, mixed = np.arange(60), rng.permutation(60)
    one, other = scan(plain), scan(mixed)
    assert len(one) == len(other) > 0
    assert (one.maxima == other.maxima).all()
    for a, b in zip(one, other, strict=True):
        assert sorted(mixed[b.members]) == a.members.tolist()
        assert (a.llr, a.p, a.p_gumbel, a.observed, a.first, a.last) == (
            b.llr,
            b.p,
            b.p_gumbel,
            b.observed,
            b.first,
            b.last,
        )
    assert (scan(plain).maxima == one.maxima).all()


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


def test_an_emerging_cluster_is_told_with_its_days():
    x, y, people, _, rng = town(periods=60)
    cases = rng.poisson(people[:, None] / 3000, (60, 60))
    inside = np.argsort(np.hypot(x - 5, y - 5))[:4]
    cases[inside, -5:] += 3
    time = TimeWindow(prospective=True, max_periods=14)
    for found in (
        scan_permutation(cases=cases, x=x, y=y, time=time, rng=1),
        scan_space_time(cases=cases, population=people, x=x, y=y, time=time, rng=1),
    ):
        assert set(inside) <= set(found[0].members)
        assert len(found[0].members) <= 7
        assert (found[0].first, found[0].last) == (55, 59)
        assert found[0].recurrence_days > 365
        assert all(other.p > 0.05 for other in found[1:])


def test_steady_differences_between_places_do_not_emerge():
    """A place with ten times the reports, or a day with more everywhere, is no news to the permutation scan."""
    rng = np.random.default_rng(6)
    rate = np.where(np.arange(40) == 7, 5.0, 0.5)[:, None] * np.where(np.arange(30) == 29, 4.0, 1.0)
    cases = rng.poisson(rate)
    x, y = rng.uniform(0, 1, (2, 40))
    found = scan_permutation(cases=cases, x=x, y=y, time=TimeWindow(prospective=True), replicas=199, rng=1)
    assert all(one.p > 0.02 for one in found)


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
