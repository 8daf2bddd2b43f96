"""The dispatch page while things happen: new issues, others at work, a lost line, a server that does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from geo.service.case_actions import advance, confirm
from geo.service.context import Service
from geo.service.person_place import Choice
from geo.service.queues import get_item
from tests.browser import PATIENCE_MS
from tests.maps.dispatch_town import LITTER, DispatchSite, asked_anew, at, opened, row, tab
from tests.maps.editing import says

pytestmark = pytest.mark.browser


def test_new_issues_wait_behind_the_banner(desk: Any, dispatch_site: DispatchSite) -> None:
    page = desk()
    row(page, "路灯闪烁").click()
    card = opened(page, "路灯闪烁")
    dispatch_site.report(text="刚来的一件", **LITTER, **at(6.5, 6.5))
    asked_anew(page)
    banner = page.locator(".banner")
    banner.wait_for(state="visible")
    assert banner.inner_text() == "有 1 件新诉求，点此载入"
    assert row(page, "刚来的一件").count() == 0
    assert "路灯闪烁" in card.inner_text()  # the open card does not change
    banner.click()
    row(page, "刚来的一件").wait_for()
    assert banner.is_hidden()
    page.evaluate("document.getElementById('live').textContent = ''")
    dispatch_site.report(text="又来一件", **LITTER, **at(6.5, 6.5))
    asked_anew(page)
    banner.wait_for(state="visible")
    assert page.locator("#live").inner_text() == ""  # said at most once a minute


def test_who_comes_too_late_is_told_in_place(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk(refusals=True)
    row(page, "路灯闪烁").click()
    card = opened(page, "路灯闪烁")
    card.locator(".choice", has_text="柳溪01").click()
    item = confirm(town, ids["border"], Choice(grid="990101001001002"), revision=1, actor="王琳")
    advance(town, ids["border"], "dispatch", revision=item.case.revision, actor="王琳")
    card.locator(".main").click()
    strip = page.locator(".strip-note", has_text="没有提交")
    strip.wait_for()
    assert "柳溪02" in card.locator(".owner").first.inner_text()  # the fresh case
    strip.get_by_role("button", name="看记录").click()
    page.locator(".trace", has_text="王琳").wait_for()
    assert get_item(town, ids["border"]).issue.location.grid == "990101001001002"


def test_two_people_see_each_other(desk: Any, town: Service, ids: dict[str, int]) -> None:
    one, other = desk(), desk()
    row(one, "路灯闪烁").click()
    opened(one, "路灯闪烁")
    asked_anew(one)
    asked_anew(other)
    other.locator(".issue-note", has_text="正在处理").wait_for()
    row(other, "路灯闪烁").click()
    opened(other, "路灯闪烁").locator(".who", has_text="正在处理").wait_for()  # on the card too
    opened(other, "路灯闪烁").locator(".choice", has_text="柳溪01").click()
    other.locator("#panel .main").click()
    says(other, "已派")
    asked_anew(one)
    strip = one.locator(".strip-note", has_text="派单")
    strip.wait_for()
    assert one.locator("#panel .choice").count() >= 2  # nothing moved under the hand
    strip.get_by_role("button", name="查看").click()
    one.locator("#panel .chip", has_text="已派单").wait_for()


@pytest.fixture
def alone(dispatch_site: DispatchSite, town: Service, chromium: Any) -> Iterator[Any]:
    """A page whose line may be lost. Not `open_page`: requests that fail are what this is about."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{dispatch_site.address}/maps/issues?lang=zh")
    page.wait_for_selector("body[data-ready]")
    yield page
    context.close()


def test_lost_line_is_told_and_comes_back(alone: Any) -> None:
    page = alone
    row(page, "路灯闪烁").click()
    opened(page, "路灯闪烁").locator(".choice", has_text="柳溪01").click()
    page.context.set_offline(True)
    asked_anew(page)
    page.locator(".lost", has_text="已断开").wait_for()
    page.locator("#panel .main").click()
    trouble = page.locator("#panel .trouble")
    trouble.wait_for()
    assert "没有提交" in trouble.inner_text()
    page.context.set_offline(False)
    page.locator(".line-state .link").click()
    page.locator(".line-state", has_text="实时").wait_for()
    trouble.get_by_role("button", name="重试").click()
    says(page, "已派：路灯不亮 → 柳溪01")
    assert page.locator(".kept").is_hidden()


def test_a_step_that_was_not_sent_is_kept_and_sent_when_asked(alone: Any, town: Service, ids: dict[str, int]) -> None:
    page = alone
    row(page, "垃圾桶满溢").click()
    opened(page, "垃圾桶满溢")
    page.context.set_offline(True)
    page.locator("#panel .main").click()
    kept = page.locator(".kept")
    kept.wait_for()
    assert "1 个操作没有提交" in kept.inner_text()
    page.context.set_offline(False)
    page.reload()  # the window keeps it
    page.wait_for_selector("body[data-ready]")
    assert "暴露垃圾" in kept.inner_text()
    page.wait_for_timeout(300)
    assert get_item(town, ids["litter"]).case.state == "to_dispatch"  # nothing is sent by itself
    kept.get_by_role("button", name="现在提交").click()
    kept.wait_for(state="hidden")
    says(page, "已派：暴露垃圾")
    assert get_item(town, ids["litter"]).case.state == "dispatched"


def test_a_kept_step_that_comes_too_late_is_told(alone: Any, town: Service, ids: dict[str, int]) -> None:
    page = alone
    row(page, "垃圾桶满溢").click()
    opened(page, "垃圾桶满溢")
    page.context.set_offline(True)
    page.locator("#panel .main").click()
    page.locator(".kept").wait_for()
    advance(town, ids["litter"], "dispatch", revision=1, actor="王琳")
    page.context.set_offline(False)
    page.get_by_role("button", name="现在提交").click()
    page.locator("#panel .chip", has_text="已派单").wait_for()
    assert len([one for one in town.store.get_case_log(ids["litter"]) if one.action == "dispatched"]) == 1


def test_a_board_that_does_not_answer_is_told_in_place(alone: Any) -> None:
    page = alone
    page.route(
        "**/maps/issues/board*", lambda route: route.fulfill(status=503, json={"detail": "数据库忙", "code": "busy"})
    )
    tab(page, "overdue").click()
    note = page.locator(".queue-note", has_text="数据库忙")
    note.wait_for()
    assert "busy" in note.inner_text()
    assert "数据截至" in page.locator(".line-state").inner_text()
    assert page.locator("li.issue[data-issue]").count() == 4  # what was there stays
    page.unroute("**/maps/issues/board*")
    note.get_by_role("button", name="重试").click()
    page.locator(".line-state", has_text="实时").wait_for()
