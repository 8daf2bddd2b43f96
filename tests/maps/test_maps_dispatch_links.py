"""What leads to issues on the dispatch page: a link from elsewhere, a number, and shares that come to a hundred."""

from __future__ import annotations

from typing import Any

import pytest

from geo.service.context import Service
from tests.browser import settled
from tests.maps.dispatch_town import DispatchSite, opened, row, tab
from tests.maps.editing import says
from tests.maps.town import SOUTH, STEP, WEST

pytestmark = pytest.mark.browser


def test_an_issue_is_found_by_the_number_of_its_source(desk: Any, dispatch_site: DispatchSite) -> None:
    page = desk()
    at = {"lon": WEST + 2.5 * STEP, "lat": SOUTH + 2.6 * STEP, "crs": "WGS84"}
    kind = {"scheme": "hotline", "kind": "hotline", "category": "0101"}
    for number in ("G2024-17", "G2024-18"):
        dispatch_site.report(text=f"工单 {number}", source="热线", source_id=number, **kind, **at)
    page.get_by_role("button", name="查找").click()
    page.keyboard.type("G2024-17")
    page.keyboard.press("Enter")
    assert "G2024-17" in opened(page, "工单 G2024-17").locator(".card-head").inner_text()
    page.locator(".finder input").fill("G2024")
    page.keyboard.press("Enter")
    page.locator(".finder .link", has_text="G2024-18").click()
    opened(page, "工单 G2024-18")
    page.locator(".finder input").fill("99999")
    page.keyboard.press("Enter")
    says(page, "没有编号为 99999 的诉求")


def test_shares_come_to_a_hundred(desk: Any) -> None:
    page = desk()
    for text in ("路灯闪烁", "阳光小区路灯坏了"):
        tab(page, "all").click()
        if page.locator(".queue-note button").is_visible():
            page.locator(".queue-note button").click()
        row(page, text).click()
        shown = opened(page, text).locator(".choice .num").all_inner_texts()
        assert sum(int(part.rstrip(" %\u00a0")) for part in shown if part != "–") == 100
        page.keyboard.press("Escape")


def test_a_link_opens_the_page_filtered(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk("zh", "&grids=990101001001002,990101001001001&category=hotline/hotline/0101&days=30")
    assert tab(page, "all").locator("b").inner_text() == "1"
    row(page, "路灯不亮，晚上看不见").wait_for()
    assert page.get_by_role("combobox", name="网格").locator("option:checked").inner_text() == "2 个网格"
    west, east = page.evaluate("(() => { const b = wangge.map.getBounds(); return [b.getWest(), b.getEast()]; })()")
    assert west > WEST - 8 * STEP
    assert east < WEST + 15 * STEP
    row(page, "路灯不亮，晚上看不见").click()
    opened(page, "路灯不亮，晚上看不见")
    page.wait_for_function(f"location.search.includes('issue={ids['lamp']}')")
    assert "issue=" in page.locator(".langs a").first.get_attribute("href")
    settled(page)  # no question is under way
    page.reload()
    page.wait_for_selector("body[data-ready]")
    opened(page, "路灯不亮，晚上看不见")  # the address has kept it all
    settled(page)  # no question is under way
    page.goto(page.url.partition("?")[0] + f"?lang=zh&only={ids['litter']},{ids['nowhere']}")
    row(page, "有人吵架").wait_for()
    assert tab(page, "all").locator("b").inner_text() == "2"
    assert "此处 2 件" in page.locator(".queue-note").inner_text()
    page.locator(".queue-note .link").click()
    tab(page, "all").locator("b", has_text="6").wait_for()
    settled(page)  # no question is under way
    page.goto(page.url.partition("?")[0] + "?lang=zh&from=2001-01-01&to=2001-12-31&tab=nonsense&issue=x&days=-3")
    page.locator("li.empty").wait_for()
    assert page.locator(".range input").first.input_value() == "2001-01-01"
    page.locator(".range input").nth(0).fill("2002-01-01")
    page.locator("li.empty").wait_for()


def test_list_moves_with_the_map(desk: Any) -> None:
    page = desk()
    assert page.locator("li.issue[data-issue]").count() == 4
    page.evaluate(
        "([lat, lon]) => wangge.map.setView([lat, lon], 17, {animate: false})", [SOUTH + 2.5 * STEP, WEST + 2.5 * STEP]
    )
    page.locator("li.issue[data-issue]").nth(2).wait_for(state="detached")
    texts = page.locator(".issue-text").all_inner_texts()
    assert set(texts) <= {"路灯不亮，晚上看不见", "路灯闪烁"}
    page.locator(".filters .toggle").first.click()
    page.locator("li.issue[data-issue]").nth(5).wait_for()
