"""The life of a plan: published from a day on, never changed, with codes that are never used again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from geo.errors import Conflict, NotFound
from geo.model import Plan
from geo.store import SqlStore
from tests.store.samples import COMMUNITY, drawing
from tests.store.store_counts import counts

TODAY = date(2025, 6, 1)


def published(store: SqlStore, effective: date, codes: tuple[str, ...] = ("001", "002"), name: str = "p") -> Plan:
    plan = store.save_plan(drawing(codes), name=name, actor="planner")
    return store.publish_plan(plan.id, effective=effective, lineage=[], actor="planner", today=TODAY)


def test_the_record_of_a_draft(store: SqlStore) -> None:
    before = datetime.now(UTC)
    plan = store.save_plan(drawing(), name="草案\u202e😀", actor="李四")
    assert (plan.name, plan.state, plan.revision, plan.effective, plan.retired) == (
        "草案\u202e😀",
        "draft",
        1,
        None,
        None,
    )
    assert (plan.grids, plan.units, plan.weight, plan.crs, plan.created_by) == (2, 4, 4.0, "EPSG:4326", "李四")
    assert plan.wishes == {"tolerance": 0.05, "min": None, "ideal": 2.0}
    assert plan.created_at.utcoffset() == timedelta(0)
    assert before <= plan.created_at <= datetime.now(UTC)
    assert store.get_plan(plan.id, today=TODAY) == plan
    assert store.list_plans(today=TODAY) == (plan,)
    assert store.find_plan_at(TODAY, today=TODAY) is None
    assert store.get_lineage(plan.id) == ()


def test_as_of_across_three_plans(store: SqlStore) -> None:
    days = [date(2025, 1, 1), date(2025, 6, 1), date(2025, 9, 1)]
    plans = [published(store, day, name=f"p{i}") for i, day in enumerate(days)]
    draft = store.save_plan(drawing(), name="draft", actor="a")
    # The oracle: the last day on the list that is not after the day asked for.
    for offset in range(-40, 400):
        day = date(2024, 12, 1) + timedelta(days=offset)
        wanted = max((i for i, start in enumerate(days) if start <= day), default=None)
        found = store.find_plan_at(day, today=TODAY)
        assert (found and found.id) == (None if wanted is None else plans[wanted].id), day
    states = {"2024-12-31": "sss", "2025-01-01": "ass", "2025-05-31": "ass", "2025-06-01": "ras", "2026-01-01": "rra"}
    for today, letters in states.items():
        listed = store.list_plans(today=date.fromisoformat(today))
        assert [p.id for p in listed] == [draft.id, *(p.id for p in reversed(plans))], "newest first"
        assert "".join(p.state[0] for p in reversed(listed[1:])) == letters, today
        assert [p.retired for p in reversed(listed[1:])] == [*days[1:], None]
        assert listed[0].state == "draft"


def test_publishing_dates_the_plan_and_keeps_its_lineage(store: SqlStore) -> None:
    first = published(store, date(2025, 1, 1))
    assert (first.state, first.effective, first.revision) == ("active", date(2025, 1, 1), 2)
    plan = store.save_plan(drawing(("001", "003")), name="next", actor="a")
    lineage = [(COMMUNITY + "002", COMMUNITY + "003", 1.5), ("", COMMUNITY + "001", 0.1), ("x", "", 2.0)]
    after = store.publish_plan(plan.id, effective=date(2025, 7, 1), lineage=lineage, actor="b", today=TODAY)
    assert (after.state, after.retired) == ("scheduled", None)
    assert store.get_plan(first.id, today=TODAY).retired == date(2025, 7, 1)
    assert store.get_plan(first.id, today=TODAY).state == "active"
    assert store.get_lineage(plan.id) == tuple(lineage)


@pytest.mark.parametrize("day", [date(2025, 6, 30), date(2025, 7, 1)])
def test_a_plan_must_follow_all_published_ones(store: SqlStore, day: date) -> None:
    published(store, date(2025, 1, 1), name="first")
    second = published(store, date(2025, 7, 1), name="second")
    plan = store.save_plan(drawing(), name="late", actor="a")
    before = counts(store)
    with pytest.raises(Conflict, match=rf"plan {second.id} \(second\).*2025-07-01") as caught:
        store.publish_plan(plan.id, effective=day, lineage=[("", "x", 1.0)], actor="a", today=TODAY)
    assert caught.value.code == "store_plan_not_later"
    assert counts(store) == before
    assert store.get_plan(plan.id, today=TODAY).state == "draft"


def test_publishing_twice_is_refused(store: SqlStore) -> None:
    plan = published(store, date(2025, 1, 1))
    with pytest.raises(Conflict, match="2025-01-01") as caught:
        store.publish_plan(plan.id, effective=date(2026, 1, 1), lineage=[], actor="a", today=TODAY)
    assert caught.value.code == "store_plan_published"


def test_codes_are_carried_over_but_never_used_again(store: SqlStore) -> None:
    published(store, date(2025, 1, 1), ("001", "002"))
    assert store.retired_codes() == frozenset()
    published(store, date(2025, 2, 1), ("001", "003"))  # 001 is carried over, 002 lapses
    assert store.retired_codes() == {COMMUNITY + "002"}
    plan = store.save_plan(drawing(("001", "002", "003")), name="back", actor="a")
    before = counts(store)
    with pytest.raises(Conflict, match=COMMUNITY + "002") as caught:
        store.publish_plan(plan.id, effective=date(2025, 3, 1), lineage=[], actor="a", today=TODAY)
    assert caught.value.code == "store_codes_retired"
    assert counts(store) == before
    published(store, date(2025, 3, 1), ("003", "004"))
    assert store.retired_codes() == {COMMUNITY + "001", COMMUNITY + "002"}
    published(store, date(2025, 4, 1), ("003",))
    assert store.retired_codes() == {COMMUNITY + code for code in ("001", "002", "004")}


def test_an_absent_plan_is_named(store: SqlStore) -> None:
    for call in (
        lambda i: store.get_plan(i, today=TODAY),
        store.get_grids,
        store.get_units,
        store.get_lineage,
        lambda i: store.publish_plan(i, effective=TODAY, lineage=[], actor="a", today=TODAY),
    ):
        for plan_id in (99, 0, -1, 10**30):
            with pytest.raises(NotFound, match=str(plan_id)):
                call(plan_id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE plan SET name = 'x'",
        "UPDATE plan SET effective = NULL",
        "DELETE FROM plan",
        "UPDATE grid SET colour = 3",
        "DELETE FROM grid",
        "UPDATE unit SET weight = 3",
        "DELETE FROM unit",
        "UPDATE lineage SET weight = 3",
        "DELETE FROM lineage",
        "INSERT INTO lineage (plan_id, position, old, new, weight) SELECT id, 5, 'a', 'b', 1.0 FROM plan",
    ],
)
def test_the_database_itself_refuses_to_change_a_published_plan(store: SqlStore, statement: str) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    with store._writing() as connection:
        connection.exec_driver_sql("UPDATE grid SET colour = 5")  # a draft may change
    store.publish_plan(plan.id, effective=TODAY, lineage=[("", "x", 1.0)], actor="a", today=TODAY)
    with pytest.raises(Conflict), store._writing() as connection:
        connection.exec_driver_sql(statement)
    assert {g.colour for g in store.get_grids(plan.id)} == {5}


def test_a_lineage_reckoned_against_an_outdated_plan_is_refused(store: SqlStore) -> None:
    first, second, third = (store.save_plan(drawing(("001", "002")), name=name, actor="a") for name in ("a", "b", "c"))
    given = {"lineage": [("", "x", 1.0)], "actor": "a", "today": TODAY}
    store.publish_plan(first.id, effective=date(2025, 1, 1), predecessor=None, **given)
    store.publish_plan(second.id, effective=date(2025, 2, 1), predecessor=first.id, **given)
    for outdated in (None, first.id):
        with pytest.raises(Conflict, match="Publish it again"):
            store.publish_plan(third.id, effective=date(2025, 3, 1), predecessor=outdated, **given)
    assert store.get_lineage(third.id) == ()
    assert store.get_plan(third.id, today=TODAY).state == "draft"
    store.publish_plan(third.id, effective=date(2025, 3, 1), predecessor=second.id, **given)
