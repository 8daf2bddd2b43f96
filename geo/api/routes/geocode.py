"""Addresses to grids, and the gazetteer they are looked up in."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from geo.api.answers import net_at
from geo.api.dependencies import AsOfDep, LangDep, ServiceDep
from geo.api.geocode_bodies import ROWS_MOST, TEXT_MOST, EntryOut, GeocodeIn, GeocodeOut, GeocodesOut
from geo.api.geocode_rows import CSV, LINES, answer_csv, answer_lines, check_rows
from geo.api.language import language_of
from geo.api.locate_schemas import RowError
from geo.api.query import body_of
from geo.errors import InvalidInput
from geo.messages import Lang
from geo.service.context import Net, Service, find_plan_in_force, get_plan_in_force, net_of
from geo.service.gazetteer import get_entry
from geo.service.geocode import geocode
from geo.service.geocode_many import geocode_many
from geo.service.micro_lookup import with_micro
from geo.service.timetable import read_day

router = APIRouter(prefix="/v1", tags=["geocode"])

ScopeQuery = Annotated[
    str | None, Query(max_length=64, description="Code or name of the street or community that the place lies in.")
]
_TEXTS: Final[dict[str, Any]] = {"schema": {"type": "string"}}
_MANY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            **body_of(GeocodeIn),
            LINES[0]: {**_TEXTS, "example": '{"id": 7, "text": "阳光小区3号楼2单元"}\n'},
            CSV[0]: {**_TEXTS, "example": "id,text\n7,阳光小区3号楼2单元\n"},
        },
    }
}
_MANY_OUT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {LINES[0]: _TEXTS, CSV[0]: _TEXTS}},
    415: {"description": "Neither JSON nor lines of JSON nor CSV."},
}


@router.get("/geocode")
def get_address(
    service: ServiceDep,
    lang: LangDep,
    as_of: AsOfDep,
    text: Annotated[
        str,
        Query(
            max_length=TEXT_MOST,
            description="A Chinese address or a citizen's words; the first thousand characters are read.",
            examples=["东昌街道和平社区阳光小区3号楼2单元楼道灯不亮"],
        ),
    ],
    scope: ScopeQuery = None,
    level: Annotated[
        Literal["grid", "micro"], Query(description="`micro`: the micro-grid (微网格) of a building too.")
    ] = "grid",
) -> GeocodeOut:
    """The grid of an address: match, ambiguous, conflict, area_only or none, with candidates and reasons.

    Any text has such an outcome, also an empty or a hostile one.
    """
    net = net_of(service, get_plan_in_force(service, as_of))
    found = geocode(service, text, net=net, scope=scope)
    if level == "micro" and found.level == "building" and found.location is not None:
        placed = with_micro(service, net, found.location, as_of=as_of, stairwell=found.stairwell or None)
        found = replace(found, location=placed)
    return GeocodeOut.of(found, net.names, lang)


@router.post("/geocode", response_model=GeocodesOut, openapi_extra=_MANY, responses=_MANY_OUT)
async def post_addresses(
    request: Request,
    scope: ScopeQuery = None,
    as_of: Annotated[str | None, Query(json_schema_extra={"format": "date"})] = None,
    field: Annotated[str, Query(max_length=200, description="Of lines and CSV: where the text stands.")] = "text",
) -> Response:
    """Up to 5,000 texts in one request, answered in kind: JSON, lines of JSON or CSV, in order.

    Lines and CSV keep their own members and columns and get `geo_status`, `geo_grid` and others; `scope` and `as_of`
    are then query parameters. A row that cannot be read comes back with its reason and fails no other. For files of
    any length there is `geo geocode`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    service: Service = request.app.state.service
    lang = language_of(request)
    if kind in ("application/json", ""):
        asked = _read(body)
        net = await net_at(service, None if asked.as_of is None else read_day(asked.as_of))
        answer = await to_thread.run_sync(lambda: _in_json(service, net, asked, lang))
        return Response(answer, media_type="application/json")
    if kind not in (*LINES, *CSV):
        raise HTTPException(415)
    net = await net_at(service, None if as_of is None else read_day(as_of))
    write = answer_lines if kind in LINES else answer_csv

    def work() -> bytes:
        return write(body, field, lambda texts: geocode_many(service, texts, net=net, scope=scope), lang)

    return Response(await to_thread.run_sync(work), media_type=kind)


def _read(body: bytes) -> GeocodeIn:
    try:
        return GeocodeIn.model_validate_json(body)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from None


def _in_json(service: Service, net: Net, asked: GeocodeIn, lang: Lang) -> bytes:
    check_rows(len(asked.texts))
    found = geocode_many(service, [text or "" for text in asked.texts], net=net, scope=asked.scope)
    errors = []
    results: list[GeocodeOut | None] = []
    for row, (text, one) in enumerate(zip(asked.texts, found, strict=True), start=1):
        if text is None:
            fault = InvalidInput("geocode_no_text", row=row, field="texts")
            errors.append(RowError(row=row, code=fault.code, detail=fault.message(lang)))
        results.append(None if text is None else GeocodeOut.of(one, net.names, lang))
    return to_json(GeocodesOut(plan=net.plan.id, results=results, errors=errors))


@router.get("/gazetteer/{entry_id}")
def get_gazetteer_entry(
    service: ServiceDep,
    as_of: AsOfDep,
    entry_id: Annotated[str, Path(max_length=200, description="Id of an entry, as candidates name it.")],
) -> EntryOut:
    """One entry of the gazetteer, and the grids that it lies in under the plan in force."""
    plan = find_plan_in_force(service, as_of)
    net = None if plan is None else net_of(service, plan)
    return EntryOut.model_validate(get_entry(service, entry_id, net))


__all__ = ["ROWS_MOST", "router"]
