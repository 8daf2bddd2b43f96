"""Tiles over HTTP: what is known is not sent again, what is packed says so, what does not exist is refused."""

from __future__ import annotations

import gzip
import math

import mapbox_vector_tile
import numpy as np
import pytest
from fastapi.testclient import TestClient

from geo.service.context import Service
from geo.service.tiles import LAYERS
from geo.service.tiles_memory import Body
from tests.api.conftest import SOUTH, STEP, WEST, drawing


def path(layer: str, z: int = 12, lon: float = WEST + 2 * STEP, lat: float = SOUTH + 2 * STEP) -> str:
    side = 2**z
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)
    return f"/tiles/{layer}/{z}/{int((lon + 180) / 360 * side)}/{y}.mvt"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_tile_and_the_same_one_again(client: TestClient, layer: str) -> None:
    answer = client.get(path(layer))
    assert answer.status_code in (200, 204)
    tag = answer.headers["etag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = client.get(path(layer), headers={"If-None-Match": known})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
    assert client.get(path(layer), headers={"If-None-Match": '"another"'}).status_code == answer.status_code
    if answer.status_code == 200:
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert list(mapbox_vector_tile.decode(answer.content)) == [layer]


def test_nothing_is_204(client: TestClient) -> None:
    answer = client.get(path("grids", 12, 0.0, 0.0))
    assert answer.status_code == 204
    assert answer.content == b""


@pytest.mark.parametrize(("accepted", "packed"), [("gzip", True), ("br, gzip;q=0.5", True), ("identity", False)])
def test_packed_only_for_those_who_unpack(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, accepted: str, packed: bool
) -> None:
    data = np.random.default_rng(0).bytes(4000)
    monkeypatch.setattr(service.memory.tiles, "get", lambda key, make: Body(gzip.compress(data, mtime=0), True))
    with client.stream("GET", path("grids"), headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert (answer.headers.get("content-encoding") == "gzip") == packed
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert (gzip.decompress(raw) if packed else raw) == data


def test_tile_json_says_where_tiles_are(client: TestClient) -> None:
    for layer in LAYERS:
        said = client.get(f"/tiles/{layer}.json").json()
        assert said["tilejson"] == "3.0.0"
        assert [one["id"] for one in said["vector_layers"]] == [layer]
        url = said["tiles"][0].replace("{z}", "0").replace("{x}", "0").replace("{y}", "0")
        assert client.get(url).status_code in (200, 204)
    west, south, east, north = client.get("/tiles/grids.json").json()["bounds"]
    assert (west, south) == pytest.approx((WEST, SOUTH))
    assert (east, north) == pytest.approx((WEST + 4 * STEP, SOUTH + 4 * STEP))


def test_tiles_of_a_plan_by_its_number(client: TestClient) -> None:
    answer = client.get(path("grids") + "?plan=1")
    codes = {f["properties"]["code"] for f in mapbox_vector_tile.decode(answer.content)["grids"]["features"]}
    assert codes == {grid.code for grid in drawing().grids}
    assert client.get("/tiles/grids.json?plan=1").json()["tiles"][0].endswith("?plan=1")
    assert client.get(path("grids") + "?plan=99").status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("grids/30/0/0", 422), ("grids/31/0/0", 422), ("grids/1/2/0", 422), ("grids/-1/0/0", 422),
        ("grids/1/0/1.5", 422), ("grids/x/0/0", 422), ("roofs/1/0/0", 404), ("grids/0/0/99999999999", 422),
    ],
)  # fmt: skip
def test_what_does_not_exist(client: TestClient, address: str, status: int) -> None:
    answer = client.get(f"/tiles/{address}.mvt")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert client.get("/tiles/roofs.json").status_code == 404
