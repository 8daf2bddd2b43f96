"""Coordinates and addresses to grids."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from geo.api.answers import Json, describe, net_at, render, with_reasons
from geo.api.arrow import MEDIA_TYPE, read_arrow, write_arrow
from geo.api.batch import (
    BRIEF_SLOW,
    is_brief,
    is_doubtful,
    locate_batch,
    more_of,
    refuse_doubtful,
    write_json,
)
from geo.api.batch_read import read_json
from geo.api.known import check_names
from geo.api.language import accepted, language_for, language_of
from geo.api.locate_schemas import BatchBody, BatchOut, BatchQuery, ExplainOut, PointQuery
from geo.api.query import body_of, given_in, parameters_of, read_given, read_query
from geo.api.schemas import LocationOut
from geo.crs import canonical, is_geographic
from geo.errors import InvalidInput
from geo.service.context import Service
from geo.service.explain import explain
from geo.service.honest import is_rounded
from geo.service.locate import find_spot, location_of
from geo.service.micro_lookup import with_micro
from geo.service.placing_reports import place_point_and_text
from geo.service.timetable import read_day

T = TypeVar("T")

router = APIRouter(prefix="/v1", tags=["locate"])

# An Arrow body has no schema in JSON's words; its parameters stand in the query, which a JSON body needs not.
_BINARY = {"schema": {"type": "string", "format": "binary"}}
BATCH_IN = {
    **parameters_of(BatchQuery, optional=True),
    "requestBody": {"required": True, "content": {**body_of(BatchBody), MEDIA_TYPE: _BINARY}},
}
BATCH_OUT: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: _BINARY}},
    415: {"description": "Neither JSON nor an Arrow IPC stream."},
}


@router.get("/locate", response_model=LocationOut, openapi_extra=parameters_of(PointQuery))
async def get_location(request: Request) -> Response:
    """The one grid that a coordinate lies in, with the chain of areas above it.

    Made to be asked all day: plain requests are answered ahead of the framework. Why a point lies where it does is
    told by `/v1/locate/explain`. With `text`, both are weighed: agreement is `method` "both", words decide near a
    border, and places too far apart are the note `both_conflict` with both of them in `context`.
    """
    return await _located(request, explained=False)


@router.get("/locate/explain", response_model=ExplainOut, openapi_extra=parameters_of(PointQuery))
async def explain_location(request: Request) -> Response:
    """The same answer with the reasons in sentences, for people: the plan, the datum, the border, other readings."""
    return await _located(request, explained=True)


async def _located(request: Request, *, explained: bool) -> Response:
    given = given_in(request.scope["query_string"])
    asked = read_given(given, PointQuery)
    if asked.level != "micro" and (asked.stairwell is not None or asked.floor is not None):
        raise InvalidInput("micro_not_asked", name="floor" if asked.stairwell is None else "stairwell")
    state = request.scope["app"].state
    lang = language_for(dict(given).get("lang", ""), accepted(request.scope), state.settings.lang)
    service: Service = state.service
    as_of = None if asked.as_of is None else read_day(asked.as_of)
    net = await net_at(service, as_of)
    crs = canonical(service.systems.resolve(asked.crs))
    spot = find_spot(net, asked.lon, asked.lat, crs=crs)
    xy = (asked.lon, asked.lat)
    degrees = is_geographic(crs)
    exact = asked.accuracy_m is None and not is_rounded(*xy, degrees=degrees)
    exact = exact and (degrees or spot.grid >= 0)  # outside, numbers of a plane are looked at again
    if exact and asked.level == "grid" and asked.text is None:
        body = render(net, spot, crs, lang)
    else:
        found = location_of(net, spot, crs=crs, accuracy_m=asked.accuracy_m, given=xy)
        if asked.text is not None:
            weigh = partial(place_point_and_text, accuracy_m=asked.accuracy_m)
            found = await to_thread.run_sync(weigh, service, net, found, asked.text)
        if asked.level == "micro":
            # The first such question of a plan reads its households; that must not hold up the others.
            ask = partial(with_micro, as_of=as_of, stairwell=asked.stairwell, floor=asked.floor)
            found = await to_thread.run_sync(ask, service, net, found, spot)
        body = to_json(describe(net, found, lang))
    if explained:
        reasons = explain(net, spot, x=asked.lon, y=asked.lat, crs=crs, accuracy_m=asked.accuracy_m)
        body = with_reasons(net, spot, crs, body, reasons, lang)
    return Json(body)


@router.post("/locate", response_model=BatchOut, openapi_extra=BATCH_IN, responses=BATCH_OUT)
async def post_locations(request: Request) -> Response:
    """Many points in one request; a bad row comes back with its reason and fails no other.

    JSON takes up to 50,000 points and 16 MB, as pairs (`points`) or a little faster as columns (`lon`, `lat`). An Arrow
    IPC stream (`application/vnd.apache.arrow.stream`, not compressed) with the number columns `lon` and `lat` takes up
    to 1,000,000 points and 64 MB; `crs`, `as_of`, `fields` and `force` are then query parameters. The answer is of the
    same kind unless `Accept` names the other one. A batch that clearly is in another system than it claims is refused
    with that hint, unless `force`: one of 30 to 2,000 points always, a longer one where over 2 % lie in no grid.

    `accuracy_m` (one number, or one for each point: a list, or a column of an Arrow body) brings `note` and
    `candidates`, as `fields` does; `fields` may name `micro` too. Each point is told what GET tells of it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (MEDIA_TYPE, "application/json", ""):
        raise HTTPException(415)
    body = await request.body()
    if kind != MEDIA_TYPE:
        check_names((name for name, _ in request.query_params.multi_items()), BatchQuery.model_fields)
    query = read_query(request, BatchQuery) if kind == MEDIA_TYPE else None
    service: Service = request.app.state.service
    accept = request.headers.get("accept", "")
    in_arrow = MEDIA_TYPE in accept or (kind == MEDIA_TYPE and "application/json" not in accept)
    lang = language_of(request)
    # What takes longer than a moment goes to a thread: single points are answered meanwhile. To go there and come back
    # takes as long as to locate some thousands, and to read JSON keeps the interpreter's lock wherever it is done.
    read = _at_once if len(body) <= _SHORT_BYTES else _in_thread
    asked = await read(lambda: read_json(body) if query is None else read_arrow(body, query))
    as_of = None if asked.as_of is None else read_day(asked.as_of)
    net = await net_at(service, as_of)
    run = _at_once if is_brief(asked) else _in_thread
    found = await run(lambda: locate_batch(service, net, asked))
    if is_doubtful(asked, found):
        judge = _at_once if len(found) <= BRIEF_SLOW else _in_thread
        await judge(lambda: refuse_doubtful(service, net, asked))
    more = await run(lambda: more_of(service, net, asked, found, as_of))
    write = write_arrow if in_arrow else write_json
    return Response(
        await run(lambda: write(net, asked, found, more, lang)),
        media_type=MEDIA_TYPE if in_arrow else "application/json",
    )


# 10,000 points as JSON take 230,000 to 250,000 bytes.
_SHORT_BYTES = 400_000


async def _in_thread(work: Callable[[], T]) -> T:
    return await to_thread.run_sync(work)


async def _at_once(work: Callable[[], T]) -> T:
    return work()
