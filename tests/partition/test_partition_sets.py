"""All grids of a band, listed: against every subset of the units; and plans where units are few and large."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition import PartitionSpec, UnitGraph, solve
from geo.partition.solver.anneal import arena_of
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Terms
from geo.partition.solver.every_grid import every_grid
from geo.partition.solver.listing import weld_light_branches
from geo.partition.solver.set_partition import choice_of, nearest, ruled_out
from tests.partition.partition_worlds import (
    assert_sound,
    connected_graphs,
    graph_from_edges,
    lattice,
    pieces_by_search,
    shuffled,
)

FOREVER = Clock(None, None)


def arena(graph: UnitGraph):
    n = len(graph)
    return arena_of(graph, np.zeros(n, bool), np.full(n, -1, np.int32))


def terms(grids: int, low: float, high: float) -> Terms:
    scale = np.array([max(high, 1.0) / 20])
    return Terms(np.full((grids, 1), low), np.full((grids, 1), high), scale, 0.0, np.inf)


def all_sets(graph: UnitGraph, low: float, high: float) -> dict[frozenset[int], float]:
    """Every connected set in the band by trying all subsets, and half of the price of its border."""
    found = {}
    for size in range(1, len(graph) + 1):
        for units in itertools.combinations(range(len(graph)), size):
            if low <= graph.weight[list(units)].sum() <= high and pieces_by_search(graph, units) == 1:
                inside = np.isin(np.arange(len(graph)), units)
                crossing = inside[graph.source] & ~inside[graph.indices]
                found[frozenset(units)] = float(graph.border_m[crossing].sum()) / 2
    return found


def partitions(graph: UnitGraph, sets, grids: int):
    """Every way to cover all units by `grids` of the sets, each unit once."""
    by_first = {unit: [s for s in sets if min(s) == unit] for unit in range(len(graph))}

    def cover(left: frozenset[int], wanted: int):
        if not left or not wanted:
            if not left and not wanted:
                yield ()
            return
        for s in by_first[min(left)]:
            if s <= left:
                for rest in cover(left - s, wanted - 1):
                    yield (s, *rest)

    yield from cover(frozenset(range(len(graph))), grids)


@given(connected_graphs(max_units=8), st.data())
@settings(deadline=None, max_examples=60)
def test_every_connected_set_of_a_band_is_listed_once(graph, data):
    low = data.draw(st.integers(0, 60))
    high = low + data.draw(st.integers(0, 60))
    expected = all_sets(graph, low, high)
    found = every_grid(arena(graph), np.array([float(low)]), np.array([float(high)]))
    listed = [frozenset(found.units.indices[a:b].tolist()) for a, b in itertools.pairwise(found.units.indptr.tolist())]
    assert len(listed) == len(set(listed))
    assert dict(zip(listed, found.border.tolist(), strict=True)) == pytest.approx(expected)
    for s, load in zip(listed, found.load[:, 0], strict=True):
        assert load == graph.weight[list(s)].sum()


@given(connected_graphs(max_units=8), st.data())
@settings(deadline=None, max_examples=60)
def test_a_choice_is_the_cheapest_there_is_or_proved_to_be_none(graph, data):
    grids = data.draw(st.integers(1, len(graph)))
    low = data.draw(st.integers(0, 40))
    high = low + data.draw(st.integers(0, 80))
    plans = list(partitions(graph, all_sets(graph, low, high), grids))
    cheapest = min((cut_of(graph, plan) for plan in plans), default=None)
    choice = choice_of(arena(graph), terms(grids, low, high))
    everything = float(graph.border_m.sum()) or 1e-300
    if not plans:
        assert choice.cheapest(FOREVER) is None
        return
    assert choice.least <= cheapest / everything + 1e-9
    label, cost = choice.cheapest(FOREVER)
    assert_sound(graph, label, grids)
    load = np.bincount(label, graph.weight)
    assert low <= load.min()
    assert load.max() <= high
    # Within three thousandths of the best, as the search may end there.
    assert cheapest / everything - 1e-9 <= cost <= cheapest / everything * 1.003 + 1e-9


def cut_of(graph: UnitGraph, plan) -> float:
    label = np.empty(len(graph), int)
    for number, s in enumerate(plan):
        label[list(s)] = number
    return float(graph.border_m[label[graph.source] != label[graph.indices]].sum()) / 2


@given(connected_graphs(max_units=7), st.data())
@settings(deadline=None, max_examples=40)
def test_what_is_ruled_out_is_no_plan_s_deviation(graph, data):
    grids = data.draw(st.integers(2, 7))
    ideal = float(graph.weight.sum()) / grids
    if len(graph) < grids or ideal <= 0:
        return
    plans = partitions(graph, all_sets(graph, 0, np.inf), grids)
    least = min(max(abs(graph.weight[list(s)].sum() / ideal - 1) for s in plan) for plan in plans)
    bound = ruled_out(arena(graph), grids, ideal, 0.0, least)
    assert 0 <= bound <= least
    # Asked about a plan that is not the best, it stays below the best.
    assert ruled_out(arena(graph), grids, ideal, 0.0, least + 0.5) <= least + 1e-5


@given(connected_graphs(max_units=8), st.data())
@settings(deadline=None, max_examples=60)
def test_no_grid_of_the_band_parts_a_light_branch_from_its_unit(graph, data):
    low = data.draw(st.integers(1, 60))
    grids = data.draw(st.integers(1, len(graph)))
    node, welded = weld_light_branches(graph, float(low))
    assert welded.weight.sum() == graph.weight.sum()
    across = node[graph.source] != node[graph.indices]
    assert welded.border_m.sum() == pytest.approx(graph.border_m[across].sum())
    for grid in range(len(welded)):
        assert pieces_by_search(graph, np.flatnonzero(node == grid)) == 1
    for plan in partitions(graph, all_sets(graph, low, np.inf), grids):
        for s in plan:
            assert len(set(node[list(s)])) + len(set(np.delete(node, list(s)))) == len(welded)


def test_too_many_sets_are_given_up_soon():
    graph = lattice(15, 15, np.ones(225))
    assert every_grid(arena(graph), np.array([20.0]), np.array([25.0])) is None


@cache
def planted(seed: int, n: int, grids: int, extra: float):
    """Units along a random tree with some further borders, weights such that a plan within 1 % exists."""
    rng = np.random.default_rng(seed)
    edges = [(int(rng.integers(max(0, i - 6), i)), i) for i in range(1, n)]
    edges += [(i, i + int(rng.integers(2, 6))) for i in range(n - 6) if rng.random() < extra]
    graph = graph_from_edges(np.ones(n), edges)
    part, front = np.full(n, -1), []
    seeds = rng.choice(n, grids, replace=False)
    part[seeds] = np.arange(grids)
    front = [(int(u), int(v)) for u in seeds for v in graph.indices[graph.indptr[u] : graph.indptr[u + 1]]]
    while front:
        u, v = front.pop(int(rng.integers(len(front))))
        if part[v] < 0:
            part[v] = part[u]
            front += [(v, int(w)) for w in graph.indices[graph.indptr[v] : graph.indptr[v + 1]]]
    raw = rng.lognormal(3, 0.7, n)
    weight = np.maximum(1, np.round(raw / np.bincount(part, raw)[part] * 1000))
    first = np.unique(part, return_index=True)[1]
    weight[first] += 1000 - np.bincount(part, weight)
    return graph_from_edges(weight, edges), part


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_that_exists_is_found_where_units_are_few_and_large(seed):
    graph, part = planted(seed, 160, 40, 0.3)
    assert graph.weight.min() > 0
    assert np.ptp(np.bincount(part, graph.weight)) == 0
    result = solve(graph, PartitionSpec(grids=40, tolerance=0.01), rng=np.random.default_rng(seed))
    assert_sound(graph, result.grid_of_unit, 40)
    assert result.report.outside_band == 0


def test_the_order_of_rows_changes_nothing_where_sets_are_listed():
    graph, _ = planted(0, 160, 40, 0.3)
    spec = PartitionSpec(grids=40, tolerance=0.01)
    first = solve(graph, spec, rng=np.random.default_rng(3)).grid_of_unit
    other, order = shuffled(graph, 5)
    again = solve(other, spec, rng=np.random.default_rng(3)).grid_of_unit
    assert (again == first[order]).all()


def test_a_band_out_of_reach_is_proved_and_the_plan_is_near_it():
    graph = lattice(13, 8, np.random.default_rng(1).integers(20, 90, 104).astype(float))
    result = solve(graph, PartitionSpec(grids=40, tolerance=0.02), rng=np.random.default_rng(0))
    assert_sound(graph, result.grid_of_unit, 40)
    certificate = result.report.certificate
    assert result.report.outside_band > 0
    assert certificate.reason == "sets"
    assert 0.02 < certificate.lower_bound <= result.report.max_deviation


def test_of_a_wider_band_little_is_taken():
    graph = graph_from_edges(np.array([6.0, 4, 5, 5, 9, 1]), [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)])
    label = nearest(arena(graph), terms(3, 10, 10), FOREVER)
    assert_sound(graph, label, 3)
    assert np.bincount(label, graph.weight).tolist() == [10, 10, 10]
    hard = graph_from_edges(np.array([8.0, 7, 5, 5, 9, 1]), [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)])
    label = nearest(arena(hard), terms(3, 10, 10), FOREVER)
    assert_sound(hard, label, 3)
    assert np.abs(np.bincount(label, hard.weight) - 10).sum() == 5
