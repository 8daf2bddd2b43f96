"""What of the picture of hotspots can be reckoned by who is not to know it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.service.context import Service
from geo.service.hotspot_page import Question, picture_of
from geo.service.hotspot_page_body import picture_body, step_body
from geo.service.hotspot_page_public import _hide_colour, class_of, hide, may_tell_sum, withheld
from tests.maps.hotspot_town import TODAY, add_run, hotspot_service, make_told, touching


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = hotspot_service(tmp_path_factory.mktemp("public"), make_told())
    yield service
    service.store.close()  # type: ignore[attr-defined]


def consistent(counts: Sequence[int], hidden: Sequence[bool]) -> list[list[int]]:
    """All tables that look the same: what is shown, how many are hidden, and the total."""
    where = [k for k, held in enumerate(hidden) if held]
    total = sum(counts[k] for k in where)
    most = max(4, *(counts[k] for k in where))
    return [list(values) for values in product(range(1, most + 1), repeat=len(where)) if sum(values) == total]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=6))
def test_no_hidden_count_follows_from_the_total(counts: list[int]) -> None:
    hidden, whole = hide(np.array(counts))
    assert all(hidden[k] for k, n in enumerate(counts) if 0 < n < 5)
    assert not any(hidden[k] for k, n in enumerate(counts) if n == 0)
    if not whole or not hidden.any():
        assert whole or hidden.any()
        return
    small = [n for n, held in zip(counts, hidden.tolist(), strict=True) if held]
    tables = consistent(counts, hidden.tolist())
    if max(small) < 5:
        tables = [values for values in tables if max(values) < 5]
    for k, n in enumerate(small):
        if n < 5:
            assert len({values[k] for values in tables}) > 1


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(0, 9), min_size=3, max_size=6), st.integers(0, 2**32 - 1))
def test_no_hidden_count_follows_from_the_colours(counts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    observed = np.array(counts)
    expected = rng.uniform(0.5, 8, len(counts))
    variance, mean = float(rng.uniform(0.1, 2)), 1.0
    trust = variance / (variance + mean / expected)

    def ratio(cases: NDArray[Any]) -> NDArray[Any]:
        return mean + trust * (cases / expected - mean)

    figures = SimpleNamespace(observed=observed[None], expected=expected[None], ratio=ratio(observed)[None])
    hidden, whole = hide(observed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "geo.service.hotspot_page_public.shrink_rates", lambda *_: SimpleNamespace(variance=variance, mean=mean)
        )
        dark = _hide_colour(SimpleNamespace(figures=figures), 0, hidden, whole)  # type: ignore[arg-type]
    few = hidden & (observed < 5)
    assert not (dark & ~hidden).any()
    assert dark[hidden & ~few].all()
    where = np.flatnonzero(few)
    extra = bool((hidden & ~few).any()) or not whole
    classes = class_of(ratio(observed))
    possible = [set[int]() for _ in where]
    for values in product(range(1, 5), repeat=len(where)):
        if not extra and sum(values) != observed[few].sum():
            continue
        table = observed.copy()
        table[where] = values
        if all(dark[k] or class_of(ratio(table))[k] == classes[k] for k in where):
            for held, value in zip(possible, values, strict=True):
                held.add(value)
    assert all(len(held) > 1 for held in possible)


@pytest.mark.parametrize("question", [
    Question(period=kind, until=TODAY, denominator=base, category=category)
    for kind, base, category in (
        ("day", "", ""), ("week", "", ""), ("week", "past", ""), ("month", "buildings", "hotline/hotline/05"),
        ("quarter", "", "hotline/hotline/0601"),
    )
])  # fmt: skip
def test_nothing_below_five_reaches_the_public(service: Service, question: Question) -> None:
    picture = picture_of(service, question)
    hold, counts = withheld(picture), picture.figures.observed
    pairs = touching(picture.net.grids)
    seen = 0
    for k in range(picture.periods.count):
        told = step_body(picture, k, public=True)
        few = {g for g, n in enumerate(counts[k].tolist()) if 0 < n < 5}
        seen += len(few)
        for g in range(len(counts[k])):
            around = {g} | {a + b - g for a, b in pairs if g in (a, b)}
            assert told["ratio"][g] is None
            if g in few:
                assert told["observed"][g] is None
            if around & {h for h in range(len(counts[k])) if hold.count[k, h]}:
                assert all(told[name][g] is None for name in ("around_observed", "around_ratio", "low", "high", "z"))
            assert told["q"][g] in (None, 0.001, 0.01, 0.05, 1.0)
            if k:
                hidden_before = 0 < counts[k - 1][g] < 5
                assert not (hidden_before and told["before"][g] is not None)
        if hold.total[k]:
            assert told["expected"] == [None] * len(counts[k])
        elif hold.count[k].any():
            rest = int(counts[k].sum()) - sum(n or 0 for n in told["observed"])
            assert hold.count[k].sum() > 1
            assert rest >= 2
    assert seen > 2
    body = picture_body(service, picture, lang="zh", public=True)
    for k, total in enumerate(body["totals"]):
        assert (total["observed"] is None) == bool(hold.total[k])
        assert total["without_grid"] is None or not 0 < total["without_grid"] < 5
    json.dumps(body, allow_nan=False)


def test_readers_are_told_everything(service: Service) -> None:
    picture = picture_of(service, Question(period="week", until=TODAY))
    for k in range(picture.periods.count):
        assert step_body(picture, k, public=False)["observed"] == picture.figures.observed[k].tolist()


def test_the_sum_of_a_cluster_gives_no_member_away() -> None:
    counts = np.array([9, 3, 2, 4, 0, 12])
    assert may_tell_sum(counts, [0, 5])
    assert not may_tell_sum(counts, [0, 1])  # 3 is the sum less 9
    assert not may_tell_sum(counts, [0, 1, 2])  # and 4 is what is left of the total
    assert may_tell_sum(counts, [0, 1, 2, 3])
    assert not may_tell_sum(np.array([4, 4, 9, 2, 1]), [0, 1])  # 8 is twice 4


def test_a_stored_cluster_with_the_days_of_a_calendar_week_is_held_against_its_grids(service: Service) -> None:
    week = picture_of(service, Question(period="week", until=TODAY, category="hotline/hotline/0502"))
    k = next(k for k in range(week.periods.count) if week.periods.first_day(k) == date(2026, 5, 4))
    lone = next(g for g, n in enumerate(week.figures.observed[k].tolist()) if 0 < n < 5)
    code = week.net.grids[lone].code
    for first, hidden in ((date(2026, 5, 4), True), (date(2026, 5, 3), False)):
        add_run(service, members=(code,), centre=code, category="0502", first=first)
        found = {
            public: picture_body(service, week, lang="en", public=public)["clusters"][0] for public in (True, False)
        }
        assert found[True]["first"] == first.isoformat()
        assert (found[True]["hidden"], found[False]["hidden"]) == (hidden, False)
        assert (found[True]["observed"] is None) == hidden
        assert ("12 in" in found[True]["sentence"]) != hidden
        assert f"12 in {8 - hidden} days where 3 were expected" in found[False]["sentence"]
