"""Pages of the made-up place, served with the policy that the API sends."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.maps import FoliumPages, assets, document

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


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, str]], str]]:
    """`serve({"/": html})` answers those pages and /static; returns the address without a slash at its end."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(bodies: dict[str, str]) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                kind, body = "text/html; charset=utf-8", bodies.get(path, "").encode()
                if path.startswith("/static/"):
                    file = document.STATIC / path.removeprefix("/static/")
                    kind, body = KINDS[file.suffix], file.read_bytes()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Security-Policy", CSP)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
