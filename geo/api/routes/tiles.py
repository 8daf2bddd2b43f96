"""Vector tiles and what describes them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from geo.api.dependencies import ServiceDep
from geo.api.unchanged import is_held, tag_of
from geo.service.tiles import describe_tiles, tile_unless

router = APIRouter(tags=["maps"])

_TYPE = "application/vnd.mapbox-vector-tile"
_LayerName = Annotated[str, Path(max_length=32)]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "Nothing lies in this tile."},
    304: {"description": "The client holds the present tile (`If-None-Match`)."},
}
_PlanId = Annotated[
    int | None, Query(alias="plan", ge=1, lt=2**31, description="Of the layers of a plan, whose; the one in force.")
]


@router.get("/tiles/{layer}.json")
def tile_json(request: Request, service: ServiceDep, layer: _LayerName, plan_id: _PlanId = None) -> dict[str, Any]:
    """TileJSON 3.0 of a layer."""
    said = describe_tiles(service, layer, plan_id=plan_id)
    base = str(request.base_url).rstrip("/")
    which = "" if plan_id is None else f"?plan={plan_id}"
    return {**said, "tiles": [f"{base}/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt{which}"]}


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt", response_class=Response, responses=_ANSWERS)
def vector_tile(
    request: Request,
    service: ServiceDep,
    layer: _LayerName,
    z: Annotated[int, Path(ge=0, le=30)],
    x: Annotated[int, Path(ge=0, lt=2**30)],
    y: Annotated[int, Path(ge=0, lt=2**30)],
    plan_id: _PlanId = None,
) -> Response:
    """A Mapbox Vector Tile of the layer grids, borders, units, buildings, roads, water, other or issues.

    204 where nothing lies. Issues are one by one where a tile has few, else counted by state in cells; a tile never
    holds what people wrote about an issue.
    """
    version, body = tile_unless(service, layer, z, x, y, lambda known: is_held(request, tag_of(known)), plan_id=plan_id)
    headers = {"ETag": tag_of(version), "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if body is None:
        return Response(status_code=304, headers=headers)
    if not body.data:
        return Response(status_code=204, headers=headers)
    if body.packed and _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(body.data, media_type=_TYPE, headers={**headers, "Content-Encoding": "gzip"})

    return Response(body.plain(), media_type=_TYPE, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether a client's Accept-Encoding allows gzip."""
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
