"""The typed routes of points by themselves, without the framework's layers around them.

They read their parameters and make their bodies themselves; what the framework does around a route (matching, two
catchers of errors, each with a sender of its own) takes as long as the route. What it would add is added here: faults
as problem documents, headers, counting, HEAD. A test holds both against one another.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from geo.api import problems
from geo.api.middleware import SECURITY_HEADERS, Metrics

Endpoint = Callable[[Request], Awaitable[Response]]


class _Named(NamedTuple):
    """What counts requests reads of a route."""

    path: str


class Points:
    """Routes by method and path; the application lends its state and describes them.

    Called as an ASGI application it answers what needs limits and compression around it; `get` answers the questions
    about one point, with everything that such an answer needs.
    """

    def __init__(self, app: FastAPI, metrics: Metrics, routes: Mapping[tuple[str, str], Endpoint]) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = routes
        self._named: Final = {path: _Named(path) for _, path in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["app"], scope["route"] = self._app, self._named[scope["path"]]
        request = Request(scope, receive)
        response, fault = await self._answer(request, scope["method"])
        await response(scope, receive, send)
        if fault is not None:
            raise fault

    async def get(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a question without a body, GET or HEAD."""
        started = time.perf_counter()
        scope["app"] = self._app
        status = 500
        try:
            response, fault = await self._answer(Request(scope, receive), "GET")
            status = response.status_code
            headers = [*response.raw_headers, *SECURITY_HEADERS]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            body = response.body if scope["method"] == "GET" else b""
            await send({"type": "http.response.body", "body": body})
            if fault is not None:
                raise fault
        finally:
            self._metrics.count(scope["method"], scope["path"], status, time.perf_counter() - started)

    async def _answer(self, request: Request, method: str) -> tuple[Response, Exception | None]:
        """The answer; with it what nobody foresaw, which the server is to know of once the client has its answer."""
        try:
            return await self._routes[method, request.scope["path"]](request), None
        except ClientDisconnect:
            return Response(status_code=_GONE), None
        except Exception as error:
            expected = isinstance(error, problems.EXPECTED)
            return problems.answer(request, error), None if expected else error


# Nobody reads it; only the counter does. The usual number for a client that went away before its answer.
_GONE: Final = 499
