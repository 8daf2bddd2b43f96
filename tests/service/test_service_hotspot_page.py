"""The picture of hotspots against plain loops, and what of it can be reckoned by who is not to know it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.errors import InvalidInput, NotFound
from geo.hotspots import Around, PeriodKind, neighbourhood_ratio
from geo.hotspots.change import period_change
from geo.service.context import Memory, Service
from geo.service.hotspot_page import Picture, Question, picture_of, whole_step
from geo.service.hotspot_page_body import TOO_FEW, picture_body
from geo.service.hotspot_page_clusters import clusters_now
from geo.service.hotspot_page_public import class_of
from tests.maps.hotspot_town import (
    DEPARTMENTS,
    SECOND,
    TODAY,
    TOPICS,
    ZONE,
    Told,
    add_run,
    add_told,
    grid_at,
    heads,
    hotspot_service,
    make_told,
    touching,
)  # fmt: skip
from tests.maps.town import SOUTH, WEST

KINDS: tuple[PeriodKind, ...] = get_args(PeriodKind)
TOLD = make_told()
HEADS = heads(TOLD)
# Where many were planted in May, under the second plan.
HOT = "990101001002002"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = hotspot_service(tmp_path_factory.mktemp("page"), TOLD)
    add_run(service)
    yield service
    service.store.close()  # type: ignore[attr-defined]


def local_day(one: Told) -> date:
    return one.when.astimezone(ZONE).date()


def step_of(picture: Picture, day: date) -> int | None:
    for k in range(picture.periods.count):
        if picture.periods.first_day(k) <= day <= picture.periods.last_day(k):
            return k
    return None


def loop(picture: Picture, chosen: Sequence[tuple[Told, int]]) -> tuple[NDArray[np.int64], Counter[int], Counter[int]]:
    """Incidents by step and grid; those in none and all reports by step."""
    grids = picture.net.grids
    number = {grid.code: k for k, grid in enumerate(grids)}
    table = np.zeros((picture.periods.count, len(grids)), dtype=np.int64)
    outside, reports = Counter[int](), Counter[int]()
    for one, many in chosen:
        k = step_of(picture, local_day(one))
        if k is None:
            continue
        code = grid_at(grids, one)
        reports[k] += many
        if code is None:
            outside[k] += 1
        else:
            table[k, number[code]] += 1
    return table, outside, reports


@pytest.mark.parametrize("kind", KINDS)
def test_counts_restated_on_the_plan_of_today_are_those_of_a_loop(service: Service, kind: PeriodKind) -> None:
    picture = picture_of(service, Question(period=kind, until=TODAY, steps=30))
    table, outside, reports = loop(picture, HEADS)
    assert picture.net.plan.id == 2
    assert table.sum() > 50
    assert picture.figures.observed.tolist() == table.tolist()
    assert picture.without_grid.tolist() == [outside[k] for k in range(len(table))]
    assert picture.reports.tolist() == [reports[k] for k in range(len(table))]
    assert picture.periods.last_day(picture.periods.count - 1) >= TODAY


def test_the_plan_of_then_takes_its_own_days_alone(service: Service) -> None:
    march = picture_of(service, Question(period="month", until=date(2026, 3, 20), plan="then"))
    assert march.net.plan.id == 1
    early = [(one, n) for one, n in HEADS if local_day(one) <= date(2026, 3, 20)]
    assert march.figures.observed.tolist() == loop(march, early)[0].tolist()
    june = picture_of(service, Question(period="month", until=TODAY, plan="then"))
    assert (june.net.plan.id, june.periods.first_day(0)) == (2, SECOND)
    # What began under the plan before has its first report there and does not count here.
    late = [(one, n) for one, n in HEADS if local_day(one) >= SECOND]
    assert june.figures.observed.tolist() == loop(june, late)[0].tolist()
    with pytest.raises(NotFound):
        picture_of(service, Question(until=date(2025, 12, 1), plan="then"))


@pytest.mark.parametrize(("category", "codes"), [("05", ("0501", "0502")), ("0601", ("0601",)), ("9", ())])
@pytest.mark.parametrize("department", ["", "d2", "none"])
def test_filters_take_a_category_with_all_below_it(
    service: Service, category: str, codes: tuple[str, ...], department: str
) -> None:
    question = Question(category=f"hotline/hotline/{category}", department=department, until=TODAY)
    picture = picture_of(service, question)
    chosen = [(one, n) for one, n in HEADS if one.topic[2] in codes and department in ("", one.department)]
    assert picture.figures.observed.tolist() == loop(picture, chosen)[0].tolist()
    assert set(picture.departments) == set(DEPARTMENTS)
    assert set(picture.topics) == set(TOPICS)


@pytest.mark.parametrize("denominator", ["residents", "households", "buildings", "past"])
def test_figures_are_those_of_the_statistics_on_looped_counts(service: Service, denominator: str) -> None:
    picture = picture_of(service, Question(period="month", until=TODAY, denominator=denominator))
    table, _, _ = loop(picture, HEADS)
    pairs = touching(picture.net.grids)
    grids, figures = picture.net.grids, picture.figures
    for k, counts in enumerate(table):
        if denominator == "past":
            assert figures.judged[k].any() == (k >= 3)
            usual = figures.expected[k]
            if k < 3:
                assert not usual.any()
                continue
            found = neighbourhood_ratio(counts, None, pairs, expected=usual)
            # Of the periods before alone, by days: the sum is what was usual.
            days = [picture.days[j] for j in range(k)]
            assert usual.sum() == pytest.approx(table[:k].sum() * picture.days[k] / sum(days))
        else:
            base = [getattr(grid, denominator, None) or grid.units for grid in grids]
            found = neighbourhood_ratio(counts, base, pairs)
        for name in ("expected", "ratio", "around_observed", "q", "judged"):
            np.testing.assert_allclose(getattr(figures, name)[k], getattr(found, name), err_msg=name)
        before = table[k - 1] if k else None
        if before is None:
            assert not figures.change_judged[k].any()
            continue
        around = Around.of_pairs(np.array(pairs), len(grids))
        base_of = np.ones(len(grids)) if denominator == "past" else np.array(base, dtype=float)
        change = period_change(counts, before, base_of, around, longer=picture.days[k] / picture.days[k - 1])
        np.testing.assert_allclose(figures.change[k], change.ratio)
        np.testing.assert_allclose(figures.change_q[k], change.q)


def test_classes_are_taken_from_the_fixed_limits(service: Service) -> None:
    picture = picture_of(service, Question(period="month", until=TODAY))
    body = picture_body(service, picture, lang="en", public=False)
    packed = np.frombuffer(base64.b64decode(body["classes"]), dtype=np.uint8).reshape(picture.figures.ratio.shape)
    for k, row in enumerate(packed):
        for g, byte in enumerate(row.tolist()):
            ratio = picture.figures.ratio[k, g]
            wanted = sum(ratio >= limit for limit in (0.5, 0.8, 1.25, 2, 3))
            judged = picture.figures.judged[k, g]
            assert byte & 7 == (wanted if judged else TOO_FEW)
            assert bool(byte & 8) == (judged and picture.figures.q[k, g] <= 0.05)
    assert class_of(np.array([0.5, 0.799, 3.0, 99.0])).tolist() == [1, 1, 5, 5]


def test_an_unfinished_period_is_no_whole_one(service: Service) -> None:
    picture = picture_of(service, Question(period="month", until=TODAY))
    assert picture.days[-1] == 20
    assert whole_step(picture) == picture.periods.count - 2
    assert whole_step(picture_of(service, Question(period="month", until=date(2026, 5, 31)))) == 4


@pytest.mark.parametrize(
    "question",
    [
        Question(until=date(2026, 6, 21)), Question(steps=61), Question(steps=-1), Question(denominator="wealth"),
        Question(category="05"), Question(period="year"),  # type: ignore[arg-type]
        Question(category="a/b/"), Question(denominator="field:none"),
    ],
)  # fmt: skip
def test_questions_that_mean_nothing_are_refused(service: Service, question: Question) -> None:
    with pytest.raises(InvalidInput):
        picture_of(service, question)


def test_a_day_long_before_the_records_has_a_picture_of_nothing(service: Service) -> None:
    for day in (date(1, 1, 1), date(1999, 12, 31)):
        for kind in KINDS:
            picture = picture_of(service, Question(period=kind, until=day))
            assert picture.periods.count == 1
            assert not picture.figures.observed.any()
            assert not picture.figures.judged.any()


def test_what_comes_in_grows_the_picture_as_if_read_anew(tmp_path: Path) -> None:
    told = make_told(120, seed=9)
    service = hotspot_service(tmp_path, told[:70])
    question = Question(period="week", until=TODAY)
    first = picture_of(service, question)
    assert picture_of(service, question) is first
    add_told(service, told[70:])
    grown = picture_of(service, question)
    anew = picture_of(replace(service, memory=Memory()), question)
    assert grown.figures.observed.sum() > first.figures.observed.sum()
    assert grown.figures.observed.tolist() == anew.figures.observed.tolist()
    assert grown.figures.observed.tolist() == loop(grown, heads(told))[0].tolist()
    # What was placed under the first plan although the second was in force is of neither's picture of then.
    stray = replace(told[0], number=999, when=datetime(2026, 5, 10, 9, tzinfo=ZONE), address=None, lon=WEST, lat=SOUTH)
    add_told(service, [stray], second=False)
    then = picture_of(service, Question(period="month", until=TODAY, plan="then"))
    assert then.reports.sum() == sum(n for one, n in heads(told) if local_day(one) >= SECOND)
    assert then.without_grid.sum() + then.figures.observed.sum() == sum(
        local_day(one) >= SECOND for one, _ in heads(told)
    )
    assert picture_of(service, question).reports.sum() == grown.reports.sum() + 1
    service.store.close()  # type: ignore[attr-defined]


def test_clusters_of_a_period_are_found_where_they_were_planted(service: Service) -> None:
    picture = picture_of(service, Question(period="month", until=TODAY))
    may = next(k for k in range(picture.periods.count) if picture.periods.first_day(k) == date(2026, 5, 1))
    for shape in ("circle", "neighbours"):
        found = clusters_now(service, picture, may, shape=shape, public=False)  # type: ignore[arg-type]
        assert found
        top = found[0].hotspot
        assert top.observed == picture.figures.observed[may][list(found[0].rows)].sum()
        assert HOT in {grid_at(picture.net.grids, one) for one, _ in HEADS}
        assert HOT in top.members
        assert len(top.members) <= 3
        assert (top.first, top.last) == (date(2026, 5, 1), date(2026, 5, 31))
    with pytest.raises(InvalidInput):
        clusters_now(service, picture, 99, shape="circle", public=False)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(0.2, 5))
def test_change_is_the_exact_test_of_two_rates(seed: int, longer: float) -> None:
    from scipy import stats

    rng = np.random.default_rng(seed)
    n = 6
    now, before = rng.poisson(6, n), rng.poisson(6, n)
    pairs = np.array([(k, k + 1) for k in range(n - 1)])
    found = period_change(now, before, np.ones(n), Around.of_pairs(pairs, n), longer=longer)
    for k in range(n):
        near = [j for j in (k - 1, k, k + 1) if 0 <= j < n]
        here, there = int(now[near].sum()), int(before[near].sum())
        share = longer / (1 + longer)
        if here + there:
            exact = stats.binomtest(here, here + there, share, alternative="greater")
            if found.judged[k]:
                assert found.q[k] >= exact.pvalue * (1 - 1e-9)
            low, high = exact.proportion_ci(), stats.binomtest(here, here + there).proportion_ci(0.95, "exact")
            assert low.low <= 1
            assert found.low[k] == pytest.approx(high.low / (1 - high.low) / longer if high.low < 1 else np.inf)
            if high.high < 1:
                assert found.high[k] == pytest.approx(high.high / (1 - high.high) / longer)
            else:
                assert found.high[k] == np.inf
        assert bool(found.judged[k]) == ((here + there) * share >= 3.5)
    flat = period_change(np.full(n, 9), np.full(n, 9), np.ones(n), Around.of_pairs(pairs, n))
    assert flat.ratio == pytest.approx(np.ones(n))
    assert (flat.q > 0.05).all()
    with pytest.raises(InvalidInput):
        period_change(now, before, np.ones(n), Around.of_pairs(pairs, n), longer=0)


def test_days_of_moments_are_local_ones() -> None:
    from geo.service.hotspot_page_reports import days_of

    moments = [datetime(2026, 3, 1, 0, 0, tzinfo=ZONE) + timedelta(minutes=7 * k - 700) for k in range(300)]
    found = days_of(np.array([int(m.timestamp()) for m in moments]), ZONE)
    assert found.tolist() == [m.date().toordinal() for m in moments]
