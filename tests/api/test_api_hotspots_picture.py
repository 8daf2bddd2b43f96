"""The picture of hotspots over HTTP: what the public and readers get, and files that every program reads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
from fastapi.testclient import TestClient

from geo.api import create_app
from geo.model import Drawing
from geo.service import tiled
from geo.settings import read_settings
from tests.maps.hotspot_town import TODAY, add_run, hotspot_service, make_place, make_told

READER = {"Authorization": "Bearer reader-token-0123456789"}
QUESTION = {"until": TODAY.isoformat(), "period": "month", "step": 4}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("picture")
    (folder / "roles.toml").write_text(
        '[tokens.one]\ntoken = "reader-token-0123456789"\nrole = "reader"\n', encoding="utf-8"
    )
    service = hotspot_service(folder, make_told(500, seed=2), make_place(topic="=1+1"))
    add_run(service, category_name="=1+1")
    settings = read_settings(
        database_url=f"sqlite:///{folder / 'geo.db'}", lang="zh", actor="tester", roles=folder / "roles.toml"
    )
    with TestClient(create_app(settings, service)) as client:
        yield client


def get(client: TestClient, path: str, *, reader: bool = False, **more: Any) -> Any:
    answer = client.get(f"/v1/hotspots/{path}", params={**QUESTION, **more}, headers=READER if reader else {})
    assert answer.status_code == 200, answer.text
    return answer


def test_readers_are_told_what_the_public_is_not(client: TestClient) -> None:
    full, part = (get(client, "picture", reader=reader).json() for reader in (True, False))
    assert (full["public"], part["public"]) == (False, True)
    whole = full["details"][0]["observed"]
    shown = part["details"][0]["observed"]
    few = [n for n in whole if 0 < n < 5]
    assert few
    for n, told in zip(whole, shown, strict=True):
        assert told in (n, None)
        assert told is None or not 0 < n < 5
    assert get(client, "step").json() == part["details"][0]
    assert get(client, "step", reader=True).json() == full["details"][0]


def test_the_page_that_everybody_gets_is_the_public_one(client: TestClient) -> None:
    text = client.get("/maps/hotspots", params=QUESTION, headers=READER).text
    data = json.loads(text.split('id="page-data">')[1].split("</script>")[0])
    picture = get(client, "picture").json()
    assert {key: data["hotspots"][key] for key in picture} == picture


def test_a_large_place_has_a_page_that_asks_for_the_picture(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiled, "INLINE_VERTICES", 0)
    text = client.get("/maps/hotspots", params={**QUESTION, "category": "hotline/hotline/05"}).text
    late = json.loads(text.split('id="page-data">')[1].split("</script>")[0])["late"]
    assert late["module"] == "hotspots"
    assert "grids" not in text.split('id="page-data">')[1].split('"words"')[0]
    for reader in (False, True):
        data = client.get(late["from"], headers=READER if reader else {}).json()
        want = get(client, "picture", reader=reader, category="hotline/hotline/05").json()
        assert {key: data["hotspots"][key] for key in want} == want
        assert data["tiles"]["plan"] == want["plan"]
        assert not any(data["grids"]["rings"])
        assert len(data["grids"]["box"]) == len(data["grids"]["code"])
    assert client.get("/maps/data/hotspots", params={"until": "2027-01-01"}).status_code == 422


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    text = answer.content.decode("utf-8-sig")
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_files_say_what_the_page_says(client: TestClient, tmp_path: Path) -> None:
    told = get(client, "step").json()["observed"]
    rows = rows_of(get(client, "export.csv", lang="en"))
    assert [row["Incidents"] for row in rows] == ["" if n is None else str(n) for n in told]
    assert {row["First day"] for row in rows} == {"2026-05-01"}
    answer = get(client, "export.gpkg")
    assert "hotspots-2026-05-01.gpkg" in answer.headers["content-disposition"]
    path = tmp_path / "hotspots.gpkg"
    path.write_bytes(answer.content)
    layers = {name for name, _ in pyogrio.list_layers(path)}
    assert layers == {"hotspots", "clusters"}
    meta, _, shapes, fields = pyogrio.raw.read(path, layer="hotspots")
    column = fields[list(meta["fields"]).index("observed")]
    assert [None if np.isnan(n) else int(n) for n in column.astype(float)] == told
    assert len(shapes) == 12
    collection = get(client, "export.geojson").json()
    assert [feature["properties"]["observed"] for feature in collection["features"]] == told
    assert client.get("/v1/hotspots/export.xlsx").status_code == 422


def test_no_cell_of_a_file_is_a_formula(client: TestClient, tmp_path: Path) -> None:
    from tests.maps.town import town_drawing, town_service

    drawing = town_drawing()
    grids = tuple(replace(grid, name=sign + "1+1") for grid, sign in zip(drawing.grids, "=+-@" * 3, strict=True))
    service = town_service(tmp_path, drawing=Drawing(grids, drawing.units, drawing.crs, drawing.wishes))
    from datetime import date

    from geo.service.hotspot_page import Question, picture_of
    from geo.service.hotspot_page_export import export_picture
    from geo.service.plans import publish_plan

    publish_plan(service, 1, effective=date(2025, 1, 1), actor="t")
    data = export_picture(service, picture_of(service, Question()), 0, "csv", lang="en", public=True)
    names = [row["Grid"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    assert names == [f"'{sign}1+1" for sign in "=+-@" * 3]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"period": "year"}, 422), ({"until": "9999-12-31"}, 422), ({"until": "0001-01-01"}, 200), ({"step": 59}, 422),
        ({"denominator": "gold"}, 422), ({"category": "x"}, 422), ({"plan": "then", "until": "2020-01-01"}, 404),
        ({"category": "a/b/c", "department": "'; --"}, 200), ({"steps": 99}, 422),
    ],
)  # fmt: skip
def test_questions_are_answered_or_refused_by_name(client: TestClient, asked: dict[str, Any], status: int) -> None:
    asked = {"until": TODAY.isoformat(), **asked}
    for path in ("picture", "step", "clusters", "export.csv"):
        answer = client.get(f"/v1/hotspots/{path}", params=asked)
        wanted = 200 if path == "picture" and "step" in asked and asked["step"] == 59 else status
        assert answer.status_code in (status, wanted), (path, answer.text)
        if answer.status_code != 200:
            assert answer.json()["detail"]


def test_clusters_of_a_period_are_told_in_words(client: TestClient) -> None:
    found = get(client, "clusters", reader=True, lang="en").json()["clusters"]
    assert found
    assert f"{found[0]['observed']} in 31 days" in found[0]["sentence"]
    for cluster in get(client, "clusters", lang="en").json()["clusters"]:
        if cluster["hidden"]:
            assert cluster["observed"] is None
            assert cluster["p"] is None
