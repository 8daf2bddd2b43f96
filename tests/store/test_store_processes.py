"""Several processes write and read one database at a time, and nothing is lost or counted twice."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

from geo.store import SqlStore
from tests.store.samples import drawing, reported

WRITER = """
import sys
from geo.store import SqlStore
from tests.store.samples import reported

url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
with SqlStore(url, busy_s=60) as store:
    added = 0
    for i in range(count):
        # A row of its own, and a row that all writers try to add, in different order.
        rows = [reported(f"{name}-{i}", phone=name), reported(f"shared-{i if name != 'w1' else count - 1 - i}")]
        added += sum(found is not None for found in store.save_issues(rows if i % 2 else rows[::-1], actor=name))
        assert len(store.list_issues(limit=5)) <= 5
    print(added)
"""

PUBLISHER = """
import sys
from datetime import date, timedelta
from geo.errors import Conflict
from geo.store import SqlStore

url, first = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
done = 0
with SqlStore(url, busy_s=60) as store:
    for plan in range(first, first + 8):
        try:
            day = date(2025, 1, 1) + timedelta(days=plan)
            store.publish_plan(plan, effective=day, lineage=[], actor="p", today=day)
            done += 1
        except Conflict:
            pass
print(done)
"""


def run_together(script: str, *arguments: list[str]) -> list[int]:
    """Start one process per argument list, let them go at the same moment, and return the number each printed."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for args in arguments
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=120)[0] for process in processes]
        assert [process.returncode for process in processes] == [0] * len(processes)
        return [int(text) for text in said]
    finally:
        for process in processes:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()


def test_three_writers(store_url: str) -> None:
    count = 20
    added = run_together(WRITER, *([store_url, f"w{k}", str(count)] for k in range(3)))
    with SqlStore(store_url) as store:
        issues = store.list_issues()
        keys = {issue.source_id for issue in issues}
        assert keys == {f"w{k}-{i}" for k in range(3) for i in range(count)} | {f"shared-{i}" for i in range(count)}
        assert len(issues) == len(keys) == sum(added) == 4 * count
        assert sum(line["detail"]["added"] for line in store.get_journal(limit=1000)) == 4 * count


def test_two_publishers_leave_one_timeline(store_url: str) -> None:
    with SqlStore(store_url) as store:
        first, *_ = [store.save_plan(drawing(), name=f"p{i}", actor="a").id for i in range(16)]
        done = run_together(PUBLISHER, [store_url, str(first)], [store_url, str(first + 8)])
        plans = [plan for plan in store.list_plans(today=date(2025, 1, 1)) if plan.effective]
        assert len(plans) == sum(done) >= 8
        lines = [line for line in reversed(store.get_journal(limit=1000)) if line["action"] == "publish_plan"]
        order = [line["detail"]["effective"] for line in lines]
        assert order == sorted(order), "each was later than all that were published before it"


def test_the_same_import_at_the_same_time(store_url: str) -> None:
    """The second of two imports of the same rows finds them known, whichever comes first."""
    script = WRITER.replace('f"{name}-{i}"', 'f"same-{i}"')
    assert sum(run_together(script, [store_url, "w0", "15"], [store_url, "w1", "15"])) == 30
    with SqlStore(store_url) as store:
        assert len(store.list_issues()) == 30
        assert store.save_issues([reported("same-3"), reported("shared-3")], actor="a") == (None, None)
