"""Clusters on the page: those that the daily runs found, and where asked, those of one period found now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.hotspots import PERIOD_KINDS, Cluster, calendar, scan_poisson
from geo.hotspots.scan.clusters import likely_p, recurrence_days
from geo.hotspots.shrink import spread_of
from geo.model.hotspots import Hotspot
from geo.service.context import Net, Service, knowledge
from geo.service.hotspot_page import ALPHA, Picture, topics_below
from geo.service.hotspot_page_base import neighbours_of
from geo.service.hotspot_page_public import may_tell_sum
from geo.service.hotspot_page_reports import incidents_of, reports_of
from geo.service.hotspot_words import is_hidden

Shape = Literal["circle", "neighbours"]
_REPLICAS: Final = 999
_SEED: Final = 1
# No window holds more grids than these: what covers half a district names no place.
_MOST_GRIDS: Final = 60
_MOST_SHARE: Final = 0.25
# Fewer periods besides do not tell how uneven chance is.
_LEAST_OTHERS: Final = 3


@dataclass(frozen=True)
class Told:
    """A cluster, rows of its members in the net of the picture, and whether its figures are withheld.

    `rows` are empty where it was found in another plan.
    """

    hotspot: Hotspot
    rows: tuple[int, ...]
    hidden: bool
    shape: Shape = "circle"


def stored_clusters(service: Service, picture: Picture, *, public: bool) -> tuple[Told, ...]:
    """What the runs found in the periods of a picture, each story as it was told last, the latest first."""
    first, last = picture.periods.first_day(0), picture.periods.last_day(picture.periods.count - 1)
    wanted = None
    if picture.question.category:
        wanted = topics_below(picture.question.category, knowledge(service).place.categories)
    stories: dict[int, Hotspot] = {}
    for hotspot in service.store.list_hotspots(since=first):
        inside = hotspot.first <= last and hotspot.last >= first
        if inside and (wanted is None or (hotspot.scheme, hotspot.kind, hotspot.category) in wanted):
            stories[hotspot.known or hotspot.id] = hotspot
    found = sorted(stories.values(), key=lambda hotspot: (hotspot.last, hotspot.id), reverse=True)
    if picture.question.department:
        # Runs know topics, not who answers for them.
        return ()
    return tuple(_told(service, picture.net, hotspot, public=public) for hotspot in found)


def clusters_now(service: Service, picture: Picture, step: int, *, shape: Shape, public: bool) -> tuple[Told, ...]:
    """Clusters of one period of a picture, unlikely by chance (p ≤ .05), the least likely first.

    The circular scan for counts with what the picture expects, by chance as uneven as the other periods are; with
    "neighbours" windows grow along shared borders.

    Raises
    ------
    InvalidInput
        There is no such step.
    """
    if not 0 <= step < picture.periods.count:
        raise InvalidInput("hotspot_page_step", value=step, count=picture.periods.count)
    net, expected = picture.net, picture.figures.expected[step]
    cases = np.where(expected > 0, picture.figures.observed[step], 0)
    if not cases.sum():
        return ()
    centre = shapely.point_on_surface(np.array([grid.geometry for grid in net.grids], dtype=object))
    found = scan_poisson(
        cases=cases, expected=expected, lon=shapely.get_x(centre), lat=shapely.get_y(centre),
        neighbours=neighbours_of(net) if shape == "neighbours" else None, max_share=_MOST_SHARE,
        max_neighbours=_MOST_GRIDS, overdispersion=_unevenness(picture, step), replicas=_REPLICAS, rng=_SEED,
    )  # fmt: skip
    told = []
    for cluster in found:
        likely = likely_p(cluster.p, cluster.p_gumbel, len(found.maxima))
        if likely <= ALPHA:
            hotspot = _hotspot(picture, step, cluster, likely, centre)
            rows = tuple(cluster.members.tolist())
            few = is_hidden(hotspot) or not may_tell_sum(picture.figures.observed[step], rows)
            told.append(Told(hotspot, rows, public and few, shape))
    return tuple(told)


# Private functions


def _unevenness(picture: Picture, step: int) -> float | bool:
    """The variance of the risks beyond chance in the other periods; True for that of this one where they are too few.

    A cluster adds to the estimate of its own period, the more the stronger it is, and would hide itself.
    """
    figures = picture.figures
    others = [k for k, sums in enumerate(figures.expected.sum(axis=1)) if k != step and sums > 0]
    if len(others) < _LEAST_OTHERS:
        return True
    expected = figures.expected[others].T
    spread = spread_of(np.where(expected > 0, figures.observed[others].T, 0).astype(np.float64), expected)
    return spread.place + spread.moment


def _hotspot(picture: Picture, step: int, cluster: Cluster, likely: float, centre: NDArray[np.object_]) -> Hotspot:
    grids, category = picture.net.grids, picture.question.category
    scheme, kind, code = category.split("/") if category else ("", "", "")
    point = centre[cluster.centre]
    first = picture.periods.first_day(step)
    days = float(picture.days[step])
    rare = recurrence_days(likely, days)
    # Expected is what the picture expects, not a share of all cases: who reads both must not find two figures.
    expected = float(picture.figures.expected[step][cluster.members].sum())
    return Hotspot(
        category=code, scheme=scheme, kind=kind, category_name="", method="share",
        members=tuple(grids[k].code for k in cluster.members.tolist()), centre=grids[cluster.centre].code,
        lon=point.x, lat=point.y, radius_m=cluster.radius,
        first=first, last=first + dt.timedelta(days=int(days) - 1),
        observed=cluster.observed, expected=expected,
        relative_risk=cluster.relative_risk if np.isfinite(cluster.relative_risk) else None,
        llr=cluster.llr, p=likely, recurrence_days=rare if np.isfinite(rare) else None, plan=picture.net.plan.id,
    )  # fmt: skip


def _told(service: Service, net: Net, hotspot: Hotspot, *, public: bool) -> Told:
    rows: tuple[int, ...] = ()
    if hotspot.plan == net.plan.id:
        number = {grid.code: row for row, grid in enumerate(net.grids)}
        rows = tuple(number[code] for code in hotspot.members if code in number)
    hidden = public and (is_hidden(hotspot) or _gives_away(service, net, hotspot, rows))
    return Told(hotspot, rows, hidden)


def _gives_away(service: Service, net: Net, hotspot: Hotspot, rows: Sequence[int]) -> bool:
    """Whether the public could take a cluster's grids from its sum: it has the days of one period of the calendar."""
    kinds = [calendar(kind, hotspot.first, hotspot.last) for kind in PERIOD_KINDS]
    if not any(p.count == 1 and (p.first_day(0), p.last_day(0)) == (hotspot.first, hotspot.last) for p in kinds):
        return False
    reports = reports_of(service)
    counted = incidents_of(service, reports, net, hotspot.first, hotspot.last, then=False)
    topics = list(reports.tables["topic"])
    topic = (hotspot.scheme, hotspot.kind, hotspot.category)
    mine = (counted.topic == (topics.index(topic) if topic in topics else -2)) & (counted.grid >= 0)
    counts = np.bincount(counted.grid[mine], minlength=len(net.grids))
    return not may_tell_sum(counts, rows)


def withheld_figures(told: Told) -> Hotspot:
    """The hotspot without the figures that the public is not told, whatever the number of its incidents."""
    if not told.hidden:
        return told.hotspot
    return replace(told.hotspot, observed=-1, expected=0.0, relative_risk=None, llr=0.0, p=1.0, recurrence_days=None)
