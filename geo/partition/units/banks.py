"""Water divided by the nearest bank, so that no unit reaches from one bank to the other."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.arcs import Segments, ring_segments
from geo.partition.units.enclosures import Enclosures
from geo.partition.units.inputs import UnitSettings
from geo.partition.units.tessellate import label_borders

# Lines run this far past the water's edge, so that noding finds a true crossing.
_OVERSHOOT_M = 0.02


def middle_lines(enclosures: Enclosures, settings: UnitSettings) -> NDArray[np.object_]:
    """Lines in the middle between the banks of each water that parts the ground.

    Two pieces of dry ground are of one bank if a way over dry ground leads from one to the other: a pond has one bank
    and stays whole, a river that crosses the area has two, an island is a bank of its own unless it is too small to
    be a unit. Where a barrier (the border of two communities, say) divides the water already, that is the middle.

    Parameters
    ----------
    enclosures : noded pieces of the area, vertex for vertex.

    Returns
    -------
    object (k,), LineString or MultiLineString, not yet noded.
    """
    wet = enclosures.water
    if not wet.any() or wet.all():
        return np.empty(0, dtype=object)
    seg = ring_segments(enclosures.polygons)
    one = np.flatnonzero(seg.twin >= 0)
    here, there = seg.owner[one], seg.owner[seg.twin[one]]
    alike = ~wet[here] & ~wet[there]
    count = len(wet)
    links = coo_array((np.ones(int(alike.sum()), np.int8), (here[alike], there[alike])), shape=(count, count))
    piece = connected_components(links, directed=False)[1]
    large = np.bincount(piece, shapely.area(enclosures.polygons)) >= settings.min_empty_m2
    shore = one[wet[here] & ~wet[there] & large[piece[there]]]
    owner, bank = seg.owner[shore], piece[seg.owner[seg.twin[shore]]]
    low, high = np.full(count, count), np.full(count, -1)
    np.minimum.at(low, owner, bank)
    np.maximum.at(high, owner, bank)
    out = []
    for number in np.flatnonzero(low < high):
        mine = owner == number
        out.append(_middle(seg, shore[mine], bank[mine], enclosures.polygons[number], settings))
    single = low == high
    apart = one[single[here] & single[there] & (low[here] < low[there])]
    edges = np.stack([seg.xy[seg.start[apart]], seg.xy[seg.end[apart]]], axis=1)
    out.append(np.asarray(shapely.linestrings(edges), dtype=object).reshape(-1))
    return np.concatenate(out)


def _middle(
    seg: Segments, shore: NDArray[np.int64], bank: NDArray[np.int32], water: shapely.Geometry, settings: UnitSettings
) -> NDArray[np.object_]:
    """The lines between the banks of one water."""
    edges = np.stack([seg.xy[seg.start[shore]], seg.xy[seg.end[shore]]], axis=1)
    lines = np.asarray(shapely.linestrings(edges), dtype=object)
    step = np.full(len(lines), settings.far_step_m)
    i, j = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=settings.far_step_m)
    across = bank[i] != bank[j]
    i, j = i[across], j[across]
    np.minimum.at(step, i, shapely.distance(lines[i], lines[j]))
    step = np.maximum(step, settings.near_step_m)
    xy, edge = shapely.get_coordinates(shapely.segmentize(lines, step), return_index=True)
    # Banks that meet at a point (where the water ends on the boundary of the area) share it: neither has it.
    label = bank[edge].astype(np.intp)
    places, where = np.unique(xy, axis=0, return_inverse=True)
    low, high = np.full(len(places), np.iinfo(np.intp).max), np.full(len(places), -1, dtype=np.intp)
    np.minimum.at(low, where.ravel(), label)
    np.maximum.at(high, where.ravel(), label)
    own = (low == high)[where.ravel()]
    vertices, line = label_borders(xy[own], label[own], shapely.bounds(water))
    made = np.asarray(shapely.linestrings(vertices, indices=line), dtype=object)
    made = shapely.simplify(made[shapely.length(made) > 0], settings.simplify_m, preserve_topology=False)
    clipped = shapely.intersection(made, shapely.buffer(water, _OVERSHOOT_M, join_style="mitre"))
    parts = shapely.get_parts(clipped)
    return np.asarray(parts[shapely.get_dimensions(parts) == 1], dtype=object)
