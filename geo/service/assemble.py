"""Labelled units become a drawing: dissolved, numbered, coloured, summed up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.model import Drawing, Grid, Units


def assemble(
    units: Units, grid_of_unit: NDArray[np.int32], codes: NDArray[np.object_], *, wishes: Mapping[str, Any]
) -> Drawing:
    """Dissolve labelled units into grids with codes, names, sums and colours.

    Parameters
    ----------
    grid_of_unit : int32 (n_units,)
    codes : object (n_grids,), code of each label.
    """
    from geo.partition.arcs import shared_arcs
    from geo.partition.colours import colours

    order = np.argsort(grid_of_unit, kind="stable")
    starts = np.searchsorted(grid_of_unit[order], np.arange(len(codes) + 1))
    members = [order[starts[k] : starts[k + 1]] for k in range(len(codes))]
    shapes = np.array([dissolve(units.geometry[rows]) for rows in members], dtype=object)
    arcs = shared_arcs(shapes)
    inner = (arcs.left >= 0) & (arcs.right >= 0)
    washes = colours(len(codes), np.column_stack([arcs.left[inner], arcs.right[inner]]))
    households, residents = _column(units, "households"), _column(units, "residents")
    grids = [
        Grid(
            code=str(codes[k]),
            name="",
            parent="" if units.parent is None else str(units.parent[rows[0]]),
            weight=float(units.weight[rows].sum()),
            units=len(rows),
            geometry=shapes[k],
            households=None if households is None else int(households[rows].sum()),
            residents=None if residents is None else int(residents[rows].sum()),
            colour=int(washes[k]),
        )
        for k, rows in enumerate(members)
    ]
    grids.sort(key=lambda grid: grid.code)
    labelled = np.array(codes, dtype=object)[grid_of_unit]
    return Drawing(grids=tuple(grids), units=replace(units, grid=labelled), crs=units.crs, wishes=wishes)


def previous_codes(units: Units, earlier: Drawing | None, redraw: bool) -> NDArray[np.object_] | None:
    """Code of the grid that each unit was in until now; object (n,), "" for none."""
    if earlier is None:
        return units.grid if redraw else None
    from geo.locate import GridIndex

    # What lies over the net (专属网格) has no units to hand on.
    net = [grid for grid in earlier.grids if not grid.lies_over]
    shapes = np.array([grid.geometry for grid in net], dtype=object)
    index = GridIndex.build(crs_.project(shapes, source=earlier.crs, target=crs_.WGS84), [grid.code for grid in net])
    inside = crs_.project(shapely.point_on_surface(units.geometry), source=units.crs, target=crs_.WGS84)
    found = index.locate(lon=shapely.get_x(inside), lat=shapely.get_y(inside))
    codes = np.array([*index.codes, ""], dtype=object)
    previous: NDArray[np.object_] = codes[found]  # −1 takes the last one, ""
    return previous


def grid_codes(
    labels: NDArray[np.int32],
    metric: NDArray[np.object_],
    units: Units,
    previous: NDArray[np.object_] | None,
    earlier: Drawing | None,
) -> NDArray[np.object_]:
    """The code of each grid: the area's code and a number; a code of `previous` goes on where most weight stays."""
    from geo.partition.codes import assign_codes

    centre = shapely.centroid(metric)
    xy = np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])
    first = np.unique(labels, return_index=True)[1]
    area = ["" if units.parent is None else str(units.parent[row]) for row in first]
    taken = ever_used(None, earlier)
    return assign_codes(labels, xy, area, taken=taken, previous=previous, weight=units.weight)


def dissolve(geometry: NDArray[np.object_]) -> shapely.Geometry:
    """Union along shared edges; general overlay only where the units are no exact cover (census files)."""
    try:
        merged = shapely.coverage_union_all(geometry)
    except shapely.errors.GEOSException:  # neighbours that do not share all their vertices
        return shapely.union_all(geometry)
    return merged if merged.is_valid else shapely.union_all(geometry)


def _column(units: Units, name: str) -> NDArray[Any] | None:
    if name == units.weight_field:
        return units.weight
    values = units.fields.get(name)
    return values if values is not None and np.issubdtype(np.asarray(values).dtype, np.number) else None


def ever_used(units: Units | None, earlier: Drawing | None) -> set[str]:
    """Codes that an earlier plan and today's units have or had: none of them is given to a new grid."""
    codes = set() if earlier is None else {grid.code for grid in earlier.grids}
    codes |= set() if earlier is None else set(earlier.wishes.get("retired") or ())
    if units is not None and units.grid is not None:
        codes |= {str(code) for code in units.grid if code}
    return codes
