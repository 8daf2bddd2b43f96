"""Small values for the store's tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely

from geo.model import (
    Area,
    Category,
    Department,
    Drawing,
    Feature,
    Grid,
    Location,
    Place,
    Report,
    Route,
    Rule,
    Staff,
    Units,
)

AT = datetime(2025, 3, 1, 0, 30, tzinfo=UTC)
COMMUNITY = "310101001001"


def objects(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def drawing(codes: tuple[str, ...] = ("001", "002"), *, units_each: int = 2, crs: str = "EPSG:4326") -> Drawing:
    """A row of squares, one a unit::

    | 001 u0 | 001 u1 | 002 u2 | 002 u3 |
    """
    step = 0.001 if crs == "EPSG:4326" else 100.0
    x0, y0 = (121.47, 31.23) if crs == "EPSG:4326" else (500_000.0, 3_456_000.0)
    full = [COMMUNITY + code if len(code) == 3 else code for code in codes]
    n = len(full) * units_each
    squares = [shapely.box(x0 + i * step, y0, x0 + (i + 1) * step, y0 + step) for i in range(n)]
    grids = tuple(
        Grid(
            code=code,
            name=f"第{i + 1}网格",
            parent=COMMUNITY,
            weight=float(units_each),
            units=units_each,
            geometry=shapely.union_all(squares[i * units_each : (i + 1) * units_each]),
            households=7 * i,
            residents=None,
            colour=i % 8,
        )
        for i, code in enumerate(full)
    )
    units = Units(
        ids=objects([f"u{i}" for i in range(n)]),
        geometry=objects(squares),
        weight=np.ones(n),
        crs=crs,
        grid=objects([full[i // units_each] for i in range(n)]),
        parent=objects([COMMUNITY] * n),
        fields={"households": np.arange(n), "street": objects([f"{i}号" for i in range(n)])},
        weight_field="households",
    )
    return Drawing(grids=grids, units=units, crs=crs, wishes={"tolerance": 0.05, "min": None, "ideal": 2.0})


def place(**changed: Any) -> Place:
    """A district of one street and one community."""
    parts: dict[str, Any] = {
        "code": "310101",
        "name": "晨光区",
        "areas": (
            Area("310101", "晨光区", "district", None, shapely.box(121.0, 31.0, 122.0, 32.0)),
            Area("310101001", "东街道", "street", "310101", shapely.box(121.0, 31.0, 121.5, 32.0)),
            Area(COMMUNITY, "第一社区", "community", "310101001"),
        ),
        "departments": (Department("D2", "城管"), Department("D1", "物业科", "D2", COMMUNITY, "021-0000")),
        "categories": (
            Category("30428", "part", "0101", "井盖"),
            Category("30428", "event", "0101", "井盖丢失", "01"),
        ),
        "rules": (
            Rule("r1", "30428", "part", "01", "", "D2", ("D1", "{street}"), 24.0, "closed", "1", "directory"),
            Rule("r1", "30428", "part", "01", "", "D2", version="2"),
        ),
        "staff": (Staff(COMMUNITY + "001", "网格长", None), Staff(COMMUNITY + "001", "网格员", "张三", "130")),
        "features": (
            Feature("building", "b1", "1号楼", "residential", shapely.box(121.1, 31.1, 121.2, 31.2), 10, 25),
            Feature("road", "r", "人民路", "local", shapely.LineString([(121.0, 31.0), (121.3, 31.3)])),
        ),
        "entries": ({"id": "g1", "kind": "compound", "name": "幸福里", "aliases": ["幸福小区"], "lon": 121.1},),
        "note": "invented / 虚构",
    }
    return Place(**(parts | changed))


def reported(
    source_id: str | None = None,
    *,
    plan: int | None = None,
    text: str = "井盖坏了",
    grid: str = COMMUNITY + "001",
    lon: float | None = 121.4705,
    lat: float | None = 31.2305,
    phone: str | None = None,
    **changed: Any,
) -> tuple[Report, Location, Route]:
    """A located and routed report; `changed` are fields of the report."""
    report = {
        "text": text,
        "source": "12345",
        "source_id": source_id,
        "reported_at": AT,
        "scheme": "30428",
        "kind": "part",
        "category": "0101",
        "lon": lon,
        "lat": lat,
        "crs": "WGS84",
        "accuracy_m": 12.5,
        "reporter_phone": phone,
    }
    location = Location(
        status="located",
        grid=grid,
        grid_name="第1网格",
        chain=("310101", "310101001", COMMUNITY, grid),
        plan=plan,
        lon=lon,
        lat=lat,
        border_m=3.25,
    )
    route = Route(
        department="D2",
        department_name="城管",
        with_departments=("D1",),
        rule="r1",
        rule_version="1",
        deadline_hours=24.0,
        tried=(("r0", "area"),),
    )
    return Report(**(report | changed)), location, route
