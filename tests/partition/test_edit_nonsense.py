"""What hand work does with nonsense, with an older drawing, a broken journal and odd weights."""

from __future__ import annotations

import json

import numpy as np
import pytest

from geo.errors import Conflict, InvalidInput, PartitionInfeasible
from geo.partition import UnitGraph
from geo.partition.edit import Entry, Session, open_sketch, warm_up
from tests.partition.edit_worlds import city, drawn, grown, shown
from tests.partition.partition_worlds import lattice, shuffled

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
