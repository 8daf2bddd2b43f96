"""A served lattice: 4 × 4 units in 4 grids, published, with one area, one rule and an old town of entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from geo.api import create_app
from geo.model import Area, Category, Department, Drawing, Feature, Grid, Place, Rule, Staff, Units
from geo.service.context import Service
from geo.service.plans import publish_plan
from geo.settings import Settings, read_settings
from geo.wiring import build_service

WEST, SOUTH, STEP = 114.0, 33.0, 1 / 1024


def column(values: list[object]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def square(c: float, r: float, side: float = 1.0) -> shapely.Polygon:
    return shapely.box(WEST + c * STEP, SOUTH + r * STEP, WEST + (c + side) * STEP, SOUTH + (r + side) * STEP)


def drawing() -> Drawing:
    """Grids 001 (south-west), 002 (south-east), 003 (north-west), 004 (north-east) of 2 × 2 units each."""
    cells = [(c, r) for r in range(4) for c in range(4)]
    codes = [f"99010100100100{1 + c // 2 + 2 * (r // 2)}" for c, r in cells]
    units = Units(
        ids=column([f"u{c}{r}" for c, r in cells]),
        geometry=column([square(c, r) for c, r in cells]),
        weight=np.full(16, 25.0),
        crs="EPSG:4326",
        grid=column(list(codes)),
        parent=column(["990101001001"] * 16),
        weight_field="households",
    )
    grids = tuple(
        Grid(
            code=code,
            name=f"晨光{code[-2:]}",
            parent="990101001001",
            weight=100.0,
            units=4,
            geometry=shapely.coverage_union_all(units.geometry[[k for k, held in enumerate(codes) if held == code]]),
            colour=int(code[-1]),
            households=100,
            residents=250,
        )
        for code in sorted(set(codes))
    )
    return Drawing(grids=grids, units=units, crs="EPSG:4326", wishes={"tolerance": 0.05, "ideal": 100.0})


def place() -> Place:
    whole = square(0, 0, 4)
    return Place(
        code="990101",
        name="测试区",
        areas=(
            Area("990101", "测试区", "district", None, whole),
            Area("990101001", "测试街道", "street", "990101", whole),
            Area("990101001001", "晨光社区", "community", "990101001", whole),
        ),
        departments=(Department("cg", "城管局"), Department("jd", "测试街道办事处", area="990101001")),
        categories=(Category("hotline", "hotline", "0101", "路灯不亮"), Category("hotline", "hotline", "0201", "停车")),
        rules=(
            Rule("R-1", "hotline", "hotline", "01", "", "cg", deadline_hours=24),
            Rule("R-0", "", "", "", "", "jd", version="2"),
        ),
        staff=(Staff("990101001001001", "网格长", "李梅"), Staff("990101001001001", "网格员", None)),
        features=(Feature("building", "b1", "1号楼", "residential", square(0.2, 0.2, 0.3), 40, 100),),
        entries=(
            {
                "id": "c1", "kind": "compound", "name": "阳光小区", "town": "测试街道", "community": "晨光社区",
                "lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2,
            },
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("api")
    service = build_service(_settings(folder), create=True)
    service.store.save_place(place(), actor="tester")
    plan = service.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="tester")
    yield service
    service.store.close()


def _settings(folder: Path) -> Settings:
    return read_settings(database_url=f"sqlite:///{folder / 'geo.db'}", lang="zh", actor="tester")


@pytest.fixture(scope="module")
def client(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(_settings(tmp_path_factory.mktemp("app")), service)) as client:
        yield client
