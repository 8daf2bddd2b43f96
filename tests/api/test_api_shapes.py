"""POST /v1/locate/shape: lines and areas to grids, and what is refused."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import SOUTH, STEP, WEST

CODE = "99010100100100"


def place(c: float, r: float) -> list[float]:
    return [WEST + c * STEP, SOUTH + r * STEP]


def ask(client: TestClient, kind: str, coordinates: object, **more: object):
    body = {"geometry": {"type": kind, "coordinates": coordinates}, "crs": "WGS84", **more}
    return client.post("/v1/locate/shape", json=body, headers={"Accept-Language": "en"})


def test_a_closed_road_touches_two_grids_and_the_longer_part_leads(client: TestClient) -> None:
    answer = ask(client, "LineString", [place(0.5, 1), place(2.5, 1)]).json()
    assert [(row["grid"][-1], round(row["share"], 6)) for row in answer["shares"]] == [("1", 0.75), ("2", 0.25)]
    assert answer["lead"] == CODE + "1"
    assert answer["measure"] == "m"
    assert answer["amount"] == pytest.approx(2 * STEP * 93_454, rel=1e-3)  # metres of a degree at 33°
    assert answer["shares"][0]["chain"][0] == "990101"
    assert answer["contested"] == []


def test_a_flooded_block_that_reaches_outside(client: TestClient) -> None:
    ring = [place(3, 3), place(5, 3), place(5, 4), place(3, 4), place(3, 3)]
    answer = ask(client, "Polygon", [ring]).json()
    assert [(row["grid"], round(row["share"], 6)) for row in answer["shares"]] == [(CODE + "4", 0.5), (None, 0.5)]
    assert (answer["measure"], answer["lead"]) == ("m2", CODE + "4")
    assert answer["shares"][1]["name"] is None


def test_points_count(client: TestClient) -> None:
    answer = ask(client, "MultiPoint", [place(1, 1), place(2, 2), place(9, 9), place(0.5, 0.5)]).json()
    assert [(row["grid"], row["amount"]) for row in answer["shares"]] == [(CODE + "1", 3.0), (None, 1.0)]


@pytest.mark.parametrize(
    ("kind", "coordinates", "code"),
    [
        ("LineString", [[114.0]], "shape_not_geojson"),
        ("Nonsense", [], "shape_not_geojson"),
        ("LineString", [], "shape_empty"),
        ("LineString", [[33.0, 114.0], [33.1, 114.1]], "coordinate_swapped"),
        ("LineString", [[500_000, 3_400_000], [500_100, 3_400_000]], "coordinate_out_of_range"),
        ("Polygon", [[[114, 33], [115, 34], [115, 33], [114, 34], [114, 33]]], "shape_invalid"),
        ("MultiPoint", [[114.0, 33.0]] * 50_001, "shape_too_large"),
    ],
)
def test_what_cannot_be_shared_is_refused_with_its_reason(
    client: TestClient, kind: str, coordinates: object, code: str
) -> None:
    answer = ask(client, kind, coordinates)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]


def test_an_unknown_system_and_an_unknown_day_are_typed_errors(client: TestClient) -> None:
    line = [place(0, 0), place(1, 1)]
    assert ask(client, "LineString", line, crs="Mars").json()["code"] == "crs_unknown"
    answer = ask(client, "LineString", line, as_of="1999-01-01")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_plan_at_date")
    assert ask(client, "LineString", line, more=1).status_code == 422


def test_the_datum_is_undone(client: TestClient) -> None:
    from geo import crs

    x, y = crs.from_wgs84([place(0.5, 1)[0], place(2.5, 1)[0]], [place(0.5, 1)[1], place(2.5, 1)[1]], crs="GCJ-02")
    answer = ask(client, "LineString", [[x[0], y[0]], [x[1], y[1]]], crs="GCJ-02").json()
    assert [round(row["share"], 4) for row in answer["shares"]] == [0.75, 0.25]
