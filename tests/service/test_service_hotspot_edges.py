"""The run where there is little or nothing, and on days that are over: an answer or a typed error, never a fake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import InvalidInput
from geo.hotspots import Cluster, Clusters, TimeWindow, scan_permutation, scan_space_time
from geo.model import Drawing, Location, Report, Route
from geo.service.context import Service
from geo.service.hotspot_counts import list_incidents
from geo.service.hotspot_fold import FoldBy, fold
from geo.service.hotspot_run import RunSettings, run_hotspots
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.service.test_service_hotspots import ISSUE

QUICK = RunSettings(replicas=99)
DAY = date(2026, 6, 30)
# A clock late enough for all days here.
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def served(url: str, plan: Drawing | None = None) -> Service:
    service = replace(build_service(read_settings(database_url=url, lang="en", actor="t")), clock=lambda: NOW)
    service.store.save_place(place(), actor="t")
    made = service.store.save_plan(plan or drawing(), name="p", actor="t")
    publish_plan(service, made.id, effective=date(2025, 1, 1), actor="t")
    return service


def add(service: Service, rows: Sequence[tuple[date, int, int]], category: str = "0101") -> None:
    """Issues (day, grid 1 to 4, door); doors are metres apart."""
    stored = []
    for day, grid, door in rows:
        lon, lat = WEST + STEP * (0.2 + 2 * ((grid - 1) % 2)), SOUTH + STEP * (0.2 + 2 * ((grid - 1) // 2))
        lon, lat = lon + 4e-5 * (door % 20), lat + 4e-5 * (door // 20 % 20)
        when = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        report = Report("文", "s", f"{category} {day} {grid} {door}", when, "hotline", "hotline", category, lon, lat)
        stored.append(
            (report, Location("located", grid=f"99010100100100{grid}", plan=1, lon=lon, lat=lat), Route(None, ""))
        )
    service.store.save_issues(stored, actor="t")


def year(seed: int = 1) -> list[tuple[date, int, int]]:
    rng = np.random.default_rng(seed)
    quiet = [
        (DAY - timedelta(days=int(ago)), int(rng.integers(1, 5)), k) for k, ago in enumerate(rng.integers(14, 364, 160))
    ]
    return quiet + [(DAY - timedelta(days=int(ago)), 1, 200 + k) for k, ago in enumerate(rng.integers(0, 14, 25))]


def test_a_run_knows_nothing_of_the_days_after_it(store_url: str) -> None:
    service = served(store_url)
    add(service, year())
    before, _ = run_hotspots(service, as_of=DAY, settings=QUICK, actor="t")
    assert [hotspot.members for hotspot in before.hotspots] == [("990101001001001",)]
    # A flood of the same elsewhere, the day after; other settings are another run of the same day.
    add(service, [(DAY + timedelta(days=1 + k % 5), 1 + k % 4, 230 + k) for k in range(150)])
    after, fresh = run_hotspots(service, as_of=DAY, settings=replace(QUICK, fold_reporter=True), actor="t")
    assert fresh
    told = [[replace(h, id=0, run=0, known=0) for h in run.hotspots] for run in (before, after)]
    assert told[0] == told[1]
    assert before.counted == after.counted
    # A later run of a flood that is everywhere tells of no flood.
    later, _ = run_hotspots(service, as_of=DAY + timedelta(days=5), settings=QUICK, actor="t")
    assert {h.members for h in later.hotspots} <= {("990101001001001",)}
    service.store.close()  # type: ignore[attr-defined]


def one_grid() -> Drawing:
    """All units in one grid."""
    whole = drawing()
    grid = replace(whole.grids[0], geometry=shapely.box(WEST, SOUTH, WEST + 4 * STEP, SOUTH + 4 * STEP), units=16)
    assert whole.units is not None
    units = replace(whole.units, grid=np.full(16, grid.code, dtype=object))
    return replace(whole, grids=(replace(grid, weight=400.0),), units=units)


def test_one_grid_one_day_and_few_are_no_hotspot(store_url: str) -> None:
    service = served(store_url, one_grid())
    burst = [(DAY, 1, k) for k in range(60)]
    add(service, burst)
    run, _ = run_hotspots(service, as_of=DAY, settings=QUICK, actor="t")
    assert run.hotspots == ()
    assert run.counted["incidents"] == 60
    add(service, [(DAY - timedelta(days=20 + 3 * k), 1, 100 + k) for k in range(100)])
    later, _ = run_hotspots(service, as_of=DAY, settings=replace(QUICK, min_cases=4), actor="t")
    # One grid is never beyond the others.
    assert all(h.method == "share" for h in later.hotspots)
    assert run_hotspots(service, as_of=date(2025, 3, 1), settings=QUICK, actor="t")[0].hotspots == ()
    service.store.close()  # type: ignore[attr-defined]


def test_all_on_one_day_everywhere_is_no_hotspot(service: Service) -> None:
    add(service, [(date(2025, 5, 30), 1 + k % 4, k) for k in range(80)])
    run, _ = run_hotspots(service, as_of=date(2025, 5, 31), settings=QUICK, actor="t")
    assert run.hotspots == ()


def test_issues_of_the_future_are_not_counted(service: Service) -> None:
    add(service, [(date(2025, 6, 9), 1, k) for k in range(50)])
    run, _ = run_hotspots(service, as_of=date(2025, 6, 1), settings=QUICK, actor="t")
    assert run.counted["incidents"] == 0
    with pytest.raises(InvalidInput):
        run_hotspots(service, as_of=date(2025, 6, 9), settings=QUICK, actor="t")


def test_nobody_lives_where_it_happens(store_url: str) -> None:
    empty = drawing()
    service = served(
        store_url, replace(empty, grids=tuple(replace(g, residents=0, households=None) for g in empty.grids))
    )
    add(service, year())
    for denominator, code in (
        ("residents", "hotspot_denominator_empty"),
        ("households", "hotspot_denominator_unknown"),
    ):
        with pytest.raises(InvalidInput) as error:
            run_hotspots(service, as_of=DAY, settings=replace(QUICK, denominator=denominator), actor="t")
        assert error.value.code == code
    assert run_hotspots(service, as_of=DAY, settings=QUICK, actor="t")[0].hotspots
    service.store.close()  # type: ignore[attr-defined]


def test_numbers_that_are_none_are_named() -> None:
    table: dict[str, Any] = {"x": [0, 1], "y": [0, 0], "rng": 1, "overdispersion": True, "stop_early": True}
    for bad in ([[1, np.nan]] * 2, [[1, -1]] * 2, [[1, 0.5]] * 2):
        with pytest.raises(InvalidInput):
            scan_permutation(cases=bad, **table)
        with pytest.raises(InvalidInput):
            scan_space_time(cases=bad, population=[1, 1], **table)
    nothing: list[Clusters | Sequence[Cluster]] = [
        scan_permutation(cases=np.zeros((2, 30)), **table),
        scan_space_time(cases=np.zeros((2, 30)), population=[1, 1], time=TimeWindow(prospective=True), **table),
        scan_permutation(cases=[[5], [7]], **table),
        scan_space_time(cases=[[5] * 9], population=[1], **(table | {"x": [0], "y": [0]})),
    ]
    assert [len(found) for found in nothing[:3]] == [0, 0, 0]
    assert all(cluster.p > 0.05 for cluster in nothing[3])


def test_folding_by_distance_and_reporter_links_what_is_near_in_time(store_url: str) -> None:
    service = served(store_url)
    phones = ["138 0013 8000", "+86 13800138000", "13900139000", None]
    rows = []
    for k, phone in enumerate(phones):
        lon, lat = WEST + STEP * (0.2 + 0.6 * k), SOUTH + STEP * 0.2
        when = datetime(2026, 6, 1 + k, 4, tzinfo=UTC)
        report = Report("文", "s", str(k), when, "hotline", "hotline", "0101", lon, lat, reporter_phone=phone)
        rows.append((report, Location("located", grid="990101001001001", plan=1, lon=lon, lat=lat), Route(None, "")))
    service.store.save_issues(rows, actor="t")
    span = {"since": datetime(2026, 6, 1, tzinfo=UTC), "until": datetime(2026, 7, 1, tzinfo=UTC)}
    tokens = service.store.list_reporter_tokens(**span)
    assert sorted(tokens) == [1, 2, 3]
    assert tokens[1] == tokens[2] != tokens[3]
    assert not any("13800138000" in token for token in tokens.values())
    assert service.store.list_reporter_tokens(**span) != tokens  # of no use outside one answer

    def counted(by: FoldBy) -> int:
        return len(list_incidents(service, first=date(2026, 6, 1), last=DAY, fold_by=by).issues)

    apart_m = 0.6 * STEP * 111_195 * np.cos(np.radians(33.0))
    assert counted(FoldBy()) == 4
    assert counted(FoldBy(reporter=True)) == 3
    assert counted(FoldBy(metres=apart_m * 0.99)) == 4
    assert counted(FoldBy(metres=apart_m * 1.01)) == 1  # a chain of neighbours
    assert counted(FoldBy(days=0.5, metres=apart_m * 1.01)) == 4
    service.store.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(12))
def test_folding_by_distance_is_what_all_pairs_give(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, metres, days = 60, 30.0, 2.0
    # Many at one point, as of a place that a thousand people name.
    where = rng.integers(0, 12, (n, 2))
    day = rng.integers(0, 80, n) / 4.0
    issues = [
        replace(
            ISSUE, id=k, category=f"05{rng.integers(2):02d}", address=None,
            location=replace(ISSUE.location, lon=114 + 1.2e-4 * float(x), lat=34 + 1.2e-4 * float(y)),
        )
        for k, (x, y) in enumerate(where)
    ]  # fmt: skip
    group = list(range(n))
    lat = np.mean(np.array([i.location.lat for i in issues], dtype=float))
    for _ in range(n):
        for i in range(n):
            for j in range(i):
                one, two = issues[i].location, issues[j].location
                east, north = np.array([one.lon, one.lat], float) - np.array([two.lon, two.lat], float)
                apart = 111_195 * np.hypot(east * np.cos(np.radians(lat)), north)
                if issues[i].category == issues[j].category and apart <= metres and abs(day[i] - day[j]) <= days:
                    group[i] = group[j] = min(group[i], group[j])
    chain = fold(issues, day, FoldBy(days, metres))
    same = np.array(group)[:, None] == np.array(group)
    assert ((chain[:, None] == chain) == same).all()
