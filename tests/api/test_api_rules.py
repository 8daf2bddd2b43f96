"""Who answers, over HTTP."""

from __future__ import annotations

from datetime import datetime

from starlette.testclient import TestClient

from tests.api.conftest import SOUTH, STEP, WEST

HERE = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2, "crs": "WGS84"}
LAMP = {"scheme": "hotline", "kind": "hotline", "category": "0101"}


def test_a_route_says_its_rule_its_steps_and_what_was_tried(client: TestClient) -> None:
    body = client.post("/v1/route", json=LAMP | HERE).json()
    route = body["route"]
    assert (route["department"], route["rule"], route["step"], route["deadline"]) == ("cg", "R-1", "duty", 24.0)
    assert route["tried"] == [["R-0", "route_tried_wider_category"]]
    assert route["steps"][-1]["why_text"] == "由此规则决定。"
    assert route["due_at"]
    assert body["location"]["grid"] == "990101001001001"
    by_grid = client.post("/v1/route", json=LAMP | {"grid": "990101001001001"}).json()
    assert by_grid["route"]["rule"] == "R-1"
    other = client.post("/v1/route", json=LAMP | HERE | {"category": "0201"}).json()["route"]
    assert (other["department"], other["step"], other["alarm"]) == ("jd", "fallback", "alarm_fallback")
    assert other["alarm_text"]


def test_what_cannot_be_asked_is_a_problem(client: TestClient) -> None:
    for body, code in (
        (LAMP, 422), (LAMP | HERE | {"grid": "x"}, 422), (LAMP | HERE | {"category": "9"}, 422),
        (LAMP | {"grid": "x"}, 404), (LAMP | HERE | {"at": "2026-01-01T00:00:00"}, 422), (LAMP | HERE | {"x": 1}, 422),
    ):  # fmt: skip
        answer = client.post("/v1/route", json=body)
        assert answer.status_code == code, (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_rules_in_force_are_listed(client: TestClient) -> None:
    body = client.get("/v1/rules", params={"as_of": "2026-01-01"}).json()
    assert [rule["id"] for rule in body["rules"]] == ["R-1", "R-0"]
    assert (body["version"], body["versions"], body["modes"]) == ("", [], [])
    assert client.get("/v1/rules", params={"as_of": "soon"}).status_code == 422


def test_a_stored_issue_is_asked_again(client: TestClient) -> None:
    issue = client.post("/v1/issues", json={"text": "灯不亮", **LAMP, **HERE}).json()
    assert issue["route"]["rule"] == "R-1"
    assert issue["route"]["steps"]
    again = client.get(f"/v1/issues/{issue['id']}/route", params={"as_of": "2025-03-01"}).json()
    assert (again["department"], again["rule"]) == ("cg", "R-1")
    due = (client.get(f"/v1/issues/{issue['id']}/route").json()["due_at"], issue["due_at"])
    assert datetime.fromisoformat(due[0]) == datetime.fromisoformat(due[1])
    assert client.get("/v1/issues/999999/route").status_code == 404
