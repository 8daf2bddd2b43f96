"""Barriers between units: which borders run along a road, a river, a wall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array

from geo.partition.arcs import shared_arcs
from geo.partition.graph import UnitGraph

# A border lies along a barrier if it runs this near: units are cut along the barrier's own line, up to simplification.
NEAR_M = 2.0


def barrier_metres(
    polygons_m: NDArray[np.object_], barriers_m: NDArray[np.object_], graph: UnitGraph
) -> NDArray[np.float64]:
    """Metres of each adjacency that run along a barrier.

    Parameters
    ----------
    polygons_m : object (n,)
        The units, in metres.
    barriers_m : object (k,)
        Lines or polygons in the same system; of polygons the rings count.

    Returns
    -------
    float64 (m,), in the order of ``graph.indices``; at most ``graph.border_m``.
    """
    arcs = shared_arcs(polygons_m)
    inner = np.flatnonzero((arcs.left >= 0) & (arcs.right >= 0))
    lines, left, right = arcs.line[inner], arcs.left[inner], arcs.right[inner]
    # Each straight piece is near a barrier or not by its middle.
    coords, line_of = shapely.get_coordinates(lines, return_index=True)
    same = line_of[1:] == line_of[:-1]
    middle = (coords[1:][same] + coords[:-1][same]) / 2
    metres = np.hypot(*(coords[1:][same] - coords[:-1][same]).T)
    owner = line_of[:-1][same]
    edges = shapely.get_parts(
        np.where(shapely.get_dimensions(barriers_m) == 2, shapely.boundary(barriers_m), barriers_m)
    )
    hit = np.unique(shapely.STRtree(edges).query(shapely.points(middle), predicate="dwithin", distance=NEAR_M)[0])
    along = np.zeros(len(middle))
    along[hit] = metres[hit]
    by_line = np.bincount(owner, along, minlength=len(lines))
    n = len(graph)
    rows, columns = np.concatenate([left, right]), np.concatenate([right, left])
    matrix = coo_array((np.concatenate([by_line, by_line]), (rows, columns)), shape=(n, n)).tocsr()
    found = np.asarray(matrix[graph.source, graph.indices]).ravel()
    metres_along: NDArray[np.float64] = np.minimum(found, found if graph.border_m is None else graph.border_m)
    return metres_along


def mark_barriers(graph: UnitGraph, polygons_m: NDArray[np.object_], barriers_m: NDArray[np.object_]) -> UnitGraph:
    """The same graph, each border with the share of it that runs along a barrier; grids then follow barriers."""
    if graph.border_m is None or not len(barriers_m):
        return graph
    metres = barrier_metres(polygons_m, barriers_m, graph)
    return replace(graph, along=metres / np.maximum(graph.border_m, 1e-9))
