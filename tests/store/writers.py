"""What a process beside the test does in its database: `python -m tests.store.writers` reads tasks and says numbers.

One task a line, as JSON: the name of a function below and its arguments. Each answer is a line with a number.
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta

from geo.errors import Conflict
from geo.store import SqlStore
from tests.store.samples import reported


def write(url: str, name: str, count: int, own: str) -> int:
    """Add rows of its own, and in another order rows that all writers add; how many were new."""
    added = 0
    with SqlStore(url, busy_s=60) as store:
        for i in range(count):
            shared = reported(f"shared-{i if name != 'w1' else count - 1 - i}")
            rows = [reported(f"{own}-{i}", phone=name), shared]
            added += sum(found is not None for found in store.save_issues(rows if i % 2 else rows[::-1], actor=name))
            assert len(store.list_issues(limit=5)) <= 5
    return added


def publish(url: str, first: int) -> int:
    """Publish eight plans, each for a later day; how many were not in conflict with another process's."""
    done = 0
    with SqlStore(url, busy_s=60) as store:
        for plan in range(first, first + 8):
            day = date(2025, 1, 1) + timedelta(days=plan)
            try:
                store.publish_plan(plan, effective=day, lineage=[], actor="p", today=day)
                done += 1
            except Conflict:
                pass
    return done


if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        task, *arguments = json.loads(line)
        print({"write": write, "publish": publish}[task](*arguments), flush=True)
