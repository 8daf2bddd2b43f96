"""A small made-up place as views: 6 × 7 units in 9 grids in 2 communities, with a river, roads, buildings, issues.

::

    community 1 (columns 0–2)      community 2 (columns 3–6)
    +----+----+----+  +----+----+----+----+
    | g0 | g0 | g1 |  | g4 | g4 | g5 | g5 |   row 5 (north)
    ...
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import shapely

from geo.model import (
    Area,
    Category,
    Department,
    Feature,
    Grid,
    Issue,
    Location,
    Plan,
    Route,
    Units,
    Violation,
)
from geo.service.views import (
    Backdrop,
    CoverageView,
    GridCoverage,
    HotspotsView,
    IssuesView,
    PlanView,
)

LON0, LAT0 = 121.40, 31.20
STEP_X, STEP_Y = 0.0021, 0.0018  # about 200 m each way
COLUMNS, ROWS = 7, 6
SPLIT = 3  # first column of the second community
NOW = datetime(2026, 3, 18, 2, 31, tzinfo=UTC).astimezone(__import__("zoneinfo").ZoneInfo("Asia/Shanghai"))
# Rows of grid numbers, north first: units of one number are one grid.
PATTERN = (
    "0014455",
    "0014455",
    "2114466",
    "2233776",
    "2233778",
    "2233888",
)


def corner(i: int, j: int) -> tuple[float, float]:
    """A lattice corner, pushed a little so that lines are not straight."""
    push = np.sin(i * 1.7 + j * 0.9) * 0.12
    tilt = 0.06
    return LON0 + (i + push * 0.6 + tilt * j) * STEP_X, LAT0 + (j + push * 0.5 - tilt * i) * STEP_Y


def box(i: int, j: int) -> shapely.Polygon:
    return shapely.Polygon([corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)])


def make_units() -> Units:
    rng = np.random.default_rng(4)
    ids, shapes, grid, parent = [], [], [], []
    for j in range(ROWS):
        for i in range(COLUMNS):
            ids.append(f"u{j}{i}")
            shapes.append(box(i, j))
            grid.append(code_of(int(PATTERN[ROWS - 1 - j][i])))
            parent.append(parent_of(i))
    return Units(
        ids=np.array(ids, dtype=object),
        geometry=np.array(shapes, dtype=object),
        weight=rng.integers(50, 140, len(ids)).astype(float),
        crs="EPSG:4326",
        grid=np.array(grid, dtype=object),
        parent=np.array(parent, dtype=object),
        weight_field="households",
    )


def parent_of(column: int) -> str:
    return "990101001001" if column < SPLIT else "990101001002"


def code_of(k: int) -> str:
    return f"{'990101001001' if k < 4 else '990101001002'}{k % 4 + 1 if k < 4 else k - 3:03d}"


def make_grids(units: Units) -> tuple[Grid, ...]:
    colours = (0, 3, 5, 1, 6, 2, 7, 4, 0)
    grids = []
    for k in range(9):
        code = code_of(k)
        mine = units.grid == code
        name = f"{'柳溪' if k < 4 else '望河'}{int(code[-3:]):02d}"
        weight = float(units.weight[mine].sum())
        grids.append(
            Grid(
                code=code,
                name=name,
                parent=code[:12],
                weight=weight,
                units=int(mine.sum()),
                geometry=shapely.union_all(units.geometry[mine]),
                households=int(weight),
                residents=int(weight * 2.6),
                colour=colours[k],
            )
        )
    return tuple(grids)


def make_backdrop(units: Units, name: str = "晨光区") -> Backdrop:
    west = shapely.union_all(units.geometry[units.parent == "990101001001"])
    east = shapely.union_all(units.geometry[units.parent == "990101001002"])
    whole = shapely.union_all([west, east])
    areas = (
        Area("990101", name, "district", None, whole),
        Area("990101001", "清河街道", "street", "990101", whole),
        Area("990101001001", "柳溪社区", "community", "990101001", west),
        Area("990101001002", "望河社区", "community", "990101001", east),
    )
    return Backdrop(name=name, areas=areas, features=tuple(_features()))


def _features() -> list[Feature]:
    out: list[Feature] = []
    for i in range(COLUMNS + 1):
        kind = "arterial" if i in (0, SPLIT) else "secondary" if i % 2 else "local"
        line = shapely.LineString([corner(i, j) for j in range(ROWS + 1)])
        out.append(Feature("road", f"rv{i}", f"{'甲乙丙丁戊己庚辛'[i]}河路", kind, line))
    for j in range(ROWS + 1):
        kind = "arterial" if j == 3 else "local"
        line = shapely.LineString([corner(i, j) for i in range(COLUMNS + 1)])
        out.append(Feature("road", f"rh{j}", f"文{'一二三四五六七'[j]}街", kind, line))
    river = shapely.LineString([corner(-1, 5), corner(2, 4.4), corner(4, 4.7), corner(8, 3.6)]).buffer(0.0002)
    out.append(Feature("water", "w1", "清河", "river", river))
    out.append(Feature("rail", "t1", "", "rail", shapely.LineString([corner(-0.5, 0.5), corner(7.5, 0.9)])))
    out.append(Feature("landuse", "p1", "柳溪公园", "park", _inner(1, 3)))
    out.append(Feature("wall", "x1", "", "wall", shapely.boundary(_inner(4, 1))))
    for j in range(ROWS):
        for i in range(COLUMNS):
            if (i, j) == (1, 3):
                continue
            for b in range(6):
                x, y = corner(i + 0.18 + 0.27 * (b % 3), j + 0.25 + 0.4 * (b // 3))
                shape = shapely.box(x, y, x + STEP_X * 0.17, y + STEP_Y * 0.1)
                out.append(
                    Feature(
                        "building", f"b{j}{i}{b}", f"{b + 1}号楼", "residential", shape, households=16, residents=40
                    )
                )
    return out


def _inner(i: int, j: int) -> shapely.Polygon:
    return shapely.Polygon(
        [corner(i + 0.1, j + 0.1), corner(i + 0.9, j + 0.1), corner(i + 0.9, j + 0.9), corner(i + 0.1, j + 0.9)]
    )


def make_plan(units: Units, **changes: Any) -> Plan:
    plan = Plan(
        id=3,
        name="2026 年网格调整",
        state="active",
        revision=4,
        effective=date(2026, 3, 1),
        retired=None,
        grids=9,
        units=len(units),
        weight=float(units.weight.sum()),
        crs="EPSG:4326",
        created_at=NOW - timedelta(days=40),
        created_by="planner",
    )
    return replace(plan, **changes)


def make_plan_view(
    *, tolerance: float = 0.08, band: tuple[float, float] | None = None, issues: int = 0, name: str = ""
) -> PlanView:
    """The plan; of `issues` made-up issues it carries those that are open and placed."""
    units = make_units()
    grids = make_grids(units)
    deviation = np.empty(len(grids))
    for parent in {grid.parent for grid in grids}:
        mine = [k for k, grid in enumerate(grids) if grid.parent == parent]
        mean = np.mean([grids[k].weight for k in mine])
        deviation[mine] = [grids[k].weight / mean - 1 for k in mine]
    violations = (
        Violation(
            "grid_in_pieces",
            grids=(code_of(1),),
            units=("u12",),
            context={"grid": code_of(1), "pieces": 2, "count": 1, "unit": "u12"},
            at=corner(2.5, 4.5),
        ),
        Violation("grid_too_heavy", grids=(code_of(8),), context={"grid": code_of(8), "weight": 530.0, "max": 500.0}),
    )
    found = make_issues(grids, issues)
    return PlanView(
        plan=make_plan(units, **({"name": name} if name else {})),
        grids=grids,
        units=units,
        deviation=deviation,
        tolerance=tolerance,
        band=band,
        violations=violations,
        open_issues={code_of(0): 3, code_of(4): 11},
        backdrop=make_backdrop(units),
        issues=tuple(i for i in found if i.status != "closed" and i.location.status == "located"),
        now=NOW,
    )


DEPARTMENTS = (
    Department("D1", "城管清河中队", None, "990101001"),
    Department("D2", "柳溪社区居委会", None, "990101001001"),
    Department("D3", "市政路灯所"),
)
CATEGORIES = (
    Category("GB", "event", "0201", "暴露垃圾"),
    Category("GB", "part", "0103", "井盖缺损"),
    Category("HOT", "hotline", "W01", "物业停车"),
)
TEXTS = (
    "7 号楼东侧垃圾桶满溢三天未清，味道很大，请尽快处理。",
    "门前雨水井盖开裂，晚上看不见。",
    "小区门口车停得太满，消防车进不来。",
)


def make_issues(grids: tuple[Grid, ...], n: int = 60) -> tuple[Issue, ...]:
    rng = np.random.default_rng(7)
    statuses = ("to_confirm", "to_dispatch", "in_progress", "closed")
    out = []
    for k in range(n):
        grid = grids[int(rng.integers(len(grids)))]
        inside = grid.geometry.representative_point()
        lon, lat = inside.x + rng.normal(0, STEP_X * 0.3), inside.y + rng.normal(0, STEP_Y * 0.3)
        kind = int(rng.integers(3))
        status = statuses[k % 4]
        reported = NOW - timedelta(hours=float(rng.exponential(40)) + k * 0.2)
        unplaced = k % 17 == 16
        location = Location(
            status="unlocated" if unplaced else "located",
            grid=None if unplaced else grid.code,
            grid_name=None if unplaced else grid.name,
            chain=() if unplaced else ("990101", "990101001", grid.parent, grid.code),
            plan=3,
            lon=None if unplaced else float(lon),
            lat=None if unplaced else float(lat),
            crs="GCJ-02" if k % 2 else "WGS84",
            shift_m=512.3 if k % 2 else 0.0,
            border_m=None if unplaced else float(rng.uniform(2, 80)),
            method="address" if k % 5 == 4 else "coordinate",
            context={
                "outcome": "match",
                "confidence": 0.91,
                "explanation": "“东侧”未能定位",
                "candidates": [{"id": "c1", "name": "柳溪小区 7 号楼", "score": 0.91}],
            }
            if k % 5 == 4
            else {},
        )
        department = None if unplaced else DEPARTMENTS[kind]
        out.append(
            Issue(
                id=k + 1,
                text=TEXTS[kind],
                source="12345 热线",
                source_id=f"QH-{k:04d}",
                reported_at=reported,
                scheme=CATEGORIES[kind].scheme,
                kind=CATEGORIES[kind].kind,
                category=CATEGORIES[kind].code,
                category_name=CATEGORIES[kind].name,
                address=f"柳溪街 {k + 1} 号",
                status=status,
                location=location,
                route=Route(
                    department=department.code if department else None,
                    department_name=department.name if department else None,
                    with_departments=("D2",) if kind == 0 else (),
                    rule="R-12" if department else None,
                    rule_version="2" if department else None,
                    deadline_hours=48.0,
                    tried=(("R-12", "decided"), ("R-03", "wider")) if department else (),
                ),
                due_at=reported + timedelta(hours=48),
                closed_at=reported + timedelta(hours=20) if status == "closed" else None,
                accuracy_m=25.0 if k % 3 == 0 else None,
            )
        )
    return tuple(out)


def make_issues_view(n: int = 60) -> IssuesView:
    units = make_units()
    grids = make_grids(units)
    return IssuesView(
        plan=make_plan(units),
        grids=grids,
        issues=make_issues(grids, n),
        departments=DEPARTMENTS,
        categories=CATEGORIES,
        backdrop=make_backdrop(units),
        now=NOW,
    )


def make_coverage_view() -> CoverageView:
    units = make_units()
    grids = make_grids(units)
    rows = tuple(
        GridCoverage(
            grid=grid.code,
            households=grid.households or 0,
            residents=grid.residents or 0,
            buildings=24,
            vacant=("网格员",) if k % 4 == 1 else (),
            posts=3,
            span=None if k == 5 else (grid.households or 0) / (2 + k % 2),
            issues=7 * k,
            issues_per_1000_households=7000 * k / (grid.households or 1),
        )
        for k, grid in enumerate(grids)
    )
    lone = Feature("building", "b999", "孤楼", "residential", shapely.box(*corner(7.3, 2.2), *corner(7.5, 2.4)), 12, 30)
    return CoverageView(make_plan(units), grids, rows, (lone,), 12.0, 0.0, make_backdrop(units))


def make_hotspots_view() -> HotspotsView:
    """Two months: the first one even, in the second two grids elevated, one too small to judge and one withheld."""
    units = make_units()
    grids = make_grids(units)
    observed = [18, 61, 10, 20, 30, 46, 1, 9, 21]
    expected = [20.0, 18.0, 22.0, 19.0, 21.0, 20.0, 0.4, 23.0, 20.0]
    bytes_of = [[2] * 9, [2, 5 + 8, 0, 2, 3, 4 + 8, 6, 7, 2]]
    packed = base64.b64encode(bytes(bytes_of[0] + bytes_of[1])).decode()
    column = {
        name: [None] * 9 for name in ("ratio", "around_observed", "around_expected", "around_ratio", "low", "high")
    }
    detail = {
        **column, "step": 1, "observed": [None if n < 5 else n for n in observed], "expected": expected,
        "q": [0.001 if n > 40 else 1.0 for n in observed], "z": [0.5] * 9, "z_q": [1.0] * 9,
        "before": [18] * 9, "change": [None] * 9, "change_q": [1.0] * 9,
    }  # fmt: skip
    cluster = {
        "id": 3, "as_of": "2026-02-28", "plan": 1, "topic": "hotline/hotline/0501", "name": "供暖温度不达标",
        "sentence": "7 天内 12 件，通常 3 件；偶然出现约 800 天一次。", "rows": [1, 5],
        "grids": [grids[1].code, grids[5].code], "lon": 114.01, "lat": 33.01, "radius_m": 250, "shape": "circle",
        "first": "2026-02-20", "last": "2026-02-26",
        "hidden": False, "observed": 12, "expected": 3.0, "relative_risk": 4.2, "llr": 9.5, "p": 0.0001,
        "recurrence_days": 800,
    }  # fmt: skip
    total = {"observed": 216, "reports": 230, "hidden": 2, "without_grid": 0, "left_out": 0}
    question = {
        "category": "", "department": "", "period": "month", "steps": 12, "until": "2026-02-28",
        "denominator": "households", "plan": "now",
    }  # fmt: skip
    body = {
        "question": question, "public": True, "least": 5, "plan": 1, "plan_name": "2026", "alpha": 0.05,
        "breaks": [0.5, 0.8, 1.25, 2.0, 3.0], "days": [31, 28],
        "periods": [["2026-01-01", "2026-01-31"], ["2026-02-01", "2026-02-28"]],
        "classes": packed, "changes": packed, "patterns": None, "totals": [total, total],
        "per": ["households", [400] * 9], "details": [detail | {"step": 0}, detail], "clusters": [cluster],
        "choices": {
            "categories": [["hotline/hotline/0501", "供暖温度不达标", 0]], "departments": [["d1", "供热公司"]],
            "denominators": ["households", "past"],
        },
    }  # fmt: skip
    return HotspotsView(plan=make_plan(units), grids=grids, body=body, backdrop=make_backdrop(units))
