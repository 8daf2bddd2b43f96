"""Geocoding over HTTP: one text, many in kind, a point with words, an entry."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from geo.service.geocode_many import COLUMNS
from tests.api.conftest import SOUTH, STEP, WEST

GRID = "990101001001001"
TEXTS = ["晨光社区阳光小区路灯不亮", "", "你好", "喂" * 2000, "<script>alert(1)</script>"]


def test_one_text(client: TestClient) -> None:
    answer = client.get("/v1/geocode", params={"text": TEXTS[0]}).json()
    assert (answer["status"], answer["level"], answer["grid"]) == ("match", "compound", GRID)
    assert answer["names"] == ["测试区", "测试街道", "晨光社区", "晨光01"]
    assert [level["code"] for level in answer["levels"]] == answer["chain"]
    assert answer["candidates"][0]["id"] == "c1"
    spans = {span["kind"]: TEXTS[0][span["start"] : span["end"]] for span in answer["spans"]}
    assert spans["compound"].startswith("阳光")
    assert all(answer["versions"].values())
    assert answer["grids"] == [{"grid": GRID, "name": "晨光01", "share": 1.0}]


@pytest.mark.parametrize("text", TEXTS[1:], ids=range(1, len(TEXTS)))
def test_any_text_has_an_outcome(client: TestClient, text: str) -> None:
    answer = client.get("/v1/geocode", params={"text": text})
    assert answer.status_code == 200
    assert answer.json()["status"] == "none"
    assert answer.json()["note_text"]


def test_faults_are_sentences_of_the_language(client: TestClient) -> None:
    said = {
        lang: client.get("/v1/geocode?text=", headers={"Accept-Language": lang}).json()["faults"][0]["text"]
        for lang in ("zh", "en")
    }
    assert said == {"zh": "没有文字。", "en": "There is no text."}


def test_what_is_refused(client: TestClient) -> None:
    assert client.get("/v1/geocode").status_code == 422
    assert client.get("/v1/geocode", params={"text": "x" * 10_001}).status_code == 422
    unknown = client.get("/v1/geocode", params={"text": "x", "scope": "火星"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "geocode_scope_unknown")
    assert client.get("/v1/geocode?text=x&as_of=1999-01-01").status_code == 404
    assert client.post("/v1/geocode", content=b"x", headers={"content-type": "text/html"}).status_code == 415
    assert client.post("/v1/geocode", json={"texts": "x"}).status_code == 422
    many = client.post("/v1/geocode", json={"texts": [""] * 5_001})
    assert (many.status_code, many.json()["code"]) == (422, "geocode_too_many")
    for kind, body, code in (
        ("text/csv", b"a,b\n1,2\n", "geocode_no_column"),
        ("text/csv", b'text\n"x', "geocode_csv_broken"),
        ("text/csv", "text\n阳".encode("gb18030"), "geocode_no_utf8"),
    ):
        answer = client.post("/v1/geocode", content=body, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_many_texts_as_json(client: TestClient) -> None:
    answer = client.post("/v1/geocode", json={"texts": [*TEXTS, None], "scope": "晨光社区"}).json()
    assert [one and one["status"] for one in answer["results"]] == ["match", "none", "none", "none", "none", None]
    assert [(error["row"], error["code"]) for error in answer["errors"]] == [(6, "geocode_no_text")]


def test_many_texts_as_lines(client: TestClient) -> None:
    lines = [*({"id": k, "words": text} for k, text in enumerate(TEXTS)), {"words": 5}, {"other": 1}]
    body = "\n".join([*map(json.dumps, lines), "{"]).encode()
    kind = {"content-type": "application/x-ndjson"}
    answer = client.post("/v1/geocode?field=words", content=body, headers=kind)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    rows = [json.loads(line) for line in answer.text.split("\n") if line]
    assert [row.get("id") for row in rows[:5]] == [0, 1, 2, 3, 4]
    assert [row["geo_status"] for row in rows] == ["match", *["none"] * 4, "error", "none", "error"]
    assert rows[0]["geo_grid"] == GRID
    assert "words" in rows[5]["geo_faults"]


def test_many_texts_as_csv(client: TestClient) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("id", "text"), *enumerate(TEXTS), (7, "a", "b"), (8,)])
    answer = client.post("/v1/geocode", content=out.getvalue().encode(), headers={"content-type": "text/csv"})
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == ["id", "text", *COLUMNS]
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4", "7", "8"]
    assert [row[2] for row in rows] == ["match", *["none"] * 4, "error", "none"]
    assert rows[3][1] == TEXTS[3]


def test_a_point_with_words(client: TestClient) -> None:
    point = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2, "crs": "WGS84"}
    both = client.get("/v1/locate", params={**point, "text": "阳光小区"}).json()
    assert (both["grid"], both["method"]) == (GRID, "both")
    away = client.get(
        "/v1/locate", params={**point, "lat": SOUTH + 3.9 * STEP, "accuracy_m": 5, "text": "阳光小区"}
    ).json()
    assert (away["status"], away["note"], away["grid"]) == ("unlocated", "both_conflict", None)
    assert away["context"]["coordinate"]["grid"] == "990101001001003"
    assert "阳光小区" in away["note_text"]
    assert client.get("/v1/locate", params=point).json()["method"] == "coordinate"


def test_an_entry(client: TestClient) -> None:
    answer = client.get("/v1/gazetteer/c1").json()
    assert answer["entry"]["name"] == "阳光小区"
    assert answer["grids"] == [{"grid": GRID, "name": "晨光01", "share": 1.0}]
    missing = client.get(f"/v1/gazetteer/{quote('没有')}")
    assert (missing.status_code, missing.json()["code"]) == (404, "gazetteer_unknown_entry")
