"""Each operation of hand work on small drawings that one can look at, and what it does with nonsense."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import linprog

from geo.errors import Conflict, InvalidInput, PartitionInfeasible
from geo.partition import UnitGraph
from geo.partition.edit import Entry, Session, open_sketch, warm_up
from tests.partition.partition_worlds import lattice, neighbours, pieces_by_search, shuffled


def drawn(text, weight=None, **facts):
    """A session from a drawing in letters; grids are numbered a = 0, b = 1 …, a dot is a unit without a grid."""
    rows = text.split()
    label = np.array([-1 if letter == "." else ord(letter) - ord("a") for row in rows for letter in row])
    graph = lattice(len(rows[0]), len(rows), np.ones(len(label)) if weight is None else weight)
    facts.setdefault("band", [(0.0, 1e9)])
    return Session(open_sketch(graph, label, **facts))


def shown(session, width):
    """The drawing in letters."""
    letters = ["." if x < 0 else chr(ord("a") + x) for x in session.sketch.grid_of_unit.tolist()]
    return ["".join(letters[at : at + width]) for at in range(0, len(letters), width)]


def city(seed=0):
    """A lattice in 20 blocks of 24 units, brought into the band."""
    rng = np.random.default_rng(seed)
    graph = lattice(24, 20, rng.integers(5, 60, 480).astype(float), seed=seed)
    x, y = np.arange(480) % 24, np.arange(480) // 24
    session = Session(open_sketch(graph, x // 6 + 4 * (y // 4)))
    for attempt in range(10):
        if session.sketch.totals().outside_band:
            session.rebalance(range(20), seed=attempt)
    assert not session.sketch.faults
    return graph, session.sketch.grid_of_unit


def grown(graph, at, factor=1.4, reach=400.0):
    """The same units after a quarter has grown."""
    away = np.hypot(*(graph.xy_m - graph.xy_m[at]).T)
    weight = np.where(away < reach, np.round(graph.weight * factor), graph.weight)
    return UnitGraph(weight, graph.indptr, graph.indices, graph.border_m, graph.xy_m)


# --- moving ---


def test_a_brush_moves_what_it_cuts_off_as_well():
    session = drawn("aaa abb aaa")
    step = session.move([1], 1)
    assert shown(session, 3) == ["abb", "abb", "aaa"]
    assert step.units.tolist() == [1, 2]
    assert step.people == 2


def test_a_refusal_names_what_would_be_cut_off():
    session = drawn("aaa abb aaa")
    with pytest.raises(Conflict) as caught:
        session.move([1], 1, contiguity="refuse")
    assert caught.value.code == "edit_units_cut_off"
    assert caught.value.context["units"] == [2]
    assert shown(session, 3) == ["aaa", "abb", "aaa"]


def test_allowing_tells_the_fault_and_repair_solves_it():
    session = drawn("aaa abb aaa")
    step = session.move([1], 1, contiguity="allow")
    assert [(f.kind, f.where, f.units) for f in step.opened] == [("grid_in_pieces", 0, (2,))]
    step = session.repair()
    assert shown(session, 3) == ["abb", "abb", "aaa"]
    assert [f.key for f in step.solved] == [("grid_in_pieces", 0, 0)]


def test_what_was_torn_before_is_not_held_against_a_move():
    session = drawn("abab abab abab")
    session.move([0], 1, contiguity="refuse")
    assert shown(session, 4) == ["bbab", "abab", "abab"]


def test_units_go_only_to_a_grid_that_they_touch():
    session = drawn("aabbcc aabbcc")
    with pytest.raises(Conflict) as caught:
        session.move([0], 2)
    assert caught.value.code == "edit_units_apart"
    assert caught.value.context["units"] == [0]


def test_a_lasso_over_a_whole_grid_says_so():
    session = drawn("aabb aabb")
    with pytest.raises(Conflict) as caught:
        session.move([0, 1, 4, 5], 1)
    assert caught.value.code == "edit_grid_emptied"
    assert caught.value.context["grids"] == [0]


def test_a_group_moves_whole_and_a_group_too_heavy_for_a_grid_binds_nobody():
    group = [-1, 7, -1, -1, -1, 7, -1, -1]
    session = drawn("aabb aabb", group=group)
    assert session.move([1], 1).units.tolist() == [1, 5]
    session = drawn("aabb aabb", group=group, band=[(0.0, 1.5)])
    assert session.move([1], 1).units.tolist() == [1]


def test_locks_hold_and_name_the_units():
    session = drawn("aabb aabb", locked_units=[1], locked_grids=[])
    with pytest.raises(Conflict) as caught:
        session.move([1, 5], 1)
    assert (caught.value.code, caught.value.context["units"]) == ("edit_units_locked", [1])
    session.unlock(units=[1])
    session.lock(grids=[1])
    with pytest.raises(Conflict) as caught:
        session.move([1], 1)
    assert (caught.value.code, caught.value.context["grid"]) == ("edit_grid_locked", 1)
    session.undo()
    assert session.move([1], 1).changed
    with pytest.raises(InvalidInput):
        drawn("a.", locked_units=[1])


def test_no_grid_reaches_over_two_areas_or_a_wall():
    session = drawn("aabb aabb", parent=[8, 8, 9, 9, 8, 8, 9, 9])
    with pytest.raises(InvalidInput) as caught:
        session.move([1], 1)
    assert caught.value.code == "edit_other_area"
    with pytest.raises(InvalidInput):
        session.merge([0, 1])
    graph = lattice(4, 2, np.ones(8))
    closed = (graph.source % 4 < 2) != (graph.indices % 4 < 2)
    walled = UnitGraph(graph.weight, graph.indptr, graph.indices, graph.border_m, graph.xy_m, closed=closed)
    session = Session(open_sketch(walled, [0, 0, 1, 1, 0, 0, 1, 1], tolerance=0.5))
    with pytest.raises(Conflict) as caught:
        session.move([1], 1)
    assert caught.value.code == "edit_units_apart"
    with pytest.raises(Conflict) as caught:
        session.merge([0, 1])
    assert caught.value.code == "edit_grids_apart"
    # A border along a wall is cut all the same.
    assert session.sketch.totals().cut == 2


# --- mending ---


def test_stray_pieces_go_where_balance_suffers_least():
    # The stray a on the right touches b and c alike; c has room.
    session = drawn("aabbb aabba aaccc", band=[(3.0, 5.5)])
    session.repair()
    assert shown(session, 5)[1][4] == "c"


def test_units_without_a_grid_get_one():
    session = drawn("aa.. aab. aabb")
    step = session.repair()
    assert not session.sketch.faults
    assert step.units.tolist() == [2, 3, 7]
    assert step.sketch.totals().without_grid == 0


def test_a_group_is_mended_only_where_its_mates_are():
    # The unit without a grid touches a and b; its mate is in b, which has less room.
    session = drawn("aab a.b abb", group=[-1, -1, 3, -1, 3, -1, -1, -1, -1], band=[(0.0, 4.0)])
    session.repair()
    assert shown(session, 3)[1] == "abb"
    # Its mate at home: leaving would divide the group.
    session = drawn("abb abb aba", group=[5, -1, -1, -1, -1, -1, -1, -1, 5])
    assert not session.repair().changed


def test_what_is_locked_stays_torn():
    session = drawn("abb abb aba", locked_units=[8])
    assert not session.repair().changed
    assert [f.kind for f in session.sketch.faults.values()] == ["grid_in_pieces"]


def test_repair_of_named_grids_leaves_the_others():
    session = drawn("abac abac abac")
    session.repair([2])
    assert shown(session, 4) == ["abac"] * 3
    assert session.repair([0]).changed


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


# --- a session ---


def test_whoever_saw_an_older_drawing_is_refused():
    session = drawn("aabb aabb")
    seen = session.revision
    session.move([1], 1, revision=seen)
    with pytest.raises(Conflict) as caught:
        session.merge([0, 1], revision=seen)
    assert caught.value.code == "edit_revision_stale"
    for call in (session.undo, session.redo):
        with pytest.raises(Conflict):
            call(revision=seen)
    session.undo(revision=session.revision)
    assert shown(session, 4) == ["aabb", "aabb"]


def test_a_checkpoint_is_a_place_to_go_back_to():
    session = drawn("aabb aabb")
    session.checkpoint("start")
    session.lock(units=[0])
    session.split(1)
    session.move([1], 2 if 2 in session.sketch.grid_of_unit[[2, 6]] else 1, contiguity="allow")
    digest = session.sketch.digest()
    session.restore("start")
    assert shown(session, 4) == ["aabb", "aabb"]
    assert not len(session.sketch.locked_units)
    session.undo()
    assert session.sketch.digest() == digest
    assert session.checkpoints == ("start",)
    for name in ("", " ", "x" * 201, 5):
        with pytest.raises(InvalidInput):
            session.checkpoint(name)


def test_a_checkpoint_brings_back_a_locked_grid_that_was_undone():
    session = drawn("aabb aabb")
    session.insert([0])
    session.lock(grids=[2])
    session.checkpoint("locked")
    session.undo()
    session.undo()
    session.restore("locked")
    assert shown(session, 4) == ["cabb", "aabb"]
    assert session.sketch.locked_grids == {2}
    again = Session.replay(drawn("aabb aabb").sketch, [entry.as_dict() for entry in session.log])
    assert again.sketch.digest() == session.sketch.digest()
    with pytest.raises(InvalidInput):
        Session.replay(drawn("aabb").sketch, [{"op": "lock", "revision": 1, "lock_grids": [2], "next_label": 3}])


def test_the_journal_names_units_by_number_and_grids_by_label():
    session = drawn("aaa abb aaa")
    session.move([1], 1)
    session.lock(grids=[1])
    lines = [entry.as_dict() for entry in session.log]
    assert lines[0] == {"op": "move", "revision": 1, "moves": [[0, 1, [1, 2]]], "next_label": 2}
    assert lines[1] == {"op": "lock", "revision": 2, "lock_grids": [1], "next_label": 2}
    assert [Entry.from_dict(json.loads(json.dumps(line))) for line in lines] == session.log


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"op": "move"},
        {"op": "move", "revision": "one"},
        {"op": "move", "revision": 1, "moves": [[0, 1]]},
        {"op": "move", "revision": 1, "moves": [[0, 1, ["x"]]]},
        {"op": "move", "revision": 1, "moves": [[0, 1, [99]]]},
        {"op": "move", "revision": 1, "moves": [[0, 7, [0]]], "next_label": 2},
        {"op": "move", "revision": 1, "moves": [[1, 0, [0]]], "next_label": 2},
        {"op": "move", "revision": 1, "moves": [[0, 1, [0]], [0, 1, [0]]], "next_label": 2},
        {"op": "move", "revision": 1, "moves": [[0, 1, [0]]], "next_label": 2**62},
        {"op": "move", "revision": 9, "moves": [[0, 1, [1]]], "next_label": 2},
        {"op": "lock", "revision": 1, "lock_grids": [9], "next_label": 2},
        {"op": "lock", "revision": 1, "lock_units": [-1], "next_label": 2},
        {"op": "undo", "revision": 1},
        {"op": "checkpoint", "revision": 0},
        {"op": "move", "revision": 1, "moves": [[0, 1, [1]]], "next_label": 2, "else": 1},
        {"op": "move", "revision": 1},
    ],
)
def test_a_broken_journal_is_refused(line):
    start = drawn("aabb aabb").sketch
    with pytest.raises((InvalidInput, Conflict)):
        Session.replay(start, [line])


HOSTILE_UNITS = [
    [],
    [8],
    [-1],
    [2**40],
    [2**70],
    [0.5],
    ["0"],
    [None],
    [[0, 1]],
    [[0], [1, 2]],
    3,
    "abc",
    None,
    [True, False],
    np.array([np.nan]),
    np.array([2**63], dtype=np.uint64),
]


@pytest.mark.parametrize("units", HOSTILE_UNITS, ids=str)
def test_nonsense_for_units_is_refused_with_a_reason(units):
    session = drawn("aabb aabb")
    for call in (lambda: session.move(units, 1), lambda: session.insert(units), lambda: session.split(0, along=units)):
        if call is not None and units is None:
            continue
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.message("zh")
    assert session.revision == 0


@pytest.mark.parametrize("grid", [2, -1, 2**40, 2**70, 0.5, "0", None, [0], np.nan])
def test_nonsense_for_a_grid_is_refused_with_a_reason(grid):
    session = drawn("aabb aabb")
    calls = (
        lambda: session.move([0], grid),
        lambda: session.split(grid),
        lambda: session.dissolve(grid),
        lambda: session.merge([0, grid]),
        lambda: session.rebalance([0, grid]),
        lambda: session.repair([grid, 2]),  # −1 alone means the units without a grid
        lambda: session.lock(grids=[grid]),
        lambda: session.sketch.units_of(grid),
    )
    for call in calls:
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.message("zh")
    assert session.revision == 0


def test_repeated_units_and_units_that_are_there_count_once():
    session = drawn("aabb aabb")
    assert session.move([1, 1, 1, 2], 1).units.tolist() == [1]
    step = session.move([2, 2], 1)
    assert not step.changed
    assert step.as_dict()["grids"] == []
    assert session.can_undo == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"grid_of_unit": [0, 0, 1]},
        {"grid_of_unit": [0, 0, 1, -2]},
        {"grid_of_unit": [0, 0, 1, 10**7]},
        {"grid_of_unit": [0, 0, 1, 0.5]},
        {"parent": [1, 2]},
        {"group": [1.5] * 4},
        {"households": [1, 2, 3, -1]},
        {"households": [1, 2]},
        {"band": []},
        {"band": [(2, 1)]},
        {"band": [(np.nan, 1)]},
        {"band": [(0, 1), (0, 1)]},
        {"ideal": 0},
        {"ideal": np.inf},
        {"tolerance": -1},
        {"tolerance": np.nan},
        {"locked_units": [4]},
        {"locked_grids": [2]},
        {"next_label": -1},
        {"border_share": 2},
    ],
    ids=str,
)
def test_a_drawing_that_makes_no_sense_is_refused(facts):
    graph = lattice(2, 2, np.ones(4))
    with pytest.raises(InvalidInput) as caught:
        open_sketch(graph, **({"grid_of_unit": [0, 0, 1, 1]} | facts))
    assert caught.value.message("zh")


def test_the_same_seed_gives_the_same_drawing_for_any_order_of_the_rows():
    plain, label = city(1)
    graph = grown(plain, 200)
    turned, order = shuffled(graph, 3)
    rank = np.argsort(order)
    calls = [
        ("move", ([30, 31, 54], int(label[30] + 1) % 20), {"contiguity": "allow"}),
        ("move", ([0, 100, 200], 7), {"contiguity": "allow"}),
        ("repair", (), {}),
        ("split", (5,), {"seed": 2}),
        ("insert_around", (250,), {"seed": 1}),
        ("dissolve", (9,), {"seed": 3}),
        ("rebalance", ([0, 1, 2, 3, 4, 6, 7],), {"seed": 4}),
    ]
    one, two, three = (Session(open_sketch(g, x)) for g, x in ((graph, label), (turned, label[order]), (graph, label)))
    for name, args, wishes in calls:
        moved = [args[0], *args[1:]] if args else []
        there = list(moved)
        if name == "move":
            there[0] = rank[moved[0]].tolist()
        if name == "insert_around":
            there[0] = int(rank[moved[0]])
        steps = [
            getattr(session, name)(*arguments, **wishes)
            for session, arguments in ((one, moved), (two, there), (three, moved))
        ]
        assert steps[0].changed
        assert (one.sketch.grid_of_unit[order] == two.sketch.grid_of_unit).all()
        assert one.sketch.digest() == three.sketch.digest()


@pytest.mark.parametrize("weight", [np.zeros(9), np.array([1e6, *[1.0] * 8]), np.full(9, 1e-9)])
def test_odd_weights_stop_nothing(weight):
    session = drawn("aab aab ccb", weight, tolerance=0.05, band=None)
    for call in (
        lambda: session.rebalance([0, 1, 2]),
        lambda: session.split(0),
        lambda: session.insert_around(8),
        lambda: session.dissolve(2),
        lambda: session.repair(),
        lambda: session.merge([0, 1]),
    ):
        try:
            call()
        except (Conflict, PartitionInfeasible) as error:
            told = error.message("zh")
        else:
            told = session.sketch.totals()
        assert told
        assert all(fault.kind != "grid_in_pieces" for fault in session.sketch.faults.values())


def test_a_drawing_of_one_unit_and_one_of_single_units():
    alone = Session(open_sketch(UnitGraph([1.0], [0, 0], []), [0]))
    for call in (
        lambda: alone.split(0),
        lambda: alone.dissolve(0),
        lambda: alone.insert([0]),
        lambda: alone.merge([0]),
    ):
        with pytest.raises((Conflict, InvalidInput)):
            call()
    session = drawn("ab cd")
    with pytest.raises(Conflict):
        session.insert_around(0)
    assert session.merge([0, 1, 2, 3]).totals.grids == 1
    assert session.sketch.totals().cut == 0


def test_warming_up_runs_through():
    warm_up()
