"""Micro-grids as `geo micro` writes them: the layers `micro_grids` and `households` of one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.files.columns import column, flags, name_rows, numbers, texts
from geo.files.layers import read_layer
from geo.model import Doors, Layer, MicroDrawing, MicroGrid

_COUNTS: Final = ("households", "buildings", "stairwells", "shared_stairwells")


def read_micro(path: str) -> MicroDrawing:
    """Read micro-grids and where their households live.

    Ids of households stay in the file: a door is told by its place, building, stairwell and floor alone, and households
    behind the same door are counted together. Doors are ordered by micro-grid, building, stairwell, floor and place.

    Raises
    ------
    NotFound
        A layer is missing.
    InvalidInput
        A column is missing, a number is none, or a household names a micro-grid that the file does not have.
    """
    micro, homes = read_layer(f"{path}:micro_grids"), read_layer(f"{path}:households")
    if not len(micro.geometry):
        raise InvalidInput("layer_empty", source=micro.source)
    codes = texts(column(micro, "code"), missing="")
    of_home = texts(column(homes, "micro"), missing="")
    strange = np.flatnonzero((of_home != "") & ~np.isin(of_home.astype(str), codes.astype(str)))
    if len(strange):
        raise InvalidInput(
            "micro_home_unknown", source=homes.source, rows=name_rows(strange.tolist()), code=of_home[strange[0]]
        )
    inside = np.flatnonzero(of_home != "")
    point = np.array(homes.geometry, dtype=object)
    centre = flags(column(homes, "centre"), field="centre", source=homes.source) & (of_home != "")
    centres = {str(of_home[k]): point[k] for k in np.flatnonzero(centre).tolist()}
    return MicroDrawing(
        grids=_grids(micro, codes, centres),
        doors=_doors(homes, of_home, point, inside),
        crs=micro.crs or homes.crs or crs_.WGS84,
        left_out=len(of_home) - len(inside),
        source=path,
    )


def _grids(layer: Layer, codes: NDArray[np.object_], centres: Mapping[str, Any]) -> tuple[MicroGrid, ...]:
    grid = texts(column(layer, "grid"), missing="")
    homes, buildings, stairwells, shared = (_whole(layer, name).astype(np.int64).tolist() for name in _COUNTS)
    walk, reach = (_numbers(layer, name).tolist() for name in ("walk_m", "reach_m"))
    kind, reason = (texts(column(layer, name), missing="") for name in ("centre_kind", "reason"))
    return tuple(
        MicroGrid(
            code=str(codes[k]),
            grid=str(grid[k]),
            households=homes[k],
            buildings=buildings[k],
            stairwells=stairwells[k],
            shared_stairwells=shared[k],
            walk_m=walk[k] if np.isfinite(walk[k]) else None,
            reach_m=reach[k] if np.isfinite(reach[k]) else None,
            centre_kind=str(kind[k]),
            reason=str(reason[k]),
            geometry=layer.geometry[k],
            centre=centres.get(str(codes[k])),
        )
        for k in range(len(codes))
    )


def _doors(layer: Layer, micro: NDArray[np.object_], point: NDArray[np.object_], inside: NDArray[np.intp]) -> Doors:
    building, stairwell = (texts(column(layer, name), missing="")[inside] for name in ("building", "stairwell"))
    floor, micro, point = _numbers(layer, "floor")[inside], micro[inside], point[inside]
    xy = np.full((len(inside), 2), np.inf)
    there = ~shapely.is_missing(point)
    xy[there] = shapely.get_coordinates(point[there])
    level = np.where(np.isnan(floor), np.inf, floor)  # as a key NaN would not be equal to itself
    keys = list(zip(micro, building, stairwell, level.tolist(), *xy.T.tolist(), strict=True))
    rows: dict[Any, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    first = np.array([rows[key][0] for key in sorted(rows)], dtype=np.intp)
    return Doors(
        micro=micro[first],
        point=point[first],
        building=building[first],
        stairwell=stairwell[first],
        floor=floor[first],
        households=np.array([len(rows[key]) for key in sorted(rows)], dtype=np.int64),
    )


def _numbers(layer: Layer, field: str) -> NDArray[np.float64]:
    values, bad = numbers(column(layer, field))
    rows = np.flatnonzero(bad).tolist()
    if rows:
        given = column(layer, field)[rows[0]]
        raise InvalidInput("micro_no_number", source=layer.source, rows=name_rows(rows), field=field, value=given)
    return values


def _whole(layer: Layer, field: str) -> NDArray[np.float64]:
    values = _numbers(layer, field)
    bad = ~np.isfinite(values) | (values < 0) | (values != np.round(values))
    rows = np.flatnonzero(bad).tolist()
    if rows:
        raise InvalidInput(
            "micro_no_number", source=layer.source, rows=name_rows(rows), field=field, value=values[rows[0]]
        )
    return values
