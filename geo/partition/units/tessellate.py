"""Borders between the buildings of an enclosure: where the nearest wall changes.

The nearest-wall diagram is that of points sampled along the outlines: its borders are the Voronoi edges between
samples of different buildings, which are dual to Delaunay edges whose ends bear different labels.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from geo.partition.units.chains import chain_edges
from geo.partition.units.inputs import UnitSettings

# Borders run this far past the enclosure's edge, so that noding finds a true crossing; the stub is dropped later.
_OVERSHOOT_M = 0.02
_GOLDEN = (5**0.5 - 1) / 2
# Digits kept of a border vertex, metres. The same triangle gives the same vertex to all its borders.
_DIGITS = 6
# Each batch at work needs about 100 MB, and what a thread has freed the others cannot use.
_MOST_THREADS: Final = 2


def borders_between(
    parts: NDArray[np.object_], home: NDArray[np.int32], enclosures: NDArray[np.object_], settings: UnitSettings
) -> list[NDArray[np.object_]]:
    """Border lines of all enclosures that hold two buildings or more.

    Parameters
    ----------
    parts : object (f,), footprints within their enclosure, metres.
    home : int32 (f,), enclosure of each footprint.
    enclosures : object (e,), Polygon.

    Returns
    -------
    Batches of whole enclosures, each object (b,), LineString or MultiLineString, not yet noded with the barriers.
    """

    def work(batch: NDArray[np.intp]) -> NDArray[np.object_]:
        xy, label = sample_outlines(parts, batch, settings)
        return _batch_borders(xy, label, home, enclosures, settings.simplify_m)

    # Qhull, GEOS and the compiled code leave the interpreter's lock; the results come in the order of the batches.
    with ThreadPoolExecutor(min(_MOST_THREADS, cpus())) as pool:
        return list(pool.map(work, _batches(parts, home, settings)))


def cpus() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


def _batches(parts: NDArray[np.object_], home: NDArray[np.int32], settings: UnitSettings) -> Iterator[NDArray[np.intp]]:
    """Footprints of whole enclosures, about `batch_points` samples at a time."""
    crowded = np.flatnonzero((np.bincount(home) >= 2)[home])
    order = crowded[np.argsort(home[crowded], kind="stable")]
    if not len(order):
        return
    # The finer spacing bounds the number of samples from above.
    load = np.cumsum(shapely.length(parts[order]) / settings.near_step_m + shapely.get_num_coordinates(parts[order]))
    last = np.flatnonzero(np.diff(home[order], append=-1))
    start = 0
    while start < len(order):
        before = load[start - 1] if start else 0.0
        fit = last[(last >= start) & (load[last] <= before + settings.batch_points)]
        stop = (fit[-1] if len(fit) else last[last >= start][0]) + 1
        yield order[start:stop]
        start = stop


def sample_outlines(
    parts: NDArray[np.object_], chosen: NDArray[np.intp], settings: UnitSettings
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Points just inside the outlines of the `chosen` footprints: (xy float64 (p, 2), footprint (p,))."""
    shapes = parts[chosen]
    inner = shapely.buffer(shapes, -settings.wall_m, join_style="mitre")
    inner = np.where(shapely.is_empty(inner), shapes, inner)
    rings, of_shape = shapely.get_rings(shapely.get_parts(inner), return_index=True)
    of_shape = np.repeat(np.arange(len(shapes)), shapely.get_num_geometries(inner))[of_shape]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    edges = np.stack([xy[:-1][inside], xy[1:][inside]], axis=1)
    owner = of_shape[ring[1:][inside]]
    step = _steps(edges, owner, shapes, settings)
    # Facing walls sampled alike give thousands of points on common circles, which cost Qhull half as much again.
    step *= 0.85 + 0.3 * ((chosen[owner] * _GOLDEN) % 1.0)
    xy, edge = shapely.get_coordinates(shapely.segmentize(shapely.linestrings(edges), step), return_index=True)
    return xy, chosen[owner[edge]]


def _steps(
    edges: NDArray[np.float64], owner: NDArray[np.intp], shapes: NDArray[np.object_], settings: UnitSettings
) -> NDArray[np.float64]:
    """Spacing of the samples on each wall, float64 (w,): as wide as the gap to the next building, within the limits.

    A border between two rows of samples leaves the middle line by about spacing² / (8 gap), so wide gaps bear wide
    spacing. The ends of a wall do not count: a neighbour in line with it touches only the corner, which is a sample.
    """
    along = edges[:, 1] - edges[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    trim = np.minimum(0.3, np.divide(1.5, length, out=np.zeros_like(length), where=length > 0))[:, None] * along
    walls = np.asarray(shapely.linestrings(np.stack([edges[:, 0] + trim, edges[:, 1] - trim], axis=1)))
    reach = settings.near_m + settings.wall_m
    wall, near = shapely.STRtree(shapes).query(walls, predicate="dwithin", distance=reach)
    other = near != owner[wall]
    wall, near = wall[other], near[other]
    step = np.full(len(edges), settings.far_step_m)
    np.minimum.at(step, wall, shapely.distance(walls[wall], shapes[near]) + settings.wall_m)
    return np.asarray(np.maximum(step, settings.near_step_m), dtype=np.float64)


def _batch_borders(
    xy: NDArray[np.float64],
    label: NDArray[np.intp],
    home: NDArray[np.int32],
    enclosures: NDArray[np.object_],
    simplify_m: float,
) -> NDArray[np.object_]:
    """Borders of one batch, merged, thinned and clipped: object (b,)."""
    house = home[label]
    starts = np.flatnonzero(np.diff(house, prepend=-1))
    names = house[starts]
    points: list[NDArray[np.float64]] = []
    line_of_point: list[NDArray[np.int64]] = []
    index: list[NDArray[np.int64]] = []
    made = 0
    for k, (low, high) in enumerate(zip(starts, [*starts[1:], len(house)], strict=True)):
        vertices, line = label_borders(xy[low:high], label[low:high], shapely.bounds(enclosures[names[k]]))
        count = int(line.max(initial=-1)) + 1
        points.append(vertices)
        line_of_point.append(line + made)
        index.append(np.full(count, k))
        made += count
    lines = np.asarray(shapely.linestrings(np.concatenate(points), indices=np.concatenate(line_of_point)))
    owner = np.concatenate(index)
    some = shapely.length(lines) > 0
    lines, owner = lines[some], owner[some]
    thin = shapely.simplify(lines, simplify_m, preserve_topology=False)
    # A small ring (a building in a courtyard) may collapse when it is thinned; it stays as it is.
    lost = shapely.is_closed(lines) & (shapely.get_num_coordinates(thin) < 4)
    lines = np.where(lost, lines, thin)
    used = np.unique(owner)
    frames = np.full(len(names), None, dtype=object)
    frames[used] = shapely.buffer(enclosures[names[used]], _OVERSHOOT_M, join_style="mitre")
    shapely.prepare(frames)
    out = ~shapely.covers(frames[owner], lines)
    if not out.any():
        return np.asarray(lines, dtype=object)
    named, bundles = _bundle(lines[out], owner[out])
    return np.concatenate([lines[~out], shapely.intersection(bundles, frames[named])])


def _bundle(lines: NDArray[np.object_], index: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """One MultiLineString for each number in `index` (sorted), and those numbers."""
    names, compact = np.unique(index, return_inverse=True)
    return names, np.asarray(shapely.multilinestrings(lines, indices=compact))


def label_borders(
    xy: NDArray[np.float64], label: NDArray[np.intp], bounds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Lines between samples of different labels, made of Voronoi edges and cut where three labels meet.

    Parameters
    ----------
    xy : float64 (p, 2), metres.
    label : intp (p,), ≥ 0.
    bounds : float64 (4,), of the enclosure; borders are right within it.

    Returns
    -------
    xy : float64 (v, 2), vertices of all lines, each line in order.
    line : int64 (v,), the line of each vertex, ascending from 0.
    """
    origin = np.floor((bounds[:2] + bounds[2:]) / 2)
    xy, label = _distinct(xy - origin, label)
    # Four far points close the diagram. At twice the diagonal no place of the enclosure is nearer to one of them than
    # to a building; much farther would cost Qhull its precision, which works with squares of the coordinates.
    far = 2.5 * float(np.hypot(*(bounds[2:] - bounds[:2])))
    xy = np.concatenate([xy, far * np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])])
    label = np.concatenate([label, np.full(4, -1)])
    mesh = Delaunay(xy)
    centre = np.round(_circumcentres(xy[mesh.simplices], reach=1e3 * far), _DIGITS)
    triangle = np.repeat(np.arange(len(mesh.simplices)), 3)
    other = mesh.neighbors.ravel()
    # The neighbour k lies across the edge of the other two corners.
    one = label[mesh.simplices[:, [1, 2, 0]]].ravel()
    two = label[mesh.simplices[:, [2, 0, 1]]].ravel()
    wanted = (one != two) & (one >= 0) & (two >= 0) & (triangle < other)
    node, line = chain_edges(triangle[wanted], other[wanted], len(mesh.simplices))
    return centre[node] + origin, line


def _distinct(xy: NDArray[np.float64], label: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Points by x, then y, the first of equal ones; what `np.unique` finds by rows, in a fifth of the time."""
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    xy, label = xy[order], label[order]
    new = np.ones(len(xy), dtype=bool)
    new[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    return xy[new], label[new]


def _circumcentres(corners: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Float64 (t, 2); a flat triangle has its centre at `reach`, or in its middle if it is no triangle at all."""
    a = corners[:, 0]
    b, c = corners[:, 1] - a, corners[:, 2] - a
    bb, cc = (b * b).sum(axis=1), (c * c).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        twice = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
        shift = np.stack([c[:, 1] * bb - b[:, 1] * cc, b[:, 0] * cc - c[:, 0] * bb], axis=1) / twice[:, None]
        size = np.hypot(shift[:, 0], shift[:, 1])
        shift *= np.minimum(1.0, reach / size)[:, None]
    lost = ~np.isfinite(shift).all(axis=1)
    shift[lost] = (b[lost] + c[lost]) / 3
    return a + shift
