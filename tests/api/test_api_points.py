"""The routes of one point: ahead of the framework and through it the same answers, by the same rules."""

from __future__ import annotations

import gzip
import itertools
from datetime import date

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.crs import from_wgs84
from geo.messages import say
from geo.service.context import Service
from geo.service.keeper import refresh
from geo.service.timetable import read_day
from tests.api.conftest import SOUTH, STEP, WEST

CODE = "99010100100100"
SECURITY = ("x-content-type-options", "referrer-policy", "content-security-policy")
NUMBERS = st.one_of(
    st.floats(-1, 5).map(lambda c: repr(WEST + c * STEP)),
    st.sampled_from(["33.0", "nan", "inf", "1e2", "-0", "1_0", " 1", "0x1", "", "181", "91", "-90", "+114", "١"]),
)


def hot_calls(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request was answered ahead of the framework."""
    calls: list[bool] = []
    real = client.app.hot.answer

    def watched(scope, *, explained):
        body = real(scope, explained=explained)
        calls.append(body is not None)
        return body

    monkeypatch.setattr(client.app.hot, "answer", watched)
    return calls


@settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    lon=NUMBERS,
    lat=st.one_of(st.floats(-1, 5).map(lambda r: repr(SOUTH + r * STEP)), NUMBERS),
    crs=st.sampled_from(["WGS84", "wgs-84", "GCJ-02", "BD-09", "EPSG:4490", "EPSG:4547", "Mars", ""]),
    as_of=st.sampled_from([None, "2024-01-01", "2030-05-05", "2023-12-31", "20240101", "2024-W01-1", "soon", ""]),
    lang=st.sampled_from([None, "zh", "en", "fr"]),
    path=st.sampled_from(["/v1/locate", "/v1/locate/explain"]),
)
def test_both_ways_give_the_same(client: TestClient, lon, lat, crs, as_of, lang, path) -> None:
    params = {"lon": lon, "lat": lat, "crs": crs, "as_of": as_of, "lang": lang}
    params = {name: value for name, value in params.items() if value is not None}
    for _ in range(2):  # the hot route learns how a system is written by the first request
        plain = client.get(path, params=params)
    typed = client.get(path, params={**params, "level": "grid"})
    assert plain.status_code == typed.status_code
    assert plain.json() == typed.json()
    for name in (*SECURITY, "content-type"):
        assert plain.headers[name] == typed.headers[name]


def test_plain_requests_do_not_reach_the_framework(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = hot_calls(client, monkeypatch)
    for crs, path in itertools.product(("WGS84", "GCJ-02"), ("/v1/locate", "/v1/locate/explain")):
        for _ in range(2):
            params = {"lon": WEST + STEP, "lat": SOUTH + STEP, "crs": crs, "as_of": "2025-01-01"}
            assert client.get(path, params=params).status_code == 200
        assert calls[-1]
    assert (
        client.get("/v1/locate", params={"lon": "114", "lat": "33", "crs": "WGS84", "level": "grid"}).status_code == 200
    )
    assert not calls[-1]


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/locate/explain", "/healthz", "/v1/plans", "/"])
def test_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    params = {"lon": WEST + STEP, "lat": SOUTH + STEP, "crs": "WGS84"} if "v1/locate" in path else {}
    got, head = client.get(path, params=params), client.head(path, params=params)
    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in (*SECURITY, "content-type")} == {
        name: got.headers[name] for name in (*SECURITY, "content-type")
    }
    if "v1/locate" in path:
        assert head.headers["content-length"] == got.headers["content-length"]
    assert client.head("/no/such/path").status_code == 404


def test_requests_are_counted_whichever_way(client: TestClient) -> None:
    def counted(method: str) -> float:
        line = f'geo_requests_total{{method="{method}",route="/v1/locate",status="200"}}'
        lines = [row for row in client.get("/metrics").text.splitlines() if row.startswith(line)]
        return float(lines[0].split()[-1]) if lines else 0.0

    params = {"lon": WEST + STEP, "lat": SOUTH + STEP, "crs": "WGS84"}
    client.get("/v1/locate", params=params)
    before, heads = counted("GET"), counted("HEAD")
    client.get("/v1/locate", params=params)
    client.get("/v1/locate", params={**params, "level": "grid"})
    client.head("/v1/locate", params=params)
    assert (counted("GET"), counted("HEAD")) == (before + 2, heads + 1)
    text = client.get("/metrics").text
    assert 'geo_request_seconds_bucket{le="+Inf",route="/v1/locate"}' in text


def test_reasons_are_told_in_the_readers_language(client: TestClient) -> None:
    def why(c: float, r: float, **more: object) -> str:
        params = {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP, "crs": "WGS84", **more}
        return " ".join(
            client.get("/v1/locate/explain", params=params, headers={"Accept-Language": "en"}).json()["why"]
        )

    inside = why(1, 1)
    assert "plan 1 “first”, in force from 2024-01-01" in inside
    assert "测试区 › 测试街道 › 晨光社区 › 晨光01" in inside
    assert "nothing was moved" in inside
    assert "GCJ-02 –" in inside  # half a kilometre off, outside this small net
    assert "belongs to the lowest code" in why(2, 2)
    assert "the nearest is 990101001001002" in why(5, 1)
    assert "moves" in why(1, 1, crs="GCJ-02")
    assert "plane coordinates" in why(0, 0, lon=500_000, lat=3_600_000, crs="EPSG:4547")
    assert "neighbouring grid is possible" in why(1.9, 1, accuracy_m=30)


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/locate/explain"])
def test_a_rounded_point_names_the_grids_it_may_lie_in(client: TestClient, path: str) -> None:
    # Four grids meet 200 m north-east of the corner of the net: three decimals cannot tell them apart.
    answer = client.get(path, params={"lon": "114.002", "lat": "33.002", "crs": "WGS84"}).json()
    assert answer["note"] == "coordinate_rounded_near"
    assert {row["grid"] for row in answer["context"]["candidates"]} == {f"{CODE}{k}" for k in (1, 2, 3, 4)}
    assert answer["note_text"] in answer.get("why", [answer["note_text"]])


def test_a_plan_that_is_not_in_memory_is_fetched(client: TestClient, service: Service) -> None:
    refresh(service)
    service.memory.nets._values.clear()
    params = {"lon": WEST + STEP, "lat": SOUTH + STEP, "crs": "WGS84", "as_of": "2024-02-29"}
    assert client.get("/v1/locate", params=params).json()["plan"] == 1
    assert client.get("/v1/locate", params={**params, "as_of": "2025-02-29"}).json()["code"] == "date_invalid"


def test_pages_are_compressed_and_answers_of_points_are_not(client: TestClient) -> None:
    with client.stream("GET", "/v1/plans/1/grids", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert b"FeatureCollection" in gzip.decompress(b"".join(answer.iter_raw()))
    params = {"lon": WEST + STEP, "lat": SOUTH + STEP, "crs": "WGS84"}
    assert "content-encoding" not in client.get("/v1/locate", params=params).headers


@given(day=st.dates())
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert read_day(day.isoformat()) == day


def test_exchanged_northing_and_degrees_in_a_projected_system_are_told(client: TestClient) -> None:
    x, y = (float(v[0]) for v in from_wgs84([WEST + STEP], [SOUTH + STEP], crs="EPSG:4547"))
    for (lon, lat), note in (((y, x), "outside_swapped"), ((WEST, SOUTH), "outside_degrees")):
        params = {"lon": lon, "lat": lat, "crs": "EPSG:4547"}
        answer = client.get("/v1/locate", params=params, headers={"Accept-Language": "en"}).json()
        assert (answer["status"], answer["note"]) == ("outside", note)
        assert answer["note_text"] == say(note, "en")
