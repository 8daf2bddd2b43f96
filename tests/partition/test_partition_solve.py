"""The solver: exact cover, contiguity, bands, nesting, groups, order of rows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import PartitionInfeasible
from geo.partition import UnitGraph
from tests.partition.partition_runs import RELAXED, people, run
from tests.partition.partition_worlds import (
    assert_sound,
    connected_graphs,
    graph_from_edges,
    lattice,
    neighbours,
    pieces_by_search,
    shuffled,
)


def attainable(graph, grids):
    """5 %, or the least tolerance that a refusal names: small graphs often allow nothing better."""
    try:
        run(graph, grids=grids)
    except PartitionInfeasible as fault:
        return fault.context["needed"]
    return 0.05


@RELAXED
@given(graph=connected_graphs(), data=st.data())
def test_any_number_of_grids_of_any_connected_graph_is_sound(graph, data):
    grids = data.draw(st.integers(1, len(graph)))
    tolerance = attainable(graph, grids)
    result = run(graph, grids=grids, tolerance=tolerance)
    assert_sound(graph, result.grid_of_unit, grids)
    report = result.report
    load = np.bincount(result.grid_of_unit, graph.weight, minlength=grids)
    if graph.weight.sum() > 0:
        assert report.max_deviation == pytest.approx(np.abs(load / load.mean() - 1).max())
    assert report.disconnected == 0
    assert report.max_deviation >= report.lower_bound - 1e-12
    across = [(a, b) for a in range(len(graph)) for b in neighbours(graph, a) if a < b]
    assert report.cut == sum(result.grid_of_unit[a] != result.grid_of_unit[b] for a, b in across)


@RELAXED
@given(graph=connected_graphs(max_units=16), grids=st.integers(1, 4), turn=st.integers(0, 9))
def test_row_order_changes_nothing(graph, grids, turn):
    if graph.xy_m is None:
        # Without coordinates some units may be exchangeable; distinct weights name them.
        graph = UnitGraph(np.arange(len(graph)) + 1.0, graph.indptr, graph.indices, graph.border_m)
    grids = min(grids, len(graph))
    turned, order = shuffled(graph, turn)
    tolerance = attainable(graph, grids)
    assert tolerance == attainable(turned, grids)
    first, second = (run(g, grids=grids, tolerance=tolerance).grid_of_unit for g in (graph, turned))
    assert np.array_equal(first[order], second)


def best_deviation(graph, grids):
    """The least possible deviation by trying every labelling (tiny cases)."""
    best = np.inf
    for labels in itertools.product(range(grids), repeat=len(graph)):
        if labels[0] != 0 or len(set(labels)) != grids:
            continue
        load = np.bincount(labels, graph.weight, minlength=grids)
        deviation = np.abs(load / load.mean() - 1).max()
        if deviation < best - 1e-12 and all(
            pieces_by_search(graph, np.flatnonzero(np.array(labels) == grid)) == 1 for grid in range(grids)
        ):
            best = deviation
    return best


@pytest.mark.parametrize("seed", range(6))
def test_tolerance_zero_finds_the_evenest_division_of_small_cases(seed):
    weight = np.random.default_rng(seed).integers(1, 50, 9).astype(float)
    graph = lattice(3, 3, weight)
    found = run(graph, grids=3, tolerance=0.0).report
    assert found.max_deviation == pytest.approx(best_deviation(graph, 3))
    assert found.lower_bound <= found.max_deviation


@pytest.mark.parametrize("seed", range(3))
def test_a_city_comes_into_the_band(seed):
    graph = lattice(30, 20, people(30, 20, seed))
    report = run(graph, seed, grids=24).report
    assert report.max_deviation <= 0.05
    assert report.outside_band == 0


def test_the_same_seed_gives_the_same_grids_and_rows_may_be_shuffled():
    graph = lattice(24, 20, people(24, 20))
    first = run(graph, 3, grids=20).grid_of_unit
    turned, order = shuffled(graph, 1)
    assert np.array_equal(first, run(graph, 3, grids=20).grid_of_unit)
    assert np.array_equal(first[order], run(turned, 3, grids=20).grid_of_unit)


def test_communities_are_never_crossed_and_each_gets_its_share():
    weight = people(32, 24, 5, 4, 30)
    graph = lattice(32, 24, weight)
    column, row = np.arange(768) % 32, np.arange(768) // 32
    parent = (column // 8 + 4 * (row // 12)).astype(np.int32) + 100
    result = run(graph, parent=parent, min_weight=100, max_weight=170)
    for grid in range(result.report.grids):
        inside = result.grid_of_unit == grid
        assert len(set(parent[inside])) == 1
        assert 100 <= weight[inside].sum() <= 170
    within = graph_from_edges(
        weight, [(a, b) for a in range(768) for b in neighbours(graph, a) if parent[a] == parent[b]]
    )
    assert_sound(within, result.grid_of_unit, result.report.grids)


def test_a_target_is_a_number_of_grids():
    graph = lattice(20, 20, people(20, 20))
    report = run(graph, target=500.0).report
    assert report.grids == round(graph.weight.sum() / 500)
    assert report.max_deviation <= 0.05


def test_groups_stay_whole_even_if_their_units_do_not_touch():
    weight = people(20, 15, 2, 5, 20)
    graph = lattice(20, 15, weight)
    group = np.full(300, -1, np.int32)
    group[[0, 1, 20]] = 4
    group[[140, 143]] = 9  # linked through 141 and 142, or another way
    group[[200, 201, 221, 222]] = 2
    result = run(graph, grids=12, group=group)
    for name in (2, 4, 9):
        assert len(set(result.grid_of_unit[group == name])) == 1
    assert_sound(graph, result.grid_of_unit, 12)
    assert result.report.split_groups == ()


def test_a_group_too_heavy_for_a_grid_is_split_and_named():
    graph = lattice(10, 10, np.ones(100))
    group = np.where(np.arange(100) < 50, 7, -1)
    report = run(graph, grids=10, group=group).report
    assert report.split_groups == (7,)
    assert report.max_deviation <= 0.05


def test_a_giant_unit_is_listed_and_stops_nothing():
    weight = np.ones(100)
    weight[37] = 500
    result = run(lattice(10, 10, weight), grids=7)
    assert_sound(lattice(10, 10, weight), result.grid_of_unit, 7)
    assert result.report.oversize_units == (37,)
    assert result.report.max_deviation == pytest.approx(result.report.lower_bound)


def test_all_weights_zero():
    graph = lattice(8, 8, np.zeros(64))
    result = run(graph, grids=5)
    assert_sound(graph, result.grid_of_unit, 5)
    assert result.report.max_deviation == 0
