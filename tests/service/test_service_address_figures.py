"""The columns by which answers about addresses are judged, against sums done by hand and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import Conflict, InvalidInput, NotFound
from geo.locate import Gazetteer
from geo.sample.telling import tell
from geo.sample.telling_map import map_points
from geo.service.address_cases import AddressCase
from geo.service.address_figures import Answer, calibration_error, covered_at, measure
from geo.service.address_fit import Fitted, Trial, cost, fit, split, try_cases, weights_in_use, write_weights

CASES = (
    AddressCase(1, "a", "match", ("x",)),
    AddressCase(2, "b", "match", ("y",), ("whole",)),
    AddressCase(3, "c", "match", ("z",)),
    AddressCase(4, "d", "ambiguous", ("x", "y")),
    AddressCase(5, "e", "absent"),
    AddressCase(6, "f", "conflict", ("x",)),
    AddressCase(7, "g", "none"),
)
ANSWERS = (
    Answer("match", 0.95, ("x", "y")),
    Answer("match", 0.85, ("whole", "y")),
    Answer("match", 0.65, ("x", "z")),
    Answer("ambiguous", 0.5, ("x", "y")),
    Answer("match", 0.75, ("y",)),
    Answer("conflict", 0.9, ("x",)),
    Answer("none", 0.0, ()),
)


def test_every_column_by_hand():
    found = measure(CASES, ANSWERS)
    assert (found.cases, found.match, found.ambiguous, found.absent, found.conflict, found.none) == (7, 3, 1, 1, 1, 1)
    assert (found.top1, found.top5, found.accepted) == pytest.approx((2 / 3, 1, 1))
    assert (found.precision, found.right, found.wrong) == pytest.approx((2 / 3, 2 / 3, 1 / 3))
    assert (found.ambiguous_accepted, found.absent_accepted) == (0, 1)
    assert (found.conflict_flagged, found.none_kept) == (1, 1)
    assert found.covered == pytest.approx(2 / 3)
    # One case a bin: 0.95 and 0.85 right, 0.65 and 0.75 wrong.
    assert found.ece == pytest.approx((0.05 + 0.15 + 0.65 + 0.75) / 4)
    # One wrong place costs ten, so does one accepted that is nowhere.
    assert cost(found) == pytest.approx((3 * (1 / 3 + 9 / 3) + 10) / 7)


def test_places_in_one_grid_are_one_place():
    grid_of = {"x": "G1", "y": "G1", "z": "G2"}
    found = measure(CASES, ANSWERS, grid_of=grid_of)
    assert (found.match, found.ambiguous) == (4, 0)
    assert found.wrong == pytest.approx(1 / 4)
    assert measure(CASES, ANSWERS, grid_of=lambda key: None) == measure(CASES, ANSWERS)


def test_without_cases_of_a_kind_there_is_no_share():
    found = measure(CASES[:1], ANSWERS[:1])
    assert found.as_dict()["absent_accepted"] is None
    assert found.as_dict()["right"] == 1.0


marks = st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.99, 1.0]), st.booleans()), min_size=1, max_size=60)


@given(marks)
def test_calibration_error_is_the_sum_over_bins(pairs):
    sure, right = (np.array(column) for column in zip(*pairs, strict=True))
    want = 0.0
    for low in range(10):
        inside = [(p, r) for p, r in pairs if min(int(p * 10), 9) == low]
        if inside:
            want += abs(sum(p for p, _ in inside) - sum(r for _, r in inside)) / len(pairs)
    assert calibration_error(sure.astype(float), right.astype(bool)) == pytest.approx(want, abs=1e-12)


@given(marks)
def test_what_is_covered_is_the_largest_share_above_any_threshold(pairs):
    best = 0.0
    for level in {p for p, _ in pairs}:
        taken = [r for p, r in pairs if p >= level]
        if sum(taken) / len(taken) >= 0.99:
            best = max(best, len(taken) / len(pairs))
    sure, right = (np.array(column) for column in zip(*pairs, strict=True))
    assert covered_at(sure.astype(float), right.astype(bool)) == pytest.approx(best)


@given(st.lists(st.text(max_size=3), max_size=60), st.integers(0, 99))
def test_equal_texts_are_held_out_together(texts, seed):
    cases = [AddressCase(k, text, "none") for k, text in enumerate(texts)]
    train, held = split(cases, seed)
    assert sorted((*train, *held), key=lambda case: case.row) == cases
    assert not {case.text for case in train} & {case.text for case in held}


POINTS = map_points(250, seed=9)


def cases_about(count, seed=1):
    told = tell(POINTS, count, seed=seed, style="query")
    return [AddressCase(k, one.text, one.status, tuple(map(str, one.ids))) for k, one in enumerate(told, start=1)]


def test_fitting_is_the_same_again_and_is_measured_on_what_it_did_not_see():
    cases, before = cases_about(120), weights_in_use(None)
    found = fit(POINTS, cases, before=before, seed=3, source="test")
    again = fit(POINTS[::-1], cases, before=before, seed=3, source="test")
    assert found.weights.to_json() == again.weights.to_json()
    assert found.trained + found.held_out == len(cases) == 120
    train, held = split(cases, 3)
    assert (found.trained, found.held_out) == (len(train), len(held))
    after = try_cases(Gazetteer.build(POINTS, weights=found.weights), held)
    assert after.figures.as_dict() == found.after.figures.as_dict()
    assert after.answers == found.after.answers
    assert found.before.answers == try_cases(Gazetteer.build(POINTS), held).answers


def test_too_few_cases_are_refused():
    with pytest.raises(InvalidInput, match="There are 10 cases"):
        fit(POINTS, cases_about(10), before=weights_in_use(None))


class _Written:
    """Where a text went."""

    text = ""

    def write_text(self, path, text):
        self.text = text


def test_worse_weights_are_not_written(tmp_path):
    good = Trial(measure(CASES, tuple(Answer(c.status, 0.99, c.entries) for c in CASES)), 1.0, ())
    bad = Trial(measure(CASES, ANSWERS), 1.0, ())
    weights, files = weights_in_use(None), _Written()
    with pytest.raises(Conflict, match="worse on the 7 held-out"):
        write_weights(files, Fitted(weights, good, bad, 28, 7), tmp_path / "w.json")
    assert not files.text
    write_weights(files, Fitted(weights, good, bad, 28, 7), tmp_path / "w.json", force=True)
    assert files.text == weights.to_json()
    files.text = ""
    write_weights(files, Fitted(weights, bad, good, 28, 7), tmp_path / "w.json")
    assert files.text == weights.to_json()


def test_a_file_of_weights_that_is_missing_or_no_such_file(tmp_path):
    with pytest.raises(NotFound, match="GEO_ADDRESS_WEIGHTS"):
        weights_in_use(tmp_path / "nothing.json")
    odd = tmp_path / "odd.json"
    odd.write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidInput):
        weights_in_use(odd)
