"""Pages in headless Chromium: bytes, first paint, time until drawn, longest task while zooming and panning.

Run ``python -m benchmarks.maps --help`` or ``make bench-maps``. "alone" are files that open from disk (500 grids,
10,000 issues) beside a plain Folium page of the same data, opened in the same run; "served" are the pages of a server
with 10,000 grids and 1,000,000 issues; "draft" is the planner's page of 10,000 units. ``--url`` measures any page.
Figures are wall times of a machine that is shared: medians of some rounds, and ratios beside the peer.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks._engines import Absent
from benchmarks._page_cases import big_place, draft_of, files_alone, server
from benchmarks._pages import FOLIUM, OWN, Figures, browser, measure, middle
from benchmarks.locate import Report

CASES = ("alone", "served", "draft")
HEAD = ("page", "page, kB", "sent, kB", "tiles, kB", "first paint, ms", "drawn, ms", "longest task until then, ms",
        "longest task moving, ms", "outside", "errors")  # fmt: skip


def row(name: str, told: Figures) -> tuple[object, ...]:
    """A line of the table."""
    return (
        name, told.page / 1e3, told.sent / 1e3, told.tiles / 1e3, told.paint_ms, told.drawn_ms, told.load_task_ms,
        told.move_task_ms, told.outside, told.errors,
    )  # fmt: skip


def look_at(
    report: Report, urls: Mapping[str, str], *, rounds: int, title: str, ready: Mapping[str, str] | None = None
) -> dict[str, Figures]:
    """Measure each page once a round and print the medians."""
    seen: dict[str, list[Figures]] = {name: [] for name in urls}
    with browser() as chromium:
        for _ in range(rounds):
            for name, url in urls.items():
                try:
                    seen[name].append(measure(chromium, url, ready=(ready or {}).get(name, OWN)))
                except TimeoutError as reason:
                    report.say(f"{name}: {reason}")
    report.table(HEAD, title)
    told = {name: middle(figures) for name, figures in seen.items() if figures}
    for name, figures in told.items():
        report.row(row(name, figures))
    return told


def alone(report: Report, folder: Path, grids: int, issues: int, rounds: int) -> None:
    """Files that open from disk, beside Folium's."""
    told, urls = files_alone(folder, grids=grids, issues=issues)
    found = look_at(report, urls, rounds=rounds, title=f"alone: {told}", ready={"folium": FOLIUM})
    peer = found.pop("folium", None)
    if peer is None:
        return
    report.table(("page", "size", "drawn", "longest task moving"), "Folium's page takes so many times as much as ours")
    for name, ours in found.items():
        report.row((name, peer.page / ours.page, peer.drawn_ms / ours.drawn_ms, _times(peer, ours)))


def _times(peer: Figures, ours: Figures) -> float:
    # A task of less than 50 ms is not told of.
    return max(peer.move_task_ms, 50) / max(ours.move_task_ms, 50)


def served(report: Report, folder: Path, grids: int, issues: int, rounds: int) -> None:
    """The pages of a server with a large place."""
    big_place(folder, grids=grids, issues=issues)
    with server(folder) as base:
        paths = {"plan": "/", "issues": "/maps/issues", "coverage": "/maps/coverage", "hotspots": "/maps/hotspots"}
        urls = {name: base + path for name, path in paths.items()}
        look_at(report, urls, rounds=rounds, title=f"served: {grids:,} grids, {issues:,} issues")


def draft(report: Report, folder: Path, units: int, rounds: int) -> None:
    """The planner's page."""
    told, path = draft_of(folder, units=units)
    with server(folder) as base:
        look_at(report, {"draft": base + path}, rounds=rounds, title=f"draft: {told}")


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="case", help=f"{', '.join(CASES)}; all by default")
    parser.add_argument("--url", action="append", default=[], help="measure this page of a running server")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--grids", type=int, nargs=2, default=(500, 10_000), help="of the files, of the server")
    parser.add_argument("--issues", type=int, nargs=2, default=(10_000, 1_000_000), help="of the files, of the server")
    parser.add_argument("--units", type=int, default=10_000, help="of the draft")
    parser.add_argument("--keep", type=Path, help="a folder for the databases, which a second run takes up")
    chosen = parser.parse_args(arguments)
    if not set(chosen.cases) <= set(CASES):
        parser.error(f"cases are {', '.join(CASES)}")
    report = Report()
    try:
        if chosen.url:
            look_at(report, {url: url for url in chosen.url}, rounds=chosen.rounds, title="as given")
            return
        with tempfile.TemporaryDirectory() as scratch:
            where = {case: (chosen.keep or Path(scratch)) / case for case in CASES}
            for folder in where.values():
                folder.mkdir(parents=True, exist_ok=True)
            wanted = chosen.cases or CASES
            if "alone" in wanted:
                alone(report, where["alone"].resolve(), chosen.grids[0], chosen.issues[0], chosen.rounds)
            if "served" in wanted:
                served(report, where["served"].resolve(), chosen.grids[1], chosen.issues[1], chosen.rounds)
            if "draft" in wanted:
                draft(report, where["draft"].resolve(), chosen.units, chosen.rounds)
    except Absent as reason:
        report.say(f"left out: {reason}")


if __name__ == "__main__":
    main()
