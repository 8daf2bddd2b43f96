"""The whole loop on the sample place, with a quarter of its issues: import, publish, locate, report, map."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from geo.api import create_app
from geo.service.context import Service
from geo.service.demo import DemoFiles, run_demo
from geo.service.rules import rules_in_force
from geo.settings import read_settings
from geo.store import upgrade
from geo.wiring import build_service, shipped_place


@dataclass
class Journey:
    service: Service
    client: TestClient
    folder: Path
    place: Path
    told: list[str]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def journey(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    folder = tmp_path_factory.mktemp("journey")
    place = thinned(folder / "place", every=4)
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield from travel(f"sqlite:///{folder / 'geo.db'}", folder, place)
        else:
            url = stack.enter_context(request.getfixturevalue("postgis_server").database("empty"))
            upgrade(url)
            yield from travel(url, folder, place)


def thinned(folder: Path, *, every: int) -> Path:
    """The sample place with every fourth issue or so: what an issue meets does not depend on how many there are.

    All of them go through `test_service_cases.py`, and through the demo that `make smoke` runs.
    """
    shutil.copytree(shipped_place(), folder)
    path = folder / "issues.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([header, *rows[::every]]), encoding="utf-8")
    return folder


def travel(url: str, folder: Path, place: Path) -> Iterator[Journey]:
    settings = read_settings(database_url=url, lang="zh", actor="tester")
    service = build_service(settings, create=True)
    told: list[str] = []
    run_demo(
        service,
        DemoFiles(place=place, folder=folder / "demo"),
        actor="tester",
        tell=lambda key, values: told.append(key),
    )
    with TestClient(create_app(settings, service)) as client:
        yield Journey(service, client, folder, place, told)
    service.store.close()


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    side = 2**z
    phi = math.radians(lat)
    return z, int((lon + 180) / 360 * side), int((1 - math.asinh(math.tan(phi)) / math.pi) / 2 * side)


def in_force(journey: Journey) -> Any:
    """The plan in force; a test that ran before may have left a draft beside it."""
    return next(plan for plan in journey.client.get("/v1/plans").json() if plan["state"] == "active")


def test_every_step_is_told(journey: Journey) -> None:
    assert journey.told == [
        "demo_place",
        "demo_old_plan",
        "demo_units",
        "demo_partition",
        "demo_published",
        "demo_issues",
    ]


def test_plan_in_force_is_balanced_and_covers_the_district(journey: Journey) -> None:
    published = [plan for plan in journey.client.get("/v1/plans").json() if plan["state"] != "draft"]
    assert [plan["state"] for plan in published] == ["active", "retired"]
    grids = journey.client.get(f"/v1/plans/{published[0]['id']}/grids").json()["features"]
    assert all(300 <= grid["properties"]["weight"] <= 500 for grid in grids)
    assert len({grid["id"] for grid in grids}) == len(grids) == published[0]["grids"]
    shapes = [shapely.geometry.shape(grid["geometry"]) for grid in grids]
    assert shapely.coverage_is_valid(shapes)


def test_a_point_in_each_grid_is_located_in_it(journey: Journey) -> None:
    plan = in_force(journey)
    grids = journey.client.get(f"/v1/plans/{plan['id']}/grids").json()["features"]
    inside = [shapely.point_on_surface(shapely.geometry.shape(grid["geometry"])) for grid in grids]
    body = {"crs": "WGS84", "lon": [p.x for p in inside], "lat": [p.y for p in inside]}
    answer = journey.client.post("/v1/locate", json=body).json()
    assert answer["grid"] == [grid["id"] for grid in grids]
    assert answer["errors"] == []


def test_a_gcj_point_moves_and_lands_in_the_same_grid(journey: Journey) -> None:
    from geo.crs import from_wgs84

    plan = in_force(journey)
    grid = journey.client.get(f"/v1/plans/{plan['id']}/grids").json()["features"][0]
    inside = shapely.point_on_surface(shapely.geometry.shape(grid["geometry"]))
    lon, lat = from_wgs84([inside.x], [inside.y], crs="GCJ-02")[:2]
    answer = journey.client.get("/v1/locate", params={"lon": lon[0], "lat": lat[0], "crs": "GCJ-02"}).json()
    assert answer["grid"] == grid["id"]
    assert 100 < answer["shift_m"] < 1000
    assert len(answer["chain"]) == 4
    assert answer["chain"][-1] == grid["id"]


def test_the_old_plan_answers_for_its_own_time(journey: Journey) -> None:
    plan = in_force(journey)
    grid = journey.client.get(f"/v1/plans/{plan['id']}/grids").json()["features"][0]
    inside = shapely.point_on_surface(shapely.geometry.shape(grid["geometry"]))
    params = {"lon": inside.x, "lat": inside.y, "crs": "WGS84"}
    then = journey.client.get("/v1/locate", params={**params, "as_of": "2023-05-01"}).json()
    now = journey.client.get("/v1/locate", params=params).json()
    assert then["plan"] != now["plan"] == plan["id"]
    before = journey.client.get("/v1/locate", params={**params, "as_of": "2001-01-01"})
    assert before.status_code == 404
    assert before.json()["code"] == "no_plan_at_date"


def test_a_report_finds_its_grid_and_department_once(journey: Journey) -> None:
    plan = in_force(journey)
    grid = journey.client.get(f"/v1/plans/{plan['id']}/grids").json()["features"][3]
    inside = shapely.point_on_surface(shapely.geometry.shape(grid["geometry"]))
    rules = rules_in_force(journey.service).index.rule_set.rules
    rule = next(rule for rule in rules if rule.category)
    report = {
        "text": "路灯不亮",
        "lon": inside.x,
        "lat": inside.y,
        "crs": "WGS84",
        "scheme": rule.scheme,
        "kind": rule.kind,
        "category": next(
            c.code
            for c in journey.service.store.get_place().categories
            if c.scheme == rule.scheme and c.kind == rule.kind and c.code.startswith(rule.category)
        ),
        "source": "test",
        "source_id": "journey-1",
        "reporter_phone": "13800000000",
    }
    first = journey.client.post("/v1/issues", json=report, headers={"X-Geo-Actor": "tester"})
    assert first.status_code == 201
    issue = first.json()
    assert issue["location"]["grid"] == grid["id"]
    assert issue["route"]["department"]
    assert issue["route"]["rule"]
    assert "13800000000" not in first.text
    again = journey.client.post("/v1/issues", json=report)
    assert again.status_code == 200
    assert again.json()["id"] == issue["id"]
    listed = journey.client.get("/v1/issues", params={"grid": grid["id"], "limit": 1000}).json()["issues"]
    assert issue["id"] in [row["id"] for row in listed]


def test_every_issue_of_the_file_is_accounted_for(journey: Journey) -> None:
    from geo.service.issues import read_issue_file

    path = journey.place / "issues.csv"
    rows = len(path.read_text(encoding="utf-8-sig").splitlines()) - 1
    again = read_issue_file(journey.service, path, columns={}, crs=None, source=None, actor="tester")
    assert again.rows == rows
    assert again.added == 0
    assert again.located + again.outside + again.rejected.total() == rows
    assert again.located > 0.9 * rows


@pytest.mark.parametrize("path", ["/", "/maps/issues", "/maps/coverage", "/maps/hotspots"])
def test_each_page_is_served_with_its_policy(journey: Journey, path: str) -> None:
    answer = journey.client.get(path, headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "晨光区" in answer.text
    assert "13800000000" not in answer.text


def test_tiles_hold_the_grids(journey: Journey) -> None:
    import mapbox_vector_tile

    plan = in_force(journey)
    grids = journey.client.get(f"/v1/plans/{plan['id']}/grids").json()["features"]
    shapes = [shapely.geometry.shape(grid["geometry"]) for grid in grids]
    west, south, east, north = shapely.total_bounds(shapes)
    z, x, y = tile_of((west + east) / 2, (south + north) / 2, 14)
    answer = journey.client.get(f"/tiles/grids/{z}/{x}/{y}.mvt")
    assert answer.status_code == 200
    layer = mapbox_vector_tile.decode(answer.content)["grids"]
    codes = {feature["properties"]["code"] for feature in layer["features"]}
    assert codes
    assert codes <= {grid["id"] for grid in grids}
    again = journey.client.get(f"/tiles/grids/{z}/{x}/{y}.mvt", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_lineage_adds_up(journey: Journey) -> None:
    plan = in_force(journey)
    rows = journey.client.get(f"/v1/plans/{plan['id']}/lineage").json()
    assert sum(row["weight"] for row in rows) == pytest.approx(plan["weight"])
    assert {row["to"] for row in rows} == {
        grid["id"] for grid in journey.client.get(f"/v1/plans/{plan['id']}/grids").json()["features"]
    }


def test_publishing_into_the_past_is_a_conflict(journey: Journey) -> None:
    from geo.errors import Conflict
    from geo.service import plans

    path = journey.folder / "demo" / "plan.gpkg"
    draft = plans.import_plan(journey.service, path, name="late", actor="tester").plan
    yesterday = date.today() - timedelta(days=1)
    with pytest.raises(Conflict):
        plans.publish_plan(journey.service, draft.id, effective=yesterday, actor="tester")
    assert journey.service.store.get_plan(draft.id, today=date.today()).state == "draft"
