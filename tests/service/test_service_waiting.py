"""Reports from before any plan are located once there is one; reports from the future are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from geo.errors import InvalidInput, NotFound
from geo.model import Issue, Location, Route
from geo.service.context import Service
from geo.service.issues import import_issues, report_issue
from geo.service.plans import publish_plan
from geo.service.waiting import locate_waiting
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.service.conftest import Clock
from tests.service.test_service_issues import report

ROWS = [
    report(1),
    report(2, lon=WEST - STEP),
    report(3, lon=None, lat=None, crs=None, address="阳光小区"),
    report(4, lon=SOUTH, lat=WEST),
    report(5, status="closed"),
    report(6, lon=WEST + 3 * STEP, reporter_name="王小明", reporter_phone="13900001111"),
    report(7, lon=None, lat=None, crs=None, text="不知道在哪里"),
]


@pytest.fixture
def waiting(empty: Service) -> Service:
    """A place, reports, and only then a plan that is in force today."""
    empty.store.save_place(place(), actor="tester")
    import_issues(empty, ROWS, actor="tester")
    plan = empty.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(empty, plan.id, effective=date(2025, 6, 1), actor="tester")
    return empty


def by_source(service: Service) -> dict[str | None, Issue]:
    return {issue.source_id: issue for issue in service.store.list_issues()}


def test_issues_that_waited_are_located_as_if_they_had_come_in_today(waiting: Service, empty: Service) -> None:
    before = by_source(waiting)
    assert {issue.location.note for key, issue in before.items() if key != "S7"} == {"no_plan_in_force"}
    summary = locate_waiting(waiting, actor="planner")
    # The seventh never waited for a plan: no plan can tell where it is.
    assert vars(summary) == {"issues": 6, "located": 4, "outside": 1, "queued": 1, "routed": 4}
    after = by_source(waiting)
    assert after["S7"] == before["S7"]
    import_issues(
        waiting, [replace(row, source="again") for row in ROWS if row.source_id not in ("S4", "S7")], actor="tester"
    )
    fresh = {issue.source_id: issue for issue in waiting.store.list_issues() if issue.source == "again"}
    for key, issue in fresh.items():
        assert replace(issue, id=0, source="") == replace(after[key], id=0, source=""), key
    assert after["S4"].location.note == "coordinate_swapped"
    assert after["S4"].status == "to_confirm"
    assert (after["S1"].status, after["S5"].status) == ("to_dispatch", "closed")


def test_doing_it_again_changes_nothing_and_writes_nothing(waiting: Service) -> None:
    locate_waiting(waiting, actor="planner")
    first, lines = by_source(waiting), waiting.store.get_journal()
    assert (lines[0]["action"], lines[0]["actor"]) == ("place_issues", "planner")
    assert lines[0]["detail"]["located"] == 4
    assert "王小明" not in str(lines)
    assert locate_waiting(waiting, actor="planner").issues == 0
    assert by_source(waiting) == first
    assert waiting.store.get_journal() == lines


def test_an_issue_that_got_a_place_meanwhile_is_left_alone(waiting: Service) -> None:
    (first, told), (second, _), *_ = waiting.store.list_waiting(limit=2)
    here = Location(status="located", grid="990101001001001", plan=1, lon=WEST, lat=SOUTH)
    route = Route(department=None, department_name=None)
    assert waiting.store.place_waiting([(first, told, here, route)], actor="a") == (first,)
    there = replace(here, grid="990101001001004")
    assert waiting.store.place_waiting([(first, told, there, route)], actor="b") == ()
    assert waiting.store.get_issue(first).location.grid == "990101001001001"
    assert [issue_id for issue_id, _ in waiting.store.list_waiting(limit=1)] == [second]


def test_many_chunks_are_all_done(waiting: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.service.waiting._CHUNK", 2)
    assert locate_waiting(waiting, actor="planner").issues == 6
    assert waiting.store.list_waiting() == ()


def test_without_a_plan_today_it_says_so(empty: Service) -> None:
    import_issues(empty, [report(1)], actor="tester")
    with pytest.raises(NotFound):
        locate_waiting(empty, actor="planner")


def test_a_report_from_the_future_is_refused_with_its_row(service: Service, clock: Clock) -> None:
    late = clock.at + timedelta(hours=8)  # as a time zone that was forgotten makes it
    summary = import_issues(service, [report(1), report(2, reported_at=late), report(3)], actor="tester")
    assert (summary.added, summary.rejected) == (2, {"report_in_future": 1})
    assert summary.errors[0].context == {"row": 2, "reported_at": "2025-06-01 20:00", "now": "2025-06-01 12:00"}
    with pytest.raises(InvalidInput) as caught:
        report_issue(service, report(4, reported_at=late), actor="tester")
    assert caught.value.code == "report_in_future"
    # A clock that is a little ahead of ours is no reason to lose a report.
    ahead = clock.at + timedelta(minutes=10)
    assert report_issue(service, report(5, reported_at=ahead), actor="tester")[1]
