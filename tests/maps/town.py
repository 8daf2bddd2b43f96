"""A served town for the editor: 14 × 12 units in two communities of six grids, each two rows of seven units.

Unit (c, r) is the c-th from the west and the r-th from the south; ids sort by column, then row.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import shapely
import uvicorn

from geo.api import create_app
from geo.model import Area, Drawing, Feature, Grid, Place, Units
from geo.service.context import Service
from geo.settings import Settings, read_settings
from geo.wiring import build_service

COLUMNS, ROWS, HALF = 14, 12, 7
WEST, SOUTH, STEP = 114.0, 33.0, 1 / 512
COMMUNITIES = ("990101001001", "990101001002")
NAMES = ("柳溪", "望河")
WEIGHT = 30.0


def square(c: float, r: float, wide: float = 1.0, high: float = 1.0) -> shapely.Polygon:
    return shapely.box(WEST + c * STEP, SOUTH + r * STEP, WEST + (c + wide) * STEP, SOUTH + (r + high) * STEP)


def number(c: int, r: int) -> int:
    """The number that the editor knows a unit by."""
    return c * ROWS + r


def town_drawing() -> Drawing:
    cells = [(c, r) for c in range(COLUMNS) for r in range(ROWS)]
    codes = [f"{COMMUNITIES[c // HALF]}{r // 2 + 1:03d}" for c, r in cells]
    n = len(cells)
    geometry = np.empty(n, dtype=object)
    geometry[:] = [square(c, r) for c, r in cells]
    units = Units(
        ids=np.array([f"u{c:02d}{r:02d}" for c, r in cells], dtype=object),
        geometry=geometry,
        weight=np.full(n, WEIGHT),
        crs="EPSG:4326",
        grid=np.array(codes, dtype=object),
        parent=np.array([COMMUNITIES[c // HALF] for c, _ in cells], dtype=object),
        fields={"residents": np.full(n, 75.0)},
        weight_field="households",
    )
    grids = tuple(
        Grid(
            code=code,
            name=f"{NAMES[COMMUNITIES.index(code[:12])]}{code[-2:]}",
            parent=code[:12],
            weight=14 * WEIGHT,
            units=14,
            geometry=shapely.coverage_union_all(geometry[[k for k, held in enumerate(codes) if held == code]]),
            colour=k % 8,
            households=420,
            residents=1050,
        )
        for k, code in enumerate(sorted(set(codes)))
    )
    wishes = {"min": 300, "max": 500, "ideal": 420.0, "grids": 12}
    return Drawing(grids=grids, units=units, crs="EPSG:4326", wishes=wishes)


def town_place(name: str = "河湾区") -> Place:
    whole = square(0, 0, COLUMNS, ROWS)
    halves = [square(k * HALF, 0, HALF, ROWS) for k in range(2)]
    streets = {
        r: shapely.LineString([(WEST, SOUTH + r * STEP), (WEST + COLUMNS * STEP, SOUTH + r * STEP)]) for r in (0, 4, 8)
    }
    features = [Feature("road", f"r{r}", f"第{r}街", "local", line) for r, line in streets.items()]
    features += [
        Feature("building", f"b{c}{r}", f"{c}号楼", "residential", square(c + 0.3, r + 0.3, 0.4, 0.3), 30, 75)
        for c in range(COLUMNS)
        for r in range(ROWS)
    ]
    return Place(
        code="990101",
        name=name,
        areas=(
            Area("990101", name, "district", None, whole),
            Area("990101001", "河湾街道", "street", "990101", whole),
            *(
                Area(code, f"{short}社区", "community", "990101001", shape)
                for code, short, shape in zip(COMMUNITIES, NAMES, halves, strict=True)
            ),
        ),
        departments=(),
        categories=(),
        rules=(),
        staff=(),
        features=tuple(features),
        entries=(),
    )


def settings_in(folder: Path) -> Settings:
    return read_settings(database_url=f"sqlite:///{folder / 'geo.db'}", lang="zh", actor="tester")


def town_service(folder: Path, place: Place | None = None, drawing: Drawing | None = None) -> Service:
    """A service whose database holds the town and its plan 1, a draft plan."""
    service = build_service(settings_in(folder), create=True)
    service.store.save_place(place or town_place(), actor="tester")
    service.store.save_plan(drawing or town_drawing(), name="2024", actor="tester")
    return service


@contextmanager
def served(service: Service, folder: Path, settings: Settings | None = None) -> Iterator[str]:
    """The address of a server of its own, in a thread."""
    app = create_app(settings or settings_in(folder), service)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
