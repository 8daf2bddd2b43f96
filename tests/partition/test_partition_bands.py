"""Narrow bands: chains of flips, giants, and what they must never break."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition import PartitionSpec, solve
from geo.partition.solver.anneal import arena_of, state_of
from geo.partition.solver.engine import Terms
from geo.partition.solver.exchange import exchange
from tests.partition.partition_worlds import assert_sound, lattice, neighbours, pieces_by_search


def lumpy(seed, width=24, height=20):
    """A city of lumps: most units are heavier than a band of 1 % is wide."""
    rng = np.random.default_rng(seed)
    weight = np.round(rng.gamma(1.5, 25.0, width * height)) * (rng.random(width * height) > 0.1)
    return lattice(width, height, weight, seed=seed)


@pytest.mark.parametrize("seed", range(3))
def test_a_band_narrower_than_a_unit_is_met(seed):
    graph = lumpy(seed)
    result = solve(graph, PartitionSpec(grids=20, tolerance=0.01), rng=np.random.default_rng(seed))
    assert_sound(graph, result.grid_of_unit, 20)
    load = np.bincount(result.grid_of_unit, graph.weight)
    half = 0.01 * load.mean()
    assert np.median(graph.weight) > 2 * half
    assert np.abs(load - load.mean()).max() <= half * (1 + 1e-9)
    assert result.report.outside_band == 0


def test_nothing_lies_beside_a_unit_that_is_too_heavy():
    graph = lumpy(4)
    graph.weight[[70, 250, 400]] = graph.weight.sum() / 20 * 1.5
    result = solve(graph, PartitionSpec(grids=20, tolerance=0.15), rng=np.random.default_rng(0))
    assert_sound(graph, result.grid_of_unit, 20)
    load = np.bincount(result.grid_of_unit, graph.weight)
    for giant in (70, 250, 400):
        assert load[result.grid_of_unit[giant]] == graph.weight[giant]
    assert result.report.outside_band == 3


def stripes(graph, width, grids):
    """Grids as bands of whole columns."""
    return ((np.arange(len(graph)) % width) * grids // width).astype(np.int32)


def energy(graph, part, terms, press, home):
    """Cut, weight outside and people away from home, reckoned anew and one by one."""
    cut = sum(part[a] != part[b] for a in range(len(graph)) for b in neighbours(graph, a) if a < b)
    load = np.bincount(part, graph.weight, minlength=len(terms.low))
    x = np.maximum(np.maximum(load - terms.high[:, 0], terms.low[:, 0] - load), 0) / terms.scale[0]
    away = float(graph.weight[(home >= 0) & (part != home)].sum())
    return cut + press * float((x + x * x).sum()) + terms.move_price * away


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), depth=st.integers(1, 4), redraw=st.booleans(), chance=st.sampled_from([0.0, 0.7]))
def test_chains_keep_grids_whole_and_books_right_and_cold_ones_never_lose(seed, depth, redraw, chance):
    graph = lumpy(seed, 12, 8)
    part = stripes(graph, 12, 4)
    home = part.copy() if redraw else np.full(96, -1, np.int32)
    fixed = np.random.default_rng(seed).random(96) < 0.1
    mean = float(graph.weight.sum()) / 4
    budget = 0.05 * mean if redraw else np.inf
    band = np.full((4, 1), mean)
    terms = Terms(band * 0.995, band * 1.005, np.array([0.005 * mean]), 0.01 if redraw else 0.0, budget)
    arena = arena_of(graph, fixed, home)._replace(cost=np.ones(len(graph.indices)))
    state = state_of(arena, part, 4, seed + 1)
    pool = np.arange(len(graph.indices))
    before = energy(graph, state.part, terms, 10.0, home)
    exchange(arena, state, terms, pool, 1e-12, 10.0, depth, 300, chance)
    after = energy(graph, state.part, terms, 10.0, home)
    assert after <= before + 1e-6
    exchange(arena, state, terms, pool, 2.0, 1.0, depth, 300, chance)
    assert all(pieces_by_search(graph, np.flatnonzero(state.part == grid)) == 1 for grid in range(4))
    assert np.array_equal(state.part[fixed], part[fixed])
    assert state.load[:, 0] == pytest.approx(np.bincount(state.part, graph.weight, minlength=4))
    assert state.size.tolist() == np.bincount(state.part, minlength=4).tolist()
    away = float(graph.weight[(home >= 0) & (state.part != home)].sum())
    assert state.moved[0] == pytest.approx(away, abs=1e-6)
    assert away <= budget + 1e-6


def test_a_swap_does_what_no_single_flip_can():
    # 16 people over 13, where 14 to 15 are meant: any one unit that changes sides is far too much.
    graph = lattice(3, 2, np.array([5.0, 5, 6, 4, 4, 5]))
    part = np.array([0, 0, 0, 1, 1, 1], np.int32)
    mean = float(graph.weight.sum()) / 2
    terms = Terms(np.full((2, 1), mean - 0.5), np.full((2, 1), mean + 0.5), np.array([0.5]), 0.0, np.inf)
    arena = arena_of(graph, np.zeros(6, bool), np.full(6, -1, np.int32))._replace(cost=np.zeros(len(graph.indices)))
    for depth, even in ((1, False), (2, True)):
        state = state_of(arena, part, 2, 5)
        exchange(arena, state, terms, np.arange(len(graph.indices)), 1e-12, 100.0, depth, 2000)
        assert bool(np.abs(state.load[:, 0] - mean).max() <= 0.5) is even
