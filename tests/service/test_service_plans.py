"""From a drawing to a plan in force: names, faults that block, lineage, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import Conflict, InvalidInput, NotFound
from geo.messages import LANGS
from geo.model import Area, Drawing
from geo.service.context import Service, find_plan_in_force
from geo.service.plans import (
    band_of,
    describe,
    import_plan,
    publish_plan,
    stored_drawing,
    stored_faults,
    tolerance_of,
)
from tests.api.conftest import drawing, place
from tests.service.test_service_pages import redrawn

CODE = "990101001001"


def plan_file(service: Service, tmp_path: Path, drawn: Drawing, name: str = "plan.gpkg") -> Path:
    path = tmp_path / name
    service.files.write_drawing(str(path), drawn)
    return path


@pytest.mark.parametrize(
    ("community", "code", "given", "name"),
    [
        ("望河社区", "001", "", "望河01"),
        ("望河社区", "012", "", "望河12"),
        ("望河社区", "112", "", "望河112"),
        ("望河社区居民委员会", "001", "", "望河01"),
        ("桥头村", "001", "", "桥头01"),
        ("望河社区", "001", "老街格", "老街格"),
        ("望河社区", "001", CODE + "001", "望河01"),
    ],
)
def test_a_grid_gets_a_name_that_people_say(
    empty: Service, tmp_path: Path, community: str, code: str, given: str, name: str
) -> None:
    empty.store.save_place(replace(place(), areas=(Area(CODE, community, "community", None),)), actor="tester")
    drawn = drawing()
    grid = drawn.grids[0]
    first = replace(grid, code=CODE + code, name=given)
    drawn = replace(drawn, grids=(first, *drawn.grids[1:]))
    plan = import_plan(empty, plan_file(empty, tmp_path, drawn), name=None, actor="tester").plan
    assert plan.name == "plan"
    assert {g.code: g.name for g in empty.store.get_grids(plan.id)}[CODE + code] == name


def test_a_grid_of_an_unknown_area_keeps_its_name(empty: Service, tmp_path: Path) -> None:
    drawn = drawing()
    drawn = replace(drawn, grids=tuple(replace(grid, name="") for grid in drawn.grids))
    plan = import_plan(empty, plan_file(empty, tmp_path, drawn), name="x", actor="tester").plan
    assert {grid.name for grid in empty.store.get_grids(plan.id)} <= {"", *(grid.code for grid in drawn.grids)}


def overlapping() -> Drawing:
    drawn = drawing()
    west, south, east, north = drawn.grids[0].geometry.bounds
    grown = shapely.box(west, south, east + 1e-3, north)
    return replace(drawn, grids=(replace(drawn.grids[0], geometry=grown), *drawn.grids[1:]))


def torn() -> Drawing:
    """Grid 001 in two pieces: the corners of the lattice."""
    drawn = drawing()
    units = drawn.units
    assert units.grid is not None
    codes = units.grid.copy()
    here = {key: k for k, key in enumerate(units.ids)}
    codes[here["u33"]], codes[here["u11"]] = CODE + "001", CODE + "004"
    grids = tuple(
        replace(grid, geometry=shapely.coverage_union_all(units.geometry[codes == grid.code])) for grid in drawn.grids
    )
    return replace(drawn, grids=grids, units=replace(units, grid=codes))


def homeless() -> Drawing:
    drawn = drawing()
    assert drawn.units.grid is not None
    codes = drawn.units.grid.copy()
    codes[5] = ""
    return replace(drawn, units=replace(drawn.units, grid=codes))


@pytest.mark.parametrize("make", [overlapping, torn, homeless])
def test_a_plan_with_faults_stays_a_draft(service: Service, make) -> None:
    draft = service.store.save_plan(make(), name="bad", actor="tester")
    before = find_plan_in_force(service)
    journal = len(service.store.get_journal())
    with pytest.raises(InvalidInput) as caught:
        publish_plan(service, draft.id, effective=date(2025, 6, 1), actor="tester")
    assert caught.value.code == "plan_has_faults"
    assert caught.value.context["count"] >= 1
    first = stored_faults(service, draft)[0]
    for lang in LANGS:
        assert describe(first, lang) in caught.value.message(lang)
    assert describe(first, "en") not in caught.value.message("zh")
    assert service.store.get_plan(draft.id, today=service.today()).state == "draft"
    assert find_plan_in_force(service) == before
    assert len(service.store.get_journal()) == journal


def test_an_uneven_plan_may_be_published_knowingly(service: Service) -> None:
    drawn = replace(redrawn(), wishes={"min": 150.0, "max": 250.0})
    draft = service.store.save_plan(drawn, name="uneven", actor="tester")
    assert publish_plan(service, draft.id, effective=date(2025, 6, 1), actor="tester").state == "active"


def test_lineage_is_that_of_a_plain_loop(service: Service) -> None:
    draft = service.store.save_plan(redrawn(), name="second", actor="tester")
    publish_plan(service, draft.id, effective=date(2025, 7, 1), actor="tester")
    old, new = drawing().units, redrawn().units
    assert old.grid is not None
    assert new.grid is not None
    brute: dict[tuple[str, str], float] = {}
    for before, after, weight in zip(old.grid, new.grid, new.weight, strict=True):
        brute[before, after] = brute.get((before, after), 0.0) + weight
    assert {(a, b): w for a, b, w in service.store.get_lineage(draft.id)} == brute
    first = service.store.list_plans(today=service.today())[-1]
    assert {a for a, _, _ in service.store.get_lineage(first.id)} == {""}


def test_publishing_twice_or_backwards_is_a_conflict(service: Service) -> None:
    draft = service.store.save_plan(redrawn(), name="second", actor="tester")
    with pytest.raises(Conflict):
        publish_plan(service, draft.id, effective=date(2023, 1, 1), actor="tester")
    publish_plan(service, draft.id, effective=date(2025, 7, 1), actor="tester")
    with pytest.raises(Conflict):
        publish_plan(service, draft.id, effective=date(2025, 8, 1), actor="tester")
    with pytest.raises(NotFound):
        publish_plan(service, 999, effective=date(2025, 8, 1), actor="tester")


def test_a_stored_drawing_is_the_one_that_was_given(service: Service) -> None:
    plan = find_plan_in_force(service)
    assert plan is not None
    stored, given = stored_drawing(service, plan), drawing()
    order = np.argsort(given.units.ids)
    assert [grid.code for grid in stored.grids] == [grid.code for grid in given.grids]
    assert shapely.equals_identical(
        np.array([g.geometry for g in stored.grids]), np.array([g.geometry for g in given.grids])
    ).all()
    assert shapely.equals_identical(stored.units.geometry, given.units.geometry[order]).all()
    assert tolerance_of(plan) == 0.05
    assert tolerance_of(replace(plan, wishes={"tolerance": 0.0, "max_deviation": 0.012})) == 0.012
    assert tolerance_of(replace(plan, wishes={"tolerance": 0.0})) == 0.05
    assert band_of(plan) is None
    assert band_of(replace(plan, wishes={"min": 300})) == (300.0, np.inf)
    assert band_of(replace(plan, wishes={"max": 500})) == (0.0, 500.0)


def test_the_same_file_twice_is_one_draft(service: Service, tmp_path: Path) -> None:
    path = plan_file(service, tmp_path, redrawn())
    first = import_plan(service, path, name=None, actor="tester")
    assert (first.known, first.same) == (False, None)
    lines = len(service.store.get_journal())
    second = import_plan(service, path, name=None, actor="tester")
    assert second.known
    assert second.plan == first.plan
    assert len(service.store.get_journal()) == lines
    other = import_plan(service, path, name="other", actor="tester")
    insisted = import_plan(service, path, name=None, actor="tester", again=True)
    for made in (other, insisted):
        assert made.same is not None
        assert not made.known
    assert len({first.plan.id, other.plan.id, insisted.plan.id}) == 3


def test_a_file_that_is_published_already_becomes_a_draft_that_says_so(service: Service, tmp_path: Path) -> None:
    path = plan_file(service, tmp_path, redrawn())
    first = import_plan(service, path, name=None, actor="tester").plan
    publish_plan(service, first.id, effective=date(2025, 7, 1), actor="tester")
    again = import_plan(service, path, name=None, actor="tester")
    assert again.plan.id != first.id
    assert again.same is not None
    assert (again.same.id, again.same.state) == (first.id, "scheduled")


@pytest.mark.parametrize(
    "change",
    [
        lambda drawn: replace(drawn, wishes={**drawn.wishes, "tolerance": 0.07}),
        lambda drawn: replace(drawn, units=replace(drawn.units, weight=drawn.units.weight + 1)),
        lambda drawn: replace(drawn, grids=(replace(drawn.grids[0], colour=5), *drawn.grids[1:])),
        lambda drawn: replace(drawn, crs="EPSG:4490", units=replace(drawn.units, crs="EPSG:4490")),
    ],
)
def test_what_differs_in_anything_is_another_plan(service: Service, change) -> None:
    drawn = drawing()
    service.store.save_plan(drawn, name="p", actor="tester")
    order = np.arange(len(drawn.units))[::-1]
    units = drawn.units
    columns = {k: getattr(units, k)[order] for k in ("ids", "geometry", "weight", "grid", "parent")}
    turned = replace(drawn, grids=drawn.grids[::-1], units=replace(units, **columns))
    today = service.today()
    assert service.store.find_same_plan(turned, today=today) is not None
    assert service.store.find_same_plan(change(drawn), today=today) is None
