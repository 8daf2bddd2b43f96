"""Drafts: several people and processes on one drawing, nothing lost, nothing of another's taken back."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from geo.errors import Conflict, GeoError, InvalidInput, NotFound
from geo.service import editing
from geo.service.context import Memory, Service
from geo.service.plans import publish_plan, stored_drawing

NUMBERS = itertools.count()


def act(service: Service, draft: int, op: str, revision: int, actor: str = "甲", **more: Any) -> editing.Outcome:
    preview = more.pop("preview", False)
    client = more.pop("client", f"step-{next(NUMBERS):06d}")
    action = {"op": op, **more}
    return editing.take_step(
        service, draft, action, revision=revision, client=client, actor=actor, lang="zh", preview=preview
    )


def state(service: Service, draft: int, actor: str = "甲", since: int | None = None) -> dict[str, Any]:
    return editing.tell_draft(service, draft, since=since, actor=actor, lang="zh")


def start(service: Service) -> int:
    plan = service.store.list_plans(today=service.today())[0]
    return editing.start_draft(service, plan.id, name=None, actor="甲").id


def another_process(service: Service) -> Service:
    return replace(service, memory=Memory())


def held(news: dict[str, Any]) -> dict[int, list[int]]:
    return {label: [k for k, own in enumerate(news["units"]) if own == label] for label in sorted(set(news["units"]))}


# Units of the lattice by place: unit ids sort by column, then row.
def at(column: int, row: int) -> int:
    return column * 4 + row


def test_a_move_answers_with_totals_touched_grids_and_faults(service: Service) -> None:
    draft = start(service)
    outcome = act(service, draft, "move", 0, units=[at(2, 0)], grid=0)
    news = outcome.news
    assert outcome.status == "done"
    assert (news["revision"], news["units"]) == (1, [[0, [at(2, 0)]]])
    assert {row["label"]: (row["weight"], row["units"]) for row in news["grids"]} == {0: (125.0, 5), 1: (75.0, 3)}
    assert sorted(f["kind"] for f in news["faults"]) == ["grid_too_heavy", "grid_too_light"]
    assert "晨光01" in " ".join(f["text"] for f in news["faults"])
    assert news["totals"]["weight"] == 400
    assert news["undo"] == "把 1 个单元移入 晨光01"
    square, corner = 0.785, 0.5  # π/4; an L of three squares has 12/16 of its hull's area
    compact = {row["label"]: row["compactness"] for row in state(service, draft)["grids"]}
    assert compact[3] == pytest.approx(square, abs=0.01)
    assert compact[1] < compact[3]
    assert compact[1] > corner


def test_steps_survive_and_every_process_sees_the_same(service: Service) -> None:
    draft = start(service)
    other = another_process(service)
    act(service, draft, "move", 0, units=[at(2, 0)], grid=0)
    act(other, draft, "lock", 1, "乙", grids=[3])
    act(service, draft, "split", 2, grid=2)
    ours, theirs, fresh = (state(s, draft) for s in (service, other, another_process(service)))
    assert ours == theirs == fresh
    assert ours["locked_grids"] == [3]
    assert len(ours["grids"]) == 5
    assert ours["grids"][-1]["name"] == "晨光新1"


def test_who_comes_late_is_told_who_when_and_what_and_nothing_is_lost(service: Service) -> None:
    draft = start(service)
    act(service, draft, "move", 0, "李强", units=[at(2, 0)], grid=0)
    late = act(another_process(service), draft, "move", 0, "王琳", units=[at(2, 3)], grid=2)
    assert late.status == "stale"
    assert late.error is not None
    said = late.error.message("zh")
    assert "李强" in said
    assert "把 1 个单元移入 晨光01" in said
    assert late.news["units"] == [[0, [at(2, 0)]]]
    assert [(s["by"], s["units"]) for s in late.news["steps"]] == [("李强", [at(2, 0)])]
    again = act(service, draft, "move", late.news["revision"], "王琳", units=[at(2, 3)], grid=2)
    assert again.status == "done"
    assert held(state(service, draft))[0] == [0, 1, 4, 5, at(2, 0)]


def test_a_checkpoint_of_another_person_makes_nobody_late(service: Service) -> None:
    draft = start(service)
    act(service, draft, "checkpoint", 0, "乙", name="午前")
    outcome = act(service, draft, "move", 0, units=[at(2, 0)], grid=0)
    assert outcome.status == "done"
    assert [mark["name"] for mark in outcome.news["checkpoints"]] == ["午前"]
    back = act(service, draft, "restore", 2, name="午前")
    assert held(back.news | {"units": state(service, draft)["units"]})[0] == [0, 1, 4, 5]
    assert back.news["undo"] == "回到检查点“午前”"


def test_a_step_sent_twice_is_kept_once(service: Service) -> None:
    draft = start(service)
    first = act(service, draft, "move", 0, units=[at(2, 0)], grid=0, client="the-same-one")
    second = act(another_process(service), draft, "move", 0, units=[at(2, 0)], grid=0, client="the-same-one")
    assert first.news == second.news
    assert state(service, draft)["revision"] == 1


def test_undo_never_takes_back_another_persons_step(service: Service) -> None:
    draft = start(service)
    act(service, draft, "move", 0, "甲", units=[at(2, 0)], grid=0)
    act(service, draft, "move", 1, "乙", units=[at(2, 3)], grid=2)
    with pytest.raises(Conflict, match="nothing to undo"):
        act(service, draft, "undo", 2, "丙")
    undone = act(service, draft, "undo", 2, "甲")
    assert undone.news["units"] == [[1, [at(2, 0)]]]
    assert undone.news["redo"] == "把 1 个单元移入 晨光01"
    assert at(2, 3) in held(state(service, draft))[2]
    act(service, draft, "redo", 3, "甲")
    # Somebody moves the same unit on: it cannot be taken back any more, and is not.
    act(service, draft, "move", 4, "乙", units=[at(2, 0)], grid=1)
    with pytest.raises(Conflict, match="乙"):
        act(service, draft, "undo", 5, "甲")
    act(service, draft, "move", 5, "甲", units=[at(2, 1)], grid=0)
    act(service, draft, "lock", 6, "乙", grids=[0])
    with pytest.raises(Conflict, match="乙"):
        act(service, draft, "undo", 7, "甲")


def test_any_work_of_three_people_is_brought_back_and_undone_alike(service: Service) -> None:
    """The oracle: a process that knows nothing but the log; and undoing all, newest first, ends where it began."""
    for seed in range(12):
        rng = random.Random(seed)
        draft = start(service)
        processes = [service, another_process(service)]
        begin = state(service, draft)["units"]
        refused: list[str] = []
        for _ in range(14):
            who, process = rng.choice("甲乙丙"), rng.choice(processes)
            now = state(process, draft)
            labels = [row["label"] for row in now["grids"]]
            action = rng.choice(
                [
                    {"op": "move", "units": rng.sample(range(16), 2), "grid": rng.choice(labels)},
                    {"op": "move", "units": [rng.randrange(16)], "grid": rng.choice(labels), "contiguity": "allow"},
                    {"op": "split", "grid": rng.choice(labels)},
                    {"op": "merge", "grids": rng.sample(labels, min(2, len(labels)))},
                    {"op": "insert", "units": [rng.randrange(16)]},
                    {"op": rng.choice(["lock", "unlock"]), "grids": [rng.choice(labels)]},
                    {"op": "repair"},
                    {"op": "rebalance", "grid": rng.choice(labels), "rings": 1},
                    {"op": "undo"},
                    {"op": "redo"},
                ]
            )
            op = str(action.pop("op"))
            try:
                act(process, draft, op, now["revision"], who, **action)
            except GeoError as error:
                said = error.message("zh")
                refused.append(said)
        told = [state(p, draft) for p in (*processes, another_process(service))]
        assert told[0] == told[1] == told[2]
        sums = np.bincount([k for k in told[0]["units"] if k >= 0], minlength=64)
        assert all(sums[row["label"]] == row["units"] for row in told[0]["grids"])
        assert all(refused)
        steps = editing.open_draft(service, draft).log
        changes = [s for s in steps if s.op != "checkpoint"]
        if len({s.actor for s in changes}) == 1 or not changes:
            while state(service, draft, changes[0].actor if changes else "甲")["undo"]:
                act(service, draft, "undo", state(service, draft)["revision"], changes[0].actor)
            assert state(service, draft)["units"] == begin


def test_a_single_persons_undo_and_redo_come_back_to_the_same(service: Service) -> None:
    draft = start(service)
    seen = [state(service, draft)]
    actions: list[tuple[str, dict[str, Any]]] = [
        ("move", {"units": [at(2, 0)], "grid": 0}),
        ("split", {"grid": 0}),
        ("lock", {"grids": [1]}),
        ("merge", {"grids": [2, 3]}),
    ]
    for op, more in actions:
        act(service, draft, op, len(seen) - 1, **more)
        seen.append(state(service, draft))
    told = ("units", "grids", "faults", "totals", "locked_grids")
    for k in range(4):
        act(service, draft, "undo", 4 + k)
        now = state(service, draft)
        assert {key: now[key] for key in told} == {key: seen[3 - k][key] for key in told}
    for k in range(4):
        act(service, draft, "redo", 8 + k)
        assert state(service, draft)["units"] == seen[k + 1]["units"]
    colours = {row["label"]: row["colour"] for row in state(another_process(service), draft)["grids"]}
    assert colours[4] not in {colours[k] for k in (0, 1)}


def test_a_preview_keeps_nothing_and_the_same_step_does_what_it_showed(service: Service) -> None:
    draft = start(service)
    act(service, draft, "move", 0, units=[at(2, 0), at(2, 1)], grid=0)
    shown = act(service, draft, "rebalance", 1, grid=0, rings=1, preview=True)
    assert shown.status == "preview"
    assert state(service, draft)["revision"] == 1
    done = act(service, draft, "rebalance", 1, grid=0, rings=1)
    assert sorted(map(tuple, ((k, tuple(u)) for k, u in shown.news["units"]))) == sorted(
        (k, tuple(u)) for k, u in done.news["units"]
    )
    after = {row["label"]: row for row in done.news["grids"]}
    for row in shown.news["grids"]:
        assert row["after"] == after[row["label"]]
    split = act(service, draft, "split", 2, grid=3, preview=True).news
    assert [row["after"]["name"] for row in split["grids"] if row["before"] is None] == ["晨光新1"]


def test_units_without_a_grid_are_faults_and_can_be_given_one(service: Service) -> None:
    plan = service.store.list_plans(today=service.today())[0]
    drawn = stored_drawing(service, plan)
    assert drawn.units.grid is not None
    codes = drawn.units.grid.copy()
    codes[at(3, 3)] = ""
    loose = service.store.save_plan(replace(drawn, units=replace(drawn.units, grid=codes)), name="loose", actor="甲")
    draft = editing.start_draft(service, loose.id, name="x", actor="甲").id
    first = state(service, draft)
    fault = next(f for f in first["faults"] if f["kind"] == "edit_units_without_grid")
    assert (fault["must"], fault["units"]) == (True, [at(3, 3)])
    with pytest.raises(InvalidInput, match="1 "):
        editing.submit_draft(service, draft, revision=0, name=None, actor="甲", lang="zh")
    done = act(service, draft, "repair", 0, grids=[-1])
    assert done.news["units"] == [[3, [at(3, 3)]]]
    assert done.news["faults"] == []


def test_a_draft_becomes_a_plan_and_is_closed(service: Service) -> None:
    draft = start(service)
    act(service, draft, "split", 0, grid=0)
    act(service, draft, "merge", 1, grids=[2, 3], grid=2)
    plan = editing.submit_draft(service, draft, revision=2, name="新方案", actor="甲", lang="zh")
    drawn = stored_drawing(service, plan)
    assert [grid.code[-3:] for grid in drawn.grids] == ["001", "002", "003", "005"]
    assert [grid.name for grid in drawn.grids] == ["晨光01", "晨光02", "晨光03", "晨光05"]
    assert [grid.weight for grid in drawn.grids] == [50, 100, 200, 50]
    assert drawn.wishes["retired"] == ["990101001001004"]
    published = publish_plan(service, plan.id, effective=date(2025, 6, 1), actor="乙")
    assert published.state == "active"
    with pytest.raises(Conflict, match=str(plan.id)):
        act(service, draft, "undo", 2)
    with pytest.raises(Conflict):
        editing.submit_draft(another_process(service), draft, revision=2, name=None, actor="甲", lang="zh")
    assert state(service, draft)["submitted"] == plan.id


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ({"op": "move", "units": [99], "grid": 0}, InvalidInput),
        ({"op": "move", "units": [], "grid": 0}, InvalidInput),
        ({"op": "move", "units": [0], "grid": 9}, InvalidInput),
        ({"op": "move", "units": [15], "grid": 0}, Conflict),
        ({"op": "restore", "name": "nowhere"}, InvalidInput),
        ({"op": "checkpoint", "name": "  "}, InvalidInput),
        ({"op": "merge", "grids": [0]}, InvalidInput),
        ({"op": "lock"}, InvalidInput),
        ({"op": "undo"}, Conflict),
        ({"op": "redo"}, Conflict),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    service: Service, action: dict[str, Any], error: type[GeoError]
) -> None:
    draft = start(service)
    with pytest.raises(error) as caught:
        act(service, draft, revision=0, **action)
    assert caught.value.message("zh")
    assert caught.value.message("en")
    assert state(service, draft)["revision"] == 0


def test_unknown_drafts_and_revisions_from_the_future(service: Service) -> None:
    with pytest.raises(NotFound):
        state(service, 99)
    draft = start(service)
    with pytest.raises(Conflict, match="step 0"):
        act(service, draft, "undo", 5)
    with pytest.raises(Conflict):
        state(service, draft, since=3)
