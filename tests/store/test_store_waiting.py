"""Issues that wait for a plan, on both backends: placed once, and nothing of the report is touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from geo.model import Location, Route
from geo.store import SqlStore
from tests.store.samples import drawing, reported


def test_waiting_issues_are_placed_once(store: SqlStore) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    store.publish_plan(plan.id, effective=date(2025, 1, 1), lineage=[], actor="a", today=date(2025, 6, 1))
    wait = Location(status="unlocated", note="no_plan_in_force")
    none = Route(department=None, department_name=None)
    report, location, route = reported("1", phone="13900001111", plan=plan.id)
    store.save_issues([(report, wait, none), (replace(report, source_id="2"), location, route)], actor="a")
    ((issue_id, told),) = store.list_waiting()
    assert told == replace(report, reporter_phone=None, status=None)
    before = store.get_issue(issue_id)
    assert (before.status, before.due_at) == ("to_confirm", None)
    assert store.place_waiting([(issue_id, told, location, route)], actor="b") == (issue_id,)
    after = store.get_issue(issue_id)
    other = store.find_issue("12345", "2")
    assert other is not None
    assert replace(after, id=0, source_id="") == replace(other, id=0, source_id="")
    assert store.list_waiting() == ()
    lines = store.get_journal(subject=f"issue:{issue_id}")
    assert [line["action"] for line in lines] == ["place_issues"]
    assert store.place_waiting([(issue_id, told, wait, none)], actor="c") == ()
    assert store.get_issue(issue_id) == after
    assert store.get_journal(subject=f"issue:{issue_id}") == lines
    with store._reading() as connection:
        phones = connection.exec_driver_sql("SELECT phone FROM reporter ORDER BY issue_id").scalars().all()
    assert phones == ["13900001111", "13900001111"]
