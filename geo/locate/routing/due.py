"""When a limit ends: hours that run day and night, working hours (工作时) and working days (工作日)."""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from geo.model import WorkCalendar

_DAY_S: Final = 86_400
_SPAN_DAYS: Final = 800


class Clock:
    """A working calendar, ready to count with.

    A limit in working hours runs while the office works. A limit in working days ends with the office's last hour on
    the n-th working day after the day of receipt, which does not count (part of a day counts as a whole one).
    """

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._hours = [(_seconds(start), _seconds(end)) for start, end in calendar.hours]
        self._length = sum(end - start for start, end in self._hours)
        self._first = self._last = 0
        self._days: list[int] = []

    def end(self, at: datetime, value: float, unit: str) -> datetime:
        """The end of a limit of `value` `unit` that begins at the local moment `at`."""
        if unit == "hours":
            return at + timedelta(hours=value)
        if unit == "working_days":
            day = self._nth_after(at.date().toordinal(), max(math.ceil(value), 1))
            return self._moment(day, self._hours[-1][1], at)
        left = round(value * 3600)
        if left <= 0:
            return at
        today = at.date().toordinal()
        if self._calendar.works(at.date()):
            now = _seconds(at.time())
            passed = sum(min(max(now - start, 0), end - start) for start, end in self._hours)
            if passed + left <= self._length:
                return self._moment(today, self._at_work(passed + left), at)
            left -= self._length - passed
        full, rest = divmod(left, self._length)
        if not rest:  # a limit ends with the evening, not with the next morning
            full, rest = full - 1, self._length
        return self._moment(self._nth_after(today, full + 1), self._at_work(rest), at)

    def _at_work(self, seconds: int) -> int:
        """The second of the day at which so many working seconds of it have passed."""
        for start, end in self._hours:
            if seconds <= end - start:
                return start + seconds
            seconds -= end - start
        raise AssertionError("more seconds than a working day has")

    def _nth_after(self, day: int, count: int) -> int:
        """The `count`-th working day (from 1) after an ordinal day."""
        while True:
            if self._first <= day < self._last:
                position = bisect_left(self._days, day + 1) + count - 1
                if position < len(self._days):
                    return self._days[position]
            self._reach(day, count)

    def _reach(self, day: int, count: int) -> None:
        """Know the working days from `day` on, far enough for `count` of them."""
        first = min(day, self._first) if self._days else day
        last = max(self._last, day + _SPAN_DAYS + count * 3)
        works = self._calendar.works
        self._days = [k for k in range(first, last) if works(date.fromordinal(k))]
        self._first, self._last = first, last

    def _moment(self, day: int, second: int, like: datetime) -> datetime:
        midnight = datetime.combine(date.fromordinal(day), time(), tzinfo=like.tzinfo)
        return midnight + timedelta(seconds=second)


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def is_usable(calendar: WorkCalendar) -> bool:
    """Whether a calendar has working days and hours that follow each other."""
    edges = [edge for hours in calendar.hours for edge in hours]
    return bool(calendar.hours and calendar.weekdays) and all(a < b for a, b in pairwise(edges))
