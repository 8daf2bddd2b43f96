"""Around every request: security headers, counting, timing, and a limit to what is read."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A client that stops in the middle of its body holds a connection and what it has sent so far.
_WAIT_S: Final = 60.0

Pairs = tuple[tuple[bytes, bytes], ...]


def content_security_policy(images: Sequence[str] = ()) -> str:
    """Pages load nothing from outside but images of the origins `images`, the base map's that the settings name."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline'",  # Folium's own script and style elements stand in the page
            "style-src 'self' 'unsafe-inline'",
            " ".join(("img-src 'self' data: blob:", *images)),
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        )
    )


def security_headers(images: Sequence[str] = ()) -> Pairs:
    """What goes on every answer. Names are in lower case, as the server wants them."""
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"content-security-policy", content_security_policy(images).encode()),
    )


SECURITY_HEADERS: Final = security_headers()
_BUCKETS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics(Collector):
    """The counters of one application, in a registry of its own, so that two in one process do not mix.

    Plain numbers that one thread (of the event loop) adds to, made into Prometheus' values when they are read: its own
    counters take a lock and look their labels up, which is more work than locating a point.
    """

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str, int], int] = {}
        self._seconds: dict[str, tuple[list[int], list[float]]] = {}
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Take one answered request into account."""
        key = (method, route, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        held = self._seconds.get(route)
        if held is None:
            held = self._seconds[route] = ([0] * (len(_BUCKETS_S) + 1), [0.0])
        held[0][bisect_left(_BUCKETS_S, seconds)] += 1
        held[1][0] += seconds

    def collect(self) -> Iterator[Metric]:
        """Say what was counted."""
        requests = CounterMetricFamily("geo_requests", "Requests answered", labels=["method", "route", "status"])
        for (method, route, status), number in list(self._requests.items()):
            requests.add_metric([method, route, str(status)], number)
        yield requests
        seconds = HistogramMetricFamily("geo_request_seconds", "Time to answer", labels=["route"])
        for route, (counts, total) in list(self._seconds.items()):
            limits = [*(str(limit) for limit in _BUCKETS_S), "+Inf"]
            seconds.add_metric([route], list(zip(limits, accumulate(counts), strict=True)), total[0])
        yield seconds


class Observe:
    """ASGI middleware; plain ASGI because a BaseHTTPMiddleware would cost each request a task.

    A HEAD request is answered as GET would be, without the body, on every route.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, headers: Pairs = SECURITY_HEADERS) -> None:
        self.app = app
        self.metrics = metrics
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        method = scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *self.headers]}
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            # The route's template, not the path: a path per label would grow without end.
            name = getattr(scope.get("route"), "path", "other")
            self.metrics.count(method, name, status, time.perf_counter() - started)


class TooLarge(HTTPException):
    """The body holds more than `most` bytes."""

    def __init__(self, most: int) -> None:
        # The rest of the body is not worth waiting for.
        super().__init__(413, headers={"Connection": "close"})
        self.most = most


class Encoded(HTTPException):
    """The body is compressed: how large it becomes cannot be known beforehand."""

    def __init__(self, encoding: str) -> None:
        super().__init__(415, headers={"Accept-Encoding": "identity", "Connection": "close"})
        self.encoding = encoding


class Slow(HTTPException):
    """Nothing more of the body came for a minute."""

    def __init__(self) -> None:
        super().__init__(408, headers={"Connection": "close"})


class LimitBody:
    """ASGI middleware: a body of more than `most` bytes is answered with 413 and never held in memory.

    One with a Content-Encoding is answered with 415, one of which nothing comes for `wait_s` seconds with 408.

    A length that is announced is refused before anything is read; one that is not is counted as it comes. `by_kind`
    names content types with a limit of their own.
    """

    def __init__(self, app: ASGIApp, most: int, by_kind: Mapping[str, int], wait_s: float = _WAIT_S) -> None:
        self.app = app
        self.most = most
        self.by_kind = by_kind
        self.wait_s = wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):  # no route of these reads a body
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = self.by_kind.get(headers.get("content-type", "").partition(";")[0].strip().lower(), self.most)
        announced = headers.get("content-length", "")
        read = int(announced) if announced.isdecimal() and int(announced) > most else 0

        encoding = headers.get("content-encoding", "").strip().lower()

        whole = False

        async def receiving() -> Message:
            nonlocal read, whole
            if encoding not in ("", "identity"):
                raise Encoded(encoding[:40])
            if read <= most:
                try:
                    async with asyncio.timeout(None if whole else self.wait_s):
                        message = await receive()
                except TimeoutError:
                    raise Slow from None
                read += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if read <= most:
                    return message
            raise TooLarge(most)

        await self.app(scope, receiving, send)
