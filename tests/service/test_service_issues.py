"""Importing reports: every row is accounted for, and a bad one fails no other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from geo.errors import InvalidInput
from geo.model import Report
from geo.service.case_actions import advance
from geo.service.context import Service
from geo.service.issues import import_issues
from geo.service.queues import count_queues
from tests.api.conftest import SOUTH, STEP, WEST, place

WHEN = datetime(2025, 5, 30, tzinfo=UTC)


def report(number: int, **more: object) -> Report:
    values: dict[str, object] = {
        "text": "路灯", "source": "hotline", "source_id": f"S{number}", "reported_at": WHEN,
        "lon": WEST + STEP, "lat": SOUTH + STEP, "crs": "WGS84", "scheme": "hotline", "kind": "hotline",
        "category": "0101",
    }  # fmt: skip
    return Report(**{**values, **more})  # type: ignore[arg-type]


BAD = {
    "nul": {"text": "a\x00b"},
    "half a pair": {"source_id": "a\ud800"},
    "no time zone": {"reported_at": datetime(2025, 5, 30)},
    "endless code": {"source_id": "x" * 1000},
    "swapped": {"lon": SOUTH, "lat": WEST},
    "no number": {"accuracy_m": float("inf")},
}


@pytest.mark.parametrize("fault", sorted(BAD))
@pytest.mark.parametrize("where", [1, 3, 5])
def test_a_row_that_cannot_be_kept_fails_no_other(service: Service, fault: str, where: int) -> None:
    rows = [report(number, **(BAD[fault] if number == where else {})) for number in range(1, 6)]
    summary = import_issues(service, rows, actor="tester")
    assert (summary.rows, summary.added, summary.known) == (5, 4, 0)
    assert [error.context["row"] for error in summary.errors] == [where]
    assert summary.errors[0].message("zh") != summary.errors[0].message("en")
    assert summary.rows == summary.located + summary.outside + summary.rejected.total()
    kept = {issue.source_id for issue in service.store.list_issues()}
    assert kept == {f"S{number}" for number in range(1, 6) if number != where}


def test_rows_keep_their_number_over_chunks(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.service.issues._CHUNK", 3)
    bad = {2, 4, 9}
    rows = [
        InvalidInput("row_no_json", row=7)
        if number == 7
        else report(number, **({"text": "\x00"} if number in bad else {}))
        for number in range(1, 11)
    ]
    summary = import_issues(service, rows, actor="tester")
    assert sorted(error.context["row"] for error in summary.errors) == [2, 4, 7, 9]
    assert (summary.rows, summary.added) == (10, 6)


def test_importing_again_adds_nothing_and_counts_the_same(service: Service) -> None:
    rows = [report(1), report(2, lon=115.0), report(3, lon=None, lat=None, crs=None, text="你好"), report(1)]
    first = import_issues(service, rows, actor="tester")
    again = import_issues(service, rows, actor="tester")
    assert (first.added, first.known) == (3, 1)
    assert (again.added, again.known) == (0, 4)
    assert (first.located, first.outside, first.queued) == (again.located, again.outside, again.queued) == (2, 1, 1)
    assert len(service.store.list_issues()) == 3


def test_reports_before_any_plan_wait_for_one(empty: Service) -> None:
    summary = import_issues(empty, [report(1)], actor="tester")
    assert (summary.added, summary.queued, summary.routed) == (1, 1, 0)
    assert empty.store.list_issues()[0].location.note == "no_plan_in_force"


def test_what_was_closed_before_it_came_waits_in_no_queue(service: Service) -> None:
    nowhere = {"lon": None, "lat": None, "crs": None, "text": "你好"}
    rows = [report(1, **nowhere), report(2, status="closed", **nowhere), report(3, status="closed")]
    summary = import_issues(service, rows, actor="tester")
    assert (summary.located, summary.queued, summary.archived) == (1, 1, 1)
    assert count_queues(service).views["unlocated"] == 1
    closed = next(issue for issue in service.store.list_issues(status="closed") if issue.location.status != "located")
    assert service.store.get_case(closed.id).queue is None
    item = advance(service, closed.id, "reopen", text="再看", revision=1, actor="a")
    assert item.case.queue == "unlocated", "who opens it again finds it where it had to go"


def test_an_unknown_category_is_told_with_its_count(service: Service) -> None:
    rows = [report(1), report(2, category="9999"), report(3, category="9999"), report(4, scheme="x", category="0101")]
    summary = import_issues(service, [*rows, report(5, category="")], actor="tester")
    assert summary.unknown_categories == {"hotline/hotline/9999": 2, "x/hotline/0101": 1}
    assert summary.added == 5, "they are stored all the same"
    assert summary.as_dict("zh")["unknown_categories"] == {"hotline/hotline/9999": 2, "x/hotline/0101": 1}


def test_no_reporter_in_the_journal(service: Service) -> None:
    rows = [report(n, reporter_name="王五", reporter_phone="13912345678") for n in (1, 2)]
    import_issues(service, [*rows, report(3, text="\x00", reporter_name="王五")], actor="tester")
    journal = str(service.store.get_journal())
    assert "save_issues" in journal
    assert "王五" not in journal
    assert "13912345678" not in journal


def test_without_a_plan_the_reason_is_the_rows_own(empty: Service) -> None:
    """A plan to come helps only a row that says where it is: the others are told apart at once."""
    empty.store.save_place(place(), actor="tester")
    rows = [
        report(1),
        report(2, accuracy_m=40_000.0),
        report(3, lon=None, lat=None, crs=None, address=None),
        report(4, lon=None, lat=None, crs=None, address="阳光小区"),
        report(5, lon=None, lat=None, crs=None, address="不知何处"),
    ]
    summary = import_issues(empty, rows, actor="tester")
    assert summary.added == summary.queued == 5
    assert summary.rejected == {"no_plan_in_force": 2, "coordinate_rounded": 1, "no_coordinate": 2}
