"""Coordinates and addresses to grids."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from geo.api.answers import describe, net_at
from geo.api.dependencies import AsOfDep, LangDep, SayNoteDep, ServiceDep
from geo.api.language import language_of
from geo.api.query import parameters_of, read_query
from geo.api.schemas import BatchIn, BatchOut, ExplainOut, LocationOut, PointQuery, RowError
from geo.crs import canonical
from geo.errors import GeoError, InvalidInput
from geo.messages import say
from geo.model import Location
from geo.service.context import Net, get_plan_in_force, net_of
from geo.service.explain import explain
from geo.service.locate import Spot, find_spot, locate_address, locate_rows, location_of
from geo.service.timetable import read_day

router = APIRouter(prefix="/v1", tags=["locate"])

BATCH_MOST = 50_000


@router.get("/locate", response_model=LocationOut, openapi_extra=parameters_of(PointQuery))
async def get_location(request: Request) -> Response:
    """The one grid that a coordinate lies in, with the chain of areas above it.

    Made to be asked all day: plain requests are answered ahead of the framework. Why a point lies where it does is
    told by `/v1/locate/explain`.
    """
    _, _, body = await _located(request)
    return _json(body)


@router.get("/locate/explain", response_model=ExplainOut, openapi_extra=parameters_of(PointQuery))
async def explain_location(request: Request) -> Response:
    """The same answer with the reasons in sentences, for people: the plan, the datum, the border, other readings."""
    asked, (net, spot, found), body = await _located(request)
    lang = language_of(request)
    why = [say(key, lang, **values) for key, values in explain(net, spot, x=asked.lon, y=asked.lat, location=found)]
    return _json(ExplainOut.model_construct(**body.__dict__, why=why))


async def _located(request: Request) -> tuple[PointQuery, tuple[Net, Spot, Location], LocationOut]:
    asked = read_query(request, PointQuery)
    as_of = None if asked.as_of is None else read_day(asked.as_of)
    net = await net_at(request.app.state.service, as_of)
    spot = find_spot(net, asked.lon, asked.lat, crs=asked.crs)
    found = location_of(net, spot, crs=canonical(asked.crs), accuracy_m=asked.accuracy_m)
    return asked, (net, spot, found), describe(net, found, language_of(request))


def _json(body: BaseModel) -> Response:
    return Response(to_json(body), media_type="application/json")


@router.post("/locate")
def post_locations(service: ServiceDep, lang: LangDep, body: BatchIn) -> BatchOut:
    """Up to 50,000 points in one request; a bad row comes back with its reason and fails no other."""
    lon, lat = _columns(body)
    if len(lon) > BATCH_MOST:
        raise InvalidInput("batch_too_large", count=len(lon), most=BATCH_MOST)
    net = net_of(service, get_plan_in_force(service, body.as_of))
    answers = locate_rows(net, [(x, y, body.crs) for x, y in zip(lon, lat, strict=True)])
    errors = [
        RowError(row=row, code=answer.code, detail=answer.message(lang))
        for row, answer in enumerate(answers, 1)
        if isinstance(answer, GeoError)
    ]
    good = [None if isinstance(answer, GeoError) else answer for answer in answers]
    return BatchOut(
        plan=net.plan.id,
        crs=body.crs,
        grid=[None if answer is None else answer.grid for answer in good],
        status=["error" if answer is None else answer.status for answer in good],
        shift_m=[None if answer is None else answer.shift_m for answer in good],
        border_m=[
            None if answer is None or not np.isfinite(answer.border_m or 0) else answer.border_m for answer in good
        ],
        errors=errors,
    )


@router.get("/geocode")
def get_address(
    service: ServiceDep,
    say_note: SayNoteDep,
    as_of: AsOfDep,
    text: Annotated[str, Query(min_length=1, max_length=400, description="A Chinese address or a citizen's words.")],
) -> LocationOut:
    """The grid of a Chinese address: located, or ambiguous, conflict, area_only, none with the candidates."""
    net = net_of(service, get_plan_in_force(service, as_of))
    found = locate_address(service, text, net=net)
    return LocationOut.of(found, net.names, say_note(found.note, found.context))


def _columns(body: BatchIn) -> tuple[list[float], list[float]]:
    if body.points is not None and body.lon is None and body.lat is None:
        return [point[0] for point in body.points], [point[1] for point in body.points]
    if body.points is None and body.lon is not None and body.lat is not None:
        if len(body.lon) != len(body.lat):
            raise InvalidInput("batch_uneven", lon=len(body.lon), lat=len(body.lat))
        return body.lon, body.lat
    raise InvalidInput("batch_shape")
