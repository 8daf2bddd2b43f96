"""A real Chromium for tests (marker `browser`): a page that fails on any outside request, error or bad status.

Skipped on a laptop without Chromium; under CI=true its absence, or that of a Chinese font, is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No request leaves this machine, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_INSIDE = ("file:", "data:", "blob:", "about:")
# How long a page may take on a busy machine: it costs nothing where all is well.
PATIENCE_MS = 60_000
STORED = "cookies,local_storage,session_storage,indexeddb,websql,service_workers,cache_storage"


# The page is at rest: no animation that ends runs, and for longer than labels wait for more tiles nothing has changed.
# Looked at between frames: a map that flies moves in each of them.
_REST = """async (quiet) => {
  let last = performance.now();
  const changed = new MutationObserver(() => { last = performance.now(); });
  changed.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const frame = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  const ends = (one) => one.effect.getComputedTiming().endTime !== Infinity;
  const moves = () => document.getAnimations().some((one) => one.playState === "running" && ends(one));
  do await frame(); while (moves() || performance.now() - last < quiet);
  changed.disconnect();
}"""


# What each page of `watch` has asked for that has not come yet.
_UNDER_WAY: WeakKeyDictionary[Any, set[Any]] = WeakKeyDictionary()


def settled(page: Any, quiet: int = 200) -> None:
    """Wait until a page has been at rest for a while (ms) and all that it asked for has come."""
    end = time.monotonic() + PATIENCE_MS / 1000
    page.evaluate(_REST, quiet)
    while _UNDER_WAY.get(page) and time.monotonic() < end:
        page.wait_for_timeout(20)
        page.evaluate(_REST, quiet)


def until(page: Any, look: Callable[[], Any]) -> Any:
    """What `look` finds as soon as it is true, or what it found at last; a slow machine is given its time."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not (found := look()) and time.monotonic() < end:
        page.wait_for_timeout(50)
    return found


def _missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and under CI=true browser tests must run")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser a session (`GEO_TEST_CHROMIUM` names another executable)."""
    path = os.environ.get("GEO_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        _missing("Chromium")
    fonts = shutil.which("fc-list")
    if fonts and not subprocess.run([fonts, ":lang=zh"], capture_output=True, check=False).stdout.strip():
        pytest.fail("no Chinese font: every Chinese character would be a box (fonts-noto-cjk)")
    # The node inside Playwright wants a library that a small system lacks (libatomic1), and then only hangs up.
    command = [sys.executable, "-m", "playwright", "--version"]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    if probe.returncode:
        _missing(f"what Playwright needs ({probe.stderr.strip()})")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Problems(list[str]):
    """What a page did that no page of ours may do."""


class People:
    """Contexts of the browser to lend, each another person, who has forgotten everything when the next test asks.

    What a person may keep is the browser's copy of our scripts. A page of a new context costs 1.6 s of a processor, of
    an old one 0.7 s, as long as there is an empty page in it: with its last page, the browser lets go of its processes.
    """

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium
        self._idle: dict[str, list[Any]] = {}
        self._lent: list[tuple[str, Any]] = []

    def lend(self, **options: Any) -> Any:
        kind = repr(sorted(options.items()))
        if idle := self._idle.setdefault(kind, []):
            context = idle.pop()
        else:
            context = self._chromium.new_context(**options)
            context.new_page()
        self._lent.append((kind, context))
        return context

    def pages(self) -> list[Any]:
        """The pages that a test opened."""
        return [page for _, context in self._lent for page in context.pages[1:]]

    def forget(self) -> None:
        """Close the pages and take all contexts back, without cookies."""
        for page in self.pages():
            page.close()
        for kind, context in self._lent:
            context.set_offline(False)
            context.clear_cookies()
            self._idle[kind].append(context)
        self._lent.clear()

    def close(self) -> None:
        for context in [context for idle in self._idle.values() for context in idle]:
            context.close()


@pytest.fixture(scope="module")
def people(chromium: Any) -> Iterator[People]:
    """The contexts of a module, whose servers no other module asks."""
    lent = People(chromium)
    yield lent
    lent.close()


@pytest.fixture
def open_page(people: People) -> Iterator[Callable[..., Any]]:
    """`open_page(url, width=…, height=…)` loads a page of this machine; the test fails if the page misbehaves.

    With `refusals` the interface may refuse or not answer: what a conflict and a lost line look like. `images` is the
    address of another server that a base map may come from, or may not. `ready` waits until the page says that it is.
    """
    problems = Problems()

    def load(
        url: str,
        *,
        width: int = 1400,
        height: int = 900,
        offline: bool = False,
        refusals: bool = False,
        images: str = "",
        ready: bool = True,
        **options: Any,
    ) -> Any:
        context = people.lend(**options)
        context.set_offline(offline)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.set_default_timeout(PATIENCE_MS)
        watch(page, url, problems, refusals=refusals, images=images)
        page.goto(url)
        if ready:
            page.wait_for_selector("body[data-ready]")
        return page

    yield load
    for page in people.pages():
        forget(page)
    # What a page was asking while it was closed has failed for no fault of its own.
    found = list(problems)
    people.forget()
    assert not found, "\n".join(found)


def forget(page: Any) -> None:
    """Take from the context of a page what it stored; whatever the page has complained of is known after this."""
    session = page.context.new_cdp_session(page)
    for origin in {"/".join(frame.url.split("/", 3)[:3]) for frame in page.frames if frame.url.startswith("http")}:
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": STORED})
    session.detach()


def watch(page: Any, url: str, problems: Problems, *, refusals: bool = False, images: str = "") -> None:
    """Note every outside request, console error, uncaught error, failed request and status ≥ 400.

    `refusals` lets those of the interface (/v1/) pass, and what the browser itself says of them; `images` those of an
    image below that address.
    """
    origin = "/".join(url.split("/", 3)[:3]) + "/"

    def look(request: Any) -> None:
        own = request.url.startswith((origin, *_INSIDE))
        image = bool(images) and request.url.startswith(images) and request.resource_type == "image"
        if not (own or image):
            problems.append(f"outside request: {request.url}")

    # A route of our own would take the browser's cache from every page, and a third of a second.
    page.on("request", look)
    open_ones = _UNDER_WAY[page] = set()
    page.on("request", lambda request: open_ones.add(request) if request.url.startswith("http") else None)
    for ended in ("requestfinished", "requestfailed"):
        page.on(ended, lambda request: open_ones.discard(request))

    def expected(address: str) -> bool:
        return (refusals and address.startswith(f"{origin}v1/")) or bool(images and address.startswith(images))

    def left(request: Any) -> bool:
        """A tile that the map has moved away from: the page itself lets go of it."""
        return "/tiles/" in request.url and request.failure == "net::ERR_ABORTED"

    page.on(
        "console",
        lambda m: (
            problems.append(f"console {m.type}: {m.text}")
            if m.type in ("error", "warning") and not expected(m.location.get("url", ""))
            else None
        ),
    )
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on(
        "requestfailed",
        lambda request: None if expected(request.url) or left(request) else problems.append(f"failed: {request.url}"),
    )
    page.on(
        "response",
        lambda r: problems.append(f"status {r.status}: {r.url}") if r.status >= 400 and not expected(r.url) else None,
    )
