"""Grids follow barriers where that costs no balance."""

from __future__ import annotations

import numpy as np
import shapely

from geo.partition import PartitionSpec, graph_of, solve
from geo.partition.barriers import barrier_metres, mark_barriers

SIDE = 50.0


def lattice(rows: int, columns: int) -> np.ndarray:
    return np.array(
        [shapely.box(c * SIDE, r * SIDE, (c + 1) * SIDE, (r + 1) * SIDE) for r in range(rows) for c in range(columns)]
    )


def test_only_borders_on_the_line_count() -> None:
    units = lattice(4, 4)
    graph = graph_of(units, np.ones(16))
    road = np.array([shapely.LineString([(100, -10), (100, 130)])])
    metres = barrier_metres(units, road, graph)
    for k, (a, b) in enumerate(zip(graph.source, graph.indices, strict=True)):
        across = {a % 4, b % 4} == {1, 2} and a // 4 == b // 4
        # The road ends at y = 130: the middle of the third row's border (125) is still on it, the fourth's is not.
        assert metres[k] == (SIDE if across and a // 4 < 3 else 0.0)


def test_polygons_count_by_their_ring() -> None:
    units = lattice(3, 3)
    graph = graph_of(units, np.ones(9))
    pond = np.array([shapely.box(50, 50, 100, 100)])
    metres = barrier_metres(units, pond, graph)
    touched = {(int(a), int(b)) for a, b, m in zip(graph.source, graph.indices, metres, strict=True) if m > 0}
    assert touched == {(4, k) for k in (1, 3, 5, 7)} | {(k, 4) for k in (1, 3, 5, 7)}


def test_marks_are_shares_and_symmetric() -> None:
    units = lattice(4, 4)
    graph = graph_of(units, np.ones(16))
    road = np.array([shapely.LineString([(100, 0), (100, 200)])])
    marked = mark_barriers(graph, units, road)
    assert marked.along is not None
    assert set(marked.along.tolist()) == {0.0, 1.0}
    there = {(int(a), int(b)): s for a, b, s in zip(marked.source, marked.indices, marked.along, strict=True)}
    assert all(there[b, a] == share for (a, b), share in there.items())
    assert mark_barriers(graph, units, np.array([], dtype=object)) is graph


def test_grids_split_along_a_crooked_road() -> None:
    units = lattice(8, 8)
    # A road that leaves 32 units on each side without being a straight line.
    road = np.array([shapely.LineString([(150, 0), (150, 200), (250, 200), (250, 400)])])
    graph = mark_barriers(graph_of(units, np.ones(64)), units, road)
    result = solve(graph, PartitionSpec(grids=2, tolerance=0.0), rng=np.random.default_rng(3))
    sides = [(k % 8) < (3 if k // 8 < 4 else 5) for k in range(64)]
    first = result.grid_of_unit == result.grid_of_unit[0]
    assert [bool(f) for f in first] == sides
