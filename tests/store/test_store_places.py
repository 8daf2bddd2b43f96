"""The place is saved and read as a whole; the journal tells who did what and cannot be rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Area, Category, Department, Feature, Place, Rule, Staff
from geo.store import SqlStore, places
from tests.store.samples import COMMUNITY, drawing, place, reported

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
MAYBE = st.none() | TEXT
COUNT = st.none() | st.integers(0, 2**62)
REAL = st.floats(-180, 180)
SHAPES = st.one_of(
    st.builds(shapely.Point, REAL, REAL),
    st.lists(st.tuples(REAL, REAL), min_size=2, max_size=5).map(shapely.LineString),
    st.lists(st.tuples(REAL, REAL), min_size=3, max_size=6).map(shapely.Polygon),
    st.lists(st.tuples(REAL, REAL), min_size=1, max_size=3).map(shapely.MultiPoint),
    st.just(shapely.Polygon()),
)
PLACES = st.builds(
    Place,
    code=TEXT,
    name=TEXT,
    note=TEXT,
    areas=st.lists(
        st.builds(Area, TEXT, TEXT, st.sampled_from(["district", "street", "community"]), MAYBE, st.none() | SHAPES),
        max_size=3,
        unique_by=lambda a: a.code,
    ).map(tuple),
    departments=st.lists(
        st.builds(Department, TEXT, TEXT, MAYBE, TEXT, MAYBE), max_size=3, unique_by=lambda d: d.code
    ).map(tuple),
    categories=st.lists(
        st.builds(Category, TEXT, st.sampled_from(["part", "event", "hotline"]), TEXT, TEXT, MAYBE),
        max_size=3,
        unique_by=lambda c: (c.scheme, c.kind, c.code),
    ).map(tuple),
    rules=st.lists(
        st.builds(
            Rule,
            id=TEXT,
            scheme=TEXT,
            kind=st.sampled_from(["part", ""]),
            category=TEXT,
            area=TEXT,
            department=TEXT,
            with_departments=st.lists(TEXT, max_size=2).map(tuple),
            deadline_hours=st.none() | st.floats(0.5, 1e6),
            closing=TEXT,
            version=TEXT,
            source=TEXT,
        ),
        max_size=3,
        unique_by=lambda r: (r.id, r.version),
    ).map(tuple),
    staff=st.lists(st.builds(Staff, TEXT, TEXT, MAYBE, MAYBE), max_size=3).map(tuple),
    features=st.lists(st.builds(Feature, TEXT, TEXT, TEXT, TEXT, SHAPES, COUNT, COUNT), max_size=3).map(tuple),
    entries=st.lists(
        st.dictionaries(TEXT, MAYBE | REAL | st.integers() | st.lists(TEXT, max_size=2), max_size=4), max_size=3
    ).map(tuple),
)


def comparable(whole: Place) -> Any:
    """A place with its geometries as bytes, so that every bit counts."""

    def flat(item: Any) -> Any:
        return replace(item, geometry=None), None if item.geometry is None else shapely.to_wkb(item.geometry)

    return replace(whole, areas=tuple(map(flat, whole.areas)), features=tuple(map(flat, whole.features)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(whole=PLACES)
def test_a_place_comes_back_as_it_was(store: SqlStore, whole: Place) -> None:
    store.save_place(whole, actor="a")
    assert comparable(store.get_place()) == comparable(whole)


def test_the_stamp_changes_with_every_save(store: SqlStore) -> None:
    assert store.place_stamp() == ""
    with pytest.raises(NotFound, match="place folder"):
        store.get_place()
    stamps = []
    for _ in range(3):
        store.save_place(place(), actor="a")
        stamps.append(store.place_stamp())
        assert store.place_stamp() == stamps[-1]
    assert len({"", *stamps}) == 4


def test_a_new_place_replaces_the_old_one(store: SqlStore) -> None:
    store.save_place(place(), actor="a")
    small = place(areas=(), departments=(), rules=(), staff=(), features=(), entries=(), code="1", name="other")
    store.save_place(small, actor="a")
    assert store.get_place() == small


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"areas": (Area("1", "a", "street", None), Area("1", "b", "street", None))}, "store_area_twice"),
        ({"departments": (Department("1", "a"), Department("1", "b"))}, "store_department_twice"),
        ({"categories": (Category("s", "part", "1", "a"),) * 2}, "store_category_twice"),
        ({"rules": (Rule("r", "", "", "", "", "D"),) * 2}, "store_rule_twice"),
        ({"entries": ({"name": "\x00"},)}, "store_text_nul"),
        ({"staff": (Staff("g", "r", "\ud800"),)}, "store_text_surrogate"),
        ({"features": (Feature("l", "i", "n", "k", None),)}, "store_geometry_missing"),  # type: ignore[arg-type]
        ({"features": (Feature("l", "i", "n", "k", shapely.Point(0, 0), 2**63),)}, "store_number_range"),
    ],
)
def test_a_bad_place_leaves_the_old_one(store: SqlStore, change: dict[str, Any], code: str) -> None:
    store.save_place(place(), actor="a")
    stamp, before = store.place_stamp(), comparable(store.get_place())
    with pytest.raises(InvalidInput) as caught:
        store.save_place(place(**change), actor="a")
    assert caught.value.code == code
    assert (store.place_stamp(), comparable(store.get_place())) == (stamp, before)
    assert len(store.get_journal()) == 1


def test_a_save_that_fails_in_the_middle_leaves_the_old_place(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save_place(place(), actor="a")
    before = comparable(store.get_place())
    real, calls = places.insert_rows, iter(range(100))

    def third_fails(*args: Any) -> None:
        if next(calls) == 3:
            raise RuntimeError("pulled the plug")
        real(*args)

    monkeypatch.setattr(places, "insert_rows", third_fails)
    with pytest.raises(RuntimeError, match="pulled the plug"):
        store.save_place(place(name="half"), actor="a")
    assert comparable(store.get_place()) == before
    assert len(store.get_journal()) == 1


def test_numpy_numbers_are_stored_as_numbers(store: SqlStore) -> None:
    feature = Feature("l", "i", "n", "k", shapely.Point(0.5, 1), np.int64(7), np.int32(9))  # type: ignore[arg-type]
    entry = {"id": "1", "lon": np.float64(0.1), "n": np.int64(3), "tags": ("a", "b")}
    store.save_place(place(features=(feature,), entries=(entry,)), actor="a")
    whole = store.get_place()
    assert (whole.features[0].households, whole.features[0].residents) == (7, 9)
    assert whole.entries == ({"id": "1", "lon": 0.1, "n": 3, "tags": ["a", "b"]},), "JSON has lists for tuples"


def test_every_write_names_its_actor_in_the_journal(store: SqlStore) -> None:
    now = datetime(2025, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
    store._clock = lambda: now
    day = date(2025, 1, 1)
    store.save_place(place(), actor="甲")
    plan = store.save_plan(drawing(), name="p", actor="乙")
    store.publish_plan(plan.id, effective=day, lineage=[("", COMMUNITY + "001", 1.0)], actor="丙", today=day)
    (one,) = store.save_issues([reported("1", phone="139")], actor="丁")
    store.save_issues([reported("2"), reported("1"), reported("3")], actor="戊\u202e")
    lines = store.get_journal()
    assert [(line["actor"], line["action"], line["subject"]) for line in reversed(lines)] == [
        ("甲", "save_place", "place"),
        ("乙", "save_plan", f"plan:{plan.id}"),
        ("丙", "publish_plan", f"plan:{plan.id}"),
        ("丁", "save_issues", f"issue:{one}"),
        ("戊\u202e", "save_issues", "issues"),
    ]
    assert {line["at"] for line in lines} == {now}
    assert lines[0]["detail"]["added"] == 2
    assert lines[0]["detail"]["known"] == 1
    assert lines[2]["detail"] == {"effective": "2025-01-01", "lineage": 1}
    assert store.get_journal(subject=f"plan:{plan.id}") == lines[2:4]
    assert store.get_journal(limit=1) == lines[:1]
    assert store.get_journal(subject="nobody") == ()
    with pytest.raises(InvalidInput, match="-1"):
        store.get_journal(limit=-1)


def test_a_write_without_an_actor_is_refused(store: SqlStore) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    day = date(2025, 1, 1)
    for write in (
        lambda: store.save_place(place(), actor=""),
        lambda: store.save_plan(drawing(), name="p", actor=" "),
        lambda: store.publish_plan(plan.id, effective=day, lineage=[], actor="\n", today=day),
        lambda: store.save_issues([reported()], actor=""),
    ):
        with pytest.raises(InvalidInput, match="GEO_ACTOR"):
            write()
    assert len(store.get_journal()) == 1
    assert store.get_plan(plan.id, today=day).state == "draft"


@pytest.mark.parametrize(
    "statement", ["UPDATE journal SET actor = 'nobody'", "DELETE FROM journal", "DELETE FROM journal WHERE id = 1"]
)
def test_the_journal_cannot_be_rewritten(store: SqlStore, statement: str) -> None:
    store.save_place(place(), actor="a")
    lines = store.get_journal()
    with pytest.raises(Conflict), store._writing() as connection:
        connection.execute(sa.text(statement))
    assert store.get_journal() == lines


@pytest.mark.postgis
def test_the_journal_cannot_be_truncated(postgis_server: Any) -> None:
    with postgis_server.database("migrated") as url, SqlStore(url) as store:
        store.save_place(place(), actor="a")
        with pytest.raises(Conflict), store._writing() as connection:
            connection.execute(sa.text("TRUNCATE journal"))
        assert len(store.get_journal()) == 1
