"""The figures of the coverage page against plain loops over shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.model import Area, Grid, Report, Staff
from geo.service.context import Service, net_of
from geo.service.coverage import view_coverage
from geo.service.coverage_figures import (
    EXPECTED_LEAST,
    cover_faults,
    mean_distance,
    nearest_stations,
    rate_breaks,
    role_templates,
    span_of_control,
    vacancies,
)
from geo.service.coverage_periods import rate_periods
from geo.service.issues import report_issue
from tests.maps.coverage_town import ROLES, coverage_service, make_place, make_reports
from tests.maps.town import square, town_drawing

names = st.sampled_from(ROLES)
posts = st.lists(st.builds(Staff, st.just("g"), names, st.none() | st.just("某人")), max_size=9)


@given(st.lists(names, unique=True), posts)
def test_vacancies_are_empty_posts_and_roles_without_one(template: list[str], held: list[Staff]) -> None:
    found = sorted(vacancies(template, held))
    want = [post.role for post in held if not post.name]
    want += [role for role in template if not any(post.role == role for post in held)]
    assert found == sorted(want)
    full = all(any(p.role == r for p in held) for r in template) and all(p.name for p in held)
    assert (not found) == full


@given(st.integers(0, 5000), posts)
def test_span_counts_people_not_posts(households: int, held: list[Staff]) -> None:
    people = [post for post in held if post.name]
    assert span_of_control(households, held) == (households / len(people) if people else None)
    for role in ROLES:
        mine = [post for post in people if post.role == role]
        assert span_of_control(households, held, role) == (households / len(mine) if mine else None)


@given(st.floats(1e-4, 1e8))
def test_limits_of_rates_stand_around_the_place_and_are_round(rate: float) -> None:
    limits = rate_breaks(rate)
    assert len(limits) == 4
    assert list(limits) == sorted(set(limits))
    assert limits[1] <= rate * (1 + 1e-9) and rate < limits[2] * (1 + 1e-9)  # noqa: PT018
    for limit in limits:
        assert f"{limit:e}"[0] in "125"
        assert float(f"{limit:.0e}") == limit
    assert rate_breaks(limits[1] * 1.01) == limits or limits[1] * 1.01 >= limits[2]


@given(st.sampled_from([0.0, -1.0, float("nan"), float("inf")]))
def test_limits_without_a_rate(rate: float) -> None:
    assert rate_breaks(rate) == (1.0, 2.0, 5.0, 10.0)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 12))
def test_nearest_station_is_that_of_a_loop(seed: int, stations: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    points = shapely.points(rng.uniform(114, 114.05, places), rng.uniform(33, 33.05, places))
    spots = [square(*rng.integers(0, 12, 2), 0.2, 0.1) for _ in range(stations)]
    which, metres = nearest_stations(points, spots)
    both = np.array([*points, *spots], dtype=object)
    flat = crs.project(both, source="EPSG:4326", target="EPSG:32650")
    for k in range(places):
        all_m = [flat[k].distance(station) for station in flat[places:]]
        assert metres[k] == pytest.approx(min(all_m), rel=2e-3, abs=1e-6)
        assert all_m[which[k]] == pytest.approx(min(all_m), rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 5000), st.integers(0, 90)), max_size=12))
def test_mean_distance_is_that_of_the_households(rows: list[tuple[float, int]]) -> None:
    mean, far = mean_distance(np.array([m for m, _ in rows]), np.array([n for _, n in rows], dtype=np.int64))
    each = [m for m, n in rows for _ in range(n)] or [m for m, _ in rows]
    if not each:
        assert (mean, far) == (None, None)
    else:
        assert mean == pytest.approx(sum(each) / len(each))
        assert far == max(each)


def boxes(seed: int) -> tuple[Grid, ...]:
    """A lattice with grids left out, pulled in and pushed over their neighbours."""
    rng = np.random.default_rng(seed)
    base = town_drawing().grids[0]
    out = []
    for c in range(4):
        for r in range(3):
            kind = rng.integers(0, 6)
            if kind == 0:
                continue
            wide = {1: 1.25, 2: 0.75}.get(int(kind), 1.0)
            out.append(replace(base, code=f"{c}{r}", geometry=square(c, r, wide, 1.0)))
    return tuple(out)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_gaps_and_overlaps_are_those_of_a_loop_over_pairs(seed: int) -> None:
    grids = boxes(seed)
    if not grids:
        return
    district = square(0, 0, 4, 3)
    gap, overlap, seams = cover_faults(grids, [Area("990101", "区", "district", None, district)])
    unit = square(0, 0).area
    m2 = crs.project(np.array([square(0, 0)], dtype=object), source="EPSG:4326", target="EPSG:32650")[0].area / unit
    union = shapely.union_all([grid.geometry for grid in grids])
    pairs = {(a.code, b.code) for a, b in combinations(grids, 2) if a.geometry.intersection(b.geometry).area > 0}
    assert gap == pytest.approx(district.difference(union).area * m2, rel=1e-2, abs=0.01)
    assert overlap == pytest.approx((sum(g.geometry.area for g in grids) - union.area) * m2, rel=1e-2, abs=0.01)
    assert {seam.codes for seam in seams if seam.kind == "fault_overlap"} == pairs
    bare = [s for s in seams if s.kind in ("fault_gap", "coverage_ground_without_grid")]
    holes = [part for part in shapely.get_parts(district.difference(union)) if part.area]
    assert sum(s.size for s in bare) == pytest.approx(gap, rel=1e-2, abs=0.01)
    for seam in bare:
        assert sum(hole.intersects(shapely.Point(seam.lon, seam.lat)) for hole in holes) == 1
    assert [s.size for s in seams] == sorted((s.size for s in seams), reverse=True)


def test_sound_nets_have_no_seams() -> None:
    district = square(0, 0, 14, 12)
    gap, overlap, seams = cover_faults(town_drawing().grids, [Area("990101", "区", "district", None, district)])
    assert (gap, seams) == (pytest.approx(0, abs=0.01), ())
    assert overlap == pytest.approx(0, abs=0.01)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = coverage_service(tmp_path_factory.mktemp("coverage"), reports=make_reports())
    yield service
    service.store.close()


def test_every_figure_of_the_page_against_loops(service: Service) -> None:
    view, place, grids = view_coverage(service), make_place(), town_drawing().grids
    houses = [f for f in place.features if f.layer == "building"]
    stations = [f for f in place.features if f.layer == "station"]
    flat = {
        id(f): crs.project(np.array([f.geometry], dtype=object), source="EPSG:4326", target="EPSG:32650")[0]
        for f in (*houses, *stations)
    }
    reports = make_reports()
    inside = {g.code: [h for h in houses if g.geometry.contains(h.geometry)] for g in grids}
    all_hh = sum(h.households for own in inside.values() for h in own)
    mean = sum(g.weight for g in grids) / len(grids)
    full = 0
    for grid, row in zip(grids, view.rows, strict=True):
        own = inside[grid.code]
        held = [p for p in place.staff if p.grid == grid.code]
        people = [p for p in held if p.name]
        count = sum(grid.geometry.covers(shapely.Point(r.lon, r.lat)) for r in reports)
        hh = sum(h.households for h in own)
        lacking = [p.role for p in held if not p.name] + [r for r in ROLES if r not in {p.role for p in held}]
        full += not lacking
        assert (row.households, row.buildings, row.issues, row.people) == (hh, len(own), count, len(people))
        assert sorted(row.vacant) == sorted(lacking)
        assert row.span == (hh / len(people) if people else None)
        for role in ROLES:
            mine = sum(p.role == role for p in people)
            assert row.span_by_role[role] == (hh / mine if mine else None)
        assert row.judged == (hh * len(reports) / all_hh >= EXPECTED_LEAST)
        near = [min(flat[id(h)].centroid.distance(flat[id(s)]) for s in stations) for h in own]
        want = sum(m * h.households for m, h in zip(near, own, strict=True)) / hh
        assert row.station_m == pytest.approx(want, rel=2e-3)
        assert row.farthest_m == pytest.approx(max(m for m, h in zip(near, own, strict=True) if h.households), rel=2e-3)
        assert row.deviation == pytest.approx(grid.weight / mean - 1)
    told = view.totals
    lost = [h for h in houses if not any(g.geometry.intersects(h.geometry) for g in grids)]
    assert [f.id for f in view.uncovered] == [h.id for h in lost] == ["x0", "x1", "x2"]
    assert told.households_uncovered == sum(h.households for h in lost) == 24
    assert told.households == all_hh + 24
    assert told.buildings == len(houses)
    assert (told.grids_full, told.grids_judged) == (full, 12)
    assert told.vacant == sum(len(row.vacant) for row in view.rows)
    assert told.rate == pytest.approx(1000 * len(reports) / all_hh)
    assert told.too_few == sum(not row.judged for row in view.rows)
    spans = sorted(row.span for row in view.rows if row.span is not None)
    assert told.spread["span"] == (spans[0], pytest.approx(float(np.median(spans))), spans[-1])
    assert view.roles == ROLES
    assert (told.over, told.under) == (0, 0)


def test_roles_of_one_kind_of_grid_bind_only_that_kind() -> None:
    base, other = town_drawing().grids[:2]
    grids = (base, replace(other, kind="special"))
    staff = [Staff(base.code, "网格长", "甲"), Staff(other.code, "专员", None), Staff("elsewhere", "外人", "乙")]
    assert role_templates(grids, staff) == {"base": ("网格长",), "special": ("专员",)}


def test_a_place_without_staff_and_stations_says_nothing_about_them(tmp_path: Path) -> None:
    service = coverage_service(tmp_path, make_place(bare=True))
    view = view_coverage(service)
    assert view.roles == () and view.stations == ()  # noqa: PT018
    assert not any(row.templated or row.vacant or row.station_m for row in view.rows)
    assert view.totals.station_m is None
    assert view.totals.spread["station"] is None
    service.store.close()


def test_a_period_counts_what_was_reported_in_it(tmp_path: Path) -> None:
    """Alike from the board (the plan in force) and from the issues one by one (any other plan)."""
    service = coverage_service(tmp_path)
    now = service.now()
    grids, rng = town_drawing().grids, np.random.default_rng(3)
    ages = {code: rng.uniform(0, 500, size=8).tolist() for code in (grid.code for grid in grids[:5])}
    for grid in grids[:5]:
        at = grid.geometry.centroid
        for age in ages[grid.code]:
            when = now - timedelta(days=age)
            report = Report(text="x", lon=at.x, lat=at.y, crs="WGS84", reported_at=when)
            report_issue(service, report, actor="a")
    view = view_coverage(service)
    households = np.array([row.households for row in view.rows], dtype=np.int64)
    assert [period.days for period in view.periods] == [30, 90, 365]
    for period in view.periods:
        counts = [sum(age <= period.days for age in ages.get(grid.code, ())) for grid in grids]
        assert period.counts.tolist() == counts
        assert period.issues == sum(counts)
        assert period.rate == pytest.approx(1000 * sum(counts) / households.sum())
        expected = [hh * sum(counts) / households.sum() for hh in households.tolist()]
        assert period.judged.tolist() == [one >= EXPECTED_LEAST for one in expected]
        rates = sorted(1000 * n / hh for n, hh, one in zip(counts, households, expected, strict=True) if one >= 5)
        assert period.spread == ((rates[0], pytest.approx(np.median(rates)), rates[-1]) if rates else None)
    other = service.store.save_plan(town_drawing(), name="another", actor="a")
    net = net_of(service, other)
    for period, again in zip(view.periods, rate_periods(service, net, households), strict=True):
        assert again.counts.tolist() == period.counts.tolist()
    service.store.close()
