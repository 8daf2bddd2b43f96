"""A big place from a seed, straight into a database: a net of grids with streets and houses, and very many issues.

``python -m benchmarks._big_place FOLDER --grids 10000 --issues 1000000`` makes FOLDER/geo.db. Issues are written as
rows, without being located and routed one by one: pages and tiles ask where they lie, not how that was found.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks._coverages import coverage
from geo.model import Area, Category, Department, Drawing, Feature, Grid, Place, Staff, Units
from geo.settings import Settings, read_settings
from geo.wiring import build_service

_IN_COMMUNITY, _IN_STREET = 10, 10  # grids of a community, communities of a street
_STATES: Final = (("to_confirm", "to_confirm"), ("to_dispatch", "to_dispatch"), ("in_progress", "dispatched"))
_CHUNK: Final = 20_000
_CATEGORIES: Final = ("噪声扰民", "占道经营", "乱堆物料", "路面破损", "路灯不亮", "井盖缺失", "暴露垃圾", "违法停车")


def settings_of(folder: Path, **more: Any) -> Settings:
    """The settings of the database in `folder`."""
    return read_settings(database_url=f"sqlite:///{folder / 'geo.db'}", lang="zh", actor="bench", **more)


def make_big_place(folder: Path, *, grids: int, issues: int, open_share: float = 0.05, seed: int = 0) -> Path:
    """A database with a plan in force of `grids` grids, and issues of the last two years; returns its file."""
    file = folder / "geo.db"
    service = build_service(settings_of(folder), create=True)
    net = _grids(grids, seed)
    service.store.save_place(_place(net, np.random.default_rng(seed)), actor="bench")
    shapes = np.array([grid.geometry for grid in net], dtype=object)
    units = Units(
        ids=np.array([f"u{k:07d}" for k in range(len(net))], dtype=object),
        geometry=shapes,
        weight=np.array([grid.weight for grid in net]),
        crs="EPSG:4326",
        grid=np.array([grid.code for grid in net], dtype=object),
        parent=np.array([grid.parent for grid in net], dtype=object),
        weight_field="households",
    )
    drawing = Drawing(grids=net, units=units, crs="EPSG:4326", wishes={"tolerance": 0.2})
    plan = service.store.save_plan(drawing, name="全市网格", actor="bench")
    day = date(2024, 1, 1)
    service.store.publish_plan(plan.id, effective=day, lineage=[], predecessor=None, actor="bench", today=day)
    _write_issues(file, net, shapes, plan.id, issues, open_share, seed)
    return file


def _grids(count: int, seed: int) -> tuple[Grid, ...]:
    """Grids whose codes go along the net, so that those of a community lie together."""
    net = coverage(count, seed=seed)
    middle = shapely.get_coordinates(shapely.centroid(net.polygons))
    side = max(1, round((count / _IN_COMMUNITY) ** 0.5))
    low, high = middle.min(axis=0), middle.max(axis=0)
    rank = [np.argsort(np.argsort(middle[:, axis])) * side // count for axis in (0, 1)]
    community = rank[0] * side + rank[1]
    rng = np.random.default_rng([seed, 1])
    households = rng.integers(220, 420, count)
    grids, seen = [], dict[int, int]()
    for k in np.lexsort((middle[:, 0], community)).tolist():
        number = int(community[k])
        seen[number] = seen.get(number, 0) + 1
        parent = _community(number)
        grids.append(
            Grid(
                code=f"{parent}{seen[number]:03d}",
                name=f"{_name(number)}{seen[number]:02d}",
                parent=parent,
                weight=float(households[k]),
                units=1,
                geometry=net.polygons[k],
                households=int(households[k]),
                residents=int(households[k] * 2.6),
                colour=int((7 * (middle[k, 0] - low[0]) / (high[0] - low[0]) * 60 + k * 3) % 8),
            )
        )
    return tuple(sorted(grids, key=lambda grid: grid.code))


def _community(number: int) -> str:
    return f"3301{number // (_IN_STREET * 90) + 1:02d}{number // _IN_STREET % 90 + 1:03d}{number % _IN_STREET + 1:03d}"


def _name(number: int) -> str:
    first, second = "望柳青云江山春秋东西南北长安和平", "河溪岭桥湖塘坞园里苑庄埠港湾"
    return first[number % len(first)] + second[number // len(first) % len(second)]


def _place(grids: tuple[Grid, ...], rng: np.random.Generator) -> Place:
    members: dict[str, list[Any]] = {}
    for grid in grids:
        members.setdefault(grid.parent, []).append(grid.geometry)
    communities = {code: shapely.coverage_union_all(shapes) for code, shapes in members.items()}
    streets = _above(communities, 9)
    districts = _above(streets, 6)
    city = shapely.union_all(list(districts.values()))
    areas = [
        *(Area(code, f"第{code[-2:]}区", "district", None, shape) for code, shape in districts.items()),
        *(Area(code, f"{code[-3:]}街道", "street", code[:6], shape) for code, shape in streets.items()),
        *(
            Area(code, f"{_name(k)}社区", "community", code[:9], shape)
            for k, (code, shape) in enumerate(communities.items())
        ),
    ]
    return Place(
        code="330100",
        name="大城",
        areas=tuple(areas),
        departments=(Department("D1", "城管局"), Department("D2", "街道办")),
        categories=tuple(Category("bench", "event", f"{k:02d}", name) for k, name in enumerate(_CATEGORIES)),
        rules=(),
        staff=tuple(Staff(grid.code, "网格长", f"员{k}", None) for k, grid in enumerate(grids)),
        features=(*_streets(city, rng), *_houses(grids, rng)),
        entries=(),
    )


def _above(areas: dict[str, Any], digits: int) -> dict[str, Any]:
    parts: dict[str, list[Any]] = {}
    for code, shape in areas.items():
        parts.setdefault(code[:digits], []).append(shape)
    return {code: shapely.coverage_union_all(shapes) for code, shapes in parts.items()}


def _streets(city: Any, rng: np.random.Generator) -> Iterator[Feature]:
    west, south, east, north = city.bounds
    kinds = ("arterial", "local", "secondary", "local", "lane", "local")
    for axis, (low, high) in enumerate(((west, east), (south, north))):
        for k, at in enumerate(np.arange(low, high, 0.0018)):
            along = np.linspace(*((south, north) if axis == 0 else (west, east)), 400)
            off = at + 0.0005 * np.sin(along * 90 + rng.uniform(0, 6))
            line = shapely.LineString(np.column_stack((off, along) if axis == 0 else (along, off)))
            yield Feature("road", f"r{axis}{k}", f"{'纵横'[axis]}{k}路", kinds[k % 6], line)
    for k in range(6):
        x = np.linspace(west, east, 600)
        y = np.interp(x, np.linspace(west, east, 9), rng.uniform(south, north, 9))
        yield Feature(
            "water", f"w{k}", f"第{k + 1}河", "river", shapely.LineString(np.column_stack([x, y])).buffer(3e-4)
        )
    for k in range(60):
        at = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
        yield Feature("park", f"p{k}", f"{k + 1}号公园", "park", at.buffer(1.2e-3))
    rail = shapely.LineString([(west, south), (east, (south + north) / 2)])
    yield Feature("rail", "rail", "环线", "rail", rail)


def _houses(grids: tuple[Grid, ...], rng: np.random.Generator) -> Iterator[Feature]:
    for k, grid in enumerate(grids):
        x0, y0, x1, y1 = grid.geometry.bounds
        for i in range(8):
            x = x0 + (x1 - x0) * (0.2 + 0.2 * (i % 4)) + rng.normal(0, 1e-5)
            y = y0 + (y1 - y0) * (0.3 + 0.35 * (i // 4)) + rng.normal(0, 1e-5)
            shape = shapely.box(x, y, x + 3e-4, y + 1.2e-4)
            yield Feature("building", f"b{k}-{i}", f"{i + 1}号楼", "residential", shape, 40, 104)


def _write_issues(
    file: Path,
    grids: tuple[Grid, ...],
    shapes: NDArray[np.object_],
    plan: int,
    count: int,
    open_share: float,
    seed: int,
) -> None:
    rng = np.random.default_rng([seed, 2])
    # Few grids have most of the issues.
    home = np.minimum((rng.pareto(1.2, count) * len(grids) / 60).astype(int), len(grids) - 1)
    home = rng.permutation(len(grids))[home]
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    spread = np.sqrt(shapely.area(shapes)) / 6
    place = middle[home] + rng.normal(0, 1, (count, 2)) * spread[home, None]
    end = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    age = rng.integers(0, 730 * 86_400, count)
    is_open = rng.random(count) < open_share
    state, category = rng.integers(0, 3, count), rng.integers(0, len(_CATEGORIES), count)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    nothing, blank = json.dumps([]), json.dumps({})
    for first in range(0, count, _CHUNK):
        rows, cases, lines = [], [], []
        for k in range(first, min(first + _CHUNK, count)):
            grid, at = grids[home[k]], end - timedelta(seconds=int(age[k]))
            status, stage = _STATES[state[k]] if is_open[k] else ("closed", "closed")
            lon, lat = place[k].tolist()
            told = f"{at:%Y-%m-%d %H:%M:%S}.000000"
            due = f"{end + timedelta(seconds=int(age[k]) % 400_000 - 100_000):%Y-%m-%d %H:%M:%S}.000000"
            rows.append((
                k + 1, f"{_CATEGORIES[category[k]]} {k}", "bench", str(k), told, "bench", "event", f"{category[k]:02d}",
                status, due, None if is_open[k] else told, "located", grid.code, grid.name,
                json.dumps([grid.code[:6], grid.code[:9], grid.parent, grid.code]), plan, lon, lat, "WGS84", 0.0,
                "coordinate", "", blank, shapely.to_wkb(shapely.Point(lon, lat)), "D1", "城管局", nothing, nothing, "",
            ))  # fmt: skip
            queue = "ambiguous" if status == "to_confirm" else None
            cases.append((k + 1, 1, stage, queue, "", grid.parent, due, 0, 0, blank))
            lines.append((k + 1, 1, told, "bench", "received", 1, blank, f"{k:064x}"))
        connection.executemany(
            "INSERT INTO issue (id, text, source, source_id, reported_at, scheme, kind, category, status, due_at,"
            " closed_at, location_status, grid, grid_name, chain, plan_id, lon, lat, crs, shift_m, method, note,"
            " context, geom, department, department_name, with_departments, tried, route_note)"
            f" VALUES ({', '.join('?' * 29)})",
            rows,
        )
        connection.executemany(
            "INSERT INTO issue_case (issue_id, revision, state, queue, reason, community, act_by, extensions,"
            f" reopened, private) VALUES ({', '.join('?' * 10)})",
            cases,
        )
        connection.executemany(
            "INSERT INTO case_log (issue_id, position, at, actor, action, revision, detail, digest)"
            f" VALUES ({', '.join('?' * 8)})",
            lines,
        )
        connection.commit()
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--grids", type=int, default=10_000)
    parser.add_argument("--issues", type=int, default=1_000_000)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    print(make_big_place(chosen.folder, grids=chosen.grids, issues=chosen.issues))


if __name__ == "__main__":
    main()
