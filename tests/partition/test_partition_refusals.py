"""What the solver refuses, with wishes that would work: islands, numbers, graphs that are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition import PartitionSpec, UnitGraph
from tests.partition.partition_runs import RELAXED, run
from tests.partition.partition_worlds import (
    assert_sound,
    connected_graphs,
    graph_from_edges,
    lattice,
)


def two_islands(left=10, right=10):
    """Two paths of units of weight 1."""
    edges = [(i, i + 1) for i in range(left - 1)] + [(left + i, left + i + 1) for i in range(right - 1)]
    return graph_from_edges(np.ones(left + right), edges)


def test_islands_share_the_grids_out():
    graph = two_islands(20, 10)
    result = run(graph, grids=6)
    assert_sound(graph, result.grid_of_unit, 6)
    assert result.report.max_deviation == pytest.approx(0)


def test_fewer_grids_than_islands_is_refused_with_the_number_that_works():
    graph = two_islands()
    with pytest.raises(PartitionInfeasible) as caught:
        run(graph, grids=1)
    assert caught.value.context["pieces"] == 2
    assert "2" in caught.value.message("zh")
    assert run(graph, grids=caught.value.context["pieces"]).report.grids == 2


def test_islands_that_do_not_fit_are_refused_with_the_tolerance_that_works():
    graph = two_islands(14, 10)
    with pytest.raises(PartitionInfeasible) as caught:
        run(graph, grids=2, tolerance=0.05)
    assert set(caught.value.context["units"]) in ({*range(14)}, {*range(14, 24)})
    needed = caught.value.context["needed"]
    assert run(graph, grids=2, tolerance=needed).report.max_deviation <= needed


def test_a_band_that_an_island_cannot_meet_is_refused_with_one_that_works():
    graph = two_islands(30, 7)
    with pytest.raises(PartitionInfeasible) as caught:
        run(graph, min_weight=9, max_weight=11)
    assert sorted(caught.value.context["units"]) == [*range(30, 37)]
    low = caught.value.context["needed_min"]
    assert run(graph, min_weight=low, max_weight=11).report.outside_band == 0


def test_more_grids_than_units_is_refused():
    with pytest.raises(PartitionInfeasible) as caught:
        run(lattice(3, 3, np.ones(9)), grids=10)
    assert caught.value.context["units"] == 9


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({}, "wish_size_missing"),
        ({"grids": 0}, "wish_grids_bad"),
        ({"grids": 2, "target": 3.0}, "wish_grids_and_target"),
        ({"target": -1.0}, "wish_not_positive"),
        ({"min_weight": 3.0, "target": 2.0}, "wish_half_band"),
        ({"min_weight": 3.0, "max_weight": 2.0}, "wish_band_reversed"),
        ({"grids": 2, "tolerance": -0.1}, "wish_negative"),
        ({"grids": 2, "max_moved": 0.1}, "wish_needs_current"),
        ({"grids": 2, "border_share": 2.0}, "wish_share_bad"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(wishes, code):
    with pytest.raises(InvalidInput) as caught:
        PartitionSpec(**wishes)
    assert caught.value.code == code
    assert caught.value.message("zh")
    assert caught.value.message("en")


def test_no_units_and_wrong_lengths_are_refused():
    with pytest.raises(InvalidInput, match="no units"):
        run(UnitGraph([], [0], []), grids=1)
    with pytest.raises(InvalidInput, match="parent"):
        run(lattice(2, 2, np.ones(4)), grids=1, parent=np.zeros(3, np.int32))


def test_a_group_over_two_areas_is_refused():
    with pytest.raises(InvalidInput, match="two areas"):
        run(lattice(2, 2, np.ones(4)), grids=2, parent=np.array([0, 0, 1, 1]), group=np.array([-1, 5, 5, -1]))


@RELAXED
@given(graph=connected_graphs(), data=st.data())
def test_graphs_that_are_no_graphs_are_refused(graph, data):
    if not len(graph.indices):
        return
    entry = data.draw(st.integers(0, len(graph.indices) - 1))
    keep = np.arange(len(graph.indices)) != entry
    unit, other = int(graph.source[entry]), int(graph.indices[entry])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(graph.source[keep], minlength=len(graph)))])
    with pytest.raises(InvalidInput) as caught:
        UnitGraph(graph.weight, indptr, graph.indices[keep])
    assert caught.value.code == "graph_one_way"
    assert (caught.value.context["row"], caught.value.context["other"]) == (other + 1, unit + 1)
    loop = graph.indices.copy()
    loop[entry] = unit
    with pytest.raises(InvalidInput) as caught:
        UnitGraph(graph.weight, graph.indptr, loop)
    assert caught.value.code == "graph_loop"
    border = np.ones(len(graph.indices))
    border[entry] = 2.0
    with pytest.raises(InvalidInput) as caught:
        UnitGraph(graph.weight, graph.indptr, graph.indices, border)
    assert caught.value.code == "graph_border_one_way"
