"""Pages of other origins that the settings list may ask the interface from within a browser (CORS)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# What is for programs. The pages are for this origin alone.
_OPEN: Final = ("/v1/", "/tiles/", "/open311/", "/openapi.json")
# A token stands in a header that a page sets itself; cookies are not used, so that no credentials are allowed.
_SENT: Final = ("Authorization", "Content-Type", "If-None-Match", "X-Geo-Actor")
_SHOWN: Final = ("ETag", "Content-Language", "Content-Disposition", "Allow")
_AGE_S: Final = 600


class AllowOrigins:
    """ASGI middleware around everything, the routes ahead of the framework too."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=_SENT,
            expose_headers=_SHOWN,
            max_age=_AGE_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        shared = scope["type"] == "http" and scope["path"].startswith(_OPEN)
        await (self._shared if shared else self._app)(scope, receive, send)
