"""Moving units by hand and mending what is torn, on small drawings that one can look at."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import Conflict, InvalidInput
from geo.partition import UnitGraph
from geo.partition.edit import Session, open_sketch
from tests.partition.edit_worlds import drawn, shown
from tests.partition.partition_worlds import lattice

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
