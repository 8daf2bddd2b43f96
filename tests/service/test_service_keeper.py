"""The timetable in memory: what a server answers from, read beside the requests and replaced as a whole."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError, InvalidInput, NotFound, StoreError
from geo.model import Plan, Timetable
from geo.service import keeper as keeper_
from geo.service.context import Service, find_plan_in_force, get_plan_in_force, net_of, timetable
from geo.service.keeper import Keeper, refresh
from geo.service.plans import publish_plan
from geo.service.timetable import find_plan_on, get_plan_on, read_day
from tests.service.test_service_context import second

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def wait_for(true: Callable[[], bool]) -> None:
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def plan_from(day: date, number: int, retired: date | None) -> Plan:
    return Plan(
        id=number, name=f"p{number}", state="draft", revision=1, effective=day, retired=retired, grids=1, units=1,
        weight=1.0, crs="EPSG:4326", created_at=datetime(2020, 1, 1, tzinfo=UTC), created_by="t",
    )  # fmt: skip


@given(starts=st.lists(DAYS, unique=True, max_size=6), day=DAYS, today=DAYS)
def test_the_plan_of_a_day_is_the_last_that_had_begun(starts: list[date], day: date, today: date) -> None:
    begins = sorted(starts)
    plans = tuple(plan_from(start, k, begins[k + 1] if k + 1 < len(begins) else None) for k, start in enumerate(begins))
    table = Timetable(stamp="s", place_stamp="p", plans=plans)
    begun = [start for start in begins if start <= day]
    found = find_plan_on(table, day, today=today)
    assert (None if found is None else found.effective) == (max(begun) if begun else None)
    if found is None:
        with pytest.raises(NotFound) as caught:
            get_plan_on(table, day, today=today)
        assert caught.value.code == ("no_plan_at_date" if begins else "no_plan_published")
        return
    in_force = max((start for start in begins if start <= today), default=None)
    wanted = "scheduled" if found.effective > today else "active" if found.effective == in_force else "retired"
    assert found.state == wanted


@pytest.mark.parametrize(
    "text", ["", "today", "2025-02-30", "20250101", "2025-W01-1", "2025-1-1", "2025-01-01T00:00", "９"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_day(text)
    assert caught.value.code == "date_invalid"


def test_requests_are_answered_from_memory_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(service)
    monkeypatch.setattr(type(service.store), "timetable", lambda *_, **__: pytest.fail("the database was asked"))
    monkeypatch.setattr(type(service.store), "get_grids", lambda *_, **__: pytest.fail("the database was asked"))
    plan = get_plan_in_force(service, date(2024, 5, 5))
    assert net_of(service, plan) is service.memory.present.net


def test_a_new_plan_is_seen_soon_and_only_when_its_net_is_ready(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(service, every_s=0.01)
    keeper.start()
    try:
        held, begun = threading.Event(), threading.Event()
        real = keeper_.net_of

        def slowly(*args: object) -> object:
            begun.set()
            assert held.wait(60)
            return real(*args)

        monkeypatch.setattr(keeper_, "net_of", slowly)
        new = service.store.save_plan(second(), name="second", actor="tester")
        publish_plan(service, new.id, effective=date(2025, 6, 1), actor="tester")
        assert begun.wait(60)
        assert get_plan_in_force(service).name == "first"  # the net of the second is not ready yet
        assert service.memory.present.net.plan.name == "first"
        held.set()
        wait_for(lambda: get_plan_in_force(service).name == "second")
        assert service.memory.present.net.plan.name == "second"
    finally:
        held.set()
        keeper.stop()
    assert service.memory.present is None


def test_midnight_comes_without_the_database(service: Service, clock) -> None:
    new = service.store.save_plan(second(), name="second", actor="tester")
    publish_plan(service, new.id, effective=date(2025, 6, 2), actor="tester")
    refresh(service)  # noon of 1 June in Shanghai
    present = service.memory.present
    assert present.until == datetime(2025, 6, 1, 16, tzinfo=UTC)
    tomorrow = find_plan_in_force(service, date(2025, 6, 2))
    assert service.memory.nets.find(tuple_of(tomorrow, present.table)) is not None  # ready beforehand
    clock.at += timedelta(hours=12)
    assert get_plan_in_force(service).name == "second"
    refresh(service)
    assert service.memory.present.net.plan.name == "second"


def test_the_new_plan_answers_before_old_indexes_are_cleaned_away(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(service)
    new = service.store.save_plan(second(), name="second", actor="tester")
    publish_plan(service, new.id, effective=date(2025, 6, 1), actor="tester")
    answering: list[str] = []
    monkeypatch.setattr(
        keeper_, "clean_indexes", lambda service, _: answering.append(service.memory.present.net.plan.name)
    )
    refresh(service)
    refresh(service)
    assert answering == ["second"]  # once for a change, and after it


def test_what_is_published_while_the_timetable_is_read_is_not_missed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, early = service.store.timetable, []

    def publishing(*, today: date) -> Timetable:
        table = real(today=today)
        if not early:
            early.append(table)
            new = service.store.save_plan(second(), name="second", actor="tester")
            publish_plan(service, new.id, effective=date(2025, 6, 1), actor="tester")
        return table

    monkeypatch.setattr(service.store, "timetable", publishing)
    refresh(service)
    assert service.memory.present.net.plan.name == "first"
    refresh(service)
    assert service.memory.present.net.plan.name == "second"


def test_looks_begin_at_equal_distances_however_long_one_takes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes_s = iter([0.0, 0.1, 0.2, 0.24, 3.0, 0.0])
    clock, rests = [100.0], []

    def look(_: Service) -> None:
        clock[0] += next(takes_s)

    class Stop:
        def wait(self, rest_s: float) -> bool:
            rests.append(rest_s)
            return len(rests) > 6

    keeper = Keeper(service, every_s=0.25)
    monkeypatch.setattr(keeper_, "refresh", look)
    monkeypatch.setattr(keeper_, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(keeper, "_stop", Stop())
    keeper._run()
    assert rests == pytest.approx([0.25, 0.25, 0.15, 0.05, 0.25 / 8, 0.25 / 8, 0.25])


def tuple_of(plan: Plan | None, table: Timetable) -> tuple:
    assert plan is not None
    return (plan.id, plan.revision, plan.created_at, table.place_stamp)


def test_while_the_database_is_away_the_known_plans_answer_for_a_while(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreError("store_busy", where="x")

    keeper = Keeper(service, every_s=0.005)
    keeper.start()
    try:
        with caplog.at_level(logging.ERROR):
            for name in ("timetable", "timetable_mark"):
                monkeypatch.setattr(service.store, name, away)
            wait_for(lambda: bool(caplog.records))
            assert get_plan_in_force(service).name == "first"
            time.sleep(0.05)
        assert len(caplog.records) == 1  # said once, not at every try
        service.memory.present = replace(service.memory.present, fresh_until=0.0)
        with pytest.raises(GeoError):
            timetable(service)
    finally:
        keeper.stop()
    assert not caplog.records[0].exc_info


def test_a_server_without_a_plan_waits_for_one(empty: Service) -> None:
    refresh(empty)
    assert empty.memory.present.net is None
    with pytest.raises(NotFound):
        get_plan_in_force(empty)
