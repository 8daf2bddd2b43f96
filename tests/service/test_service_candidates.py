"""Shares of undecided issues: every possible world counted one by one, on one scale that adds up to 1."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model import Issue, Location, Route
from geo.service.candidates import weigh

GRIDS = ["g1", "g2", "g3", "g4"]


def issue_with(context: dict[str, Any], note: str = "near_border_ambiguous", **place: Any) -> Issue:
    location = Location(status="unlocated", note=note, context=context, **place)
    now = datetime(2025, 1, 1, tzinfo=UTC)
    return Issue(
        id=1, text="x", source="s", source_id=None, reported_at=now, scheme="", kind="", category="", category_name="",
        address=None, status="to_confirm", location=location, route=Route(None, None),
    )  # fmt: skip


def share(text: float) -> float:
    return round(text, 4)


scores = st.floats(0.001, 0.999).map(share)
named = st.lists(st.tuples(st.sampled_from([*GRIDS, None]), scores), max_size=6)
parts = st.dictionaries(st.sampled_from(GRIDS), st.floats(0.05, 0.33).map(share), max_size=3)
positions = st.dictionaries(st.sampled_from([*GRIDS, None]), st.floats(0.05, 1.0).map(share), max_size=4)


def context_of(
    words: list[tuple[str | None, float]], told: dict[str, float], position: dict[str | None, float]
) -> dict[str, Any]:
    evidence = {
        "outcome": "ambiguous",
        "candidates": [{"id": f"e{k}", "name": f"n{k}", "grid": g, "score": s} for k, (g, s) in enumerate(words)],
        "grids": [{"grid": g, "name": g.upper(), "share": s} for g, s in told.items()],
    }
    if not position:
        return evidence
    whole = sum(position.values())
    rows = [{"grid": g, "name": g, "probability": p / whole} for g, p in position.items()]
    return {"candidates": rows, "address": evidence}


def worlds(
    words: list[tuple[str | None, float]], told: dict[str, float], position: dict[str | None, float]
) -> tuple[dict[str | None, float], float]:
    """The probability of each grid, and of all other places, from every world there is."""
    sums: dict[str | None, float] = defaultdict(float)
    if told and not position:
        return dict(told), 1.0 - sum(told.values())
    total = max(1.0, sum(s for _, s in words))
    whole = sum(position.values())
    right: list[tuple[str, float]] = []
    for grid, score in words:
        spread = {grid: 1.0} if grid is not None else {g: s / sum(told.values()) for g, s in told.items()}
        right += [(g, score / total * part) for g, part in spread.items()]
    if not position:
        for grid, mass in right:
            sums[grid] += mass
        return sums, 1.0 - sum(sums.values())
    fitting = [(grid, mass * position[grid] / whole) for grid, mass in right if grid in position]
    m = sum(s for _, s in words) / total if fitting else 0.0
    for grid, mass in fitting:
        sums[grid] += m * mass / sum(mass for _, mass in fitting)
    for other, chance in position.items():
        sums[other] += (1.0 - m) * chance / whole
    return sums, 1.0 - sum(sums.values())


@given(named, parts, positions)
def test_shares_are_those_of_every_world(
    words: list[tuple[str | None, float]], told: dict[str, float], position: dict[str | None, float]
) -> None:
    found = weigh(issue_with(context_of(words, told, position)))
    expected, elsewhere = worlds(words, told, position)
    if not any(expected.values()):
        assert (found.shares, found.elsewhere) == ((), None)
        return
    assert {one.grid: one.share for one in found.shares} == pytest.approx(
        {k: v for k, v in expected.items() if v > 1e-9}
    )
    assert found.elsewhere == pytest.approx(elsewhere, abs=1e-9)
    assert sum(one.share for one in found.shares) + (found.elsewhere or 0.0) == pytest.approx(1.0)
    ranked = [one.share for one in found.shares]
    assert ranked == sorted(ranked, reverse=True)
    known = [one.probability for one in found.candidates if one.probability is not None]
    assert known == sorted(known, reverse=True)
    assert sum(known) <= 1.0 + 1e-9
    assert found.among_named == bool(told and not position)
    if position:
        assert sum(known) == pytest.approx(1.0)


def test_the_words_decide_between_grids_of_a_position() -> None:
    context = context_of([("g1", 0.9)], {}, {"g1": 0.5, "g2": 0.4, None: 0.1})
    found = weigh(issue_with(context))
    assert {one.grid: one.share for one in found.shares} == pytest.approx({"g1": 0.95, "g2": 0.04, None: 0.01})
    assert found.elsewhere == pytest.approx(0.0)
    assert found.candidates[0].entry == "e0"
    assert found.candidates[0].probability == pytest.approx(0.9)


def test_places_of_one_name_share_among_themselves() -> None:
    """Their scores are low because the text cannot tell them apart, not because another place is meant."""
    found = weigh(issue_with(context_of([("g1", 0.1), ("g2", 0.1), ("g2", 0.1)], {"g1": 0.3333, "g2": 0.6667}, {})))
    assert [(one.grid, one.share) for one in found.shares] == [("g2", 0.6667), ("g1", 0.3333)]
    assert (found.elsewhere, found.among_named) == (0.0, True)
    assert sorted(one.probability or 0.0 for one in found.candidates) == pytest.approx([0.3333, 0.33335, 0.33335])


def test_words_that_mean_another_place_leave_the_position_as_it_was() -> None:
    found = weigh(issue_with(context_of([("g4", 0.7)], {}, {"g1": 0.6, "g2": 0.4})))
    assert {one.grid: one.share for one in found.shares} == pytest.approx({"g1": 0.6, "g2": 0.4})
    assert next(one for one in found.candidates if one.entry == "e0").probability is None


def test_nobody_reckons_which_of_two_contradictions_is_wrong() -> None:
    context = {**context_of([("g4", 0.7)], {}, {"g1": 1.0}), "coordinate": {"grid": "g1", "grid_name": "G1"}}
    found = weigh(issue_with(context, note="both_conflict"))
    assert (found.shares, found.elsewhere) == ((), None)
    assert {one.grid for one in found.candidates} == {"g1", "g4"}
    assert all(one.probability is None for one in found.candidates)


def test_the_nearest_grid_of_a_point_outside_has_no_share() -> None:
    found = weigh(issue_with({}, note="outside_all_grids", nearest_grid="g3", nearest_m=12.0))
    assert [(one.grid, one.distance_m, one.probability) for one in found.candidates] == [("g3", 12.0, None)]
    assert found.shares == ()


@pytest.mark.parametrize(
    "broken", [{"candidates": 3}, {"address": "x"}, {"outcome": "none"}, {"candidates": [1, None]}]
)
def test_contexts_of_older_versions_are_no_trouble(broken: dict[str, Any]) -> None:
    assert weigh(issue_with(broken)).shares == ()
