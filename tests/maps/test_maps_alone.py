"""What `geo map` writes: one file that opens from disk with no network, in either language; text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.maps.outside import check_no_outside
from geo.model import Category, Department
from geo.service.context import Service
from geo.service.issues import import_issues
from geo.service.pages import PAGES, render_page
from geo.service.plans import publish_plan
from tests.maps.coverage_town import make_place, make_reports
from tests.maps.test_maps_browser import HOSTILE, SHOWN
from tests.maps.town import town_drawing, town_service

pytestmark = pytest.mark.browser

NAMES = {"zh": ("规划", "派单", "覆盖", "热点"), "en": ("Plan", "Dispatch", "Coverage", "Hotspots")}
# What is looked at before and after everything that can be pressed in the panel and the queue has been pressed.
TELL = """() => ({hacked: window.hacked === undefined ? null : window.hacked,
  foreign: document.querySelectorAll("img[src='x'], [onmouseover], script[src], link[rel='stylesheet']").length,
  reordered: /[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.innerText + document.title)})"""
PRESS = """() => {
  for (const node of [...document.querySelectorAll("#panel button, #queue button")].slice(0, 60)) {
    if (!node.closest("a") && node.getClientRects().length) node.click();
  }
}"""


def hostile_town(folder: Path) -> Service:
    """The town, with hostile text wherever people write any."""
    place = make_place(HOSTILE)
    place = replace(
        place,
        areas=tuple(replace(area, name=HOSTILE) for area in place.areas),
        departments=(Department("D1", HOSTILE),),
        categories=(Category("hotline", "hotline", "0101", HOSTILE),),
        features=tuple(replace(f, name=HOSTILE) for f in place.features),
        staff=tuple(replace(post, name=HOSTILE if post.name else None) for post in place.staff),
    )
    drawing = town_drawing()
    drawing = replace(drawing, grids=tuple(replace(grid, name=HOSTILE) for grid in drawing.grids))
    service = town_service(folder, place, drawing)
    publish_plan(service, 1, effective=make_reports(1)[0].reported_at.date().replace(month=1), actor=HOSTILE)
    reports = [
        replace(row, text=HOSTILE, address=HOSTILE, source=HOSTILE, source_id=f"{HOSTILE}{k}", accuracy_m=30.0)
        for k, row in enumerate(make_reports(40))
    ]
    import_issues(service, reports, actor=HOSTILE)
    return service


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, vendor: Path) -> Iterator[Service]:
    service = hostile_town(tmp_path_factory.mktemp("hostile"))
    yield service
    service.store.close()


@pytest.mark.parametrize("page_name", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_file_that_asks_nobody_and_runs_nothing_that_people_wrote(
    town: Service, tmp_path: Path, open_page: Any, page_name: str, lang: Any
) -> None:
    html = render_page(town, page_name, lang=lang, standalone=True)
    check_no_outside(html)
    assert "default-src 'none'" in html
    assert not re.search(r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource)\s*\(", html.partition("page-data")[0])
    file = tmp_path / f"{page_name}.html"
    file.write_text(html, encoding="utf-8")
    width, height = (1400, 900) if lang == "zh" else (390, 844)
    asked: list[str] = []
    page = open_page("about:blank", ready=False)
    page.set_viewport_size({"width": width, "height": height})
    page.context.set_offline(True)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("body[data-ready]")
    assert page.locator(".here").inner_text() == NAMES[lang][PAGES.index(page_name)]
    assert page.locator(".place").text_content() == SHOWN
    assert page.evaluate(TELL) == {"hacked": None, "foreign": 0, "reordered": False}
    page.evaluate(PRESS)
    page.wait_for_timeout(100)
    assert page.evaluate(TELL) == {"hacked": None, "foreign": 0, "reordered": False}
    assert SHOWN in page.locator("#panel").text_content() + page.locator("main").text_content()
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
