"""Parts beyond a gap, joined where a planner says how wide it may be: pairs, plan, check, redraw, advice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import minimum_spanning_tree

from geo.errors import InvalidInput, PartitionInfeasible
from geo.files import LocalFiles
from geo.model import Layer, Units
from geo.partition import UnitGraph, graph_of
from geo.partition.check import check_drawing
from geo.partition.gaps import find_gaps, find_joins
from geo.partition.islets import join_islets
from geo.service.partition import PartitionRequest, draw_plan, partition_file
from geo.service.wishes import Surroundings
from tests.partition.partition_worlds import neighbours, pieces_by_search, squares


def gappy_world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Blocks in rows and columns with gaps of many widths between them, some missing, in three areas."""
    rng = np.random.default_rng(seed)
    x, y = (np.cumsum(100 + rng.choice([0.0, 0.0, *rng.uniform(1, 60, 4)], k)) for k in (6, 5))
    boxes = [shapely.box(east, north, east + 100, north + 100) for east in x for north in y]
    shapes = np.array(boxes, dtype=object)[rng.permutation(30)[: rng.integers(2, 30)]]
    weight = np.where(rng.random(len(shapes)) < 0.3, 0.0, rng.integers(1, 9, len(shapes)).astype(float))
    return shapes, weight, rng.integers(0, 3, len(shapes))


def parts_by_search(graph: UnitGraph, members: np.ndarray) -> list[set[int]]:
    left, parts = {int(unit) for unit in members}, []
    while left:
        part: set[int] = set()
        queue = [left.pop()]
        while queue:
            part.add(queue[-1])
            near = left.intersection(neighbours(graph, queue.pop()))
            left -= near
            queue += near
        parts.append(part)
    return parts


@given(st.integers(0, 10**6), st.sampled_from([0.0, 5.0, 25.0, 60.0, 150.0, np.inf]))
@settings(max_examples=80, deadline=None)
def test_parts_hang_together_exactly_as_far_as_their_gaps_allow(seed: int, within: float) -> None:
    shapes, weight, parent = gappy_world(seed)
    graph = graph_of(shapes, weight)
    joins = find_gaps(graph, shapes, parent, within_m=within)
    joined = join_islets(graph, joins.islet, joins.mainland)
    assert (parent[joins.islet] == parent[joins.mainland]).all()
    np.testing.assert_allclose(joins.gap_m, shapely.distance(shapes[joins.islet], shapes[joins.mainland]))
    for area in np.unique(parent):
        members = np.flatnonzero(parent == area)
        parts = parts_by_search(graph, members)
        apart = np.array(
            [[shapely.distance(shapes[list(a)][:, None], shapes[list(b)]).min() for b in parts] for a in parts]
        )
        # The oracle: a shortest spanning forest of the table of all distances (0 means no edge there).
        forest = minimum_spanning_tree(np.where(apart <= within, apart + 1e-6, 0)).toarray()
        own = [k for k, unit in enumerate(joins.islet) if parent[unit] == area]
        assert len(own) == (forest > 0).sum()
        assert joins.gap_m[own].sum() == pytest.approx(forest.sum(), abs=1e-3)
        assert pieces_by_search(joined, members) == len(parts) - len(own)
        for k, part in enumerate(parts):
            least = min((apart[k, other] for other in range(len(parts)) if other != k), default=np.inf)
            beside = [
                g for a, b, g in zip(joins.islet, joins.mainland, joins.gap_m, strict=True) if a in part or b in part
            ]
            if least <= within and np.isfinite(least):
                assert min(beside) == pytest.approx(least)
            else:
                assert not beside
            # A part goes once at most; what it weighs is told with it.
            goes = [j for j in own if joins.islet[j] in part]
            assert len(goes) <= 1
            assert all(joins.weight[j] == weight[list(part)].sum() for j in goes)
    assert not len(find_gaps(joined, shapes, parent, within_m=within).islet)


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_rows_changes_no_join(seed: int) -> None:
    shapes, weight, parent = gappy_world(seed)
    order = np.random.default_rng(seed + 1).permutation(len(shapes))
    ids = np.array([f"u{k}" for k in range(len(shapes))], dtype=object)
    joins = find_joins(graph_of(shapes, weight), shapes, parent, within_m=40.0)
    other = find_joins(graph_of(shapes[order], weight[order]), shapes[order], parent[order], within_m=40.0)
    assert sorted(joins.pairs(ids)) == sorted(other.pairs(ids[order]))


def test_no_join_leads_over_a_hard_barrier() -> None:
    shapes = np.array([*squares(2, 1), shapely.box(230, 0, 300, 100)], dtype=object)
    graph = graph_of(shapes, np.ones(3))
    wall = np.array([shapely.LineString([(215, -50), (215, 150)])], dtype=object)
    assert find_gaps(graph, shapes, within_m=30.0).islet.tolist() == [2]
    assert not len(find_gaps(graph, shapes, within_m=30.0, hard_m=wall).islet)
    # Banks that touch along a closed border are no detached parts.
    shut = replace(graph, closed=np.ones(len(graph.indices), dtype=bool))
    assert find_gaps(shut, shapes, within_m=0.0).islet.tolist() == []
    assert find_gaps(shut, shapes, within_m=30.0).islet.tolist() == [2]


@pytest.mark.parametrize("metres", [-1.0, np.nan])
def test_a_distance_that_is_none_is_refused(metres: float) -> None:
    with pytest.raises(InvalidInput, match="--join"):
        find_gaps(graph_of(squares(2, 1), np.ones(2)), squares(2, 1), within_m=metres)


def units_beyond_gaps(far: float = 300.0) -> Units:
    """A lattice of 6 × 4 with ten persons in each block; three persons live 34.2 m east of it, one `far` m north."""
    shapes = [*squares(6, 4), shapely.box(634.2, 0, 700, 50), shapely.box(0, 400 + far, 50, 450 + far)]
    weight = np.array([10.0] * 24 + [3.0, 1.0])
    ids = np.array([f"u{k:02d}" for k in range(26)], dtype=object)
    return Units(ids, np.array(shapes, dtype=object), weight, "EPSG:32650", weight_field="people")


def test_a_refusal_names_the_distance_and_the_option_that_was_tried() -> None:
    request = PartitionRequest(weight="people", grids=4, tolerance=0.1)
    with pytest.raises(PartitionInfeasible) as caught:
        draw_plan(units_beyond_gaps(), request)
    way = caught.value.context["relaxations"][0]
    # Either part alone spoils the plan: 35 m would join one of them only.
    assert (way["kind"], way["join"], way["count"], way["weight"]) == ("join", 300, 2, 4.0)
    assert "--join 300" in caught.value.message("en")
    assert "--join 300" in caught.value.message("zh")
    drawing, figures = draw_plan(units_beyond_gaps(), replace(request, join=300.0))
    assert figures["outside_band"] == 0
    assert figures["joined"] == [
        {"unit": "u24", "to": "u05", "gap_m": 34.2, "weight": 3.0},
        {"unit": "u25", "to": "u18", "gap_m": 300.0, "weight": 1.0},
    ]
    assert check_drawing(drawing) == ()


def test_the_least_distance_is_named_and_what_is_joined_already_is_no_advice() -> None:
    request = PartitionRequest(weight="people", grids=4, tolerance=0.1)
    with pytest.raises(PartitionInfeasible) as caught:
        draw_plan(units_beyond_gaps(20.0), request)
    assert caught.value.context["relaxations"][0]["join"] in (20, 35)
    with pytest.raises(PartitionInfeasible) as caught:
        draw_plan(units_beyond_gaps(), replace(request, join=35.0))
    way = caught.value.context["relaxations"][0]
    assert (way["join"], way["gap_m"], way["count"]) == (300, 300.0, 1)
    # Behind a wall that no join crosses there is nothing to advise.
    wall = np.array([shapely.LineString([(-50, 500), (800, 500)])], dtype=object)
    with pytest.raises(PartitionInfeasible) as caught:
        draw_plan(units_beyond_gaps(), replace(request, join=35.0), around=Surroundings(hard=wall))
    assert "join" not in [way["kind"] for way in caught.value.context["relaxations"]]


@pytest.mark.parametrize(
    ("code", "wishes"),
    [
        ("more_pieces_than_grids", {"grids": 2}),
        ("piece_outside_band", {"least": 50.0, "most": 90.0}),
        ("pieces_do_not_fit", {"grids": 4, "within": "town", "keep": "group"}),
    ],
)
def test_every_refusal_of_a_detached_part_names_the_way_to_it_and_the_way_works(
    code: str, wishes: dict[str, Any]
) -> None:
    units = units_beyond_gaps(20.0)
    if "within" in wishes:
        # Two towns, one of them without a detached part; a group lies on both sides of the gap.
        town = np.array(["a" if k < 12 or k == 24 else "b" for k in range(26)], dtype=object)
        group = np.array(["g" if k in (4, 5) else "" for k in range(26)], dtype=object)
        units = replace(units, parent=town, group=group)
    request = PartitionRequest(weight="people", tolerance=0.1, **wishes)
    with pytest.raises(PartitionInfeasible) as caught:
        draw_plan(units, request)
    assert caught.value.code == code
    way = caught.value.context["relaxations"][0]
    assert way["kind"] == "join"
    drawing, figures = draw_plan(units, replace(request, join=float(way["join"])))
    assert figures["outside_band"] == 0
    assert check_drawing(drawing) == ()


def test_what_a_plan_joined_stays_joined_when_it_is_redrawn(tmp_path: Path) -> None:
    files, units, plan, again = LocalFiles(), units_beyond_gaps(), tmp_path / "plan.gpkg", tmp_path / "again.gpkg"
    fields = {"id": units.ids, "people": units.weight}
    files.write_layers(str(tmp_path / "units.gpkg"), {"units": Layer(units.geometry, fields, units.crs, "test")})
    request = PartitionRequest(weight="people", grids=4, tolerance=0.1, join=300.0, id_field="id")
    partition_file(files, str(tmp_path / "units.gpkg"), request, out=plan)
    drawn = files.read_drawing(str(plan))
    assert check_drawing(drawn) == ()
    forgotten = {key: value for key, value in drawn.wishes.items() if key != "joined"}
    assert {fault.kind for fault in check_drawing(replace(drawn, wishes=forgotten))} == {"grid_in_pieces"}
    # The redraw is not told of any distance: the pairs go on with the plan.
    redraw = replace(request, weight="weight", grids=3, join=None, current="grid", codes_from=str(plan))
    figures = partition_file(files, str(plan), redraw, out=again)
    read = files.read_drawing(str(again))
    assert read.wishes["joined"] == drawn.wishes["joined"]
    assert [pair["weight"] for pair in figures["joined"]] == [3.0, 1.0]
    assert figures["outside_band"] == 0
    assert check_drawing(read) == ()
