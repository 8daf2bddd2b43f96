"""Issues as another plan sees them: an issue keeps the grid of its own day, a page shows the grids of one plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geo.model import Issue
from geo.service.context import Net, Service


def placed_in(net: Net, issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """`issues` in their order, with the grid of `net` at their place.

    Those that came in under the plan of `net` stay as they are, and so do those that have no place.
    """
    found = list(issues)
    moved = [
        k
        for k, issue in enumerate(found)
        if issue.location.plan != net.plan.id
        and issue.location.status != "unlocated"
        and issue.location.lon is not None
        and issue.location.lat is not None
    ]
    if not moved:
        return tuple(found)
    lon = np.array([found[k].location.lon for k in moved], dtype=np.float64)
    lat = np.array([found[k].location.lat for k in moved], dtype=np.float64)
    grids = net.index.locate(lon=lon, lat=lat)
    border_m = net.index.border_m(lon=lon, lat=lat)
    for i, (k, grid) in enumerate(zip(moved, grids.tolist(), strict=True)):
        inside = grid >= 0
        location = replace(
            found[k].location,
            status="located" if inside else "outside",
            plan=net.plan.id,
            grid=net.grids[grid].code if inside else None,
            grid_name=net.grids[grid].name if inside else None,
            chain=net.chains[grid] if inside else (),
            border_m=float(border_m[i]),
            nearest_grid=None,
            nearest_m=None,
            note="" if inside else "outside_all_grids",
        )
        found[k] = replace(found[k], location=location)
    return tuple(found)


def count_by_grid(net: Net, issues: Sequence[Issue]) -> Counter[str]:
    """How many of `issues` lie in each grid of `net`, by its code."""
    return Counter(issue.location.grid for issue in placed_in(net, issues) if issue.location.grid is not None)


def count_all_by_grid(service: Service, net: Net) -> Counter[str]:
    """How many of all stored issues lie in each grid of `net`, by its code."""
    if set(service.store.count_issues(by="plan")) <= {"", str(net.plan.id)}:
        return Counter({code: count for code, count in service.store.count_issues(by="grid").items() if code})
    return count_by_grid(net, service.store.list_issues())
