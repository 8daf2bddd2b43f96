"""A real Chromium for tests (marker `browser`): a page that fails on any outside request, error or bad status.

Skipped on a laptop without Chromium; under CI=true its absence, or that of a Chinese font, is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

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
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_INSIDE = ("file:", "data:", "blob:", "about:")


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


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """`open_page(url, width=…, height=…)` loads a page of this machine; the test fails if the page misbehaves.

    With `refusals` the interface may refuse or not answer: what a conflict and a lost line look like. `images` is the
    address of another server that a base map may come from, or may not. `ready` waits until the page says that it is.
    """
    problems = Problems()
    contexts: list[Any] = []

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
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_offline(offline)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch(page, url, problems, refusals=refusals, images=images)
        page.goto(url)
        if ready:
            page.wait_for_selector("body[data-ready]")
        return page

    yield load
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


def watch(page: Any, url: str, problems: Problems, *, refusals: bool = False, images: str = "") -> None:
    """Note every outside request, console error, uncaught error, failed request and status ≥ 400.

    `refusals` lets those of the interface (/v1/) pass, and what the browser itself says of them; `images` those of an
    image below that address.
    """
    origin = "/".join(url.split("/", 3)[:3]) + "/"

    def allowed(address: str) -> bool:
        return address.startswith((origin, *_INSIDE)) or bool(images and address.startswith(images))

    def on_route(route: Any) -> None:
        image = route.request.resource_type == "image"
        if allowed(route.request.url) and (image or not (images and route.request.url.startswith(images))):
            route.continue_()
        else:
            problems.append(f"outside request: {route.request.url}")
            route.abort()

    page.route("**/*", on_route)

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
