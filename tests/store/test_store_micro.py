"""Micro-grids in the database: round trips, editions by date, and what is refused; nothing about people."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geo.crs import project
from geo.errors import Conflict, GeoError, InvalidInput, NotFound
from geo.model import Doors, MicroDrawing, MicroGrid, Plan
from geo.store import SqlStore
from tests.store.samples import COMMUNITY, drawing, objects

TODAY = date(2025, 6, 1)
FIRST = date(2025, 1, 1)
GRID = COMMUNITY + "001"


def micro_drawing(codes: tuple[str, ...] = ("01", "02"), grid: str = GRID, crs: str = "EPSG:4326") -> MicroDrawing:
    """A tower whose lower floors are one micro-grid and whose upper floors are the other."""
    x, y = (121.4705, 31.2305) if crs == "EPSG:4326" else (500_050.0, 3_456_050.0)
    full = [f"{grid}-{code}" for code in codes]
    grids = tuple(
        MicroGrid(code, grid, 6, 1, 1, 1, 3.5 * k, None, "found", "short" if k else "", None, shapely.Point(x, y))
        for k, code in enumerate(full)
    )
    n = 3 * len(full)
    doors = Doors(
        micro=objects([code for code in full for _ in range(3)]),
        point=objects([None if k == 1 else shapely.Point(x, y) for k in range(n)]),
        building=objects(["B1"] * n),
        stairwell=objects(["1" if k else "" for k in range(n)]),
        floor=np.array([math.nan, *range(2, n + 1)]),
        households=np.full(n, 2),
    )
    return MicroDrawing((replace(grids[0], geometry=shapely.Point(x, y).buffer(1e-4)), *grids[1:]), doors, crs)


def publish(store: SqlStore, effective: date) -> Plan:
    plan = store.save_plan(drawing(), name="p", actor="planner")
    return store.publish_plan(plan.id, effective=effective, lineage=[], actor="planner", today=TODAY)


def count(store: SqlStore, table: str) -> int:
    with store._reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def as_rows(doors: Doors) -> list[tuple[Any, ...]]:
    points = [None if p is None else (p.x, p.y) for p in doors.point]
    floors = [None if math.isnan(f) else f for f in doors.floor.tolist()]
    columns = (doors.micro, points, doors.building, doors.stairwell, floors, doors.households.tolist())
    return list(zip(*columns, strict=True))


def test_micro_grids_come_back_bit_for_bit(store: SqlStore) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    drawn = micro_drawing(("02", "01"))
    edition = store.save_micro(plan.id, drawn, actor="a")
    assert (edition.plan, edition.effective, edition.micro_grids, edition.households) == (plan.id, None, 2, 12)
    assert store.list_micro(plan.id) == (edition,)
    found = store.get_micro(edition.id)
    assert found.crs == "EPSG:4326"
    assert found.grids == tuple(sorted(drawn.grids, key=lambda m: m.code))
    assert as_rows(found.doors) == as_rows(drawn.doors)
    assert found.doors.households.dtype == np.int64


def test_metres_are_stored_as_degrees(store: SqlStore) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    drawn = micro_drawing(crs="EPSG:4549")
    found = store.get_micro(store.save_micro(plan.id, drawn, actor="a").id)
    wanted = project(objects([drawn.doors.point[0]]), source="EPSG:4549", target="EPSG:4326")[0]
    assert (found.doors.point[0].x, found.doors.point[0].y) == (wanted.x, wanted.y)
    assert found.grids[0].centre == wanted


def test_a_draft_has_one_edition_and_a_published_plan_one_after_another(store: SqlStore) -> None:
    draft = store.save_plan(drawing(), name="p", actor="a")
    store.save_micro(draft.id, micro_drawing(("01", "02", "03")), actor="a")
    first = store.save_micro(draft.id, micro_drawing(("01",)), actor="a")
    assert store.list_micro(draft.id) == (first,)
    assert (count(store, "micro_grid"), count(store, "micro_door")) == (1, 3)
    assert store.timetable(today=TODAY).editions == ()
    store.publish_plan(draft.id, effective=FIRST, lineage=[], actor="a", today=TODAY)
    second = store.save_micro(draft.id, micro_drawing(), effective=FIRST + timedelta(days=10), actor="a")
    publish(store, FIRST + timedelta(days=20))
    table = store.timetable(today=TODAY)
    assert [edition.id for edition in table.editions] == [first.id, second.id]
    for offset, wanted in ((-1, None), (0, first.id), (9, first.id), (10, second.id), (19, second.id), (99, second.id)):
        found = table.find_micro_at(draft.id, FIRST + timedelta(days=offset))
        assert (found and found.id) == wanted, offset
    later = table.find_at(FIRST + timedelta(days=20))
    assert later is not None
    assert table.find_micro_at(later.id, FIRST + timedelta(days=99)) is None
    assert len(store.get_micro(first.id).grids) == 1, "the earlier edition stays"


def test_the_stamp_changes_with_the_micro_grids_of_published_plans_alone(store: SqlStore) -> None:
    plan = publish(store, FIRST)
    before, mark = store.timetable(today=TODAY).stamp, store.timetable_mark()
    draft = store.save_plan(drawing(), name="q", actor="a")
    store.save_micro(draft.id, micro_drawing(), actor="a")
    assert store.timetable(today=TODAY).stamp == before
    drafts = store.timetable_mark()
    store.save_micro(plan.id, micro_drawing(), effective=FIRST, actor="a")
    assert store.timetable(today=TODAY).stamp != before
    assert store.timetable_mark() not in (mark, drafts)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (None, "store_micro_date_missing"),
        (-1, "store_micro_before_plan"),
        (4, "store_micro_not_later"),
        (5, "store_micro_not_later"),
        (30, "store_micro_after_plan"),
        (99, "store_micro_after_plan"),
    ],
)
def test_days_that_no_answer_could_use_are_refused(store: SqlStore, days: int | None, code: str) -> None:
    plan = publish(store, FIRST)
    publish(store, FIRST + timedelta(days=30))
    store.save_micro(plan.id, micro_drawing(), effective=FIRST + timedelta(days=5), actor="a")
    lines = len(store.get_journal(limit=1000))
    day = None if days is None else FIRST + timedelta(days=days)
    with pytest.raises(GeoError) as caught:
        store.save_micro(plan.id, micro_drawing(), effective=day, actor="a")
    assert caught.value.code == code
    assert isinstance(caught.value, InvalidInput if days is None else Conflict)
    assert caught.value.message("zh")
    assert len(store.list_micro(plan.id)) == 1
    assert len(store.get_journal(limit=1000)) == lines
    store.save_micro(plan.id, micro_drawing(), effective=FIRST + timedelta(days=29), actor="a")


def broken(change: str) -> MicroDrawing:
    drawn = micro_drawing()
    doors = drawn.doors
    changed = {
        "twice": replace(drawn, grids=(drawn.grids[0], drawn.grids[0])),
        "grid": micro_drawing(grid=COMMUNITY + "999"),
        "door": replace(drawn, grids=drawn.grids[:1]),
        "length": replace(drawn, doors=replace(doors, floor=np.ones(2))),
        "nul": replace(drawn, doors=replace(doors, building=objects(["\x00"] * 6))),
        "count": replace(drawn, grids=(replace(drawn.grids[0], walk_m=math.inf), drawn.grids[1])),
    }
    return changed[change]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("twice", "store_micro_twice"),
        ("grid", "store_micro_grid_unknown"),
        ("door", "store_micro_door_unknown"),
        ("length", "store_column_length"),
        ("nul", "store_text_nul"),
        ("count", "store_number_not_finite"),
    ],
)
def test_bad_micro_grids_leave_the_old_ones_as_they_were(store: SqlStore, change: str, code: str) -> None:
    draft = store.save_plan(drawing(), name="p", actor="a")
    kept = store.save_micro(draft.id, micro_drawing(), actor="a")
    with pytest.raises(InvalidInput) as caught:
        store.save_micro(draft.id, broken(change), actor="a")
    assert caught.value.code == code
    assert store.list_micro(draft.id) == (kept,)
    assert len(store.get_micro(kept.id).doors) == 6


def test_unknown_numbers_and_missing_actors(store: SqlStore) -> None:
    draft = store.save_plan(drawing(), name="p", actor="a")
    for call in (
        lambda: store.save_micro(99, micro_drawing(), actor="a"),
        lambda: store.get_micro(99),
        lambda: store.get_micro(2**70),
    ):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(InvalidInput):
        store.save_micro(draft.id, micro_drawing(), actor=" ")
    with pytest.raises(InvalidInput) as caught:
        store.save_micro(draft.id, micro_drawing(), effective=FIRST, actor="a")
    assert caught.value.code == "store_micro_draft_date"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE micro_edition SET households = 0",
        "DELETE FROM micro_edition",
        "UPDATE micro_grid SET grid = 'x'",
        "DELETE FROM micro_grid",
        "UPDATE micro_door SET stairwell = 'x'",
        "DELETE FROM micro_door",
        "INSERT INTO micro_door (edition_id, position, micro, building, stairwell, households) "
        "SELECT id, 99, 'x', '', '', 1 FROM micro_edition",
    ],
)
def test_the_micro_grids_of_a_published_plan_never_change(store: SqlStore, statement: str) -> None:
    plan = publish(store, FIRST)
    store.save_micro(plan.id, micro_drawing(), effective=FIRST, actor="a")
    with pytest.raises(Conflict), store._writing() as connection:
        connection.execute(sa.text(statement))


def test_the_journal_tells_of_it_and_the_tables_hold_no_column_for_people(store: SqlStore) -> None:
    draft = store.save_plan(drawing(), name="p", actor="a")
    edition = store.save_micro(draft.id, micro_drawing(), actor="planner")
    line = store.get_journal(limit=1)[0]
    assert (line["actor"], line["action"], line["subject"]) == ("planner", "save_micro", f"plan:{draft.id}")
    assert line["detail"] == {"edition": edition.id, "effective": None, "micro_grids": 2, "households": 12}
    with store._reading() as connection:
        columns = {c["name"] for c in sa.inspect(connection).get_columns("micro_door")}
    assert columns == {
        "edition_id", "position", "micro", "building", "stairwell", "floor", "households", "lon", "lat",
    }  # fmt: skip
