"""Hotspots over HTTP: listed, paged, one by one, and without figures of few incidents for the public."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from starlette.testclient import TestClient

from geo.model.hotspots import Hotspot, HotspotRun

MANY = Hotspot(
    "0501", "hotline", "hotline", "供暖温度不达标", "share", ("990101001001001",), "990101001001001",
    114.1, 34.3, 250.0,
    date(2026, 1, 1), date(2026, 1, 7), 12, 3.0, None, 9.5, 1e-4, 800.0, plan=1,
)  # fmt: skip
FEW = replace(MANY, category="0601", observed=4)
AGAIN = replace(MANY, known=1)


@pytest.fixture
def found(client: TestClient) -> TestClient:
    store = client.app.state.service.store  # type: ignore[attr-defined]
    store.save_hotspot_run(HotspotRun(date(2026, 1, 7), 1, "d", {}, {}, (MANY, FEW)), actor="t")
    store.save_hotspot_run(HotspotRun(date(2026, 1, 14), 1, "e", {}, {}, (AGAIN,)), actor="t")
    return client


def test_hotspots_are_listed_in_plain_words(found: TestClient) -> None:
    body = found.get("/v1/hotspots").json()
    assert [item["id"] for item in body["hotspots"]] == [1, 2]
    assert body["next"] is None
    one = body["hotspots"][0]
    assert one["sentence"] == "7 天内 12 件，通常 3 件；偶然出现约 800 天一次。"
    assert (one["observed"], one["as_of"], one["members"]) == (12, "2026-01-07", ["990101001001001"])
    english = found.get("/v1/hotspots/1", params={"lang": "en"}, headers={"Accept-Language": "en"}).json()
    assert english["sentence"].startswith("12 in 7 days where 3 were expected")
    assert english["names"]["990101001001001"]


def test_the_public_sees_no_figures_of_few_incidents(found: TestClient) -> None:
    few = found.get("/v1/hotspots/2").json()
    assert few["hidden"] is True
    assert [few[key] for key in ("observed", "expected", "relative_risk", "llr", "p", "recurrence_days")] == [None] * 6
    assert "4" not in few["sentence"]


def test_hotspots_are_filtered_and_paged(found: TestClient) -> None:
    def ids(**asked: str | int) -> list[int]:
        return [item["id"] for item in found.get("/v1/hotspots", params=asked).json()["hotspots"]]

    assert ids(alerts="false") == [1, 2, 3]
    assert ids(alerts="false", since="2026-01-08") == [3]
    assert ids(alerts="false", until="2026-01-13") == [1, 2]
    assert ids(category="06") == [2]
    assert found.get("/v1/hotspots", params={"limit": 1}).json()["next"] == 1
    assert ids(after=1) == [2]
    assert found.get("/v1/hotspots", params={"until": "9999-12-31"}).status_code == 200
    for asked in ({"since": "soon"}, {"limit": 0}, {"after": -1}):
        assert found.get("/v1/hotspots", params=asked).status_code == 422
    assert found.get("/v1/hotspots/99").status_code == 404
