"""The solver where there is a plan today: few move, a bound on movement holds, what is locked stays."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition import UnitGraph
from tests.partition.partition_runs import people, run
from tests.partition.partition_worlds import (
    assert_sound,
    lattice,
)


@cache
def drawn_city():
    graph = lattice(24, 20, people(24, 20))
    return graph, run(graph, grids=20).grid_of_unit


def test_a_sound_plan_is_left_nearly_alone():
    graph, today = drawn_city()
    result = run(graph, 1, grids=20, current=today)
    assert result.report.moved_share <= 0.05
    assert result.report.max_deviation <= 0.05
    assert result.goes_on.tolist() == list(range(20))


def test_a_redraw_after_growth_moves_less_than_drawing_anew():
    graph, today = drawn_city()
    grown = UnitGraph(
        graph.weight * np.where(today % 5 == 0, 1.15, 1.0), graph.indptr, graph.indices, graph.border_m, graph.xy_m
    )
    result = run(grown, 1, grids=20, current=today)
    assert_sound(grown, result.grid_of_unit, 20)
    assert result.report.max_deviation <= 0.05
    assert result.report.moved_share < 0.3
    moved = grown.weight[result.grid_of_unit != today].sum() / grown.weight.sum()
    assert result.report.moved_share == pytest.approx(moved)


def test_a_bound_on_movement_holds_or_is_refused_with_one_that_works():
    graph, today = drawn_city()
    weight = graph.weight * np.where(today % 5 == 0, 1.2, 1.0)
    grown = UnitGraph(weight, graph.indptr, graph.indices, graph.border_m, graph.xy_m)
    with pytest.raises(PartitionInfeasible) as caught:
        run(grown, grids=20, current=today, max_moved=0.001)
    needed = caught.value.context["needed"]
    report = run(grown, grids=20, current=today, max_moved=needed).report
    assert report.moved_share <= needed
    assert report.max_deviation <= 0.05


def test_a_new_grid_is_cut_out_and_the_others_go_on():
    graph, today = drawn_city()
    result = run(graph, grids=21, current=today)
    assert_sound(graph, result.grid_of_unit, 21)
    assert sorted(result.goes_on.tolist()) == [-1, *range(20)]


def test_locked_units_stay_and_locked_grids_neither_give_nor_take():
    graph, today = drawn_city()
    weight = graph.weight * np.where(today % 5 == 0, 1.15, 1.0)
    grown = UnitGraph(weight, graph.indptr, graph.indices, graph.border_m, graph.xy_m)
    locked = np.isin(today, (3, 8)) | (np.arange(len(graph)) % 37 == 0)
    result = run(grown, grids=20, current=today, locked=locked)
    assert np.array_equal(result.goes_on[result.grid_of_unit[locked]], today[locked])
    for grid in (3, 8):
        assert np.array_equal(today == grid, result.goes_on[result.grid_of_unit] == grid)
    assert_sound(grown, result.grid_of_unit, 20)


def test_a_locked_unit_without_a_grid_is_refused():
    with pytest.raises(InvalidInput, match="locked"):
        run(lattice(3, 3, np.ones(9)), grids=2, current=np.full(9, -1), locked=np.arange(9) == 4)
