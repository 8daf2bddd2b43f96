"""Potentials: they even out whole regions for narrow bands, and lead a surplus to room in a redraw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.solver import level as under_test
from geo.partition.solver.anneal import Schedule, arena_of, outside_of, state_of
from geo.partition.solver.clock import Clock
from geo.partition.solver.drift import bounds_of, drift
from geo.partition.solver.engine import Terms
from geo.partition.solver.flow import flow
from geo.partition.solver.level import level, pull_of
from tests.partition.partition_worlds import lattice, neighbours, pieces_by_search


def world(seed, width=24, height=16, columns=6, rows=4, held=0.0):
    """A lattice in blocks; people are denser in the west, which the bands know nothing of."""
    rng = np.random.default_rng(seed)
    west = (np.arange(width * height) % width) < width // 2
    graph = lattice(width, height, np.round(rng.gamma(1.5, 25.0, width * height)) + 4.0 * west, seed=seed)
    x, y = np.arange(len(graph)) % width, np.arange(len(graph)) // width
    part = (y * rows // height * columns + x * columns // width).astype(np.int32)
    grids = columns * rows
    fixed = rng.random(len(graph)) < held
    mean = float(graph.weight.sum()) / grids
    terms = Terms(
        np.full((grids, 1), 0.99 * mean), np.full((grids, 1), 1.01 * mean), np.array([0.05 * mean]), 0.0, np.inf
    )
    arena = arena_of(graph, fixed, np.full(len(graph), -1, np.int32))._replace(cost=np.ones(len(graph.indices)))
    return graph, arena, state_of(arena, part, grids, seed + 1), terms


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 999), held=st.sampled_from([0.0, 0.3]))
def test_the_potential_solves_the_flow_that_evens_all_loads(seed, held):
    graph, arena, state, terms = world(seed, held=held)
    grids = len(state.load)
    links = np.zeros((grids, grids))
    for unit in range(len(graph)):
        for other in neighbours(graph, unit):
            a, b = state.part[unit], state.part[other]
            if a != b and not arena.fixed[unit]:
                links[a, b] += 1
                links[b, a] += 1
    surplus = state.load[:, 0] - state.load[:, 0].mean()
    pull = pull_of(arena, state, terms)
    # What flows along each link in proportion to the fall of the potential takes all surpluses away.
    fall = pull[:, None] - pull[None, :]
    outflow = (links * fall).sum(axis=1)
    assert np.corrcoef(outflow, surplus)[0, 1] == pytest.approx(1.0, abs=1e-9)
    assert float(outflow @ surplus) > 0


def test_regions_even_out_and_books_stay_right(monkeypatch):
    # A long strip: over a few grids, flips alone even out as much in the same time.
    columns, rows, quarters = 36, 2, 4
    grids = columns * rows
    left = {}
    for strength in (0.0, under_test._STRENGTH):
        monkeypatch.setattr(under_test, "_STRENGTH", strength)
        unevenness = []
        for seed in range(3):
            graph, arena, state, terms = world(seed, 4 * columns, 4 * rows, columns, rows, held=0.02)
            before = state.part.copy()
            level(arena, state, terms, Schedule((1.0, 0.4), (0.02, 0.02), 300_000), Clock(None, None))
            assert np.array_equal(state.part[arena.fixed], before[arena.fixed])
            assert state.load[:, 0] == pytest.approx(np.bincount(state.part, graph.weight, minlength=grids))
            assert state.size.tolist() == np.bincount(state.part, minlength=grids).tolist()
            assert all(pieces_by_search(graph, np.flatnonzero(state.part == grid)) == 1 for grid in range(grids))
            regions = state.load[:, 0].reshape(rows, quarters, -1).sum(axis=(0, 2))
            unevenness.append(float(regions.std()))
        left[strength] = np.mean(unevenness)
    assert left[under_test._STRENGTH] < 0.5 * left[0.0]


def test_a_redraw_hands_a_surplus_on_where_the_potential_falls():
    columns, rows = 12, 2
    grids, left = columns * rows, {}
    # The cooling of `stay`, by step: its number, heat, price of unbalance, fading of the potentials.
    done = np.linspace(0.0, 1.0, 100)
    fading = np.where(done > 0.3, 0.97, 1.0)
    steps = np.column_stack([np.arange(100.0), 6.0 * (0.15 / 6.0) ** done, 9.0 * (1200.0 / 9.0) ** done, fading])
    for share in (0.7, 0.0):
        outside = []
        for seed in range(4):
            graph, arena, state, terms = world(seed, 4 * columns, 4 * rows, columns, rows)
            today, mean, price = state.part.copy(), state.load.mean(), 30.0 / graph.weight.mean()
            arena = arena._replace(home=today)
            ends = np.full((grids, 1), 0.95 * mean), np.full((grids, 1), 1.05 * mean)
            terms = Terms(*ends, np.array([0.05 * mean]), price, np.inf)
            band = ends[0][:, 0], ends[1][:, 0]
            pull = share * price * flow(today[arena.source], today[arena.indices], state.load[:, 0], band)[1]
            pool = np.arange(len(arena.indices))
            drift(arena, state, terms, pool, *bounds_of(pool), steps, 3000, pull, 0.05 * price if share else 0.0)
            assert state.load[:, 0] == pytest.approx(np.bincount(state.part, graph.weight, minlength=grids))
            assert state.moved[0] == pytest.approx(graph.weight[state.part != today].sum())
            assert all(pieces_by_search(graph, np.flatnonzero(state.part == grid)) == 1 for grid in range(grids))
            outside.append(outside_of(state.load, terms))
        left[share] = np.mean(outside)
    assert left[0.7] < 0.5 * left[0.0]


def test_nowhere_to_go_is_no_error():
    _, arena, state, terms = world(0)
    arena = arena._replace(fixed=np.ones(len(state.part), bool))
    assert not pull_of(arena, state, terms).any()
