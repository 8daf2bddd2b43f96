"""Households become micro-grids (微网格) of a plan: read, placed in grids, divided, numbered, written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import GeoError, InvalidCrs, InvalidInput, PartitionInfeasible
from geo.model import Drawing, HouseholdColumns, HouseholdRows
from geo.service.micro_houses import name_of, tell_apart
from geo.service.micro_layers import micro_layers
from geo.service.ports import Files


@dataclass(frozen=True)
class MicroRequest:
    """What `geo micro` is asked.

    `anchor_level` "stairwell" takes the door of an anchor's stairwell as the centre. `fill_anchors` finds centres where
    they are too few and leaves some unused where they are too many; without it that is an error.
    """

    columns: HouseholdColumns = field(default_factory=HouseholdColumns)
    least: int = 10
    most: int = 15
    anchor_level: Literal["household", "stairwell"] = "household"
    fill_anchors: bool = False
    strict: bool = False
    crs: str | None = None


@dataclass(frozen=True, eq=False)
class Homes:
    """One entry a household, in the order of the file.

    ids, building, stairwell, grid object (n,) strings ("" for none); floor float64 (n,); point object (n,) in `crs`;
    house object (n,), the building's own name, and namesakes, names of several buildings, as `tell_apart` says; xy_m
    float64 (n, 2) in `metres`, a system in metres, NaN where there is no place; anchor bool (n,), or None.
    """

    ids: NDArray[np.object_]
    building: NDArray[np.object_]
    stairwell: NDArray[np.object_]
    floor: NDArray[np.float64]
    grid: NDArray[np.object_]
    point: NDArray[np.object_]
    crs: str | None
    xy_m: NDArray[np.float64]
    metres: str | None
    anchor: NDArray[np.bool_] | None
    house: NDArray[np.object_]
    namesakes: list[str]


def micro_file(
    files: Files,
    path: str,
    request: MicroRequest,
    *,
    grids: str | None,
    out: Path,
    report: Path | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Mapping[str, Any]:
    """Read households, divide those of each grid, write micro-grids and households; returns the report.

    Parameters
    ----------
    grids : a plan file; None if `request.columns.grid` says the grid of each household.

    Raises
    ------
    InvalidInput
        The file or its columns cannot be used, or no household lies in a grid.
    PartitionInfeasible
        Anchors are too few or too many, or, with `strict`, a number of households cannot be divided.
    """
    from geo.partition.codes import assign_codes
    from geo.partition.micro import Households, MicroSpec, micro_grids

    if grids is None and request.columns.grid is None:
        raise InvalidInput("micro_grids_unknown")
    rows = files.read_households(path, request.columns, crs=request.crs)
    drawing = None if grids is None else files.read_drawing(grids)
    homes = place_homes(rows, drawing, anchor_level=request.anchor_level)
    inside = np.flatnonzero(homes.grid != "")
    unplaced = homes.point == None if drawing is not None else homes.grid == ""  # noqa: E711 - by element
    figures: dict[str, Any] = {
        "outside_all_grids": int(((homes.grid == "") & ~unplaced).sum()),
        "without_place": int(((homes.grid == "") & unplaced).sum()),
    }
    if not len(inside):
        count = {"outside": figures["outside_all_grids"], "unplaced": figures["without_place"]}
        raise InvalidInput("micro_nobody", source=rows.source, **count)
    codes, number = np.unique(homes.grid[inside].astype(str), return_inverse=True)
    households = Households(
        ids=homes.ids[inside],
        grid=number.astype(np.int32),
        building=homes.house[inside],
        stairwell=homes.stairwell[inside],
        floor=homes.floor[inside],
        xy_m=homes.xy_m[inside],
        anchor=None if homes.anchor is None else homes.anchor[inside],
    )
    spec = MicroSpec(request.least, request.most, "fill" if request.fill_anchors else "exact", request.strict)
    try:
        result = micro_grids(households, spec, progress=progress)
    except (PartitionInfeasible, InvalidInput) as error:
        raise _by_code(error, codes) from None
    parent = [str(codes[m.grid]) for m in result.micro]
    xy = np.nan_to_num(homes.xy_m[inside])
    names = assign_codes(result.micro_of_household, xy, parent, kind="micro")
    layers = micro_layers(homes, inside, result, names, codes)
    files.write_layers(str(out), layers)
    figures = {
        **result.figures,
        **figures,
        "exceptions": [
            {"code": str(names[k]), "grid": parent[k], "households": m.households, "reason": m.reason}
            for k, m in enumerate(result.micro)
            if m.reason
        ],
        "unused_anchors": sorted(str(homes.ids[inside[row]]) for row in result.unused_anchors),
        "buildings_over_grids": _over_grids(homes, inside),
        "buildings_of_one_name": homes.namesakes,
    }
    if report is not None:
        files.write_json(report, figures)
    return figures


def place_homes(
    rows: HouseholdRows, drawing: Drawing | None, *, anchor_level: Literal["household", "stairwell"] = "household"
) -> Homes:
    """One entry a household, each with the grid that it lies in, special grids (专属网格) before base ones."""
    at, building, stairwell, floor, ids = _spread(rows)
    point = rows.point[at]
    there = np.array([p is not None for p in point], dtype=np.bool_)
    xy, metres = np.full((len(at), 2), np.nan), None
    grid = np.full(len(at), "", dtype=object) if rows.grid is None else rows.grid[at]
    if there.any():
        if rows.crs is None:
            raise InvalidCrs("points_without_crs", path=rows.source)
        flat = shapely.get_coordinates(point[there])
        lon, lat, _ = crs_.to_wgs84(flat[:, 0], flat[:, 1], crs=rows.crs)
        metres = crs_.metric_crs(lon, lat)
        globe = np.asarray(shapely.points(lon, lat), dtype=object)
        xy[there] = shapely.get_coordinates(crs_.project(globe, source=crs_.WGS84, target=metres))
        if rows.grid is None and drawing is not None:
            grid[there] = _located(drawing, lon, lat)
    elif rows.grid is None:
        raise InvalidInput("micro_no_places", source=rows.source)
    house, namesakes = tell_apart(building, rows.compound[at], xy)
    anchor = None
    if rows.anchor is not None:
        anchor = rows.anchor[at]
        # A row of several households names its first one.
        anchor &= np.r_[True, at[1:] != at[:-1]]
        if anchor_level == "stairwell":
            anchor = _doors(anchor, grid, house, stairwell, floor, ids)
    return Homes(ids, building, stairwell, floor, grid, point, rows.crs, xy, metres, anchor, house, namesakes)


def _spread(
    rows: HouseholdRows,
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.object_], NDArray[np.float64], NDArray[np.object_]]:
    """Row, building, stairwell, floor and id of each household, a building's spread over its stairwells and floors."""
    if rows.count is None:
        return np.arange(len(rows)), rows.building, rows.stairwell, rows.floor, rows.ids
    at: list[int] = []
    building: list[str] = []
    stairwell: list[str] = []
    floor: list[float] = []
    ids: list[str] = []
    for row, count in enumerate(rows.count.tolist()):
        stairs = 1 if rows.stairwells is None else int(rows.stairwells[row])
        floors = 0 if rows.floors is None else int(rows.floors[row])
        for s, homes in enumerate(np.array_split(np.arange(count), stairs)):
            for j in range(len(homes)):
                at.append(row)
                building.append(str(rows.building[row] or rows.ids[row]))
                stairwell.append(str(rows.stairwell[row]) if rows.stairwells is None else str(s + 1))
                floor.append(1 + j * floors // len(homes) if floors else float(rows.floor[row]))
                ids.append(f"{rows.ids[row]}-{homes[j] + 1}")
    columns = [np.array(values, dtype=object) for values in (building, stairwell, ids)]
    return np.array(at, dtype=np.int64), columns[0], columns[1], np.array(floor, dtype=np.float64), columns[2]


def _located(drawing: Drawing, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.object_]:
    """Code of the grid of each point, "" outside."""
    from geo.locate import GridIndex

    shapes = np.array([grid.geometry for grid in drawing.grids], dtype=object)
    index = GridIndex.build(
        crs_.project(shapes, source=drawing.crs, target=crs_.WGS84),
        [grid.code for grid in drawing.grids],
        over={k for k, grid in enumerate(drawing.grids) if grid.lies_over},
    )
    codes = np.array([*index.codes, ""], dtype=object)
    found: NDArray[np.object_] = codes[index.locate(lon=lon, lat=lat)]  # −1 takes the last one, ""
    return found


def _doors(
    anchor: NDArray[np.bool_],
    grid: NDArray[np.object_],
    building: NDArray[np.object_],
    stairwell: NDArray[np.object_],
    floor: NDArray[np.float64],
    ids: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """Of each stairwell with an anchor the household nearest to its door, instead of the anchor."""
    nearest: dict[tuple[str, str, str], tuple[float, str, int]] = {}
    keys = [(str(g), str(b) or f"\0{i}", str(s)) for g, b, s, i in zip(grid, building, stairwell, ids, strict=True)]
    wanted = {keys[k] for k in np.flatnonzero(anchor).tolist()}
    for k, key in enumerate(keys):
        if key in wanted:
            height = abs(float(floor[k])) if np.isfinite(floor[k]) else np.inf
            nearest[key] = min(nearest.get(key, (np.inf, "\U0010ffff", -1)), (height, str(ids[k]), k))
    out = np.zeros(len(anchor), dtype=np.bool_)
    out[[k for _, _, k in nearest.values()]] = True
    return out


def _by_code(error: GeoError, codes: NDArray[Any]) -> GeoError:
    """The same error with grids named by their codes: the division knows them by number only."""
    if "grid" not in error.context:
        return error
    named: dict[str, Any] = {"grid": str(codes[error.context["grid"]])}
    if "grids" in error.context:
        named["grids"] = [str(codes[k]) for k in error.context["grids"]]
    return type(error)(error.code, **{**error.context, **named})


def _over_grids(homes: Homes, inside: NDArray[np.int64]) -> list[str]:
    """Buildings whose households lie in several grids."""
    grids: dict[str, set[str]] = {}
    for k in inside.tolist():
        if homes.house[k]:
            grids.setdefault(str(homes.house[k]), set()).add(str(homes.grid[k]))
    return sorted({name_of(name) for name, found in grids.items() if len(found) > 1})
