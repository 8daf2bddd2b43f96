"""A local system of the deployment is a `crs` like any other over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from geo import crs
from geo.api import create_app
from geo.service.context import Service
from geo.settings import read_settings
from tests.api.conftest import SOUTH, STEP, WEST

LOCAL = {"base": "EPSG:4547", "kind": "similarity", "dx_m": -9e5, "dy_m": -4e6, "rotation_deg": 3.0, "scale": 0.9999}


@pytest.fixture
def local(service: Service, tmp_path: Path) -> Iterator[tuple[TestClient, str]]:
    systems = crs.read_systems({"本地 X": LOCAL}, source="local.toml")
    settings = read_settings(database_url=f"sqlite:///{tmp_path / 'geo.db'}", actor="tester")
    with TestClient(create_app(settings, replace(service, systems=systems))) as client:
        yield client, systems.resolve("本地 x")


def test_a_local_system_by_name_over_http(local: tuple[TestClient, str]) -> None:
    client, wkt = local
    lon, lat = WEST + 0.7 * STEP, SOUTH + 0.3 * STEP
    x, y = (float(value) for value in crs.from_wgs84(lon, lat, crs=wkt))
    want = client.get("/v1/locate", params={"lon": lon, "lat": lat, "crs": "WGS84"}).json()
    found = client.get("/v1/locate", params={"lon": x, "lat": y, "crs": "本地 X"})
    assert found.status_code == 200, found.text
    assert found.json()["grid"] == want["grid"] is not None
    batch = client.post("/v1/locate", json={"lon": [x], "lat": [y], "crs": "本地 x", "fields": ["grid"]})
    assert batch.status_code == 200, batch.text
    assert batch.json()["grid"] == [want["grid"]]
    refused = client.get("/v1/locate", params={"lon": x, "lat": y, "crs": "本地 Y"})
    assert refused.status_code == 422
