"""Several processes write and read one database at a time, and nothing is lost or counted twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geo.store import SqlStore
from tests.store.samples import drawing, reported

Together = Callable[..., list[int]]


@pytest.fixture(scope="module")
def together() -> Iterator[Together]:
    """`together([task, argument, …], …)` lets each process do a task of `writers.py` at the same moment."""
    command = [sys.executable, "-m", "tests.store.writers"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    team = [subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes) for _ in range(3)]

    def run(*tasks: list[Any]) -> list[int]:
        busy = team[: len(tasks)]
        for process, task in zip(busy, tasks, strict=True):
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
        return [int(process.stdout.readline()) for process in busy]

    try:
        for process in team:
            assert process.stdout.readline() == "ready\n"
        yield run
        for process in team:
            process.stdin.close()
        assert [process.wait(timeout=60) for process in team] == [0, 0, 0]
    finally:
        for process in team:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


def test_three_writers(store_url: str, together: Together) -> None:
    count = 20
    added = together(*(["write", store_url, f"w{k}", count, f"w{k}"] for k in range(3)))
    with SqlStore(store_url) as store:
        issues = store.list_issues()
        keys = {issue.source_id for issue in issues}
        assert keys == {f"w{k}-{i}" for k in range(3) for i in range(count)} | {f"shared-{i}" for i in range(count)}
        assert len(issues) == len(keys) == sum(added) == 4 * count
        assert sum(line["detail"]["added"] for line in store.get_journal(limit=1000)) == 4 * count


def test_two_publishers_leave_one_timeline(store_url: str, together: Together) -> None:
    with SqlStore(store_url) as store:
        first, *_ = [store.save_plan(drawing(), name=f"p{i}", actor="a").id for i in range(16)]
        done = together(["publish", store_url, first], ["publish", store_url, first + 8])
        plans = [plan for plan in store.list_plans(today=date(2025, 1, 1)) if plan.effective]
        assert len(plans) == sum(done) >= 8
        lines = [line for line in reversed(store.get_journal(limit=1000)) if line["action"] == "publish_plan"]
        order = [line["detail"]["effective"] for line in lines]
        assert order == sorted(order), "each was later than all that were published before it"


def test_the_same_import_at_the_same_time(store_url: str, together: Together) -> None:
    """The second of two imports of the same rows finds them known, whichever comes first."""
    assert sum(together(*(["write", store_url, f"w{k}", 15, "same"] for k in range(2)))) == 30
    with SqlStore(store_url) as store:
        assert len(store.list_issues()) == 30
        assert store.save_issues([reported("same-3"), reported("shared-3")], actor="a") == (None, None)
