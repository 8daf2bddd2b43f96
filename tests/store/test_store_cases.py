"""Cases, their log and corrections on both databases: nothing is lost, nothing is changed afterwards."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo.errors import Conflict, GeoError, InvalidInput, NotFound
from geo.model import Location, Override, Report, Route
from geo.model.cases import QUEUES, CaseChange, CaseFilter, NewCorrection, queue_of
from geo.service.case_log import first_broken
from geo.store import SqlStore, downgrade, upgrade
from geo.store.case_models import CaseLogRow, CorrectionRow
from tests.store.samples import AT, COMMUNITY, drawing, place, reported

NOWHERE = {
    "address_ambiguous": "ambiguous",
    "near_border_ambiguous": "ambiguous",
    "both_conflict": "conflict",
    "address_conflict": "conflict",
    "address_none": "unlocated",
    "no_plan_in_force": "unlocated",
    "": "unlocated",
}


def waiting(note: str, source_id: str | None = None, **changed: object) -> tuple[Report, Location, Route]:
    report, _, _ = reported(source_id, **changed)  # type: ignore[arg-type]
    return report, Location(status="unlocated", note=note), Route(None, None, note="route_needs_grid")


def unrouted() -> tuple[Report, Location, Route]:
    report, location, _ = reported()
    return report, location, Route(None, None, note="route_ambiguous")


def lines(store: SqlStore, issue: int) -> list[str]:
    return [line.action for line in store.get_case_log(issue)]


def test_every_issue_is_routed_or_in_exactly_one_queue(store: SqlStore) -> None:
    rows = [reported(), unrouted(), *(waiting(note) for note in NOWHERE)]
    ids = store.save_issues(rows, actor="a")
    cases = store.get_cases([i for i in ids if i])
    assert [cases[i].queue for i in ids if i] == [None, "unrouted", *NOWHERE.values()]
    listed = {queue: [c.issue for c in store.list_cases(CaseFilter(queue=queue, limit=99))] for queue in QUEUES}
    seen = [issue for found in listed.values() for issue in found]
    assert sorted(seen) == sorted(i for i in ids[1:] if i), "each in one queue, the routed one in none"
    assert cases[ids[0]].community == COMMUNITY  # type: ignore[index]
    assert lines(store, ids[0]) == ["received", "located", "routed"]  # type: ignore[arg-type]
    assert lines(store, ids[1]) == ["received", "located", "queued"]  # type: ignore[arg-type]


def test_what_was_known_already_gets_no_second_case(store: SqlStore) -> None:
    first = store.save_issues([reported("x")], actor="a")
    again = store.save_issues([reported("x"), reported("y")], actor="a")
    assert again[0] is None
    assert len(store.get_cases([*filter(None, (*first, *again))])) == 2


def test_of_two_who_decide_at_once_one_is_told(store: SqlStore) -> None:
    """Eight threads that all saw the same revision: one change stands, seven are told, nothing is lost."""
    issue = store.save_issues([waiting("address_none")], actor="a")[0]
    assert issue is not None
    report, location, route = reported()
    told: list[str] = []
    late: list[str] = []
    go = threading.Barrier(8)

    def decide(name: str) -> None:
        change = CaseChange(
            issue, 1, "to_dispatch", lines=(("confirmed", {"grid": location.grid}),), location=location, route=route
        )
        go.wait()
        try:
            store.change_case(change, report, actor=name)
            told.append(name)
        except Conflict as error:
            late.append(error.code)

    threads = [threading.Thread(target=decide, args=(f"p{k}",)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    case = store.get_case(issue)
    assert len(told) == 1
    assert late == ["case_moved_on"] * 7
    assert (case.revision, case.queue, case.state) == (2, None, "to_dispatch")
    confirmed = [line for line in store.get_case_log(issue) if line.action == "confirmed"]
    assert [line.actor for line in confirmed] == told
    assert store.get_issue(issue).status == "to_dispatch"
    assert store.get_issue(issue).location.grid == location.grid


def test_a_step_that_fails_leaves_nothing(store: SqlStore) -> None:
    issue = store.save_issues([waiting("address_none")], actor="a")[0]
    assert issue is not None
    report, location, route = reported()
    change = CaseChange(
        issue, 1, "to_dispatch", lines=(("confirmed", {}),), location=location, route=route,
        correction=NewCorrection("withdraw", refers=99),
    )  # fmt: skip
    with pytest.raises(NotFound):
        store.change_case(change, report, actor="a")
    assert store.get_case(issue).revision == 1
    assert store.get_issue(issue).location.status == "unlocated"
    assert lines(store, issue) == ["received", "located", "queued"]
    with pytest.raises(InvalidInput):
        store.change_case(replace(change, correction=None), report, actor=" ")


@pytest.mark.parametrize("table", [CaseLogRow, CorrectionRow])
@pytest.mark.parametrize("how", ["update", "delete"])
def test_the_log_and_corrections_refuse_every_change(
    store: SqlStore, table: type[CaseLogRow | CorrectionRow], how: str
) -> None:
    store.save_issues([reported()], actor="a")
    store.add_correction(NewCorrection("place", key="k", detail={"entry": "g1"}), actor="a")
    change = sa.update(table).values(actor="b") if how == "update" else sa.delete(table)
    with pytest.raises(GeoError), store._writing() as connection:
        connection.execute(change)
    assert len(store.list_corrections()) == 1
    assert {line.actor for line in store.get_case_log(1)} == {"a"}


def test_a_line_that_was_changed_behind_our_back_is_found(store: SqlStore) -> None:
    issue = store.save_issues([reported()], actor="a")[0]
    assert issue is not None
    whole = store.get_case_log(issue)
    assert first_broken(whole) is None
    assert first_broken((whole[0], replace(whole[1], actor="b"), whole[2])) == 2
    assert first_broken((whole[0], replace(whole[1], detail={}), whole[2])) == 2
    assert first_broken(whole[1:]) == 2
    assert first_broken((whole[0], whole[2])) == 3


def test_pages_by_time_left_neither_repeat_nor_hide(store: SqlStore) -> None:
    rows = [waiting("address_none", reported_at=AT + timedelta(minutes=k % 7)) for k in range(40)]
    ids = store.save_issues(rows, actor="a")
    seen: list[int] = []
    after = None
    while True:
        page = store.list_cases(CaseFilter(queue="unlocated", after=after, limit=6))
        if not page:
            break
        seen += [case.issue for case in page]
        after = (page[-1].act_by, page[-1].issue)
        if len(seen) == 12:  # somebody settles one that is to come, and one that was seen
            for issue in (seen[0], next(i for i in ids if i not in seen)):
                assert issue is not None
                report, location, route = reported()
                change = CaseChange(issue, 1, "to_dispatch", lines=(("confirmed", {}),), location=location, route=route)
                store.change_case(change, report, actor="a")
                settled = issue
    assert len(seen) == len(set(seen))
    assert set(seen) == {i for i in ids if i} - {settled}
    by_time = sorted(store.get_cases(seen).values(), key=lambda c: (c.act_by, c.issue))
    assert [c.issue for c in by_time if c.queue] == [s for s in seen if store.get_case(s).queue]


def test_counts_are_those_of_a_plain_loop(store: SqlStore) -> None:
    rows = [reported(), unrouted(), waiting("address_none"), waiting("both_conflict"), reported(status="closed")]
    ids = store.save_issues(rows, actor="a")
    now = AT + timedelta(hours=3)
    counted = store.count_cases(now=now, soon=now + timedelta(hours=24))
    cases = [case for case in store.get_cases([i for i in ids if i]).values() if case.state != "closed"]
    assert sum(row[4] for row in counted) == len(cases)
    assert sum(row[5] for row in counted) == sum(case.act_by < now for case in cases)
    assert sum(row[6] for row in counted) == sum(now <= c.act_by < now + timedelta(hours=24) for c in cases)


def test_a_proposed_rule_and_a_correction_come_with_their_step(store: SqlStore) -> None:
    issue = store.save_issues([waiting("address_none")], actor="a")[0]
    assert issue is not None
    report, location, route = reported()
    change = CaseChange(
        issue, 1, "to_dispatch", lines=(("confirmed", {}),), location=location, route=route,
        correction=NewCorrection("place", issue=issue, key="幸福里", detail={"entry": "g1", "remember": True}),
        proposal=Override("address", "幸福里", "D2", "wrong_department", state="proposed", issue=issue),
    )  # fmt: skip
    before = store.correction_stamp()
    store.change_case(change, report, actor="王琳")
    assert store.correction_stamp() != before
    (kept,) = store.list_corrections()
    assert (kept.actor, kept.issue, kept.key, kept.detail["entry"]) == ("王琳", issue, "幸福里", "g1")
    assert [o.state for o in store.list_overrides()] == ["proposed"]


def test_merging_links_and_a_merged_one_takes_no_others(store: SqlStore) -> None:
    one, two, three = store.save_issues([reported(), reported(), reported()], actor="a")
    assert one
    assert two
    assert three
    report = reported()[0]
    store.change_case(CaseChange(two, 1, "merged", (("merged", {"into": one}),), merge_into=one), report, actor="a")
    assert store.get_case(two).merged_into == one
    assert store.get_issue(two).status == "closed"
    assert lines(store, one)[-1] == "merged_in"
    with pytest.raises(Conflict):
        store.change_case(
            CaseChange(three, 1, "merged", (("merged", {"into": two}),), merge_into=two), report, actor="a"
        )
    assert store.get_case(three).revision == 1
    assert first_broken(store.get_case_log(one)) is None


def test_reporters_are_read_with_a_line_and_forgotten_with_their_words(store: SqlStore) -> None:
    old = reported(text="我叫张三丰，住2单元501室，梁小花也说", phone="13800138000", reporter_name="梁小花")
    ids = store.save_issues([old, reported(phone="1", reported_at=AT + timedelta(days=9))], actor="a")
    assert ids[0]
    assert ids[1]
    assert dict(store.get_case(ids[0]).private) == {"text": [[15, 18]]}
    found = store.read_reporter(ids[0], purpose="回访", role="dispatcher", actor="王琳")
    assert found is not None
    assert (found.name, found.phone) == ("梁小花", "13800138000")
    assert store.get_case_log(ids[0])[-1].detail == {"purpose": "回访", "role": "dispatcher"}
    assert store.forget_reporters(AT + timedelta(days=1), actor="a") == (1, 1, 1)
    assert store.forget_reporters(AT + timedelta(days=1), actor="a") == (0, 0, 0)
    assert store.read_reporter(ids[0], purpose="回访", role="dispatcher", actor="王琳") is None
    assert store.get_issue(ids[0]).text == "我叫***，住2单元***室，***也说"
    assert store.read_reporter(ids[1], purpose="x", role="admin", actor="b") is not None
    assert first_broken(store.get_case_log(ids[0])) is None
    assert store.get_journal(limit=1)[0]["action"] == "forget_reporters"


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def test_an_old_database_is_upgraded_with_its_issues(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Issues from before cases get one: as they stand, with a first line; nothing of them changes."""
    url = f"sqlite:///{tmp_path / 'old.db'}" if kind == "sqlite" else request.getfixturevalue("postgis_url")
    upgrade(url)
    rows = [
        reported("a", text="张三说灯坏了", reporter_name="张三"), unrouted(), waiting("address_ambiguous"),
        waiting("both_conflict"), waiting("address_none"), reported(status="closed"),
    ]  # fmt: skip
    with SqlStore(url, clock=lambda: datetime(2025, 3, 1, 9, tzinfo=UTC)) as store:
        store.save_place(place(), actor="a")
        plan = store.save_plan(drawing(), name="p", actor="a")
        ids = [i for i in store.save_issues(rows, actor="a") if i]
        before = [store.get_issue(i) for i in ids]
        cases = store.get_cases(ids)
    downgrade(url, "0003")
    upgrade(url)
    with SqlStore(url) as store:
        assert store.get_plan(plan.id, today=AT.date()).name == "p"
        assert [store.get_issue(i) for i in ids] == before
        assert store.get_cases(ids) == cases, "what the migration makes is what the program makes"
        for issue in ids:
            log = store.get_case_log(issue)
            assert [line.action for line in log] == ["carried_over"]
            assert first_broken(log) is None
            assert queue_of(before[ids.index(issue)].location, before[ids.index(issue)].route)[0] == cases[issue].queue
        report, location, route = reported()
        change = CaseChange(ids[4], 1, "to_dispatch", lines=(("confirmed", {}),), location=location, route=route)
        store.change_case(change, report, actor="a")
        assert first_broken(store.get_case_log(ids[4])) is None
