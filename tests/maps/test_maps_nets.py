"""The page of many nets in one: what it says, and that a browser draws it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import shapely

from geo.maps import FoliumPages
from geo.maps.nets_data import shades
from geo.model import Grid
from geo.service.views import Backdrop, NetConflict, NetFigures, NetsView

HOSTILE = "<script>alert(1)</script>"


def box(x: float, y: float, width: float = 0.002) -> shapely.Geometry:
    return shapely.box(117.1 + x, 30.2 + y, 117.1 + x + width, 30.2 + y + 0.002)


def make_nets_view(name: str = "综治") -> NetsView:
    grids = tuple(
        Grid(f"99010100100100{k}", f"第{k:02}网格", "", 100.0 + k, 3, box(0.002 * (k - 1), 0)) for k in range(1, 7)
    )
    codes = ("a", "a", "b", "")
    pieces = (
        NetConflict(box(0.0005, 0, 0.001), grids[0].code, 2, 5000.0, 40.0, codes, ()),
        NetConflict(box(0.0025, 0, 0.001), grids[1].code, 0, 400.0, 3.0, ("c", "c", "c", ""), (name,)),
    )
    layers = tuple(
        NetFigures(layer, (5000.0, 40.0), (400.0, 3.0), (0.0, 0.0), 0.9) for layer in (name, "城管", "民政", "应急")
    )
    rows = ((5000.0, 40.0), *[(0.0, 0.0)] * 5)
    where = Backdrop("测试区", (), ())
    return NetsView(grids, layers, pieces, (5000.0, 40.0), (400.0, 3.0), rows, "households", where)


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_carries_every_conflict_with_its_codes(pages: FoliumPages) -> None:
    data = data_of(pages.nets(make_nets_view(), lang="en", standalone=True))
    assert [piece["pairs"] for piece in data["conflicts"]] == [2, 0]
    assert data["conflicts"][0]["codes"] == ["a", "a", "b", ""]
    assert data["conflicts"][1]["overlaps"] == ["综治"]
    assert data["measure"] == "Households"
    assert data["rows"][0] == {"area": 5000.0, "weight": 40}


@pytest.mark.parametrize("layers", range(1, 30))
def test_shades_rise_and_can_be_reached(layers: int) -> None:
    limits = shades(layers)
    assert limits == sorted(set(limits))
    assert all(2 <= limit <= layers * layers // 4 for limit in limits)
    assert len(limits) <= 2


def test_names_of_nets_are_text(pages: FoliumPages) -> None:
    html = pages.nets(make_nets_view(HOSTILE), lang="zh", standalone=True)
    assert HOSTILE not in html
    assert data_of(html)["layers"][0]["name"] == HOSTILE


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "width"), [("zh", 1400), ("en", 1000), ("zh", 390), ("en", 390)])
def test_the_page_is_drawn_and_fits(
    pages: FoliumPages, serve: Any, open_page: Callable[..., Any], lang: Any, width: int
) -> None:
    base = serve({"/": pages.nets(make_nets_view(HOSTILE), lang=lang, standalone=False)})
    page = open_page(base + "/", width=width, height=860)
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    # The tables are no wider than the panel either.
    wide = (
        "() => [...document.querySelectorAll('#panel table')].map((n) => n.scrollWidth - n.parentElement.clientWidth)"
    )
    assert all(over <= 0 for over in page.evaluate(wide))
    assert page.locator("#legend .legend-item").count() >= 4
    assert page.locator("#panel .fault").count() == 1
    said = page.locator("#panel .fault").inner_text()
    assert "990101001001001" in said
    assert "a: " in said
    assert HOSTILE in page.locator("#panel").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "width"), [("zh", 1600), ("en", 1600), ("en", 1000), ("zh", 390)])
def test_head_figures_do_not_run_into_one_another(
    pages: FoliumPages, serve: Any, open_page: Callable[..., Any], lang: Any, width: int
) -> None:
    sums = {"contested": (1_529_000.0, 14_342.0), "incomplete": (98_765_000.0, 123_456.0)}
    view = dataclasses.replace(make_nets_view(), **sums)
    page = open_page(serve({"/": pages.nets(view, lang=lang, standalone=False)}) + "/", width=width, height=900)
    # Where the letters end, which may be beyond the box that holds them.
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('#panel .figures dt, #panel .figures dd')].map((n) => {
          const range = document.createRange();
          range.selectNodeContents(n);
          const { left, top, right, bottom } = range.getBoundingClientRect();
          return [left, top, right, bottom];
        })"""
    )
    assert len(boxes) == 8
    right = page.evaluate("() => document.getElementById('panel').getBoundingClientRect().right")
    assert all(box[2] < right for box in boxes)
    for a, b in itertools.combinations(boxes, 2):
        beside = a[2] + 4 <= b[0] or b[2] + 4 <= a[0]
        below = a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert beside or below, (a, b)
