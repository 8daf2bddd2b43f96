"""A town with what coverage can find: houses in no grid, posts that are vacant or missing, stations, few issues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from geo.model import Feature, Place, Report, Staff
from geo.service.context import Service
from geo.service.issues import import_issues
from geo.service.plans import publish_plan
from tests.maps.town import COLUMNS, ROWS, SOUTH, STEP, WEST, square, town_drawing, town_place, town_service

ROLES = ("网格长", "网格员", "辅助员")


def make_place(name: str = "河湾区", *, bare: bool = False) -> Place:
    """`bare` leaves out what a place need not have: stations and staff."""
    place = town_place(name)
    rng = np.random.default_rng(8)
    features = [
        replace(f, households=int(rng.integers(0, 60)), residents=int(rng.integers(0, 150)))
        if f.layer == "building"
        else f
        for f in place.features
    ]
    lost = [(COLUMNS + 0.4, 2.3), (-1.2, 5.0), (3.1, ROWS + 0.6)]
    features += [
        Feature("building", f"x{k}", f"孤楼{k}", "residential", square(c, r, 0.3, 0.3), 7 + k, 20)
        for k, (c, r) in enumerate(lost)
    ]
    staff: list[Staff] = []
    if not bare:
        codes = [grid.code for grid in town_drawing().grids]
        for k, code in enumerate(codes):
            staff += [
                Staff(code, role, None if (k + j) % 5 == 0 else f"员{k}{j}")
                for j, role in enumerate(ROLES)
                if (k, j) not in ((2, 1), (7, 0), (7, 1), (7, 2))
            ]
        staff.append(Staff(codes[0], "网格员", "员外"))
        spots = [(2.2, 3.3), (9.7, 8.1), (12.5, 1.5)]
        features += [
            Feature("station", f"s{k}", f"{k + 1}号站", "station", square(c, r, 0.05, 0.05))
            for k, (c, r) in enumerate(spots)
        ]
    return replace(place, features=tuple(features), staff=tuple(staff))


def make_reports(count: int = 60) -> list[Report]:
    """More in the west than in the east, so that some grids are left with few."""
    rng = np.random.default_rng(3)
    rows = []
    for n in range(count):
        c, r = rng.uniform(0, 1) ** 3 * COLUMNS, rng.uniform(0, ROWS)
        rows.append(
            Report(
                text="路灯", source="test", source_id=str(n), scheme="hotline", kind="hotline", category="0101",
                lon=WEST + c * STEP, lat=SOUTH + r * STEP, crs="WGS84", status="in_progress",
                reported_at=datetime(2025, 5, 31, tzinfo=UTC) - timedelta(days=n % 50),
            )
        )  # fmt: skip
    return rows


def coverage_service(folder: Path, place: Place | None = None, reports: Sequence[Report] = ()) -> Service:
    """The town with its plan in force and reports in it."""
    service = town_service(folder, place or make_place())
    publish_plan(service, 1, effective=date(2025, 1, 1), actor="tester")
    if reports:
        import_issues(service, list(reports), actor="tester")
    return service
