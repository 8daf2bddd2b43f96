"""Issues into counts: by grid and day, week, ten days (旬), month or quarter; and what may be shown to the public."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.hotspots.local_g import finite

PeriodKind = Literal["day", "week", "ten_days", "month", "quarter"]
PERIOD_KINDS: Final[tuple[PeriodKind, ...]] = ("day", "week", "ten_days", "month", "quarter")
# More periods than this are a mistake in a date: some hundred years of days.
_MOST_PERIODS = 200_000


@dataclass(frozen=True, eq=False)
class Periods:
    """Whole periods of the calendar. `edges` int64 (periods + 1,): ordinals of first days, and of the day after all."""

    kind: PeriodKind
    edges: NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many periods."""
        return len(self.edges) - 1

    @property
    def days(self) -> NDArray[np.float64]:
        """Lengths in days, float64 (periods,), for expectations that grow with time."""
        return np.diff(self.edges).astype(np.float64)

    def first_day(self, period: int) -> dt.date:
        """Day on which a period begins."""
        return dt.date.fromordinal(int(self.edges[period]))

    def last_day(self, period: int) -> dt.date:
        """Day on which a period ends."""
        return dt.date.fromordinal(int(self.edges[period + 1]) - 1)


@dataclass(frozen=True, eq=False)
class Counted:
    """Counts int64 (n, periods), and how many reports are in none of them: without grid, before, after the periods."""

    counts: NDArray[np.int64]
    without_grid: int
    before: int
    after: int


def calendar(kind: PeriodKind, first: dt.date, last: dt.date) -> Periods:
    """The periods from that of `first` to that of `last`, both whole.

    Weeks begin on Monday (ISO 8601); a month has three 旬 that begin on its 1st, 11th and 21st.

    Raises
    ------
    InvalidInput
        If `last` is before `first`, the kind is unknown, or there are absurdly many periods.
    """
    if kind not in PERIOD_KINDS:
        raise InvalidInput("hotspot_unknown_period", kind=kind, kinds="、".join(PERIOD_KINDS))
    if last < first:
        raise InvalidInput("hotspot_dates_reversed", first=first.isoformat(), last=last.isoformat())
    if (last - first).days > _MOST_PERIODS or last.year == dt.MAXYEAR:
        raise InvalidInput("hotspot_too_long", first=first.isoformat(), last=last.isoformat())
    edges = [_begin(kind, first)]
    while edges[-1] <= last:
        edges.append(_next(kind, edges[-1]))
    return Periods(kind, np.array([edge.toordinal() for edge in edges], dtype=np.int64))


def count_reports(grid: ArrayLike, day: ArrayLike, *, grids: int, periods: Periods) -> Counted:
    """Reports (or incidents: the first of each chain of `find_repeats`) by grid and period.

    Parameters
    ----------
    grid : (n,) int, rows of the grids of the plan in force then, or of today's; −1 without one.
    day : (n,) ordinals of local days; fractions are times of day.
    grids : how many grids there are.

    Returns
    -------
    Counted
        Reports of the future lie after the last period and are told, not counted.

    Raises
    ------
    InvalidInput
        If lengths differ, a day is no number, or a grid is none of them.
    """
    places, days = np.asarray(grid), finite(day, name="day")
    if not places.size:
        places = places.astype(np.int64)
    if places.ndim != 1 or not np.issubdtype(places.dtype, np.integer):
        raise InvalidInput("hotspot_bad_shape", field="grid", shape=places.shape)
    if len(places) != len(days):
        raise InvalidInput("hotspot_lengths_differ", field="grid", got=len(places), wanted=len(days))
    unknown = np.flatnonzero((places < -1) | (places >= grids))
    if len(unknown):
        row = int(unknown[0])
        raise InvalidInput("hotspot_unknown_grid", row=row + 1, grid=int(places[row]), grids=grids)
    period = np.searchsorted(periods.edges, days, side="right") - 1
    known, before, after = places >= 0, period < 0, period >= periods.count
    inside = known & ~before & ~after
    flat = places[inside].astype(np.int64) * periods.count + period[inside]
    counts = np.bincount(flat, minlength=grids * periods.count).reshape(grids, periods.count)
    return Counted(counts, int((~known).sum()), int((known & before).sum()), int((known & after).sum()))


def suppressed(counts: ArrayLike, *, least: int = 5) -> NDArray[np.bool_]:
    """Which counts (n,) or (n, periods) are not shown to the public: from 1 to `least` − 1, and what gives them away.

    Where one alone is hidden in a period, the total of the period less all others would tell it: then the smallest
    shown count above 0 is hidden too.
    """
    table = np.asarray(counts)
    if not np.issubdtype(table.dtype, np.integer) or table.ndim not in (1, 2):
        raise InvalidInput("hotspot_bad_table", field="counts", shape=table.shape)
    if least < 1:
        raise InvalidInput("hotspot_bad_option", name="least", value=least, least=1)
    columns = table.reshape(len(table), int(np.prod(table.shape[1:])))
    hidden = (columns > 0) & (columns < least)
    for period in np.flatnonzero(hidden.sum(axis=0) == 1):
        shown = np.flatnonzero((columns[:, period] > 0) & ~hidden[:, period])
        if len(shown):
            hidden[shown[np.argmin(columns[shown, period])], period] = True
    return hidden.reshape(table.shape)


def _begin(kind: PeriodKind, day: dt.date) -> dt.date:
    if kind == "week":
        return day - dt.timedelta(days=day.weekday())
    if kind == "ten_days":
        return day.replace(day=21 if day.day > 20 else 11 if day.day > 10 else 1)
    if kind == "month":
        return day.replace(day=1)
    if kind == "quarter":
        return day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return day


def _next(kind: PeriodKind, begin: dt.date) -> dt.date:
    """The first day of the period after the one that begins on `begin`."""
    longest = {"day": 1, "week": 7, "ten_days": 11, "month": 31, "quarter": 92}[kind]
    # So many days later it is the next period, or where that one is short, still within it.
    return _begin(kind, begin + dt.timedelta(days=longest))
