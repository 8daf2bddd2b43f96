"""Pages of the made-up place, served with the policy that the API sends."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.maps import FoliumPages, assets, document
from geo.service import editing
from geo.service.context import Service
from tests.maps.dispatch_town import DispatchSite, dispatch_site_in
from tests.maps.town import served, town_service

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'"
)
KINDS = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}


@pytest.fixture(scope="session")
def vendor() -> Path:
    """The browser libraries, installed once if they are not there."""
    if not (assets.VENDOR / "leaflet" / "leaflet.js").is_file():
        assets.ensure()
    return assets.VENDOR


@pytest.fixture(scope="session")
def pages(vendor: Path) -> FoliumPages:
    return FoliumPages()


class Shelf(http.server.ThreadingHTTPServer):
    """A server of pages that a test lays out, and of /static, which the browser keeps from test to test."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: dict[str, str] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shelf

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        kind, keep, body = "text/html; charset=utf-8", "no-store", self.server.bodies.get(path, "").encode()
        if path.startswith("/static/"):
            file = document.STATIC / path.removeprefix("/static/")
            kind, keep, body = KINDS[file.suffix], "max-age=600", file.read_bytes()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", keep)
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def shelves() -> Iterator[list[Shelf]]:
    """The servers of a module's pages; tests take them from the first on."""
    servers: list[Shelf] = []
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serve(shelves: list[Shelf]) -> Callable[[dict[str, str]], str]:
    """`serve({"/": html})` answers those pages and /static; returns the address without a slash at its end."""
    free = iter([*shelves])

    def start(bodies: dict[str, str]) -> str:
        server = next(free, None)
        if server is None:
            server = Shelf()
            shelves.append(server)
        server.bodies = bodies
        return f"http://127.0.0.1:{server.server_port}"

    return start


@pytest.fixture(scope="session")
def edit_town(tmp_path_factory: pytest.TempPathFactory, vendor: Path) -> Iterator[Service]:
    """The town of `tests/maps/town.py`, for tests that work on drafts of its plan 1."""
    service = town_service(tmp_path_factory.mktemp("town"))
    yield service
    service.store.close()


@pytest.fixture(scope="session")
def edit_site(edit_town: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the town's server, one for all tests of a process."""
    with served(edit_town, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def draft(edit_town: Service) -> int:
    """A fresh draft of the town's plan."""
    return editing.start_draft(edit_town, 1, name="调整", actor="tester").id


@pytest.fixture
def edit(edit_site: str, draft: int, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`edit()` opens the draft's page in a browser of its own: each time another person."""
    return lambda lang="zh", **more: open_page(f"{edit_site}/maps/drafts/{draft}?lang={lang}", **more)


@pytest.fixture(scope="module")
def dispatch_site(tmp_path_factory: pytest.TempPathFactory, vendor: Path) -> Iterator[DispatchSite]:
    """The dispatcher's town and its server, one for the tests of a module."""
    with dispatch_site_in(tmp_path_factory.mktemp("dispatch")) as site:
        yield site


@pytest.fixture
def town(dispatch_site: DispatchSite) -> Service:
    """The dispatcher's town as it was seeded."""
    return dispatch_site.fresh()


@pytest.fixture
def ids(dispatch_site: DispatchSite) -> dict[str, int]:
    """Numbers of its issues by name."""
    return dispatch_site.ids


@pytest.fixture
def desk(dispatch_site: DispatchSite, town: Service, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`desk()` opens the dispatcher's page in a browser of its own: each time another person."""

    def load(lang: str = "zh", query: str = "", **more: Any) -> Any:
        return open_page(f"{dispatch_site.address}/maps/issues?lang={lang}{query}", **more)

    return load
