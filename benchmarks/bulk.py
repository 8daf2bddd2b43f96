"""Points of a Parquet file located in bulk: where the time of a row goes, and what a second worker brings.

Run: python -m benchmarks.bulk [ROWS]

Other work on the machine changes every figure of wall time, so that each is told beside a control in the same run: the
same workers counting in a loop, which need neither memory nor disk nor the interpreter's lock. What the rows lose
against the control is ours; what the control loses against its ideal is the machine's.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from benchmarks._coverages import coverage
from geo.bulk.arrow import Asked, coordinates, locate_batch, located_schema
from geo.bulk.cluster import Task, locate_task
from geo.bulk.grids import Grids
from geo.bulk.ports import BATCH_ROWS
from geo.bulk.write import write_parquet
from geo.locate import GridIndex
from geo.service.columns import locate_columns

GRIDS = 10_000
REPEATS = 3
GROUPS = 8
ASKED = {
    "with the way to the border": Asked(lon="lon", lat="lat", crs="WGS84"),
    "without": Asked(lon="lon", lat="lat", crs="WGS84", border=False),
}


def make(folder: Path, rows: int) -> Grids:
    """A net of 10,000 grids, its index in a file, and points all over it in `points.parquet`."""
    net = coverage(GRIDS)
    index = GridIndex.build(net.polygons, net.codes)
    grids = Grids(index, tuple(net.codes), 1)
    grids.save(folder / "grids")
    west, south, east, north = shapely.total_bounds(net.polygons)
    rng = np.random.default_rng(1)
    table = pa.table(
        {
            "id": np.arange(rows),
            "kind": pa.array(["噪音", "占道", "路灯", "垃圾"]).take(pa.array(rng.integers(0, 4, rows))),
            "lon": west + (east - west) * rng.random(rows),
            "lat": south + (north - south) * rng.random(rows),
        }
    )
    pq.write_table(table, folder / "points.parquet", compression="zstd", row_group_size=-(-rows // GROUPS))
    return Grids.open(folder / "grids")


def cpu(work: Callable[[], Any], rows: int) -> float:
    """CPU seconds of a million rows: the median of some runs after one that compiles."""
    work()
    spent = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent) / rows * 1e6


def steps(folder: Path, grids: Grids) -> None:
    """Where the CPU time of one process goes."""
    file = pq.ParquetFile(folder / "points.parquet")

    def decode() -> list[Any]:
        return list(file.iter_batches(batch_size=BATCH_ROWS, row_groups=[0], use_threads=False))

    batches = decode()
    rows = sum(batch.num_rows for batch in batches)
    asked = ASKED["with the way to the border"]
    pairs = [coordinates(batch, asked)[:2] for batch in batches]
    located = [locate_batch(batch, grids, asked) for batch in batches]
    schema = located_schema(file.schema_arrow, asked)
    none: tuple[str, ...] = ()
    measured = {
        "read and decompress Parquet": cpu(decode, rows),
        "the grid": cpu(lambda: [grids.index.locate(lon=x, lat=y) for x, y in pairs], rows),
        "the way to the border": cpu(lambda: [grids.index.border_m(lon=x, lat=y) for x, y in pairs], rows),
        "checks and datum": 0.0,
        "columns of the answer": 0.0,
        "write Parquet (zstd 1)": cpu(lambda: write_parquet(folder / "o.parquet", schema, iter(located)), rows),
    }
    columns = cpu(lambda: [locate_columns(grids, x, y, crs="WGS84", fields=none) for x, y in pairs], rows)
    whole = cpu(lambda: [locate_batch(batch, grids, ASKED["without"]) for batch in batches], rows)
    measured["checks and datum"] = columns - measured["the grid"]
    measured["columns of the answer"] = whole - columns
    total = sum(measured.values())
    print(f"\nOne process, CPU seconds for a million rows ({GRIDS:,} grids):")
    for name, seconds in measured.items():
        print(f"  {name:32} {seconds:6.3f}  {seconds / total:4.0%}")
    rates = f"{1 / total:.2f} M rows a CPU second; {_quick(measured):.2f} without the border"
    print(f"  {'all':32} {total:6.3f}        {rates}")


def _quick(measured: dict[str, float]) -> float:
    return 1 / sum(seconds for name, seconds in measured.items() if name != "the way to the border")


@numba.njit(nogil=True)
def _count(turns: int) -> float:
    total = 0.0
    for k in range(turns):
        total += (k % 7) * 0.5
    return total


def spin(number: int, turns: int) -> tuple[float, float]:
    """The control: a loop in a worker; wall and CPU seconds."""
    del number
    start, spent = time.perf_counter(), time.process_time()
    _count(turns)
    return time.perf_counter() - start, time.process_time() - spent


def locate(number: int, folder: str, asked: Asked) -> tuple[float, float]:
    """A task as the cluster runs it; wall and CPU seconds."""
    start, spent = time.perf_counter(), time.process_time()
    locate_task(Task(number, f"{folder}/points.parquet", (number,), folder, asked))
    return time.perf_counter() - start, time.process_time() - spent


@contextmanager
def workers(count: int) -> Iterator[Any]:
    import distributed

    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None, "memory_limit": 0}
    with distributed.LocalCluster(n_workers=count, **options) as cluster, distributed.Client(cluster) as client:
        yield client


def timed(client: Any, function: Callable[..., Any], *arguments: Any) -> tuple[float, float]:
    """All tasks at once: wall seconds of the whole, CPU seconds of the tasks together."""
    start = time.perf_counter()
    done = client.gather([client.submit(function, k, *arguments, pure=False) for k in range(GROUPS)])
    return time.perf_counter() - start, sum(spent for _, spent in done)


def scaling(folder: Path, rows: int) -> None:
    """One worker and two, the rows beside the control, turn by turn."""
    turns = 150_000_000
    kinds: dict[str, tuple[Any, ...]] = {"control": (spin, turns)}
    kinds |= {f"rows {name}": (locate, str(folder), asked) for name, asked in ASKED.items()}
    walls: dict[tuple[str, int], list[float]] = {}
    spent: dict[tuple[str, int], list[float]] = {}
    for count in (1, 2):
        with workers(count) as client:
            for name, call in kinds.items():  # compile, map the index
                timed(client, *((spin, 1000) if name == "control" else call))
            for _ in range(REPEATS):
                for name, call in kinds.items():
                    wall, cpu_s = timed(client, *call)
                    walls.setdefault((name, count), []).append(wall)
                    spent.setdefault((name, count), []).append(cpu_s)
    print(f"\nDask, one worker and two (medians of {REPEATS}; {rows:,} rows, {GROUPS} tasks):")
    print(f"  {'':34} {'wall s':>15} {'gain':>6} {'CPU s':>15} {'CPU grows':>10} {'workers busy':>13}")
    for name in kinds:
        one, two = (statistics.median(walls[name, count]) for count in (1, 2))
        cpu_one, cpu_two = (statistics.median(spent[name, count]) for count in (1, 2))
        print(
            f"  {name:34} {one:7.2f} {two:7.2f} {one / two:6.2f} {cpu_one:7.2f} {cpu_two:7.2f} {cpu_two / cpu_one:9.0%}"
            f" {cpu_one / one:6.0%} {cpu_two / two / 2:6.0%}"
        )
    print("  gain: wall of one worker through wall of two. CPU grows: what the same rows cost when two work at a time")
    print(
        "  (memory, caches, hyper-threads). workers busy: share of a core that each worker got; the rest is other work"
    )
    print("  on the machine, waiting for the disk, and the scheduler.")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        grids = make(folder, rows)
        steps(folder, grids)
        scaling(folder, rows)


if __name__ == "__main__":
    main()
