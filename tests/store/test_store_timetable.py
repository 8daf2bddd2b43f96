"""The timetable: which plan is in force when, and a stamp that tells whether any answer can have changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import sqlalchemy as sa
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


def seen_by(store: SqlStore) -> tuple[str, str]:
    """The stamp of the timetable and the mark that is looked at instead of it."""
    return store.timetable(today=TODAY).stamp, store.timetable_mark()


def test_the_stamp_changes_with_what_answers_depend_on_and_with_nothing_else(store: SqlStore) -> None:
    seen = [seen_by(store)]
    store.save_place(place(), actor="a")
    seen.append(seen_by(store))
    assert store.timetable(today=TODAY).place_stamp == store.place_stamp()
    draft = store.save_plan(drawing(), name="p", actor="a")
    assert seen_by(store) == seen[-1]
    store.publish_plan(draft.id, effective=FIRST, lineage=[], actor="a", today=TODAY)
    seen.append(seen_by(store))
    publish(store, FIRST + timedelta(days=900))
    seen.append(seen_by(store))
    for told in zip(*seen, strict=True):
        assert len(set(told)) == len(seen)
    assert store.timetable(today=TODAY + timedelta(days=999)).stamp == seen[-1][0]
    with SqlStore(str(store._target.url.render_as_string(hide_password=False))) as other:  # another process
        assert seen_by(other) == seen[-1]


def test_a_look_at_the_timetable_is_one_statement(store: SqlStore) -> None:
    # Each way to a database server and back waits for its turn: with seven of them a plan was seen late.
    publish(store, FIRST)
    store.timetable_mark()
    said: list[str] = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement))
    store.timetable_mark()
    assert len([statement for statement in said if statement != "BEGIN"]) == 1  # SQLite's goes to no server
    with store._looking() as connection:
        driver = connection.connection.driver_connection
        assert store._target.path is not None or driver.autocommit
