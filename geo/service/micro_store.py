"""Micro-grids (微网格) of a file become those of a stored plan, once every door lies in its grid."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import shapely

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.model import MicroDrawing, MicroEdition
from geo.service.chain import in_net
from geo.service.context import Net, Service, net_of

# A door on the border may come out of a file on its other side: other systems round differently.
_ON_BORDER_M: Final = 0.1


def import_micro(
    service: Service, plan_id: int, path: str, *, effective: date | None, actor: str
) -> tuple[MicroEdition, int]:
    """Store the micro-grids of a file as those of a plan; returns the edition and the households left out.

    A draft's earlier ones are replaced. Those of a published plan keep their days: the new ones need a first day.

    Raises
    ------
    InvalidInput
        Households lie outside the grid that their micro-grid divides, or the store refuses the day or the codes.
    Conflict
        The day does not fit into the dates of the plan.
    """
    drawing = service.files.read_micro(path)
    plan = service.store.get_plan(plan_id, today=service.today())
    check_micro(net_of(service, plan), drawing, plan=str(plan_id))
    return service.store.save_micro(plan_id, drawing, effective=effective, actor=actor), drawing.left_out


def check_micro(net: Net, drawing: MicroDrawing, *, plan: str) -> None:
    """Refuse doors that lie outside the grid of their micro-grid; grids that `net` lacks are left to the store."""
    number = {grid.code: k for k, grid in enumerate(net.grids)}
    of_micro = {micro.code: number.get(micro.grid, -1) for micro in drawing.grids}
    doors = drawing.doors
    grid = np.array([of_micro.get(str(code), -1) for code in doors.micro], dtype=np.int32)
    rows = np.flatnonzero(~shapely.is_missing(doors.point) & (grid >= 0))
    if not len(rows):
        return
    point = crs_.project(doors.point[rows], source=drawing.crs, target=crs_.WGS84)
    lon, lat, wanted = shapely.get_x(point), shapely.get_y(point), grid[rows]
    good = net.index.locate(lon=lon, lat=lat) == wanted
    good |= in_net(net, net.base.locate(lon=lon, lat=lat)) == wanted
    far = np.flatnonzero(~good)
    if len(far):
        metres = net.index.border_m(lon=lon[far], lat=lat[far], index=wanted[far])
        far, metres = far[metres > _ON_BORDER_M], metres[metres > _ON_BORDER_M]
    if len(far):
        first = rows[far[0]]
        raise InvalidInput(
            "micro_out_of_grid",
            count=len(far),
            code=str(doors.micro[first]),
            building=str(doors.building[first] or "-"),
            grid=net.grids[grid[first]].code,
            metres=float(metres[0]),
            plan=plan,
        )
