"""Refusals: that they are right, say where it chokes, and that every relaxation they name works."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import PartitionInfeasible
from geo.partition import PartitionSpec, solve
from tests.partition.partition_worlds import assert_sound, connected_graphs, graph_from_edges, lattice
from tests.partition.test_partition_exact import all_partitions

RELAXED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(graph, spec, seed=0):
    return solve(graph, spec, rng=np.random.default_rng(seed))


def refusal(graph, spec, seed=0):
    with pytest.raises(PartitionInfeasible) as caught:
        run(graph, spec, seed)
    return caught.value


def relaxed(spec, way):
    """The wishes with one relaxation, as a person would type it."""
    kind = way["kind"]
    if kind == "grids":
        return replace(spec, grids=way["grids"], target=None)
    if kind in ("max", "min"):
        return replace(spec, **{f"{kind}_weight": way[kind]})
    if kind == "parents":
        here, there = way["parents"]
        return replace(spec, parent=np.where(spec.parent == there, here, spec.parent))
    if kind == "group":
        return replace(spec, group=np.where(spec.group == way["group"], -1, spec.group))
    if kind == "unlock":
        locked = spec.locked.copy()
        locked[way["units"]] = False
        return replace(spec, locked=locked)
    return replace(spec, **{kind: way[kind]})


def assert_ways_work(graph, spec, fault, seed=0):
    for way in fault.context["relaxations"]:
        result = run(graph, relaxed(spec, way), seed)
        assert_sound(graph, result.grid_of_unit, result.report.grids)
        assert result.report.outside_band <= len(result.report.oversize_units), way


def ways(fault):
    return {way["kind"]: way for way in fault.context["relaxations"]}


def test_what_hangs_on_a_unit_is_named_with_the_least_tolerance():
    # Two units of 1 hang on one of 10; a grid has to hold all three.
    graph = graph_from_edges([10.0, 4, 1, 10, 1, 6], [(2, 4), (4, 0), (0, 1), (1, 5), (5, 3)])
    spec = PartitionSpec(grids=3, tolerance=0.05)
    fault = refusal(graph, spec)
    assert fault.code == "hanging_too_heavy"
    assert fault.context["units"] == [0, 2, 4]
    assert fault.context["piece_weight"] == 12
    assert fault.context["needed"] == pytest.approx(0.125)
    assert ways(fault)["tolerance"]["tolerance"] == 0.125
    assert_ways_work(graph, spec, fault)
    for lang in ("zh", "en"):
        assert "0.125" in fault.message(lang)


def test_pieces_that_do_not_divide_name_a_number_of_grids_that_does():
    # An island of 40 beside a row of 120: seven grids of 22.9 divide neither.
    graph = graph_from_edges([1.0] * 160, [(k, k + 1) for k in range(159) if k != 119])
    spec = PartitionSpec(grids=7, tolerance=0.05)
    fault = refusal(graph, spec)
    assert fault.code == "pieces_do_not_fit"
    assert fault.context["units"] == list(range(120, 160))
    assert ways(fault)["tolerance"]["tolerance"] == 0.125
    assert ways(fault)["grids"]["grids"] == 8
    assert_ways_work(graph, spec, fault)


def test_an_area_that_no_number_of_grids_divides_is_named_and_may_be_joined():
    graph = lattice(6, 2, np.ones(12))
    parent = np.where(np.arange(12) % 6 < 1, 7, 3).astype(np.int32)  # 2 and 10 units
    spec = PartitionSpec(grids=3, tolerance=0.1, parent=parent)
    fault = refusal(graph, spec)
    assert fault.context["parent"] == 7
    assert set(ways(fault)) == {"tolerance", "grids", "parents"}
    assert sorted(ways(fault)["parents"]["parents"]) == [3, 7]
    assert_ways_work(graph, spec, fault)


def test_a_band_that_a_piece_misses_names_a_maximum_and_a_minimum():
    graph = graph_from_edges([10.0, 10, 10, 7], [(0, 1), (1, 2)])
    spec = PartitionSpec(min_weight=9, max_weight=12)
    fault = refusal(graph, spec)
    assert ways(fault)["min"] == {"kind": "min", "min": 7}
    assert_ways_work(graph, spec, fault)
    forced = graph_from_edges([9.0, 2, 2, 9, 9], [(0, 1), (0, 2), (0, 3), (3, 4)])
    spec = PartitionSpec(min_weight=5, max_weight=11)
    fault = refusal(forced, spec)
    assert (fault.code, fault.context["units"], fault.context["weight"]) == ("forced_over_band", [0, 1, 2], 13)
    assert ways(fault)["max"]["max"] == 13
    assert_ways_work(forced, spec, fault)


def test_locks_that_rule_the_band_out_may_be_released():
    graph = lattice(9, 1, np.r_[np.ones(8), 0.0])
    current = np.array([0, 0, 0, 0, 0, 0, 1, 1, 0], np.int32)
    locked = (current == 0) & (np.arange(9) < 6)
    spec = PartitionSpec(grids=2, tolerance=0.1, current=current, locked=locked)
    fault = refusal(graph, spec)
    assert fault.code == "locked_outside_band"
    assert fault.context["needed"] == pytest.approx(0.5)
    assert ways(fault)["unlock"]["count"] == 6
    assert_ways_work(graph, spec, fault)


def test_grids_that_are_locked_whole_are_taken_as_they_are():
    graph = lattice(8, 1, np.ones(8))
    current = np.array([0, 0, 0, 0, 0, 0, 1, 1], np.int32)
    result = run(graph, PartitionSpec(grids=2, tolerance=0.1, current=current, locked=current == 0))
    assert result.grid_of_unit.tolist() == current.tolist()
    assert (result.report.outside_band, result.report.certificate.reason) == (2, "locked")
    assert result.report.certificate.proved


def test_more_pieces_than_grids_and_more_grids_than_units():
    spec = PartitionSpec(grids=2, tolerance=5.0)
    apart = graph_from_edges([1.0, 2, 3], [])
    fault = refusal(apart, spec)
    assert ways(fault)["grids"]["grids"] == 3
    assert_ways_work(apart, spec, fault)
    line = graph_from_edges([1.0, 2, 3], [(0, 1), (1, 2)])
    fault = refusal(line, PartitionSpec(grids=40, tolerance=5.0))
    assert ways(fault)["grids"]["grids"] == 3


def test_units_too_coarse_for_the_band_are_no_reason_to_refuse():
    heavy = lattice(4, 2, np.array([1.0, 1, 50, 1, 1, 1, 1, 1]))
    report = run(heavy, PartitionSpec(grids=3, tolerance=0.05)).report
    assert report.oversize_units == (2,)
    coarse = lattice(5, 1, np.ones(5))
    report = run(coarse, PartitionSpec(grids=3, tolerance=0.05)).report
    assert report.max_deviation == pytest.approx(report.lower_bound)


@RELAXED
@given(graph=connected_graphs(max_units=8, max_weight=9), data=st.data())
def test_a_refusal_is_right_and_its_ways_work(graph, data):
    graph = replace(graph, weight=graph.weight + 1)
    n = len(graph)
    grids = data.draw(st.integers(1, min(n, 4)))
    tolerance = data.draw(st.sampled_from([0.01, 0.1, 0.3]))
    parent = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)), np.int32)
    spec = PartitionSpec(
        grids=grids,
        tolerance=tolerance,
        parent=parent if data.draw(st.booleans()) else None,
    )
    fault = None
    try:
        result = run(graph, spec)
    except PartitionInfeasible as error:
        fault = error
    if fault is None:
        assert_sound(graph, result.grid_of_unit, grids)
        return
    ideal = graph.weight.sum() / grids
    for labels in all_partitions(graph, grids):
        nested = spec.parent is None or all(len(set(parent[labels == g].tolist())) == 1 for g in range(grids))
        load = np.bincount(labels, graph.weight)
        assert not (nested and (np.abs(load / ideal - 1) <= tolerance).all()), fault.code
    assert_ways_work(graph, spec, fault)
