"""A town with half a year of reports, some of them told twice, under two plans, and what plain loops make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from geo.model import Category, CategoryKind, Department, Drawing, Grid, Location, Place, Report, Route
from geo.model.hotspots import Hotspot, HotspotRun
from geo.service.context import Service, net_of
from geo.service.plans import publish_plan
from tests.maps.town import COLUMNS, ROWS, SOUTH, STEP, WEST, town_drawing, town_place, town_service

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 6, 20)
SECOND = date(2026, 4, 1)
TOPICS: tuple[tuple[str, CategoryKind, str], ...] = (
    ("hotline", "hotline", "0501"), ("hotline", "hotline", "0502"), ("hotline", "hotline", "0601"),
)  # fmt: skip
DEPARTMENTS = ("d1", "d2")


@dataclass(frozen=True)
class Told:
    """A report as the loops see it."""

    number: int
    when: datetime
    topic: tuple[str, str, str]
    lon: float
    lat: float
    address: str | None
    department: str


def redrawn() -> Drawing:
    """The same units, in grids of columns instead of rows: the codes go on, the ground does not."""
    drawing = town_drawing()
    units = drawing.units
    codes = np.array([grid.code for grid in drawing.grids], dtype=object)
    place = np.array([int(name[1:3]) for name in units.ids])
    low = np.array([int(name[3:5]) for name in units.ids]) // 6
    home = np.array([codes[6 * (c // 7) + 3 * int(r) + min((c % 7) // 2, 2)] for c, r in zip(place, low, strict=True)])
    grids = tuple(
        replace(
            grid,
            geometry=shapely.coverage_union_all(units.geometry[home == grid.code]),
            units=int((home == grid.code).sum()),
            weight=30.0 * int((home == grid.code).sum()),
            residents=75 * int((home == grid.code).sum()),
            households=30 * int((home == grid.code).sum()),
        )
        for grid in drawing.grids
    )
    return replace(drawing, grids=grids, units=replace(units, grid=home.astype(object)), wishes={})


def make_place(name: str = "河湾区", topic: str = "供暖不热") -> Place:
    categories = (
        Category("hotline", "hotline", "05", "供暖"),
        Category("hotline", "hotline", "0501", topic, "05"),
        Category("hotline", "hotline", "0502", "水管漏水", "05"),
        Category("hotline", "hotline", "0601", "电梯故障"),
    )
    departments = (Department("d1", "供热公司"), Department("d2", "物业科"))
    return replace(town_place(name), categories=categories, departments=departments)


def make_told(count: int = 700, seed: int = 5) -> list[Told]:
    """Reports of half a year: many twice at one address or point, a few outside, one corner elevated in May."""
    rng = np.random.default_rng(seed)
    told: list[Told] = []
    for n in range(count):
        again = told[int(rng.integers(max(0, n - 40), n))] if n > 40 and rng.random() < 0.25 else None
        hot = rng.random() < 0.12
        c, r = rng.uniform(-0.3, COLUMNS + 0.2), rng.uniform(0, ROWS)
        day = date(2026, 1, 1) + timedelta(days=int(rng.integers(0, 170)))
        if hot:
            c, r, day = (
                rng.uniform(8, 10),
                rng.uniform(3, 4),
                date(2026, 5, 1) + timedelta(days=int(rng.integers(0, 31))),
            )
        when = datetime(day.year, day.month, day.day, int(rng.integers(0, 24)), int(rng.integers(0, 60)), tzinfo=ZONE)
        topic = TOPICS[int(rng.integers(0, 3))]
        kind = int(rng.integers(0, 3))
        address = (None, f"柳溪路 {rng.integers(1, 30)} 号", "柳溪路")[kind]
        lon, lat = WEST + c * STEP, SOUTH + r * STEP
        if again is not None:
            when = again.when + timedelta(hours=float(rng.uniform(-90, 90)))
            topic = again.topic if rng.random() < 0.9 else topic
            address, lon, lat = (again.address, lon, lat) if rng.random() < 0.5 else (address, again.lon, again.lat)
        when = min(max(when, datetime(2026, 1, 1, tzinfo=ZONE)), datetime(2026, 6, 19, 23, tzinfo=ZONE))
        told.append(Told(n, when, topic, lon, lat, address, DEPARTMENTS[int(rng.integers(0, 2))]))
    return told


def hotspot_service(folder: Path, told: Sequence[Told], place: Place | None = None, *, second: bool = True) -> Service:
    """The town under plan 1 from January and, if `second`, plan 2 from April; reports under the plan of their day."""
    service = replace(
        town_service(folder, place or make_place()), clock=lambda: datetime(2026, 6, 20, 4, tzinfo=UTC), timezone=ZONE
    )
    publish_plan(service, 1, effective=date(2026, 1, 1), actor="t")
    if second:
        service.store.save_plan(redrawn(), name="2026 年 4 月", actor="t")
        publish_plan(service, 2, effective=SECOND, actor="t")
    add_told(service, told, second=second)
    return service


def add_told(service: Service, told: Sequence[Told], *, second: bool = True) -> None:
    """Store reports with the grid of the plan that was in force on their day."""
    rows = []
    nets = {plan: net_of(service, service.store.get_plan(plan, today=service.today())) for plan in (1, 2)[: 1 + second]}
    lon, lat = (np.array([getattr(one, name) for one in told]) for name in ("lon", "lat"))
    homes = {plan: net.index.locate(lon=lon, lat=lat).tolist() for plan, net in nets.items()}
    for k, one in enumerate(told):
        plan = 2 if second and one.when.astimezone(ZONE).date() >= SECOND else 1
        row = homes[plan][k]
        code = nets[plan].grids[row].code if row >= 0 else None
        place = Location("located" if code else "outside", grid=code, plan=plan, lon=one.lon, lat=one.lat)
        scheme, _, category = one.topic
        report = Report(
            "文", "s", str(one.number), one.when, scheme, "hotline", category, one.lon, one.lat, address=one.address
        )
        rows.append((report, place, Route(one.department, "R-1")))
    service.store.save_issues(rows, actor="t")


def heads(told: Sequence[Told]) -> list[tuple[Told, int]]:
    """The first report of each incident and how many there are, by looking at every pair."""
    home = list(range(len(told)))

    def root(k: int) -> int:
        while home[k] != k:
            k = home[k]
        return k

    for i, a in enumerate(told):
        for j in range(i):
            b = told[j]
            near = abs((a.when - b.when).total_seconds()) <= 3 * 86_400
            address = a.address == b.address and a.address is not None and any(c.isdigit() for c in a.address)
            point = (round(a.lon, 5), round(a.lat, 5)) == (round(b.lon, 5), round(b.lat, 5))
            if near and a.topic == b.topic and (address or point):
                home[root(i)] = root(j)
    groups: dict[int, list[Told]] = {}
    for k, one in enumerate(told):
        groups.setdefault(root(k), []).append(one)
    return [(min(group, key=lambda one: (one.when, one.number)), len(group)) for group in groups.values()]


def grid_at(grids: Sequence[Grid], one: Told) -> str | None:
    point = shapely.Point(one.lon, one.lat)
    return next((grid.code for grid in grids if grid.geometry.covers(point)), None)


def add_run(service: Service, **change: object) -> None:
    """A run that found one cluster in the corner that is elevated."""
    net = net_of(service, service.store.get_plan(2, today=service.today()))
    codes = (net.grids[7].code, net.grids[8].code)
    hotspot = Hotspot(
        "0501", "hotline", "hotline", "供暖不热", "share", codes, codes[0],
        WEST + 9 * STEP, SOUTH + 3.5 * STEP, 250.0, date(2026, 5, 4), date(2026, 5, 10), 12, 3.0, 4.5, 9.5, 1e-4, 800.0,
        plan=2,
    )  # fmt: skip
    hotspot = replace(hotspot, **change)  # type: ignore[arg-type]
    digest = str(change)
    service.store.save_hotspot_run(HotspotRun(date(2026, 5, 11), 2, digest, {}, {}, (hotspot,)), actor="t")


def touching(grids: Sequence[Grid]) -> list[tuple[int, int]]:
    """Pairs of grids with a border in common."""
    shapes = [grid.geometry for grid in grids]
    return [(i, j) for i in range(len(shapes)) for j in range(i) if shapes[i].intersection(shapes[j]).length > 1e-9]
