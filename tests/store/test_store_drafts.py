"""Drafts in the database: a list that only grows, one step on top of one revision, whoever writes at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from geo.errors import Conflict, GeoError, InvalidInput, NotFound
from geo.model import DraftStep
from geo.store import SqlStore
from tests.store.samples import AT, drawing

TODAY = AT.date()


def begin(store: SqlStore) -> int:
    plan = store.save_plan(drawing(), name="p", actor="甲")
    return store.create_draft(plan.id, name="草案", actor="甲").id


def add(store: SqlStore, draft: int, expected: int, client: str = "", **entry: Any) -> DraftStep | None:
    return store.add_draft_step(
        draft, expected=expected, client=client or f"c{expected}", op="move", entry=entry, actor="乙"
    )


def test_steps_come_back_as_they_were(store: SqlStore) -> None:
    draft = begin(store)
    first = add(store, draft, 0, entry={"op": "move", "moves": [[0, 1, [2, 3]]]}, colours={"5": 3})
    second = add(store, draft, 1, entry={"op": "undo"})
    assert first is not None
    assert store.list_draft_steps(draft) == (first, second)
    assert store.list_draft_steps(draft, after=1) == (second,)
    assert first.entry == {"entry": {"op": "move", "moves": [[0, 1, [2, 3]]]}, "colours": {"5": 3}}
    assert store.get_draft(draft).revision == 2
    assert [row.id for row in store.list_drafts()] == [draft]
    assert store.list_drafts(plan_id=99) == ()


def test_a_step_for_an_older_revision_is_not_kept(store: SqlStore) -> None:
    draft = begin(store)
    add(store, draft, 0)
    assert add(store, draft, 0, "late") is None
    assert add(store, draft, 5, "early") is None
    assert store.get_draft(draft).revision == 1


def test_of_many_writers_at_once_one_is_first(store: SqlStore) -> None:
    draft = begin(store)
    kept: list[DraftStep | None] = []

    def write(k: int) -> None:
        for _ in range(5):
            step = None
            while step is None:
                now = store.get_draft(draft).revision
                step = add(store, draft, now, f"w{k}-{now}")
            kept.append(step)

    threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = store.list_draft_steps(draft)
    assert [step.revision for step in steps] == list(range(1, 21))
    assert sorted(step.revision for step in kept if step) == list(range(1, 21))


def test_the_same_name_of_a_step_is_refused(store: SqlStore) -> None:
    draft = begin(store)
    add(store, draft, 0, "same")
    with pytest.raises(Conflict):
        add(store, draft, 1, "same")
    assert store.get_draft(draft).revision == 1


@pytest.mark.parametrize("statement", ["UPDATE draft_step SET actor = 'x'", "DELETE FROM draft_step"])
def test_no_step_is_ever_changed(store: SqlStore, statement: str) -> None:
    draft = begin(store)
    add(store, draft, 0)
    with pytest.raises(GeoError), store._writing() as connection:
        connection.execute(sa.text(statement))
    assert store.list_draft_steps(draft)[0].actor == "乙"


def test_a_draft_ends_as_a_plan(store: SqlStore) -> None:
    draft = begin(store)
    add(store, draft, 0)
    with pytest.raises(Conflict):
        store.submit_draft(draft, drawing(), expected=0, name="n", actor="丙", today=TODAY)
    assert len(store.list_plans(today=TODAY)) == 1, "nothing is left of what was refused"
    plan = store.submit_draft(draft, drawing(), expected=1, name="n", actor="丙", today=TODAY)
    assert store.get_draft(draft).submitted == plan.id
    with pytest.raises(Conflict, match=str(plan.id)):
        add(store, draft, 1)
    assert {line["action"] for line in store.get_journal(subject=f"draft:{draft}")} == {"create_draft", "submit_draft"}


def test_what_is_not_there_and_what_cannot_be_kept(store: SqlStore) -> None:
    for wrong in (99, 0, -1, 2**63):
        with pytest.raises(NotFound):
            store.get_draft(wrong)
    with pytest.raises(NotFound):
        store.create_draft(99, name="x", actor="a")
    draft = begin(store)
    with pytest.raises(InvalidInput):
        store.add_draft_step(draft, expected=0, client="a\x00b", op="move", entry={}, actor="a")
    with pytest.raises(InvalidInput):
        store.create_draft(1, name="x\x00", actor="a")
    assert store.get_draft(draft).revision == 0
