"""Lines and areas to grids."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Literal

import shapely
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from geo.api.dependencies import ServiceDep
from geo.api.schemas import CRS_HELP, Out
from geo.errors import InvalidInput
from geo.service.context import get_plan_in_force, net_of
from geo.service.shapes import share_shape

router = APIRouter(prefix="/v1", tags=["locate"])


class ShapeIn(BaseModel):
    """A line, an area or points."""

    model_config = ConfigDict(extra="forbid")

    geometry: dict[str, Any] = Field(
        description="A GeoJSON geometry, one or many of one kind, up to 50,000 corners; its numbers are in `crs`."
    )
    crs: str = Field(min_length=1, max_length=4000, description=CRS_HELP)
    as_of: date | None = Field(None, description="Answer with the plan in force on this day.")


class GridShareOut(Out):
    """What one grid has of the shape; `grid` is null for what lies in no grid."""

    grid: str | None
    name: str | None
    chain: list[str] = Field(description="Codes from the district down to the grid.")
    share: float = Field(description="Of the shape; all shares sum to 1.")
    amount: float = Field(description="Metres, square metres or points, as `measure` says.")


class ShapeOut(Out):
    """The grids that a shape touches and the one that should lead."""

    plan: int
    measure: Literal["points", "m", "m2"]
    amount: float = Field(description="How long or large the shape is; what it covers twice counts once.")
    shares: list[GridShareOut] = Field(description="Greatest first; what lies outside comes last.")
    lead: str | None = Field(description="The grid with the greatest share, of equals the lowest code.")
    contested: list[str] = Field(description="Grids that overlap within the shape: a fault of the plan.")


@router.post("/locate/shape")
def post_shape(service: ServiceDep, body: ShapeIn) -> ShapeOut:
    """Every grid that a line (a closed road) or an area (a flooded block) touches, with shares, and a proposed lead.

    A line along a border is the lower code's, once; special grids have their part before the net. Parts that only touch
    a grid's border have no share.
    """
    try:
        shape = shapely.from_geojson(json.dumps(body.geometry))
    except (shapely.errors.GEOSException, ValueError, RecursionError) as error:
        raise InvalidInput("shape_not_geojson", detail=str(error)[:200]) from None
    net = net_of(service, get_plan_in_force(service, body.as_of))
    return ShapeOut.model_validate(share_shape(net, shape, crs=body.crs))
