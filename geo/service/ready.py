"""Everything compiled and built before the first question."""

from __future__ import annotations

import numpy as np

from geo import crs as crs_
from geo.service.columns import all_plain
from geo.service.context import Service, find_plan_in_force, net_of


def make_ready(service: Service) -> None:
    """Compile for all processes of this machine, and save the index of the plan in force for them to map."""
    warm_up()
    plan = find_plan_in_force(service)
    if plan is not None:
        net_of(service, plan)


def warm_up() -> None:
    """Compile all that a point or a batch runs, or load what was compiled before."""
    from geo.locate import GridIndex

    GridIndex.warm_up()
    degrees = np.zeros(1)
    all_plain(degrees, degrees)
    degrees.flags.writeable = False  # as what comes from Arrow
    all_plain(degrees, degrees)
    for crs in (crs_.GCJ02, crs_.BD09):
        lon, lat, _ = crs_.one_to_wgs84(116.0, 40.0, crs=crs)
        for count in (1, 4_096):
            crs_.to_wgs84(np.full(count, lon), np.full(count, lat), crs=crs)
