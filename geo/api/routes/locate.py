"""Coordinates and addresses to grids."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query

from geo.api.dependencies import AsOfDep, LangDep, SayNoteDep, ServiceDep
from geo.api.schemas import CRS_HELP, BatchIn, BatchOut, LocationOut, RowError
from geo.errors import GeoError, InvalidInput
from geo.service.context import get_plan_in_force, net_of
from geo.service.locate import locate_address, locate_point, locate_rows

router = APIRouter(prefix="/v1", tags=["locate"])

BATCH_MOST = 50_000


@router.get("/locate")
def get_location(
    service: ServiceDep,
    say_note: SayNoteDep,
    as_of: AsOfDep,
    lon: Annotated[float, Query(description="Longitude, degrees (easting where `crs` is projected).")],
    lat: Annotated[float, Query(description="Latitude, degrees (northing where `crs` is projected).")],
    crs: Annotated[str, Query(min_length=1, max_length=4000, description=CRS_HELP)],
    accuracy_m: Annotated[float | None, Query(gt=0, allow_inf_nan=False)] = None,
) -> LocationOut:
    """The one grid that a coordinate lies in, with the chain of areas above it."""
    net = net_of(service, get_plan_in_force(service, as_of))
    found = locate_point(service, lon=lon, lat=lat, crs=crs, accuracy_m=accuracy_m, net=net)
    return LocationOut.of(found, net.names, say_note(found.note, found.context))


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
