"""GET /v1/locate?level=micro: the micro-grid of a point, and what a client has to ask for."""

from __future__ import annotations

from datetime import date

import pytest
from fastapi.testclient import TestClient

from geo.service.context import Service
from geo.service.keeper import refresh
from geo.service.micro_store import import_micro
from tests.api.conftest import SOUTH, STEP, WEST
from tests.service.test_service_micro_store import HOUSES, TOWER, micro_gpkg


def point(c: float, r: float, **more: object) -> dict[str, object]:
    return {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP, "crs": "WGS84", **more}


@pytest.fixture(scope="module")
def asked(client: TestClient, service: Service, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    path = str(micro_gpkg(tmp_path_factory.mktemp("micro"), TOWER + HOUSES))
    import_micro(service, 1, path, effective=date(2025, 1, 1), actor="tester")
    refresh(service)  # the keeper of a server does it three times a second
    return client


def test_only_who_asks_gets_the_micro_grid(asked: TestClient) -> None:
    plain = asked.get("/v1/locate", params=point(2.1, 0.5)).json()
    assert plain["micro"] is None
    assert [level["level"] for level in plain["levels"]] == ["district", "street", "community", "base"]
    found = asked.get("/v1/locate", params=point(2.1, 0.5, level="micro")).json()
    assert found["micro"]["code"] == "990101001001002-01"
    assert found["micro"]["distance_m"] == pytest.approx(0, abs=0.01)
    assert found["levels"] == [*plain["levels"], {"level": "micro", "code": "990101001001002-01", "name": "晨光02-01"}]
    assert {key: value for key, value in found.items() if key not in ("micro", "levels")} == {
        key: value for key, value in plain.items() if key not in ("micro", "levels")
    }


def test_a_tower_asks_back_in_the_readers_language(asked: TestClient) -> None:
    found = asked.get("/v1/locate", params=point(0.5, 0.5, level="micro", lang="en")).json()["micro"]
    assert (found["code"], found["note"], len(found["candidates"])) == (None, "micro_several", 4)
    assert "4 micro-grids" in found["note_text"]
    narrowed = asked.get("/v1/locate", params=point(0.5, 0.5, level="micro", stairwell="2单元", floor=6)).json()
    assert narrowed["micro"]["code"] in {candidate["code"] for candidate in found["candidates"]}
    assert narrowed["micro"]["candidates"] == []


@pytest.mark.parametrize("wrong", [{"level": "house"}, {"level": "micro", "floor": "nan"}])
def test_bad_questions_are_refused(asked: TestClient, wrong: dict[str, object]) -> None:
    assert asked.get("/v1/locate", params=point(0.5, 0.5, **wrong)).status_code == 422


def test_outside_and_before_the_first_edition(asked: TestClient) -> None:
    outside = asked.get("/v1/locate", params=point(-1, 0, level="micro")).json()
    assert (outside["status"], outside["micro"]) == ("outside", None)
    early = asked.get("/v1/locate", params=point(2.1, 0.5, level="micro", as_of="2024-06-01", lang="zh")).json()
    assert early["micro"]["note"] == "micro_none_in_plan"
    assert "没有微网格" in early["micro"]["note_text"]


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/locate/explain"])
@pytest.mark.parametrize("more", [{"stairwell": "2单元"}, {"floor": 0}, {"floor": 6, "level": "grid"}])
def test_a_stairwell_or_a_floor_without_the_micro_grid_is_refused(
    asked: TestClient, path: str, more: dict[str, object]
) -> None:
    answer = asked.get(path, params=point(0.5, 0.5, **more))
    assert (answer.status_code, answer.json()["code"]) == (422, "micro_not_asked")
    assert answer.json()["context"] == {"name": next(iter(more))}
    assert "level=micro" in answer.json()["detail"]
