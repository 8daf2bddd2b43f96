"""The unit that each record counts in, where its footprint does not tell, and what units are called."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.units.enclosures import Seats
from geo.partition.units.inputs import usable
from geo.partition.units.order import natural
from geo.partition.units.result import EMPTY, WATER


def settle_welded(
    buildings: NDArray[np.object_],
    of_building: NDArray[np.int32],
    seats: Seats,
    polygons: NDArray[np.object_],
    unit: NDArray[np.int64],
    min_m2: float,
) -> None:
    """Give records that were welded across a barrier to the unit that holds most of them, in place.

    The footprint as a whole went to one side; a record that stands on the other side must not follow it there. One
    with less than `min_m2` inside the boundary is left without a unit.
    """
    welded = np.bincount(of_building[of_building >= 0], minlength=1) > 1
    rows = np.flatnonzero((of_building >= 0) & (unit >= 0))
    rows = rows[welded[of_building[rows]] & seats.cut[of_building[rows]]]
    shapes = shapely.make_valid(buildings[rows], method="structure", keep_collapsed=False)
    held = shapely.area(shapely.intersection(shapes, polygons[unit[rows]]))
    astray = held < shapely.area(shapes) / 2
    rows, shapes = rows[astray], shapes[astray]
    row, holder = shapely.STRtree(polygons).query(shapes, predicate="intersects")
    held = shapely.area(shapely.intersection(shapes[row], polygons[holder]))
    enough = held >= min_m2
    order = np.lexsort((-holder[enough], held[enough]))  # the largest last, the first unit last between equals
    unit[rows] = -1
    unit[rows[row[enough][order]]] = holder[enough][order]


def place_by_point(
    buildings: NDArray[np.object_], polygons: NDArray[np.object_], unit: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Put buildings without a seat where they stand, in place; a point on a border goes to the first unit."""
    rest = np.flatnonzero((unit < 0) & usable(buildings))
    shapes = buildings[rest]
    valid = shapely.is_valid(shapes)
    points = shapely.centroid(shapes)
    points[valid] = shapely.point_on_surface(shapes[valid])
    row, holder = shapely.STRtree(polygons).query(points, predicate="intersects")
    order = np.lexsort((-holder, row))
    unit[rest[row[order]]] = holder[order]
    placed = np.zeros(len(buildings), dtype=bool)
    placed[rest[row]] = True
    return placed


def name_units(ids: NDArray[np.object_], unit: NDArray[np.int64], kind: NDArray[np.int8]) -> NDArray[np.object_]:
    """The id of a unit's first building, or a number among the empty and the water units; object (u,)."""
    names = np.full(len(kind), None, dtype=object)
    inside = np.flatnonzero(unit >= 0).tolist()
    for k in sorted(inside, key=lambda row: natural(str(ids[row])), reverse=True):
        names[unit[k]] = ids[k]
    taken = set(ids)
    for value, word in ((EMPTY, "empty"), (WATER, "water")):
        while any(name.startswith(f"{word}-") for name in taken):
            word += "_"
        for number, k in enumerate(np.flatnonzero(kind == value).tolist(), start=1):
            names[k] = f"{word}-{number}"
    return names
