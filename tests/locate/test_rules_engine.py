"""The indexed engine says what a naive reading of all rules says, step by step; limits follow the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.locate import AssetIndex, Lying, Matter, RuleIndex
from geo.locate.routing.above import OverrideBook, mode_at
from geo.locate.routing.due import Clock
from geo.messages import say
from geo.model import (
    Asset,
    Department,
    ModeSwitch,
    Negative,
    Override,
    Rule,
    RuleSet,
    Rung,
    Stage,
    Window,
    WorkCalendar,
)

STREETS = ("990101001", "990101002")
COMMUNITIES = ("990101001001", "990101001002", "990101002001")
CHAINS = tuple(("990101", c[:9], c, c + "01") for c in COMMUNITIES)
DEPARTMENTS = (
    Department("TOP", "指挥中心"),
    Department("URBAN", "城管局", "TOP"),
    Department("WATER", "水务局", "TOP"),
    Department("WY", "物业公司", "URBAN"),
    *(Department(f"JD-{s}", "办事处", "TOP", s) for s in STREETS),
    *(Department(f"JW-{c}", "居委会", f"JD-{c[:9]}", c) for c in COMMUNITIES),
    Department("ZU", "居委会的小组", "JW-990101001001"),
)
KNOWN = {item.code: item for item in DEPARTMENTS}
STEPS = ("emergency", "owner", "special", "duty", "base", "fallback")
NIGHT = Window(time(22), time(6))
WINTER = Window(first=(11, 15), last=(3, 15))
RESTDAY = Window(days="rest")
CALENDAR = WorkCalendar(rest=frozenset({date(2026, 10, 1)}), work=frozenset({date(2026, 10, 10)}))


def names() -> st.SearchStrategy[str]:
    return st.sampled_from(["URBAN", "WATER", "JD-{street}", "JW-{community}", "{owner}", "{level}", "ZU", "NOBODY"])


RULES = st.lists(
    st.builds(
        Rule,
        id=st.just("r"),
        scheme=st.sampled_from(["", "s"]),
        kind=st.sampled_from(["", "event", "part"]),
        category=st.sampled_from(["", "06", "0601", "06010"]),
        area=st.sampled_from(["", "990101", *STREETS, *COMMUNITIES, CHAINS[0][-1]]),
        department=names(),
        with_departments=st.lists(names(), max_size=2).map(tuple),
        step=st.sampled_from(["", *STEPS, "helper"]),
        asset=st.sampled_from(["", "", "property", "road"]),
        tenure=st.sampled_from(["", "", "managed"]),
        mode=st.sampled_from(["", "", "normal", "emergency"]),
        window=st.sampled_from([Window(), Window(), NIGHT, WINTER, RESTDAY]),
        deadline=st.sampled_from([None, 4.0]),
        deadline_unit=st.sampled_from(["hours", "working_hours", "working_days"]),
        effective=st.sampled_from([None, date(2026, 7, 1)]),
        until=st.sampled_from([None, date(2026, 10, 5)]),
    ),
    max_size=14,
).map(lambda rules: tuple(replace(rule, id=f"r{k:02d}") for k, rule in enumerate(rules)))
NEGATIVE = st.lists(
    st.builds(
        Negative,
        id=st.sampled_from(["n1", "n2"]),
        scheme=st.sampled_from(["", "s"]),
        kind=st.just(""),
        category=st.sampled_from(["06", "06010"]),
        level=st.sampled_from(["grid", "community", "street"]),
        area=st.sampled_from(["", STREETS[0]]),
    ),
    max_size=2,
).map(tuple)
MATTERS = st.builds(
    Matter,
    scheme=st.sampled_from(["s", "other"]),
    kind=st.sampled_from(["event", "part"]),
    category=st.sampled_from(["06", "06010", "0601", "07", ""]),
    chain=st.sampled_from([*CHAINS, ("990101",)]),
    at=st.sampled_from(
        [
            datetime(2026, 6, 30, 23, tzinfo=UTC),
            datetime(2026, 10, 1, 9, tzinfo=UTC),
            datetime(2026, 12, 5, 5, tzinfo=UTC),
        ]
    ),
    mode=st.sampled_from(["normal", "emergency"]),
    lying=st.sampled_from(
        [(), (Lying("property", "WY", "managed"),), (Lying("property", "WY"), Lying("road", "WATER"))]
    ),
    grade=st.sampled_from(["", "big"]),
    received_by=st.sampled_from(["", "URBAN"]),
)
LADDER = (Rung("", "", "", "", "community"), Rung("", "", "06", "big", "street"))


# The naive reading: every rule is looked at for every question, in plain words of the documentation.
def named(name: str, rule: Rule, matter: Matter) -> str | None:
    places = dict(zip(("district", "street", "community"), matter.chain, strict=False))
    if name == "{owner}":
        owners = [
            item.owner for item in matter.lying if rule.asset in ("", item.layer) and rule.tenure in ("", item.tenure)
        ]
        return owners[0] if owners and owners[0] in KNOWN else None
    if name == "{level}":
        big = matter.grade == "big" and matter.category.startswith("06")
        code = places.get("street" if big else "community")
        return None if code is None else ("JD-" if big else "JW-") + code
    try:
        filled = name.format(**places)
    except KeyError:
        return None
    return filled if filled in KNOWN else None


def level(code: str) -> int:
    while code and not KNOWN[code].area:
        code = KNOWN[code].parent or ""
    digits = len(KNOWN[code].area) if code else 0
    return 3 if digits <= 6 else 2 if digits <= 9 else 1 if digits <= 12 else 0


def barred(code: str, rule_set: RuleSet, matter: Matter) -> bool:
    limit = {"grid": 0, "community": 1, "street": 2}
    return any(
        n.scheme in ("", matter.scheme)
        and matter.category.startswith(n.category)
        and (not n.area or any(c.startswith(n.area) for c in matter.chain))
        and level(code) <= limit[n.level]
        for n in rule_set.negative
    )


def in_time(rule: Rule, at: datetime) -> bool:
    day, w = at.date(), rule.window
    if (rule.effective and day < rule.effective) or (rule.until and day >= rule.until):
        return False
    if w == NIGHT:
        return at.hour >= 22 or at.hour < 6
    if w == WINTER:
        return (day.month, day.day) >= (11, 15) or (day.month, day.day) <= (3, 15)
    if w == RESTDAY:
        return day == date(2026, 10, 1) or (day.weekday() > 4 and day != date(2026, 10, 10))
    return True


def fits(rule: Rule, matter: Matter) -> bool:
    lies = [i for i in matter.lying if rule.asset in ("", i.layer) and rule.tenure in ("", i.tenure)]
    return (
        rule.scheme in ("", matter.scheme)
        and rule.kind in ("", matter.kind)
        and matter.category.startswith(rule.category)
        and (not rule.area or any(c.startswith(rule.area) for c in matter.chain))
        and (bool(lies) or not (rule.asset or rule.tenure))
        and rule.mode in ("", matter.mode)
        and in_time(rule, matter.at)
    )


def naive(rule_set: RuleSet, matter: Matter) -> tuple[str | None, str | None, str]:
    """(department, rule, note)."""
    stopped = False
    for step in STEPS:
        if step == "emergency" and matter.mode == "normal":
            continue
        own = [
            r
            for r in rule_set.rules
            if (r.step or ("duty" if r.category or r.area else "fallback")) == step and fits(r, matter)
        ]
        while own:
            keys = [
                (
                    len(r.area), bool(r.asset) + bool(r.tenure), len(r.category), r.mode != "", r.window != Window(),
                    r.kind != "", r.scheme != "",
                )
                for r in own
            ]  # fmt: skip
            best = [r for r, key in zip(own, keys, strict=True) if key == max(keys)]
            leads = [named(r.department, r, matter) for r in best]
            if None in leads:
                return None, None, "route_no_department"
            left = [(r, x) for r, x in zip(best, leads, strict=True) if not barred(x, rule_set, matter)]
            if not left:
                stopped = True
                own = [r for r in own if r not in best]
                continue
            left.sort(key=lambda row: row[0].id)
            if len({x for _, x in left}) == 1:
                return left[0][1], left[0][0].id, ""
            first = [row for row in left if row[1] == matter.received_by]
            if rule_set.tie == "first_receiver" and first:
                return first[0][1], first[0][0].id, ""
            return None, None, "route_ambiguous"
    return None, None, "route_negative_list" if stopped else "route_none"


@settings(max_examples=400, deadline=None)
@given(rules=RULES, negative=NEGATIVE, matters=st.lists(MATTERS, min_size=1, max_size=6), tie=st.booleans())
def test_the_index_equals_a_naive_reading(rules, negative, matters, tie):
    rule_set = RuleSet(
        "v", rules, tie="first_receiver" if tie else "ambiguous", negative=negative, ladder=LADDER, calendar=CALENDAR
    )
    index = RuleIndex(rule_set, DEPARTMENTS)
    for matter in [*matters, *matters]:  # the second time from what was kept
        answer = index.route(matter)
        assert (answer.department, answer.rule, answer.note) == naive(rule_set, matter)
        for code in (answer.department, *answer.with_departments):
            assert code is None or not barred(code, rule_set, matter)
        assert (answer.department is None) == bool(answer.note)
        decided = [item for item in answer.steps if item.why == "step_decided"]
        assert [item.rule for item in decided] == ([answer.rule] if answer.rule else [])
        tried = [name for name, _ in answer.tried]
        assert answer.rule is None or answer.rule not in [n for n, why in answer.tried if "partner" not in why]
        if answer.department and answer.step != "override":
            later = STEPS[STEPS.index(answer.step) :]
            also = {
                r.id for r in rules
                if fits(r, matter) and (r.step or ("duty" if r.category or r.area else "fallback")) in later
            }  # fmt: skip
            assert also - {answer.rule} <= set(tried)
        for item in answer.steps:
            assert say(item.why, "zh") != say(item.why, "en")
            assert say(f"step_{item.step}", "zh") != say(f"step_{item.step}", "en")
        for _, why in answer.tried:
            assert say(why, "zh")


@settings(max_examples=150, deadline=None)
@given(rules=RULES, negative=NEGATIVE, matter=MATTERS, order=st.randoms())
def test_the_order_of_the_rules_is_of_no_matter(rules, negative, matter, order):
    rule_set = RuleSet("v", rules, negative=negative, ladder=LADDER, calendar=CALENDAR)
    mixed = list(rules)
    order.shuffle(mixed)
    assert RuleIndex(replace(rule_set, rules=tuple(mixed)), DEPARTMENTS).route(matter) == RuleIndex(
        rule_set, DEPARTMENTS
    ).route(matter)


def ask(rules, matter, **more):
    return RuleIndex(RuleSet("v", tuple(rules), calendar=CALENDAR, **more), DEPARTMENTS).route(matter)


MATTER = Matter("s", "event", "06010", CHAINS[0], datetime(2026, 7, 1, 9, tzinfo=UTC))


def test_each_step_goes_before_the_next():
    rules = [
        Rule(step, "", "", "" if step == "fallback" else "06", "", "URBAN", step=step, closing=step) for step in STEPS
    ]
    emergency = replace(MATTER, mode="emergency")
    for k, step in enumerate(STEPS):
        answer = ask(rules[k:], emergency)
        assert (answer.step, answer.rule, answer.closing) == (step, step, step)
        assert [(i.step, i.why) for i in answer.steps][:-1] == [
            ("override", "step_no_override"), *((s, "step_no_rule") for s in STEPS[:k])
        ]  # fmt: skip
        assert (answer.alarm == "alarm_fallback") == (step == "fallback")
    assert ask(rules, MATTER).step == "owner"
    said = Override("issue", "7", "WATER", "包案", id=3, with_departments=("URBAN",))
    answer = ask(rules, replace(emergency, override=said))
    assert (answer.step, answer.rule, answer.department, answer.with_departments) == (
        "override", "override:3", "WATER", ("URBAN",)
    )  # fmt: skip


def test_the_negative_list_lets_nothing_down_not_even_by_a_person():
    entry = Negative("n", "s", "", "06", "community")
    rules = [Rule("down", "s", "", "06010", "", "JW-{community}"), Rule("up", "s", "", "06", "", "URBAN", ("ZU",))]
    answer = ask(rules, MATTER, negative=(entry,))
    assert (answer.department, answer.rule, answer.alarm) == ("URBAN", "up", "alarm_negative_list")
    assert answer.with_departments == ()  # a group of the committee is the committee
    assert answer.tried[0] == ("down", "route_tried_negative_list")
    said = Override("grid", CHAINS[0][-1], "JW-990101001001", "x", id=1)
    assert ask(rules, replace(MATTER, override=said), negative=(entry,)).department == "URBAN"
    assert ask(rules[:1], MATTER, negative=(entry,)).note == "route_negative_list"


def test_owners_help_where_the_territory_leads():
    rules = [
        Rule("lead", "s", "", "06", "", "JD-{street}", supervising="URBAN", step="base"),
        Rule("help", "s", "event", "06", "", "{owner}", asset="property", step="helper"),
    ]
    answer = ask(rules, replace(MATTER, lying=(Lying("property", "WY"),)))
    assert (answer.department, answer.with_departments, answer.supervising) == ("JD-990101001", ("WY",), "URBAN")
    assert answer.level == "street"
    assert ask(rules, MATTER).with_departments == ()


def test_stages_and_limits_are_dated():
    rule = Rule(
        "r",
        "s",
        "",
        "06",
        "",
        "URBAN",
        deadline=2,
        deadline_unit="working_days",
        stages=(Stage("停工", 4, "working_hours"),),
    )
    answer = ask([rule], MATTER)
    assert answer.due_at == datetime(2026, 7, 3, 17, 30, tzinfo=UTC)
    assert answer.stages == (("停工", datetime(2026, 7, 1, 14, 30, tzinfo=UTC)),)
    assert answer.deadline_hours is None
    assert ask([rule], replace(MATTER, at=None)).due_at is None


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
