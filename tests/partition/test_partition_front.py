"""What the compiled engine keeps beside the labels stays right over many flips."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.solver.anneal import arena_of, state_of
from geo.partition.solver.engine import Terms, flip, front_of, leaves_whole
from tests.partition.partition_worlds import assert_sound, graph_from_edges, pieces_by_search

WIDTH, HEIGHT, GRIDS = 16, 9, 8


def begun(seed, hub=False):
    """Stripes of a lattice with slanting links here and there; `hub`: one unit has more neighbours than a mask bits."""
    rng = np.random.default_rng(seed)
    index = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
    edges = [*zip(index[:, :-1].ravel(), index[:, 1:].ravel(), strict=True)]
    edges += zip(index[:-1].ravel(), index[1:].ravel(), strict=True)
    edges += [pair for pair in zip(index[:-1, :-1].ravel(), index[1:, 1:].ravel(), strict=True) if rng.random() < 0.7]
    if hub:
        edges += [(0, other) for other in range(30, WIDTH * HEIGHT, 3)]
    weight = np.round(rng.gamma(1.5, 25.0, WIDTH * HEIGHT)) + 1
    graph = graph_from_edges(weight, edges, border=rng.integers(1, 4096, len(set(edges))) / 1024)
    part = ((np.arange(len(graph)) % WIDTH) * GRIDS // WIDTH).astype(np.int32)
    arena = arena_of(graph, rng.random(len(graph)) < 0.1, np.full(len(graph), -1, np.int32))
    mean = np.full((GRIDS, 1), weight.sum() / GRIDS)
    terms = Terms(0.9 * mean, 1.1 * mean, 0.05 * mean[0], 0.0, np.inf)
    return graph, arena, state_of(arena, part, GRIDS, seed), terms


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 9999), hub=st.booleans(), ends=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_front_is_after_many_flips_what_it_would_be_anew(seed, hub, ends):
    _, arena, state, terms = begun(seed, hub)
    m = len(arena.indices)
    pool = np.arange(m, dtype=np.int64)[int(min(ends) * m) : int(max(ends) * m)]
    front = front_of(arena, state, pool)
    flip(arena, state, terms, front, 0.7, 1.0, 3000)
    anew = front_of(arena, state, pool)
    assert np.array_equal(front.label, anew.label)
    assert sorted(front.listed[: front.length[0]]) == sorted(anew.listed[: anew.length[0]])
    cut = pool[state.part[arena.source[pool]] != state.part[arena.indices[pool]]]
    free = cut[~arena.fixed[arena.source[cut]]]
    assert sorted(anew.listed[: anew.length[0]] + anew.first) == free.tolist()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 9999), hub=st.booleans())
def test_flips_keep_grids_whole_and_fixed_units_and_books_right(seed, hub):
    graph, arena, state, terms = begun(seed, hub)
    before = state.part.copy()
    taken = flip(arena, state, terms, front_of(arena, state, np.arange(len(arena.indices))), 0.7, 1.0, 4000)
    assert taken > 0
    assert_sound(graph, state.part, GRIDS)
    assert np.array_equal(state.part[arena.fixed], before[arena.fixed])
    assert np.allclose(state.load[:, 0], np.bincount(state.part, graph.weight, minlength=GRIDS))
    assert np.array_equal(state.size, np.bincount(state.part, minlength=GRIDS))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 9999), hub=st.booleans())
def test_a_unit_leaves_its_grid_whole_just_where_a_search_says_so(seed, hub):
    graph, arena, state, terms = begun(seed, hub)
    flip(arena, state, terms, front_of(arena, state, np.arange(len(arena.indices))), 2.0, 0.1, 4000)
    for unit in range(len(graph)):
        rest = np.flatnonzero(state.part == state.part[unit])
        assert leaves_whole(unit, arena, state, len(graph)) == (pieces_by_search(graph, rest[rest != unit]) <= 1)
