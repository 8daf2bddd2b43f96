"""Themes over HTTP: frozen by a dispatcher, read by everybody, without small figures for the public."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from geo.api import create_app
from geo.model import Location, Report, Route
from geo.service.context import Service
from geo.settings import read_settings
from tests.api.conftest import SOUTH, STEP, WEST

GRID = "990101001001001"
JUNE = {"first": "2026-06-01", "last": "2026-06-30"}


@pytest.fixture(scope="module")
def served(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Twelve lamps in June and three in July, at doors of their own."""
    folder: Path = tmp_path_factory.mktemp("themes")
    roles = folder / "roles.toml"
    roles.write_text(
        "".join(f'[tokens.{role}]\ntoken = "{role * 3}-token"\nrole = "{role}"\n' for role in ("reader", "dispatcher")),
        encoding="utf-8",
    )
    rows = []
    for k in range(15):
        when = datetime(2026, 6, 3, 4, tzinfo=UTC) + timedelta(days=k if k < 12 else k + 30)
        lon, lat = WEST + STEP * 0.3 + k * 3e-5, SOUTH + STEP * 0.3
        report = Report("灯坏 </td><script>", "s", f"theme-{k}", when, "hotline", "hotline", "0101", lon, lat)
        rows.append((report, Location("located", grid=GRID, plan=1, lon=lon, lat=lat), Route(None, "")))
    service.store.save_issues(rows, actor="t")
    settings = read_settings(database_url=f"sqlite:///{folder / 'geo.db'}", lang="en", actor="t", roles=roles)
    early = replace(service, clock=lambda: datetime(2026, 8, 1, 4, tzinfo=UTC))
    with TestClient(create_app(settings, early)) as client:
        yield client


def of(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {role * 3}-token", "Accept-Language": "en"}


def test_a_theme_from_the_ranking_to_the_report(served: TestClient) -> None:
    (row,) = served.get("/v1/hotspots/themes/ranking", params=JUNE).json()["rows"]
    assert (row["code"], row["category"], row["incidents"], row["before"]) == (GRID, "0101", 12, 0)
    body = {"name": "路灯 <b>", "category": "0101", "places": [GRID], **JUNE}
    assert served.post("/v1/hotspots/themes", json=body).status_code == 403
    assert served.post("/v1/hotspots/themes", json=body, headers=of("reader")).status_code == 403
    made = served.post("/v1/hotspots/themes", json=body, headers=of("dispatcher"))
    assert made.status_code == 201
    theme = made.json()
    assert (theme["created_by"], len(theme["issues"]), theme["counted"]["incidents"]) == ("dispatcher", 12, 12)
    assert served.get(f"/v1/hotspots/themes/{theme['id']}", headers=of("reader")).json() == theme
    (public,) = served.get("/v1/hotspots/themes").json()
    assert (public["issues"], public["by_grid"], public["created_by"]) == ([], {}, "")

    asked = {"since": "2026-07-01"}
    path = f"/v1/hotspots/themes/{theme['id']}/report"
    report = served.get(path, params=asked, headers=of("reader")).json()
    assert (report["after"], report["by_grid"]) == (3, {GRID: [12, 3]})
    assert report["ratio"]["low"] < report["ratio"]["value"] < report["ratio"]["high"]
    assert report["against"] is None  # nothing happened anywhere else
    hidden = served.get(path, params=asked).json()
    assert (hidden["after"], hidden["ratio"], hidden["by_grid"]) == (None, None, {GRID: [None, None]}) or (
        hidden["after"], hidden["ratio"]) == (None, None)  # fmt: skip

    page = served.get(f"/maps/themes/{theme['id']}", headers=of("reader"))
    assert page.headers["content-type"].startswith("text/html")
    assert "路灯 &lt;b&gt;" in page.text
    assert "<script" not in page.text
    for role, told in (("reader", '<td class="n">12</td>'), ("", '<td class="n">12</td>')):
        listed = served.get("/maps/themes?lang=en", headers=of(role) if role else {})
        assert f'<a href="/maps/themes/{theme["id"]}?lang=en">路灯 &lt;b&gt;</a>' in listed.text
        assert told in listed.text
        assert "<script" not in listed.text


def test_what_is_asked_wrongly_is_a_problem(served: TestClient) -> None:
    for path, params, status in (
        ("/v1/hotspots/themes/9", {}, 404), ("/v1/hotspots/themes/9/report", {}, 404), ("/maps/themes/9", {}, 404),
        ("/v1/hotspots/themes/0", {}, 422), ("/v1/hotspots/themes/ranking", {"first": "2026-06-01"}, 422),
        ("/v1/hotspots/themes/ranking", {"order": "size"}, 422),
        ("/v1/hotspots/themes/ranking", {"first": "2026-06-01", "last": "2030-01-01"}, 422),
    ):  # fmt: skip
        assert served.get(path, params=params).status_code == status, (path, params)
    for change in ({"name": " "}, {"places": []}, {"places": ["x"]}, {"category": "09"}, {"extra": 1}):
        body = {"name": "n", "category": "0101", "places": [GRID], **JUNE, **change}
        assert served.post("/v1/hotspots/themes", json=body, headers=of("dispatcher")).status_code in (404, 422)
