"""All lines noded into one subdivision of the area."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.partition.units.enclosures import find_holders

# A noded piece of a line stays this near to it; far below the gap between any two lines that a person drew apart.
_ON_LINE_M = 1e-6
# Enough lines at a time for the frame not to be noded too often.
_BATCH_VERTICES = 150_000


def make_faces(
    boundary: BaseGeometry,
    enclosures: NDArray[np.object_],
    walls: NDArray[np.object_],
    borders: list[NDArray[np.object_]],
    grid_m: float,
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Node everything together and take the faces inside the boundary.

    Parameters
    ----------
    boundary : Polygon or MultiPolygon.
    enclosures : object (e,), Polygon.
    walls : object (d,), dangling lines.
    borders : batches of lines; no line of one batch meets a line of another but at an enclosure's edge. The list is
        emptied on the way, so that the memory of a batch is free for the next.
    grid_m : noding grid, 0 for plain floating point.

    Returns
    -------
    faces : object (n,), Polygon.
    home : int64 (n,), the enclosure of each.
    """
    frame = np.concatenate([shapely.boundary(enclosures), walls])
    if grid_m:
        # Rounding moves lines by more than the last digit, so what is set aside would no longer meet them.
        net = shapely.get_parts(shapely.union_all(np.concatenate([frame, *borders]), grid_size=grid_m))
    else:
        net = node_in_batches(frame, borders)
    faces = shapely.get_parts(shapely.polygonize(net))
    del net
    home = find_holders(faces, enclosures, boundary)
    return faces[home >= 0], home[home >= 0]


def node_in_batches(frame: NDArray[np.object_], batches: list[NDArray[np.object_]]) -> NDArray[np.object_]:
    """Node a frame with one batch of lines after the other.

    The overlay needs about 1 kB for each vertex, so a city at once would need twice the memory of all the rest. Lines
    within an enclosure meet other enclosures at the frame alone: the noded frame goes on to the next batch, all else
    is done. A later node splits a piece of the frame and leaves its ends as they were, to the last bit.

    Parameters
    ----------
    frame : object (k,), lines.
    batches : emptied on the way.

    Returns
    -------
    object (n,), LineString; together noded.
    """
    frame = shapely.get_parts(shapely.union_all(frame))
    done: list[NDArray[np.object_]] = []
    while batches:
        lines = [frame]
        vertices = 0
        while batches and vertices < _BATCH_VERTICES:
            lines.append(batches.pop(0))
            vertices += int(shapely.get_num_coordinates(lines[-1]).sum())
        net = shapely.get_parts(shapely.union_all(np.concatenate(lines)))
        del lines
        middle = shapely.line_interpolate_point(net, 0.5, normalized=True)
        along, _ = shapely.STRtree(frame).query(middle, predicate="dwithin", distance=_ON_LINE_M)
        on_frame = np.zeros(len(net), dtype=bool)
        on_frame[along] = True
        frame = net[on_frame]
        done.append(net[~on_frame])
    return np.concatenate([frame, *done])
