"""Errors as RFC 9457 problem documents: one table from the error tree to status codes."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Match

from geo import errors
from geo.api.faults import place_of, sentence_of
from geo.api.language import language_of
from geo.api.middleware import Encoded, TooLarge
from geo.masks import mask_text
from geo.messages import say

log = logging.getLogger(__name__)

# A batch of 50,000 points with all their digits takes 3 MB.
BODY_MOST_MB: Final = 16
# A million points in Arrow take 16 MB, beside whatever other columns a client sends along.
ARROW_MOST_MB: Final = 64

STATUS: Final[Mapping[type[errors.GeoError], int]] = {
    errors.InvalidInput: 422,
    errors.InvalidCoordinate: 422,
    errors.InvalidCrs: 422,
    errors.InvalidBoundary: 422,
    errors.OutsideCoverage: 422,
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.PartitionInfeasible: 422,
    errors.StoreError: 503,
}


def problem(request: Request, status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """A problem document; `code` is stable and for programs, `detail` for people in the request's language."""
    lang = language_of(request)
    body = {
        "type": f"urn:wangge:problem:{code}",
        "title": say(f"http_{status}", lang),
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return JSONResponse(body, status, media_type="application/problem+json", headers={"Content-Language": lang})


# What a client may cause; anything else is a fault of the program, which the server is to know of.
EXPECTED: Final = (errors.GeoError, RequestValidationError, HTTPException)


def install(app: Starlette) -> None:
    """Answer every error of the tree, of validation and of the framework in the same form."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer(request, error)

    for kind in (*EXPECTED, Exception):
        app.add_exception_handler(kind, handle)


def answer(request: Request, error: Exception) -> Response:
    """The problem document of an error."""
    if isinstance(error, errors.GeoError):
        return _known(request, error)
    if isinstance(error, RequestValidationError):
        return _unfit(request, error)
    if isinstance(error, HTTPException):
        return _framework(request, error)
    # The text of a foreign error may hold a query or a path: it goes to the log, never to the client.
    log.error("unexpected error on %s", request.url.path, exc_info=error)
    return problem(request, 500, "unexpected", say("unexpected", language_of(request), detail=type(error).__name__))


def _known(request: Request, error: errors.GeoError) -> JSONResponse:
    status = STATUS.get(type(error), 500)
    error = error.masked()  # what was sent is echoed, but for what tells of persons
    if status >= 500:
        log.error("%s", error)
    return problem(request, status, error.code, error.message(language_of(request)), context=plain_context(error))


def _unfit(request: Request, error: RequestValidationError) -> JSONResponse:
    lang = language_of(request)
    lacks_crs = [
        fault["loc"][-1] == "crs" and fault["type"] in ("missing", "string_too_short") for fault in error.errors()
    ]
    faults = [
        {
            "where": place_of(fault),
            "what": say("crs_required", lang) if lacks else sentence_of(fault, lang),
        }
        for fault, lacks in zip(error.errors(), lacks_crs, strict=True)
    ]
    if lacks_crs == [True]:
        return problem(request, 422, "crs_required", faults[0]["what"], errors=faults)
    first = faults[0] if faults else {"where": "?", "what": "?"}
    detail = say("request_invalid", lang, where=first["where"], what=first["what"].rstrip("。."))
    return problem(request, 422, "request_invalid", detail, errors=faults)


def _framework(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": ", ".join([*_methods(request), "OPTIONS"])})
    code = f"http_{error.status_code}"
    lang = language_of(request)
    detail = error.detail
    if error.status_code in (400, 404, 405, 408, 413, 415):
        most = error.most if isinstance(error, TooLarge) else BODY_MOST_MB * 1_000_000
        detail = say(f"{code}_detail", lang, path=mask_text(request.url.path), most_mb=most // 1_000_000)
    if isinstance(error, Encoded):
        detail = say("http_415_encoded", lang, encoding=mask_text(error.encoding))
    found = problem(request, error.status_code, code, detail)
    for name, value in (error.headers or {}).items():
        found.headers[name] = value
    if error.status_code == 405:
        found.headers["Allow"] = ", ".join(_methods(request))
    return found


def _methods(request: Request) -> list[str]:
    """What a path takes: the framework names the methods of its first route alone."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    found = [method for method in ("DELETE", "GET", "PATCH", "POST", "PUT") if takes(method)]
    return sorted([*found, "HEAD"] if "GET" in found else found)


def plain_context(error: errors.GeoError) -> dict[str, Any]:
    """What an error names, as JSON can hold it."""
    return {key: _plain(value) for key, value in error.context.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no NaN and no infinity
    return value if isinstance(value, int | float | str | bool | None) else str(value)
