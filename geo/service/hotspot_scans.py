"""The scans of counts: two of every topic, corrected for their number, and told only where chance is rare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from geo.hotspots import TimeWindow, gated, scan_each, scan_permutation, scan_space_time
from geo.hotspots.several import Finding
from geo.model.hotspots import HotspotMethod
from geo.service.hotspot_counts import Topic
from geo.service.hotspot_ground import Ground
from geo.service.hotspot_settings import STEP_DAYS, RunSettings
from geo.service.hotspot_usual import less_surge

# (method, topic): each is a scan of its own and is corrected for.
Scan = tuple[HotspotMethod, Topic]


def scan_ground(ground: Ground, settings: RunSettings, progress: Callable[[float], None]) -> list[Finding]:
    """All clusters of a ground, least likely first; the category of a finding is its method and topic, with tabs."""
    step = STEP_DAYS[settings.step]
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
        "overdispersion": settings.overdispersion, "stop_early": True,
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
        return less_surge(found, cases, expected, period_days=float(step), alone=settings.alone)

    return scan_each(scans, scan, seed=settings.seed)


def apart(told: list[Finding]) -> list[Finding]:
    """Without those that another scan of the same topic tells more surely of the same ground."""
    kept: list[Finding] = []
    for finding in told:
        if not any(
            scan_of(finding)[1] == scan_of(other)[1] and set(finding.cluster.members) & set(other.cluster.members)
            for other in kept
        ):
            kept.append(finding)
    return kept


def told_of(ground: Ground, settings: RunSettings, progress: Callable[[float], None]) -> tuple[list[Finding], int]:
    """What passes the gate, each ground and topic once; and how many clusters there were before the gate."""
    findings = scan_ground(ground, settings, progress)
    return apart(gated(findings, least_days=settings.least_days)), len(findings)


def scan_of(finding: Finding) -> Scan:
    """The method and the topic of a finding."""
    method, scheme, kind, category = finding.category.split("\t")
    return "exchange" if method == "exchange" else "share", (scheme, kind, category)
