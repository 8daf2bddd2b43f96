"""Drafts over HTTP: who comes late gets 409 with what is new, and a plan comes of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

UNIT = 8  # u20, a unit of grid 1 beside grid 0


def step(http: TestClient, draft: int, actor: str = "li", **body: Any) -> Any:
    filled = {"client": f"c-{actor}-{body['revision']}-{body['op']}", **body}
    return http.post(f"/v1/drafts/{draft}/steps", json=filled, headers={"X-Geo-Actor": actor})


@pytest.fixture
def draft(client: TestClient) -> int:
    made = client.post("/v1/drafts", json={"plan": 1, "name": "草案"})
    assert made.status_code == 201
    assert made.headers["location"] == f"/v1/drafts/{made.json()['id']}"
    return int(made.json()["id"])


def test_steps_undo_and_a_conflict(client: TestClient, draft: int) -> None:
    name = quote("李强").encode().decode()
    moved = step(client, draft, revision=0, op="move", units=[UNIT], grid=0)
    assert moved.status_code == 200
    assert moved.json()["totals"]["grids"] == 4
    late = step(client, draft, "wang", revision=0, op="lock", grids=[2])
    assert late.status_code == 409
    body = late.json()
    assert body["code"] == "draft_moved_on"
    assert body["context"]["who"] == "li"
    assert body["draft"]["units"] == [[0, [UNIT]]]
    assert step(client, draft, "wang", revision=1, op="lock", grids=[2]).status_code == 200
    assert step(client, draft, revision=2, op="undo").json()["units"] == [[1, [UNIT]]]
    whole = client.get(f"/v1/drafts/{draft}", headers={"X-Geo-Actor": name}).json()
    assert whole["revision"] == 3
    assert len(whole["units"]) == 16
    assert client.get(f"/v1/drafts/{draft}?since=2").json()["units"] == [[1, [UNIT]]]


def test_a_chinese_name_acts(client: TestClient, draft: int) -> None:
    headers = {"X-Geo-Actor": "李强".encode()}
    body = {"revision": 0, "client": "chinese-1", "op": "lock", "grids": [1]}
    client.post(f"/v1/drafts/{draft}/steps", json=body, headers=headers)
    assert client.get(f"/v1/drafts/{draft}?since=0").json()["steps"][0]["by"] == "李强"


@pytest.mark.parametrize(
    "body",
    [
        {"revision": True, "op": "undo"},
        {"revision": "0", "op": "undo"},
        {"revision": 0, "op": "dance"},
        {"revision": 0, "op": "move", "units": [1.5], "grid": 0},
        {"revision": 0, "op": "move", "units": [-1], "grid": 0},
        {"revision": 0, "op": "rebalance", "grid": 0, "rings": 9},
        {"revision": 0, "op": "undo", "client": "<script>"},
        {"revision": 0, "op": "undo", "surprise": 1},
    ],
)
def test_nonsense_is_422(client: TestClient, draft: int, body: dict[str, Any]) -> None:
    assert step(client, draft, **body).status_code == 422
    assert client.get(f"/v1/drafts/{draft}").json()["revision"] == 0


def test_a_draft_becomes_a_plan_that_is_published(client: TestClient, draft: int) -> None:
    step(client, draft, revision=0, op="move", units=[UNIT], grid=0)
    made = client.post(f"/v1/drafts/{draft}/submit", json={"revision": 1, "name": "新版"}).json()
    assert (made["state"], made["name"]) == ("draft", "新版")
    closed = step(client, draft, revision=1, op="undo")
    assert (closed.status_code, closed.json()["code"]) == (409, "draft_submitted")
    done = client.post(f"/v1/plans/{made['id']}/publish", json={"effective": "2090-01-01"}).json()
    assert (done["state"], done["effective"]) == ("scheduled", "2090-01-01")
    assert client.get("/v1/drafts?plan=1").json()[0]["submitted"] == made["id"]
    assert client.get("/v1/drafts/99").status_code == 404
