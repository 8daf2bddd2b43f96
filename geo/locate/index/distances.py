"""How far points are from the borders of grids, in metres."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.locate.coordinates import ground_scale, mercator
from geo.locate.index.edges import Edges

# Two grids share a border in opposite directions, and distances to it may differ in the last bit: no real difference.
_SAME: Final = 1e-9
# Borders are straight in degrees, not in Mercator: pieces this long (degrees) stay within 2 cm of each other.
_PIECE_DEG: Final = 0.01
Floats = NDArray[np.float64]


class Distances:
    """Distances to the borders of `count` grids, which are known by their ranks alone.

    Coordinates are float64 (n,) degrees WGS84 that were checked. Distances are float64 (n,) metres on the ellipsoid
    with the scale at the point: the relative error is below d / 6,378 km · tan(lat), plus 2 cm.
    """

    def __init__(self, edges: Edges, count: int) -> None:
        self._edges = edges
        self._count = count

    def to_any(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Floats]:
        """The grid with the nearest border (the lowest rank of equals), and how far that is; −1 and inf without any."""
        if not self._count:
            return np.full(len(x), -1, dtype=np.int32), np.full(len(x), np.inf)
        _, tree = self._borders
        points = _points(mercator(lon=x, lat=y))
        (point, _), distance = tree.query_nearest(points, all_matches=False, return_distance=True)
        reach = np.empty(len(points))
        reach[point] = distance
        pair, rank = tree.query(points, predicate="dwithin", distance=reach * (1 + _SAME) + _SAME)
        lowest = np.full(len(points), self._count, dtype=np.int32)
        np.minimum.at(lowest, pair, rank.astype(np.int32))
        return lowest, reach * ground_scale(y)

    def to_each(self, x: Floats, y: Floats, rank: NDArray[np.int32]) -> Floats:
        """From each point to the border of its own grid `rank` (n,); inf where that is −1."""
        distance = np.full(len(x), np.inf)
        known = rank >= 0
        if known.any():
            points = _points(mercator(lon=x[known], lat=y[known]))
            distance[known] = shapely.distance(points, self._borders[0][rank[known]])
        return distance * ground_scale(y)

    def within(self, x: Floats, y: Floats, metres: float) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
        """Every pair (point, rank, distance) of a point and a grid whose border is within `metres`, in any order."""
        if not self._count:
            return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0)
        points = _points(mercator(lon=x, lat=y))
        scale = ground_scale(y)
        borders, tree = self._borders
        point, rank = tree.query(points, predicate="dwithin", distance=metres / scale * (1 + _SAME))
        return (
            point.astype(np.int64),
            rank.astype(np.int32),
            shapely.distance(points[point], borders[rank]) * scale[point],
        )

    @cached_property
    def _borders(self) -> tuple[NDArray[np.object_], shapely.STRtree]:
        """The border of each grid in Mercator metres."""
        fine = shapely.segmentize(shapely.linestrings(self._edges.xy.reshape(-1, 2, 2)), _PIECE_DEG)
        lines = np.asarray(shapely.transform(fine, lambda xy: mercator(lon=xy[:, 0], lat=xy[:, 1])), dtype=object)
        grid = np.concatenate((self._edges.left, self._edges.right))
        edge = np.tile(np.arange(len(lines)), 2)
        order = np.argsort(grid, kind="stable")
        order = order[grid[order] >= 0]
        borders = np.asarray(shapely.multilinestrings(lines[edge[order]], indices=grid[order]), dtype=object)
        return borders, shapely.STRtree(borders)


def _points(xy: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.points(xy), dtype=object)
