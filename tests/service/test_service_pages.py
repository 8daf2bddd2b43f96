"""What pages show, against plain loops: every figure is of the plan that is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import shapely

from geo.errors import NotFound
from geo.model import Drawing, Feature, Grid, Report
from geo.service import plans
from geo.service.context import Service
from geo.service.coverage import view_coverage
from geo.service.issues import import_issues
from geo.service.pages import PAGES, render_page, view_issues, view_plan
from geo.service.plans import publish_plan
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place, square

OLD = "990101001001"


def redrawn() -> Drawing:
    """Two grids that go on under old codes with other borders: 001 keeps the first column, 002 takes the rest."""
    units = drawing().units
    codes = units.ids.copy()
    codes[:] = [OLD + ("001" if key[1] == "0" else "002") for key in units.ids]
    grids = tuple(
        Grid(
            code=code,
            name="",
            parent=OLD,
            weight=25.0 * members.sum(),
            units=int(members.sum()),
            geometry=shapely.coverage_union_all(units.geometry[members]),
            households=int(25 * members.sum()),
        )
        for code in sorted(set(codes))
        for members in [codes == code]
    )
    return Drawing(grids=grids, units=replace(units, grid=codes), crs="EPSG:4326", wishes={})


def reports(count: int = 120, *, seed: int = 1) -> list[Report]:
    """Reports all over the lattice and a little beyond it, one in five closed, one in ten without a place."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(count):
        c, r = rng.uniform(-0.5, 4.5, 2)
        placed = n % 10 != 0
        rows.append(
            Report(
                text="路灯" if placed else "你好", source="test", source_id=str(n), scheme="hotline", kind="hotline",
                category="0101", lon=WEST + c * STEP if placed else None, lat=SOUTH + r * STEP if placed else None,
                crs="WGS84" if placed else None, status="closed" if n % 5 == 0 else "in_progress",
                reported_at=datetime(2025, 5, 31, tzinfo=UTC) - timedelta(days=n % 50),
            )
        )  # fmt: skip
    return rows


def brute(drawn: Drawing, rows: list[Report]) -> Counter[str]:
    """Codes by covering; the lowest code where two touch."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row.lon is not None:
            covering = [grid.code for grid in drawn.grids if grid.geometry.covers(shapely.Point(row.lon, row.lat))]
            counts.update(sorted(covering)[:1])
    return counts


@pytest.fixture
def replanned(service: Service) -> Service:
    """Reports came in under the first plan; the second is in force by now."""
    import_issues(service, reports(), actor="tester")
    plan = service.store.save_plan(redrawn(), name="second", actor="tester")
    publish_plan(service, plan.id, effective=date(2025, 6, 1), actor="tester")
    return service


def test_plan_page_counts_open_issues_in_its_own_grids(replanned: Service) -> None:
    still_open = [row for row in reports() if row.status != "closed"]
    newest, first = (plan.id for plan in replanned.store.list_plans(today=replanned.today()))
    assert brute(redrawn(), still_open) != brute(drawing(), still_open)
    view = view_plan(replanned)
    assert view.plan.id == newest
    assert dict(view.open_issues) == dict(brute(redrawn(), still_open))
    assert Counter(issue.location.grid for issue in view.issues) == brute(redrawn(), still_open)
    earlier = view_plan(replanned, first)
    assert dict(earlier.open_issues) == dict(brute(drawing(), still_open))
    assert earlier.issues == ()


def test_issues_page_shows_the_grids_of_today(replanned: Service) -> None:
    view = view_issues(replanned)
    assert Counter(i.location.grid for i in view.issues if i.location.grid) == brute(redrawn(), reports())
    assert {i.location.plan for i in view.issues if i.location.status != "unlocated"} == {view.plan.id}
    assert len(view.issues) == len(reports())
    stored = replanned.store.list_issues()
    assert Counter(i.location.grid for i in stored if i.location.grid) == brute(drawing(), reports())


@pytest.mark.parametrize("again", [False, True])
def test_coverage_against_a_plain_loop(service: Service, again: bool) -> None:
    houses = tuple(
        Feature("building", f"b{n}", "", "residential", square(c, r, 0.25), 10 + n, 20 + n)
        for n, (c, r) in enumerate([(0.1, 0.1), (0.5, 1.6), (1.6, 0.2), (3.1, 3.3), (5.0, 5.0), (-1.0, 0.0)])
    )
    service.store.save_place(replace(place(), features=houses), actor="tester")
    import_issues(service, reports(), actor="tester")
    drawn = drawing()
    if again:
        drawn = redrawn()
        plan = service.store.save_plan(drawn, name="second", actor="tester")
        publish_plan(service, plan.id, effective=date(2025, 6, 1), actor="tester")
    view = view_coverage(service)
    counts = brute(drawn, reports())
    for row, grid in zip(view.rows, drawn.grids, strict=True):
        inside = [house for house in houses if grid.geometry.contains(house.geometry)]
        assert row.grid == grid.code
        assert row.buildings == len(inside)
        assert row.households == sum(house.households for house in inside)
        assert row.residents == sum(house.residents for house in inside)
        assert row.issues == counts[grid.code]
        assert row.issues_per_1000_households == (1000 * row.issues / row.households if row.households else None)
    assert [house.id for house in view.uncovered] == ["b4", "b5"]
    assert view.rows[0].vacant == ("网格员",)
    assert view.rows[0].span == view.rows[0].households
    assert view.rows[1].span is None
    assert view.gap_m2 == pytest.approx(0, abs=0.01)
    assert view.overlap_m2 == pytest.approx(0, abs=0.01)


def test_what_no_grid_covers_is_measured(service: Service) -> None:
    whole = square(0, 0, 5)
    areas = tuple(replace(area, geometry=whole) for area in place().areas)
    service.store.save_place(replace(place(), areas=areas), actor="tester")
    # 25 − 16 squares of 1/1024 degree: 108.3 m × 91.2 m at this latitude.
    assert view_coverage(service).gap_m2 == pytest.approx(9 * 108.3 * 91.2, rel=0.01)


def test_faults_are_looked_for_once_a_plan(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Drawing] = []
    real = plans.check_drawing
    monkeypatch.setattr(plans, "check_drawing", lambda drawn: looked.append(drawn) or real(drawn))
    for _ in range(3):
        assert view_plan(service).violations == ()
    assert len(looked) == 1
    broken = drawing()
    broken = replace(broken, grids=broken.grids[:3])
    draft = service.store.save_plan(broken, name="broken", actor="tester")
    assert view_plan(service, draft.id).violations != ()
    assert view_plan(service).violations == ()
    assert len(looked) == 2


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_of_a_place_without_people_and_issues(service: Service, page: str, lang) -> None:
    bare = replace(place(), staff=(), features=(), entries=(), rules=(), categories=(), departments=())
    service.store.save_place(bare, actor="tester")
    assert "</html>" in render_page(service, page, lang=lang, standalone=False)


def test_page_that_does_not_exist(service: Service) -> None:
    with pytest.raises(NotFound) as caught:
        render_page(service, "secrets", lang="en", standalone=False)
    assert "hotspots" in str(caught.value)
