"""Rule sets, overrides and modes: kept whole, in force by date, and only ever added."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
import shapely
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import Conflict, GeoError, InvalidInput, NotFound
from geo.model import (
    Asset,
    ModeSwitch,
    Negative,
    Override,
    Route,
    RouteStep,
    Rule,
    RuleSet,
    Rung,
    Stage,
    Window,
    WorkCalendar,
)
from geo.store import SqlStore
from geo.store.plain import from_plain, to_plain
from tests.store.samples import drawing, place, reported

SET = RuleSet(
    "2026.1",
    (
        Rule(
            "r1", "s", "part", "01", "", "D", ("E", "{street}"), 24.0, "关", "7", "清单", "owner", "road", "managed",
            "emergency", Window(time(22), time(6), "rest", (11, 15), (3, 15)), "power", "TOP", 4.0, "working_hours",
            (Stage("停工", 4, "working_hours"),), date(2026, 7, 1), date(2026, 8, 1),
        ),
        Rule("r2", "", "", "", "", "{street}"),
    ),
    date(2026, 1, 1),
    None,
    "名称",
    "来源",
    "first_receiver",
    (Negative("n", "s", "", "06", "street", "990101", "x"),),
    (Rung("", "", "", "小事", "community"),),
    (Asset("road", "a", "路", "D", shapely.LineString([(114, 34), (115, 35)]), 12.5, "06", "managed"),),
    WorkCalendar(
        ((time(9), time(17)),), frozenset({0, 6}), frozenset({date(2026, 10, 1)}), frozenset({date(2026, 10, 10)})
    ),
)  # fmt: skip


def test_a_set_comes_back_whole(store: SqlStore) -> None:
    record = store.save_rule_set(SET, actor="a")
    assert store.get_rule_set(record.id) == SET
    assert (record.version, record.rules, record.until, record.created_by) == ("2026.1", 2, None, "a")
    assert store.save_rule_set(SET, actor="b") == record  # the same again changes nothing
    assert len(store.get_journal(subject="rules:2026.1")) == 1
    with pytest.raises(NotFound):
        store.get_rule_set(99)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ANY_RULE = st.builds(
    Rule,
    **dict.fromkeys(("id", "scheme", "category", "area", "department", "closing", "source", "tenure"), WORDS),
    with_departments=st.lists(WORDS, max_size=2).map(tuple),
    deadline=st.none() | st.floats(0, 1e5),
    window=st.builds(Window, st.none() | st.times(), st.none() | st.times(), st.sampled_from(["", "rest"])),
    stages=st.lists(st.builds(Stage, WORDS, st.floats(0, 100)), max_size=2).map(tuple),
    effective=st.none() | st.dates(),
)


@given(ANY_RULE)
def test_any_rule_survives_the_way_through_json(rule: Rule) -> None:
    assert from_plain(Rule, to_plain(rule)) == rule


def test_the_next_set_ends_the_one_before_and_nothing_is_half_stored(store: SqlStore) -> None:
    store.save_rule_set(SET, actor="a")
    later = replace(SET, version="2026.2", effective=date(2026, 7, 1))
    for broken, error in (
        (replace(SET, name="anders"), Conflict),  # a known version with other contents
        (replace(SET, version="x"), Conflict),  # the same day
        (replace(later, effective=date(2025, 7, 1)), Conflict),
        (replace(later, effective=None), InvalidInput),
        (replace(later, until=date(2026, 7, 1)), InvalidInput),
        (replace(later, rules=(SET.rules[0], SET.rules[0])), InvalidInput),
        (replace(later, assets=(replace(SET.assets[0], geometry=shapely.Point()),)), InvalidInput),
        (replace(later, assets=(SET.assets[0], replace(SET.assets[0], name="a\0"))), InvalidInput),
    ):
        stamp = store.rules_stamp()
        with pytest.raises(error):
            store.save_rule_set(broken, actor="a")
        assert [record.version for record in store.list_rule_sets()] == ["2026.1"]
        assert store.rules_stamp() == stamp
    store.save_rule_set(later, actor="a")
    assert store.rules_stamp() != stamp
    assert [(r.version, r.effective, r.until) for r in store.list_rule_sets()] == [
        ("2026.1", date(2026, 1, 1), date(2026, 7, 1)), ("2026.2", date(2026, 7, 1), None)
    ]  # fmt: skip


def test_no_row_ever_changes(store: SqlStore) -> None:
    store.save_rule_set(SET, actor="a")
    store.save_override(Override("issue", "1", "D", "包案"), actor="a")
    at = datetime(2026, 7, 1, tzinfo=UTC)
    store.save_mode(ModeSwitch("", "emergency", at, at.replace(hour=9), "雨"), actor="a")
    for statement in (
        "UPDATE rule_set SET name = 'x'", "DELETE FROM rule_asset", "UPDATE rule_override SET state = 'withdrawn'",
        "DELETE FROM rule_mode",
    ):  # fmt: skip
        with pytest.raises(GeoError), store._writing() as connection:
            connection.execute(sa.text(statement))
    assert store.list_rule_sets()[0].name == "名称"
    assert len(store.list_overrides()) == len(store.list_modes()) == 1


def test_overrides_and_modes_are_kept_in_order_with_their_journal(store: SqlStore) -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    said = Override("address", "k", "D", "r", "s", "event", "06", "g", ("E",), at, None, "proposed", issue=7)
    first = store.save_override(said, actor="a")
    store.save_override(replace(said, state="approved", replaces=first), actor="b")
    rows = store.list_overrides()
    assert [(row.id, row.state, row.actor, row.replaces) for row in rows] == [
        (first, "proposed", "a", 0), (first + 1, "approved", "b", first)
    ]  # fmt: skip
    assert replace(rows[0], id=0, actor="", at=None) == said
    assert [line["actor"] for line in store.get_journal(subject=f"override:{first}")] == ["b", "a"]
    with pytest.raises(NotFound):
        store.save_override(replace(said, replaces=77), actor="a")
    for broken in (replace(said, reason=" "), replace(said, key="")):
        with pytest.raises(InvalidInput):
            store.save_override(broken, actor="a")
    switch = ModeSwitch("990101", "emergency", at, at.replace(day=2), "雨")
    number = store.save_mode(switch, actor="a")
    assert [replace(row, id=0, actor="", at=None) for row in store.list_modes()] == [switch]
    assert store.get_journal(subject=f"mode:{number}")[0]["detail"]["reason"] == "雨"
    for broken in (replace(switch, until=at), replace(switch, reason="")):
        with pytest.raises(InvalidInput):
            store.save_mode(broken, actor="a")


def test_a_plain_rule_of_a_place_keeps_what_has_no_column(store: SqlStore) -> None:
    store.save_place(replace(place(), rules=SET.rules), actor="a")
    assert store.get_place().rules == SET.rules


def test_all_that_a_route_says_is_stored_with_its_issue(store: SqlStore) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    at = datetime(2026, 7, 1, 9, tzinfo=UTC)
    route = Route(
        "D1", "名", ("D2",), "r1", "7", None, (("r2", "route_tried_later_step"),), "", "2026.1", "power", "duty",
        "TOP", "关", "street", 4.0, "working_hours", at, (("停工", at),), "alarm_fallback",
        (RouteStep("duty", "step_decided", "r1", "power", "7", "D1"),),
    )  # fmt: skip
    report, location, _ = reported(plan=plan.id)
    (number,) = store.save_issues([(report, location, route)], actor="a")
    assert number is not None
    issue = store.get_issue(number)
    assert issue.route == route
    assert issue.due_at == at
