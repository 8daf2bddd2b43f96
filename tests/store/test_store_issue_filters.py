"""Filters and counts of issues are those of a plain loop."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from geo.errors import InvalidInput, NotFound
from geo.model import Issue, Location, Report, Route
from geo.store import SqlStore
from tests.store.samples import AT, COMMUNITY, reported

CHINA = timezone(timedelta(hours=8))


EAST = math.nextafter(121.5, 122)


def many() -> list[tuple[Report, Location, Route]]:
    """Every combination of what can be filtered, with points on, beside and one bit outside of the box."""
    rows = []
    points = [(121.5, 31.25), (121.4, 31.2), (EAST, 31.2), (121.45, 31.3), (None, None)]
    combinations = itertools.product(("001", "002"), ("D1", None), ("0101", "0102"), points)
    for number, (grid, department, category, (lon, lat)) in enumerate(combinations):
        report, location, route = reported(
            str(number), grid=COMMUNITY + grid, lon=lon, lat=lat, category=category,
            status=("to_confirm", "to_dispatch", "in_progress", "closed")[number % 4],
            reported_at=AT + timedelta(hours=number),
        )  # fmt: skip
        if number % 7 == 0:
            location = replace(location, status="outside", grid=None)
        rows.append((report, location, replace(route, department=department)))
    return rows


FILTERS: list[dict[str, Any]] = [
    {},
    {"grid": COMMUNITY + "001"},
    {"department": "D1"},
    {"category": "0102"},
    {"status": "closed"},
    {"location": "outside"},
    {"since": AT + timedelta(hours=10)},
    {"until": (AT + timedelta(hours=10)).astimezone(CHINA)},
    {"since": AT + timedelta(hours=3), "until": AT + timedelta(hours=3)},
    {"bbox": (121.4, 31.2, 121.5, 31.25)},
    {"bbox": (EAST, 31.0, 121.6, 32.0)},
    {"bbox": (-180.0, -90.0, 180.0, 90.0)},
    {"after_id": 10},
    {"limit": 3},
    {"limit": 0},
    {"after_id": 10**30},
    {"limit": 10**30},
    {"grid": "nobody'; DROP TABLE issue; --"},
    {
        "grid": COMMUNITY + "002",
        "department": "D1",
        "status": "to_dispatch",
        "bbox": (121.4, 31.2, 121.5, 31.3),
        "limit": 2,
    },
]


def test_filters_are_those_of_a_plain_loop(store: SqlStore) -> None:
    store.save_issues(many(), actor="a")
    everything = store.list_issues()
    assert len(everything) == 40

    def keeps(issue: Issue, wanted: dict[str, Any]) -> bool:
        lon, lat = issue.location.lon, issue.location.lat
        box = wanted.get("bbox")
        return (
            wanted.get("grid") in (None, issue.location.grid)
            and wanted.get("department") in (None, issue.route.department)
            and wanted.get("category") in (None, issue.category)
            and wanted.get("status") in (None, issue.status)
            and wanted.get("location") in (None, issue.location.status)
            and issue.reported_at >= wanted.get("since", issue.reported_at)
            and ("until" not in wanted or issue.reported_at < wanted["until"])
            and issue.id > wanted.get("after_id", 0)
            and (
                box is None
                or (lon is not None and lat is not None and box[0] <= lon <= box[2] and box[1] <= lat <= box[3])
            )
        )

    for wanted in FILTERS:
        brute = tuple(issue for issue in everything if keeps(issue, wanted))
        assert store.list_issues(**wanted) == brute[: wanted.get("limit")], wanted


def test_counts_are_those_of_a_plain_loop(store: SqlStore) -> None:
    assert store.count_issues(by="grid") == {}
    store.save_issues(many(), actor="a")
    values = {
        "grid": lambda i: i.location.grid,
        "status": lambda i: i.status,
        "department": lambda i: i.route.department,
        "location": lambda i: i.location.status,
        "plan": lambda i: None if i.location.plan is None else str(i.location.plan),
    }
    for by, value in values.items():
        brute: dict[str, int] = {}
        for issue in store.list_issues():
            brute[value(issue) or ""] = brute.get(value(issue) or "", 0) + 1
        assert store.count_issues(by=by) == brute
        assert list(store.count_issues(by=by)) == sorted(brute)


def test_open_issues_and_the_newest(store: SqlStore) -> None:
    assert store.newest_issue_at() is None
    store.save_issues(many(), actor="a")
    issues = store.list_issues()
    newest = store.newest_issue_at()
    assert newest == max(issue.reported_at for issue in issues)
    assert newest is not None
    assert newest.utcoffset() == timedelta(0)
    brute: dict[str, int] = {}
    for issue in issues:
        if issue.status != "closed":
            brute[issue.location.grid or ""] = brute.get(issue.location.grid or "", 0) + 1
    assert store.count_issues(by="grid", open_only=True) == brute
    assert brute != store.count_issues(by="grid")


def test_questions_that_make_no_sense(store: SqlStore) -> None:
    for wanted, code in (
        ({"grid": "\x00"}, "store_text_nul"),
        ({"department": "\ud800"}, "store_text_surrogate"),
        ({"limit": -1}, "store_limit_negative"),
        ({"bbox": (2.0, 0.0, 1.0, 1.0)}, "store_bbox"),
        ({"bbox": (0.0, 0.0, math.nan, 1.0)}, "store_bbox"),
        ({"since": datetime(2025, 1, 1)}, "store_time_naive"),
    ):
        with pytest.raises(InvalidInput) as caught:
            store.list_issues(**wanted)
        assert caught.value.code == code
    with pytest.raises(InvalidInput, match="status"):
        store.count_issues(by="text")
    with pytest.raises(InvalidInput, match="NUL"):
        store.find_issue("12345", "\x00")
    for issue_id in (1, 0, -5, 10**30):
        with pytest.raises(NotFound, match=str(issue_id)):
            store.get_issue(issue_id)
