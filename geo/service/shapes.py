"""Lines and areas → the grids they touch, with shares and a proposed lead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.locate.shapes import Cover, Measure
from geo.service.columns import check_points
from geo.service.context import Net

VERTICES_MOST = 50_000


@dataclass(frozen=True)
class GridShare:
    """What one grid has of a shape; `grid` None is what no grid has. `amount` as `ShapeShares.measure` counts."""

    grid: str | None
    name: str | None
    chain: tuple[str, ...]
    share: float
    amount: float


@dataclass(frozen=True)
class ShapeShares:
    """Where a shape lies in one plan.

    Attributes
    ----------
    plan : number of the plan, 0 of a plan file
    measure : "points" (a count), "m" (metres) or "m2" (square metres)
    shares : greatest first, outside last; they sum to 1
    lead : code of the grid with the greatest share (of equals the lowest), None where all is outside
    contested : codes of grids that lie over one another within the shape, a fault of the plan
    """

    plan: int
    measure: Measure
    amount: float
    shares: tuple[GridShare, ...]
    lead: str | None
    contested: tuple[str, ...]


def share_shape(net: Net, shape: BaseGeometry, *, crs: str) -> ShapeShares:
    """How much of a shape lies in each grid of a net.

    Parameters
    ----------
    shape : points, lines or polygons, one or many of one kind, in `crs`; between corners it is straight in degrees

    Raises
    ------
    InvalidCrs, InvalidCoordinate
        `crs` is unknown, or a corner is no place in it.
    InvalidInput
        The shape is empty, too detailed, of several kinds, or a polygon that crosses itself.
    """
    if shape is None or shape.is_empty:
        raise InvalidInput("shape_empty")
    xy = shapely.get_coordinates(shape)
    if len(xy) > VERTICES_MOST:
        raise InvalidInput("shape_too_large", count=len(xy), most=VERTICES_MOST)
    for fault in check_points(np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), crs=crs).values():
        raise fault
    found = cover_of(net).shares(crs_.project(shape, source=crs, target=crs_.WGS84))
    return ShapeShares(
        plan=net.plan.id,
        measure=found.measure,
        amount=found.amount,
        shares=tuple(
            GridShare(
                grid=net.grids[part.grid].code if part.grid >= 0 else None,
                name=net.grids[part.grid].name if part.grid >= 0 else None,
                chain=net.chains[part.grid] if part.grid >= 0 else (),
                share=part.share,
                amount=part.amount,
            )
            for part in found.parts
        ),
        lead=net.grids[found.lead].code if found.lead >= 0 else None,
        contested=tuple(sorted(net.grids[k].code for k in found.contested)),
    )


def cover_of(net: Net) -> Cover:
    """The polygons of a net, made ready once."""
    cover = net.prepared.get("cover")
    if not isinstance(cover, Cover):
        over = {k for k, grid in enumerate(net.grids) if grid.lies_over}
        cover = Cover([grid.geometry for grid in net.grids], [grid.code for grid in net.grids], over)
        net.prepared["cover"] = cover
    return cover
