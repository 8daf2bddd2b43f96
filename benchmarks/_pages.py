"""What a page costs in headless Chromium: bytes, first paint, time until drawn, longest task of the main thread."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from benchmarks._engines import Absent

_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
# Notes long tasks, and the moment at which the page says that it is ready and two more frames have been painted.
_NOTES: Final = """
window.bench = {tasks: [], drawn: 0};
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.bench.tasks.push([task.startTime, task.duration]);
}).observe({type: "longtask", buffered: true});
const ready = () => DRAWN;
const look = () => {
  if (!ready()) return requestAnimationFrame(look);
  requestAnimationFrame(() => requestAnimationFrame(() => { window.bench.drawn = performance.now(); }));
};
requestAnimationFrame(look);
"""
OWN: Final = "document.body && document.body.dataset.ready"
FOLIUM: Final = "document.readyState === 'complete' && document.querySelectorAll('.leaflet-interactive').length > 0"
_TOLD: Final = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const page = performance.getEntriesByType("navigation")[0];
  const rest = performance.getEntriesByType("resource");
  const tiles = rest.filter((r) => r.name.includes("/tiles/"));
  const sum = (list) => list.reduce((all, r) => all + r.encodedBodySize, 0);
  return {paint: paint ? paint.startTime : 0, drawn: window.bench.drawn, page: page.decodedBodySize,
    sent: page.encodedBodySize + sum(rest) - sum(tiles), tiles: sum(tiles), tasks: window.bench.tasks};
}"""


@dataclass(frozen=True)
class Figures:
    """One page, opened once.

    Attributes
    ----------
    page : bytes of the document itself; `sent` those of all that came before it was drawn, as sent, without tiles;
        `tiles` those of tiles.
    paint_ms, drawn_ms : from the beginning of the navigation.
    load_task_ms, move_task_ms : the longest task of the main thread until drawn, and while zooming and panning; tasks
        of less than 50 ms are not told of and count as 0.
    outside : requests to other hosts. errors : lines of the console and uncaught errors.
    """

    page: float
    sent: float
    tiles: float
    paint_ms: float
    drawn_ms: float
    load_task_ms: float
    move_task_ms: float
    outside: int
    errors: int


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium; `Absent` where there is none."""
    path = os.environ.get("GEO_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        raise Absent("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield chromium
        finally:
            chromium.close()


def measure(chromium: Any, url: str, *, ready: str = OWN, move: bool = True, wait_s: float = 120) -> Figures:
    """Open a page of 1400 × 900 with an empty cache, wait until it is drawn, then zoom and pan it by mouse."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    try:
        page = context.new_page()
        outside: list[str] = []
        errors: list[str] = []
        origin = "/".join(url.split("/", 3)[:3])
        page.on("request", lambda r: outside.append(r.url) if not _is_own(r.url, origin) else None)
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(_NOTES.replace("DRAWN", ready))
        page.goto(url, timeout=wait_s * 1000, wait_until="commit")
        _wait_drawn(page, wait_s)
        told = page.evaluate(_TOLD)
        begin = page.evaluate("performance.now()")
        if move:
            _move(page)
        tasks = page.evaluate("window.bench.tasks")
    finally:
        context.close()
    size = Path(unquote(urlsplit(url).path)).stat().st_size if url.startswith("file:") else told["page"]
    return Figures(
        page=float(size),
        sent=float(told["sent"]),
        tiles=float(told["tiles"]),
        paint_ms=told["paint"],
        drawn_ms=told["drawn"],
        load_task_ms=max((t for at, t in tasks if at < told["drawn"]), default=0.0),
        move_task_ms=max((t for at, t in tasks if at >= begin), default=0.0),
        outside=len(outside),
        errors=len(errors),
    )


def middle(all_of: list[Figures]) -> Figures:
    """The median of each figure."""
    medians = {f.name: statistics.median(getattr(one, f.name) for one in all_of) for f in fields(Figures)}
    return Figures(**medians)  # type: ignore[arg-type]


def _is_own(address: str, origin: str) -> bool:
    return address.startswith((f"{origin}/", "data:", "blob:", "about:")) or address == origin


def _wait_drawn(page: Any, wait_s: float) -> None:
    # By asking: a page with a policy lets nobody wait for an expression inside of it.
    for _ in range(int(wait_s * 20)):
        if page.evaluate("window.bench && window.bench.drawn"):
            return
        page.wait_for_timeout(50)
    raise TimeoutError(f"not drawn within {wait_s:.0f} s")


def _move(page: Any) -> None:
    """Three steps in, twelve drags around, six steps out and three in again, over the middle of the map."""
    box = page.locator(".leaflet-container").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)

    def zoom(steps: int, towards: int) -> None:
        for _ in range(steps):
            page.mouse.wheel(0, -90 * towards)
            page.wait_for_timeout(350)

    def drag(dx: float, dy: float) -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        for k in range(1, 9):
            page.mouse.move(x + dx * k / 8, y + dy * k / 8)
            page.wait_for_timeout(16)
        page.mouse.up()
        page.wait_for_timeout(120)

    zoom(3, 1)
    for dx, dy in ((260, 0), (0, 220), (-260, 0), (-260, 0), (0, -220), (260, -220)) * 2:
        drag(dx, dy)
    zoom(6, -1)
    zoom(3, 1)
    page.wait_for_timeout(400)
