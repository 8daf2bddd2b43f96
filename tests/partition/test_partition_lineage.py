"""Lineage: sums that add up, kinds, and bytes that ignore the order of rows."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.partition.lineage import NEW_KINDS, OLD_KINDS, lineage, lineage_block


def kinds(found):
    return [OLD_KINDS[k] for k in found.old_kind], [NEW_KINDS[k] for k in found.new_kind]


def traced(before, after, weight=None, continues=None):
    before, after = np.array(before, np.int32), np.array(after, np.int32)
    weight = np.ones(len(before)) if weight is None else np.array(weight, float)
    return lineage(before, after, weight, None if continues is None else np.array(continues, np.int32))


unit = st.tuples(st.integers(-1, 4), st.integers(-1, 4), st.integers(0, 9))


@given(st.lists(unit, max_size=40), st.randoms(use_true_random=False))
def test_every_person_is_accounted_for_once_whatever_the_order_of_rows(rows, random):
    before, after, weight = zip(*rows, strict=True) if rows else ((), (), ())
    found = traced(before, after, weight)
    sums, counts = defaultdict(float), defaultdict(int)
    for a, b, w in rows:
        sums[a, b] += w
        counts[a, b] += 1
    pairs = list(zip(found.old.tolist(), found.new.tolist(), strict=True))
    assert pairs == sorted(sums)
    assert found.weight.tolist() == [sums[pair] for pair in pairs]
    assert found.units.tolist() == [counts[pair] for pair in pairs]
    for side, share in ((found.old, found.old_share), (found.new, found.new_share)):
        for grid in set(side.tolist()) - {-1}:
            assert share[side == grid].sum() == pytest.approx(1)
        assert np.isnan(share[side == -1]).all()
    used = found.continues[found.continues >= 0].tolist()
    assert len(used) == len(set(used))
    stayed = sum(sums[a, b] for b, a in enumerate(found.continues.tolist()) if a >= 0)
    known = sum(w for a, b, w in rows if a >= 0 and b >= 0)
    assert found.moved == pytest.approx(known - stayed)
    shuffled = list(rows)
    random.shuffle(shuffled)
    again = traced(*zip(*shuffled, strict=True)) if rows else found
    for name in ("old", "new", "units", "weight", "old_share", "new_share", "continues", "old_kind", "new_kind"):
        assert getattr(found, name).tobytes() == getattr(again, name).tobytes()


def test_a_plan_that_stays_is_kept():
    assert kinds(traced([0, 0, 1], [0, 0, 1])) == (["kept", "kept"], ["kept", "kept"])


def test_a_unit_that_goes_over_changes_both():
    found = traced([0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1, 1])
    assert kinds(found) == (["changed", "changed"], ["changed", "changed"])
    assert found.moved == 1


def test_a_grid_cut_in_two_is_split_and_the_new_one_says_so():
    assert kinds(traced([0, 0, 0, 0, 1], [0, 0, 2, 2, 1])) == (["split", "kept"], ["changed", "kept", "from_split"])


def test_a_grid_swallowed_is_merged():
    found = traced([0, 0, 0, 1, 1], [0, 0, 0, 0, 0])
    assert kinds(found) == (["changed", "merged"], ["from_merge"])
    assert found.continues.tolist() == [0]


def test_a_grid_scattered_over_others_is_retired():
    before = [0] * 10 + [1] * 10 + [2] * 10 + [3] * 10 + [4] * 8
    after = [0] * 10 + [1] * 10 + [2] * 10 + [3] * 10 + [0, 0, 1, 1, 2, 2, 3, 3]
    found = traced(before, after)
    assert kinds(found) == (["changed"] * 4 + ["retired"], ["changed"] * 4)


def test_a_grid_on_land_without_one_is_new():
    assert kinds(traced([0, 0, -1, -1], [0, 0, 1, 1])) == (["kept"], ["kept", "new"])
    assert traced([0, 0, -1, -1], [0, 0, 1, 1]).moved == 0


def test_the_solvers_word_on_who_goes_on_counts():
    found = traced([0, 0, 0, 1], [0, 0, 0, 1], continues=[1, -1])
    assert found.continues.tolist() == [1, -1]
    assert found.moved == 4


def test_a_grid_where_nobody_lives_shares_by_units():
    found = traced([0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0])
    assert found.old_share.tolist() == [0.75, 0.25]


def test_the_block_names_flows_by_code():
    found = traced([0, 0, 0, 0, 1, -1], [0, 0, 2, 2, 1, 1], [5, 5, 4, 4, 3, 2])
    block = lineage_block(found, np.array(["A", "B"]), np.array(["A", "B", "C"]))
    assert block["moved"] == 8
    assert block["flows"][0] == {
        "old": None,
        "new": "B",
        "units": 1,
        "weight": 2.0,
        "old_share": None,
        "new_share": 0.4,
    }
    assert block["old"] == {"A": "split", "B": "changed"}
    assert block["new"]["C"] == {"kind": "from_split", "from": None}
    assert block["new"]["A"] == {"kind": "changed", "from": "A"}


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(InvalidInput, match="differ in length"):
        lineage(np.zeros(2, np.int32), np.zeros(3, np.int32), np.zeros(2))
