"""Land where nobody lives that touches nothing: it goes with the nearest unit; parts with people never do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import PartitionInfeasible
from geo.files.drawing import read_drawing, write_drawing
from geo.model import Units
from geo.partition import graph_of
from geo.partition.check import check_drawing
from geo.partition.islets import find_islets, join_islets, join_pairs
from geo.service.partition import PartitionRequest, draw_plan
from tests.partition.partition_worlds import neighbours, pieces_by_search, squares


def island_world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Squares of a lattice with holes, many of them empty, in three areas."""
    rng = np.random.default_rng(seed)
    shapes = squares(7, 6)[rng.permutation(42)[: rng.integers(2, 40)]]
    weight = np.where(rng.random(len(shapes)) < 0.5, 0.0, rng.integers(1, 9, len(shapes)).astype(float))
    return shapes, weight, rng.integers(0, 3, len(shapes))


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_each_empty_part_hangs_on_the_nearest_unit_of_its_area_and_nothing_else_does(seed: int) -> None:
    shapes, weight, parent = island_world(seed)
    graph = graph_of(shapes, weight)
    joins = find_islets(graph, shapes, parent)
    joined = join_islets(graph, joins.islet, joins.mainland)
    for area in np.unique(parent):
        inside = np.flatnonzero(parent == area)
        mains, parts = [], _parts(graph, inside)
        for part in parts:
            pairs = [k for k, unit in enumerate(joins.islet) if unit in part]
            if weight[part].sum() > 0:
                mains += part
                assert not pairs
            else:
                assert len(pairs) <= 1
        if mains:
            for part in (p for p in parts if not weight[p].sum()):
                (pair,) = (k for k, unit in enumerate(joins.islet) if unit in part)
                least = min(shapes[a].distance(shapes[b]) for a in part for b in mains)
                assert joins.mainland[pair] in mains
                assert joins.gap_m[pair] == pytest.approx(least)
        inhabited = sum(weight[part].sum() > 0 for part in parts)
        assert pieces_by_search(joined, inside) == max(inhabited, 1)
    again = find_islets(joined, shapes, parent)
    assert not len(again.islet)


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_rows_changes_no_pair(seed: int) -> None:
    shapes, weight, parent = island_world(seed)
    order = np.random.default_rng(seed + 1).permutation(len(shapes))
    joins = find_islets(graph_of(shapes, weight), shapes, parent)
    other = find_islets(graph_of(shapes[order], weight[order]), shapes[order], parent[order])
    ids = np.array([f"u{k}" for k in range(len(shapes))], dtype=object)
    assert sorted(joins.pairs(ids)) == sorted(other.pairs(ids[order]))


def units_with_islets(islet_weight: float = 0.0) -> Units:
    """A lattice of 6 × 4, an islet in two parts 300 m east of it and a strip that touches it in a corner."""
    shapes = [
        *squares(6, 4),
        shapely.box(900, 0, 950, 50),
        shapely.box(950, 0, 990, 50),
        shapely.box(600, 400, 700, 440),
    ]
    weight = np.array([10.0] * 24 + [0.0, islet_weight, 0.0])
    ids = np.array([f"u{k}" for k in range(27)], dtype=object)
    return Units(ids, np.array(shapes, dtype=object), weight, "EPSG:32650", weight_field="people")


def test_an_islet_does_not_spoil_the_plan_and_stays_with_it(tmp_path: Path) -> None:
    request = PartitionRequest(weight="people", grids=4, tolerance=0.05)
    drawing, figures = draw_plan(units_with_islets(), request)
    assert figures["outside_band"] == 0
    assert figures["disconnected"] == 0
    assert figures["joined"] == [
        {"unit": "u24", "to": "u5", "gap_m": 300.0, "weight": 0.0},
        {"unit": "u26", "to": "u23", "gap_m": 0.0, "weight": 0.0},
    ]
    code = dict(zip(drawing.units.ids, drawing.units.grid, strict=True))  # type: ignore[arg-type]
    assert code["u24"] == code["u25"] == code["u5"]
    assert code["u26"] == code["u23"]
    write_drawing(tmp_path / "plan.gpkg", drawing)
    read = read_drawing(str(tmp_path / "plan.gpkg"))
    assert check_drawing(read) == ()
    forgotten = {key: value for key, value in read.wishes.items() if key != "joined"}
    assert {fault.kind for fault in check_drawing(replace(read, wishes=forgotten))} == {"grid_in_pieces"}


def test_a_part_with_people_is_named_and_never_joined() -> None:
    request = PartitionRequest(weight="people", grids=4, tolerance=0.05)
    with pytest.raises(PartitionInfeasible) as caught:
        draw_plan(units_with_islets(3.0), request)
    assert caught.value.context["units"] == ["u24", "u25"]


def test_pairs_of_a_plan_that_name_no_unit_are_passed_over() -> None:
    units = units_with_islets()
    graph = graph_of(units.geometry, units.weight)
    nonsense: list[Any] = [["u24", "nobody"], ["u24"], "u24", None, ["u5", "u5"], ["u0", "u1"]]
    assert join_pairs(graph, units.ids, nonsense) is graph
    joined = join_pairs(graph, units.ids, [["u24", "u5"], ["u5", "u24"]])
    assert len(joined.indices) == len(graph.indices) + 2


def _parts(graph: Any, units: np.ndarray) -> list[list[int]]:
    """Connected parts of some units, by plain search."""
    left, parts = set(units.tolist()), []
    while left:
        part, queue = [], [left.pop()]
        while queue:
            part.append(queue.pop())
            near = [other for other in neighbours(graph, part[-1]) if other in left]
            left.difference_update(near)
            queue += near
        parts.append(part)
    return parts
