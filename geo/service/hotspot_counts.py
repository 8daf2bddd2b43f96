"""Issues into incidents, and incidents into counts by grid and period."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import PeriodKind, Periods, calendar, count_reports, find_repeats, suppressed
from geo.model import Issue
from geo.service.context import Net, Service, get_plan_in_force, net_of
from geo.service.placing import placed_in

# (scheme, kind, category): codes of several directories may be the same.
Topic = tuple[str, str, str]
LEAST_SHOWN: Final = 5
# A coordinate that agrees to so many decimals (about a metre) is the same place told twice.
_DECIMALS: Final = 5


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


def topic_of(issue: Issue) -> Topic:
    """What an issue is about."""
    return (issue.scheme, issue.kind, issue.category)


def list_incidents(
    service: Service,
    *,
    first: dt.date,
    last: dt.date,
    net: Net | None = None,
    categories: Sequence[str] = (),
    department: str | None = None,
    fold_days: float = 3.0,
) -> Incidents:
    """Incidents of the days from `first` to `last`, both included.

    Parameters
    ----------
    net : restates every issue on this plan; None leaves each the grid of the plan of its own day.
    categories : prefixes of category codes; all if there is none.
    fold_days : reports of one topic at one place, each at most so many days after the one before, are one incident.
        A chain that began before `first` begins there.
    """
    zone = service.timezone
    issues = service.store.list_issues(
        department=department,
        since=dt.datetime.combine(first, dt.time(), tzinfo=zone),
        until=dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=zone),
    )
    chosen = [i for i in issues if not categories or i.category.startswith(tuple(categories))]
    moment = np.array([i.reported_at.timestamp() / 86_400 for i in chosen], dtype=np.float64)
    chain = fold(chosen, moment, within_days=fold_days)
    order = np.lexsort((np.arange(len(chosen)), moment, chain))
    heads = order[np.flatnonzero(np.diff(chain[order], prepend=-1))]
    reports = np.bincount(chain, minlength=len(heads))
    by_id = np.argsort(heads, kind="stable")
    kept = tuple(chosen[k] for k in heads[by_id].tolist())
    day = np.array([i.reported_at.astimezone(zone).toordinal() for i in kept], dtype=np.int64)
    return Incidents(kept if net is None else placed_in(net, kept), day, reports[by_id])


def fold(issues: Sequence[Issue], day: NDArray[np.float64], *, within_days: float) -> NDArray[np.int64]:
    """The incident of each issue, int64 (n,), numbered from 0.

    Two reports are one incident if they have the same topic and the same address or the same coordinate, and follow
    one another closely. An address without any number names a road or an area, where many things happen.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(issues)
    if not n:
        return np.empty(0, dtype=np.int64)
    topic = ["\t".join(topic_of(i)) for i in issues]
    links = [np.empty((0, 2), dtype=np.int64)]
    for place in ([_address(i) for i in issues], [_point(i) for i in issues]):
        found = find_repeats(np.column_stack((np.array(place), np.array(topic))), day, within_days=within_days)
        links.append(np.column_stack((np.arange(n), found.first[found.chain])))
    edges = np.concatenate(links)
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(n, n))
    _, chain = connected_components(graph, directed=False)
    return np.asarray(chain, dtype=np.int64)


def count_incidents(
    service: Service,
    *,
    first: dt.date,
    last: dt.date,
    period: PeriodKind = "week",
    plan: Literal["now", "then"] = "now",
    categories: Sequence[str] = (),
    department: str | None = None,
    fold_days: float = 3.0,
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
        categories=categories, department=department, fold_days=fold_days,
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


def _address(issue: Issue) -> str:
    text = unicodedata.normalize("NFKC", issue.address or "")
    plain = "".join(text.split()).casefold()
    return plain if any(c.isnumeric() for c in plain) else ""


def _point(issue: Issue) -> str:
    where = issue.location
    if where.lon is None or where.lat is None or (where.method == "address" and not _address(issue)):
        return ""
    return f"{where.lon:.{_DECIMALS}f} {where.lat:.{_DECIMALS}f}"
