"""What every plan keeps, whatever is wished together: cover, one piece, nesting, groups, locks, walls, numbers.

The wishes are drawn at random and combined; each result is checked by searches that share no code with the solver. A
refusal is right only if it gives its reason.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition import PartitionSpec, UnitGraph, solve
from tests.partition.partition_worlds import connected_graphs, pieces_by_search, shuffled

COMBINED = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def wishes(draw, graph: UnitGraph) -> dict:
    """Any combination of wishes that fits the graph's length; many of them cannot be met."""
    n = len(graph)
    units = st.integers(0, n - 1)
    out: dict = {"tolerance": draw(st.sampled_from([0.0, 0.01, 0.05, 0.3, 2.0]))}
    size = draw(st.sampled_from(["grids", "target", "band", "staff"]))
    if size == "grids":
        out["grids"] = draw(st.integers(1, n))
    elif size == "target":
        out["target"] = draw(st.floats(1, 200))
    elif size == "band":
        low = draw(st.integers(0, 60))
        out["min_weight"], out["max_weight"] = float(low), float(low + draw(st.integers(1, 100)))
    else:
        seats = draw(st.lists(units, min_size=1, max_size=4, unique=True))
        out["staff"] = np.full(n, -1, np.int32)
        out["staff"][seats] = np.arange(len(seats))
        if draw(st.booleans()):
            out["capacity"] = np.array(draw(st.lists(st.floats(0.2, 4), min_size=len(seats), max_size=len(seats))))
    if draw(st.booleans()):
        out["parent"] = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.int32)
    if draw(st.booleans()):
        out["group"] = np.array(draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n)), np.int32)
    if size != "staff" and draw(st.booleans()):
        out["current"] = np.array(draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)), np.int32)
        if draw(st.booleans()):
            out["locked"] = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
        if draw(st.booleans()):
            out["max_moved"] = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    return out


@st.composite
def cases(draw) -> tuple[UnitGraph, dict]:
    graph = draw(connected_graphs(max_units=16))
    if draw(st.booleans()) and len(graph.indices):
        shut = {tuple(sorted(pair)) for pair in draw(st.lists(st.tuples(*[st.integers(0, 15)] * 2), max_size=6))}
        ends = zip(graph.source.tolist(), graph.indices.tolist(), strict=True)
        graph = replace(graph, closed=np.array([tuple(sorted(pair)) in shut for pair in ends]))
    asked = draw(wishes(graph))
    if draw(st.booleans()):
        load = draw(st.lists(st.integers(0, 9), min_size=len(graph), max_size=len(graph)))
        graph = replace(graph, workload=np.array(load, float)[:, None])
        asked["workload_tolerance"] = (draw(st.sampled_from([0.1, 1.0])),)
    return graph, asked


def attempt(graph: UnitGraph, asked: dict, seed: int = 0):
    """The result, or the reason why there is none."""
    try:
        return solve(graph, PartitionSpec(**asked), rng=np.random.default_rng(seed))
    except (PartitionInfeasible, InvalidInput) as fault:
        return fault


@COMBINED
@given(case=cases())
def test_every_plan_keeps_its_promises(case):
    graph, asked = case
    result = attempt(graph, asked)
    note(str(result))
    event(getattr(result, "code", "drawn"))
    if isinstance(result, InvalidInput):
        # Wishes that fit in length are refused only where they contradict one another.
        assert result.code in {"group_over_two_areas", "locked_without_grid"}
        return
    if isinstance(result, PartitionInfeasible):
        assert str(result)
        return
    labels, report = result.grid_of_unit, result.report
    assert labels.shape == (len(graph),)
    assert sorted(set(labels.tolist())) == list(range(report.grids))
    if "grids" in asked:
        assert report.grids == asked["grids"]
    for grid in range(report.grids):
        assert pieces_by_search(graph, np.flatnonzero(labels == grid)) == 1
    check_wishes(graph, asked, result)
    check_report(graph, asked, result)


def check_wishes(graph: UnitGraph, asked: dict, result) -> None:
    labels = result.grid_of_unit
    if "parent" in asked:
        pairs = set(zip(labels.tolist(), asked["parent"].tolist(), strict=True))
        assert len(pairs) == result.report.grids
    if "group" in asked:
        for group in set(asked["group"].tolist()) - {-1} - set(result.report.split_groups):
            assert len(set(labels[asked["group"] == group].tolist())) == 1
    if "locked" in asked:
        held = asked["locked"]
        assert (result.goes_on[labels[held]] == asked["current"][held]).all()
    if "staff" in asked:
        seat = asked["staff"] >= 0
        assert labels[seat].tolist() == asked["staff"][seat].tolist()
    if "max_moved" in asked:
        assert result.report.moved_share <= asked["max_moved"] + 1e-9


def check_report(graph: UnitGraph, asked: dict, result) -> None:
    labels, report = result.grid_of_unit, result.report
    load = np.array([graph.weight[labels == grid].sum() for grid in range(report.grids)])
    total = graph.weight.sum()
    capacity = asked.get("capacity", np.ones(report.grids))
    ideal = capacity / capacity.sum() * total
    if total > 0:
        assert abs(report.max_deviation - np.abs(load / ideal - 1).max()) < 1e-9
    assert report.lower_bound <= report.max_deviation + 1e-12
    half = graph.source < graph.indices
    assert report.cut == int((labels[graph.source] != labels[graph.indices])[half].sum())
    assert report.disconnected == 0
    if "current" in asked and total > 0:
        has = asked["current"] >= 0
        stayed = has & (result.goes_on[labels] == asked["current"])
        assert abs(report.moved_share - graph.weight[has & ~stayed].sum() / total) < 1e-9
        going = result.goes_on[result.goes_on >= 0].tolist()
        assert len(going) == len(set(going))


@settings(COMBINED, max_examples=50)
@given(case=cases(), turn=st.integers(0, 99))
def test_the_order_of_the_rows_and_the_names_of_areas_change_nothing(case, turn):
    graph, asked = case
    other, order = shuffled(graph, turn)
    per_unit = {"parent", "group", "current", "locked", "staff"}
    turned = {name: value[order] if name in per_unit else value for name, value in asked.items()}
    if "parent" in turned:
        turned["parent"] = (7 - 3 * turned["parent"]).astype(np.int64)
    here, there = attempt(graph, asked), attempt(other, turned)
    assert type(here) is type(there)
    if isinstance(here, PartitionInfeasible | InvalidInput):
        assert here.code == there.code
        return
    assert here.report.grids == there.report.grids
    assert here.report.max_deviation == there.report.max_deviation
    if graph.xy_m is not None:
        assert np.array_equal(there.grid_of_unit, here.grid_of_unit[order])
