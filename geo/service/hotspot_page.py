"""The picture of hotspots: issues by grid and period against what was to be expected, judged grid by grid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.hotspots import (
    PERIOD_KINDS,
    PeriodKind,
    Periods,
    calendar,
    count_reports,
    expected_from_past,
)
from geo.model import Category, Plan
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_key, net_of, timetable
from geo.service.hotspot_page_base import bases_of, choose_base
from geo.service.hotspot_page_figures import Figures, figures_of, patterns_of
from geo.service.hotspot_page_reports import Counted, Reports, incidents_of, reports_of

ALPHA: Final = 0.05
MOST_STEPS: Final = 60
# How many periods are shown if nobody says, how many before a period tell what is usual, how few of them suffice, and
# the length of the longest.
SHOWN: Final[dict[PeriodKind, int]] = {"day": 28, "week": 26, "ten_days": 18, "month": 12, "quarter": 8}
_PAST: Final[dict[PeriodKind, int]] = {"day": 28, "week": 12, "ten_days": 12, "month": 12, "quarter": 4}
_LEAST_PAST: Final[dict[PeriodKind, int]] = {"day": 14, "week": 4, "ten_days": 4, "month": 3, "quarter": 2}
_LONGEST: Final[dict[PeriodKind, int]] = {"day": 1, "week": 7, "ten_days": 11, "month": 31, "quarter": 92}


@dataclass(frozen=True)
class Question:
    """What is asked; "" and 0 leave the choice to the service.

    `category` is scheme/kind/code with "/" between them and stands for what is below it too; `until` is the last day;
    `plan` "now" restates all on the plan in force today, "then" takes the plan in force on `until` and only the periods
    since it came into force.
    """

    category: str = ""
    department: str = ""
    period: PeriodKind = "month"
    steps: int = 0
    until: dt.date | None = None
    denominator: str = ""
    plan: Literal["now", "then"] = "now"


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that the page shows but the clusters.

    Attributes
    ----------
    question : with every choice made.
    periods : of the steps; `until` cuts the last one short where `days` (steps,) is less than its length.
    base : float64 (n_grids,), what the denominator holds; None for past issues.
    per : name and (n_grids,) of what rates are told by; None if nothing is known.
    without_grid, left_out, reports : int64 (steps,): incidents in no grid, those in grids where the denominator is 0,
        and all reports of the incidents.
    pattern : int8 (n_grids,) into `geo.hotspots.PATTERNS`; None with too few steps.
    topics, departments : what occurs in these periods, (scheme, kind, code) and codes.
    """

    question: Question
    net: Net
    periods: Periods
    days: NDArray[np.float64]
    base: NDArray[np.float64] | None
    per: tuple[str, NDArray[np.float64]] | None
    figures: Figures
    without_grid: NDArray[np.int64]
    left_out: NDArray[np.int64]
    reports: NDArray[np.int64]
    pattern: NDArray[np.int8] | None
    topics: tuple[tuple[str, str, str], ...]
    departments: tuple[str, ...]


def picture_of(service: Service, question: Question) -> Picture:
    """The picture that answers a question; kept until a report, the plan or the place changes.

    Raises
    ------
    InvalidInput
        A period, number of steps, day or denominator that there is not.
    NotFound
        No plan was in force on that day.
    """
    if question.period not in PERIOD_KINDS:
        raise InvalidInput("hotspot_unknown_period", kind=question.period, kinds="、".join(PERIOD_KINDS))
    if not 0 <= question.steps <= MOST_STEPS:
        raise InvalidInput("hotspot_page_steps", value=question.steps, most=MOST_STEPS)
    reports = reports_of(service)
    until = question.until or last_day(service)
    if until > service.today():
        raise InvalidInput("hotspot_future", day=until, today=service.today())
    net = net_of(service, get_plan_in_force(service, until if question.plan == "then" else None))
    base_name, _ = choose_base(service, net, question.denominator)
    whole = replace(question, until=until, steps=question.steps or SHOWN[question.period], denominator=base_name)
    key = (reports.stamp, net_key(net.plan, timetable(service).place_stamp), whole)
    found: Picture = service.memory.pictures.get(key, lambda: _picture(service, whole, reports, net, until))
    return found


def last_day(service: Service) -> dt.date:
    """Today, or the day of the newest issue where the records end before."""
    newest = service.store.newest_issue_at()
    today = service.today()
    return today if newest is None else min(today, newest.astimezone(service.timezone).date())


def whole_step(picture: Picture) -> int:
    """The last step that is over, or the last of all."""
    lengths = picture.periods.days
    over = np.flatnonzero(picture.days >= lengths)
    return int(over[-1]) if len(over) else picture.periods.count - 1


def topics_below(category: str, categories: Sequence[Category]) -> set[tuple[str, str, str]]:
    """(scheme, kind, code) of a category and all that is below it.

    Raises
    ------
    InvalidInput
        The text is no scheme/kind/code.
    """
    parts = category.split("/")
    if len(parts) != 3 or not parts[2]:
        raise InvalidInput("hotspot_page_category", value=category[:80])
    scheme, kind, code = parts
    found, fresh = {(scheme, kind, code)}, {code}
    while fresh:
        same = (c for c in categories if (c.scheme, c.kind) == (scheme, kind) and c.parent in fresh)
        below = {(str(c.scheme), str(c.kind), c.code) for c in same}
        fresh = {key[2] for key in below - found}
        found |= below
    return found


# Private functions


def _picture(service: Service, question: Question, reports: Reports, net: Net, until: dt.date) -> Picture:
    begin = _known_since(service, reports, net.plan, until, then=question.plan == "then")
    periods, shown = _periods(question, until, begin)
    counted = incidents_of(service, reports, net, periods.first_day(0), until, then=question.plan == "then")
    chosen = _chosen(service, question, reports, counted)
    table = _count(counted, chosen, np.ones(len(counted.day), dtype=np.int64), net, periods)
    total = _count(counted, chosen, counted.count, net, periods)
    _, base = choose_base(service, net, question.denominator)
    days = np.minimum(periods.edges[1:], until.toordinal() + 1) - periods.edges[:-1]
    first = periods.count - shown
    known = periods.edges[:-1] >= begin.toordinal()
    bases = [_expected(question, table, base, days, known, k) for k in range(first, periods.count)]
    figures = figures_of(net, table, bases, days, known, first)
    seen = counted.day >= periods.edges[first]
    per = next(iter({question.denominator: base}.items() if base is not None else bases_of(service, net).items()), None)
    kept = Periods(periods.kind, periods.edges[first:])
    empty = np.array([base_k == 0 for base_k, _ in bases]).reshape(shown, len(net.grids))
    return Picture(
        question=question, net=net, periods=kept, days=days[first:].astype(np.float64), base=base, per=per,
        figures=figures, without_grid=table[-1, first:],
        left_out=(table[:-1, first:].T * empty).sum(axis=1) if base is not None else np.zeros(shown, dtype=np.int64),
        reports=total[:, first:].sum(axis=0),
        pattern=patterns_of(net, figures),
        topics=tuple(reports.tables["topic"][k] for k in np.unique(counted.topic[seen]).tolist() if k >= 0),
        departments=tuple(sorted(
            reports.tables["department"][k] for k in np.unique(counted.department[seen]).tolist() if k >= 0
        )),
    )  # fmt: skip


def _known_since(service: Service, reports: Reports, plan: Plan, until: dt.date, *, then: bool) -> dt.date:
    """The first day of the records; under the plan of then, not before that came into force."""
    begin = until
    if len(reports.reported):
        oldest = dt.datetime.fromtimestamp(int(reports.reported.min()), service.timezone).date()
        begin = min(oldest, until)
    return max(begin, plan.effective) if then and plan.effective is not None else begin


def _periods(question: Question, until: dt.date, begin: dt.date) -> tuple[Periods, int]:
    """The periods that are counted, with those of the past before, and how many of them are shown."""
    kind, shown = question.period, question.steps
    many = shown + max(_PAST[kind], 1)
    far = max(until.toordinal() - many * _LONGEST[kind], 1)
    # Nothing is known before the records begin; one period is always shown.
    periods = calendar(kind, dt.date.fromordinal(min(max(far, begin.toordinal()), until.toordinal())), until)
    kept = Periods(kind, periods.edges[-(many + 1) :])
    return kept, min(shown, kept.count)


def _chosen(service: Service, question: Question, reports: Reports, counted: Counted) -> NDArray[np.bool_]:
    chosen = np.ones(len(counted.day), dtype=bool)
    if question.category:
        wanted = topics_below(question.category, knowledge(service).place.categories)
        numbers = [k for k, topic in enumerate(reports.tables["topic"]) if topic in wanted]
        chosen &= np.isin(counted.topic, np.array(numbers, dtype=np.int64))
    if question.department:
        codes = list(reports.tables["department"])
        chosen &= counted.department == (codes.index(question.department) if question.department in codes else -2)
    return chosen


def _count(
    counted: Counted, chosen: NDArray[np.bool_], weight: NDArray[np.int64], net: Net, periods: Periods
) -> NDArray[np.int64]:
    """Incidents, or their reports, by grid and period, int64 (n_grids + 1, periods); the last row lies in no grid."""
    n = len(net.grids)
    each = np.repeat(np.flatnonzero(chosen), weight[chosen])
    row = np.where(counted.grid[each] >= 0, counted.grid[each], n)
    return count_reports(row, counted.day[each], grids=n + 1, periods=periods).counts


def _expected(
    question: Question,
    table: NDArray[np.int64],
    base: NDArray[np.float64] | None,
    days: NDArray[np.int64],
    known: NDArray[np.bool_],
    k: int,
) -> tuple[NDArray[np.float64], bool]:
    """What a period is measured by, and whether these are expected cases already (else they are shares)."""
    if base is not None:
        return base, False
    kind = question.period
    past = np.flatnonzero(known[:k])[-_PAST[kind] :]
    n = len(table) - 1
    if len(past) < _LEAST_PAST[kind]:
        return np.zeros(n), True
    usual = expected_from_past(table[:-1, past].sum(axis=1), np.ones(n))
    return usual * (days[k] / days[past].sum()), True
