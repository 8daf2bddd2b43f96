"""What tests do on the page of a draft: places of the town on the screen, lasso, keys, what is said, what axe finds."""

from __future__ import annotations

from typing import Any

import pytest

from geo.maps import assets
from geo.service import editing
from geo.service.context import Service
from tests.browser import settled
from tests.maps.test_maps_browser import SMALL_TEXT, WIDE
from tests.maps.town import SOUTH, STEP, WEST

# Signed areas of rings of the page's plane: holes count against what they are cut from.
AREA = """(rings) => rings.reduce((sum, xy) => {
  let a = 0;
  for (let i = 0, j = xy.length - 2; i < xy.length; j = i, i += 2) a += xy[j] * xy[i + 1] - xy[i] * xy[j + 1];
  return sum + a / 2; }, 0)"""
AXE_RUN = """async (within) => (await axe.run(within || document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
  'wcag22aa']})).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)"""


def held(town: Service, draft: int) -> list[int]:
    """The grid of each unit."""
    return list(editing.tell_draft(town, draft, since=None, actor="x", lang="zh")["units"])


def spot(page: Any, c: float, r: float) -> tuple[float, float]:
    """A place of the town on the screen."""
    at = page.evaluate(
        "([lat, lon]) => { const p = wangge.map.latLngToContainerPoint([lat, lon]); const b = wangge.map.getContainer()"
        ".getBoundingClientRect(); return [p.x + b.x, p.y + b.y]; }",
        [SOUTH + r * STEP, WEST + c * STEP],
    )
    return float(at[0]), float(at[1])


def draw(page: Any, *places: tuple[float, float]) -> None:
    """Draw a line through places of the town."""
    page.mouse.move(*spot(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*spot(page, *place), steps=4)
    page.mouse.up()


def lasso(page: Any, c0: float, r0: float, c1: float, r1: float) -> None:
    """Draw around the units c0 … c1 − 1, r0 … r1 − 1."""
    page.locator('[data-mode="lasso"]').click()
    corners = [(c0 + 0.1, r0 + 0.1), (c1 - 0.1, r0 + 0.1), (c1 - 0.1, r1 - 0.1), (c0 + 0.1, r1 - 0.1)]
    draw(page, *corners, corners[0])


def aim(page: Any, name: str) -> None:
    """Choose a target in the table."""
    page.locator(".row-name", has_text=name).click()


def says(page: Any, text: str) -> None:
    """The live region says it (a step of the server may take a moment)."""
    page.locator("#live", has_text=text).wait_for(state="attached")


def weight_in(page: Any, name: str) -> str:
    """What the table says that a grid weighs."""
    row = page.locator("tr.row", has=page.locator(".row-name", has_text=name))
    return str(row.locator("td.num").first.inner_text())


def tab_to(page: Any, selector: str) -> None:
    """Tab on until an element has the focus."""
    for _ in range(160):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no tab stop {selector}")


def press(page: Any, *keys: str) -> None:
    """Press keys one after another."""
    for key in keys:
        page.keyboard.press(key)


def with_axe(page: Any) -> Any:
    """The page with axe-core in it; the test is skipped where it is not installed."""
    axe = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    page.evaluate(axe.read_text(encoding="utf-8"))
    return page


def accessible(page: Any, within: str = "", settle: int = 250) -> None:
    """No violation of WCAG 2.2 AA that axe-core finds (in a part of the page), no text under 12 px, none too wide."""
    settled(page, min(settle, 200))
    found = page.evaluate(AXE_RUN, within)
    assert found == [], found
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(WIDE) <= 0
