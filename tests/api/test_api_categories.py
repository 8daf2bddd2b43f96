"""Categories over HTTP: lists, details with the crosswalk, suggestions, and in the answer to a report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from geo.api import create_app
from geo.service.context import Service
from geo.settings import read_settings


def test_directories_are_listed(client: TestClient) -> None:
    body = client.get("/v1/categories", params={"scheme": "gbt47678.5-2026", "kind": "event", "parent": "06"}).json()
    assert len(body["categories"]) == 51
    assert all(row["certainty"] == "medium-high" and "未与标准原文核对" in row["source"] for row in body["categories"])
    assert "不代表符合" in body["note"]
    used = client.get("/v1/categories", params={"q": "停车", "lang": "en"}).json()
    assert [row["code"] for row in used["categories"] if row["in_use"]] == ["0201"]
    assert "no conformance" in used["note"]


def test_one_category_shows_what_corresponds(client: TestClient) -> None:
    body = client.get("/v1/categories/gbt30428.2-2013/event/04", headers={"accept-language": "en"}).json()
    assert body["name"] == "突发事件"
    none = [row for row in body["crosswalk"] if row["relation"] == "none"]
    assert none
    assert all(row["code"] is None and row["relation_text"] == "none" for row in none)
    assert ("event", "10002") in [(row["kind"], row["code"]) for row in body["crosswalk"]]
    missing = client.get("/v1/categories/gbt47678.5-2026/part/06010")
    assert missing.status_code == 404
    assert missing.json()["code"] == "category_missing"


def test_services_are_a_list_as_open311_wants_it(client: TestClient) -> None:
    rows = client.get("/open311/v2/services.json").json()
    assert {row["service_code"] for row in rows} == {"hotline/hotline/0101", "hotline/hotline/0201"}
    assert {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"} == set(rows[0])


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_text_gets_suggestions(client: TestClient, method: str) -> None:
    asked = {"text": "3号楼下路灯不亮，<b>危险</b>"}
    url = "/v1/categories/suggest"
    got = client.get(url, params=asked) if method == "get" else client.post(url, json=asked)
    assert got.status_code == 200
    body = got.json()
    assert (body["method"], body["accepted"], body["threshold"]) == ("terms", False, None)
    assert body["candidates"][0]["code"] == "0101"
    assert body["candidates"][0]["confidence"] is None
    reason = body["candidates"][0]["reasons"][0]
    assert asked["text"][reason["start"] : reason["end"]] == reason["words"]
    assert "geo categories train" in body["note_text"]


def test_a_report_without_a_category_is_answered_with_suggestions_and_stays_without(client: TestClient) -> None:
    report = {"text": "路灯不亮", "lon": 114.0005, "lat": 33.0005, "crs": "WGS84"}
    body = client.post("/v1/issues", json=report).json()
    assert body["category"] == ""
    assert body["suggestions"]["candidates"][0]["code"] == "0101"
    stored = client.get(f"/v1/issues/{body['id']}").json()
    assert (stored["category"], stored["suggestions"]) == ("", None)
    named = {**report, "scheme": "hotline", "kind": "hotline", "category": "0101"}
    assert client.post("/v1/issues", json=named).json()["suggestions"] is None


def test_a_broken_model_is_told_but_costs_no_report_its_answer(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(b"broken")
    settings = read_settings(database_url=f"sqlite:///{tmp_path / 'other.db'}", lang="zh", actor="tester")
    with TestClient(create_app(settings, replace(service, suggest_model=path))) as client:
        got = client.get("/v1/categories/suggest", params={"text": "路灯"})
        assert (got.status_code, got.json()["code"]) == (422, "suggest_model_bad")
        report = {"text": "路灯不亮", "lon": 114.0005, "lat": 33.0005, "crs": "WGS84"}
        answer = client.post("/v1/issues", json=report)
        assert (answer.status_code, answer.json()["suggestions"]) == (201, None)
