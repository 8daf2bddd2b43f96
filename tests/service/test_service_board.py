"""The dispatcher's board equals a naive reading of the issues, grown or built anew, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np
import pytest

from geo.errors import InvalidInput
from geo.model import Issue, Report
from geo.service import board_ask, board_live
from geo.service.board import Board, board_of
from geo.service.board_ask import SIGNS, TABS, Answer, Wish, ask_board
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
            (wish.closed or issue.status != "closed")
            and not old
            and wish.category in ("", named)
            and wish.department in ("", issue.route.department)
            and wish.grid in ("", issue.location.grid)
            and (wish.upto is None or issue.id <= wish.upto)
        ):
            kept.append(issue)
    signs = {issue.id: sign_of(service, issue) for issue in kept}
    tabs = Counter(issue.status for issue in kept)
    told = {tab: tabs[tab] for tab in TABS[:3]}  # type: ignore[index]
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
    for _ in range(14):
        wish = Wish(
            tab=rng.choice(TABS),  # type: ignore[arg-type]
            category=rng.choice(["", "", "hotline/hotline/0101", "no/such/one"]),
            department=rng.choice(["", "", "cg", "jd", "nobody"]),
            grid=rng.choice(["", "", GRID.format(1), "999"]),
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
    monkeypatch.setattr("geo.service.board._OVERLAP", 2)
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


def test_an_open_card_is_told_to_others_until_it_is_let_go(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(board_live.time, "monotonic", lambda: now[0])
    assert board_live.touch(served, "a", "王琳", 7) == {}
    assert board_live.touch(served, "b", "李强", 0) == {7: "王琳"}
    assert board_live.touch(served, "a", "王琳", 0) == {}
    assert board_live.touch(served, "b", "李强", 0) == {}
    board_live.touch(served, "a", "王琳", 7)
    now[0] += 60
    assert board_live.touch(served, "b", "李强", 0) == {}
