"""Hand work that evens out, splits, merges and founds grids, on small drawings that one can look at."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from geo.errors import Conflict, InvalidInput, PartitionInfeasible
from geo.partition import UnitGraph
from geo.partition.edit import Session, open_sketch
from tests.partition.edit_worlds import city, drawn, grown, shown
from tests.partition.partition_worlds import lattice, neighbours, pieces_by_search

# --- rebalancing ---


def least_moved(sketch, labels):
    """No exchange among these grids that fits the band moves fewer people: a flow between neighbours."""
    graph, part = sketch.board.graph, sketch.part
    a, b = part[graph.source], part[graph.indices]
    inside = np.isin(a, labels) & np.isin(b, labels) & (a != b)
    arcs = np.unique(np.stack([a[inside], b[inside]], axis=1), axis=0)
    place = {label: at for at, label in enumerate(labels)}
    change = np.zeros((len(labels), len(arcs)))
    for at, (x, y) in enumerate(arcs.tolist()):
        change[place[x], at] -= 1
        change[place[y], at] += 1
    load = sketch.figures(labels).weight
    low, high = sketch.board.low[0], sketch.board.high[0]
    return linprog(np.ones(len(arcs)), np.vstack([change, -change]), np.concatenate([high - load, load - low])).fun


@pytest.mark.parametrize("seed", range(6))
def test_a_neighbourhood_comes_into_the_band_with_few_moves(seed):
    graph, label = city(seed)
    centre = int(np.random.default_rng(seed).integers(len(graph)))
    graph = grown(graph, centre, 1.12)
    session = Session(open_sketch(graph, label, ideal=float(graph.weight.sum()) / 20))
    grids = sorted(set(label[np.hypot(*(graph.xy_m - graph.xy_m[centre]).T) < 700].tolist()))
    before = session.sketch
    step = session.rebalance(grids, seed=seed)
    figures = step.sketch.figures(grids)
    assert (figures.weight <= before.board.high[0]).all()
    assert (figures.weight >= before.board.low[0]).all()
    assert (figures.pieces == 1).all()
    assert step.people <= 2 * least_moved(before, grids) + 2 * graph.weight.max()
    outside = ~np.isin(label, grids)
    assert (step.sketch.grid_of_unit[outside] == label[outside]).all()
    assert not session.rebalance(grids, seed=seed).changed


def test_rebalancing_leaves_locks_groups_and_a_workload_in_order():
    rng = np.random.default_rng(5)
    plain, label = city(5)
    workload = np.round(plain.weight * rng.uniform(0.8, 1.2, len(plain)))[:, None]
    graph = UnitGraph(plain.weight, plain.indptr, plain.indices, plain.border_m, plain.xy_m, workload=workload)
    heavy = int(np.argmax(np.bincount(label, plain.weight)))
    inside = np.flatnonzero(label == heavy)
    group = np.full(len(graph), -1)
    other = next(int(y) for y in neighbours(graph, int(inside[0])) if label[y] == heavy)
    group[[inside[0], other]] = 3
    totals = graph.weights.sum(axis=0) / 20
    band = [(totals[0] * 0.97, totals[0] * 1.03), (totals[1] * 0.9, totals[1] * 1.1)]
    locked = inside[1:4].tolist()
    session = Session(open_sketch(graph, label, band=band, group=group, locked_units=locked))
    before = session.sketch.totals()
    step = session.rebalance(session.sketch.labels, seed=1)
    after = step.sketch.grid_of_unit
    assert step.changed
    assert (after[locked] == label[locked]).all()
    assert after[inside[0]] == after[other]
    assert step.sketch.totals().outside_band < before.outside_band
    assert all(pieces_by_search(graph, np.flatnonzero(after == grid)) == 1 for grid in set(after.tolist()))


def test_an_impossible_neighbourhood_says_how_many_grids_it_would_fill():
    session = drawn("aabbcc aabbcc", weight=np.repeat(10.0, 12), band=[(18.0, 22.0)])
    with pytest.raises(PartitionInfeasible) as caught:
        session.rebalance([0, 1])
    told = caught.value.context
    assert told["grids"] == [0, 1]
    assert (told["weight"], told["least"], told["most"]) == (80.0, 4, 4)


def test_areas_are_balanced_apart():
    # Area 1 (a, b) can be put right; area 2 (c, d) holds too much and must not hide that.
    weight = np.array([10, 10, 10, 10, 20, 20, 20, 20] * 2, float)
    session = drawn("abbbcccd abbbcccd", weight, parent=[1, 1, 1, 1, 2, 2, 2, 2] * 2, band=[(35.0, 45.0)])
    step = session.rebalance([0, 1, 2, 3])
    figures = step.sketch.figures()
    assert figures.weight.tolist()[:2] == [40.0, 40.0]
    assert (figures.pieces == 1).all()


def test_what_cannot_fit_stays_with_those_who_had_too_much():
    session = drawn("aaaaaaaabbbb aaaaaaaabbbb", weight=np.repeat(5.0, 24), band=[(38.0, 45.0)])
    step = session.rebalance([0, 1])
    assert step.figures.weight.tolist() == [75.0, 45.0]
    assert not step.opened


# --- more grids or fewer ---


@pytest.mark.parametrize("seed", range(4))
def test_a_split_is_even_short_and_the_heavier_half_keeps_the_label(seed):
    graph = lattice(12, 8, np.random.default_rng(seed).integers(1, 20, 96).astype(float), seed=seed)
    session = Session(open_sketch(graph, np.zeros(96, int), next_label=5))
    step = session.split(0, seed=seed)
    assert step.made == (5,)
    kept, new = step.figures.weight.tolist()
    assert kept >= new
    assert kept - new <= 0.1 * graph.weight.sum()
    assert step.figures.pieces.tolist() == [1, 1]
    # The shortest straight line across is 8.
    assert step.totals.cut <= 10


def test_a_split_keeps_locked_units_and_groups_on_their_side():
    weight = np.ones(24)
    session = drawn("aaaaaa aaaaaa aaaaaa aaaaaa", weight, locked_units=[0, 5])
    step = session.split(0)
    assert (step.sketch.grid_of_unit[[0, 5]] == 0).all()
    assert sorted(step.figures.units.tolist()) == [12, 12]
    session = drawn("aa aa", group=[1, 1, -1, -1])
    assert session.split(0).figures.units.tolist() == [2, 2]
    session = drawn("aa aa", group=[1, 1, 1, 1])
    with pytest.raises(Conflict):
        session.split(0)


def test_a_line_of_units_splits_a_grid():
    session = drawn("aaaaa aaaaa aaaaa")
    step = session.split(0, along=[2, 7, 12])
    assert shown(session, 5)[0] in ("aabbb", "aaabb", "bbaaa", "bbbaa")
    assert sorted(step.figures.units.tolist()) in ([7, 8], [6, 9])
    with pytest.raises(Conflict) as caught:
        drawn("aaaaa aaaaa aaaaa").split(0, along=[2, 7])
    assert caught.value.code == "edit_line_divides_nothing"
    with pytest.raises(InvalidInput) as caught:
        drawn("aab aab").split(0, along=[2])
    assert caught.value.code == "edit_line_elsewhere"


def test_a_hand_drawn_side_is_cut_off_as_it_is():
    session = drawn("aaaaa aaaaa aaaaa", next_label=1)
    step = session.split(0, part=[0, 5, 10, 4])  # the corner lies apart from its side and goes with the other
    assert shown(session, 5) == ["baaaa", "baaaa", "baaaa"]
    assert step.made == (1,)
    held = drawn("aaaaa aaaaa aaaaa", locked_units=[0])
    held.split(0, part=[0, 5, 10])
    assert shown(held, 5) == ["abbbb", "abbbb", "abbbb"]
    for nonsense in ([], list(range(15))):
        with pytest.raises((Conflict, InvalidInput)):
            drawn("aaaaa aaaaa aaaaa").split(0, part=nonsense)
    with pytest.raises(InvalidInput) as caught:
        drawn("aab aab").split(0, part=[2])
    assert caught.value.code == "edit_line_elsewhere"


@pytest.mark.parametrize("seed", range(6))
def test_seeds_lie_in_different_halves_that_are_whole_and_nearly_even(seed):
    rng = np.random.default_rng(seed)
    graph = lattice(12, 8, rng.integers(1, 20, 96).astype(float), seed=seed)
    seeds = rng.choice(96, 2, replace=False).tolist()
    session = Session(open_sketch(graph, np.zeros(96, int)))
    step = session.split(0, seeds=seeds)
    held = step.sketch.grid_of_unit[seeds]
    assert held[0] != held[1]
    assert step.figures.pieces.tolist() == [1, 1]
    assert np.ptp(step.figures.weight) <= 0.1 * graph.weight.sum()
    with pytest.raises(InvalidInput) as caught:
        Session(open_sketch(graph, np.zeros(96, int))).split(0, seeds=seeds[:1])
    assert caught.value.code == "edit_split_seeds"


def test_merging_keeps_the_heaviest_label_or_the_one_asked_for():
    session = drawn("aabbbc aabbbc")
    assert session.merge([0, 1]).gone == (0,)
    session.undo()
    assert session.merge([0, 1], into=0).gone == (1,)
    session.undo()
    assert session.merge([0, 1, 2]).grids == (1,)
    session.undo()
    with pytest.raises(Conflict) as caught:
        session.merge([0, 2])
    assert caught.value.context["grids"] == [2]
    with pytest.raises(InvalidInput):
        session.merge([0, 1], into=2)
    assert drawn("aabbb aabbb", locked_units=[0]).merge([0, 1]).grids == (0,)


def test_dissolving_shares_a_grid_out_evenly():
    session = drawn("aabbcc aabbcc aabbcc aabbcc")
    step = session.dissolve(1)
    assert step.gone == (1,)
    assert step.figures.units.tolist() == [12, 12]
    assert step.figures.pieces.tolist() == [1, 1]
    session.undo()
    session.lock(grids=[0])
    assert session.dissolve(1).figures.units.tolist() == [16]
    with pytest.raises(Conflict) as caught:
        drawn("aa aa").dissolve(0)
    assert caught.value.code == "edit_no_neighbour"


def test_a_new_grid_around_a_unit_takes_a_fair_share():
    session = drawn("aaabbb aaabbb aaaccc aaaccc", band=[(5.0, 7.0)])
    step = session.insert_around(1)
    assert step.made == (3,)
    assert session.sketch.grid_of_unit[1] == 3
    assert step.sketch.figures().units.tolist() == [6, 6, 6, 6]
    assert not step.sketch.faults
    session.undo()
    step = session.insert_around(1, weight=2.0)
    # The label of the one that was taken back is not used again.
    assert step.made == (4,)
    assert len(session.sketch.units_of(4)) == 2


def test_a_new_grid_from_given_units():
    session = drawn("aaabbb aaabbb")
    step = session.insert([2, 3, 8, 9])
    assert shown(session, 6) == ["aaccbb", "aaccbb"]
    assert step.made == (2,)
    with pytest.raises(Conflict) as caught:
        session.insert([0, 5])
    assert caught.value.code == "edit_units_apart"
