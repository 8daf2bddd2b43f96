"""The scans of a day: what is emerging, by category, told once and only where chance is rare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict

import numpy as np

from geo.errors import InvalidInput
from geo.hotspots.several import Finding
from geo.model.hotspots import Hotspot, HotspotRun
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.hotspot_counts import Topic, list_incidents
from geo.service.hotspot_fold import FoldBy
from geo.service.hotspot_ground import Ground, count_ground, periods_to
from geo.service.hotspot_known import mark_known
from geo.service.hotspot_scans import scan_of, told_of
from geo.service.hotspot_settings import RunSettings, check_settings, digest_of

__all__ = ["RunSettings", "run_hotspots"]


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
    check_settings(settings)
    digest = digest_of(day, settings)
    stored = service.store.find_hotspot_run(digest)
    if stored is not None:
        return stored, False
    net = net_of(service, get_plan_in_force(service, day))
    periods = periods_to(day, settings)
    # All of them, whatever is asked for: what is usual goes by everything that people report.
    fold_by = FoldBy(settings.fold_days, settings.fold_metres, settings.fold_reporter)
    incidents = list_incidents(service, first=periods.first_day(0), last=day, net=net, fold_by=fold_by)
    ground = count_ground(service, net, periods, incidents, settings)
    told, clusters = told_of(ground, settings, progress)
    names: dict[Topic, str] = {(c.scheme, c.kind, c.code): c.name for c in knowledge(service).place.categories}
    found = [_hotspot(finding, ground, net, names) for finding in told]
    run = HotspotRun(
        as_of=day, plan=net.plan.id, digest=digest, settings=asdict(settings),
        counted={
            "issues": int(incidents.reports.sum()),
            "incidents": len(incidents.issues),
            "without_grid": sum(1 for i in incidents.issues if i.location.grid is None),
            "categories": len(ground.counts),
            "clusters": clusters,
        },
        hotspots=mark_known(found, service.store.list_hotspots(before=day + dt.timedelta(days=1))),
    )  # fmt: skip
    progress(1.0)
    # Somebody else may have run the same meanwhile: then theirs is the run.
    return service.store.save_hotspot_run(run, actor=actor)


def _hotspot(finding: Finding, ground: Ground, net: Net, names: Mapping[Topic, str]) -> Hotspot:
    cluster, grids = finding.cluster, net.grids
    method, (scheme, kind, category) = scan_of(finding)
    assert cluster.first is not None
    assert cluster.last is not None
    days = finding.recurrence_days
    return Hotspot(
        category=category, scheme=scheme, kind=kind, category_name=names.get((scheme, kind, category), ""),
        method=method,
        members=tuple(sorted(grids[k].code for k in cluster.members.tolist())), centre=grids[cluster.centre].code,
        lon=float(ground.lon[cluster.centre]), lat=float(ground.lat[cluster.centre]), radius_m=cluster.radius,
        first=ground.periods.first_day(cluster.first), last=ground.periods.last_day(cluster.last),
        observed=cluster.observed, expected=cluster.expected,
        relative_risk=cluster.relative_risk if np.isfinite(cluster.relative_risk) else None,
        llr=cluster.llr, p=finding.p, recurrence_days=days if days is not None and np.isfinite(days) else None,
        plan=net.plan.id,
    )  # fmt: skip
