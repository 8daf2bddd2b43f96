"""The HTTP door: one grid for every point, problems as RFC 9457, the reader's language."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import SOUTH, STEP, WEST

CODE = "99010100100100"


def locate(client: TestClient, c: float, r: float, **more: object) -> dict:
    params = {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP, "crs": "WGS84", **more}
    answer = client.get("/v1/locate", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_inside_each_grid(client: TestClient) -> None:
    assert [locate(client, c, r)["grid"] for r in (1, 3) for c in (1, 3)] == [CODE + k for k in "1234"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(c=st.integers(0, 32), r=st.integers(0, 32))
def test_on_borders_the_lowest_code_wins(client: TestClient, c: int, r: int) -> None:
    column, row = c / 8, r / 8
    touching = [
        1 + k + 2 * m for m in (0, 1) for k in (0, 1) if 2 * k <= column <= 2 * k + 2 and 2 * m <= row <= 2 * m + 2
    ]
    assert locate(client, column, row)["grid"] == CODE + str(min(touching))


def test_chain_names_and_border(client: TestClient) -> None:
    answer = locate(client, 1, 1)
    assert answer["chain"] == ["990101", "990101001", "990101001001", CODE + "1"]
    assert answer["names"] == ["测试区", "测试街道", "晨光社区", "晨光01"]
    # One step is 1/1024 degree: 109 m north, 91 m east at this latitude.
    assert 85 < answer["border_m"] < 95


def test_outside_says_what_is_nearest(client: TestClient) -> None:
    answer = locate(client, 5, 1)
    assert answer["status"] == "outside"
    assert answer["grid"] is None
    assert answer["nearest_grid"] == CODE + "2"
    assert 85 < answer["nearest_m"] < 95
    assert answer["note_text"]


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"lon": 114, "lat": 33}, 422, "crs_required"),
        ({"lon": "x", "lat": 33, "crs": "WGS84"}, 422, "request_invalid"),
        ({"lon": "nan", "lat": 33, "crs": "WGS84"}, 422, "coordinate_not_finite"),
        ({"lon": 33, "lat": 114, "crs": "WGS84"}, 422, "coordinate_swapped"),
        ({"lon": 114, "lat": 33, "crs": "WGS84", "as_of": "2020-01-01"}, 404, "no_plan_at_date"),
        ({"lon": 114, "lat": 33, "crs": "WGS84", "as_of": "yesterday"}, 422, "date_invalid"),
    ],
)
def test_problems(client: TestClient, params: dict, status: int, code: str) -> None:
    answer = client.get("/v1/locate", params=params, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert {"type", "title", "detail"} <= set(body)


def test_unknown_crs_names_those_that_are_known(client: TestClient) -> None:
    answer = client.get("/v1/locate", params={"lon": 114, "lat": 33, "crs": "Mars"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "GCJ-02" in answer.json()["detail"]


def test_language_is_the_readers(client: TestClient) -> None:
    def detail(accept: str) -> str:
        params = {"lon": 114, "lat": 33, "crs": "WGS84", "as_of": "2020-01-01"}
        return client.get("/v1/locate", params=params, headers={"Accept-Language": accept}).json()["detail"]

    assert "没有生效" in detail("zh-CN,zh;q=0.9,en;q=0.8")
    assert "No plan" in detail("en-GB,en;q=0.9,zh;q=0.1")
    assert "No plan" in detail("zh;q=0.2, en")
    assert "没有生效" in detail("fr")


def test_batch_keeps_order_and_reasons(client: TestClient) -> None:
    body = {"crs": "WGS84", "points": [[WEST + STEP, SOUTH + STEP], [33.0, 114.0], [115.0, 33.0]]}
    answer = client.post("/v1/locate", json=body).json()
    assert answer["grid"] == [CODE + "1", None, None]
    assert answer["status"] == ["located", "error", "outside"]
    assert [error["row"] for error in answer["errors"]] == [2]


@pytest.mark.parametrize(
    "body",
    [
        {"crs": "WGS84"},
        {"crs": "WGS84", "lon": [1.0]},
        {"crs": "WGS84", "lon": [1.0], "lat": [1.0, 2.0]},
        {"crs": "WGS84", "points": [[1.0, 2.0]], "lon": [1.0], "lat": [1.0]},
        {"points": [[1.0, 2.0]]},
    ],
)
def test_batch_of_no_clear_shape(client: TestClient, body: dict) -> None:
    assert client.post("/v1/locate", json=body).status_code == 422


def test_report_is_located_routed_and_kept_once(client: TestClient) -> None:
    report = {
        "text": "<script>alert(1)</script> 路灯不亮", "lon": WEST + 3 * STEP, "lat": SOUTH + STEP, "crs": "WGS84",
        "scheme": "hotline", "kind": "hotline", "category": "0101", "source": "test", "source_id": "A1",
        "reporter_name": "王五", "reporter_phone": "13912345678",
    }  # fmt: skip
    first = client.post("/v1/issues", json=report)
    assert first.status_code == 201
    issue = first.json()
    assert issue["location"]["grid"] == CODE + "2"
    assert (issue["route"]["department"], issue["route"]["rule"]) == ("cg", "R-1")
    assert issue["due_at"] is not None
    assert issue["status"] == "to_dispatch"
    assert client.get(first.headers["location"]).json() == issue
    assert client.post("/v1/issues", json=report).status_code == 200
    for path in ("/v1/issues", f"/v1/issues/{issue['id']}", "/maps/issues"):
        text = client.get(path).text
        assert "13912345678" not in text
        assert "王五" not in text
    assert "<script>alert(1)" not in client.get("/maps/issues").text


def test_report_by_address(client: TestClient) -> None:
    answer = client.post("/v1/issues", json={"text": "楼道灯坏了", "address": "测试街道晨光社区阳光小区"})
    assert answer.status_code == 201
    assert answer.json()["location"]["grid"] == CODE + "1"
    assert answer.json()["location"]["method"] == "address"
    assert answer.json()["route"]["rule"] == "R-0"


def test_report_that_cannot_be_placed_waits_for_a_person(client: TestClient) -> None:
    answer = client.post("/v1/issues", json={"text": "你好"})
    assert answer.status_code == 201
    issue = answer.json()
    assert issue["location"]["status"] == "unlocated"
    assert issue["status"] == "to_confirm"
    assert issue["route"]["department"] is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lon": 114.0}, "report_half_coordinate"),
        ({"lon": 114.0, "lat": 33.0}, "crs_required"),
        ({"lon": 33.0, "lat": 114.0, "crs": "WGS84"}, "coordinate_swapped"),
        ({"category": "9999"}, "category_unknown"),
        ({"colour": "red"}, "request_invalid"),
    ],
)
def test_report_that_makes_no_sense_is_refused(client: TestClient, more: dict, code: str) -> None:
    before = len(client.get("/v1/issues", params={"limit": 1000}).json()["issues"])
    answer = client.post("/v1/issues", json={"text": "路灯", **more})
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert len(client.get("/v1/issues", params={"limit": 1000}).json()["issues"]) == before


def test_issues_come_in_pages(client: TestClient) -> None:
    for k in range(5):
        client.post("/v1/issues", json={"text": f"第 {k} 件", "source": "pages", "source_id": str(k)})
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = client.get("/v1/issues", params={"limit": 2, "after_id": after}).json()
        seen += [issue["id"] for issue in page["issues"]]
        after = page["next"]
    whole = client.get("/v1/issues", params={"limit": 1000}).json()["issues"]
    assert seen == [issue["id"] for issue in whole]
    assert len(seen) == len(set(seen)) >= 5


def test_grid_with_its_staff(client: TestClient) -> None:
    body = client.get(f"/v1/grids/{CODE}1").json()
    assert body["name"] == "晨光01"
    assert [(post["role"], post["vacant"]) for post in body["staff"]] == [("网格长", False), ("网格员", True)]
    assert client.get("/v1/grids/nowhere").status_code == 404


def test_operations(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    client.get("/no/such/path")
    text = client.get("/metrics").text
    assert 'route="/healthz"' in text
    assert "/no/such/path" not in text


def test_unknown_path_is_a_problem_too(client: TestClient) -> None:
    answer = client.get("/no/such/path")
    assert answer.status_code == 404
    assert answer.json()["code"] == "http_404"
    assert client.delete("/v1/plans").status_code == 405


@pytest.mark.parametrize("path", ["/tiles/grids/30/0/0.mvt", "/tiles/roofs/1/0/0.mvt", "/tiles/grids/1/2/0.mvt"])
def test_tiles_that_do_not_exist(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)
