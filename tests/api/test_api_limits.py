"""What the HTTP door refuses to read, to write down and to follow."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from geo.api.problems import BODY_MOST_MB
from geo.service.context import Service
from tests.api.conftest import SOUTH, STEP, WEST

MEGABYTE = 1_000_000


def report(n: int) -> dict[str, object]:
    return {
        "text": "路灯",
        "lon": WEST + STEP,
        "lat": SOUTH + STEP,
        "crs": "WGS84",
        "source": "limits",
        "source_id": str(n),
    }


def chunks(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield b" " * MEGABYTE


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/issues"])
@pytest.mark.parametrize("announced", [True, False])
def test_body_that_is_too_large_is_refused(client: TestClient, path: str, announced: bool) -> None:
    body = b" " * (BODY_MOST_MB * MEGABYTE + 1) if announced else chunks(BODY_MOST_MB + 1)
    headers = {"Content-Type": "application/json", "Accept-Language": "en"}
    answer = client.post(path, content=body, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "http_413"
    assert f"{BODY_MOST_MB} MB" in answer.json()["detail"]


def test_body_at_the_limit_is_read(client: TestClient) -> None:
    body = b'{"crs": "WGS84", "lon": [114.0], "lat": [33.0]}'
    padded = body + b" " * (BODY_MOST_MB * MEGABYTE - len(body))
    headers = {"Content-Type": "application/json"}
    assert client.post("/v1/locate", content=padded, headers=headers).status_code == 200
    assert client.post("/v1/locate", content=iter([padded]), headers=headers).status_code == 200


def test_actor_may_be_chinese(client: TestClient, service: Service) -> None:
    name = "李梅"
    answer = client.post("/v1/issues", json=report(1), headers={"X-Geo-Actor": name.encode()})
    assert answer.status_code == 201
    assert service.store.get_journal(subject=f"issue:{answer.json()['id']}")[0]["actor"] == name


@pytest.mark.parametrize("name", [b"a\tb", "a\u2028b".encode(), "\u202eadmin".encode(), b"a\x85b"])
def test_actor_that_would_deceive_a_reader_is_refused(client: TestClient, name: bytes) -> None:
    answer = client.post("/v1/issues", json=report(2), headers={"X-Geo-Actor": name})
    assert answer.status_code == 422
    assert answer.json()["code"] == "actor_invalid"


@pytest.mark.parametrize("field", ["text", "address", "source_id", "reporter_name"])
@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"])
def test_text_that_no_database_holds_is_refused(client: TestClient, field: str, bad: str) -> None:
    body = json.dumps({**report(3), field: bad})  # ASCII: the escapes are what a client may send
    answer = client.post("/v1/issues", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "path",
    ["/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py", "/static/%2e%2e%2f%2e%2e%2fmodel.py"],
)
def test_static_files_end_at_their_folder(client: TestClient, path: str) -> None:
    assert client.get("/static/app/plan.js").status_code == 200
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "slip", "nearest"),
    [
        ("GET", "/v1/locate?lon=114&lat=33&crs=WGS84&acuracy_m=5", "acuracy_m", "accuracy_m"),
        ("GET", "/v1/locate/explain?lon=114&lat=33&crs=WGS84&asof=2024-01-01", "asof", "as_of"),
        ("POST", "/v1/locate?feilds=grid", "feilds", "fields"),
        ("GET", "/v1/geocode?text=a&tekst=b", "tekst", "text"),
        ("GET", "/v1/issues?limits=3", "limits", "limit"),
        ("GET", "/v1/hotspots/picture?perod=week", "perod", "period"),
    ],
)
def test_a_slip_in_the_name_of_a_parameter_is_not_passed_over(
    client: TestClient, method: str, path: str, slip: str, nearest: str
) -> None:
    answer = client.request(method, f"{path}&lang=en", json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"]) == (422, "query_unknown_near")
    assert f"'{slip}'; is {nearest} meant?" in answer.json()["detail"]


def test_a_parameter_that_is_like_no_other_is_told_which_there_are(client: TestClient) -> None:
    answer = client.get("/v1/plans?colour=red&lang=en")
    assert (answer.status_code, answer.json()["code"]) == (422, "query_unknown")
    assert "'colour'" in answer.json()["detail"]
    assert "lang" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/v1/locate?lon=114&lat=33&crs=WGS84&lon=115", "lon"),
        ("GET", "/v1/locate?lon=114.0021&lat=33.0021&crs=WGS84&crs=GCJ-02", "crs"),
        ("GET", "/v1/locate?lon=114.0021&lat=33.0021&crs=WGS84&lang=en&lang=zh", "lang"),
        ("GET", "/v1/locate?lon=114.0021&lat=33.0021&crs=WGS84&lon=114.0021", "lon"),
        ("GET", "/v1/locate/explain?lon=114.0021&lat=33.0021&crs=WGS84&c%72s=WGS84", "crs"),
        ("POST", "/v1/locate?lang=en&lang=en", "lang"),
        ("GET", "/v1/geocode?text=a&text=b", "text"),
        ("GET", "/v1/issues?limit=3&limit=4", "limit"),
    ],
)
def test_a_parameter_that_is_given_twice_is_not_chosen_from(
    client: TestClient, method: str, path: str, name: str
) -> None:
    body = {"crs": "WGS84", "points": []} if method == "POST" else None
    answer = client.request(method, path, json=body, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (422, "query_twice")
    assert answer.json()["context"] == {"name": name}


def test_a_parameter_that_is_given_twice_is_refused_in_an_arrow_query_too(client: TestClient) -> None:
    headers = {"Content-Type": "application/vnd.apache.arrow.stream"}
    answer = client.post("/v1/locate?crs=WGS84&fields=grid&fields=lon", content=b"", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "query_twice")


def test_a_page_takes_what_others_add_to_its_address(client: TestClient) -> None:
    assert client.get("/healthz?utm=1").status_code == 200


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/issues", "/v1/geocode"])
def test_compressed_bodies_are_refused_by_name(client: TestClient, path: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Accept-Language": "en"}
    answer = client.post(path, content=gzip.compress(b"{}"), headers=headers)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    assert "Content-Encoding: gzip" in answer.json()["detail"]
    plain = client.post(path, content=b"{}", headers={**headers, "Content-Encoding": "identity"})
    assert plain.status_code == 422


@pytest.mark.parametrize(
    ("path", "allow"),
    [("/v1/locate", "GET, HEAD, POST"), ("/v1/locate/explain", "GET, HEAD"), ("/v1/issues", "GET, HEAD, POST")],
)
def test_a_wrong_method_is_told_all_right_ones(client: TestClient, path: str, allow: str) -> None:
    answer = client.put(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
