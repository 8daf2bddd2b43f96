"""Figures of grids and plans against definitions worked out the slow way."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.partition import UnitGraph, graph_of
from geo.partition.metrics import grid_metrics, span_of_control
from geo.partition.summary import gini, metrics_block, plan_metrics, split_groups
from geo.partition.walk import walking_spans
from tests.partition.partition_worlds import connected_graphs, neighbours, shuffled, squares


def ways_by_floyd(graph, label, grid):
    """Longest shortest way inside a grid, all pairs, edges in whole 1024ths of a metre."""
    inside = np.flatnonzero(label == grid).tolist()
    far = {(a, b): 0.0 if a == b else np.inf for a in inside for b in inside}
    for a in inside:
        for b in neighbours(graph, a):
            if label[b] == grid:
                far[a, b] = round(float(np.hypot(*(graph.xy_m[a] - graph.xy_m[b]))) * 1024) / 1024
    for c, a, b in itertools.product(inside, repeat=3):
        far[a, b] = min(far[a, b], far[a, c] + far[c, b])
    return max((way for way in far.values() if np.isfinite(way)), default=0.0)


@settings(max_examples=60, deadline=None)
@given(graph=connected_graphs(max_units=14), data=st.data())
def test_the_walking_span_is_the_longest_shortest_way(graph, data):
    n = len(graph)
    if graph.xy_m is None:
        graph = replace(graph, xy_m=np.random.default_rng(n).integers(0, 9, (n, 2)) * 10.0)
    label = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    label = np.unique(label, return_inverse=True)[1]
    spans = walking_spans(label, graph, label.max() + 1)
    assert spans.tolist() == [ways_by_floyd(graph, label, grid) for grid in range(label.max() + 1)]


def test_no_way_leads_through_a_closed_border_and_none_is_known_without_points():
    # Two rows of three; the border between the two on the left is closed.
    shapes = squares(3, 2, 10.0)
    graph = graph_of(shapes, np.ones(6))
    pair = {(0, 3), (3, 0)}
    closed = np.array([(a, b) in pair for a, b in zip(graph.source.tolist(), graph.indices.tolist(), strict=True)])
    label = np.array([0, 1, 1, 0, 0, 1])
    assert walking_spans(label, graph, 2)[0] == 20
    shut = replace(graph, closed=closed)
    assert walking_spans(label, shut, 2)[0] == 10
    figures = grid_metrics(label, shut, shapes)
    assert figures.closed.tolist() == [1, 0]
    assert figures.pieces.tolist() == [2, 1]
    assert np.isnan(walking_spans(label, replace(graph, xy_m=None), 2)).all()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_gini_is_the_mean_difference_over_twice_the_mean(values):
    values = np.array(values, float)
    pairs = np.abs(values[:, None] - values[None]).mean()
    expected = pairs / (2 * values.mean()) if values.sum() else 0.0
    assert gini(values) == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=20, max_size=20), st.integers(0, 99))
def test_shapes_of_grids_are_those_of_their_union(label, seed):
    rng = np.random.default_rng(seed)
    shapes, label = squares(5, 4, 30.0), np.unique(label, return_inverse=True)[1]
    graph = graph_of(shapes, rng.integers(0, 9, 20).astype(float))
    along = np.zeros(len(graph.indices))
    marked = rng.random((20, 20)) < 0.4
    a, b = graph.source, graph.indices
    along[marked[np.minimum(a, b), np.maximum(a, b)]] = 0.75
    graph = replace(graph, along=along)
    group = rng.integers(-1, 4, 20).astype(np.int32)
    found = grid_metrics(label, graph, shapes, group=group)
    plan = plan_metrics(found, label, graph, group=group)
    pairs = [(i, j) for i in range(20) for j in neighbours(graph, i) if i < j]
    for grid in range(len(found)):
        inside = label == grid
        union = shapely.union_all(shapes[inside])
        circle = shapely.minimum_bounding_circle(union)
        assert found.area_m2[grid] == pytest.approx(union.area)
        assert found.perimeter_m[grid] == pytest.approx(union.length)
        assert found.polsby_popper[grid] == pytest.approx(4 * np.pi * union.area / union.length**2)
        assert found.hull_share[grid] == pytest.approx(union.area / union.convex_hull.area)
        # shapely draws its circle as a polygon, a little smaller than the circle itself.
        assert found.reock[grid] == pytest.approx(union.area / circle.area, rel=0.01)
        own = [(i, j) for i, j in pairs if label[i] == label[j] == grid]
        assert found.barriers[grid] == sum(marked[i, j] for i, j in own)
        assert found.barrier_m[grid] == pytest.approx(sum(0.75 * 30 for i, j in own if marked[i, j]))
        assert found.cut_m[grid] == pytest.approx(sum(30 for i, j in pairs if (label[i] == grid) != (label[j] == grid)))
        torn = [g for g in range(4) if {label[i] == grid for i in np.flatnonzero(group == g)} == {True, False}]
        assert found.groups_split[grid] == len(torn)
    assert split_groups(label, group) == [g for g in range(4) if len(set(label[group == g].tolist())) > 1]
    assert plan.groups_split == len(split_groups(label, group))
    cut = [(i, j) for i, j in pairs if label[i] != label[j]]
    assert plan.cut == len(cut)
    if cut:
        assert plan.border_on_barrier == pytest.approx(0.75 * sum(marked[i, j] for i, j in cut) / len(cut))
    assert plan.barriers == found.barriers.sum()
    weights = np.bincount(label, graph.weight)
    if weights.sum():
        assert plan.cv == pytest.approx(weights.std() / weights.mean())
        assert plan.max_deviation == pytest.approx(np.abs(weights / weights.mean() - 1).max())
        assert plan.mean_deviation == pytest.approx(np.abs(weights / weights.mean() - 1).mean())


def test_the_order_of_rows_changes_no_bit():
    rng = np.random.default_rng(5)
    shapes = np.array([shapely.transform(s, lambda xy: xy * [1.1, 0.7] + 0.123) for s in squares(8, 6, 37.0)], object)
    graph = graph_of(shapes, rng.uniform(0, 50, 48))
    label = (np.arange(48) % 8 // 3 * 2 + np.arange(48) // 24).astype(np.int32)
    turned, order = shuffled(graph, 3)
    first, second = (
        metrics_block(plan_metrics(m, lab, g), m, [f"{k:03d}" for k in range(len(m))])
        for m, lab, g in (
            (grid_metrics(label, graph, shapes), label, graph),
            (grid_metrics(label[order], turned, shapes[order]), label[order], turned),
        )
    )
    assert json.dumps(first) == json.dumps(second)


def test_what_is_not_known_is_null_and_never_nan():
    graph = UnitGraph([1.0, 2, 3], [0, 1, 3, 4], [1, 0, 2, 1])
    metrics = grid_metrics(np.array([0, 0, 1]), graph)
    block = metrics_block(plan_metrics(metrics, np.array([0, 0, 1]), graph), metrics, ["b", "a"])
    assert list(block["grids"]) == ["a", "b"]
    assert block["grids"]["a"]["weight"] == 3
    assert block["grids"]["a"]["polsby_popper"] is None
    assert block["plan"]["barriers"] is block["plan"]["closed"] is None
    assert "barriers" not in block["grids"]["a"]
    assert block["plan"]["walk_m"] is block["plan"]["cut_m"] is block["plan"]["border_on_barrier"] is None
    assert json.loads(json.dumps(block, allow_nan=False)) == block


def test_several_weights_and_shares():
    graph = UnitGraph([1.0, 2, 3], [0, 1, 3, 4], [1, 0, 2, 1], workload=np.array([[4.0], [4], [4]]))
    metrics = grid_metrics(np.array([0, 0, 1]), graph, share=np.array([1.0, 3.0]))
    # Six in all: 1.5 and 4.5 are wanted; of the workload, 3 and 9.
    assert metrics.deviation.tolist() == [1.0, pytest.approx(-1 / 3)]
    assert metrics.workload[:, 0].tolist() == [8, 4]
    assert metrics.workload_deviation[:, 0].tolist() == [pytest.approx(5 / 3), pytest.approx(-5 / 9)]


def test_span_of_control():
    grid = np.array([0, 0, 1, 2])
    assert span_of_control(grid, np.array([5.0, 1, 7, 2])).tolist() == [6, 7, 2]
    spans = span_of_control(grid, np.array([5.0, 1, 7, 2]), np.array([2.0, 0.5, 0]))
    assert spans[:2].tolist() == [3, 14]
    assert np.isnan(spans[2])
    with pytest.raises(InvalidInput, match="staff"):
        span_of_control(grid, np.ones(4), np.ones(2))
    graph = UnitGraph(np.ones(4), [0, 1, 3, 5, 6], [1, 0, 2, 1, 3, 2])
    metrics = grid_metrics(grid, graph)
    block = metrics_block(plan_metrics(metrics, grid, graph), metrics, ["a", "b", "c"], spans={"buildings": spans})
    assert block["plan"]["span_of_control"] == {"buildings": {"mean": 8.5, "most": 14.0}}
    assert block["grids"]["c"]["span_of_control"] == {"buildings": None}
