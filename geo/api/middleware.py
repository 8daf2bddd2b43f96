"""Around every request: security headers, counting, timing, and a limit to what is read."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages load nothing from outside; 'unsafe-inline' is for Folium's own script and style elements.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


class Metrics:
    """The counters of one application; a registry of its own, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "geo_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram("geo_request_seconds", "Time to answer", ["route"], registry=self.registry)


class Observe:
    """ASGI middleware; plain ASGI because a BaseHTTPMiddleware would cost the hot route a task each."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            # The route's template, not the path: a path per label would grow without end.
            route: Any = scope.get("route")
            name = getattr(route, "path", "other")
            self.metrics.requests.labels(scope["method"], name, str(status)).inc()
            self.metrics.seconds.labels(name).observe(time.perf_counter() - started)


class LimitBody:
    """ASGI middleware: a body of more than `most` bytes is answered with 413 and never held in memory.

    A length that is announced is refused before anything is read; one that is not is counted as it comes.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        read = int(announced) if announced.isdecimal() and int(announced) > self.most else 0

        async def receiving() -> Message:
            nonlocal read
            if read <= self.most:
                message = await receive()
                read += len(message.get("body", b""))
                if read <= self.most:
                    return message
            # The rest of the body is not worth waiting for.
            raise HTTPException(413, headers={"Connection": "close"})

        await self.app(scope, receiving, send)
