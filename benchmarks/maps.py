"""Pages in headless Chromium: bytes, first paint, time until drawn, longest task while zooming and panning.

Run ``python -m benchmarks.maps --help`` or ``make bench-maps``. "alone" are files that open from disk (500 grids,
10,000 issues) beside a plain Folium page of the same data, opened in the same run; "served" are the pages of a server
with 10,000 grids and 1,000,000 issues; "draft" is the planner's page of 10,000 units. ``--url`` measures any page.
Figures are wall times of a machine that is shared: medians of some rounds, and ratios beside the peer.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping

from benchmarks._engines import Absent
from benchmarks._pages import OWN, Figures, browser, measure, middle
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
                seen[name].append(measure(chromium, url, ready=(ready or {}).get(name, OWN)))
    report.table(HEAD, title)
    told = {name: middle(figures) for name, figures in seen.items()}
    for name, figures in told.items():
        report.row(row(name, figures))
    return told


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="case", help=f"{', '.join(CASES)}; all by default")
    parser.add_argument("--url", action="append", default=[], help="measure this page of a running server")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    if not set(chosen.cases) <= set(CASES):
        parser.error(f"cases are {', '.join(CASES)}")
    report = Report()
    try:
        if chosen.url:
            look_at(report, {url: url for url in chosen.url}, rounds=chosen.rounds, title="as given")
            return
    except Absent as reason:
        report.say(f"left out: {reason}")


if __name__ == "__main__":
    main()
