"""Coordinate or address → grid, with the chain above it and the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput, StoreError
from geo.model import Drawing, Location, Plan
from geo.service.columns import COARSE_M, check_points
from geo.service.context import EMPTY_PLACE, Net, Service, build_net, get_plan_in_force, knowledge, net_of

# An address candidate this far behind the best is no rival.
_RIVAL_MARGIN = 0.1


def locate_point(
    service: Service,
    *,
    lon: float,
    lat: float,
    crs: str,
    as_of: date | None = None,
    accuracy_m: float | None = None,
    net: Net | None = None,
) -> Location:
    """Where one coordinate lies in the plan in force on `as_of` (or in `net`).

    Raises
    ------
    InvalidCoordinate, InvalidCrs
        The numbers are no place, or `crs` is unknown.
    NotFound
        No plan is in force on `as_of`.
    """
    net = net or net_of(service, get_plan_in_force(service, as_of))
    x, y = np.array([lon], dtype=np.float64), np.array([lat], dtype=np.float64)
    for fault in check_points(x, y, crs=crs).values():
        raise fault
    accuracy = None if accuracy_m is None else np.array([accuracy_m])
    return locate_arrays(net, x, y, crs=crs, accuracy_m=accuracy)[0]


def locate_arrays(
    net: Net,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    crs: str,
    accuracy_m: NDArray[np.float64] | None = None,
) -> list[Location]:
    """Locate many finite points of one reference system.

    Parameters
    ----------
    lon, lat : float64 (n,)
        Degrees, or easting and northing in metres where `crs` is projected.
    accuracy_m : float64 (n,), optional
        Radius of the location error; NaN where unknown.
    """
    wgs_lon, wgs_lat, shift = crs_.to_wgs84(lon, lat, crs=crs)
    found = net.index.locate(lon=wgs_lon, lat=wgs_lat)
    border = net.index.border_m(lon=wgs_lon, lat=wgs_lat)
    beneath = _beneath(net, found, wgs_lon, wgs_lat)
    outside = np.flatnonzero(found < 0)
    nearest = np.full(len(found), -1, dtype=np.int32)
    nearest_m = np.full(len(found), np.nan)
    if len(outside) and len(net.grids):
        nearest[outside], nearest_m[outside] = net.index.nearest(lon=wgs_lon[outside], lat=wgs_lat[outside])
    name = crs_.canonical(crs)
    out = []
    for i, k in enumerate(found.tolist()):
        accuracy = None if accuracy_m is None or np.isnan(accuracy_m[i]) else float(accuracy_m[i])
        base = Location(
            status="outside",
            plan=net.plan.id,
            lon=float(wgs_lon[i]),
            lat=float(wgs_lat[i]),
            crs=name,
            shift_m=float(shift[i]),
            border_m=float(border[i]),
        )
        if accuracy is not None and accuracy > COARSE_M:
            out.append(replace(base, status="unlocated", note="coordinate_rounded", context={"accuracy_m": accuracy}))
        elif k >= 0:
            near = accuracy is not None and border[i] < accuracy
            out.append(
                replace(
                    base,
                    status="located",
                    grid=net.grids[k].code,
                    grid_name=net.grids[k].name,
                    chain=net.chains[k],
                    note="near_border" if near else "",
                    context={**({"accuracy_m": accuracy} if near else {}), **beneath.get(i, {})},
                )
            )
        else:
            near_code = net.grids[nearest[i]].code if nearest[i] >= 0 else None
            out.append(
                replace(
                    base,
                    note="outside_all_grids",
                    nearest_grid=near_code,
                    nearest_m=None if near_code is None else float(nearest_m[i]),
                )
            )
    return out


def _beneath(
    net: Net, found: NDArray[np.int32], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> dict[int, dict[str, Any]]:
    """For points in a grid that lies over the net: the base grid there, as `base_grid` (None where there is none)."""
    over = np.array([k for k in range(len(found)) if found[k] >= 0 and net.grids[found[k]].lies_over], dtype=np.intp)
    if not len(over):
        return {}
    base = net.base.locate(lon=lon[over], lat=lat[over])
    return {
        i: {"base_grid": net.base.codes[k] if k >= 0 else None}
        for i, k in zip(over.tolist(), base.tolist(), strict=True)
    }


def locate_address(service: Service, text: str, *, as_of: date | None = None, net: Net | None = None) -> Location:
    """Where a Chinese address lies: located only if every candidate that survives lies in one grid.

    `Location.context` holds the outcome: match, ambiguous, conflict, area_only or none, with candidates and evidence.
    """
    if not text.strip():
        raise InvalidInput("address_empty")
    net = net or net_of(service, get_plan_in_force(service, as_of))
    gazetteer = knowledge(service).gazetteer
    outcome = gazetteer.match(text)
    context: dict[str, Any] = {
        "outcome": outcome.status,
        "level": outcome.level,
        "confidence": outcome.confidence,
        "explanation": outcome.explanation,
        "candidates": [],
    }
    base = Location(status="unlocated", plan=net.plan.id, method="address", note=f"address_{outcome.status}")
    placed = [(key, score, gazetteer.entry(key)) for key, score in outcome.candidates]
    placed = [row for row in placed if row[2].get("lon") is not None and row[2].get("lat") is not None]
    if not placed:
        return replace(base, context=context)
    lon = np.array([float(entry["lon"]) for _, _, entry in placed])
    lat = np.array([float(entry["lat"]) for _, _, entry in placed])
    found = net.index.locate(lon=lon, lat=lat)
    context["candidates"] = [
        {
            "id": key,
            "name": entry.get("name"),
            "score": score,
            "grid": net.grids[k].code if k >= 0 else None,
            "lon": float(lon[i]),
            "lat": float(lat[i]),
        }
        for i, ((key, score, entry), k) in enumerate(zip(placed, found.tolist(), strict=True))
    ]
    best = placed[0][1]
    rivals = {k for (_, score, _), k in zip(placed, found.tolist(), strict=True) if score >= best - _RIVAL_MARGIN}
    # Grid first: several candidates in one grid are no ambiguity for the dispatcher.
    # A street, community or road has a centre but is no point: its centre's grid would be a guess.
    if not outcome.pinpoints or outcome.status not in ("match", "ambiguous") or len(rivals) != 1 or -1 in rivals:
        return replace(base, context=context)
    k = int(found[0])
    return replace(
        base,
        status="located",
        grid=net.grids[k].code,
        grid_name=net.grids[k].name,
        chain=net.chains[k],
        lon=float(lon[0]),
        lat=float(lat[0]),
        border_m=float(net.index.border_m(lon=lon[:1], lat=lat[:1])[0]),
        note="",
        context=context,
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
    answers: list[Location | InvalidInput | None] = [None] * len(rows)
    groups: dict[str, list[int]] = {}
    for i, (_, _, crs) in enumerate(rows):
        groups.setdefault(crs, []).append(i)
    for crs, members in groups.items():
        lon = np.array([rows[i][0] for i in members], dtype=np.float64)
        lat = np.array([rows[i][1] for i in members], dtype=np.float64)
        try:
            faults: Mapping[int, InvalidInput] = check_points(lon, lat, crs=crs)
        except InvalidCrs as error:
            faults = dict.fromkeys(range(len(members)), error)
        for k, fault in faults.items():
            answers[members[k]] = fault
        good = np.array([k for k in range(len(members)) if k not in faults], dtype=np.intp)
        if not len(good):
            continue
        accuracy = None
        if accuracy_m is not None:
            given = [accuracy_m[members[k]] for k in good.tolist()]
            accuracy = np.array([np.nan if value is None else value for value in given], dtype=np.float64)
        located = locate_arrays(net, lon[good], lat[good], crs=crs, accuracy_m=accuracy)
        for k, location in zip(good.tolist(), located, strict=True):
            answers[members[k]] = location
    assert all(answer is not None for answer in answers)
    return [answer for answer in answers if answer is not None]
