"""The dispatcher's board equals a naive reading of the issues, grown or built anew, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from geo.errors import InvalidInput, NotFound
from geo.model import Issue, Report
from geo.model.hotspots import Hotspot, HotspotRun
from geo.service import board_ask, board_live, board_options
from geo.service.board import Board, board_of
from geo.service.board_ask import SIGNS, TABS, Answer, Wish, ask_board
from geo.service.board_find import find_numbered
from geo.service.case_actions import advance, confirm
from geo.service.context import Memory, Service
from geo.service.issues import report_issue
from geo.service.person_place import Choice
from geo.service.plans import publish_plan
from geo.service.queues import get_item
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.service.conftest import Clock

GRID = "99010100100100{}"


@pytest.fixture
def served(store_url: str, clock: Clock) -> Iterator[Service]:
    """The lattice, published, with issues of all kinds, on SQLite and on PostGIS."""
    settings = read_settings(database_url=store_url, lang="en", actor="tester")
    service = replace(build_service(settings), clock=clock)
    service.store.save_place(place(), actor="tester")
    plan = service.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="tester")
    fill(service, clock, 24)
    yield service
    service.store.close()


def fill(service: Service, clock: Clock, n: int, seed: int = 5) -> None:
    rng = random.Random(seed)
    for k in range(n):
        category = rng.choice(["0101", "0201", ""])
        kinds = {"scheme": "hotline", "kind": "hotline", "category": category} if category else {}
        spot = {
            "lon": WEST + rng.uniform(-0.5, 4.5) * STEP,
            "lat": SOUTH + rng.uniform(-0.5, 4.5) * STEP,
            "crs": "WGS84",
        }
        reported = clock.at - timedelta(hours=rng.uniform(0, 900), microseconds=rng.randrange(10**6))
        report = Report(text=f"第 {k} 件", reported_at=reported, **kinds, **(spot if k % 7 else {}))  # type: ignore[arg-type]
        issue, _ = report_issue(service, report, actor="tester")
        if issue.status == "to_dispatch" and rng.random() < 0.6:
            item = advance(service, issue.id, "dispatch", revision=1, actor="tester")
            item = advance(service, issue.id, "sign", revision=item.case.revision, actor="tester")
            if rng.random() < 0.4:
                item = advance(service, issue.id, "answer", text="办好了", revision=item.case.revision, actor="tester")


def sign_of(service: Service, issue: Issue) -> str:
    case = service.store.get_case(issue.id)
    late = issue.status != "closed" and case.act_by.replace(microsecond=0) < service.now().replace(microsecond=0)
    return "overdue" if late else issue.status


def naive(service: Service, wish: Wish) -> tuple[dict[str, int], list[int]]:
    """Counts of the tabs, and the issues of the list in order, from whole issues one by one."""
    kept = []
    for issue in service.store.list_issues():
        old = wish.days is not None and issue.reported_at < service.now() - timedelta(days=wish.days)
        named = "/".join((issue.scheme, issue.kind, issue.category))
        if (
            (wish.closed or wish.only or issue.status != "closed")
            and not old
            and wish.category in ("", named)
            and wish.department in ("", issue.route.department)
            and (not wish.grids or issue.location.grid in wish.grids)
            and (wish.since is None or issue.reported_at.astimezone(service.timezone).date() >= wish.since)
            and (wish.until is None or issue.reported_at.astimezone(service.timezone).date() <= wish.until)
            and (not wish.only or issue.id in wish.only)
            and (wish.upto is None or issue.id <= wish.upto)
        ):
            kept.append(issue)
    signs = {issue.id: sign_of(service, issue) for issue in kept}
    tabs = Counter(issue.status for issue in kept)
    told = {tab: tabs[tab] for tab in (*TABS[:3], "closed")}
    told |= {"overdue": sum(sign == "overdue" for sign in signs.values()), "all": len(kept)}
    shown = [i for i in kept if wish.tab in ("all", i.status) or (wish.tab == "overdue" and signs[i.id] == "overdue")]

    def rank(issue: Issue) -> tuple[bool, int, int]:
        if issue.status == "closed":
            return True, -int(issue.reported_at.timestamp()), issue.id
        return False, int(service.store.get_case(issue.id).act_by.timestamp()), issue.id

    return told, [issue.id for issue in sorted(shown, key=rank)]


def pages(service: Service, wish: Wish) -> tuple[Answer, list[int]]:
    """The first answer, and the numbers of the whole list page by page."""
    first = answer = ask_board(service, wish)
    ids = [row.issue.id for row in answer.rows]
    while answer.next is not None:
        answer = ask_board(service, replace(wish, after=answer.next))
        ids += [row.issue.id for row in answer.rows]
    return first, ids


def test_counts_and_order_are_those_of_a_naive_reading(served: Service) -> None:
    rng = random.Random(1)
    days = sorted({i.reported_at.astimezone(served.timezone).date() for i in served.store.list_issues()})
    for _ in range(24):
        wish = Wish(
            tab=rng.choice(TABS),
            category=rng.choice(["", "", "hotline/hotline/0101", "no/such/one"]),
            department=rng.choice(["", "", "cg", "jd", "nobody"]),
            grids=rng.choice([(), (), (GRID.format(1),), (GRID.format(1), GRID.format(2)), ("999",)]),
            since=rng.choice([None, None, days[len(days) // 3], date.min]),
            until=rng.choice([None, None, days[-2], days[0], date.max]),
            only=rng.choice([(), (), (), (1, 3, 5, 8, 13, 99)]),
            days=rng.choice([None, 7, 30]),
            closed=rng.random() < 0.5,
            upto=rng.choice([None, 14]),
            limit=rng.choice([3, 7, 50]),
        )
        tabs, ids = naive(served, wish)
        answer, listed = pages(served, wish)
        assert answer.tabs == tabs, wish
        assert listed == ids, wish
        assert answer.total == len(ids)
        assert all(row.sign == sign_of(served, row.issue) for row in answer.rows)


def test_the_map_holds_every_placed_issue_once(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    box = (WEST - STEP, SOUTH - STEP, WEST + 2 * STEP, SOUTH + 5 * STEP)
    wish = Wish(box=box, view=box, follow=True, limit=200, closed=True)
    inside = {
        issue.id
        for issue in served.store.list_issues(bbox=box)
        if issue.location.lon is not None and issue.location.lat is not None
    }
    answer = ask_board(served, wish)
    assert {point[0] for point in answer.points} == inside == {row.issue.id for row in answer.rows}
    assert answer.unplaced == sum(issue.location.lon is None for issue in served.store.list_issues())
    monkeypatch.setattr(board_ask, "POINTS_MOST", 3)
    for zoom in (0.0, 14.0, 19.5):
        squares = ask_board(served, replace(wish, zoom=zoom))
        assert not squares.points
        counts = np.array([counts for _, _, counts in squares.squares]).sum(axis=0)
        assert counts.tolist() == [sum(p[3] == k for p in answer.points) for k in range(len(SIGNS))]
        lons = np.array([lon for lon, _, _ in squares.squares])
        assert ((lons >= box[0]) & (lons <= box[2])).all()


def same(one: Board, other: Board) -> bool:
    """Equal in all that is asked of them; numbers of words may differ, the words may not."""
    for name in (f.name for f in fields(Board) if f.name not in ("tables", "department", "category")):
        a, b = getattr(one, name), getattr(other, name)
        if not (np.array_equal(a, b, equal_nan=a.dtype.kind == "f") if isinstance(a, np.ndarray) else a == b):
            return False
    return all(
        [None if k < 0 else one.tables[name][k] for k in getattr(one, name)]
        == [None if k < 0 else other.tables[name][k] for k in getattr(other, name)]
        for name in ("department", "category")
    )


def test_a_grown_board_is_the_board_built_anew(served: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    before = board_of(served)
    fill(served, clock, 6, seed=9)
    open_ones = [i for i in served.store.list_issues(status="to_confirm") if i.location.status != "located"]
    confirm(served, open_ones[0].id, Choice(grid=GRID.format(2)), revision=1, actor="王琳")
    whole: list[int] = []
    read = served.store.read_board
    monkeypatch.setattr(served.store, "read_board", lambda *, after=0: (whole.append(after), read(after=after))[1])
    grown = board_of(served)
    assert whole[0] > 0  # what had not changed was not read again
    assert len(grown.id) == len(before.id) + 6
    assert same(grown, board_of(replace(served, memory=Memory())))
    assert board_of(served) is grown


def test_under_another_plan_issues_lie_in_its_grids(served: Service) -> None:
    found = {row.issue.id: row.issue.location.grid for row in ask_board(served, Wish(limit=200)).rows}
    other = drawing()
    names = {grid.code: grid.code[:-1] + str(int(grid.code[-1]) + 4) for grid in other.grids}
    assert other.units.grid is not None
    moved = replace(
        other,
        grids=tuple(replace(grid, code=names[grid.code]) for grid in other.grids),
        units=replace(other.units, grid=np.array([names[code] for code in other.units.grid], dtype=object)),
    )
    plan = served.store.save_plan(moved, name="second", actor="tester")
    publish_plan(served, plan.id, effective=date(2025, 1, 1), actor="tester")
    counts = dict(ask_board(served, Wish(limit=200)).options["grid"])
    assert counts == Counter(names[grid] for grid in found.values() if grid is not None)


def test_of_grids_the_busiest_are_offered_and_those_that_are_chosen(
    served: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = dict(ask_board(served, Wish()).options["grid"])
    assert len(whole) > 2
    monkeypatch.setattr(board_options, "OFFERED_MOST", 1)
    most = max(whole.values())
    [(code, count)] = ask_board(served, Wish()).options["grid"]
    assert count == most == whole[code]
    least = min(whole, key=lambda one: (whole[one], one == code))
    assert dict(ask_board(served, Wish(grids=(least,))).options["grid"]) == {code: count, least: whole[least]}
    for community, held in ask_board(served, Wish()).options["community"]:
        inside = ask_board(served, Wish(community=community)).options
        assert [name.startswith(community) for name, _ in inside["grid"]] == [True]
        assert dict(inside["community"])[community] == held


def test_marks_that_are_none(served: Service) -> None:
    for after in ("", "x", "1~", "~", "1~x", f"{2**70}~1"):
        with pytest.raises(InvalidInput):
            ask_board(served, Wish(after=after))


def test_what_others_do_is_told_once(served: Service) -> None:
    stamp, _, _ = board_live.changes_since(served, 0)
    assert board_live.changes_since(served, stamp) == (stamp, (), False)
    issue = next(i for i in served.store.list_issues(status="to_dispatch"))
    revision = get_item(served, issue.id).case.revision
    advance(served, issue.id, "dispatch", revision=revision, actor="王琳")
    after, steps, more = board_live.changes_since(served, stamp)
    assert [(step.issue, step.actor, step.action) for step in steps] == [(issue.id, "王琳", "dispatched")]
    assert (after, more) == (steps[-1].line, False)
    assert board_live.changes_since(served, 0)[1][0].action == "received"


def test_an_open_card_is_told_to_others_until_it_is_let_go(served: Service, clock: Clock, store_url: str) -> None:
    """By every server alike: another one with the same database tells the same."""
    other = replace(build_service(read_settings(database_url=store_url, lang="en", actor="tester")), clock=clock)
    for service in (served, other):
        service.store._clock = clock  # type: ignore[attr-defined]
    assert board_live.touch(served, "a", "王琳", 7) == {}
    assert board_live.touch(other, "b", "李强", 0) == {7: "王琳"}
    assert board_live.touch(other, "b", "李强", 7) == {7: "王琳"}
    assert board_live.touch(served, "c", "赵敏", 0) == {7: "王琳"}, "who opened it first"
    assert board_live.touch(served, "a", "王琳", 8) == {7: "李强"}
    assert board_live.touch(other, "c", "赵敏", 0) == {7: "李强", 8: "王琳"}
    assert board_live.touch(other, "a", "王琳", 0) == {7: "李强"}
    for _ in range(10):  # who asks again and again keeps it
        clock.at += timedelta(seconds=4)
        board_live.touch(other, "b", "李强", 7)
        assert board_live.touch(served, "a", "王琳", 0) == {7: "李强"}
    clock.at += timedelta(seconds=60)
    assert board_live.touch(served, "a", "王琳", 0) == {}
    other.store.close()  # type: ignore[attr-defined]


def test_a_lease_is_not_written_at_every_question(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[int] = []
    writing = served.store._writing  # type: ignore[attr-defined]

    def counted(*lock: str | None) -> Any:
        writes.append(1)
        return writing(*lock)

    monkeypatch.setattr(served.store, "_writing", counted)
    for issue in (0, 7, 7, 7, 8, 0, 0):
        board_live.touch(served, "a", "王琳", issue)
    assert len(writes) == 3


def test_the_issues_of_a_hotspot(served: Service) -> None:
    spot = Hotspot(
        as_of=date(2025, 1, 1), plan=1, scheme="hotline", kind="hotline", category="01", category_name="市政",
        method="share", members=(GRID.format(1), GRID.format(2)), centre=GRID.format(1), lon=WEST, lat=SOUTH,
        radius_m=100.0, first=date(2000, 1, 1), last=date(2100, 1, 1), observed=3, expected=1.0, relative_risk=3.0,
        llr=9.0, p=0.01, recurrence_days=300.0, known=0,
    )  # fmt: skip
    run = HotspotRun(as_of=date(2025, 1, 1), plan=1, digest="x", settings={}, counted={}, hotspots=(spot,))
    number = served.store.save_hotspot_run(run, actor="tester")[0].hotspots[0].id
    wanted = {
        issue.id
        for issue in served.store.list_issues()
        if issue.location.grid in spot.members and issue.category.startswith("01")
    }
    answer, ids = pages(served, Wish(hotspot=number, limit=200))
    assert set(ids) == wanted
    assert wanted
    assert answer.extent is not None
    placed = [served.store.get_issue(issue).location for issue in wanted]
    assert answer.extent[0] == min(place.lon for place in placed if place.lon is not None)
    early = replace(run, digest="y", hotspots=(replace(spot, last=date(2000, 1, 2)),))
    number = served.store.save_hotspot_run(early, actor="tester")[0].hotspots[0].id
    assert ask_board(served, Wish(hotspot=number)).total == 0
    with pytest.raises(NotFound):
        ask_board(served, Wish(hotspot=number + 1))


def test_a_number_finds_its_issue(served: Service) -> None:
    ids = {}
    for name in ("G20240601", "G20240602", "H_1", "12", "王%"):
        report = Report(text=name, source="热线", source_id=name)
        ids[name] = report_issue(served, report, actor="tester")[0].id

    def found(text: str) -> list[int]:
        return [one.issue.id for one in find_numbered(served, text)]

    assert found("G20240601") == [ids["G20240601"]]
    assert found("G2024") == [ids["G20240602"], ids["G20240601"]]
    assert found("12") == [12, ids["12"]], "an own number and a source's may be the same"
    assert found(" #12 ") == [12]
    assert found("王%") == found("王") == [ids["王%"]]
    for nothing in ("H%", "h_1", "", "#", "G9", "0", "9" * 15, "'; DROP TABLE issue"):
        assert found(nothing) == [], nothing
