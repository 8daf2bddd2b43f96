"""Every state of the dispatch page passes axe (WCAG 2.2 AA) in both languages and widths; hostile text is text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.model import Report
from geo.service.case_actions import confirm
from geo.service.context import Service
from geo.service.issues import report_issue
from geo.service.person_place import Choice
from tests.browser import settled
from tests.maps.dispatch_town import LAMP, LITTER, DispatchSite, asked_anew, at, opened, row, tab, worked_town
from tests.maps.editing import accessible, with_axe
from tests.maps.test_maps_browser import HOSTILE, SHOWN
from tests.maps.town import served

pytestmark = pytest.mark.browser


@pytest.fixture
def hostile_site(tmp_path: Path, vendor: Path) -> Iterator[str]:
    service = worked_town(tmp_path, word=HOSTILE, name=HOSTILE)
    reports = [
        Report(text=HOSTILE, source=HOSTILE[:60], source_id=HOSTILE[:60], **LITTER, **at(2.5, 2.6)),
        Report(text=HOSTILE, address=HOSTILE, **LAMP, **at(3.5, 2.08), accuracy_m=60.0),
        Report(text=HOSTILE, address="阳光小区" + HOSTILE, **LAMP),
    ]
    for report in reports:
        report_issue(service, report, actor=HOSTILE.replace("\u202e", "")[:60])
    with served(service, tmp_path) as address:
        yield address
    service.store.close()


def test_hostile_text_is_text(hostile_site: str, open_page: Any) -> None:
    page = open_page(f"{hostile_site}/maps/issues?lang=zh")
    page.locator(".filters .toggle").first.click()
    page.locator("li.issue[data-issue]").nth(2).wait_for()
    for k in range(3):
        page.locator("li.issue button").nth(k).click()
        page.locator(".card-text").wait_for()
        settled(page)
        assert SHOWN.split("⟦")[0].strip()[:30] in page.locator(".card-text").inner_text()
        page.get_by_role("button", name="完整依据").click()
        page.locator(".trace li").first.wait_for()
        page.keyboard.press("o")
        page.locator(".form-head").wait_for()
        page.keyboard.press("Escape")
        page.locator(".card-text").wait_for()
    page.get_by_role("button", name="新报").click()
    page.locator("#new-words").fill(HOSTILE)
    page.locator("#new-address").fill(HOSTILE)
    page.keyboard.press("Enter")
    page.locator(".found p:not(.working)").wait_for()
    page.locator("#panel").get_by_role("button", name="提交").click()
    page.locator(".card-text").wait_for()
    assert page.evaluate("window.hacked") is None
    assert (
        page.evaluate("document.querySelectorAll('#queue img, #panel img, #queue script, #panel script').length") == 0
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_every_state_is_accessible(
    desk: Any, town: Service, ids: dict[str, int], dispatch_site: DispatchSite, width: int, height: int, lang: str
) -> None:
    page = with_axe(desk(lang, width=width, height=height, refusals=True))
    head = page.locator("#queue .head-buttons button")
    accessible(page)  # list and summary
    page.locator(".filters select").nth(3).select_option("custom")
    page.locator(".range").wait_for()
    head.nth(0).click()
    page.locator(".finder input").fill("1")
    page.keyboard.press("Enter")
    opened(page, "路灯不亮，晚上看不见")
    accessible(page)  # a routed one, days and search beside it
    page.locator(".why .link, h2 .link.right").first.click()
    page.locator(".trace li").first.wait_for()
    accessible(page)  # the whole log
    page.locator("#panel .close").first.click()
    row(page, "路灯闪烁").click()
    opened(page, "路灯闪烁")
    accessible(page)  # an ambiguous one
    page.locator("#panel .more").click()
    accessible(page)  # the menu
    page.keyboard.press("Escape")
    page.locator("#panel h1").focus()
    page.keyboard.press("o")
    page.locator(".form-head").wait_for()
    page.locator("#panel .main").click()
    accessible(page)  # reassign, a reason is wanted
    page.keyboard.press("Escape")
    page.locator(".choice input:enabled").first.check()
    confirm(town, ids["border"], Choice(grid="990101001001002"), revision=1, actor="王琳")
    page.locator("#panel .main").click()
    page.locator(".strip-note .link").wait_for()
    accessible(page)  # somebody was quicker
    page.locator("#panel .close").first.click()
    page.locator(".toggle").last.click()  # closed ones too
    tab(page, "closed").click()
    page.locator("li.empty").wait_for()
    accessible(page)  # nothing there
    tab(page, "all").click()
    dispatch_site.report(text="刚来的一件", **LITTER, **at(6.5, 6.5))
    asked_anew(page)
    page.locator(".banner").wait_for()
    head.nth(1).click()
    page.locator("#new-words").fill("路灯不亮")
    page.locator("#new-address").fill("阳光小区")
    page.keyboard.press("Enter")
    page.locator(".found .check").nth(1).wait_for()
    accessible(page)  # a new report, with a choice of places
    page.keyboard.press("Escape")
    head.nth(2).click()
    page.locator("#own-name").wait_for()
    accessible(page)  # keys and names
    page.keyboard.press("Escape")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_a_lost_line_is_accessible(
    dispatch_site: DispatchSite, town: Service, chromium: Any, width: int, height: int, lang: str
) -> None:
    # Not `open_page`: requests that fail are what this is about.
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{dispatch_site.address}/maps/issues?lang={lang}")
    page.wait_for_selector("body[data-ready]")
    with_axe(page)
    row(page, "垃圾桶满溢").click()
    opened(page, "垃圾桶满溢")
    context.set_offline(True)
    asked_anew(page)
    page.locator("#panel .main").click()
    page.locator("#panel .trouble").wait_for()
    accessible(page)  # a step that was not sent
    page.locator("#panel .close").first.click()
    page.locator(".lost").wait_for()
    page.locator(".kept").wait_for()
    # What the sheet's handle covers while it is scrolled has no size of its own.
    page.evaluate("document.getElementById('queue').scrollTop = 0")
    accessible(page)  # what is kept, beside data of before
    context.close()
