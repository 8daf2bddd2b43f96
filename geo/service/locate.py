"""Coordinate → grid, with the chain above it and the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from geo import crs as crs_
from geo.errors import InvalidInput, StoreError
from geo.model import Drawing, Location, Plan
from geo.service.chain import levels_at
from geo.service.columns import COARSE_M, check_points, locate_mixed_columns, overlaps_of
from geo.service.context import EMPTY_PLACE, Net, Service, build_net, get_plan_in_force, knowledge, net_of
from geo.service.honest import doubts, overlap_note, why_outside

# Degrees of latitude and longitude within which a pair of finite numbers needs no second look: it cannot be swapped.
_PLAIN_LAT_DEG = 60.0
_PLAIN_LON_DEG = 180.0
_AS_GIVEN = frozenset({crs_.WGS84, crs_.CGCS2000})
_SHIFTED = frozenset({crs_.GCJ02, crs_.BD09})


class Spot(NamedTuple):
    """Where one point lies, as numbers alone.

    `grid` is a position in `Net.grids` (−1 outside); `base` one in the codes of `Net.base`, where `grid` lies over the
    net, else −1; `lon`, `lat` are degrees WGS84; `nearest` is the nearest grid of a point outside, −1 elsewhere;
    `overlap` are all grids that claim the point where several do, a fault of the plan.
    """

    grid: int
    base: int
    lon: float
    lat: float
    shift_m: float
    border_m: float
    nearest: int
    nearest_m: float
    overlap: tuple[int, ...] = ()


def locate_point(
    service: Service,
    *,
    lon: float,
    lat: float,
    crs: str,
    as_of: date | None = None,
    accuracy_m: float | None = None,
    net: Net | None = None,
    written: tuple[int, int] | None = None,
) -> Location:
    """Where one coordinate lies in the plan in force on `as_of` (or in `net`); `written` see `location_of`.

    Raises
    ------
    InvalidCoordinate, InvalidCrs
        The numbers are no place, or `crs` is unknown.
    NotFound
        No plan is in force on `as_of`.
    """
    net = net or net_of(service, get_plan_in_force(service, as_of))
    spot = find_spot(net, lon, lat, crs=crs)
    name = crs_.canonical(crs)
    return location_of(net, spot, crs=name, accuracy_m=accuracy_m, given=(lon, lat), written=written)


def find_spot(net: Net, x: float, y: float, *, crs: str, distances: bool = True) -> Spot:
    """Look one point up: longitude and latitude, or easting and northing, in `crs`; metres only with `distances`.

    Raises
    ------
    InvalidCoordinate, InvalidCrs
        The numbers are no place, or `crs` is unknown.
    """
    lon, lat, shift = _to_wgs84(x, y, crs)
    index = net.index
    k = index.locate_one(lon=lon, lat=lat)
    border = nearest_m = float("nan")
    base = nearest = -1
    if distances and k >= 0:
        border = index.border_one(lon=lon, lat=lat)
    if k < 0:
        if distances and len(index.codes):
            nearest, nearest_m = index.nearest_one(lon=lon, lat=lat)
            border = nearest_m  # whatever is nearest to a point outside begins with a border
    elif net.base is not index and net.grids[k].lies_over:
        base = net.base.locate_one(lon=lon, lat=lat)
    overlap: tuple[int, ...] = ()
    if index.overlaps and k >= 0:
        overlap = tuple(index.claims(lon=lon, lat=lat)[1].tolist())
    return Spot(k, base, lon, lat, shift, border, nearest, nearest_m, overlap)


def grid_at(net: Net, x: float, y: float, *, crs: str) -> int:
    """The grid of `find_spot` alone, without anything else about the point; raises as that does."""
    lon, lat, _ = _to_wgs84(x, y, crs)
    return net.index.locate_one(lon=lon, lat=lat)


def _to_wgs84(x: float, y: float, crs: str) -> tuple[float, float, float]:
    # The usual case first: no plain pair of degrees is swapped or impossible.
    if abs(x) <= _PLAIN_LON_DEG and abs(y) <= _PLAIN_LAT_DEG:  # False for NaN
        if crs in _AS_GIVEN:
            return x, y, 0.0
        if crs in _SHIFTED:
            return crs_.one_to_wgs84(x, y, crs=crs)
    for fault in check_points(np.array([x], dtype=np.float64), np.array([y], dtype=np.float64), crs=crs).values():
        raise fault
    return crs_.one_to_wgs84(x, y, crs=crs)


def location_of(
    net: Net,
    spot: Spot,
    *,
    crs: str,
    accuracy_m: float | None = None,
    given: tuple[float, float] | None = None,
    written: tuple[int, int] | None = None,
    coarse: str = "accuracy_too_coarse",
) -> Location:
    """The full answer for a spot, with names, the chain and what a person should know; `crs` is a canonical name.

    `given` are the numbers in `crs`, whose digits tell how exact they are where `accuracy_m` does not; `written` the
    decimals of their texts, where zeros at the end are known. `coarse` is the note where `accuracy_m` tells no grid.
    """
    same: dict[str, Any] = {
        "plan": net.plan.id,
        "lon": spot.lon,
        "lat": spot.lat,
        "crs": crs,
        "shift_m": spot.shift_m,
        "border_m": spot.border_m,
    }
    if accuracy_m is not None and accuracy_m > COARSE_M:
        return Location(status="unlocated", note=coarse, context={"accuracy_m": accuracy_m}, **same)
    note, context = doubts(net, spot, crs=crs, accuracy_m=accuracy_m, given=given, written=written)
    if spot.grid < 0:
        known = spot.nearest >= 0
        return Location(
            status="outside",
            note="outside_all_grids" if given is None else why_outside(net, *given, crs=crs),
            context=context,
            nearest_grid=net.grids[spot.nearest].code if known else None,
            nearest_m=spot.nearest_m if known else None,
            **same,
        )
    if spot.overlap:
        note, claims = overlap_note(net, spot.overlap)
        context |= claims
    grid = net.grids[spot.grid]
    if grid.lies_over:
        context["base_grid"] = net.base.codes[spot.base] if spot.base >= 0 else None
    return Location(
        status="located",
        grid=grid.code,
        grid_name=grid.name,
        chain=net.chains[spot.grid],
        levels=levels_at(net, spot.grid, spot.base),
        note=note,
        context=context,
        **same,
    )


def net_of_drawing(service: Service, drawing: Drawing) -> Net:
    """A net from a plan file that is in no database; its areas are taken from the place if there is one.

    A plan file can be asked without any database: then the chain holds the area's code alone.
    """
    geometry = crs_.project(
        np.array([grid.geometry for grid in drawing.grids], dtype=object), source=drawing.crs, target="EPSG:4326"
    )
    grids = tuple(replace(grid, geometry=shape) for grid, shape in zip(drawing.grids, geometry, strict=True))
    now = service.now()
    plan = Plan(
        id=0,
        name=str(drawing.wishes.get("name", "")),
        state="draft",
        revision=0,
        effective=None,
        retired=None,
        grids=len(grids),
        units=len(drawing.units),
        weight=float(drawing.units.weight.sum()),
        crs=drawing.crs,
        created_at=now,
        created_by="",
    )
    try:
        place = knowledge(service).place
    except StoreError:
        place = EMPTY_PLACE
    return build_net(plan, grids, place)


def locate_rows(
    net: Net,
    rows: Sequence[tuple[float, float, str]],
    accuracy_m: Sequence[float | None] | None = None,
) -> list[Location | InvalidInput]:
    """Locate rows of mixed reference systems in their order; a bad row is answered with its error.

    Parameters
    ----------
    rows : (lon, lat, crs) each.
    accuracy_m : one a row, None where unknown.
    """
    names = list(dict.fromkeys(crs for _, _, crs in rows))
    number = {crs: k for k, crs in enumerate(names)}
    known = None
    if accuracy_m is not None:
        known = np.array([np.nan if value is None else value for value in accuracy_m], dtype=np.float64)
    found = locate_mixed_columns(
        net,
        np.array([row[0] for row in rows], dtype=np.float64),
        np.array([row[1] for row in rows], dtype=np.float64),
        names=names,
        crs_of=np.array([number[crs] for _, _, crs in rows], dtype=np.intp),
        fields=("shift_m", "border_m", "nearest"),
        accuracy_m=known,
    )
    assert found.shift_m is not None
    assert found.border_m is not None
    assert found.nearest is not None
    assert found.nearest_m is not None
    base = _beneath(net, found.grid, found.lon, found.lat)
    canonical = {crs: crs_.canonical(crs) for crs in {rows[i][2] for i in range(len(rows)) if i not in found.errors}}
    columns = zip(
        found.grid.tolist(),
        base,
        found.lon.tolist(),
        found.lat.tolist(),
        found.shift_m.tolist(),
        found.border_m.tolist(),
        found.nearest.tolist(),
        found.nearest_m.tolist(),
        overlaps_of(net, found),
        strict=True,
    )
    return [
        found.errors[i]
        if i in found.errors
        else location_of(
            net,
            Spot(*spot),
            crs=canonical[rows[i][2]],
            accuracy_m=None if accuracy_m is None else accuracy_m[i],
            given=rows[i][:2],
            coarse="coordinate_rounded",  # what is read from a file may have its error from its digits
        )
        for i, spot in enumerate(columns)
    ]


def _beneath(net: Net, found: Any, lon: Any, lat: Any) -> list[int]:
    """For points in a grid that lies over the net the base grid there, a position in `Net.base`; −1 elsewhere."""
    base = np.full(len(found), -1, dtype=np.int32)
    if net.base is not net.index:
        lies_over = np.array([grid.lies_over for grid in net.grids], dtype=bool)
        over = np.flatnonzero((found >= 0) & lies_over[found])
        base[over] = net.base.locate(lon=lon[over], lat=lat[over])
    numbers: list[int] = base.tolist()
    return numbers
