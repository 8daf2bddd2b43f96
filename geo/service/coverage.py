"""Gather what the coverage page shows: whom and what no grid covers, and how each grid is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import Feature, Grid, Place, Plan, Staff
from geo.service.checks import deviations
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.coverage_figures import (
    EXPECTED_LEAST,
    cover_faults,
    expected_issues,
    mean_distance,
    nearest_stations,
    rate_breaks,
    role_templates,
    span_of_control,
    totals_of,
    vacancies,
)
from geo.service.coverage_periods import rate_periods
from geo.service.placing import count_all_by_grid
from geo.service.plans import band_of, tolerance_of
from geo.service.tiled import tiles_of
from geo.service.views import Backdrop, CoverageTotals, CoverageView, GridCoverage, Seam

# The layer of a place that says where its stations are (党群服务中心, 服务站).
STATIONS: Final = "station"
# Fixed, so that one month's map can be laid beside another's. Households per worker; metres on foot in about 4, 6, 10
# and 13 minutes, the circles of GB 50180-2018 (300, 500, 800, 1,000 m); posts without a person.
SPAN_BREAKS: Final = (100.0, 200.0, 300.0, 500.0)
STATION_BREAKS: Final = (300.0, 500.0, 800.0, 1000.0)
VACANT_BREAKS: Final = (1.0, 2.0, 3.0)


def view_coverage(service: Service, plan_id: int | None = None, *, whole: bool = False) -> CoverageView:
    """Who and what no grid covers, and how each grid of a plan (the one in force if None) is served.

    The shapes of a large place are tiles, unless the page has to be `whole` (a file that stands alone).
    """
    plan = get_plan_in_force(service) if plan_id is None else service.store.get_plan(plan_id, today=service.today())
    net = net_of(service, plan)
    place = knowledge(service).place
    houses = _Houses(place, net)
    rows = _rows(net, place, houses, count_all_by_grid(service, net))
    gap_m2, overlap_m2, seams = _faults(net, place)
    uncovered = tuple(houses.features[i] for i in np.flatnonzero(houses.home < 0))
    templates = role_templates(net.grids, place.staff)
    totals = _totals(rows, uncovered, _sides(net.grids, plan))
    return CoverageView(
        plan=plan,
        grids=net.grids,
        rows=rows,
        uncovered=uncovered,
        gap_m2=gap_m2,
        overlap_m2=overlap_m2,
        backdrop=Backdrop(place.name, place.areas, place.features, None if whole else tiles_of(service, plan)),
        seams=seams,
        roles=tuple(dict.fromkeys(role for roles in templates.values() for role in roles)),
        stations=tuple(feature for feature in place.features if feature.layer == STATIONS),
        totals=totals,
        tolerance=_allowed(plan),
        band=band_of(plan),
        periods=rate_periods(service, net, np.array([row.households for row in rows], dtype=np.int64)),
        breaks={
            "vacant": VACANT_BREAKS,
            "span": SPAN_BREAKS,
            "rate": rate_breaks(totals.rate or 0.0),
            "station": STATION_BREAKS,
        },
    )


class _Houses:
    """The buildings of a place, the grid each lies in (−1 none), and how far each has to a station (NaN if none is)."""

    def __init__(self, place: Place, net: Net) -> None:
        self.features = [feature for feature in place.features if feature.layer == "building"]
        inside = shapely.point_on_surface(np.array([b.geometry for b in self.features], dtype=object))
        self.home = net.index.locate(lon=shapely.get_x(inside), lat=shapely.get_y(inside))
        self.households = np.array([b.households or 0 for b in self.features], dtype=np.int64)
        self.station = np.full(len(self.features), -1, dtype=np.int64)
        self.metres = np.full(len(self.features), np.nan)
        stations = [feature.geometry for feature in place.features if feature.layer == STATIONS]
        if stations and len(inside):
            self.station, self.metres = nearest_stations(inside, stations)
        self._order = np.argsort(self.home, kind="stable")
        self._starts = np.searchsorted(self.home[self._order], np.arange(len(net.grids) + 1))

    def of(self, grid: int) -> NDArray[np.int64]:
        """Rows of the buildings in a grid."""
        return self._order[self._starts[grid] : self._starts[grid + 1]]


def _rows(net: Net, place: Place, houses: _Houses, issues: Mapping[str, int]) -> tuple[GridCoverage, ...]:
    posts: dict[str, list[Staff]] = {}
    for post in place.staff:
        posts.setdefault(post.grid, []).append(post)
    templates = role_templates(net.grids, place.staff)
    lived = np.array([houses.households[houses.of(k)].sum() for k in range(len(net.grids))], dtype=np.int64)
    counts = np.array([issues.get(grid.code, 0) for grid in net.grids], dtype=np.int64)
    expected = expected_issues(lived, counts)
    deviation = deviations(net.grids)
    names = [feature.name or feature.id for feature in place.features if feature.layer == STATIONS]
    return tuple(
        _row(
            grid,
            houses,
            houses.of(k),
            posts.get(grid.code, []),
            templates.get(str(grid.kind), ()),
            issues=int(counts[k]),
            expected=float(expected[k]),
            deviation=float(deviation[k]) if grid.kind == "base" else None,
            stations=names,
        )
        for k, grid in enumerate(net.grids)
    )


def _row(
    grid: Grid,
    houses: _Houses,
    mine: NDArray[np.int64],
    posts: Sequence[Staff],
    template: Sequence[str],
    *,
    issues: int,
    expected: float,
    deviation: float | None,
    stations: Sequence[str],
) -> GridCoverage:
    households = int(houses.households[mine].sum())
    mean_m, farthest_m = mean_distance(houses.metres[mine], houses.households[mine]) if stations else (None, None)
    nearest = [stations[k] for k in np.unique(houses.station[mine]).tolist() if k >= 0]
    return GridCoverage(
        grid=grid.code,
        households=households,
        residents=sum(houses.features[i].residents or 0 for i in mine),
        buildings=len(mine),
        vacant=vacancies(template, posts),
        posts=len(posts),
        span=span_of_control(households, posts),
        issues=issues,
        issues_per_1000_households=1000 * issues / households if households else None,
        templated=bool(template),
        people=sum(post.name is not None for post in posts),
        span_by_role={role: span_of_control(households, posts, role) for role in template},
        judged=households > 0 and expected >= EXPECTED_LEAST,
        station_m=mean_m,
        farthest_m=farthest_m,
        stations=tuple(nearest),
        deviation=deviation,
    )


def _allowed(plan: Plan) -> float:
    """How far from the mean a grid may be: the plan's tolerance, or half the width of its band about the middle."""
    low, high = band_of(plan) or (0.0, np.inf)
    return (high - low) / (high + low) if np.isfinite(high) and high > 0 else tolerance_of(plan)


def _sides(grids: Sequence[Grid], plan: Plan) -> NDArray[np.int64]:
    """1 for each base grid above what the plan allows, −1 below, else 0: its band if it was drawn with one."""
    base = np.array([grid.kind == "base" for grid in grids], dtype=bool)
    band = band_of(plan)
    if band is None:
        deviation, tolerance = deviations(grids), tolerance_of(plan)
        over, under = deviation > tolerance, deviation < -tolerance
    else:
        weight = np.array([grid.weight for grid in grids], dtype=np.float64)
        over, under = weight > band[1], weight < band[0]
    return np.asarray(np.where(base & over, 1, np.where(base & under, -1, 0)), dtype=np.int64)


def _faults(net: Net, place: Place) -> tuple[float, float, tuple[Seam, ...]]:
    """Looked for once a plan and an outline of the place; what was found is kept with the net."""
    outline = [area.geometry for area in place.areas if area.level == "district" and area.geometry is not None]
    key = ("coverage", *(shapely.to_wkb(shape) for shape in outline))
    found: tuple[float, float, tuple[Seam, ...]] | None = net.prepared.get(key)
    if found is None:
        found = net.prepared[key] = cover_faults(net.grids, place.areas)
    return found


def _totals(rows: Sequence[GridCoverage], uncovered: Sequence[Feature], sides: NDArray[np.int64]) -> CoverageTotals:
    households, people = sum(row.households for row in rows), sum(row.people for row in rows)
    issues = sum(row.issues for row in rows)
    lost = sum(feature.households or 0 for feature in uncovered)
    judged = [row for row in rows if row.templated]
    known = [row for row in rows if row.station_m is not None]
    lived = sum(row.households for row in known)
    return CoverageTotals(
        households=households + lost,
        buildings=sum(row.buildings for row in rows) + len(uncovered),
        households_uncovered=lost,
        vacant=sum(len(row.vacant) for row in rows),
        grids_judged=len(judged),
        grids_full=sum(not row.vacant for row in judged),
        people=people,
        span=households / people if people else None,
        issues=issues,
        rate=1000 * issues / households if households else None,
        too_few=sum(not row.judged for row in rows),
        station_m=sum((row.station_m or 0.0) * row.households for row in known) / lived if lived else None,
        over=int((sides > 0).sum()),
        under=int((sides < 0).sum()),
        spread=totals_of(
            {
                "vacant": [float(len(row.vacant)) if row.templated else None for row in rows],
                "span": [row.span for row in rows],
                "rate": [row.issues_per_1000_households if row.judged else None for row in rows],
                "station": [row.station_m for row in rows],
                "balance": [row.deviation for row in rows],
            }
        ),
    )
