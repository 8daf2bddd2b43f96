"""Pages of a large place in a real browser: drawn from tiles, they look as those whose shapes stand in the page.

What counts as large is set so low that the town is: its pages come without their data, ask for it and for tiles.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo.model import Feature, Report
from geo.service import tiled
from geo.service.issues import report_issue
from geo.service.pages import PAGES
from geo.service.plans import publish_plan
from tests.browser import settled, until
from tests.maps.editing import accessible, with_axe
from tests.maps.town import SOUTH, STEP, WEST, served, square, town_drawing, town_place, town_service

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>\u202e</script>"
SHOWN = "<img src=x onerror=alert(1)>⟦U+202E⟧</script>"
# Every fourth pixel of the sheet each way, red green blue, in base 64: a list of numbers takes a second to come.
PIXELS = """() => {
  const canvas = document.querySelector(".leaflet-sheet-pane canvas");
  const {width, height} = canvas;
  const copy = document.createElement("canvas");
  Object.assign(copy, {width, height});
  const pen = copy.getContext("2d", {willReadFrequently: true});
  pen.drawImage(canvas, 0, 0);
  const all = pen.getImageData(0, 0, width, height).data;
  const out = [];
  for (let y = 0; y < height; y += 4) for (let x = 0; x < width; x += 4) {
    const i = 4 * (y * width + x);
    for (const j of [i, i + 1, i + 2]) out.push(String.fromCharCode(Math.round(all[j] * all[i + 3] / 255)));
  }
  return btoa(out.join(""));
}"""
# What a pixel may be off in all colours together before it counts as another one, and how many of them may be: dashes
# begin elsewhere in each tile, and vertices stand on steps of a sixteenth of a pixel.
OTHER, MOST_OTHER = 90, 0.03


def line(c: float, r: float, to_c: float, to_r: float) -> shapely.LineString:
    return shapely.LineString([(WEST + c * STEP, SOUTH + r * STEP), (WEST + to_c * STEP, SOUTH + to_r * STEP)])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tiled")
    drawing = town_drawing()
    grids = tuple(replace(grid, name=HOSTILE) if grid.code.endswith("001004") else grid for grid in drawing.grids)
    place = town_place()
    more = (
        Feature("water", "w", HOSTILE, "river", square(2, 5.4, 9, 0.8)),
        Feature("park", "p", "望河公园", "park", square(9, 1, 3, 3)),
        Feature("rail", "t", "铁路", "rail", line(0, 0, 14, 9)),
        Feature("road", "h", HOSTILE, "arterial", line(0, 6.1, 14, 6.1)),
    )  # fmt: skip
    service = town_service(folder, replace(place, features=place.features + more), replace(drawing, grids=grids))
    publish_plan(service, 1, effective=date(2024, 1, 1), actor="tester")
    now = service.now()
    reports = [
        Report(HOSTILE, source_id=str(k), lon=WEST + (k % 13 + 0.5) * STEP, lat=SOUTH + (k % 11 + 0.5) * STEP,
               crs="WGS84", reported_at=now - timedelta(hours=k))
        for k in range(12)
    ]  # fmt: skip
    for report in reports:
        report_issue(service, report, actor="tester")
    with served(service, folder) as address:
        yield address


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiled, "INLINE_VERTICES", 0)
    monkeypatch.setattr(tiled, "INLINE_ISSUES", 3)


def look(page: Any, zoom: float, column: float = 7, row: float = 6) -> np.ndarray:
    """The sheet at a zoom, over a place of the town, once everything is drawn."""
    place = [SOUTH + row * STEP, WEST + column * STEP]
    page.evaluate("([at, zoom]) => window.wangge.map.setView(at, zoom, {animate: false})", [place, zoom])
    settled(page)
    return np.frombuffer(base64.b64decode(page.evaluate(PIXELS)), np.uint8).reshape(-1, 3).astype(float)


@pytest.mark.parametrize("path", ["/", "/maps/issues", "/maps/coverage", "/maps/hotspots"])
def test_tiles_look_as_what_stands_in_a_page(
    town: str, open_page: Callable[..., Any], path: str, large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    page = open_page(town + path, width=1000, height=700)
    page.on("request", lambda request: asked.append(request.url))
    with monkeypatch.context() as patch:
        patch.setattr(tiled, "INLINE_VERTICES", 10**9)
        inline = open_page(town + path, width=1000, height=700)
    for zoom in (14.5, 16, 18.25):
        want = look(inline, zoom)
        assert len(np.unique(want, axis=0)) > 20, "an empty map is like any other"

        def other(want: np.ndarray = want, zoom: float = zoom) -> float:
            pixels = look(page, zoom)
            assert pixels.shape == want.shape
            return float((np.abs(pixels - want).sum(axis=1) > OTHER).mean())

        assert until(page, lambda other=other: other() < MOST_OTHER), zoom  # tiles are painted when they have come
    assert any("/tiles/grids/" in url for url in asked)


def test_grids_of_tiles_are_pointed_at_and_chosen(town: str, open_page: Callable[..., Any], large: None) -> None:
    page = open_page(town + "/", width=1400, height=900)
    look(page, 16)
    spot = page.evaluate(
        "at => { const p = window.wangge.map.latLngToContainerPoint(at);"
        " const b = window.wangge.map.getContainer().getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
        [SOUTH + 7.05 * STEP, WEST + 3.4 * STEP],
    )
    page.mouse.move(*spot)
    page.locator(".tip:visible").wait_for()
    assert SHOWN in page.locator(".tip").inner_text()
    page.mouse.click(*spot)
    assert page.locator(".card h2").inner_text() == SHOWN
    assert page.locator("tr.row.chosen").get_attribute("title") == "990101001001004"
    # Twelve open issues are more than stand in the page: those in view are asked for.
    assert page.locator(".pin").count() > 0
    assert "12" in page.locator(".switch").inner_text()
    accessible(with_axe(page))
    page.locator(".switch").click()
    page.locator('.switch[aria-pressed="false"]').wait_for()
    assert page.locator(".pin .cluster, .pin-sign").count() == 0


@pytest.mark.parametrize(
    ("path", "width"), [("/", 390), ("/maps/issues", 1400), ("/maps/coverage", 1400), ("/maps/hotspots", 1400)]
)
def test_pages_of_a_large_place_are_accessible(
    town: str, open_page: Callable[..., Any], path: str, width: int, large: None
) -> None:
    page = open_page(town + path + "?lang=en", width=width, height=844)
    settled(page)
    accessible(with_axe(page))
    text = page.locator("body").inner_text()
    assert "onerror" not in page.evaluate("document.body.outerHTML.match(/<img [^>]*/g) || ''")
    assert "\u202e" not in text


def test_a_page_whose_data_does_not_come_says_so(town: str, chromium: Any, large: None) -> None:
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    page.route("**/maps/data/**", lambda route: route.abort())
    page.goto(town + "/?lang=zh")
    page.get_by_role("button", name="重试").wait_for()
    assert "没有回答" in page.locator("#panel").inner_text()
    page.unroute("**/maps/data/**")
    page.get_by_role("button", name="重试").click()
    page.locator("tr.row").first.wait_for()
    context.close()


def test_a_file_that_stands_alone_has_its_shapes(town: str, tmp_path: Path, large: None) -> None:
    """However large the place is: there is no server to ask."""
    from geo.service.pages import render_page

    folder = tmp_path / "alone"
    folder.mkdir()
    service = town_service(folder)
    publish_plan(service, 1, effective=date(2024, 1, 1), actor="tester")
    for page in PAGES:
        html = render_page(service, page, lang="zh", standalone=True)
        assert '"tiles":' not in html
        assert '"late":{' not in html
        assert '"rings":[[[' in html
