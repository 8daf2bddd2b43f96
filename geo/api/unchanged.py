"""Answers that seldom change are sent once: a client that holds one is told so (ETag, RFC 9110 8.8.3)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from hashlib import blake2b
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

# A client asks each time, and hears 304 while nothing has changed. Weak: the same answer goes out packed and plain.
_KEPT: Final = {"Cache-Control": "no-cache"}


def tag_of(version: str) -> str:
    """The ETag of a version."""
    return f'W/"{version}"'


def is_held(request: Request, tag: str) -> bool:
    """Whether the client holds the answer of this ETag already."""
    held = request.headers.get("if-none-match", "")
    return bool(held) and (held.strip() == "*" or tag in {_weak(part.strip()) for part in held.split(",")})


def not_modified(tag: str) -> Response:
    """The answer to a client that holds the present one."""
    return Response(status_code=304, headers={**_KEPT, "ETag": tag, "Vary": "Accept-Encoding"})


def _weak(tag: str) -> str:
    return tag if tag.startswith("W/") else f"W/{tag}"


class Tagged(APIRoute):
    """A route whose answers to GET carry an ETag: that of their bytes, if they have none of their own."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler with an ETag on what it answers."""
        handle = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            response = await handle(request)
            if request.method != "GET" or response.status_code != 200:
                return response
            tag = response.headers.get("etag") or tag_of(blake2b(response.body, digest_size=12).hexdigest())
            if is_held(request, tag):
                return not_modified(tag)
            response.headers["ETag"] = tag
            response.headers.update(_KEPT)
            return response

        return tagged
