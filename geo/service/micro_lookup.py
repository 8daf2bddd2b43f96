"""Micro-grids (微网格) of places: which edition is in force on a day, and which micro-grid somebody lives in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import Level, Location, MicroCandidate, MicroEdition, MicroFound, Plan
from geo.service.chain import in_net
from geo.service.context import Net, Service, timetable

if TYPE_CHECKING:
    from geo.locate.micro import MicroAnswer, MicroIndex
    from geo.service.locate import Spot


def find_edition(service: Service, plan: Plan, as_of: date | None = None) -> MicroEdition | None:
    """The micro-grids of a plan on `as_of` (today if None); on a day outside its time those of the nearest within."""
    if plan.effective is None:
        return next(iter(service.store.list_micro(plan.id)), None) if plan.id else None
    day = max(as_of or service.today(), plan.effective)
    if plan.retired is not None:
        day = min(day, plan.retired - timedelta(days=1))
    return timetable(service).find_micro_at(plan.id, day)


def micro_index_of(service: Service, net: Net, edition: MicroEdition) -> MicroIndex:
    """The doors of an edition, ready to be asked; built at the first use and kept with the net."""
    from geo.locate.micro import MicroIndex

    key = ("micro", edition.id, edition.created_at)
    held: MicroIndex | None = net.prepared.get(key)
    if held is None:
        drawing = service.store.get_micro(edition.id)
        number = {grid.code: k for k, grid in enumerate(net.grids)}
        of_micro = {micro.code: number[micro.grid] for micro in drawing.grids}
        doors = drawing.doors
        there = ~shapely.is_missing(doors.point)
        point, micro = doors.point[there], doors.micro[there]
        held = net.prepared[key] = MicroIndex.build(
            lon=shapely.get_x(point),
            lat=shapely.get_y(point),
            grid=[of_micro[code] for code in micro],
            micro=micro,
            building=doors.building[there],
            stairwell=doors.stairwell[there],
            floor=doors.floor[there],
        )
    return held


def micro_columns(
    index: MicroIndex,
    net: Net,
    *,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    grid: NDArray[np.int32],
    stairwell: Sequence[str | None] | NDArray[np.object_] | None = None,
    floor: NDArray[np.float64] | None = None,
) -> MicroAnswer:
    """The micro-grids of many points.

    Parameters
    ----------
    lon, lat : float64 (n,), degrees WGS84, finite.
    grid : int32 (n,), positions in `Net.grids`, −1 outside.
    stairwell, floor : (n,), None and NaN where they were not said.
    """
    base = grid if net.base is net.index else in_net(net, net.base.locate(lon=lon, lat=lat))
    return index.find(lon=lon, lat=lat, grid=grid, base=base, stairwell=stairwell, floor=floor)


def with_micro(
    service: Service,
    net: Net,
    location: Location,
    spot: Spot | None = None,
    *,
    as_of: date | None = None,
    stairwell: str | None = None,
    floor: float | None = None,
) -> Location:
    """`location` with its micro-grid, or with the reason why there is none; a place that is not located stays as it is.

    `spot` is what `find_spot` said of it; without one the place of the location is looked up.
    """
    if location.status != "located" or location.lon is None or location.lat is None:
        return location
    edition = find_edition(service, net.plan, as_of)
    if edition is None:
        return replace(location, micro=MicroFound(None, note="micro_none_in_plan"))
    index = micro_index_of(service, net, edition)
    lon, lat = np.array([location.lon]), np.array([location.lat])
    grid = net.index.locate(lon=lon, lat=lat) if spot is None else np.array([spot.grid], dtype=np.int32)
    answer = micro_columns(
        index,
        net,
        lon=lon,
        lat=lat,
        grid=grid,
        stairwell=None if not stairwell else [stairwell],
        floor=None if floor is None else np.array([floor], dtype=np.float64),
    )
    found = _found(index, answer, edition, stairwell or "", whole=bool(stairwell) or floor is not None)
    if found.code is None:
        return replace(location, micro=found)
    level = Level("micro", found.code, _name(location, found.code))
    return replace(location, micro=found, levels=(*location.levels, level))


def note_values(found: MicroFound) -> Mapping[str, Any]:
    """What the sentence of `found.note` is filled with."""
    from geo.locate.micro import LIMIT_M

    return {"limit_m": LIMIT_M, "count": len({candidate.code for candidate in found.candidates})}


def _found(index: MicroIndex, answer: MicroAnswer, edition: MicroEdition, stairwell: str, *, whole: bool) -> MicroFound:
    from geo.locate.micro import REASONS, stairwell_key

    micro, place, metres = int(answer.micro[0]), int(answer.place[0]), float(answer.distance_m[0])
    candidates: tuple[MicroCandidate, ...] = ()
    if micro < 0 <= place:
        told = index.candidates(place, building=whole)
        key = stairwell_key(stairwell)
        told = tuple(c for c in told if c.stairwell == key) or told
        candidates = tuple(MicroCandidate(index.codes[c.micro], c.stairwell, c.lowest, c.highest) for c in told)
    return MicroFound(
        code=index.codes[micro] if micro >= 0 else None,
        edition=edition.id,
        distance_m=metres if np.isfinite(metres) else None,
        note=REASONS[answer.reason[0]],
        candidates=candidates,
    )


def _name(location: Location, code: str) -> str:
    """晨光07-03: the name of the grid that it divides, and its own number in it."""
    for level in reversed(location.levels):
        if code.startswith(level.code) and level.level in ("base", "special"):
            return f"{level.name}{code.removeprefix(level.code)}"
    return code
