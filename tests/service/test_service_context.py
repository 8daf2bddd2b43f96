"""What is kept in memory: never an answer from two plans, never an old place, never two makings of one value."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import NotFound
from geo.model import Drawing
from geo.service.chain import area_chain
from geo.service.context import Service, Shelf, get_plan_in_force, knowledge, net_of
from geo.service.locate import locate_point
from geo.service.plans import publish_plan
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place


def second() -> Drawing:
    """The same lattice with other codes and names: every answer tells which plan it is from."""
    first = drawing()
    grids = tuple(
        replace(grid, code=grid.code[:-3] + "1" + grid.code[-2:], name="新" + grid.name) for grid in first.grids
    )
    assert first.units.grid is not None
    codes = first.units.grid.copy()
    codes[:] = [code[:-3] + "1" + code[-2:] for code in codes]
    return replace(first, grids=grids, units=replace(first.units, grid=codes))


def test_no_answer_mixes_two_plans(service: Service) -> None:
    old = get_plan_in_force(service)
    new = service.store.save_plan(second(), name="second", actor="tester")
    stop = threading.Event()

    def ask() -> set[tuple[int | None, str, str, str]]:
        seen = set()
        while not stop.is_set():
            found = locate_point(service, lon=WEST + STEP, lat=SOUTH + STEP, crs="WGS84")
            assert found.grid is not None
            assert found.grid_name is not None
            seen.add((found.plan, found.grid, found.grid_name, found.chain[-1]))
        return seen

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask) for _ in range(4)]
        try:
            publish_plan(service, new.id, effective=date(2025, 6, 1), actor="tester")
            after = locate_point(service, lon=WEST + STEP, lat=SOUTH + STEP, crs="WGS84")
        finally:
            stop.set()
        seen = set().union(*(future.result() for future in asked))
    before = (old.id, "990101001001001", "晨光01", "990101001001001")
    assert (after.plan, after.grid) == (new.id, "990101001001101")
    assert seen <= {before, (new.id, "990101001001101", "新晨光01", "990101001001101")}


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        (datetime(2025, 5, 31, 15, 59, 59, tzinfo=UTC), "first"),  # 23:59:59 in Shanghai
        (datetime(2025, 5, 31, 16, 0, tzinfo=UTC), "second"),
    ],
)
def test_a_plan_comes_into_force_at_local_midnight(service: Service, clock, moment: datetime, name: str) -> None:
    new = service.store.save_plan(second(), name="second", actor="tester")
    publish_plan(service, new.id, effective=date(2025, 6, 1), actor="tester")
    clock.at = moment
    assert get_plan_in_force(service).name == name
    assert get_plan_in_force(service, date(2025, 5, 31)).name == "first"
    assert get_plan_in_force(service, date(2025, 6, 1)).name == "second"


def test_a_day_before_the_first_plan_says_what_there_is(service: Service) -> None:
    with pytest.raises(NotFound, match="2024-01-01"):
        get_plan_in_force(service, date(2023, 12, 31))


def test_no_plan_at_all(empty: Service) -> None:
    with pytest.raises(NotFound) as caught:
        get_plan_in_force(empty)
    assert caught.value.code == "no_plan_published"


def test_a_place_saved_anew_is_seen_at_once(service: Service) -> None:
    plan = get_plan_in_force(service)
    assert net_of(service, plan) is net_of(service, plan)
    before = net_of(service, plan)
    areas = tuple(replace(area, name=area.name + "新") for area in place().areas)
    service.store.save_place(replace(place(), areas=areas), actor="tester")
    after = net_of(service, plan)
    assert after.names["990101"] == before.names["990101"] + "新"
    assert knowledge(service).place.areas[0].name == "测试区新"


def test_a_chain_that_bites_its_tail_ends() -> None:
    areas = {area.code: area for area in place().areas}
    areas["990101"] = replace(areas["990101"], parent="990101001001")
    assert area_chain(areas, "990101001001") == ("990101", "990101001", "990101001001")
    assert area_chain(areas, "elsewhere") == ("elsewhere",)
    assert area_chain(areas, None) == ()


@given(room=st.integers(1, 4), asked=st.lists(st.integers(0, 6), max_size=40))
def test_a_shelf_keeps_those_used_last(room: int, asked: list[int]) -> None:
    shelf: Shelf[int] = Shelf(room)
    kept: list[int] = []
    for key in asked:
        made: list[int] = []
        assert shelf.get(key, lambda key=key, made=made: made.append(key) or key * 10) == key * 10
        assert bool(made) == (key not in kept)
        kept = ([old for old in kept if old != key] + [key])[-room:]


def test_a_value_is_made_once_however_many_ask() -> None:
    shelf: Shelf[object] = Shelf(2)
    made: list[object] = []
    start = threading.Barrier(8)

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask() -> object:
        start.wait()
        return shelf.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(8)]]
    assert len(made) == 1
    assert all(answer is made[0] for answer in answers)


def test_a_making_that_fails_is_tried_again() -> None:
    shelf: Shelf[int] = Shelf(1)

    def fail() -> int:
        raise NotFound("no_plan_published")

    with pytest.raises(NotFound):
        shelf.get(1, fail)
    assert shelf.get(1, lambda: 5) == 5
