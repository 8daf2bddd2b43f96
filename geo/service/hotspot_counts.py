"""Issues into incidents, and incidents into counts by grid and period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import PeriodKind, Periods, calendar, count_reports, suppressed
from geo.model import Issue
from geo.service.context import Net, Service, get_plan_in_force, net_of
from geo.service.hotspot_fold import FoldBy, Topic, fold, topic_of
from geo.service.placing import placed_in

__all__ = ["LEAST_SHOWN", "GridCounts", "Incidents", "Topic", "count_incidents", "list_incidents", "topic_of"]

LEAST_SHOWN: Final = 5
_FOLD: Final = FoldBy()


@dataclass(frozen=True, eq=False)
class Incidents:
    """Issues of some days, with duplicates folded into the first report of each.

    Attributes
    ----------
    issues : the first report of each incident, by id, with the grid that was asked for.
    day : int64 (n,), ordinals of local days.
    reports : int64 (n,), how many reports say the same.
    """

    issues: tuple[Issue, ...]
    day: NDArray[np.int64]
    reports: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GridCounts:
    """Counts by grid and period.

    Attributes
    ----------
    grids : (plan, code) of each row; several plans where each issue counts in the plan of its own day.
    counts, reports : int64 (grids, periods), incidents and reports.
    hidden : bool (grids, periods), what the public is not shown: its count is -1 where it was asked for publicly.
    without_grid : incidents that lie in no grid.
    """

    grids: tuple[tuple[int, str], ...]
    periods: Periods
    counts: NDArray[np.int64]
    reports: NDArray[np.int64]
    hidden: NDArray[np.bool_]
    without_grid: int


def list_incidents(
    service: Service,
    *,
    first: dt.date,
    last: dt.date,
    net: Net | None = None,
    categories: Sequence[str] = (),
    department: str | None = None,
    fold_by: FoldBy = _FOLD,
) -> Incidents:
    """Incidents of the days from `first` to `last`, both included.

    Parameters
    ----------
    net : restates every issue on this plan; None leaves each the grid of the plan of its own day.
    categories : prefixes of category codes; all if there is none.
    fold_by : what makes several reports one incident. A chain that began before `first` begins there.
    """
    zone = service.timezone
    since = dt.datetime.combine(first, dt.time(), tzinfo=zone)
    until = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    issues = service.store.list_issues(department=department, since=since, until=until)
    chosen = [i for i in issues if not categories or i.category.startswith(tuple(categories))]
    moment = np.array([i.reported_at.timestamp() / 86_400 for i in chosen], dtype=np.float64)
    known = service.store.list_reporter_tokens(since=since, until=until) if fold_by.reporter else None
    chain = fold(chosen, moment, fold_by, reporters=known)
    order = np.lexsort((np.arange(len(chosen)), moment, chain))
    heads = order[np.flatnonzero(np.diff(chain[order], prepend=-1))]
    reports = np.bincount(chain, minlength=len(heads))
    by_id = np.argsort(heads, kind="stable")
    kept = tuple(chosen[k] for k in heads[by_id].tolist())
    day = np.array([i.reported_at.astimezone(zone).toordinal() for i in kept], dtype=np.int64)
    return Incidents(kept if net is None else placed_in(net, kept), day, reports[by_id])


def count_incidents(
    service: Service,
    *,
    first: dt.date,
    last: dt.date,
    period: PeriodKind = "week",
    plan: Literal["now", "then"] = "now",
    categories: Sequence[str] = (),
    department: str | None = None,
    fold_by: FoldBy = _FOLD,
    public: bool = False,
) -> GridCounts:
    """Incidents by grid and whole periods of the calendar, those of `first` and `last` included.

    Parameters
    ----------
    plan : "now" restates all on the plan in force today, "then" counts each in the plan of its own day.
    public : small counts, and what would give them away, are -1 (`geo.hotspots.suppressed`).

    Raises
    ------
    InvalidInput
        `last` is before `first`, or the period is unknown.
    NotFound
        No plan is in force today ("now").
    """
    periods = calendar(period, first, last)
    net = net_of(service, get_plan_in_force(service)) if plan == "now" else None
    found = list_incidents(
        service, first=periods.first_day(0), last=periods.last_day(periods.count - 1), net=net,
        categories=categories, department=department, fold_by=fold_by,
    )  # fmt: skip
    keys = [(i.location.plan or 0, i.location.grid) for i in found.issues]
    rows = sorted({(p, g) for p, g in keys if g is not None} | _all_of(net))
    number = {key: row for row, key in enumerate(rows)}
    grid = np.array([-1 if g is None else number[(p, g)] for p, g in keys], dtype=np.int64)
    counted = count_reports(grid, found.day, grids=len(rows), periods=periods)
    each = np.repeat(np.arange(len(grid)), found.reports)
    again = count_reports(grid[each], found.day[each], grids=len(rows), periods=periods)
    hidden = suppressed(counted.counts, least=LEAST_SHOWN)
    # The public is not told reports either where incidents are hidden: there are at least as many.
    shown = [np.where(hidden & public, -1, table) for table in (counted.counts, again.counts)]
    return GridCounts(tuple(rows), periods, shown[0], shown[1], hidden, counted.without_grid)


def _all_of(net: Net | None) -> set[tuple[int, str]]:
    return set() if net is None else {(net.plan.id, grid.code) for grid in net.grids}
