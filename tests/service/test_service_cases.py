"""What persons do with cases: allowed steps alone, decisions that are remembered, and a whole district in queues."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from geo.errors import Conflict, InvalidInput, NotFound, OutsideCoverage
from geo.model import Drawing, Location, Place, Report, Route
from geo.model.cases import ENDED, QUEUES, TRANSITIONS, VIEWS, CaseAction, CaseFilter, NewCorrection
from geo.service.case_actions import (
    Reason,
    advance,
    close,
    closing_condition,
    confirm,
    extend,
    merge,
    override,
    reopen,
    send_back,
)
from geo.service.case_log import check_log
from geo.service.context import Memory, Service
from geo.service.corrections import CorrectionBook, address_key, book, confirmed_cases, read_book, withdraw
from geo.service.issues import import_issues, report_issue
from geo.service.person_place import Choice
from geo.service.plans import import_place, publish_plan
from geo.service.proposals import list_proposals, settle
from geo.service.queues import QueueItem, count_queues, get_item, list_queue
from geo.service.reporters import forget, public_issue
from geo.settings import read_settings
from geo.wiring import build_files, build_service, shipped_place
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.service.conftest import Clock

GRID = "99010100100100{}"


@pytest.fixture
def served(store_url: str, clock: Clock) -> Iterator[Service]:
    """The lattice, published, on SQLite and on PostGIS."""
    settings = read_settings(database_url=store_url, lang="en", actor="tester")
    service = replace(build_service(settings), clock=clock)
    service.store.save_place(place(), actor="tester")
    plan = service.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="tester")
    yield service
    service.store.close()


def again(service: Service) -> Service:
    """The same program after a restart: nothing in memory."""
    return replace(service, memory=Memory())


def report(service: Service, text: str, **more: object) -> QueueItem:
    given = {"scheme": "hotline", "kind": "hotline", "category": "0101"} | more
    issue, _ = report_issue(service, Report(text, **given), actor="intake")  # type: ignore[arg-type]
    return get_item(service, issue.id)


def working(service: Service) -> QueueItem:
    """A case that somebody works on."""
    item = report(service, "路灯不亮", lon=WEST + STEP / 2, lat=SOUTH + STEP / 2, crs="WGS84")
    item = advance(service, item.issue.id, "dispatch", revision=item.case.revision, actor="a")
    return advance(service, item.issue.id, "sign", revision=item.case.revision, actor="a")


def test_a_confirmed_text_is_a_match_from_then_on(served: Service) -> None:
    words = "老粮站家属院3号楼2单元501室漏水"
    item = report(served, words)
    assert item.case.queue == "unlocated"
    item = confirm(
        served, item.issue.id, Choice(entry="c1"), revision=1, actor="王琳", remember=True, alias="老粮站家属院"
    )
    assert (item.case.queue, item.case.state) == (None, "to_dispatch")
    assert item.issue.location.grid == GRID.format(1)
    assert item.issue.route.rule == "R-1"
    for service in (served, again(served)):
        # Another room, another person, other signs: the same words.
        found = report(service, "老粮站家属院3号楼2单元402室，漏水！ 我叫李建国 13900139000")
        assert found.issue.location.status in ("located", "unlocated")
        same = report(service, "老粮站家属院 3号楼2单元 402室漏水")
        assert same.issue.location.grid == GRID.format(1)
        assert same.issue.location.context["correction"] == 1
        assert same.case.queue is None
    (known,) = confirmed_cases(served)
    assert (known.entry, known.issue) == ("c1", item.issue.id)
    assert "501" not in known.text
    rows = [Report("老粮站家属院3号楼2单元101室漏水", source="csv", source_id="1")]
    assert import_issues(again(served), rows, actor="a").located == 1
    entries = book(served).entries(place().entries)
    assert "老粮站家属院" in next(e for e in entries if e["id"] == "c1")["aliases"]


def test_a_withdrawn_correction_counts_no_longer(served: Service) -> None:
    item = report(served, "老粮站门口积水")
    confirm(served, item.issue.id, Choice(entry="c1"), revision=1, actor="a", remember=True)
    assert report(served, "老粮站门口积水").case.queue is None
    withdraw(served, 1, reason="", actor="b")
    for service in (served, again(served)):
        assert report(service, "老粮站门口积水").case.queue == "unlocated"
    assert confirmed_cases(served) == ()
    with pytest.raises(Conflict):
        withdraw(served, 1, reason="", actor="b")
    with pytest.raises(NotFound):
        withdraw(served, 77, reason="", actor="b")


def test_a_point_becomes_a_place_and_the_next_correction_of_the_same_words_wins(served: Service) -> None:
    item = report(served, "小白楼旁边井盖坏了")
    east = Choice(lon=WEST + 3.5 * STEP, lat=SOUTH + STEP / 2)
    done = confirm(served, item.issue.id, east, revision=1, actor="a", remember=True, alias="小白楼")
    assert done.issue.location.grid == GRID.format(2)
    assert report(served, "小白楼旁边井盖坏了").issue.location.grid == GRID.format(2)
    assert {"id": "corr:1", "kind": "poi", "name": "小白楼", "lon": WEST + 3.5 * STEP, "lat": SOUTH + STEP / 2} in book(
        served
    ).entries(())
    other = report(served, "小白楼旁边井盖坏了")
    confirm(served, other.issue.id, Choice(entry="c1"), revision=1, actor="a", remember=True)
    assert report(again(served), "小白楼旁边井盖坏了").issue.location.grid == GRID.format(1)


def test_a_name_that_another_place_has_is_not_given_away() -> None:
    rows = [NewCorrection("place", issue=1, key="x", detail={"entry": "c2", "alias": "阳光小区", "remember": False})]
    told = CorrectionBook("1", aliases={"c2": ("阳光小区", "老粮站")})
    entries = [{"id": "c1", "name": "阳光小区"}, {"id": "c2", "name": "和平里"}]
    assert told.entries(entries) == [entries[0], {**entries[1], "aliases": ["老粮站"]}]
    assert read_book("0", ()).find(rows[0].key) is None


def test_keys_forget_rooms_persons_and_signs() -> None:
    assert address_key("阳光小区 3号楼，2单元501室") == address_key("阳光小区３号楼2单元402室")
    assert address_key("阳光小区3号楼") != address_key("阳光小区5号楼")
    assert address_key("电话13800138000") == address_key("电话 13900139000")
    assert address_key("！？") == ""


def test_an_override_answers_at_once_and_a_rule_only_when_approved(served: Service) -> None:
    where = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2, "crs": "WGS84", "address": "阳光小区1号楼"}
    item = report(served, "路灯不亮", **where)
    assert item.issue.route.department == "cg"
    item = override(
        served, item.issue.id, department="jd", reason=Reason("local_agreement"), revision=1, actor="a",
        propose_rule=True,
    )  # fmt: skip
    assert (item.issue.route.department, item.issue.route.rule) == ("jd", "case_override")
    assert item.issue.route.tried[0] == ("R-1", "overridden_by_person")
    log, broken = check_log(served, item.issue.id)
    assert broken is None
    assert log[-2].detail["before"]["rule"] == "R-1", "the program's answer stays"
    assert report(served, "路灯不亮", **where).issue.route.department == "cg"
    (proposal,) = list_proposals(served)
    assert proposal.state == "proposed"
    settle(served, proposal.override.id, "approved", actor="boss")
    assert report(served, "路灯又不亮", **where).issue.route.department == "jd"
    assert report(served, "路灯不亮", **where | {"address": "和平里"}).issue.route.department == "cg"
    settle(served, proposal.override.id, "withdrawn", actor="boss")
    assert report(served, "路灯不亮", **where).issue.route.department == "cg"
    with pytest.raises(Conflict):
        settle(served, proposal.override.id, "approved", actor="boss")


def test_a_case_that_was_sent_back_is_contested_and_decided_anew(served: Service) -> None:
    item = working(served)
    item = send_back(served, item.issue.id, reason=Reason("not_our_duty"), revision=item.case.revision, actor="城管")
    assert (item.case.state, item.issue.status) == ("sent_back", "to_confirm")
    log, _ = check_log(served, item.issue.id)
    assert log[-1].detail["rule"] == "R-1"
    assert [i.issue.id for i in list_queue(served, "contested")[0]] == [item.issue.id]
    item = override(
        served, item.issue.id, grid=GRID.format(4), department="jd", reason=Reason("other", "双方约定"),
        revision=item.case.revision, actor="a",
    )  # fmt: skip
    assert (item.case.state, item.issue.location.grid) == ("to_dispatch", GRID.format(4))


def test_only_steps_of_the_table_are_possible(service: Service) -> None:
    where = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2, "crs": "WGS84"}
    other = report(service, "路灯不亮", **where)
    for action, state in itertools.product(TRANSITIONS, ("to_dispatch", "in_progress")):
        item = working(service) if state == "in_progress" else report(service, "路灯不亮", **where)
        assert item.case.state == state
        step = step_of(service, item, action, other=other.issue.id)
        if state in TRANSITIONS[action]:
            assert action in item.actions
            assert step().case.revision == item.case.revision + 1
            with pytest.raises(Conflict, match="revision"):
                step()  # what was seen is no longer so
        else:
            assert action not in item.actions
            with pytest.raises(Conflict, match="allow"):
                step()
            assert get_item(service, item.issue.id).case == item.case


def step_of(service: Service, item: QueueItem, action: CaseAction, *, other: int) -> Callable[[], QueueItem]:
    """The step as a call with all that it wants."""
    number, same = item.issue.id, {"revision": item.case.revision, "actor": "a"}
    due = service.now() + timedelta(days=30)
    steps: dict[str, Callable[[], QueueItem]] = {
        "confirm": lambda: confirm(service, number, Choice(grid=GRID.format(2)), **same),
        "override": lambda: override(service, number, department="jd", reason=Reason("wrong_place"), **same),
        "return": lambda: send_back(service, number, reason=Reason("incomplete"), **same),
        "extend": lambda: extend(service, number, due_at=due, text="等材料", **same),
        "close": lambda: close(service, number, closing_met=True, satisfied=True, text="", **same),
        "reopen": lambda: reopen(service, number, text="没修好", **same),
        "merge": lambda: merge(service, number, into=other, **same),
    }
    return steps.get(action, lambda: advance(service, number, action, text="因故", **same))


def test_closing_wants_its_condition_and_reopening_starts_the_clock_anew(service: Service, clock: Clock) -> None:
    stored = service.store.get_place()
    rules = tuple(replace(rule, closing="照片为证") if rule.id == "R-1" else rule for rule in stored.rules)
    service.store.save_place(replace(stored, rules=rules), actor="a")
    item = working(service)
    assert closing_condition(service, item.issue) == "照片为证"
    number, seen = item.issue.id, item.case.revision
    with pytest.raises(InvalidInput, match="照片为证"):
        close(service, number, closing_met=False, satisfied=None, text="", revision=seen, actor="a")
    item = close(service, number, closing_met=True, satisfied=False, text="", revision=seen, actor="a")
    assert item.issue.closed_at == clock.at
    clock.at += timedelta(days=3)
    item = reopen(service, number, text="没修好", revision=item.case.revision, actor="a")
    assert (item.case.state, item.case.reopened, item.issue.closed_at) == ("in_progress", 1, None)
    assert item.issue.due_at == clock.at + timedelta(hours=24)
    assert not item.overdue


def test_choices_that_mean_no_place_are_refused(service: Service) -> None:
    number = report(service, "老粮站漏水").issue.id
    wrong: list[tuple[Choice, type[Exception]]] = [
        (Choice(), InvalidInput),
        (Choice(grid=GRID.format(1), entry="c1"), InvalidInput),
        (Choice(lon=114.0), InvalidInput),
        (Choice(candidate=9), InvalidInput),
        (Choice(grid="nowhere"), NotFound),
        (Choice(entry="nobody"), NotFound),
        (Choice(lon=0.0, lat=0.0), OutsideCoverage),
        (Choice(lon=float("nan"), lat=0.0), InvalidInput),
    ]
    for choice, error in wrong:
        with pytest.raises(error):
            confirm(service, number, choice, revision=1, actor="a")
    for alias in ("x" * 41, "我叫张三丰", "！"):
        with pytest.raises(InvalidInput):
            confirm(service, number, Choice(entry="c1"), revision=1, actor="a", alias=alias)
    for reason in (Reason("no such"), Reason("other", " ")):
        with pytest.raises(InvalidInput):
            override(service, number, department="jd", reason=reason, revision=1, actor="a")
    with pytest.raises(InvalidInput):
        override(service, number, reason=Reason("wrong_place"), revision=1, actor="a")
    with pytest.raises(NotFound):
        override(service, number, department="zz", reason=Reason("wrong_place"), revision=1, actor="a")
    with pytest.raises(Conflict):
        merge(service, number, into=number, revision=1, actor="a")
    for after in ("x", "2025-01-01~1", "2025-01-01T00:00:00+08:00~-1"):
        with pytest.raises(InvalidInput):
            list_queue(service, "unlocated", after=after)
    assert get_item(service, number).case.revision == 1


def test_words_that_several_places_bear_are_remembered_only_when_asked(service: Service) -> None:
    stored = service.store.get_place()
    twin = {**stored.entries[0], "id": "c2", "lon": WEST + 3.5 * STEP, "community": "东风社区"}
    service.store.save_place(replace(stored, entries=(*stored.entries, twin)), actor="a")
    item = report(service, "阳光小区漏水")
    assert item.case.queue == "ambiguous"
    assert {c.grid for c in item.candidates} == {GRID.format(1), GRID.format(2)}
    done = confirm(service, item.issue.id, Choice(candidate=1), revision=1, actor="a")
    assert done.issue.location.grid == item.candidates[0].grid
    assert report(service, "阳光小区漏水").case.queue == "ambiguous"
    item = report(service, "阳光小区漏水")
    confirm(service, item.issue.id, Choice(entry="c2"), revision=1, actor="a", remember=True)
    assert report(service, "阳光小区漏水").issue.location.grid == GRID.format(2)
    assert len(confirmed_cases(service)) == 2


def test_forgetting_wants_a_past_day(service: Service) -> None:
    item = report(service, "我叫张三丰，路灯不亮", reporter_name="张三丰")
    assert public_issue(item.issue, item.case).text == "我叫***，路灯不亮"
    with pytest.raises(InvalidInput):
        forget(service, service.today() + timedelta(days=1), actor="a")
    assert vars(forget(service, service.today(), actor="a")) == {"issues": 0, "reporters": 0, "texts": 0}


Rows = list[tuple[Report, Location, Route]]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Drawing, Rows]:
    """The sample district and its reports, located and routed once for both databases."""
    files, folder = build_files(), shipped_place()
    url = f"sqlite:///{tmp_path_factory.mktemp('district') / 'geo.db'}"
    service = build_service(read_settings(database_url=url, lang="en", actor="tester"), create=True)
    sample, drawn = files.read_place(str(folder)), files.read_drawing(str(folder / "current_plan.gpkg"))
    import_place(service, folder, actor="a")  # with its rules
    plan = service.store.save_plan(drawn, name="p", actor="a")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="a")
    kept: Rows = []

    def keep(rows: Rows, *, actor: str) -> tuple[int | None, ...]:
        kept.extend(rows)  # to be saved by each test in its own database
        return tuple(range(len(kept) - len(rows), len(kept)))

    service.store.save_issues = keep  # type: ignore[method-assign,assignment]
    rows = files.read_reports(str(folder / "issues.csv"), columns={}, crs=None, source="sample")
    import_issues(service, rows, actor="a")
    service.store.close()
    return sample, drawn, kept


def test_the_whole_sample_district_is_routed_or_queued(served: Service, district: tuple[Place, Drawing, Rows]) -> None:
    """The invariant of the queues: no issue is lost between a rule and a person."""
    store, (_, _, rows) = served.store, district
    known = {row[1].plan for row in rows} - {None}
    assert len(rows) > 5000
    assert len(known) == 1
    ids = store.save_issues(rows, actor="a")
    issues = store.list_issues()
    assert [issue.id for issue in issues] == list(ids)
    cases = store.get_cases([issue.id for issue in issues])
    for issue in issues:
        case = cases[issue.id]
        if case.queue is None and issue.route.department is None:
            assert case.state in ENDED, "nobody answers, and nobody is asked"
        elif case.queue is None:
            assert issue.location.status == "located"
            assert issue.route.rule
        else:
            assert case.queue in QUEUES
            assert case.reason, "a queue without a reason tells nobody anything"
    listed = [case.issue for queue in QUEUES for case in store.list_cases(CaseFilter(queue=queue, limit=10_000))]
    routed = [issue.id for issue in issues if issue.route.department]
    # Closed before they could be placed: they wait for nobody.
    unplaced = [issue.id for issue in issues if not issue.route.department and cases[issue.id].state in ENDED]
    assert sorted(listed + routed + unplaced) == [issue.id for issue in issues]
    assert listed
    assert len(unplaced) > 100
    assert len(routed) > 5000
    told = count_queues(served)
    for view in VIEWS:
        assert sum(told.communities.get(view, {}).values()) == told.views[view]
        assert told.views[view] == sum(len(page) for page in pages(served, view))
    assert all(check_log(served, number)[1] is None for number in (issues[k].id for k in range(0, len(issues), 250)))


def pages(service: Service, view: str) -> Iterator[tuple[QueueItem, ...]]:
    """A queue page by page."""
    mark = None
    while True:
        page, mark = list_queue(service, view, after=mark, limit=40)
        yield page
        if mark is None:
            return
