"""The month's theme (每月一题): one topic in some grids, ranked, frozen and followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

ThemeLevel = Literal["grid", "area"]
ThemeOrder = Literal["score", "volume", "trend", "repeats", "handovers"]


@dataclass(frozen=True)
class ThemeRank:
    """A topic in a grid or an area in some days.

    Attributes
    ----------
    code, name : of the grid or area; `grids` are the codes of its grids.
    incidents, reports : duplicates folded, and not. `before` : incidents of as many days before.
    trend : lower end of the 80 % interval of the rise; above 1 a rise is likely.
    repeats : incidents at a place that had the same topic in the 90 days before.
    handovers : how often incidents went from one department to another or were sent back.
    score : mean of the ranks in these four, as a share of 1.
    """

    scheme: str
    kind: str
    category: str
    category_name: str
    code: str
    name: str
    grids: tuple[str, ...]
    incidents: int
    reports: int
    before: int
    trend: float
    repeats: int
    handovers: int
    score: float


@dataclass(frozen=True)
class ThemeRanking:
    """Ranks of the days from `first` to `last`, on a plan, best first."""

    first: date
    last: date
    before: date
    plan: int
    rows: tuple[ThemeRank, ...]


@dataclass(frozen=True)
class Theme:
    """A theme with its set, frozen: never changed after it was made.

    Attributes
    ----------
    grids : codes of `plan`, ascending. `first`, `last` : days of the set, both included.
    issues : ids of the first reports of the set's incidents.
    by_grid : incidents by grid. `counted` : incidents, reports, repeats, handovers, `before` (the days before as long)
        and `others`, `others_before`: incidents of the topic in all other grids.
    """

    name: str
    note: str
    scheme: str
    kind: str
    category: str
    category_name: str
    plan: int
    grids: tuple[str, ...]
    first: date
    last: date
    issues: tuple[int, ...]
    by_grid: Mapping[str, int]
    counted: Mapping[str, int]
    id: int = 0
    created_at: datetime | None = None
    created_by: str = ""


@dataclass(frozen=True)
class ThemeReport:
    """A theme before and after.

    Attributes
    ----------
    since, until : days after, both included; None where there is no day after yet.
    after, others_after : incidents of the topic in the theme's grids, and in all others; −1 is not shown.
    ratio, against : (value, low, high) of the rate after over before, and of that over the same of the other grids;
        None where there is nothing to tell or too little to show.
    by_grid : (before, after) by grid. `weeks` : (first day, incidents here, elsewhere), the set's days and all since.
    """

    theme: Theme
    since: date | None
    until: date | None
    after: int
    others_after: int
    ratio: tuple[float, float, float] | None
    against: tuple[float, float, float] | None
    by_grid: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    weeks: tuple[tuple[date, int, int], ...] = ()
    names: Mapping[str, Any] = field(default_factory=dict)
