"""Lines of the log get their numbers in the order in which their transactions end, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from geo.store import SqlStore
from tests.store.samples import AT, drawing, place, reported

WAIT_S = 20.0


def test_no_line_turns_up_behind_one_that_was_told(store_url: str) -> None:
    """A slow writer has taken its numbers and not ended; another one writes, and a reader asks in between."""
    slow, quick, reader = (SqlStore(store_url, clock=lambda: AT) for _ in range(3))
    slow.save_place(place(), actor="a")
    slow.save_plan(drawing(), name="p", actor="a")
    written, may_end = threading.Event(), threading.Event()
    _hold_the_end(slow, written, may_end)
    faults: list[BaseException] = []
    first = _run(lambda: slow.save_issues([reported("a")], actor="slow"), faults)
    assert written.wait(WAIT_S)
    second = _run(lambda: quick.save_issues([reported("b")], actor="quick"), faults)
    second.join(0.5)  # it may end now, or wait for the slow one: neither may lose a line
    told = list(reader.list_case_steps(after=0))
    stamp = reader.board_stamp()
    board = {*reader.read_board().id.tolist()}
    may_end.set()
    for thread in (first, second):
        thread.join(WAIT_S)
        assert not thread.is_alive()
    assert faults == []
    told += reader.list_case_steps(after=stamp)
    board |= {*reader.read_board(after=stamp).id.tolist()}
    everything = reader.list_case_steps(after=0)
    assert sorted(step.line for step in told) == [step.line for step in everything]
    assert {step.actor for step in everything} == {"slow", "quick"}
    assert board == {step.issue for step in everything}
    for store in (slow, quick, reader):
        store.close()


def _hold_the_end(store: Any, written: threading.Event, may_end: threading.Event) -> None:
    """Writers of this store have written everything, and do not end before they may."""
    writing = store._writing

    @contextmanager
    def held(lock: str | None = None) -> Any:
        with writing(lock) as connection:
            yield connection
            written.set()
            assert may_end.wait(WAIT_S)

    store._writing = held


def _run(work: Callable[[], object], faults: list[BaseException]) -> threading.Thread:
    def target() -> None:
        try:
            work()
        except BaseException as error:
            faults.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread
