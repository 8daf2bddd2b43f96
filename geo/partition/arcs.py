"""The borders of a polygon cover as arcs: each shared edge once, with the polygon on either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Segments:
    """Every straight piece of every ring, directed so that its polygon lies on the left.

    Attributes
    ----------
    start, end : int64 (m,), vertex numbers; two vertices are one if their coordinates agree to the last bit.
    owner : int32 (m,), polygon index.
    ring : int64 (m,), ring number; the segments of a ring are consecutive and in order.
    twin : int64 (m,), the segment that runs back along this one, −1 if there is none.
    repeated : bool (m,), True where the same directed segment occurs more than once (an overlap, or a ring that
        touches itself).
    xy : float64 (v, 2), coordinates of the vertices, in the polygons' own system.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    owner: NDArray[np.int32]
    ring: NDArray[np.int64]
    twin: NDArray[np.int64]
    repeated: NDArray[np.bool_]
    xy: NDArray[np.float64]

    @property
    def length(self) -> NDArray[np.float64]:
        """Length of each segment, in the units of the coordinates."""
        return np.asarray(np.hypot(*(self.xy[self.end] - self.xy[self.start]).T), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Arcs:
    """Borders, each once.

    Attributes
    ----------
    line : object (n,), LineString in the polygons' own coordinates, running with `left` on its left.
    left : int32 (n,), polygon index, never −1.
    right : int32 (n,), polygon index, −1 where nothing lies on that side.
    """

    line: NDArray[np.object_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]


def ring_segments(polygons: NDArray[Any]) -> Segments:
    """Take polygons apart into directed segments and pair those that run along each other.

    Parameters
    ----------
    polygons : object (n,)
        Polygon or MultiPolygon; None and empty ones contribute nothing.
    """
    parts, part_owner = shapely.get_parts(np.asarray(polygons, dtype=object), return_index=True)
    is_polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, part_owner = shapely.orient_polygons(parts[is_polygon]), part_owner[is_polygon]
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    coords, ring_of = shapely.get_coordinates(rings, return_index=True)
    vertex, xy = _number(coords)
    inside = ring_of[1:] == ring_of[:-1]
    start, end, ring = vertex[:-1][inside], vertex[1:][inside], ring_of[:-1][inside]
    real = start != end
    start, end, ring = start[real], end[real], ring[real].astype(np.int64)
    owner = part_owner[ring_part[ring]].astype(np.int32) if len(ring) else np.empty(0, np.int32)
    twin, repeated = _twins(start, end, len(xy))
    return Segments(start, end, owner, ring, twin, repeated, xy)


def shared_arcs(polygons: NDArray[Any]) -> Arcs:
    """Find each border between two polygons once, and each outer border.

    Vertices are compared bit for bit: a cover whose neighbours do not share their vertices shows its borders as two
    arcs with nothing on the right. Arcs are cut where the polygon on the right changes.

    Parameters
    ----------
    polygons : object (n,)
        Polygon or MultiPolygon of one cover, in any one system.

    Returns
    -------
    Arcs
        Ordered by `left`, then along its rings.

    Examples
    --------
    >>> arcs = shared_arcs(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]))
    >>> [(int(a), int(b), line.length) for a, b, line in zip(arcs.left, arcs.right, arcs.line)]
    [(0, 1, 1.0), (0, -1, 3.0), (1, -1, 3.0)]
    """
    seg = ring_segments(polygons)
    if not len(seg.start):
        return Arcs(np.empty(0, object), np.empty(0, np.int32), np.empty(0, np.int32))
    other = np.where(seg.twin >= 0, seg.owner[seg.twin], -1).astype(np.int32)
    order = _from_first_break(seg.ring, other)
    start, end, ring = seg.start[order], seg.end[order], seg.ring[order]
    owner, other = seg.owner[order], other[order]
    # A polygon that touches itself (the two banks of a slit) is no border; the higher side leaves the arc to the lower.
    keep = (other < 0) | (owner < other)
    new = np.ones(len(ring), dtype=bool)
    new[1:] = (ring[1:] != ring[:-1]) | (other[1:] != other[:-1]) | (start[1:] != end[:-1])
    run = (np.cumsum(new) - 1)[keep]
    start, end, owner, other = start[keep], end[keep], owner[keep], other[keep]
    _, first, run = np.unique(run, return_index=True, return_inverse=True)
    # Each run has one vertex more than segments: its first start, then every end.
    index = np.concatenate([np.arange(len(first)), run])
    vertices = np.concatenate([start[first], end])
    place = np.argsort(index, kind="stable")
    lines = shapely.linestrings(seg.xy[vertices[place]], indices=index[place])
    sort = np.argsort(owner[first], kind="stable")
    return Arcs(np.asarray(lines, dtype=object)[sort], owner[first][sort], other[first][sort])


def _number(coords: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Number the distinct points by their exact bits (−0.0 and 0.0 are one)."""
    coords = coords + 0.0
    bits = np.ascontiguousarray(coords).view(np.int64).reshape(-1, 2)
    order = np.lexsort((bits[:, 1], bits[:, 0]))
    sorted_bits = bits[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (sorted_bits[1:] != sorted_bits[:-1]).any(axis=1)
    vertex = np.empty(len(order), dtype=np.int64)
    vertex[order] = np.cumsum(new) - 1
    return vertex, coords[order][new]


def _twins(
    start: NDArray[np.int64], end: NDArray[np.int64], vertices: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each directed segment the first one that runs back along it, and whether it occurs twice itself."""
    forward, backward = start * vertices + end, end * vertices + start
    order = np.argsort(forward, kind="stable")
    ordered = forward[order]
    at = np.searchsorted(ordered, backward)
    found = (at < len(ordered)) & (ordered[np.minimum(at, len(ordered) - 1)] == backward) if len(ordered) else at > 0
    twin = np.where(found, order[np.minimum(at, max(len(order) - 1, 0))] if len(order) else -1, -1)
    repeated = np.zeros(len(start), dtype=bool)
    same = ordered[1:] == ordered[:-1]
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return twin.astype(np.int64), repeated


def _from_first_break(ring: NDArray[np.int64], other: NDArray[np.int32]) -> NDArray[np.int64]:
    """The order that starts every ring where its neighbour changes, so that no arc is cut at the ring's own start."""
    m = len(ring)
    new_ring = np.ones(m, dtype=bool)
    new_ring[1:] = ring[1:] != ring[:-1]
    first = np.flatnonzero(new_ring)
    size = np.diff(np.append(first, m))
    number = np.cumsum(new_ring) - 1
    previous = np.arange(m) - 1
    previous[first] = first + size - 1
    breaks = np.flatnonzero(other != other[previous])
    shift = np.zeros(len(first), dtype=np.int64)
    # Written backwards, so that the first break of a ring is the one that stays.
    shift[number[breaks][::-1]] = (breaks - first[number[breaks]])[::-1]
    place = np.arange(m) - first[number]
    return np.asarray(first[number] + (place + shift[number]) % size[number], dtype=np.int64)
