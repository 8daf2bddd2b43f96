"""Where incidents are counted for the scans, and what is usual there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.hotspots import Periods, count_reports
from geo.model import Issue
from geo.service.context import Net, Service, knowledge
from geo.service.hotspot_counts import Incidents, Topic, topic_of
from geo.service.hotspot_settings import STEP_DAYS, Denominator, RunSettings
from geo.service.hotspot_usual import usual


@dataclass(frozen=True, eq=False)
class Ground:
    """Where incidents are counted: the centres of grids and the periods; and what they hold, by topic.

    `counts` int64 and `expected` float64 (grids, periods); no `expected` where nobody knows what is usual.
    """

    periods: Periods
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    counts: Mapping[Topic, NDArray[np.int64]] = field(default_factory=dict)
    expected: Mapping[Topic, NDArray[np.float64]] = field(default_factory=dict)


def periods_to(day: dt.date, settings: RunSettings) -> Periods:
    """Periods of equal length of which the last ends with `day`."""
    step = STEP_DAYS[settings.step]
    count = settings.history_days // step
    last = day.toordinal() + 1
    if last - count * step < 1:
        raise InvalidInput("hotspot_bad_option", name="history_days", value=settings.history_days, least=1)
    return Periods(settings.step, last - step * np.arange(count, -1, -1, dtype=np.int64))


def ground_of(
    periods: Periods,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    counts: Mapping[Topic, NDArray[np.int64]],
    everything: NDArray[np.int64],
    base: NDArray[np.float64] | None,
    settings: RunSettings,
) -> Ground:
    """What is to be scanned, of counts by grid and period.

    Parameters
    ----------
    counts : of the topics that are asked for; `everything` of all topics.
    base : (grids,) what each grid holds; None where all other issues tell what is usual.
    """
    # What has no incident in the time that a cluster may take cannot have one.
    recent = settings.longest_days // STEP_DAYS[settings.step]
    if base is None:
        # By grid and by period of all topics: where and when people report at all.
        table = np.outer(everything.sum(axis=1) + 1.0, everything.sum(axis=0) + 1.0)
    else:
        table = np.outer(base, np.ones(periods.count))
    # Without a past as long as twice the time of a cluster nobody knows what is usual where.
    known = np.flatnonzero(everything.sum(axis=0))
    has_past = bool(len(known)) and periods.count - recent - int(known[0]) >= 2 * recent
    counts = {topic: held for topic, held in counts.items() if held[:, -recent:].sum() >= settings.min_cases}
    expected = {topic: usual(held, table, recent) for topic, held in counts.items()} if has_past else {}
    return Ground(periods, lon, lat, counts, expected)


def count_ground(service: Service, net: Net, periods: Periods, incidents: Incidents, settings: RunSettings) -> Ground:
    """Incidents by grid of a plan, period and topic.

    Raises
    ------
    InvalidInput
        A grid with incidents has none of the denominator, or nobody knows how much.
    """
    number = {grid.code: row for row, grid in enumerate(net.grids)}
    row = np.array([number.get(i.location.grid or "", -1) for i in incidents.issues], dtype=np.int64)
    centre = shapely.point_on_surface(np.array([grid.geometry for grid in net.grids], dtype=object))
    of_topic: dict[Topic, list[int]] = {}
    for k, issue in enumerate(incidents.issues):
        if row[k] >= 0 and _is_asked(issue, settings):
            of_topic.setdefault(topic_of(issue), []).append(k)
    counts = {
        topic: count_reports(row[rows], incidents.day[rows], grids=len(net.grids), periods=periods).counts
        for topic, rows in sorted(of_topic.items())
    }
    everything = count_reports(row, incidents.day, grids=len(net.grids), periods=periods).counts
    base = _denominator(service, net, settings.denominator)
    if base is not None:
        _refuse_empty(net, base, counts, settings.denominator)
    return ground_of(periods, shapely.get_x(centre), shapely.get_y(centre), counts, everything, base, settings)


def _is_asked(issue: Issue, settings: RunSettings) -> bool:
    of_department = settings.department is None or issue.route.department == settings.department
    return of_department and issue.category != "" and issue.category.startswith(settings.categories or ("",))


def _denominator(service: Service, net: Net, name: Denominator) -> NDArray[np.float64] | None:
    """What each grid holds, float64 (grids,); None for past issues."""
    if name == "past":
        return None
    if name == "buildings":
        shapes = [f.geometry for f in knowledge(service).place.features if f.layer == "building"]
        points = shapely.point_on_surface(np.array(shapes, dtype=object))
        found = net.index.locate(lon=shapely.get_x(points), lat=shapely.get_y(points))
        return np.bincount(found[found >= 0], minlength=len(net.grids)).astype(np.float64)
    values = [getattr(grid, name) for grid in net.grids]
    unknown = [grid.code for grid, value in zip(net.grids, values, strict=True) if value is None]
    if unknown:
        raise InvalidInput("hotspot_denominator_unknown", name=name, grids=len(unknown), grid=unknown[0])
    return np.array(values, dtype=np.float64)


def _refuse_empty(
    net: Net, base: NDArray[np.float64], counts: Mapping[Topic, NDArray[np.int64]], name: Denominator
) -> None:
    total = sum((table.sum(axis=1) for table in counts.values()), np.zeros(len(net.grids), dtype=np.int64))
    empty = np.flatnonzero((total > 0) & ~(base > 0))
    if len(empty):
        first = int(empty[0])
        raise InvalidInput(
            "hotspot_denominator_empty",
            name=name,
            grids=len(empty),
            grid=net.grids[first].code,
            cases=int(total[first]),
        )
