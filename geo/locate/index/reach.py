"""Searches for many points, compiled: the nearest grid, a grid of one's choice, all grids in reach."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.locate.index.boxes import FAN
from geo.locate.index.far import nearest
from geo.locate.index.ground import edge_metres, frame
from geo.locate.index.search import LEFT, RIGHT, ROOM, Floats, Ints, Tree, edges_within, nearest_edge, view

# Two edges that meet are equally near, but for the rounding of coordinates.
SAME_M: Final = 1e-6
_MANY: Final = 256  # so many edges of one grid are looked at one by one


@jit
def nearest_grids(x: Floats, y: Floats, tree: Tree, owners: Ints) -> tuple[Ints, Floats]:
    """The lowest grid among the owners of the nearest edges of each point, and metres to them."""
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    found = np.empty(FAN * FAN, dtype=np.int64)
    rank, metres = np.empty(len(x), dtype=np.int32), np.empty(len(x))
    for i in range(len(x)):
        metres[i], edge, seen, square = nearest(x[i], y[i], tree, -1, owners, todo, near)
        limit = (math.sqrt(square) + SAME_M) ** 2
        many, found = edges_within(seen, tree, limit, todo, near, found)
        best = max(owners[edge, LEFT], owners[edge, RIGHT])
        for k in found[:many]:
            for owner in (owners[k, LEFT], owners[k, RIGHT]):
                if 0 <= owner < best:
                    best = owner
        rank[i] = best
    return rank, metres


@jit
def metres_to_grids(
    x: Floats,
    y: Floats,
    rank: Ints,
    tree: Tree,
    owners: Ints,
    start: NDArray[np.int64],
    member: Ints,
    bounds: Floats,
) -> Floats:
    """Metres from each point to the border of a grid of its own; infinite where that is −1.

    All edges of a grid are looked at; of one with many, a few, and then those that the tree finds below that.
    """
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    out = np.full(len(x), np.inf)
    for i in range(len(x)):
        grid = rank[i]
        if grid < 0:
            continue
        ground = frame(y[i])
        first, last = start[grid], start[grid + 1]
        inside = bounds[grid, 0] <= x[i] <= bounds[grid, 2] and bounds[grid, 1] <= y[i] <= bounds[grid, 3]
        step = (last - first) // _MANY + 1 if inside else 1
        for place in range(first, last, step):
            out[i] = min(out[i], edge_metres(x[i], y[i], tree[0][member[place]], ground))
        if step > 1:
            seen = view(x[i], y[i], tree, False)
            limit = min(out[i] * (1.0 + 1e-9), ground[4])
            square, edge = nearest_edge(seen, tree, limit * limit, grid, owners, todo, near)
            if edge >= 0:
                out[i] = math.sqrt(square)
            elif out[i] > ground[4]:
                out[i] = nearest(x[i], y[i], tree, grid, owners, todo, near)[0]
    return out


@jit
def grids_within(
    x: Floats, y: Floats, metres: float, tree: Tree, owners: Ints, count: int
) -> tuple[NDArray[np.int64], Ints, Floats]:
    """Every pair of a point and one of `count` grids with an edge within `metres`, and how far that is."""
    todo, near = np.empty(ROOM, dtype=np.uint64), np.empty(ROOM + FAN, dtype=np.float32)
    found = np.empty(FAN * FAN, dtype=np.int64)
    least = np.full(count, np.inf)
    touched = np.empty(count, dtype=np.int32)
    room = 2 * len(x) + FAN
    point, rank, distance = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int32), np.empty(room)
    total = 0
    for i in range(len(x)):
        ground = frame(y[i])
        # A chord is shorter than the way on the ground, so that none is missed.
        many, found = edges_within(view(x[i], y[i], tree, metres > ground[4]), tree, metres**2, todo, near, found)
        grids = 0
        for k in found[:many]:
            far = edge_metres(x[i], y[i], tree[0][k], ground)
            if far > metres:
                continue
            for owner in (owners[k, LEFT], owners[k, RIGHT]):
                if owner >= 0 and far < least[owner]:
                    if least[owner] == np.inf:
                        touched[grids] = owner
                        grids += 1
                    least[owner] = far
        if total + grids > room:
            room = 2 * room + grids
            point, rank, distance = _longer(point, room), _longer(rank, room), _longer(distance, room)
        for owner in touched[:grids]:
            point[total], rank[total], distance[total] = i, owner, least[owner]
            least[owner] = np.inf
            total += 1
    return point[:total], rank[:total], distance[:total]


@jit
def _longer(values: Any, room: int) -> Any:
    out = np.empty(room, dtype=values.dtype)
    for k in range(len(values)):
        out[k] = values[k]
    return out
