"""One base net: by precedence, by agreement; contiguous, covering, nested; against plain counting and full search."""

from __future__ import annotations

import itertools
from collections import deque

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.partition.nets import (
    BaseWish,
    NetLayer,
    NetsInputs,
    NetsSettings,
    People,
    Within,
    draw_base,
    refine,
    take_base,
)
from geo.partition.nets.agree import mass_of, median_net
from geo.partition.nets.pieces import tidy
from geo.partition.nets.whole import share_out, whole_parts
from tests.partition.nets_worlds import worlds
from tests.partition.partition_worlds import graph_from_edges, pieces_by_search

METHODS = [BaseWish("lead", least_m2=0), BaseWish("agree", least_m2=0), BaseWish("lead"), BaseWish("agree")]


def net(name: str, shapes, codes, trust: float = 1.0) -> NetLayer:
    return NetLayer(name, np.array(shapes, dtype=object), np.array(codes, dtype=object), trust)


@settings(deadline=None, max_examples=40)
@given(worlds(), st.sampled_from(METHODS), st.integers(0, 99))
def test_base_grids_cover_and_hang_together_in_any_order(world, wish, seed) -> None:
    found = refine(world.inputs())
    base = draw_base(found, wish)
    assert base.grid_of_atom.shape == (found.atoms.inside,)
    assert sorted(set(base.grid_of_atom.tolist())) == list(range(len(base.codes)))
    assert len(set(base.codes.tolist())) == len(base.codes)
    for grid in range(len(base.codes)):
        assert pieces_by_search(found.graph, np.flatnonzero(base.grid_of_atom == grid)) == 1
    order = np.random.default_rng(seed).permutation(len(world.claims))
    again = draw_base(refine(world.inputs(order=order, shuffle=seed)), wish)
    assert np.array_equal(base.grid_of_atom, again.grid_of_atom)
    assert base.codes.tolist() == again.codes.tolist()


@settings(deadline=None, max_examples=40)
@given(worlds())
def test_the_lead_net_wins_where_it_covers(world) -> None:
    found = refine(world.inputs())
    base = draw_base(found, BaseWish("lead", lead=("net0",), least_m2=0))
    label, grid = found.atoms.label, base.grid_of_atom
    source, target = found.graph.source, found.graph.indices
    lead = np.where(label[:, 0] >= 0, label[:, 0], -1)
    for a, b in zip(source.tolist(), target.tolist(), strict=True):
        if lead[a] >= 0 and lead[b] >= 0:
            # Neighbours of one lead grid are together, of two lead grids apart.
            assert (grid[a] == grid[b]) == (lead[a] == lead[b])
        elif (lead[a] >= 0) != (lead[b] >= 0):
            assert grid[a] != grid[b]


@st.composite
def ballots(draw):
    n = draw(st.integers(1, 6))
    edges = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    if n > 2:
        pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1])
        edges += draw(st.lists(pairs, max_size=n))
    layers = draw(st.integers(1, 4))
    label = draw(st.lists(st.lists(st.integers(-1, 2), min_size=layers, max_size=layers), min_size=n, max_size=n))
    mass = draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    trust = draw(st.lists(st.integers(1, 3), min_size=layers, max_size=layers))
    graph = graph_from_edges(np.ones(n), edges)
    return np.array(label, np.int32), graph, np.array(mass, np.int64), np.array(trust, np.int64)


def plain_score(parts, label, mass, trust) -> int:
    """Twice the agreeing pairs, less a constant: counted pair by pair."""
    score = 0
    for i, j in itertools.combinations(range(len(label)), 2):
        if parts[i] == parts[j]:
            for layer, w in enumerate(trust.tolist()):
                if label[i, layer] >= 0 and label[j, layer] >= 0:
                    same = label[i, layer] == label[j, layer]
                    score += w * int(mass[i]) * int(mass[j]) * (1 if same else -1)
    return score


def connected(parts, graph) -> bool:
    return all(pieces_by_search(graph, np.flatnonzero(parts == part)) == 1 for part in np.unique(parts))


def all_partitions(n: int):
    def grow(prefix):
        if len(prefix) == n:
            yield np.array(prefix)
            return
        for part in range(max(prefix, default=-1) + 2):
            yield from grow([*prefix, part])

    yield from grow([])


def split(column, graph) -> np.ndarray:
    """The connected pieces of one net's own codes; a place without a code stands alone."""
    out, count = np.full(len(column), -1), 0
    for start in range(len(column)):
        if out[start] >= 0:
            continue
        out[start], open_ = count, deque([start])
        while open_:
            at = open_.popleft()
            for other in graph.indices[graph.indptr[at] : graph.indptr[at + 1]]:
                if column[at] >= 0 and column[other] == column[at] and out[other] < 0:
                    out[other] = count
                    open_.append(int(other))
        count += 1
    return out


@settings(deadline=None, max_examples=150)
@given(ballots())
def test_the_median_net_against_all_partitions(ballot) -> None:
    label, graph, mass, trust = ballot
    found, _ = median_net(label, graph, mass, trust)
    assert connected(found, graph)
    score = plain_score(found, label, mass, trust)
    best = max(plain_score(p, label, mass, trust) for p in all_partitions(len(label)) if connected(p, graph))
    assert score <= best
    # Never worse than any of the given nets, and nothing that one merge could better.
    for column in label.T:
        assert score >= plain_score(split(column, graph), label, mass, trust)
    for a, b in zip(graph.source.tolist(), graph.indices.tolist(), strict=True):
        assert plain_score(np.where(found == found[a], found[b], found), label, mass, trust) <= score


def test_the_median_net_is_mostly_the_best_there_is() -> None:
    """On 200 small random cases with a fixed seed the search misses the optimum in few."""
    rng = np.random.default_rng(3)
    missed = 0
    for _ in range(200):
        n, layers = 6, 5
        edges = [(int(rng.integers(0, i)), i) for i in range(1, n)] + [(0, 5), (1, 4)]
        graph = graph_from_edges(np.ones(n), [e for e in edges if e[0] != e[1]])
        label = rng.integers(0, 3, (n, layers)).astype(np.int32)
        mass, trust = rng.integers(1, 9, n), np.ones(layers, np.int64)
        found, _ = median_net(label, graph, mass, trust)
        best = max(plain_score(p, label, mass, trust) for p in all_partitions(n) if connected(p, graph))
        missed += plain_score(found, label, mass, trust) < best
    assert missed <= 20


def test_three_opinions_of_one_border_give_the_middle_one() -> None:
    def two(k, x):
        return net(f"n{k}", [shapely.box(0, 0, x, 100), shapely.box(x, 0, 200, 100)], ["a", "b"])

    nets = [two(k, x) for k, x in enumerate([90] * 4 + [100] * 4 + [110] * 3)]
    found = refine(NetsInputs(nets, People.nobody(), settings=NetsSettings(tolerance_m=1)))
    base = draw_base(found, BaseWish("agree", least_m2=0))
    areas = np.bincount(base.grid_of_atom, found.atoms.area_dm2[: found.atoms.inside] / 100)
    assert areas.tolist() == [10_000.0, 10_000.0]
    assert base.mean_agreement >= base.best_layer[1] - 1e-12


def test_a_trusted_net_outvotes_two_others() -> None:
    whole, halves = [shapely.box(0, 0, 200, 100)], [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    for trust, grids in ((1.0, 1), (3.0, 2)):
        nets = [net("a", whole, ["x"]), net("b", whole, ["x"]), net("c", halves, ["l", "r"], trust)]
        assert len(draw_base(refine(NetsInputs(nets, People.nobody())), BaseWish("agree")).codes) == grids


def test_small_pieces_join_the_longest_border_and_codes_go_on() -> None:
    lead = net("lead", [shapely.box(0, 0, 100, 100), shapely.box(110, 0, 200, 100)], ["L1", "L2"])
    # The gap of ten metres has one corner in another grid; it touches L1 and L2 alike, and the lower one gets it.
    fill = net("fill", [shapely.box(0, 0, 200, 100)], ["F"])
    found = refine(NetsInputs([fill, lead], People.nobody(), settings=NetsSettings(tolerance_m=0)))
    kept = draw_base(found, BaseWish("lead", lead=("lead",), least_m2=999, codes_from="lead"))
    assert len(kept.codes) == 3
    joined = draw_base(found, BaseWish("lead", lead=("lead",), least_m2=1001, codes_from="lead"))
    assert sorted(joined.codes.tolist()) == ["L1", "L2"]
    assert (joined.merged, joined.merged_m2) == (1, 1000.0)
    assert joined.grid_of_atom[1] == joined.grid_of_atom[0]


def test_no_grid_lies_in_two_areas_and_gaps_of_all_nets_are_told() -> None:
    areas = Within(np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]), ["110101", "110102"])
    one = net("n", [shapely.box(0, 0, 150, 100)], ["x"])
    base = draw_base(refine(NetsInputs([one], People.nobody(), areas)), BaseWish("lead"), areas.codes)
    assert base.codes.tolist() == ["110101001", "110102001", "110102002"]
    assert base.unclaimed == (2,)
    assert base.parent.tolist() == [0, 1, 1]


def test_a_plan_drawn_by_hand_is_taken_as_it_is() -> None:
    found = refine(
        NetsInputs([net("n", [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], ["a", "b"])], People.nobody())
    )
    base = take_base(found, np.array(["007", "003"], dtype=object))
    assert base.codes.tolist() == ["003", "007"]
    assert base.grid_of_atom.tolist() == [1, 0]
    with pytest.raises(InvalidInput, match="A2"):
        take_base(found, np.array(["007", ""], dtype=object))


def test_unknown_names_and_numbers_are_refused() -> None:
    found = refine(NetsInputs([net("n", [shapely.box(0, 0, 10, 10)], ["a"])], People.nobody()))
    for wish in (BaseWish("lead", lead=("m",)), BaseWish("agree", codes_from="m"), BaseWish("agree", least_m2=-1)):
        with pytest.raises(InvalidInput):
            draw_base(found, wish)
    far = Within(np.array([shapely.box(1000, 0, 1010, 10)]), ["x"])
    outside = refine(NetsInputs([net("n", [shapely.box(0, 0, 10, 10)], ["a"])], People.nobody(), far))
    assert draw_base(outside, BaseWish("agree"), ["x"]).unclaimed == (0,)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**15), min_size=1, max_size=30))
def test_shares_add_up_and_are_fair(total, weight) -> None:
    parts = share_out(total, np.array(weight, dtype=np.int64))
    assert int(parts.sum()) == total
    whole = sum(weight)
    if whole:
        for part, w in zip(parts.tolist(), weight, strict=True):
            assert abs(part * whole - total * w) < whole


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_rounded_parts_add_up(values) -> None:
    parts = whole_parts(np.array(values))
    assert int(parts.sum()) == round(float(np.sum(np.sort(values))))
    assert (np.abs(parts - np.array(values)) <= 1 + 1e-6).all()


def test_mass_counts_land_and_people_alike() -> None:
    mass = mass_of(np.array([100, 300]), np.array([3, 1]))
    assert mass.tolist() == [500_000_000, 500_000_000]
    assert mass_of(np.array([0, 1]), np.array([0, 0])).tolist() == [1, 1_000_000_000]


def test_tidy_leaves_what_has_no_neighbour() -> None:
    graph = graph_from_edges(np.ones(4), [(0, 1), (1, 2)], border=[5.0, 1.0])
    found = tidy(np.array([0, 1, 2, 3]), graph, np.array([900, 5, 900, 5]), 10)
    assert found.grid_of_unit.tolist() == [0, 0, 1, 2]
    assert (found.merged, found.merged_dm2, found.left_small) == (1, 5, 1)
