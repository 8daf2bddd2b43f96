"""The dispatch page in a real browser, against a real server: what a dispatcher does, by mouse and by keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from geo.service.context import Service
from geo.service.queues import get_item
from tests.browser import settled
from tests.maps.dispatch_town import asked_anew, opened, row, tab
from tests.maps.editing import says, spot
from tests.maps.town import STEP, WEST

pytestmark = pytest.mark.browser


def test_filter_open_and_read_the_reason(desk: Any, ids: dict[str, int]) -> None:
    page = desk()
    assert [tab(page, n).locator("b").inner_text() for n in ("to_confirm", "to_dispatch", "all")] == ["4", "2", "6"]
    assert "另有 2 件没有可用的位置" in page.locator(".queue-note").inner_text()
    page.get_by_role("combobox", name="类别").select_option(label="路灯不亮 (3)")
    tab(page, "all").locator("b", has_text="3").wait_for()
    page.get_by_role("combobox", name="部门").select_option(label="路灯所 (1)")
    tab(page, "all").locator("b", has_text="1").wait_for()
    row(page, "路灯不亮").click()
    card = opened(page, "路灯不亮")
    told = card.inner_text()
    for words in (
        "柳溪02",
        "河湾区 › 河湾街道 › 柳溪社区 › 柳溪02",
        "990101001001002",
        "路灯所",
        "规则 R-1",
        "前须办结",
    ):
        assert words in told, words
    assert page.locator(".why li").count() >= 3
    assert page.locator(".issue.chosen").count() == 1
    card.get_by_role("button", name="完整依据").click()
    page.locator(".trace li").nth(1).wait_for()
    assert "R-1" in page.locator(".trace").inner_text()
    page.keyboard.press("Escape")
    assert "概况" in page.locator("#panel").inner_text()
    assert page.evaluate("document.activeElement.closest('li.issue') !== null")


def test_confirm_an_ambiguous_one_by_mouse(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk()
    tab(page, "to_confirm").click()
    row(page, "路灯闪烁").click()
    card = opened(page, "路灯闪烁")
    assert "不能自动判定" in card.inner_text()
    shares = [float(text.rstrip(" %\u00a0")) for text in card.locator(".choice .num").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=3)
    names = card.locator(".choice-line b:first-child").all_inner_texts()
    assert names[:2] == ["柳溪02", "柳溪01"]
    page.locator(".lb-second").nth(1).wait_for()  # the map says how likely each is
    card.locator(".choice", has_text="柳溪01").click()
    main = card.locator(".main")
    assert main.inner_text().startswith("确认 柳溪01 并派单")
    main.click()
    says(page, "已派：路灯不亮 → 柳溪01 · 路灯所")
    item = get_item(town, ids["border"])
    assert (item.case.state, item.issue.location.grid) == ("dispatched", "990101001001001")
    assert opened(page, "").locator("h1").count() == 1
    row(page, "路灯闪烁").wait_for(state="detached")  # it has left the tab, and the next one is open
    assert "已派" in page.locator(".strip-note").inner_text()


def test_confirm_by_keyboard_and_the_next_one_opens(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk()
    tab(page, "to_confirm").click()
    page.locator(".queue-note button").click()  # those without a place too
    page.locator("li.issue[data-issue]").nth(3).wait_for()
    page.locator("li.issue button").first.focus()
    while "阳光小区" not in page.evaluate("document.activeElement.textContent"):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    card = opened(page, "阳光小区路灯坏了")
    assert card.locator(".choice:not(.off)").count() == 2
    assert card.locator(".main").is_disabled()  # nothing is as likely as 60 %
    page.keyboard.press("Enter")  # decides nothing yet
    second = card.locator(".choice-line b:first-child").nth(1).inner_text()
    card.locator(".choice input").nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.locator(".main", has_text=f"确认 {second}").wait_for()
    page.keyboard.press("Enter")
    says(page, f"已派：路灯不亮 → {second}")
    item = get_item(town, ids["twice"])
    assert (item.case.state, item.issue.location.grid_name) == ("dispatched", second)
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.keyboard.press("k")
    page.keyboard.press("o")  # not yet: the card still shows the one before
    settled(page)
    page.keyboard.press("o")
    page.locator(".form-head", has_text="改派到").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert "按键" in page.locator("#panel").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type(str(ids["lamp"]))
    page.keyboard.press("Enter")
    opened(page, "路灯不亮，晚上看不见")


def test_place_that_is_not_among_the_candidates(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk()
    page.locator(".queue-note button").click()
    row(page, "有人吵架").click()
    card = opened(page, "有人吵架")
    page.mouse.click(*spot(page, 9.5, 9.0))
    card.locator(".main", has_text="确认 望河05").click()
    says(page, "已派：暴露垃圾 → 望河05 · 城管中队")
    item = get_item(town, ids["nowhere"])
    assert item.issue.location.lon == pytest.approx(WEST + 9.5 * STEP, abs=STEP / 20)


def test_reassign_with_a_reason(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk()
    row(page, "垃圾桶满溢").click()
    card = opened(page, "垃圾桶满溢")
    assert "协办：河湾街道办" in card.inner_text()
    page.keyboard.press("o")
    card.locator("#to-department").select_option(label="路灯所")
    send = card.get_by_role("button", name="改派并记录理由")
    send.click()
    assert "请选一个理由" in card.locator(".trouble").inner_text()
    card.get_by_label("其他").check()
    send.click()
    assert "请写明理由" in card.locator(".trouble").inner_text()
    card.locator("textarea").fill("路灯检修时留下的")
    card.get_by_label("以后此地址同类诉求照此派单").check()
    page.mouse.click(*spot(page, 11.5, 4.9))  # the grid may be clicked
    assert card.locator("#to-grid").input_value() == "990101001002003"
    send.click()
    says(page, "已派：暴露垃圾 → 望河03 · 路灯所")
    item = get_item(town, ids["litter"])
    assert (item.issue.route.rule, item.case.state) == ("case_override", "dispatched")
    line = next(one for one in town.store.get_case_log(ids["litter"]) if one.action == "overridden")
    assert line.detail["text"] == "路灯检修时留下的"
    assert line.detail["before"]["rule"] == "R-2"


def test_steps_under_the_dots(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk()
    row(page, "垃圾桶满溢").click()
    card = opened(page, "垃圾桶满溢")
    card.locator(".main", has_text="派单给 城管中队").click()
    says(page, "已派")
    page.locator(".strip-note .link").click()  # back to the one that was just sent
    opened(page, "垃圾桶满溢")
    card.get_by_role("button", name="更多操作").click()
    card.locator(".menu").get_by_role("button", name="延期").click()
    card.get_by_role("button", name="延期", exact=True).click()
    assert "请写明情况" in card.locator(".trouble").inner_text()
    card.locator("textarea").fill("等配件")
    card.get_by_role("button", name="延期", exact=True).click()
    card.locator(".due", has_text="已延期 1 次").wait_for()
    card.get_by_role("button", name="更多操作").click()
    card.locator(".menu").get_by_role("button", name="退回").click()
    card.get_by_label("不属本部门职责").check()
    card.get_by_role("button", name="退回", exact=True).click()
    says(page, "退")
    assert get_item(town, ids["litter"]).case.state == "sent_back"
    page.keyboard.press("Escape")


def test_merge_a_duplicate(desk: Any, town: Service, ids: dict[str, int]) -> None:
    page = desk()
    row(page, "路灯闪烁").click()
    card = opened(page, "路灯闪烁")
    card.get_by_role("button", name="更多操作").click()
    page.keyboard.press("Escape")
    assert card.locator(".menu").count() == 0
    card.get_by_role("button", name="更多操作").click()
    card.locator(".menu").get_by_role("button", name="合并").click()
    card.locator("#field-into").fill(f"#{ids['lamp']}")
    card.get_by_role("button", name="合并", exact=True).click()
    says(page, "路灯不亮：")
    assert get_item(town, ids["border"]).case.merged_into == ids["lamp"]


def test_report_by_a_click_on_the_map(desk: Any, town: Service) -> None:
    page = desk()
    page.get_by_role("button", name="新报").click()
    panel = page.locator("#panel")
    panel.get_by_role("button", name="提交").click()
    assert "请写明情况" in panel.locator(".trouble").inner_text()
    panel.locator("#new-words").fill("路灯不亮两天了")
    page.mouse.click(*spot(page, 5.5, 5.0))
    panel.locator(".target dd", has_text="柳溪03").wait_for()
    panel.locator(".chips .toggle", has_text="路灯不亮").click()  # suggested from the words: one tap
    panel.locator(".target dd", has_text="路灯所").wait_for()
    due = panel.locator(".target dd").nth(2)
    assert "明" in due.inner_text() or "月" in due.inner_text()
    panel.get_by_role("button", name="提交").click()
    card = opened(page, "路灯不亮两天了")
    assert "柳溪03" in card.inner_text()
    row(page, "路灯不亮两天了").wait_for()  # it stands in the list at once
    assert page.locator(".banner").is_hidden()  # one's own is no news


def test_report_by_an_address(desk: Any, town: Service) -> None:
    page = desk()
    page.get_by_role("button", name="新报").click()
    panel = page.locator("#panel")
    panel.locator("#new-words").fill("垃圾没人收")
    panel.locator("#new-address").fill("阳光小区")
    page.keyboard.press("Enter")
    assert panel.locator(".found .check").count() == 2 or panel.locator(".found .check").nth(1).wait_for() is None
    panel.locator("#new-address").fill("和平苑")
    panel.get_by_role("button", name="定位").click()
    panel.locator(".found", has_text="和平苑").wait_for()
    panel.locator(".target dd", has_text="望河05").wait_for()
    panel.locator("#new-category").select_option(label="暴露垃圾")
    panel.locator(".target dd", has_text="城管中队").wait_for()
    panel.get_by_role("button", name="提交").click()
    card = opened(page, "垃圾没人收")
    assert "望河05" in card.inner_text()
    assert "和平苑" in card.inner_text()


def test_a_shift_by_mouse(desk: Any, town: Service, ids: dict[str, int]) -> None:
    """Filter, open, read the reason, confirm an ambiguous one, report by a click; another person sees it come."""
    page, other = desk(), desk()
    page.get_by_role("combobox", name="类别").select_option(label="路灯不亮 (3)")
    tab(page, "to_confirm").click()
    row(page, "路灯闪烁").click()
    card = opened(page, "路灯闪烁")
    assert "不能自动判定" in card.locator(".reason").first.inner_text()
    assert "?" in card.locator(".why .unsure .step").first.inner_text()
    card.locator(".choice", has_text="柳溪01").click()
    card.locator(".main").click()
    says(page, "已派：路灯不亮 → 柳溪01")
    assert get_item(town, ids["border"]).case.state == "dispatched"
    page.locator("#panel .close").first.click()
    page.get_by_role("button", name="新报").click()
    panel = page.locator("#panel")
    panel.locator("#new-words").fill("路灯不亮，井盖也松了")
    page.mouse.click(*spot(page, 9.5, 5.0))
    panel.locator(".target dd", has_text="望河03").wait_for()
    panel.locator(".chips .toggle", has_text="路灯不亮").click()
    panel.locator(".target dd", has_text="路灯所").wait_for()
    panel.get_by_role("button", name="提交").click()
    opened(page, "井盖也松了")
    asked_anew(other)
    other.locator(".banner", has_text="有 1 件新诉求").click()
    row(other, "井盖也松了").click()
    assert "望河03" in opened(other, "井盖也松了").inner_text()


def test_a_shift_by_keyboard(desk: Any, town: Service, ids: dict[str, int]) -> None:
    """The same without a mouse, with an address in place of a click."""
    page, other = desk(), desk()
    keys = page.keyboard
    category = page.get_by_role("combobox", name="类别")
    category.focus()
    keys.press("ArrowDown")  # the most frequent one
    tab(page, "all").locator("b", has_text="3").wait_for()
    tab(page, "to_confirm").focus()
    keys.press("Enter")
    page.locator('.tab-to_confirm[aria-pressed="true"]').wait_for()
    page.locator(".queue-note button").focus()
    keys.press("Enter")
    page.locator("li.issue[data-issue]").nth(1).wait_for()
    page.locator("li.issue button").first.focus()
    while "路灯闪烁" not in page.evaluate("document.activeElement.textContent"):
        keys.press("j")
    keys.press("Enter")
    card = opened(page, "路灯闪烁")
    card.locator(".choice input:enabled").first.focus()
    keys.press("ArrowDown")
    chosen = card.locator(".choice.on .choice-line b").first.inner_text()
    keys.press("Enter")
    says(page, f"已派：路灯不亮 → {chosen}")
    assert get_item(town, ids["border"]).issue.location.grid_name == chosen
    keys.press("Escape")
    page.get_by_role("button", name="新报").focus()
    keys.press("Enter")
    page.locator("#new-words:focus").wait_for()
    keys.type("暴露垃圾没人收")
    keys.press("Tab")
    page.locator("#new-address:focus").wait_for()
    keys.type("和平苑")
    keys.press("Enter")
    page.locator(".found", has_text="和平苑").wait_for()
    page.locator(".chips .toggle", has_text="暴露垃圾").focus()
    keys.press("Enter")
    page.locator(".target dd", has_text="城管中队").wait_for()
    page.get_by_role("button", name="提交").focus()
    keys.press("Enter")
    assert "望河05" in opened(page, "暴露垃圾没人收").inner_text()
    asked_anew(other)
    other.locator(".banner", has_text="有 1 件新诉求").wait_for()
    other.locator(".banner").focus()
    other.keyboard.press("Enter")
    row(other, "暴露垃圾没人收").wait_for()
