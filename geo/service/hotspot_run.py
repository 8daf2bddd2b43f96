"""The scans of a day: what is emerging, by category, told once and only where chance is rare."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.hotspots import Periods, TimeWindow, count_reports, gated, scan_each, scan_permutation, scan_space_time
from geo.hotspots.several import Finding
from geo.model import Issue
from geo.model.hotspots import Hotspot, HotspotMethod, HotspotRun
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.hotspot_counts import Incidents, Topic, list_incidents, topic_of
from geo.service.hotspot_known import mark_known
from geo.service.hotspot_usual import less_surge, usual

Denominator = Literal["residents", "households", "buildings", "past"]
Step = Literal["day", "week"]
# (method, topic): each is a scan of its own and is corrected for.
Scan = tuple[HotspotMethod, Topic]
_DAYS: Final = {"day": 1, "week": 7}


@dataclass(frozen=True)
class RunSettings:
    """How a run looks.

    Attributes
    ----------
    categories : prefixes of codes; all if there is none. `department` : only issues of this one.
    denominator : what the second scan expects by: all other issues by grid and period ("past"), or residents,
        households or buildings of a grid.
    step : length of a period; periods end with the day that is looked back from.
    history_days : how far back is looked; longest_days : a cluster is at most so long.
    radius_m : largest radius of a cluster. min_cases : least incidents of a cluster.
    least_days : gate; chance brings what is told at most once in so many days, all scans of the run together.
    fold_days : see `geo.service.hotspot_counts.list_incidents`.
    """

    categories: tuple[str, ...] = ()
    department: str | None = None
    denominator: Denominator = "past"
    step: Step = "week"
    history_days: int = 364
    longest_days: int = 56
    radius_m: float = 600.0
    min_cases: int = 3
    least_days: float = 365.0
    fold_days: float = 3.0
    replicas: int = 999
    seed: int = 1


@dataclass(frozen=True, eq=False)
class _Ground:
    """Where incidents are counted: grids of a plan and the periods; and what they hold."""

    net: Net
    periods: Periods
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    counts: Mapping[Topic, NDArray[np.int64]] = field(default_factory=dict)
    expected: Mapping[Topic, NDArray[np.float64]] = field(default_factory=dict)


def run_hotspots(
    service: Service,
    *,
    as_of: dt.date | None = None,
    settings: RunSettings | None = None,
    actor: str,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[HotspotRun, bool]:
    """Scan the incidents up to `as_of` (yesterday if not said, the last whole day) and store what was found.

    The run of the same day and settings is stored once: a second time it is read, and False says so.

    Raises
    ------
    InvalidInput
        `as_of` is of the future, a setting is out of its range, or a grid with incidents has a denominator of 0.
    NotFound
        No plan was in force on `as_of`.
    """
    settings = settings or RunSettings()
    today = service.today()
    day = as_of or today - dt.timedelta(days=1)
    if day > today:
        raise InvalidInput("hotspot_future", day=day, today=today)
    _check(settings)
    digest = _digest(day, settings)
    stored = service.store.find_hotspot_run(digest)
    if stored is not None:
        return stored, False
    net = net_of(service, get_plan_in_force(service, day))
    periods = _periods_to(day, settings)
    # All of them, whatever is asked for: what is usual goes by everything that people report.
    incidents = list_incidents(service, first=periods.first_day(0), last=day, net=net, fold_days=settings.fold_days)
    ground = _count(service, net, periods, incidents, settings)
    findings = _scan(ground, settings, progress)
    told = gated(findings, least_days=settings.least_days)
    names: dict[Topic, str] = {(c.scheme, c.kind, c.code): c.name for c in knowledge(service).place.categories}
    found = _apart([(finding, _told(finding, ground, names)) for finding in told])
    run = HotspotRun(
        as_of=day, plan=net.plan.id, digest=digest, settings=asdict(settings),
        counted={
            "issues": int(incidents.reports.sum()),
            "incidents": len(incidents.issues),
            "without_grid": sum(1 for i in incidents.issues if i.location.grid is None),
            "categories": len(ground.counts),
            "clusters": len(findings),
        },
        hotspots=mark_known(found, service.store.list_hotspots(before=day + dt.timedelta(days=1))),
    )  # fmt: skip
    progress(1.0)
    # Somebody else may have run the same meanwhile: then theirs is the run.
    return service.store.save_hotspot_run(run, actor=actor)


def _check(settings: RunSettings) -> None:
    if settings.denominator not in get_args(Denominator):
        raise InvalidInput("hotspot_denominator", value=settings.denominator, choices=", ".join(get_args(Denominator)))
    if settings.step not in _DAYS:
        raise InvalidInput("hotspot_unknown_period", kind=settings.step, kinds="、".join(_DAYS))
    step = _DAYS[settings.step]
    least = {"longest_days": step, "history_days": 2 * settings.longest_days, "replicas": 19, "min_cases": 2}
    for name, value in least.items():
        if getattr(settings, name) < value:
            raise InvalidInput("hotspot_bad_option", name=name, value=getattr(settings, name), least=value)
    for name in ("radius_m", "least_days", "fold_days"):
        value = getattr(settings, name)
        if not 0 <= value < np.inf:
            raise InvalidInput("hotspot_bad_option", name=name, value=value, least=0)


def _digest(day: dt.date, settings: RunSettings) -> str:
    text = json.dumps({"as_of": day.isoformat(), **asdict(settings)}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _periods_to(day: dt.date, settings: RunSettings) -> Periods:
    """Periods of equal length of which the last ends with `day`."""
    step = _DAYS[settings.step]
    count = settings.history_days // step
    last = day.toordinal() + 1
    if last - count * step < 1:
        raise InvalidInput("hotspot_bad_option", name="history_days", value=settings.history_days, least=1)
    return Periods(settings.step, last - step * np.arange(count, -1, -1, dtype=np.int64))


def _count(service: Service, net: Net, periods: Periods, incidents: Incidents, settings: RunSettings) -> _Ground:
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
    # What has no incident in the time that a cluster may take cannot have one.
    recent = settings.longest_days // _DAYS[settings.step]
    everything = count_reports(row, incidents.day, grids=len(net.grids), periods=periods).counts
    base = _denominator(service, net, settings.denominator)
    if base is None:
        # By grid and by period of all topics: where and when people report at all.
        base = np.outer(everything.sum(axis=1) + 1.0, everything.sum(axis=0) + 1.0)
    else:
        _refuse_empty(net, base, counts, settings.denominator)
        base = np.outer(base, np.ones(periods.count))
    # Without a past as long as twice the time of a cluster nobody knows what is usual where.
    known = np.flatnonzero(everything.sum(axis=0))
    has_past = bool(len(known)) and periods.count - recent - int(known[0]) >= 2 * recent
    counts = {topic: table for topic, table in counts.items() if table[:, -recent:].sum() >= settings.min_cases}
    expected = {topic: usual(table, base, recent) for topic, table in counts.items()} if has_past else {}
    return _Ground(net, periods, shapely.get_x(centre), shapely.get_y(centre), counts, expected)


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
    at_risk = base if base.ndim == 1 else base.sum(axis=1)
    empty = np.flatnonzero((total > 0) & ~(at_risk > 0))
    if len(empty):
        first = int(empty[0])
        raise InvalidInput(
            "hotspot_denominator_empty",
            name=name,
            grids=len(empty),
            grid=net.grids[first].code,
            cases=int(total[first]),
        )


def _scan(ground: _Ground, settings: RunSettings, progress: Callable[[float], None]) -> list[Finding]:
    step = _DAYS[settings.step]
    window = TimeWindow(prospective=True, max_periods=settings.longest_days // step, period_days=float(step))
    scans: dict[str, Scan] = {
        "\t".join((method, *topic)): (method, topic)
        for method in get_args(HotspotMethod)
        for topic in (ground.counts if method == "exchange" else ground.expected)
    }
    done = 0
    common: dict[str, Any] = {
        "lon": ground.lon, "lat": ground.lat, "max_radius": settings.radius_m, "min_cases": settings.min_cases,
        "time": window, "replicas": settings.replicas,
    }  # fmt: skip

    def scan(which: Scan, rng: np.random.Generator) -> Any:
        nonlocal done
        progress(done / len(scans))
        done += 1
        cases = ground.counts[which[1]]
        if which[0] == "exchange":
            return scan_permutation(cases=cases, rng=rng, **common)
        expected = ground.expected[which[1]]
        found = scan_space_time(cases=cases, expected=expected, rng=rng, **common)
        return less_surge(found, cases, expected, period_days=float(step))

    return scan_each(scans, scan, seed=settings.seed)


def _told(finding: Finding, ground: _Ground, names: Mapping[Topic, str]) -> Hotspot:
    cluster, grids = finding.cluster, ground.net.grids
    method, scheme, kind, category = finding.category.split("\t")
    assert cluster.first is not None
    assert cluster.last is not None
    days = finding.recurrence_days
    return Hotspot(
        category=category, scheme=scheme, kind=kind, category_name=names.get((scheme, kind, category), ""),
        method="exchange" if method == "exchange" else "share",
        members=tuple(sorted(grids[k].code for k in cluster.members.tolist())), centre=grids[cluster.centre].code,
        lon=float(ground.lon[cluster.centre]), lat=float(ground.lat[cluster.centre]), radius_m=cluster.radius,
        first=ground.periods.first_day(cluster.first), last=ground.periods.last_day(cluster.last),
        observed=cluster.observed, expected=cluster.expected,
        relative_risk=cluster.relative_risk if np.isfinite(cluster.relative_risk) else None,
        llr=cluster.llr, p=finding.p, recurrence_days=days if days is not None and np.isfinite(days) else None,
        plan=ground.net.plan.id,
    )  # fmt: skip


def _apart(found: Sequence[tuple[Finding, Hotspot]]) -> tuple[Hotspot, ...]:
    """Without those that another scan of the same topic tells more surely of the same ground."""
    kept: list[Hotspot] = []
    for _, hotspot in found:
        if not any(_topic(k) == _topic(hotspot) and set(k.members) & set(hotspot.members) for k in kept):
            kept.append(hotspot)
    return tuple(kept)


def _topic(hotspot: Hotspot) -> Topic:
    return (hotspot.scheme, hotspot.kind, hotspot.category)
