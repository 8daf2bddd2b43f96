"""Proof that units are seamless: run on every build, before anything is handed out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.partition.arcs import Segments

# Relative difference of the units' sum from the boundary's area that plain floating point may leave.
AREA_TOLERANCE = 1e-9
# A vertex nearer than this to another edge of its polygon stays on its side of it only as long as nobody touches the
# last digits: in another reference system, or in a file that keeps fewer of them, the polygon would cross itself.
LEAST_CLEARANCE_M = 1e-7


@dataclass(frozen=True)
class Proof:
    """What the checks found: `faults` is empty for a good cover.

    Attributes
    ----------
    faults : names of the checks that failed.
    area_error : relative difference of the units' area from the boundary's.
    moved_m : largest distance between the boundary and the outline of the units.
    """

    faults: tuple[str, ...]
    area_error: float
    moved_m: float


def prove(
    polygons: NDArray[np.object_],
    segments: Segments,
    boundary: BaseGeometry,
    anchors: NDArray[np.object_],
    unit_of_anchor: NDArray[np.int64],
    grid_m: float,
) -> Proof:
    """Check that units cover the boundary once, in single parts, and hold each building once.

    Parameters
    ----------
    polygons : object (u,), the units.
    segments : their rings taken apart.
    boundary : Polygon or MultiPolygon.
    anchors : object (f,), a point of each building.
    unit_of_anchor : int64 (f,), the unit that the point must lie in, and in no other.
    grid_m : noding grid; above 0 the boundary may move by it.
    """
    if not len(polygons):
        return Proof(("no_unit",), 1.0, float("inf"))
    faults = []
    if (shapely.get_type_id(polygons) != 3).any():
        faults.append("single_part")
    if not shapely.is_valid(polygons).all():
        faults.append("valid")
    if too_fine(polygons):
        faults.append("clearance")
    if not shapely.coverage_is_valid(polygons):
        faults.append("coverage")
    if segments.repeated.any():
        faults.append("segment_once_or_twice")
    area_error = abs(float(shapely.area(polygons).sum()) / boundary.area - 1)
    if area_error > max(AREA_TOLERANCE, 1.5 * grid_m * boundary.length / boundary.area):
        faults.append("area")
    row, unit = shapely.STRtree(polygons).query(anchors, predicate="intersects")
    if len(row) != len(anchors) or not np.array_equal(unit[np.argsort(row, kind="stable")], unit_of_anchor):
        faults.append("building_in_one_unit")
    moved = _outline_distance(segments, boundary)
    # Rounding moves a corner by up to 0.7 of the grid, and an edge by as much again to the corners beside it.
    if moved > max(1e-6, 1.5 * grid_m):
        faults.append("outline")
    return Proof(tuple(faults), area_error, moved)


def too_fine(polygons: NDArray[np.object_]) -> bool:
    """Whether a polygon would not outlive a change of its reference system: see `LEAST_CLEARANCE_M`."""
    return bool((shapely.minimum_clearance(polygons) < LEAST_CLEARANCE_M).any())


def _outline_distance(segments: Segments, boundary: BaseGeometry) -> float:
    """Hausdorff distance between the boundary and the segments that only one unit uses, over corners and middles."""
    outer = np.flatnonzero(segments.twin < 0)
    ours = segments.xy[np.stack([segments.start[outer], segments.end[outer]], axis=1)]
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(boundary)), return_index=True)
    theirs = np.stack([xy[:-1], xy[1:]], axis=1)[ring[1:] == ring[:-1]]
    # The middles as well: the two sides of a gap may have all their corners on the boundary.
    probes = np.concatenate([ours[:, 0], ours.mean(axis=1)])
    return max(_farthest(probes, theirs), _farthest(theirs[:, 0], ours))


def _farthest(points: NDArray[np.float64], lines: NDArray[np.float64]) -> float:
    """Greatest distance from a point to its nearest line, metres."""
    tree = shapely.STRtree(np.asarray(shapely.linestrings(lines)))
    _, distance = tree.query_nearest(shapely.points(points), return_distance=True, all_matches=False)
    return float(distance.max())
