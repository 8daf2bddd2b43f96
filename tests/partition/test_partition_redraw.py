"""Redraw: bounds against brute force, few people moved, the band kept, locks and bounds on movement respected."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.partition import PartitionSpec, UnitGraph, solve
from geo.partition.solver.bounds import attainable
from geo.partition.solver.flow import least_moved
from geo.partition.solver.tradeoff import trade_off
from tests.partition.partition_worlds import (
    assert_sound,
    connected_graphs,
    lattice,
    neighbours,
    pieces_by_search,
    shuffled,
)

SMALL = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def plans(graph, grids):
    """All labellings by `grids` connected non-empty parts."""
    for labels in itertools.product(range(grids), repeat=len(graph)):
        if len(set(labels)) == grids:
            part = np.array(labels)
            if all(pieces_by_search(graph, np.flatnonzero(part == grid)) == 1 for grid in range(grids)):
                yield part


def today(graph, grids, seed):
    """A connected plan by growing from random units."""
    rng = np.random.default_rng(seed)
    part = np.full(len(graph), -1)
    part[rng.permutation(len(graph))[:grids]] = np.arange(grids)
    while (part < 0).any():
        open_units = [u for u in range(len(graph)) if part[u] < 0 and (part[neighbours(graph, u)] >= 0).any()]
        unit = open_units[rng.integers(len(open_units))]
        near = part[neighbours(graph, unit)]
        part[unit] = rng.choice(near[near >= 0])
    return part.astype(np.int32)


def least_by_trying(graph, home, grids, low, high, next_door=False):
    """Least weight that leaves home over all plans in the band; inf if there is none."""
    touch = np.eye(grids, dtype=bool)
    for unit in range(len(graph)):
        touch[home[unit], home[neighbours(graph, unit)]] = True
    best = np.inf
    for part in plans(graph, grids):
        load = np.bincount(part, graph.weight, minlength=grids)
        if (load < low - 1e-9).any() or (load > high + 1e-9).any() or (next_door and not touch[home, part].all()):
            continue
        best = min(best, graph.weight[part != home].sum())
    return best


@SMALL
@given(graph=connected_graphs(max_units=8), grids=st.integers(2, 3), seed=st.integers(0, 9), width=st.floats(0.05, 0.6))
def test_the_bounds_lie_below_every_plan(graph, grids, seed, width):
    grids = min(grids, len(graph))
    home = today(graph, grids, seed)
    ideal = graph.weight.sum() / grids
    low, high = np.full(grids, ideal * (1 - width)), np.full(grids, ideal * (1 + width))
    bound = least_moved(graph, home, low, high)
    assert 0 <= bound.anyhow <= bound.next_door
    assert bound.anyhow <= least_by_trying(graph, home, grids, low, high) + 1e-6
    assert bound.next_door <= least_by_trying(graph, home, grids, low, high, next_door=True) + 1e-6


def test_a_surplus_far_from_room_is_handed_on_and_counts_at_each_border():
    graph = lattice(9, 1, np.array([1, 1, 3, 1, 1, 1, 1, 0, 0], float))
    home = np.repeat(np.arange(3), 3).astype(np.int32)
    bound = least_moved(graph, home, np.full(3, 3.0), np.full(3, 3.0))
    assert bound.anyhow == pytest.approx(2)
    assert bound.next_door == pytest.approx(4)


@SMALL
@given(
    graph=connected_graphs(max_units=7), grids=st.integers(2, 3), seed=st.integers(0, 9), more=st.sampled_from([-1, 1])
)
def test_the_bound_holds_for_another_number_of_grids(graph, grids, seed, more):
    if not 1 <= grids + more <= len(graph) or grids > len(graph):
        return
    home = today(graph, grids, seed)
    count = grids + more
    ideal = graph.weight.sum() / count
    low, high = ideal * 0.7, ideal * 1.3
    bound = least_moved(graph, home, np.full(grids, low), np.full(grids, high), count).anyhow
    for part in plans(graph, count):
        load = np.bincount(part, graph.weight, minlength=count)
        if (load >= low - 1e-9).all() and (load <= high + 1e-9).all():
            # Today's grids may go on in any way: the new labels are tried in every naming.
            stays = max(
                sum(
                    graph.weight[(part == new) & (home == old)].sum()
                    for new, old in zip(order, range(grids), strict=False)
                )
                for order in itertools.permutations(range(max(count, grids)), grids)
            )
            assert bound <= graph.weight.sum() - stays + 1e-6


@SMALL
@given(
    low=st.integers(0, 320).map(lambda eighths: eighths / 8),
    width=st.integers(0, 96).map(lambda eighths: eighths / 8),
    weight=st.lists(st.integers(0, 9), min_size=1, max_size=6),
    step=st.sampled_from([1, 3]),
)
def test_ends_of_a_band_are_weights_that_a_grid_can_have_and_no_grid_is_lost_by_it(low, width, weight, step):
    weight = step * np.array(weight, float)
    ends = attainable(np.array([low]), np.array([low + width]), weight)
    sums = {sum(part) for count in range(7) for part in itertools.combinations(weight, count)}
    inside = {total for total in sums if low <= total <= low + width}
    assert inside == {total for total in sums if ends[0][0] <= total <= ends[1][0]}
    if inside and weight.any():
        assert all(end % step == 0 for end in (ends[0][0], ends[1][0]))


def test_bands_of_weights_that_are_not_whole_stay_as_they_are():
    low, high = np.array([2.3]), np.array([4.4])
    assert attainable(low, high, np.array([1.5, 2.0])) == (low, high)


@pytest.mark.parametrize("seed", range(8))
def test_small_redraws_are_nearly_the_best_there_are(seed):
    rng = np.random.default_rng(seed)
    graph = lattice(3, 3, rng.integers(3, 12, 9).astype(float))
    home = today(graph, 3, seed)
    ideal = graph.weight.sum() / 3
    low, high = np.full(3, ideal * 0.85), np.full(3, ideal * 1.15)
    best = least_by_trying(graph, home, 3, low, high)
    if not np.isfinite(best):
        return
    result = solve(graph, PartitionSpec(grids=3, tolerance=0.15, current=home), rng=np.random.default_rng(0))
    assert_sound(graph, result.grid_of_unit, 3)
    assert result.report.outside_band == 0
    moved = graph.weight[result.goes_on[result.grid_of_unit] != home].sum()
    assert best - 1e-9 <= moved <= 1.3 * best + 1e-9


@functools.cache
def drawn_once(width, height, grids):
    rng = np.random.default_rng(4)
    graph = lattice(width, height, np.round(rng.gamma(1.5, 25.0, width * height)))
    return graph, solve(graph, PartitionSpec(grids=grids), rng=np.random.default_rng(0)).grid_of_unit


def drawn(width=30, height=24, grids=30):
    """A lattice and its plan, which each test may change."""
    graph, plan = drawn_once(width, height, grids)
    return graph, plan.copy()


def shocked(graph, plan, spread=0.1, seed=0):
    factor = np.exp(spread * np.random.default_rng(seed).normal(size=plan.max() + 1))[plan]
    return UnitGraph(np.round(graph.weight * factor), graph.indptr, graph.indices, graph.border_m, graph.xy_m)


@pytest.mark.parametrize("seed", range(3))
def test_a_shock_moves_at_most_half_as_many_again_as_must(seed):
    graph, plan = drawn()
    graph = shocked(graph, plan, seed=seed)
    ideal = graph.weight.sum() / 30
    result = solve(graph, PartitionSpec(grids=30, current=plan), rng=np.random.default_rng(seed))
    assert_sound(graph, result.grid_of_unit, 30)
    load = np.bincount(result.grid_of_unit, graph.weight)
    assert np.abs(load / ideal - 1).max() <= 0.05 + 1e-9
    bound = least_moved(graph, plan, np.full(30, 0.95 * ideal), np.full(30, 1.05 * ideal))
    moved = graph.weight[result.goes_on[result.grid_of_unit] != plan].sum()
    assert bound.anyhow - 1e-9 <= moved <= 1.2 * bound.next_door
    before = (plan[graph.source] != plan[graph.indices]).sum() / 2
    assert result.report.cut <= 1.15 * before


def test_a_redraw_is_the_same_for_any_order_of_rows():
    graph, plan = drawn(20, 15, 12)
    graph = shocked(graph, plan, seed=5)
    turned, order = shuffled(graph, 2)
    first = solve(graph, PartitionSpec(grids=12, current=plan), rng=np.random.default_rng(3))
    other = solve(turned, PartitionSpec(grids=12, current=plan[order]), rng=np.random.default_rng(3))
    assert np.array_equal(first.grid_of_unit[order], other.grid_of_unit)
    assert np.array_equal(first.goes_on, other.goes_on)


def test_a_quarter_that_doubles_gets_the_new_grids_and_the_rest_stays():
    graph, plan = drawn()
    corner = (graph.xy_m[:, 0] < 450) & (graph.xy_m[:, 1] < 450)
    grown = UnitGraph(
        np.where(corner, 2 * graph.weight, graph.weight), graph.indptr, graph.indices, graph.border_m, graph.xy_m
    )
    grids = round(grown.weight.sum() / (graph.weight.sum() / 30))
    assert grids > 31
    result = solve(grown, PartitionSpec(grids=grids, current=plan), rng=np.random.default_rng(0))
    assert_sound(grown, result.grid_of_unit, grids)
    assert result.report.outside_band == 0
    new = np.flatnonzero(result.goes_on < 0)
    assert len(new) == grids - 30
    # One of them may open next door: its neighbours in the corner have passed their people on.
    share = np.sort([corner[result.grid_of_unit == grid].mean() for grid in new])
    assert share[1] > 0.5
    assert share.mean() > 0.7
    away = (result.goes_on[result.grid_of_unit] != plan) & ~corner
    assert grown.weight[away].sum() <= 0.15 * grown.weight[~corner].sum()


def test_the_curve_falls_from_today_to_the_plan_that_was_drawn():
    graph, plan = drawn()
    graph = shocked(graph, plan, 0.2)
    spec = PartitionSpec(grids=30, current=plan)
    result = solve(graph, spec, rng=np.random.default_rng(0))
    curve = trade_off(graph, spec, result, points=5, rng=np.random.default_rng(1))
    load = np.bincount(plan, graph.weight)
    assert curve[0].moved_share == 0
    assert curve[0].max_deviation == pytest.approx(np.abs(load / load.mean() - 1).max())
    assert curve[0].outside_band == (np.abs(load / load.mean() - 1) > 0.05).sum()
    assert [point.chosen for point in curve] == [False] * (len(curve) - 1) + [True]
    assert curve[-1].moved_share == pytest.approx(result.report.moved_share)
    assert curve[-1].max_deviation == pytest.approx(result.report.max_deviation)
    assert curve[-1].cut == result.report.cut
    assert len(curve) >= 4
    for one, other in itertools.pairwise(curve):
        assert one.moved_share < other.moved_share
        assert one.max_deviation > other.max_deviation
    again = trade_off(graph, spec, result, points=5, rng=np.random.default_rng(1))
    assert again == curve


def test_a_plan_that_fits_already_has_no_points_in_between():
    graph, plan = drawn()
    spec = PartitionSpec(grids=30, current=plan)
    result = solve(graph, spec, rng=np.random.default_rng(0))
    assert result.report.moved_share == 0
    assert [point.chosen for point in trade_off(graph, spec, result, rng=np.random.default_rng(1))] == [True]


def test_a_curve_needs_a_current_plan_and_two_points():
    graph, plan = drawn(12, 10, 5)
    spec = PartitionSpec(grids=5, current=plan)
    result = solve(graph, spec, rng=np.random.default_rng(0))
    with pytest.raises(InvalidInput, match="2 points"):
        trade_off(graph, spec, result, points=1, rng=np.random.default_rng(1))
    with pytest.raises(InvalidInput, match="current"):
        trade_off(graph, PartitionSpec(grids=5), result, rng=np.random.default_rng(1))


def test_a_bound_on_movement_is_met_where_a_plan_was_found():
    graph, plan = drawn(20, 15, 12)
    graph = shocked(graph, plan)
    free = solve(graph, PartitionSpec(grids=12, current=plan), rng=np.random.default_rng(0)).report.moved_share
    held = solve(graph, PartitionSpec(grids=12, current=plan, max_moved=1.02 * free), rng=np.random.default_rng(7))
    assert 0 < held.report.moved_share <= 1.02 * free
    assert held.report.outside_band == 0


def test_locked_units_stay_while_their_neighbours_move():
    graph, plan = drawn()
    graph = shocked(graph, plan)
    locked = np.random.default_rng(1).random(len(graph)) < 0.3
    result = solve(graph, PartitionSpec(grids=30, current=plan, locked=locked), rng=np.random.default_rng(0))
    assert np.array_equal(result.goes_on[result.grid_of_unit[locked]], plan[locked])
    assert_sound(graph, result.grid_of_unit, 30)


def test_a_redraw_stays_within_its_areas_and_keeps_groups_whole():
    graph, plan = drawn()
    side = (graph.xy_m[:, 0] > 725).astype(np.int32)
    spec = PartitionSpec(grids=30, parent=side)
    plan = solve(graph, spec, rng=np.random.default_rng(0)).grid_of_unit
    graph = shocked(graph, plan, 0.06)
    group = np.full(len(graph), -1, np.int32)
    for number, unit in enumerate(range(5, len(graph), 90)):
        near = [u for u in neighbours(graph, unit) if side[u] == side[unit]]
        group[[unit, *near[:2]]] = number
    wishes = PartitionSpec(grids=30, parent=side, group=group, current=plan, tolerance=0.1)
    result = solve(graph, wishes, rng=np.random.default_rng(0))
    assert_sound(graph, result.grid_of_unit, 30)
    for grid in range(30):
        assert len(set(side[result.grid_of_unit == grid])) == 1
    for number in range(group.max() + 1):
        assert len(set(result.grid_of_unit[group == number])) == 1
    assert result.report.moved_share < 0.2
