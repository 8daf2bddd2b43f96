"""The routes of one point without the framework: what clients ask all day is answered before any middleware runs.

Only the plain case is answered here: a point in degrees that the plan in memory can tell. Everything else (a fault in
the request, a date whose plan is not in memory, a projected system, a rounded point, `accuracy_m`) goes on to the typed
route of the same path, which also documents it. Both make their bodies by the same means, so that they are the same.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from geo import crs as crs_
from geo.api.answers import render, with_reasons
from geo.api.document import complete
from geo.api.language import accepted, language_for
from geo.api.middleware import SECURITY_HEADERS, Metrics
from geo.api.points import Points
from geo.errors import GeoError
from geo.messages import Lang
from geo.service.context import Net, Present, Service, find_net_ready
from geo.service.explain import explain
from geo.service.honest import is_rounded
from geo.service.locate import find_spot
from geo.service.timetable import find_plan_on, read_day

PATH: Final = "/v1/locate"
EXPLAIN: Final = "/v1/locate/explain"
POINT_PATHS: Final = frozenset({PATH, EXPLAIN})
# Systems in degrees that need no table of PROJ; a projected one goes the long way, which costs it little more.
_DEGREES: Final = frozenset({crs_.WGS84, crs_.CGCS2000, crs_.GCJ02, crs_.BD09})
# Longitudes and latitudes beyond these may be swapped or impossible: the typed route finds the words.
_LON_DEG, _LAT_DEG = 180.0, 60.0
_NUMBER: Final = b"0123456789.-"
_NAMES_MOST: Final = 64


class HotRoute:
    """Answers plain requests from what the keeper holds in memory."""

    def __init__(self, service: Service, metrics: Metrics, lang: Lang) -> None:
        self._service = service
        self.metrics = metrics
        self._lang = lang
        self._systems: dict[bytes, str] = {}

    def answer(self, scope: Scope, *, explained: bool) -> bytes | None:
        """The body, or None where the typed route has to answer."""
        present = self._service.memory.present
        if present is None or time.monotonic() >= present.fresh_until:
            return None
        asked = _asked(scope["query_string"])
        if asked is None:
            return None
        try:
            crs = self._systems[asked[b"crs"]]
            lon, lat = float(asked[b"lon"]), float(asked[b"lat"])
        except KeyError:
            self._learn(asked.get(b"crs", b""))
            return None
        except ValueError:
            return None
        if not (abs(lon) <= _LON_DEG and abs(lat) <= _LAT_DEG) or is_rounded(lon, lat, degrees=True):
            return None
        net = self._net(present, asked.get(b"as_of"))
        if net is None:
            return None
        try:
            spot = find_spot(net, lon, lat, crs=crs)
        except GeoError:  # no answer yet: the typed route finds the words
            return None
        if spot.grid >= 0 and not explained and not spot.overlap:  # its note wants a language
            return render(net, spot, crs, None)
        lang = self._language(scope, asked)
        body = render(net, spot, crs, lang)
        if not explained:
            return body
        return with_reasons(net, spot, crs, body, explain(net, spot, x=lon, y=lat, crs=crs), lang)

    def _net(self, present: Present, as_of: bytes | None) -> Net | None:
        service = self._service
        if as_of is None:
            return present.net if service.clock() < present.until else None
        try:
            day: date = read_day(as_of.decode("ascii"))
        except (GeoError, UnicodeError):
            return None
        plan = find_plan_on(present.table, day, today=day)
        return None if plan is None else find_net_ready(service, plan, present.table)

    def _learn(self, name: bytes) -> None:
        """Remember how a system is written, if requests in it can be answered here."""
        if not 0 < len(name) < 32 or len(self._systems) >= _NAMES_MOST:
            return
        try:
            found = crs_.canonical(name.decode("ascii"))
        except (GeoError, UnicodeError):
            return
        if found in _DEGREES:
            self._systems[name] = found

    def _language(self, scope: Scope, asked: dict[bytes, bytes]) -> Lang:
        return language_for(asked.get(b"lang", b"").decode("latin-1"), accepted(scope), self._lang)


class Application(FastAPI):
    """The framework's application with the routes that locate one point before it.

    What the hot route leaves goes to `points`, the typed routes alone: bodies to be limited or compressed have no part
    in them. Many points in one body go to `batches`, the same with limits and compression.
    """

    hot: HotRoute | None = None
    points: Points | None = None
    batches: ASGIApp | None = None
    # What stands before all of them, if anything does.
    door: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await (self.door or self.serve)(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The document that describes the interface."""
        if self.openapi_schema is None:
            complete(super().openapi(), self.state.own_routes)
        return super().openapi()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request by the quickest way that can answer it."""
        hot, points = self.hot, self.points
        if (
            hot is None
            or points is None
            or scope["type"] != "http"
            or scope["path"] not in POINT_PATHS
            or scope["method"] not in ("GET", "HEAD")
        ):
            many = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH
            if many and self.batches is not None:
                await self.batches(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
            return
        started = time.perf_counter()
        body = hot.answer(scope, explained=scope["path"] == EXPLAIN)
        if body is None:
            await points.get(scope, receive, send)
            return
        headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})
        hot.metrics.count(scope["method"], scope["path"], 200, time.perf_counter() - started)


_HEADERS: Final = ((b"content-type", b"application/json"), *SECURITY_HEADERS)


def _asked(query: bytes) -> dict[bytes, bytes] | None:
    """The parameters of a plain query; None where it holds anything that wants a closer look."""
    if b"%" in query or b"+" in query:
        return None
    asked: dict[bytes, bytes] = {}
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name not in _KNOWN or name in asked or not value:
            return None
        asked[name] = value
    for name in (b"lon", b"lat"):
        if asked.get(name, b"?").translate(None, _NUMBER):  # Python reads more as a number than the typed route does
            return None
    return asked


_KNOWN: Final = frozenset({b"lon", b"lat", b"crs", b"as_of", b"lang"})
