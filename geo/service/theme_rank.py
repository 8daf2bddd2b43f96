"""Topics and places in the order in which they might be the month's theme."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.hotspots import find_repeats
from geo.hotspots.theme import mean_ranks, trends
from geo.model.themes import ThemeLevel, ThemeOrder, ThemeRank, ThemeRanking
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.hotspot_counts import Incidents, list_incidents
from geo.service.hotspot_fold import Topic, address_of, point_of, topic_of

# A place that had the topic so many days before has it again.
AGAIN_DAYS: Final = 90
MOST_DAYS: Final = 366
LEAST: Final = 5


@dataclass(frozen=True)
class Tally:
    """Incidents of some days: what each row of a ranking is counted from.

    Attributes
    ----------
    rows : numbers of incidents in the days; `before` in the days before, as many.
    again : bool, by incident: its place had the topic before. handed : int64, hand-overs by incident.
    """

    incidents: Incidents
    rows: tuple[int, ...]
    before: tuple[int, ...]
    again: NDArray[np.bool_]
    handed: NDArray[np.int64]


def rank_themes(
    service: Service,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    level: ThemeLevel = "grid",
    order: ThemeOrder = "score",
    categories: Sequence[str] = (),
    department: str | None = None,
    least: int = LEAST,
    limit: int = 50,
) -> ThemeRanking:
    """Topics by grid or area with at least so many incidents, the most pressing first.

    Parameters
    ----------
    first, last : days, both included; the last whole month if not said. Beside them stand as many days before.
    level : "area" puts the grids of a community together.
    order : "score" is the mean of the ranks in volume, trend, repeats and hand-overs.

    Raises
    ------
    InvalidInput
        Days that are none or not yet, or an option out of its range.
    NotFound
        No plan was in force on the last day.
    """
    first, last = days_of(service, first, last)
    if order not in get_args(ThemeOrder) or level not in get_args(ThemeLevel):
        raise InvalidInput(
            "theme_order", orders=", ".join(get_args(ThemeOrder)), levels=", ".join(get_args(ThemeLevel))
        )
    for name, value in (("least", least), ("limit", limit)):
        if value < 1:
            raise InvalidInput("hotspot_bad_option", name=name, value=value, least=1)
    net = net_of(service, get_plan_in_force(service, last))
    tally = tally_of(service, net, first, last, categories=categories, department=department)
    names: dict[Topic, str] = {(c.scheme, c.kind, c.code): c.name for c in knowledge(service).place.categories}
    areas = {area.code: area.name for area in knowledge(service).place.areas}
    parents = {grid.code: grid.parent if level == "area" else grid.code for grid in net.grids}
    titles = areas if level == "area" else {grid.code: grid.name for grid in net.grids}
    groups: dict[tuple[Topic, str], list[int]] = {}
    for k in tally.rows:
        issue = tally.incidents.issues[k]
        groups.setdefault((topic_of(issue), parents[issue.location.grid or ""]), []).append(k)
    before = Counter(
        (topic_of(issue), parents[issue.location.grid or ""])
        for issue in (tally.incidents.issues[k] for k in tally.before)
    )
    found = []
    for (topic, code), rows in groups.items():
        if len(rows) < least:
            continue
        own = sorted(grid for grid, parent in parents.items() if parent == code)
        found.append(
            ThemeRank(
                *topic, names.get(topic, ""), code, titles.get(code, ""), tuple(own), len(rows),
                int(tally.incidents.reports[rows].sum()), before[topic, code], 0.0, int(tally.again[rows].sum()),
                int(tally.handed[rows].sum()), 0.0,
            )
        )  # fmt: skip
    return ThemeRanking(first, last, _before(first, last), net.plan.id, _ordered(found, order)[:limit])


def days_of(service: Service, first: dt.date | None, last: dt.date | None) -> tuple[dt.date, dt.date]:
    """The days that are asked for; the last whole month if none are.

    Raises
    ------
    InvalidInput
        Only one of them is said, they stand the wrong way round, are too many, or are not over yet.
    """
    today = service.today()
    if first is None and last is None:
        last = today.replace(day=1) - dt.timedelta(days=1)
        first = last.replace(day=1)
    if first is None or last is None or first > last or (last - first).days >= MOST_DAYS:
        raise InvalidInput("theme_days", first=first, last=last, most=MOST_DAYS)
    if last > today:
        raise InvalidInput("hotspot_future", day=last, today=today)
    if first.toordinal() - (last - first).days - AGAIN_DAYS < 2:
        raise InvalidInput("theme_days", first=first, last=last, most=MOST_DAYS)
    return first, last


def tally_of(
    service: Service,
    net: Net,
    first: dt.date,
    last: dt.date,
    *,
    categories: Sequence[str] = (),
    department: str | None = None,
) -> Tally:
    """Incidents of some days and of those before them, in the grids of a net; others are left out."""
    earlier = _before(first, last)
    begin = min(earlier, first - dt.timedelta(days=AGAIN_DAYS))
    found = list_incidents(service, first=begin, last=last, net=net, categories=categories, department=department)
    known = {grid.code for grid in net.grids}
    inside = [k for k, issue in enumerate(found.issues) if issue.location.grid in known and issue.category]
    zone = service.timezone
    handed = service.store.count_handovers(
        since=dt.datetime.combine(begin, dt.time(), tzinfo=zone),
        until=dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=zone),
    )
    start, before = first.toordinal(), earlier.toordinal()
    return Tally(
        found,
        tuple(k for k in inside if found.day[k] >= start),
        tuple(k for k in inside if before <= found.day[k] < start),
        _again(found),
        np.array([handed.get(issue.id, 0) for issue in found.issues], dtype=np.int64),
    )


def _before(first: dt.date, last: dt.date) -> dt.date:
    """The first of as many days before `first`."""
    return first - ((last - first) + dt.timedelta(days=1))


def _again(found: Incidents) -> NDArray[np.bool_]:
    """Whether an incident's place had its topic in the days before."""
    again = np.zeros(len(found.issues), dtype=np.bool_)
    topic = ["\t".join(topic_of(issue)) for issue in found.issues]
    day = found.day.astype(np.float64)
    for place in ([address_of(issue) for issue in found.issues], [point_of(issue) for issue in found.issues]):
        if len(place):
            chains = find_repeats(np.column_stack((np.array(place), np.array(topic))), day, within_days=AGAIN_DAYS)
            again |= chains.first[chains.chain] != np.arange(len(place))
    return again


def _ordered(found: list[ThemeRank], order: ThemeOrder) -> tuple[ThemeRank, ...]:
    if not found:
        return ()
    # As many days in both.
    rise = trends([r.incidents for r in found], [r.before for r in found], days_now=1.0, days_before=1.0)
    columns = np.column_stack(
        ([r.incidents for r in found], rise, [r.repeats for r in found], [r.handovers for r in found])
    )
    score = mean_ranks(columns)
    by = {"score": score, "volume": columns[:, 0], "trend": rise, "repeats": columns[:, 2], "handovers": columns[:, 3]}
    rows = [ThemeRank(**(vars(r) | {"trend": float(rise[k]), "score": float(score[k])})) for k, r in enumerate(found)]
    last = sorted(
        range(len(rows)), key=lambda k: (-by[order][k], -score[k], rows[k].code, rows[k].scheme, rows[k].category)
    )
    return tuple(rows[k] for k in last)
