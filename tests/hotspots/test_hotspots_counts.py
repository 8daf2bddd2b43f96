"""Counts by grid and calendar period, and what is hidden from the public."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.hotspots import PERIOD_KINDS, calendar, count_reports, suppressed

DAYS = st.dates(dt.date(1999, 1, 1), dt.date(2029, 12, 31))


def name_of(kind, day):
    """A name that is the same for exactly the days of one period."""
    return {
        "day": day.isoformat(),
        "week": day.strftime("%G-%V"),
        "ten_days": f"{day:%Y-%m}-{min((day.day - 1) // 10, 2)}",
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-{(day.month - 1) // 3}",
    }[kind]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PERIOD_KINDS), DAYS, st.integers(0, 200))
def test_every_day_is_in_the_period_of_its_name(kind, first, length):
    last = first + dt.timedelta(days=length)
    periods = calendar(kind, first, last)
    assert periods.first_day(0) <= first
    assert periods.last_day(periods.count - 1) >= last
    for number in range(periods.count):
        begin, end = periods.first_day(number), periods.last_day(number)
        whole = {name_of(kind, begin + dt.timedelta(days=i)) for i in range((end - begin).days + 1)}
        assert len(whole) == 1
        assert name_of(kind, begin - dt.timedelta(days=1)) not in whole
        assert name_of(kind, end + dt.timedelta(days=1)) not in whole
        assert periods.days[number] == (end - begin).days + 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.floats(-20, 60)), max_size=40))
def test_every_report_is_counted_or_told(reports):
    first = dt.date(2026, 2, 1)
    periods = calendar("week", first, first + dt.timedelta(days=27))
    grid = np.array([r[0] for r in reports], dtype=int)
    day = np.array([first.toordinal() + r[1] for r in reports])
    found = count_reports(grid, day, grids=4, periods=periods)
    assert found.counts.sum() + found.without_grid + found.before + found.after == len(reports)
    for row in range(4):
        for number in range(periods.count):
            low, high = periods.edges[number], periods.edges[number + 1]
            assert found.counts[row, number] == sum(
                g == row and low <= d < high for g, d in zip(grid, day, strict=True)
            )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_no_small_count_can_be_told_from_the_total(column):
    counts = np.array(column)
    hidden = suppressed(counts)
    assert hidden[(counts > 0) & (counts < 5)].all()
    assert not hidden[counts == 0].any()
    if hidden.any() and (counts > 0).sum() > 1:
        assert hidden.sum() >= 2
    assert (suppressed(counts[:, None])[:, 0] == hidden).all()
    if not ((counts > 0) & (counts < 5)).any():
        assert not hidden.any()


def test_what_cannot_be_counted_is_named():
    day = dt.date(2026, 11, 22)
    week = calendar("week", day, day)
    for call, sentence in [
        (lambda: calendar("year", day, day), "no period year"),
        (lambda: calendar("day", day, day - dt.timedelta(days=1)), "before the first"),
        (lambda: calendar("day", dt.date(1, 1, 1), day), "too long"),
        (lambda: calendar("month", dt.date(9999, 1, 1), dt.date.max), "too long"),
        (lambda: count_reports([0, 4], [1.0, 1.0], grids=4, periods=week), "Row 2: there is no grid 4"),
        (lambda: count_reports([0], [np.nan], grids=4, periods=week), "day, row 1"),
        (lambda: count_reports([0], [1.0, 2.0], grids=4, periods=week), "grid has 1 row"),
        (lambda: count_reports([0.5], [1.0], grids=4, periods=week), "grid must be"),
        (lambda: suppressed([0.5]), "counts must be"),
        (lambda: suppressed([1], least=0), "least is 0"),
    ]:
        with pytest.raises(InvalidInput, match=sentence):
            call()
    assert count_reports([], [], grids=2, periods=week).counts.tolist() == [[0], [0]]
    assert count_reports([0], [day.toordinal() + 30], grids=1, periods=week).after == 1
