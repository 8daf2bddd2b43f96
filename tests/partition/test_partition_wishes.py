"""Wishes beyond people and neighbours: several weights, hard barriers, staff with seats and capacities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition import PartitionSpec, solve
from tests.partition.partition_worlds import assert_sound, graph_from_edges, lattice, pieces_by_search, shuffled


def run(graph, seed=0, **wishes):
    return solve(graph, PartitionSpec(**wishes), rng=np.random.default_rng(seed))


def city(width=20, height=20, seed=1):
    weight = np.random.default_rng(seed).integers(10, 40, width * height).astype(float)
    return lattice(width, height, weight)


def walled(graph, width, column):
    """A wall between two columns of a lattice, without a gate."""
    left = (np.arange(len(graph)) % width) < column
    return replace(graph, closed=left[graph.source] != left[graph.indices])


@pytest.mark.parametrize("seed", range(3))
def test_people_and_workload_are_both_balanced(seed):
    graph = city()
    # Work lies where few people live: balance in one weight alone is none in the other.
    work = np.where(np.arange(400) % 20 < 10, 1.0, 9.0)
    graph = replace(graph, workload=work[:, None])
    result = run(graph, seed, grids=8, tolerance=0.05, workload_tolerance=(0.15,))
    assert_sound(graph, result.grid_of_unit, 8)
    people = np.bincount(result.grid_of_unit, graph.weight)
    load = np.bincount(result.grid_of_unit, work)
    assert np.abs(people / people.mean() - 1).max() <= 0.05 + 1e-9
    assert np.abs(load / load.mean() - 1).max() <= 0.15 + 1e-9
    assert result.report.outside_band == 0
    assert result.report.workload_deviation == pytest.approx((np.abs(load / load.mean() - 1).max(),))


def test_a_workload_needs_its_tolerance():
    graph = replace(city(), workload=np.ones((400, 2)))
    with pytest.raises(InvalidInput) as fault:
        run(graph, grids=4, workload_tolerance=(0.1,))
    assert fault.value.code == "wish_workload_tolerance"


@pytest.mark.parametrize("workload", [np.ones(400), np.full((400, 1), -1.0), np.full((400, 1), np.nan)])
def test_workloads_that_are_none_are_refused(workload):
    with pytest.raises(InvalidInput):
        replace(city(), workload=workload)


def test_no_grid_goes_through_a_wall():
    graph = walled(city(), 20, 7)
    result = run(graph, grids=20, tolerance=0.05)
    open_graph = replace(graph, closed=None)
    assert_sound(open_graph, result.grid_of_unit, 20)
    west = np.arange(400) % 20 < 7
    assert not set(result.grid_of_unit[west].tolist()) & set(result.grid_of_unit[~west].tolist())


def test_a_gate_lets_a_grid_through():
    graph = walled(city(), 20, 7)
    # One open place in the wall, and one grid for all: it has to reach through the gate.
    gate = (graph.source == 6) & (graph.indices == 7) | (graph.source == 7) & (graph.indices == 6)
    result = run(replace(graph, closed=graph.closed & ~gate), grids=1)
    assert result.report.disconnected == 0
    with pytest.raises(PartitionInfeasible):
        run(graph, grids=1)


def test_land_without_people_behind_walls_goes_with_a_neighbour():
    # A river through the city, closed on both banks: two units wide, nobody lives on it.
    river = np.isin(np.arange(400) % 20, (9, 10))
    graph = city()
    graph = replace(graph, weight=np.where(river, 0.0, graph.weight))
    graph = replace(graph, closed=river[graph.source] != river[graph.indices])
    result = run(graph, grids=10, tolerance=0.05)
    assert_sound(replace(graph, closed=None), result.grid_of_unit, 10)
    assert result.report.outside_band == 0
    west, east = (
        set(result.grid_of_unit[side].tolist()) for side in (np.arange(400) % 20 < 9, np.arange(400) % 20 > 10)
    )
    assert not west & east


def test_row_order_changes_nothing_with_walls_and_workload():
    graph = replace(walled(city(), 20, 7), workload=np.random.default_rng(5).uniform(0, 9, (400, 1)))
    other, order = shuffled(graph, 3)
    wishes = {"grids": 20, "tolerance": 0.1, "workload_tolerance": (0.4,)}
    assert np.array_equal(run(other, **wishes).grid_of_unit, run(graph, **wishes).grid_of_unit[order])


def seats(graph, units):
    staff = np.full(len(graph), -1)
    staff[units] = np.arange(len(units))
    return staff


@pytest.mark.parametrize("seed", range(3))
def test_each_seat_gets_a_grid_of_its_capacity(seed):
    graph = city()
    staff = seats(graph, [21, 38, 205, 214, 361, 398])
    capacity = np.array([1.0, 2.0, 1.0, 1.0, 0.5, 1.5])
    result = run(graph, seed, staff=staff, capacity=capacity, tolerance=0.05)
    assert_sound(graph, result.grid_of_unit, 6)
    assert result.grid_of_unit[staff >= 0].tolist() == staff[staff >= 0].tolist()
    fair = capacity / capacity.sum() * graph.weight.sum()
    load = np.bincount(result.grid_of_unit, graph.weight)
    assert np.abs(load / fair - 1).max() <= 0.05 + 1e-9
    assert result.report.max_deviation == pytest.approx(np.abs(load / fair - 1).max())
    assert result.report.moved_share is None


def test_staff_on_an_island_is_weighed_against_its_people():
    graph = walled(city(), 20, 10)
    west = float(graph.weight[np.arange(400) % 20 < 10].sum())
    with pytest.raises(PartitionInfeasible) as fault:
        run(graph, staff=seats(graph, [0, 1, 19]), tolerance=0.05)
    assert fault.value.code == "staff_do_not_fit"
    needed = fault.value.context["needed"]
    assert needed >= west / (2 / 3 * graph.weight.sum()) - 1
    assert run(graph, staff=seats(graph, [0, 1, 19]), tolerance=needed + 0.05).report.outside_band == 0
    with pytest.raises(PartitionInfeasible) as fault:
        run(graph, staff=seats(graph, [0, 1]))
    assert fault.value.code == "piece_without_staff"
    assert len(fault.value.context["units"]) == 200


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"staff": np.array([0, 2, -1])}, "wish_staff_numbers"),
        ({"staff": np.array([0, 1, -1]), "grids": 3}, "wish_staff_grids"),
        ({"staff": np.array([0, 1, -1]), "target": 3.0}, "wish_staff_and_target"),
        ({"staff": np.array([0, 1, -1]), "current": np.array([0, 1, 1])}, "wish_staff_and_current"),
        ({"grids": 2, "capacity": np.ones(2)}, "wish_needs_staff"),
        ({"staff": np.array([0, 1, -1]), "capacity": np.array([1.0, 0.0])}, "wish_capacity_bad"),
        (
            {"staff": np.array([0, 1, -1]), "capacity": np.ones(2), "min_weight": 1.0, "max_weight": 2.0},
            "wish_capacity_and_band",
        ),
    ],
)
def test_contradictory_wishes_are_refused(wishes, code):
    with pytest.raises(InvalidInput) as fault:
        PartitionSpec(**wishes)
    assert fault.value.code == code


def test_a_capacity_in_a_redraw_changes_the_size_of_its_grid():
    graph = city()
    first = run(graph, grids=6).grid_of_unit
    capacity = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.6])
    result = run(graph, grids=6, current=first, capacity=capacity)
    load = np.bincount(result.grid_of_unit, graph.weight)
    fair = capacity / capacity.sum() * graph.weight.sum()
    assert np.abs(load / fair - 1).max() <= 0.05 + 1e-9
    assert all(pieces_by_search(graph, np.flatnonzero(result.grid_of_unit == g)) == 1 for g in range(6))


def test_the_number_of_grids_holds_even_if_giants_want_more():
    # Three pieces and three grids, but a unit of the first piece is too heavy for a grid with its neighbour.
    star = graph_from_edges([1.0, 2, 1, 1], [(0, 1), (0, 2), (0, 3)])
    result = run(star, grids=3, tolerance=0.01, parent=np.array([0, 0, 1, 1]))
    assert_sound(star, result.grid_of_unit, 3)
    assert result.grid_of_unit[0] == result.grid_of_unit[1]


def test_a_grid_locked_in_pieces_is_refused():
    path = graph_from_edges([1.0, 1, 1, 1, 1], [(0, 1), (1, 2), (2, 3), (3, 4)])
    current = np.array([0, 1, 0, 1, 1])
    with pytest.raises(PartitionInfeasible) as fault:
        run(path, grids=2, tolerance=0.5, current=current, locked=current == 0)
    assert fault.value.code == "locked_in_pieces"
