"""The timetable: which plan is in force when, and a stamp that tells whether any answer can have changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Plan, Timetable
from geo.store import SqlStore
from tests.store.samples import AT, drawing, place

TODAY = date(2025, 6, 1)
FIRST = date(2025, 1, 1)


def publish(store: SqlStore, effective: date) -> Plan:
    plan = store.save_plan(drawing(), name="p", actor="planner")
    return store.publish_plan(plan.id, effective=effective, lineage=[], actor="planner", today=TODAY)


def test_the_timetable_tells_what_the_store_tells_day_by_day(store: SqlStore) -> None:
    for gap in (0, 1, 30, 400):
        publish(store, FIRST + timedelta(days=gap))
    store.save_plan(drawing(), name="draft", actor="planner")
    table = store.timetable(today=TODAY)
    assert [plan.effective for plan in table.plans] == [FIRST + timedelta(days=gap) for gap in (0, 1, 30, 400)]
    for offset in (-1, 0, 1, 2, 29, 30, 31, 399, 400, 401):
        day = FIRST + timedelta(days=offset)
        assert table.find_at(day) == store.find_plan_at(day, today=TODAY), day


@settings(deadline=None)
@given(st.sets(st.integers(0, 60), max_size=8), st.integers(-5, 65))
def test_one_plan_at_most_is_in_force_on_any_day(starts: set[int], offset: int) -> None:
    days = [FIRST + timedelta(days=k) for k in sorted(starts)]
    blank = Plan(1, "p", "active", 2, None, None, 0, 0, 0.0, "EPSG:4326", AT, "a")
    plans = tuple(
        replace(blank, id=k + 1, effective=day, retired=following)
        for k, (day, following) in enumerate(zip(days, [*days[1:], None], strict=False))
    )
    day = FIRST + timedelta(days=offset)
    wanted = [p for p in plans if p.effective and p.effective <= day and (p.retired is None or day < p.retired)]
    assert len(wanted) <= 1
    assert Timetable("s", "", plans).find_at(day) == next(iter(wanted), None)


def test_the_stamp_changes_with_what_answers_depend_on_and_with_nothing_else(store: SqlStore) -> None:
    seen = [store.timetable(today=TODAY).stamp]
    store.save_place(place(), actor="a")
    seen.append(store.timetable(today=TODAY).stamp)
    assert store.timetable(today=TODAY).place_stamp == store.place_stamp()
    draft = store.save_plan(drawing(), name="p", actor="a")
    assert store.timetable(today=TODAY).stamp == seen[-1]
    store.publish_plan(draft.id, effective=FIRST, lineage=[], actor="a", today=TODAY)
    seen.append(store.timetable(today=TODAY).stamp)
    publish(store, FIRST + timedelta(days=900))
    seen.append(store.timetable(today=TODAY).stamp)
    assert len(set(seen)) == len(seen)
    assert store.timetable(today=TODAY + timedelta(days=999)).stamp == seen[-1]
