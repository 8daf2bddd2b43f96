"""Streets, departments, rules, matters and a calendar for tests of the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

from hypothesis import strategies as st

from geo.locate import Lying, Matter
from geo.model import (
    Department,
    Negative,
    Rule,
    Rung,
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
