"""Plans and their grids, read-only: importing and publishing are done at the command line until there are accounts."""

from __future__ import annotations

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Path, Request, Response

from geo.api.dependencies import AsOfDep, ServiceDep
from geo.api.plan_schemas import GridOut, PlanOut
from geo.api.unchanged import Tagged, is_held, not_modified, tag_of
from geo.errors import NotFound
from geo.service.context import get_plan_in_force, knowledge, net_of

router = APIRouter(prefix="/v1", tags=["plans"], route_class=Tagged)

PlanId = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/plans")
def get_plans(service: ServiceDep) -> list[PlanOut]:
    """All plans, newest first."""
    return [PlanOut.of(plan) for plan in service.store.list_plans(today=service.today())]


@router.get("/plans/{plan_id}")
def get_plan(service: ServiceDep, plan_id: PlanId) -> PlanOut:
    """One plan."""
    return PlanOut.of(service.store.get_plan(plan_id, today=service.today()))


@router.get("/plans/{plan_id}/grids", response_model=dict[str, Any])
def get_plan_grids(service: ServiceDep, plan_id: PlanId, request: Request, response: Response) -> Any:
    """The grids of a plan as GeoJSON (RFC 7946: lon, lat WGS84)."""
    plan = service.store.get_plan(plan_id, today=service.today())
    # Told before anything is made: the grids of a plan change with its revision alone.
    tag = tag_of(f"{plan.id}-{plan.revision}-{plan.created_at.timestamp():.6f}")
    if is_held(request, tag):
        return not_modified(tag)
    response.headers["ETag"] = tag
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": grid.code,
                "properties": {
                    "code": grid.code,
                    "name": grid.name,
                    "kind": grid.kind,
                    "parent": grid.parent,
                    "weight": grid.weight,
                    "units": grid.units,
                    "households": grid.households,
                    "residents": grid.residents,
                },
                "geometry": shapely.geometry.mapping(grid.geometry),
            }
            for grid in service.store.get_grids(plan_id)
        ],
    }


@router.get("/plans/{plan_id}/lineage")
def get_plan_lineage(service: ServiceDep, plan_id: PlanId) -> list[dict[str, Any]]:
    """Who came from where: weight by old and new grid; "" is no grid."""
    service.store.get_plan(plan_id, today=service.today())
    return [{"from": old, "to": new, "weight": weight} for old, new, weight in service.store.get_lineage(plan_id)]


@router.get("/grids/{code}")
def get_grid(service: ServiceDep, as_of: AsOfDep, code: Annotated[str, Path(max_length=64)]) -> GridOut:
    """A grid of the plan in force, with its chain and its staff."""
    plan = get_plan_in_force(service, as_of)
    net = net_of(service, plan)
    for grid, chain in zip(net.grids, net.chains, strict=True):
        if grid.code == code:
            staff = [post for post in knowledge(service).place.staff if post.grid == code]
            return GridOut(
                code=grid.code,
                name=grid.name,
                kind=grid.kind,
                parent=grid.parent,
                chain=list(chain),
                names=[net.names.get(part, part) for part in chain],
                plan=plan.id,
                weight=grid.weight,
                units=grid.units,
                households=grid.households,
                residents=grid.residents,
                staff=[{"role": post.role, "name": post.name, "vacant": post.name is None} for post in staff],
                geometry=dict(shapely.geometry.mapping(grid.geometry)),
            )
    raise NotFound("grid_unknown", code=code, plan=plan.id)
