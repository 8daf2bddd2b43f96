"""What stands in a page: structure, data, language, size, the same bytes each time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import NotFound
from geo.maps import FoliumPages, document
from geo.maps.coverage_data import deviation_breaks
from geo.maps.folium_map import SheetMap, render
from geo.model import Violation
from tests.maps.maps_views import (
    code_of,
    make_coverage_view,
    make_issues_view,
    make_plan_view,
)


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_served_pages_load_only_from_static(pages: FoliumPages) -> None:
    html = pages.plan(make_plan_view(), lang="zh", standalone=False)
    links = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert "/static/vendor/leaflet/leaflet.js" in links
    assert "/static/app/plan.js" in links
    assert all(link.startswith(("/", "#", "?", "data:")) and not link.startswith("//") for link in links)
    assert not re.search(r"bootstrap|jquery|font-?awesome|awesome-markers", html, re.IGNORECASE)
    assert "user-scalable" not in html
    assert html.startswith('<!DOCTYPE html>\n<html lang="zh-CN">')


def test_standalone_pages_load_nothing(pages: FoliumPages) -> None:
    html = pages.issues(make_issues_view(), lang="en", standalone=True)
    head = html.partition('id="page-data"')[0]
    assert re.findall(r'<(?:script|img|link)[^>]*\ssrc="', head) == []
    assert re.findall(r'href="/', html) == []
    assert '<html lang="en">' in html
    assert "default-src 'none'" in html


def test_the_same_view_gives_the_same_bytes(pages: FoliumPages) -> None:
    for standalone in (False, True):
        first = pages.plan(make_plan_view(), lang="zh", standalone=standalone)
        assert first == pages.plan(make_plan_view(), lang="zh", standalone=standalone)


def test_nav_marks_the_page_and_words_are_of_the_language(pages: FoliumPages) -> None:
    html = pages.coverage(make_coverage_view(), lang="en", standalone=False)
    assert '<a href="/maps/coverage" aria-current="page">Coverage</a>' in html
    assert data_of(html)["words"]["nav_plan"] == "Plan"
    assert "规划" not in html.partition('id="page-data"')[0]


def test_an_unknown_link_in_the_header_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SheetMap, "default_css", [*SheetMap.default_css, ("stranger", "https://a.example/x.css")])
    links = {name: (lambda: "") for name in ("leaflet", "leaflet_css")}
    with pytest.raises(KeyError, match="stranger"):
        render("{}", dict.fromkeys(("lang", "meta"), ""), links, [0.0, 0.0])


def test_missing_libraries_are_named(pages: FoliumPages, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(document, "STATIC", tmp_path)
    with pytest.raises(NotFound, match=r"geo\.maps\.assets"):
        pages.plan(make_plan_view(), lang="zh", standalone=False)


def test_each_border_is_sent_once_with_its_sides(pages: FoliumPages) -> None:
    view = make_plan_view()
    arcs = data_of(pages.plan(view, lang="zh", standalone=False))["arcs"]
    assert len(arcs["grid"]) == len(view.units)
    assert all(a != b for a, b in zip(arcs["left"], arcs["right"], strict=True))
    pairs = {frozenset(pair) for pair in zip(arcs["left"], arcs["right"], strict=True)}
    touching = {
        frozenset((i, j))
        for i, a in enumerate(view.units.geometry)
        for j, b in enumerate(view.units.geometry)
        if i < j and shapely.intersection(a, b).length > 0
    }
    assert {pair for pair in pairs if -1 not in pair} == touching
    total = 0.0
    for flat in arcs["line"]:
        total += shapely.LineString(np.cumsum(np.array(flat).reshape(-1, 2), axis=0)).length
    rings = sum(shapely.length(shape) for shape in view.units.geometry) * 1e6
    outer = shapely.union_all(view.units.geometry).length * 1e6
    assert np.isclose(total, (rings + outer) / 2, rtol=1e-3)


def test_plan_sides_follow_the_band_or_the_tolerance(pages: FoliumPages) -> None:
    view = make_plan_view(tolerance=0.2)
    data = data_of(pages.plan(view, lang="zh", standalone=False))
    assert data["side"] == [0 if abs(d) <= 0.2 else int(np.sign(d)) for d in view.deviation]
    band = make_plan_view(band=(345, 530))
    data = data_of(pages.plan(band, lang="zh", standalone=False))
    assert data["side"] == [-1 if g.weight < 345 else int(g.weight > 530) for g in band.grids]
    assert 345 in data["grids"]["weight"]
    assert 530 in data["grids"]["weight"]
    assert data["measure"] == "households"


def test_faults_are_said_with_names_must_first_and_placed(pages: FoliumPages) -> None:
    view = make_plan_view()
    unplaced = Violation(
        "grid_in_pieces", grids=(code_of(2),), context={"grid": code_of(2), "pieces": 2, "count": 3, "unit": "u1"}
    )
    faults = data_of(pages.plan(replace(view, violations=(*view.violations, unplaced)), lang="zh", standalone=False))[
        "violations"
    ]
    assert [fault["must"] for fault in faults] == [True, True, False]
    assert "柳溪02" in faults[0]["text"]
    data = data_of(pages.plan(view, lang="en", standalone=False))
    assert "Grid 柳溪02 is in 2 pieces" in data["violations"][0]["text"]
    lon, lat = np.array(faults[1]["at"]) / 1e6 + np.array(data["origin"])
    assert view.grids[2].geometry.contains(shapely.Point(lon, lat))


def test_issue_columns_hold_every_issue_and_point_into_tables(pages: FoliumPages) -> None:
    view = make_issues_view(80)
    found = data_of(pages.issues(view, lang="zh", standalone=False))["issues"]
    assert found["n"] == 80
    columns, tables = found["columns"], found["tables"]
    assert sorted(columns["id"]) == list(range(1, 81))
    assert columns["reported"] == sorted(columns["reported"], reverse=True)
    by_id = {issue.id: issue for issue in view.issues}
    for k, number in enumerate(columns["id"]):
        issue = by_id[number]
        assert columns["text"][k] == issue.text
        assert tables["category"][columns["category"][k]] == issue.category_name
        assert (columns["x"][k] is None) == (issue.location.lon is None)
        if issue.location.grid:
            assert view.grids[columns["grid"][k]].code == issue.location.grid
            assert tables["chain"][columns["chain"][k]]["names"][-1] == issue.location.grid_name
            assert tables["route"][columns["route"][k]]["rule"] == "R-12"
        else:
            assert columns["grid"][k] == columns["department"][k] == -1


def test_plan_page_carries_of_its_issues_only_what_the_small_card_says(pages: FoliumPages) -> None:
    view = make_plan_view(issues=60)
    secret = tuple(replace(issue, address="某路 5 号", source_id="QH-77", source="热线 77") for issue in view.issues)
    html = pages.plan(replace(view, issues=secret), lang="zh", standalone=True)
    found = data_of(html)["issues"]
    assert found["n"] == len(view.issues) > 0
    shown = {"id", "text", "category", "status", "reported", "due", "x", "y", "where", "grid", "department"}
    assert set(found["columns"]) == shown
    assert set(found["tables"]) == {"category", "department"}
    assert not any(word in html for word in ("某路 5 号", "QH-77", "热线 77"))
    by_id = {issue.id: issue for issue in view.issues}
    for k, number in enumerate(found["columns"]["id"]):
        issue = by_id[number]
        assert view.grids[found["columns"]["grid"][k]].code == issue.location.grid
        assert found["columns"]["text"][k] == issue.text
        assert found["tables"]["department"][found["columns"]["department"][k]] == issue.route.department_name


def test_texts_that_repeat_are_sent_once(pages: FoliumPages) -> None:
    html = pages.issues(make_issues_view(400), lang="zh", standalone=False)
    assert html.count("城管清河中队") <= 2
    assert len(html) < 400_000


def test_limits_of_deviations_stand_around_the_tolerance() -> None:
    assert deviation_breaks(0.05) == [-0.1, -0.05, 0.05, 0.1]
    assert deviation_breaks(0.1) == [-0.2, -0.1, 0.1, 0.2]
    assert deviation_breaks(0.15) == [-0.3, -0.15, 0.15, 0.3]


def test_uncovered_buildings_are_sent_with_their_place(pages: FoliumPages) -> None:
    view = make_coverage_view()
    data = data_of(pages.coverage(view, lang="zh", standalone=False))
    assert [building["name"] for building in data["uncovered"]] == ["孤楼"]
    assert data["gap"] == 12.0
    assert len(data["rows"]["households"]) == len(view.grids)
