"""Shapes taken apart into paths of Web Mercator, with a rank for every vertex: how far out it can still be seen.

The rank of a vertex is how far (at least) a border would stray if the vertex were left out, after Douglas and Peucker
(1973). It is found once for each stretch of border between two junctions, wherever that stretch is used: neighbours
leave out the same vertices at every zoom, so a shared border stays one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.compiled import jit
from geo.maps.tiles_wire import LINE, POINT, POLYGON

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Paths:
    """Points, lines and rings of n features, those of a feature one after another.

    Attributes
    ----------
    x, y : float64 (m,), Web Mercator with the world as the unit square, y south. Rings do not repeat their first
        vertex; outer rings run clockwise as seen on the screen, holes the other way.
    rank : float64 (m,), in worlds; infinite at junctions and ends.
    start : int64 (p + 1,), first vertex of each path.
    kind : int64 (p,), POINT, LINE or POLYGON.
    hole : bool (p,)
    first : int64 (n + 1,), first path of each feature.
    box : float64 (n, 4), least and greatest x and y; NaN for a feature without a path.
    """

    x: Floats
    y: Floats
    rank: Floats
    start: Ints
    kind: Ints
    hole: NDArray[np.bool_]
    first: Ints
    box: Floats


def paths_of(shapes: NDArray[Any]) -> Paths:
    """Take shapes apart.

    Parameters
    ----------
    shapes : object (n,), WGS84 lon, lat of any type; None and empty ones have no path.
    """
    lines, kind, hole, owner = _simple(np.asarray(shapes, dtype=object))
    coordinates, path = shapely.get_coordinates(lines, return_index=True)
    closed = kind == POLYGON
    count = np.bincount(path, minlength=len(lines))
    # A ring's last coordinate is its first one again.
    last = np.cumsum(count) - 1
    keep = np.ones(len(path), dtype=bool)
    keep[last[closed]] = False
    count = count - closed
    vertex, lon_lat = _number(coordinates[keep])
    x, y = to_world(lon_lat[:, 0], lon_lat[:, 1])
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    rank = _ranks(vertex, start, kind, x, y)
    first = np.searchsorted(owner, np.arange(len(shapes) + 1)).astype(np.int64)
    px, py = x[vertex], y[vertex]
    return Paths(px, py, rank[vertex], start, kind, hole, first, _boxes(px, py, start, first))


def _simple(shapes: NDArray[Any]) -> tuple[NDArray[Any], Ints, NDArray[np.bool_], Ints]:
    """Points, lines and rings, what each is, and whose, in the order of `shapes`."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # what a collection holds
    owner = owner[inner]
    there = ~shapely.is_empty(parts)
    parts, owner = parts[there], owner[there]
    dimension = shapely.get_dimensions(parts)
    rings, of = shapely.get_rings(shapely.orient_polygons(parts[dimension == 2], exterior_cw=True), return_index=True)
    hole = np.zeros(len(rings), dtype=bool)
    hole[1:] = of[1:] == of[:-1]
    flat = dimension < 2
    lines = np.concatenate([np.asarray(rings, dtype=object), parts[flat]])
    kind = np.concatenate([np.full(len(rings), POLYGON), np.where(dimension[flat] == 0, POINT, LINE)])
    whose = np.concatenate([owner[dimension == 2][of], owner[flat]])
    order = np.lexsort((kind, whose))
    hole = np.concatenate([hole, np.zeros(int(flat.sum()), dtype=bool)])
    return lines[order], kind[order].astype(np.int64), hole[order], whose[order].astype(np.int64)


def _number(coordinates: Floats) -> tuple[Ints, Floats]:
    """Number the distinct vertices by their bits."""
    bits = np.ascontiguousarray(coordinates + 0.0).view(np.int64).reshape(-1, 2)
    order = np.lexsort((bits[:, 1], bits[:, 0]))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (bits[order][1:] != bits[order][:-1]).any(axis=1)
    vertex = np.empty(len(order), dtype=np.int64)
    vertex[order] = np.cumsum(new) - 1
    return vertex, coordinates[order][new]


def _ranks(vertex: Ints, start: Ints, kind: Ints, x: Floats, y: Floats) -> Floats:
    """A rank for each vertex by its number."""
    path = np.repeat(np.arange(len(kind)), np.diff(start))
    following = np.arange(1, len(vertex) + 1)
    ends = start[1:][kind == POLYGON] - 1
    following[ends] = start[:-1][kind == POLYGON]
    real = np.ones(len(vertex), dtype=bool)
    real[start[1:][kind != POLYGON] - 1] = False
    real &= kind[path] != POINT
    a, b = vertex[real], vertex[following[real]]
    code = np.unique(np.minimum(a, b) * len(x) + np.maximum(a, b))
    low, high = code // max(len(x), 1), code % max(len(x), 1)
    low, high = low[low != high], high[low != high]
    end, other = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((other, end))
    beside = np.concatenate([[0], np.cumsum(np.bincount(end, minlength=len(x)))]).astype(np.int64)
    rank = np.full(len(x), np.inf)
    _rank_chains(beside, other[order], x, y, rank)
    return rank


def _boxes(x: Floats, y: Floats, start: Ints, first: Ints) -> Floats:
    box = np.full((len(first) - 1, 4), np.nan)
    some = np.flatnonzero(np.diff(first))
    if len(some):
        at = start[first[some]]
        for k, (how, column) in enumerate(((np.minimum, x), (np.minimum, y), (np.maximum, x), (np.maximum, y))):
            box[some, k] = how.reduceat(column, at)
    return box


@jit
def to_world(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees to the unit square of Web Mercator (EPSG:3857), y south; beyond 85.05° the edge.

    One by one, so that the same place gives the same bits wherever in an array it stands.
    """
    x, y = np.empty(len(lon)), np.empty(len(lon))
    for k in range(len(lon)):
        x[k] = min(max((lon[k] + 180.0) / 360.0, 0.0), 1.0)
        phi = math.radians(min(max(lat[k], -89.0), 89.0))
        y[k] = min(max(0.5 - math.asinh(math.tan(phi)) / (2.0 * math.pi), 0.0), 1.0)
    return x, y


@jit
def _rank_chains(beside: Ints, other: Ints, x: Floats, y: Floats, rank: Floats) -> None:
    """Walk every stretch between two junctions (vertices without exactly two neighbours), then the closed ones."""
    n = len(x)
    seen = np.zeros(n, np.bool_)
    chain = np.empty(n + 1, np.int64)
    stack = np.empty((n + 2, 2), np.int64)
    caps = np.empty(n + 2)
    for v in range(n):
        if beside[v + 1] - beside[v] == 2:
            continue
        for e in range(beside[v], beside[v + 1]):
            size = _walk(v, other[e], beside, other, chain)
            a, b = chain[0], chain[size - 1]
            # Each stretch is met from both ends: one of them counts, so that its direction is always the same.
            if size > 2 and (a < b or (a == b and chain[1] < chain[size - 2])):
                for k in range(1, size - 1):
                    seen[chain[k]] = True
                _thin(chain, 0, size - 1, np.inf, x, y, rank, stack, caps)
            elif size > 2:
                for k in range(1, size - 1):
                    seen[chain[k]] = True
    for v in range(n):
        if seen[v] or beside[v + 1] - beside[v] != 2:
            continue
        size = _walk(v, other[beside[v]], beside, other, chain)
        for k in range(size - 1):
            seen[chain[k]] = True
        # A closed border without junctions keeps three vertices: the first, the one farthest from it, and one more.
        far = _farthest(chain, 0, size - 1, x, y)[0]
        one, d_one = _farthest(chain, 0, far, x, y)
        two, d_two = _farthest(chain, far, size - 1, x, y)
        _thin(chain, 0, far, np.inf, x, y, rank, stack, caps)
        _thin(chain, far, size - 1, np.inf, x, y, rank, stack, caps)
        rank[chain[0]] = rank[chain[far]] = np.inf
        if one > 0 and (d_one >= d_two or two < 0):
            rank[chain[one]] = np.inf
        elif two > 0:
            rank[chain[two]] = np.inf


@jit
def _walk(v: int, to: int, beside: Ints, other: Ints, chain: Ints) -> int:
    """The vertices from `v` over `to` until a junction or `v` again; returns how many."""
    chain[0], chain[1] = v, to
    size = 2
    before, at = v, to
    while at != v and beside[at + 1] - beside[at] == 2 and size < len(chain):
        step = other[beside[at]] if other[beside[at]] != before else other[beside[at] + 1]
        before, at = at, step
        chain[size] = at
        size += 1
    return size


@jit
def _farthest(chain: Ints, i: int, j: int, x: Floats, y: Floats) -> tuple[int, float]:
    """Which vertex strictly between lies farthest from the straight line i–j, and how far; −1 where there is none."""
    ax, ay = x[chain[i]], y[chain[i]]
    dx, dy = x[chain[j]] - ax, y[chain[j]] - ay
    length = dx * dx + dy * dy
    best, at = -1.0, -1
    for k in range(i + 1, j):
        px, py = x[chain[k]] - ax, y[chain[k]] - ay
        t = 0.0 if length == 0.0 else min(max((px * dx + py * dy) / length, 0.0), 1.0)
        d = (px - t * dx) ** 2 + (py - t * dy) ** 2
        if d > best:
            best, at = d, k
    return at, math.sqrt(max(best, 0.0))


@jit
def _thin(
    chain: Ints, i: int, j: int, cap: float, x: Floats, y: Floats, rank: Floats, stack: Ints, caps: Floats
) -> None:
    """Ranks strictly between i and j; none is above that of the vertex that parted its stretch."""
    stack[0, 0], stack[0, 1], caps[0] = i, j, cap
    top = 1
    while top:
        top -= 1
        i, j, cap = stack[top, 0], stack[top, 1], caps[top]
        k, d = _farthest(chain, i, j, x, y)
        if k < 0:
            continue
        d = min(d, cap)
        rank[chain[k]] = d
        stack[top, 0], stack[top, 1], caps[top] = i, k, d
        stack[top + 1, 0], stack[top + 1, 1], caps[top + 1] = k, j, d
        top += 2
