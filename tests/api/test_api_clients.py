"""What clients of other programs want: origins of a browser, answers that have not changed, methods, slow bodies."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.api import create_app
from geo.api.middleware import LimitBody, Slow
from geo.errors import InvalidInput
from geo.service.context import Service
from geo.settings import read_settings
from tests.api.conftest import SOUTH, STEP, WEST, drawing

POINT = {"lon": WEST + STEP, "lat": SOUTH + STEP, "crs": "WGS84"}
BATCH = {"crs": "WGS84", "points": [[WEST + STEP, SOUTH + STEP]]}
PORTAL, OTHER = "https://portal.example.cn", "https://evil.example.com"


def run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: here a browser's loop may be running."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def shared(service: Service) -> Iterator[TestClient]:
    settings = read_settings(database_url="sqlite://", actor="tester", cors_origins=f"{PORTAL} http://localhost:5173")
    with TestClient(create_app(settings, service)) as client:
        yield client


def ask(client: TestClient, way: str, origin: str) -> Any:
    headers = {"Origin": origin}
    if way == "batch":
        return client.post("/v1/locate", json=BATCH, headers=headers)
    path, params = {
        "hot": ("/v1/locate", POINT),
        "typed": ("/v1/locate", {**POINT, "level": "grid"}),
        "fault": ("/v1/locate", {**POINT, "crs": "Mars"}),
        "plans": ("/v1/plans", {}),
        "tile": ("/tiles/grids/0/0/0.mvt", {}),
    }[way]
    return client.get(path, params=params, headers=headers)


@pytest.mark.parametrize("way", ["hot", "typed", "fault", "batch", "plans", "tile"])
def test_pages_of_listed_origins_may_read_and_no_others(client: TestClient, shared: TestClient, way: str) -> None:
    allowed = ask(shared, way, PORTAL)
    assert allowed.headers["access-control-allow-origin"] == PORTAL
    assert "Origin" in allowed.headers["vary"]
    assert "access-control-allow-credentials" not in allowed.headers
    assert allowed.status_code < 300 or way == "fault"
    for asked, origin in ((shared, OTHER), (shared, "null"), (client, PORTAL)):  # off unless the settings say so
        answer = ask(asked, way, origin)
        assert answer.status_code == allowed.status_code
        assert answer.content == allowed.content
        assert "access-control-allow-origin" not in answer.headers


def test_a_browser_asks_beforehand(client: TestClient, shared: TestClient) -> None:
    def preflight(asked: TestClient, origin: str, method: str = "POST", path: str = "/v1/locate") -> Any:
        headers = {
            "Origin": origin, "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type,authorization",
        }  # fmt: skip
        return asked.options(path, headers=headers)

    yes = preflight(shared, PORTAL)
    assert (yes.status_code, yes.headers["access-control-allow-origin"]) == (200, PORTAL)
    assert preflight(shared, OTHER).status_code == 400
    assert preflight(shared, PORTAL, "DELETE").status_code == 400
    for asked, path in ((client, "/v1/locate"), (shared, "/maps/issues")):  # pages are for their own origin
        assert "access-control-allow-origin" not in preflight(asked, PORTAL, path=path).headers


@pytest.mark.parametrize("origins", ["*", "null", "portal.example.cn", "https://a.cn/", "https://A.cn", "ftp://a.cn"])
def test_an_origin_that_no_browser_writes_is_refused(origins: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_settings(cors_origins=f"https://ok.example.cn {origins}")
    assert refused.value.context["name"] == "GEO_CORS_ORIGINS"
    assert origins in refused.value.message("en")


@pytest.mark.parametrize(
    "path",
    ["/v1/plans", "/v1/plans/1", "/v1/plans/1/grids", "/v1/plans/1/lineage", "/v1/grids/990101001001001", "/v1/rules",
     "/v1/categories?scheme=hotline", "/open311/v2/services.json"],
)  # fmt: skip
def test_what_has_not_changed_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for held in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "nosniff" in again.headers["x-content-type-options"]
    assert client.head(path, headers={"If-None-Match": tag}).status_code == 304
    for held in ('"other"', 'W/"other"', ""):
        other = client.get(path, headers={"If-None-Match": held})
        assert (other.status_code, other.content) == (200, first.content)


def test_a_draft_that_changed_is_sent_again(client: TestClient, service: Service) -> None:
    plan = service.store.save_plan(drawing(), name="draft", actor="tester")
    tags = {path: client.get(path).headers["etag"] for path in ("/v1/plans", f"/v1/plans/{plan.id}/grids")}
    assert tags[f"/v1/plans/{plan.id}/grids"] != client.get("/v1/plans/1/grids").headers["etag"]
    service.store.save_plan(drawing(), name="another", actor="tester")
    assert client.get("/v1/plans", headers={"If-None-Match": tags["/v1/plans"]}).status_code == 200


def test_faults_carry_no_tag(client: TestClient) -> None:
    missing = client.get("/v1/plans/999", headers={"If-None-Match": "*"})
    assert missing.status_code == 404
    assert "etag" not in missing.headers


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v1/locate", "GET, HEAD, POST, OPTIONS"), ("/v1/plans/1", "GET, HEAD, OPTIONS"), ("/v1/route", "POST, OPTIONS")],
)
def test_options_tells_what_a_path_takes(client: TestClient, path: str, methods: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", methods)
    assert client.options("/v1/nothing").status_code == 404


def test_a_body_that_does_not_go_on_is_given_up(client: TestClient) -> None:
    async def stuck(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass

    scope = {"type": "http", "method": "POST", "headers": []}
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> Any:
        for part in parts:
            return part
        return await asyncio.Event().wait()

    with pytest.raises(Slow):
        run(LimitBody(stuck, 100, {}, wait_s=0.01)(scope, receive, None))  # type: ignore[arg-type]


def test_a_whole_body_is_waited_on_as_long_as_the_answer_takes() -> None:
    told: list[str] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        told.append((await receive())["type"])  # who streams an answer listens whether the client is still there

    async def ask_both() -> None:
        gone = asyncio.Event()
        parts = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

        async def receive() -> Any:
            for part in parts:
                return part
            await gone.wait()
            return {"type": "http.disconnect"}

        door = LimitBody(slow, 100, {}, wait_s=0.01)
        task = asyncio.ensure_future(door({"type": "http", "method": "POST", "headers": []}, receive, None))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        gone.set()
        await task

    run(ask_both())
    assert told == ["http.disconnect"]


def test_a_slow_body_is_told_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(*_: object) -> None:
        raise Slow

    monkeypatch.setattr("starlette.requests.Request.body", late)
    answer = client.post("/v1/locate?lang=en", json=BATCH)
    assert (answer.status_code, answer.json()["code"], answer.headers["connection"]) == (408, "http_408", "close")
    assert "did not go on coming" in answer.json()["detail"]
