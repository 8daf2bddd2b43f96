"""The typed routes of points have no framework around them: what it would do about faults they do themselves."""

from __future__ import annotations

import asyncio
import logging
import urllib.parse
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from geo.api.query import given_in
from geo.api.routes import locate
from geo.errors import StoreError
from geo.service.context import Service
from geo.service.keeper import refresh
from tests.api.conftest import SOUTH, STEP, WEST

POINT = {"lon": WEST + STEP, "lat": SOUTH + STEP, "crs": "WGS84"}
BATCH = {"crs": "WGS84", "points": [[WEST + STEP, SOUTH + STEP]]}


def run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: here a browser's loop may be running."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result()


@pytest.mark.parametrize("way", ["hot", "typed", "explain", "batch"])
def test_a_database_that_is_long_away_is_told(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreError("store_busy", where="x")

    def ask() -> Any:
        if way == "batch":
            return client.post("/v1/locate", json=BATCH)
        path = "/v1/locate/explain" if way == "explain" else "/v1/locate"
        return client.get(path, params=POINT | ({"level": "grid"} if way == "typed" else {}))

    refresh(service)
    monkeypatch.setattr(service.store, "timetable", away)
    assert ask().status_code == 200, "for a minute the known plans are good"
    service.memory.present = replace(service.memory.present, fresh_until=0.0)
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "store_busy")


@pytest.mark.parametrize("post", [False, True])
def test_what_nobody_foresaw_is_answered_logged_and_passed_on(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, post: bool
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(locate, "locate_batch" if post else "find_spot", broken)
    quiet = TestClient(client.app, raise_server_exceptions=False)
    with caplog.at_level(logging.ERROR):
        params = {**POINT, "level": "grid"}
        answer = quiet.post("/v1/locate", json=BATCH) if post else quiet.get("/v1/locate", params=params)
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "secret" not in answer.text
    assert any(record.exc_info for record in caplog.records)
    with pytest.raises(ZeroDivisionError):
        client.post("/v1/locate", json=BATCH) if post else client.get("/v1/locate", params=params)
    counted = client.get("/metrics").text
    assert f'method="{"POST" if post else "GET"}",route="/v1/locate",status="500"' in counted


def test_a_client_that_goes_away_in_the_middle_of_its_body_is_no_error(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/v1/locate", "raw_path": b"/v1/locate",
        "query_string": b"", "scheme": "http", "root_path": "", "server": ("test", 80), "client": ("test", 1),
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"1000")],
    }  # fmt: skip
    parts = iter([{"type": "http.request", "body": b'{"crs"', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(parts)

    async def send(_message: Any) -> None:
        return None

    run(client.app(scope, receive, send))
    assert not caplog.records
    assert 'method="POST",route="/v1/locate",status="499"' in client.get("/metrics").text


@given(st.lists(st.text("ab=&;lon1.-", max_size=8)).map("&".join))
def test_a_plain_query_is_read_as_by_the_library(query: str) -> None:
    assert given_in(query.encode()) == urllib.parse.parse_qsl(query, keep_blank_values=True)
