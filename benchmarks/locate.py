"""Locating beside other engines on the same nets, in one run: speed, borders, exactness, datums, and then HTTP.

Run ``python -m benchmarks.locate --help`` or ``make bench-locate``. Rates are points per CPU second, the median of
some rounds in which every engine takes its turn; "ours ×" is our rate divided by theirs. The compiler is warmed up
first, which is not counted. 1,000,000 grids take some minutes and 8 GB.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks._coverages import KINDS, Coverage, coverage, points
from benchmarks._datums import rows as transformations
from benchmarks._engines import ENGINES, Absent, Engine, start
from benchmarks._exactness import rows_found, truth
from geo.locate import GridIndex
from geo.locate.index import net_faults

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_OURS_TIMES = 10  # so many times as many points as the others get: a round of ours would be too short to time
_BORDER_POINTS = 20_000
INDEX_HEAD = ("grids", "build, CPU s", "file, bytes a grid", "open, ms", "open unchecked, ms", "one point, µs")
Floats = NDArray[np.float64]


@dataclass
class Report:
    """The lines, on the screen at once and in a file at the end."""

    lines: list[str] = field(default_factory=list)

    def say(self, line: str = "") -> None:
        print(line, flush=True)
        self.lines.append(line)

    def table(self, head: Iterable[object], title: str) -> None:
        self.say(f"\n## {title}\n")
        self.row(head)
        self.say("|" + "---|" * self.lines[-1].count(" | ") + "---|")

    def row(self, values: Iterable[object]) -> None:
        self.say("| " + " | ".join(_shown(value) for value in values) + " |")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds."""
    begin = clock()
    work()
    return clock() - begin


def build_figures(report: Report, net: Coverage) -> GridIndex:
    """Build, save, open, one point."""
    began = time.process_time()
    index = GridIndex.build(net.polygons, net.codes)
    build = time.process_time() - began
    lon, lat = points("uniform", net.polygons, 20_000, seed=9)
    pairs = list(zip(lon.tolist(), lat.tolist(), strict=True))
    ask = index.locate_one

    def singly() -> None:
        for x, y in pairs:
            ask(lon=x, lat=y)

    one = statistics.median(timed(singly) for _ in range(5)) / len(pairs) * 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.index"
        index.save(path)
        size = path.stat().st_size / len(net.codes)
        checked, opening = (
            statistics.median(timed(lambda v=v: GridIndex.open(path, verify=v), time.perf_counter) for _ in range(5))
            for v in (True, False)
        )
    report.row([len(net.codes), build, size, checked * 1e3, opening * 1e3, one])
    return index


def speeds(report: Report, net: Coverage, index: GridIndex, engines: list[Engine], n: int, rounds: int) -> None:
    """M points a second on uniform and clustered points, every engine once a round."""
    report.table(
        ["engine", "uniform, M/s", "ours ×", "clustered, M/s", "ours ×"], f"{len(net.codes):,} grids: points a second"
    )
    rates: dict[str, list[float]] = {}
    for kind in ("uniform", "clustered"):
        lon, lat = points(kind, net.polygons, _OURS_TIMES * n)
        index.locate(lon=lon[:1000], lat=lat[:1000])
        ours: list[float] = []
        theirs: list[list[float]] = [[] for _ in engines]
        for engine in engines:
            m = min(n, engine.most_points)
            engine.give(lon[:m], lat[:m])
            engine.pairs()
        for _ in range(rounds):
            ours.append(len(lon) / timed(lambda: index.locate(lon=lon, lat=lat)) / 1e6)  # noqa: B023
            for engine, found in zip(engines, theirs, strict=True):
                found.append(len(engine.lon) / timed(engine.pairs, type(engine).clock) / 1e6)
        for name, found in zip(["ours", *(e.name for e in engines)], [ours, *theirs], strict=True):
            rates.setdefault(name, []).append(statistics.median(found))
    for name, (uniform, clustered) in rates.items():
        report.row([name, uniform, rates["ours"][0] / uniform, clustered, rates["ours"][1] / clustered])


def borders(report: Report, net: Coverage, index: GridIndex, engines: list[Engine]) -> None:
    """What each answers at exact vertices: no row, several rows."""
    report.table(
        ["engine", "border counts: no row", "several", "inside only: no row", "several"],
        f"{len(net.codes):,} grids: rows for {_BORDER_POINTS:,} exact vertices",
    )
    lon, lat = points("vertices", net.polygons, _BORDER_POINTS, seed=1)
    report.row(["ours", int((index.locate(lon=lon, lat=lat) < 0).sum()), 0, "–", "–"])
    for engine in engines:
        engine.give(lon, lat)
        closed, inner = engine.pairs(closed=True), engine.pairs(closed=False)
        report.row([engine.name, *rows_found(closed[0], len(lon)), *rows_found(inner[0], len(lon))])


def mismatches(net: Coverage, index: GridIndex, n: int) -> list[int]:
    """Differences from brute force, by kind of points."""
    counts = []
    for kind in KINDS:
        lon, lat = points(kind, net.polygons, n, seed=2)
        counts.append(int((index.locate(lon=lon, lat=lat) != truth(net.polygons, net.codes, lon, lat)).sum()))
    return counts


def started(net: Coverage, wanted: list[str], report: Report) -> list[Engine]:
    """The engines that are here; those that are not are named."""
    found = []
    for engine in ENGINES:
        if wanted and not any(word in engine.name for word in wanted):
            continue
        try:
            found.append(start(engine, net.polygons))
        except Absent as reason:
            report.say(f"left out: {engine.name}: {reason}")
    return found


def one_size(grids: int, report: Report, options: argparse.Namespace) -> None:
    """All figures of one net."""
    net = coverage(grids)
    report.table(INDEX_HEAD, f"{grids:,} grids: the index")
    index = build_figures(report, net)
    engines = started(net, options.engines, report)
    try:
        speeds(report, net, index, engines, options.points, options.rounds)
        borders(report, net, index, engines)
    finally:
        for engine in engines:
            engine.close()
    report.table(KINDS, f"{grids:,} grids: differences from brute force over {options.points:,} points each")
    report.row(mismatches(net, index, options.points))


def datums(report: Report, rounds: int) -> None:
    """Transformations beside the published formulas in plain numpy, and pyproj."""
    report.table(["way", "ours, M/s", "beside", "M/s", "ours ×", "greatest difference, degrees"], "Datums")
    for row in transformations(rounds):
        report.row([row.name, row.ours, row.other, row.theirs, row.ours / row.theirs, f"{row.difference:.0e}"])


def districts(report: Report, path: Path, n: int) -> None:
    """Real districts: differences from brute force, and the file's own faults."""
    import pyogrio

    table = pyogrio.read_arrow(path)[1]
    shapes = shapely.from_wkb(table.column("geom").to_numpy(zero_copy_only=False))
    net = Coverage(shapes, table.column("adcode").to_pylist())
    report.table(KINDS, f"{len(shapes)} real districts: differences from brute force over {n:,} points each")
    report.row(mismatches(net, GridIndex.build(net.polygons, net.codes), n))
    faults = net_faults(net.polygons, net.codes)
    report.say(f"\nFaults of the file itself: {len(faults)}")
    for fault in faults:
        report.say(f"- {fault.kind}: {', '.join(fault.codes)}, {fault.size:.3g}, at {fault.lon:.6f} {fault.lat:.6f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[500, 10_000, 100_000, 1_000_000], help="grids of a net"
    )
    parser.add_argument("--points", type=int, default=200_000, help="asked of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", nargs="*", default=[], help="only those whose name contains one of these words")
    parser.add_argument("--quick", action="store_true", help="500 and 10,000 grids, 20,000 points, 3 rounds, no HTTP")
    parser.add_argument("--no-http", action="store_true", help="leave out the server")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, help="write the tables into this file too")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.points, options.rounds, options.no_http = [500, 10_000], 20_000, 3, True
    report = Report()
    GridIndex.warm_up()
    for grids in options.sizes:
        one_size(grids, report, options)
    path = options.data / "china" / "districts.gpkg"
    if path.exists():
        districts(report, path, options.points)
    datums(report, options.rounds)
    if not options.no_http:
        from benchmarks import serve

        report.say("\n## HTTP\n")
        sys.argv = ["serve"]
        serve.main(report.say)
    if options.out:
        options.out.write_text("\n".join(report.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
