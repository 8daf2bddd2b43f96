"""Micro-grids as layers of a file: what a planner reads, and who lives where; no names of people, no telephone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.model import Layer
from geo.service.micro_houses import name_of

if TYPE_CHECKING:
    from geo.partition.micro import MicroResult
    from geo.service.micro import Homes

_AROUND_M: Final = 3.0  # room around the households, so that a tower is seen too


def micro_layers(
    homes: Homes, inside: NDArray[np.int64], result: MicroResult, names: NDArray[np.object_], codes: NDArray[Any]
) -> dict[str, Layer]:
    """The layers `micro_grids` (a hull each, to look at: those of a tower lie over one another) and `households`.

    Parameters
    ----------
    inside : int64 (k,), rows of `homes` that lie in a grid, in the order of `result`.
    names : object (m,), code of each micro-grid. codes : (g,), code of each grid number.
    """
    crs = homes.crs
    if crs is not None and crs_.canonical(crs) in (crs_.GCJ02, crs_.BD09):
        crs = crs_.WGS84  # no file can name these
    return {
        "micro_grids": _micro_layer(homes, inside, result, names, codes, crs),
        "households": _household_layer(homes, inside, result, names, crs),
    }


def _micro_layer(
    homes: Homes,
    inside: NDArray[np.int64],
    result: MicroResult,
    names: NDArray[np.object_],
    codes: NDArray[Any],
    crs: str | None,
) -> Layer:
    order = np.argsort(names.astype(str), kind="stable").tolist()
    by_micro = np.argsort(result.micro_of_household, kind="stable")
    ends = np.r_[0, np.cumsum(np.bincount(result.micro_of_household, minlength=len(result.micro)))]
    members = [inside[by_micro[ends[k] : ends[k + 1]]] for k in range(len(result.micro))]
    micro = [result.micro[k] for k in order]
    fields: dict[str, NDArray[Any]] = {
        "code": _objects([str(names[k]) for k in order]),
        "grid": _objects([str(codes[m.grid]) for m in micro]),
        "households": np.array([m.households for m in micro], dtype=np.int64),
        "centre": _objects([str(homes.ids[inside[m.centre]]) for m in micro]),
        "centre_kind": _objects([m.centre_kind for m in micro]),
        "covers": _objects([_covers(homes, members[k]) for k in order]),
        "buildings": np.array([m.buildings for m in micro], dtype=np.int64),
        "stairwells": np.array([m.stairwells for m in micro], dtype=np.int64),
        "shared_stairwells": np.array([m.shared_stairwells for m in micro], dtype=np.int64),
        "walk_m": np.array([m.walk_m for m in micro], dtype=np.float64),
        "reach_m": np.array([m.reach_m for m in micro], dtype=np.float64),
        "reason": _objects([m.reason for m in micro]),
    }
    hulls = _objects([_hull(homes.xy_m[members[k]]) for k in order])
    if homes.metres is not None and crs is not None:
        there = ~shapely.is_missing(hulls)
        hulls[there] = crs_.project(hulls[there], source=homes.metres, target=crs)
    return Layer(hulls, fields, crs, "micro_grids")


def _household_layer(
    homes: Homes, inside: NDArray[np.int64], result: MicroResult, names: NDArray[np.object_], crs: str | None
) -> Layer:
    micro = np.full(len(homes.ids), "", dtype=object)
    micro[inside] = names[result.micro_of_household]
    centre = np.zeros(len(homes.ids), dtype=np.bool_)
    centre[inside[[m.centre for m in result.micro]]] = True
    order = np.lexsort((homes.ids.astype(str), micro.astype(str)))
    point = homes.point[order]
    if homes.crs is not None and crs != homes.crs:
        there = ~shapely.is_missing(point)
        point[there] = crs_.project(point[there], source=homes.crs, target=str(crs))
    fields: dict[str, NDArray[Any]] = {
        "id": homes.ids[order],
        "micro": micro[order],
        "grid": homes.grid[order],
        "building": homes.building[order],
        "stairwell": homes.stairwell[order],
        "floor": homes.floor[order],
        "centre": centre[order],
    }
    return Layer(point, fields, crs, "households")


def _covers(homes: Homes, rows: NDArray[np.int64]) -> str:
    """Which stairwells and floors, for people to read: "B12-1 (3–5), B12-2 (1)"."""
    floors: dict[tuple[str, str], list[float]] = {}
    for k in rows.tolist():
        place = (str(homes.house[k] or homes.ids[k]), str(homes.stairwell[k]))
        floors.setdefault(place, []).append(float(homes.floor[k]))
    parts = []
    for house, stairwell in sorted(floors):
        known = sorted({int(f) for f in floors[house, stairwell] if np.isfinite(f)})
        building = name_of(house)
        text = f"{building}-{stairwell}" if stairwell else building
        if known:
            text += f" ({known[0]})" if len(known) == 1 else f" ({known[0]}–{known[-1]})"
        parts.append(text)
    return ", ".join(parts)


def _hull(xy_m: NDArray[np.float64]) -> Any:
    """The ground that the households stand on; None where no place is known."""
    good = xy_m[np.isfinite(xy_m).all(axis=1)]
    if not len(good):
        return None
    # Distinct points in order: the ring begins at the same vertex whatever the order of the rows.
    hull = shapely.convex_hull(shapely.multipoints(np.unique(good, axis=0)))
    return shapely.normalize(shapely.buffer(hull, _AROUND_M, quad_segs=4))


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
