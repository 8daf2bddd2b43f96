"""Parts beyond a gap that a planner wants joined: over a ditch, a road or a park that no unit covers, by one adjacency.

A drawing never does it by itself where people live: only who knows the ground can say that 35 metres are a footbridge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.partition.graph import UnitGraph, pieces_of
from geo.partition.islets import Joins, find_islets, join_islets

# Distances are compared to the millimetre; ties go by the order of the units on the map.
_DECIMALS = 3


def find_joins(
    graph: UnitGraph,
    shapes_m: NDArray[np.object_],
    parent: NDArray[np.integer] | None = None,
    *,
    within_m: float | None = None,
    hard_m: NDArray[np.object_] | None = None,
) -> Joins:
    """Every pair that a plan joins: detached parts at most `within_m` away, and then the empty ones that are left.

    Parameters
    ----------
    within_m : float, optional
        Metres; without it only parts where nobody lives are joined (`find_islets`).
    graph, shapes_m, parent, hard_m
        As for `find_gaps`.
    """
    if within_m is None:
        return find_islets(graph, shapes_m, parent)
    near = find_gaps(graph, shapes_m, parent, within_m=within_m, hard_m=hard_m)
    return near.and_(find_islets(join_islets(graph, near.islet, near.mainland), shapes_m, parent))


def find_gaps(
    graph: UnitGraph,
    shapes_m: NDArray[np.object_],
    parent: NDArray[np.integer] | None = None,
    *,
    within_m: float,
    hard_m: NDArray[np.object_] | None = None,
) -> Joins:
    """The shortest joins, each at most `within_m` long, that leave no two parts of an area that near to each other.

    A part is what touches nothing else of its area; units parted by a closed border only do touch, and stay parted.
    The joins are a shortest spanning forest of the parts (Borůvka 1926): each part is joined to the nearest unit of its
    area, one adjacency for each part that is gone.

    Parameters
    ----------
    graph : UnitGraph
    shapes_m : object (n,), the units in a metric system.
    parent : int (n,), optional
        Area of each unit: nothing is joined over its border.
    within_m : float, metres ≥ 0, inclusive; infinity joins all that can be.
    hard_m : object (k,), optional
        Lines or polygons in the same system that no join crosses.

    Returns
    -------
    Joins
        Of each pair the `islet` lies in the part that goes, away from the part with the most people. In the order of
        the rows; the same pairs whatever that order is.

    Raises
    ------
    InvalidInput
        `within_m` is negative or no number.
    """
    from geo.partition.solver.canonical import canonical

    if not within_m >= 0:
        raise InvalidInput("join_metres_bad", got=within_m)
    area = np.zeros(len(graph), np.int64) if parent is None else np.unique(parent, return_inverse=True)[1]
    part = pieces_of(area, replace(graph, closed=None)).astype(np.int64)
    rank = canonical(graph).rank
    hard = None if hard_m is None or not len(hard_m) else shapely.STRtree(hard_m)
    group = part.copy()
    pairs: list[tuple[float, int, int]] = []
    while True:
        ways = [
            way
            for members in _divided(area, group)
            for way in _shortest(members, group, shapes_m, rank, within_m=float(within_m), hard=hard)
        ]
        joined = _unite(ways, group, rank)
        if not joined:
            return _towards_the_most(pairs, part, graph.weight, rank)
        pairs += joined


def _divided(area: NDArray[np.int64], part: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """The units of each area that is in several parts."""
    both = np.unique(np.column_stack([area, part]), axis=0)
    numbers, count = np.unique(both[:, 0], return_counts=True)
    for number in numbers[count > 1]:
        yield np.flatnonzero(area == number)


def _shortest(
    members: NDArray[np.intp],
    part: NDArray[np.int64],
    shapes_m: NDArray[np.object_],
    rank: NDArray[np.int64],
    *,
    within_m: float,
    hard: shapely.STRtree | None,
) -> Iterator[tuple[float, int, int]]:
    """The shortest way out of each part of one area but the largest: its length, and the units at both ends."""
    numbers, size = np.unique(part[members], return_counts=True)
    main = numbers[np.argmax(size)]
    large, small = members[part[members] == main], members[part[members] != main]
    mainland = shapely.STRtree(shapes_m[large])
    for number in numbers[numbers != main]:
        own, others = small[part[small] == number], small[part[small] != number]
        ends = [_near(own, large, mainland, shapes_m, within_m)]
        if len(others):
            ends.append(_near(own, others, shapely.STRtree(shapes_m[others]), shapes_m, within_m))
        a, b, gap = (np.concatenate(column) for column in zip(*ends, strict=True))
        if hard is not None:
            free = np.ones(len(a), dtype=bool)
            free[hard.query(shapely.shortest_line(shapes_m[a], shapes_m[b]), predicate="intersects")[0]] = False
            a, b, gap = a[free], b[free], gap[free]
        if not len(a):
            continue
        low, high = np.minimum(rank[a], rank[b]), np.maximum(rank[a], rank[b])
        best = np.lexsort((high, low, np.round(gap, _DECIMALS)))[0]
        yield float(gap[best]), int(a[best]), int(b[best])


def _near(
    own: NDArray[np.intp],
    others: NDArray[np.intp],
    tree: shapely.STRtree,
    shapes_m: NDArray[np.object_],
    within_m: float,
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """The nearest of `others` (in `tree`) to each of `own`, all that are alike, if they are near enough."""
    # The tree wants a distance above 0, and does not say whether it takes the end of it in.
    most = None if np.isinf(within_m) else within_m + 0.01
    (row, _), least = tree.query_nearest(shapes_m[own], max_distance=most, return_distance=True, all_matches=False)
    # Of those that are as near to the millimetre the order on the map decides, from whichever side they are looked at.
    at, near = tree.query(shapes_m[own[row]], predicate="dwithin", distance=least + 2 * 10.0**-_DECIMALS)
    gap = shapely.distance(shapes_m[own[row[at]]], shapes_m[others[near]])
    keep = gap <= within_m
    return own[row[at[keep]]], others[near[keep]], np.asarray(gap[keep], dtype=np.float64)


def _unite(
    ways: list[tuple[float, int, int]], group: NDArray[np.int64], rank: NDArray[np.int64]
) -> list[tuple[float, int, int]]:
    """Join along the ways, shortest first, and renumber `group` in place: the ways that were needed."""
    needed = []
    for gap, a, b in sorted(
        ways, key=lambda way: (round(way[0], _DECIMALS), *sorted((int(rank[way[1]]), int(rank[way[2]]))))
    ):
        # Two parts may both have chosen the way between them.
        if group[a] != group[b]:
            needed.append((gap, a, b))
            group[group == group[a]] = group[b]
    return needed


def _towards_the_most(
    pairs: list[tuple[float, int, int]], part: NDArray[np.int64], weight: NDArray[np.float64], rank: NDArray[np.int64]
) -> Joins:
    """The pairs, each from the part that is farther from the most people: every part but one of a tree goes once."""
    people, size = np.bincount(part, weight), np.bincount(part)
    first = np.full(len(size), len(rank))
    np.minimum.at(first, part, rank)
    ways: dict[int, list[tuple[int, int, float]]] = {}
    for gap, a, b in pairs:
        ways.setdefault(int(part[a]), []).append((a, b, gap))
        ways.setdefault(int(part[b]), []).append((b, a, gap))
    seen: set[int] = set()
    rows: list[tuple[int, int, float, float]] = []
    for root in sorted(ways, key=lambda number: (-people[number], -size[number], first[number])):
        queue = [] if root in seen else [root]
        seen.add(root)
        while queue:
            for near, far, gap in ways[queue.pop()]:
                there = int(part[far])
                if there not in seen:
                    seen.add(there)
                    queue.append(there)
                    rows.append((far, near, gap, float(people[there])))
    rows.sort()
    islet, mainland, gaps, loads = (np.array([row[k] for row in rows], dtype=np.float64) for k in range(4))
    return Joins(islet.astype(np.int64), mainland.astype(np.int64), gaps, loads)
