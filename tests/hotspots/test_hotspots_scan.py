"""The fast scan against one that looks at every circle and window."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import xlogy

from geo.hotspots import TimeWindow, scan_bernoulli, scan_permutation, scan_poisson, scan_space_time
from geo.hotspots.scan import kernels, replicas
from geo.hotspots.scan.places import find_places
from geo.hotspots.scan.zones import Reach, circles
from tests.hotspots.scan_worlds import FEW, draws, town

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
