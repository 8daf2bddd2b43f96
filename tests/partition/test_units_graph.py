"""The graph made of units and what lies between them: walls, crossings, bridges, groups by compound."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Adjacency
from geo.partition.adjacency import graph_of_adjacency
from geo.partition.graph import UnitGraph, graph_of
from geo.partition.units import (
    Ground,
    build_units,
    find_crossings,
    group_units,
    own_ground,
)
from tests.partition.test_units_build import city
from tests.partition.units_worlds import WALL, ground_of, objects, walled


def test_hard_walls_and_rivers_part_the_graph_but_at_crossings() -> None:
    gate = objects(shapely.Point(50, 20))
    result = build_units(replace(walled(), gates=gate))
    ground = ground_of(result, {WALL})
    inside = set(result.unit_of_building[:2].tolist())

    def reach(graph: UnitGraph) -> set[int]:
        start = min(inside)
        seen, queue = {start}, deque([start])
        while queue:
            k = queue.popleft()
            for e in range(graph.indptr[k], graph.indptr[k + 1]):
                if not graph.closed[e] and int(graph.indices[e]) not in seen:
                    seen.add(int(graph.indices[e]))
                    queue.append(int(graph.indices[e]))
        return seen

    shut = graph_of_adjacency(_adjacency(ground, crossings=False), result.weight, None)
    assert reach(shut) == inside
    opened = graph_of_adjacency(_adjacency(ground, crossings=True, gates=gate), result.weight, None)
    assert reach(opened) == set(range(len(result.polygons)))
    no = np.zeros(len(ground.lines), dtype=bool)
    soft = graph_of_adjacency(_adjacency(ground, crossings=False), result.weight, None, hard=no)
    assert not soft.closed.any()
    assert soft.along.max() == pytest.approx(0.75)


def _adjacency(ground: Ground, *, crossings: bool, gates: np.ndarray | None = None) -> Adjacency:
    borders = ground.borders
    crossing = np.zeros(len(borders.left), dtype=bool)
    if crossings:
        crossing[find_crossings(ground, gates, objects()).border] = True
    words = np.array(["none", "road", "wall", "water"], dtype=object)
    return Adjacency(
        left=borders.left,
        right=borders.right,
        metres=borders.length_m,
        kind=words[borders.barrier],
        name=words[borders.barrier],
        strength=np.array([0.0, 0.5, 0.75, 0.95])[borders.barrier],
        hard=ground.divides,
        crossing=crossing,
    )


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_graph_of_the_adjacency_is_that_of_the_polygons(seed: int) -> None:
    result = build_units(city(seed))
    ground = ground_of(result, {2, 3})
    adjacency = _adjacency(ground, crossings=False)
    ours = graph_of_adjacency(adjacency, result.weight, None)
    theirs = graph_of(result.polygons, result.weight)
    assert (ours.indptr == theirs.indptr).all()
    assert (ours.indices == theirs.indices).all()
    assert ours.border_m == pytest.approx(theirs.border_m, abs=1e-6)
    mix = np.random.default_rng(seed).permutation(len(adjacency))
    flipped = Adjacency(**{name: values[mix] for name, values in vars(adjacency).items()})
    flipped = replace(flipped, left=flipped.right, right=flipped.left)
    again = graph_of_adjacency(flipped, result.weight, None)
    for name in ("indptr", "indices", "border_m", "along", "closed"):
        assert (getattr(ours, name) == getattr(again, name)).all()


def test_a_bridge_alone_makes_neighbours_of_two_units() -> None:
    adjacency = Adjacency(
        left=np.array([0, 0]),
        right=np.array([1, 2]),
        metres=np.array([10.0, 0.0]),
        kind=np.array(["none", "bridge"], dtype=object),
        name=np.array(["", ""], dtype=object),
        strength=np.zeros(2),
        hard=np.zeros(2, dtype=bool),
        crossing=np.array([False, True]),
    )
    graph = graph_of_adjacency(adjacency, np.ones(3), None)
    assert graph.indices.tolist() == [1, 2, 0, 0]
    assert graph.border_m.tolist() == [10, 0, 10, 0]
    assert not graph.closed.any()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_groups_by_counting_ground(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = city(seed)
    result = build_units(inputs)
    low, high = np.array(shapely.bounds(inputs.boundary)[:2]), np.array(shapely.bounds(inputs.boundary)[2:])
    corners = rng.uniform(low, high, (5, 2))
    compounds = np.array([shapely.box(*c, *(c + rng.uniform(30, 120, 2))) for c in corners], dtype=object)
    got = group_units(result.polygons, inputs.buildings, result.unit_of_building, compounds)
    for unit, polygon in enumerate(result.polygons):
        rows = [k for k in np.flatnonzero(result.unit_of_building == unit) if shapely.area(inputs.buildings[k]) > 0]
        shapes = [shapely.make_valid(inputs.buildings[k], method="structure") for k in rows] or [polygon]
        whole = sum(shape.area for shape in shapes)
        share = np.array([sum(shape.intersection(c).area for shape in shapes) / whole for c in compounds])
        if share.max() < 0.5 - 1e-9:
            assert got.compound[unit] == -1
        elif share.max() > 0.5 + 1e-9:
            assert share[got.compound[unit]] == pytest.approx(share.max())
        if share.max() < 0.9 - 1e-9:
            assert got.fence[unit] == bool(((share > 0.1) & (share < 0.9)).any())
    mix = rng.permutation(len(inputs.buildings))
    again = group_units(result.polygons, inputs.buildings[mix], result.unit_of_building[mix], compounds)
    assert (again.compound == got.compound).all()


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 8), st.integers(1, 8)), max_size=8))
def test_ground_counts_once_for_the_smallest_record(rows: list[tuple[int, int, int, int]]) -> None:
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in rows] + [None], dtype=object)
    got = own_ground(shapes)
    # Cell by cell: each belongs to the smallest record over it, of equal ones to the first.
    want = np.zeros(len(shapes))
    for x in range(20):
        for y in range(20):
            over = [k for k, (a, b, w, h) in enumerate(rows) if a <= x < a + w and b <= y < b + h]
            if over:
                want[min(over, key=lambda k: (rows[k][2] * rows[k][3], k))] += 1
    assert got == pytest.approx(want)
