"""The windows in space: around every place, its neighbours from near to far as far as a window may reach."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from geo.compiled import jit
from geo.errors import InvalidInput
from geo.hotspots.scan.places import Places

# Lists of more entries than this need gigabytes; a radius or a number of neighbours bounds them.
MOST_ENTRIES = 250_000_000
# Rows of distances that are sorted at once.
_CHUNK = 256
# Places at one distance are sorted by their coordinates, so that a few more are asked for than are wanted.
_SPARE = 32


@dataclass(frozen=True)
class Reach:
    """How far a window may reach; the smallest bound holds.

    Attributes
    ----------
    max_share : of the whole measure (population or expected cases), in (0, 1].
    max_radius : plane units, or metres on the globe (along paths where grids are joined by `neighbours`).
    max_neighbours : places in a window, its centre among them.
    """

    max_share: float = 0.5
    max_radius: float = np.inf
    max_neighbours: int | None = None

    def check(self) -> None:
        """Raise InvalidInput where a bound lets no window be."""
        if not 0.0 < self.max_share <= 1.0:
            raise InvalidInput("hotspot_bad_share", value=self.max_share)
        if not self.max_radius >= 0.0:
            raise InvalidInput("hotspot_bad_option", name="max_radius", value=self.max_radius, least=0)
        if self.max_neighbours is not None and self.max_neighbours < 1:
            raise InvalidInput("hotspot_bad_option", name="max_neighbours", value=self.max_neighbours, least=1)


@dataclass(frozen=True, eq=False)
class Zones:
    """Neighbour lists in CSR: `indices[indptr[i]:indptr[i + 1]]` are places from i outwards; a window is a prefix."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]

    def prefix(self, centre: int, size: int) -> NDArray[np.int64]:
        """The places of the window of `size` places around `centre`."""
        first = self.indptr[centre]
        return self.indices[first : first + size].astype(np.int64)


def circles(places: Places, measure: NDArray[np.float64], reach: Reach) -> Zones:
    """Circles around every place: neighbours by distance, equal distances by coordinates (the lesser comes first).

    A list ends before the first place that would bring more than `max_share` of the whole measure into the window,
    as in Kulldorff (1997), Commun. Stat. Theory Methods 26, 1481–1496, and its program.
    """
    reach.check()
    limit = _limit(measure, reach)
    most = min(reach.max_neighbours or places.count, places.count)
    radius = places.straight(reach.max_radius) * (1 + 1e-12)
    near = _few(places.points, most) if most + _SPARE < places.count // 4 else None
    parts: list[NDArray[np.int32]] = []
    sizes = np.zeros(places.count, dtype=np.int64)
    for first in range(0, places.count, _CHUNK):
        centres = np.arange(first, min(first + _CHUNK, places.count))
        order, distance = _sorted_rows(places.points, centres, near, most)
        size = _sizes(order, distance, measure, limit, radius, most)
        sizes[centres] = size
        parts += [row[:n] for row, n in zip(order, size, strict=True)]
        if sizes.sum() > MOST_ENTRIES:
            raise InvalidInput("hotspot_windows_too_many", places=places.count, most=MOST_ENTRIES)
    return _joined(sizes, parts)


def paths(places: Places, measure: NDArray[np.float64], neighbours: ArrayLike, reach: Reach) -> Zones:
    """Neighbourhoods that grow along shared borders: no river is crossed without a bridge in `neighbours`.

    Places are ordered by the shortest way along pairs of neighbours, each as long as the straight line between the
    two; so every window is connected.

    Parameters
    ----------
    neighbours : (m, 2) int, pairs of rows that touch, in either order, once or twice.
    """
    reach.check()
    indptr, others, lengths = _graph(places, neighbours)
    limit = _limit(measure, reach)
    most = min(reach.max_neighbours or places.count, places.count)
    radius = reach.max_radius * (1 + 1e-12)
    sizes, parts = np.zeros(places.count, dtype=np.int64), []
    for centre in range(places.count):
        found = _walk(centre, indptr, others, lengths, measure, limit, radius, most)
        sizes[centre] = len(found)
        parts.append(found)
    if sizes.sum() > MOST_ENTRIES:
        raise InvalidInput("hotspot_windows_too_many", places=places.count, most=MOST_ENTRIES)
    return _joined(sizes, parts)


def _limit(measure: NDArray[np.float64], reach: Reach) -> float:
    # Sums are of floating numbers: a circle of exactly the share is within it.
    return reach.max_share * float(measure.sum()) * (1 + 1e-12)


def _joined(sizes: NDArray[np.int64], parts: list[NDArray[np.int32]]) -> Zones:
    indptr = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=indptr[1:])
    return Zones(indptr, np.concatenate(parts) if parts else np.empty(0, dtype=np.int32))


def _few(points: NDArray[np.float64], most: int) -> NDArray[np.int32]:
    _, found = cKDTree(points).query(points, k=most + _SPARE)
    return np.asarray(found, dtype=np.int32)


def _sorted_rows(
    points: NDArray[np.float64], centres: NDArray[np.int64], near: NDArray[np.int32] | None, most: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Candidates of each centre and their distances, both from near to far."""
    everyone = np.broadcast_to(np.arange(len(points), dtype=np.int32), (len(centres), len(points)))
    order = everyone if near is None else near[centres]
    squares = np.zeros(order.shape)
    for axis in points.T:
        squares += (axis[centres, None] - axis[order]) ** 2
    distance = np.sqrt(squares)
    within = np.argsort(distance, axis=1)
    order, distance = np.take_along_axis(order, within, 1), np.take_along_axis(distance, within, 1)
    if near is not None and (distance[:, most - 1] == distance[:, -1]).any():
        # So many stand at one distance that the search may have left out some that come first.
        return _sorted_rows(points, centres, None, most)
    return _settle(order, distance), distance


@jit
def _settle(order: NDArray[np.int32], distance: NDArray[np.float64]) -> NDArray[np.int32]:
    """Sort runs of equal distance by place; a quick sort leaves them in any order."""
    for row in range(order.shape[0]):
        for i in range(1, order.shape[1]):
            place = order[row, i]
            j = i
            while j > 0 and distance[row, j - 1] == distance[row, i] and order[row, j - 1] > place:
                order[row, j] = order[row, j - 1]
                j -= 1
            order[row, j] = place
    return order


@jit
def _sizes(
    order: NDArray[np.int32],
    distance: NDArray[np.float64],
    measure: NDArray[np.float64],
    limit: float,
    radius: float,
    most: int,
) -> NDArray[np.int64]:
    sizes = np.zeros(order.shape[0], dtype=np.int64)
    for row in range(order.shape[0]):
        inside = 0.0
        for i in range(min(most, order.shape[1])):
            inside += measure[order[row, i]]
            if inside > limit or distance[row, i] > radius:
                break
            sizes[row] = i + 1
    return sizes


def _graph(places: Places, neighbours: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    rows = len(places.of_row)
    pairs = np.asarray(neighbours)
    if not pairs.size:
        pairs = np.empty((0, 2), dtype=np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.issubdtype(pairs.dtype, np.integer):
        raise InvalidInput("hotspot_bad_neighbours", grids=rows, shape=pairs.shape)
    beyond = np.flatnonzero(((pairs < 0) | (pairs >= rows)).any(axis=1))
    if len(beyond):
        row = int(beyond[0])
        raise InvalidInput("hotspot_unknown_neighbour", grids=rows, row=row + 1, pair=tuple(pairs[row].tolist()))
    joined = places.of_row[pairs]
    both = np.unique(np.vstack((joined, joined[:, ::-1])), axis=0)
    both = both[both[:, 0] != both[:, 1]]
    indptr = np.searchsorted(both[:, 0], np.arange(places.count + 1)).astype(np.int64)
    lengths = np.sqrt(((places.points[both[:, 0]] - places.points[both[:, 1]]) ** 2).sum(axis=1))
    return indptr, np.ascontiguousarray(both[:, 1]), lengths


@jit
def _walk(
    centre: int,
    indptr: NDArray[np.int64],
    others: NDArray[np.int64],
    lengths: NDArray[np.float64],
    measure: NDArray[np.float64],
    limit: float,
    radius: float,
    most: int,
) -> NDArray[np.int32]:
    """Dijkstra's way outwards, until the window is full; equal lengths by place."""
    best = np.full(len(indptr) - 1, np.inf)
    done = np.zeros(len(indptr) - 1, dtype=np.bool_)
    best[centre] = 0.0
    queue = [(0.0, centre)]
    found = np.empty(most, dtype=np.int32)
    count, inside = 0, 0.0
    while len(queue) > 0 and count < most:
        length, place = heapq.heappop(queue)
        if done[place]:
            continue
        done[place] = True
        inside += measure[place]
        if inside > limit or length > radius:
            break
        found[count] = place
        count += 1
        for edge in range(indptr[place], indptr[place + 1]):
            other = others[edge]
            longer = length + lengths[edge]
            if longer < best[other]:
                best[other] = longer
                heapq.heappush(queue, (longer, other))
    return found[:count].copy()
