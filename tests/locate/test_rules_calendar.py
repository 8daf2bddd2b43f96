"""Working time, holidays, what lies at a place, and what was said last for a while."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate import AssetIndex, Matter, RuleIndex
from geo.locate.routing.above import OverrideBook, mode_at
from geo.locate.routing.due import Clock
from geo.model import (
    Asset,
    ModeSwitch,
    Override,
    Rule,
    RuleSet,
    WorkCalendar,
)
from tests.locate.rules_worlds import CALENDAR, CHAINS, DEPARTMENTS

HOURS = st.sampled_from(
    [((time(8, 30), time(12)), (time(13, 30), time(17, 30))), ((time(0), time(23, 59)),), ((time(9), time(10)),)]
)


@settings(max_examples=120, deadline=None)
@given(
    hours=HOURS,
    minutes=st.integers(0, 60 * 24 * 20),
    value=st.integers(1, 40),
    off=st.frozensets(st.integers(0, 40), max_size=10),
    extra=st.frozensets(st.integers(0, 40), max_size=10),
)
def test_working_time_equals_a_minute_by_minute_walk(hours, minutes, value, off, extra):
    first = date(2026, 9, 20)
    calendar = WorkCalendar(
        hours,
        rest=frozenset(first + timedelta(days=k) for k in off - extra),
        work=frozenset(first + timedelta(days=k) for k in extra),
    )
    at = datetime(2026, 9, 20, tzinfo=UTC) + timedelta(minutes=minutes)
    quarter = value * 15
    left, now = quarter, at
    while left:
        day = now.date()
        open_ = day in calendar.work or (day.weekday() < 5 and day not in calendar.rest)
        left -= open_ and any(a <= now.time() < b for a, b in hours)
        now += timedelta(minutes=1)
    assert Clock(calendar).end(at, quarter / 60, "working_hours") == now
    day, count = at.date(), 0
    while count < min(value, 12):
        day += timedelta(days=1)
        count += day in calendar.work or (day.weekday() < 5 and day not in calendar.rest)
    assert Clock(calendar).end(at, min(value, 12), "working_days") == datetime.combine(day, hours[-1][1], tzinfo=UTC)
    assert Clock(calendar).end(at, value, "hours") == at + timedelta(hours=value)


def test_holidays_and_days_that_are_worked_instead():
    clock = Clock(CALENDAR)
    wednesday = datetime(2026, 9, 30, 17, tzinfo=UTC)
    assert clock.end(wednesday, 1, "working_hours") == datetime(2026, 10, 2, 9, tzinfo=UTC)
    assert clock.end(datetime(2026, 10, 9, 9, tzinfo=UTC), 1, "working_days") == datetime(
        2026, 10, 10, 17, 30, tzinfo=UTC
    )


BOX = st.builds(
    lambda x, y, w: shapely.box(114 + x / 1e4, 34 + y / 1e4, 114 + (x + w) / 1e4, 34 + (y + w) / 1e4),
    st.integers(0, 40), st.integers(0, 40), st.integers(1, 20),
)  # fmt: skip


LINE = st.builds(
    lambda x, y, z: shapely.LineString([(114 + x / 1e4, 34 + y / 1e4), (114 + z / 1e4, 34.004)]),
    st.integers(0, 40), st.integers(0, 30), st.integers(0, 40),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    shapes=st.lists(st.tuples(BOX | LINE, st.sampled_from([0.0, 15.0, 60.0]), st.sampled_from(["", "06"])), max_size=8),
    points=st.lists(st.tuples(st.integers(-10, 70), st.integers(-10, 70)), min_size=1, max_size=8),
)
def test_what_lies_there_equals_measuring_everything(shapes, points):
    assets = [
        Asset("ab"[k % 2], f"a{k}", "", "WY", shape, reach, category)
        for k, (shape, reach, category) in enumerate(shapes)
    ]
    lon, lat = (np.array([base + p[i] / 1e4 for p in points]) for i, base in ((0, 114), (1, 34)))
    categories = ["06010" if k % 2 else "07" for k in range(len(points))]
    found = AssetIndex(assets).find(lon=lon, lat=lat, categories=categories)
    if not assets:
        assert all(row == () for row in found)
        return
    _, south, _, north = shapely.total_bounds([a.geometry for a in assets])
    scale = np.array([111_320 * np.cos(np.radians((south + north) / 2)), 111_320])
    flat = {a.id: shapely.transform(a.geometry, lambda xy: xy * scale) for a in assets}
    for x, y, category, row in zip(lon, lat, categories, found, strict=True):
        point = shapely.Point(*(np.array([x, y]) * scale))
        for layer in "ab":
            near = [
                (round(point.distance(flat[a.id]), 6), a)
                for a in assets
                if a.layer == layer and category.startswith(a.category)
            ]
            near = [(d, a) for d, a in near if d <= a.reach_m + 1e-6]
            got = [a for a in row if a.layer == layer]
            assert len(got) == bool(near)
            if near:
                assert round(point.distance(flat[got[0].id]), 6) <= min(d for d, _ in near) + 1e-5


def test_a_place_that_is_none_has_nothing():
    index = AssetIndex([Asset("a", "1", "", "WY", shapely.box(114, 34, 115, 35))])
    assert index.find(lon=[np.nan, 114.5], lat=[34.5, 34.5], categories=["", ""])[0] == ()
    assert index.find(lon=[], lat=[], categories=[]) == []


def test_the_last_thing_said_holds_and_returns_by_itself():
    t = [datetime(2026, 7, 1, hour, tzinfo=UTC) for hour in range(24)]
    switches = [
        ModeSwitch("990101001", "emergency", t[8], t[20], "雨"),
        ModeSwitch("990101001001", "normal", t[12], t[20], "雨停"),
    ]
    for hour, chain, mode in (
        (7, CHAINS[0], "normal"), (8, CHAINS[0], "emergency"), (12, CHAINS[0], "normal"),
        (12, CHAINS[1], "emergency"), (9, CHAINS[2], "normal"), (20, CHAINS[1], "normal"),
    ):  # fmt: skip
        assert mode_at(switches, chain=chain, at=t[hour]) == mode


def test_overrides_are_lifted_dated_and_bound_to_matters():
    at = datetime(2026, 7, 1, tzinfo=UTC)
    rows = [
        Override("address", "k", "URBAN", "r", category="06", id=1),
        Override("address", "k", "WATER", "r", category="06", until=at, id=2),
        Override("address", "k", "WY", "r", state="proposed", id=3),
        Override("address", "other", "WATER", "r", id=4),
        Override("address", "other", "WATER", "r", state="withdrawn", replaces=4, id=5),
        Override("reporter", "z", "WATER", "r", id=6),
        Override("reporter", "z", "", "r", id=7),
    ]
    book = OverrideBook(rows)

    def find(*keys, category="06010"):
        return book.find(keys, scheme="s", kind="event", category=category, chain=CHAINS[0], at=at)

    assert find(("address", "k")).id == 1
    assert find(("address", "k"), category="07") is None
    assert find(("address", "other")) is None
    assert find(("reporter", "z")) is None
    assert find(("issue", "1")) is None


@pytest.mark.parametrize("count", [1, 3])
def test_what_was_asked_before_is_forgotten_in_time(count, monkeypatch):
    monkeypatch.setattr("geo.locate.routing.engine._KEPT", count)
    index = RuleIndex(RuleSet("v", (Rule("r", "s", "", "", "990101", "JD-{street}"),)), DEPARTMENTS)
    for chain in [*CHAINS, *CHAINS]:
        assert index.route(Matter("s", "event", "06", chain)).department == f"JD-{chain[1]}"
    assert len(index._answers) <= count
