"""The editor in a real browser, against a real server: by mouse, by keyboard, with a second person, over a reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from geo.service import editing
from geo.service.context import Service
from tests.maps.editing import (
    AXE_RUN,
    accessible,
    aim,
    held,
    lasso,
    press,
    says,
    spot,
    tab_to,
    weight_in,
)
from tests.maps.town import number

# Other pages are tested by the same means.
__all__ = ["AXE_RUN", "accessible", "says", "spot"]
pytestmark = pytest.mark.browser

TWENTY = [number(c, r) for c in range(5) for r in range(4, 8)]


def choose_twenty(page: Any, by: str) -> None:
    """Target 柳溪02, and the twenty units in five columns of rows 4 … 7."""
    if by == "mouse":
        aim(page, "柳溪02")
        lasso(page, 0, 4, 5, 8)
        return
    page.locator("#map_sheet").focus()
    if "柳溪02" not in page.locator(".aim").inner_text():
        press(page, "j", "j")
        says(page, "目标：柳溪02")
    # The cursor begins in the target; from wherever it is, to the corner, then up and down the columns.
    press(page, "ArrowUp")
    for key in ("ArrowLeft", "ArrowDown"):
        for _ in range(12):
            page.keyboard.press(key)
            if "没有相邻单元" in page.locator("#live").inner_text():
                break
    press(page, *["ArrowUp"] * 4, "Enter")
    for column in range(5):
        if column:
            press(page, "ArrowRight", "Enter")
        for _ in range(3):
            press(page, "ArrowDown" if column % 2 else "ArrowUp", "Enter")


def commit(page: Any, by: str) -> None:
    if by == "mouse":
        page.locator('[data-part="go"]').click()
    else:
        page.keyboard.press("Control+Enter")


def undo(page: Any, by: str) -> None:
    if by == "mouse":
        page.locator('[data-part="undo"]').click()
    else:
        page.keyboard.press("Control+z")


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_planners_work_from_a_choice_to_a_plan_in_force(edit: Any, edit_town: Service, draft: int, by: str) -> None:
    """Twenty units, numbers that move, undo, a conflict with a second person, a reload, handing in, publishing."""
    town = edit_town
    page, other = edit(refusals=True, locale="en-US"), edit()
    before = held(town, draft)
    choose_twenty(page, by)
    says(page, "已选 20 个单元，600 户。移入后 柳溪02 1,020 户")
    card = page.locator(".action")
    assert "▲ 1,020 户" in card.inner_text()
    assert page.locator(".bar-ghost").count() == 3
    assert held(town, draft) == before  # nothing is done before it is taken
    commit(page, by)
    says(page, "已移入 柳溪02，20 个单元")
    assert card.is_hidden()
    assert (weight_in(page, "柳溪02"), weight_in(page, "柳溪03")) == ("▲ 1,020", "▼ 120")
    after = held(town, draft)
    assert [after[k] for k in TWENTY] == [1] * 20
    assert page.locator('[data-part="undo"]').get_attribute("aria-label") == "撤销：把 20 个单元移入 柳溪02"
    undo(page, by)
    says(page, "已撤销：把 20 个单元移入 柳溪02")
    assert page.locator(".toast").inner_text() == "已撤销：把 20 个单元移入 柳溪02"
    assert held(town, draft) == before
    assert weight_in(page, "柳溪02") == "420"
    # The second person, who has seen all this, is faster by a moment: this page has not heard of it yet.
    says(other, "改了这份草案：撤销（20 个单元）")
    choose_twenty(page, by)
    page.route(re.compile("brief=true"), lambda route: route.abort())
    aim(other, "柳溪01")
    lasso(other, 5, 2, 7, 3)
    other.keyboard.press("Enter")
    says(other, "已移入 柳溪01，2 个单元")
    commit(page, by)
    bar = page.locator('.action-conflict[role="alert"]')
    bar.wait_for()
    text = bar.inner_text()
    assert "你的移动没有保存：" in text
    assert "把 2 个单元移入 柳溪01" in text
    assert "你选的 20 个单元仍在，不受影响" in text
    assert weight_in(page, "柳溪01") == "480"  # the fresh drawing
    if by == "mouse":
        bar.locator('[data-part="look"]').click()
        bar.locator('[data-part="go"]').click()
    else:
        page.keyboard.press("Enter")
    says(page, "已移入 柳溪02，20 个单元")
    page.unroute(re.compile("brief=true"))
    now = held(town, draft)
    assert [now[k] for k in TWENTY] == [1] * 20
    assert [now[number(c, 2)] for c in (5, 6)] == [0, 0]
    # Undo takes back my own step, not the other's; redo brings it again.
    undo(page, by)
    says(page, "已撤销")
    assert [held(town, draft)[number(c, 2)] for c in (5, 6)] == [0, 0]
    assert held(town, draft)[TWENTY[0]] == before[TWENTY[0]]
    page.keyboard.press("Control+Shift+Z")
    says(page, "已重做")
    assert held(town, draft) == now
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert weight_in(page, "柳溪02") == "▲ 960"
    assert page.locator('[data-part="undo"]').is_enabled()
    hand_in(page, town, by)
    # What was handed in is closed, and the other page learns of it by itself.
    other.locator("body.read-only").wait_for(state="attached")
    assert "已提交" in other.locator(".state").inner_text()
    assert other.locator(".rail").is_hidden()


def hand_in(page: Any, town: Service, by: str) -> None:
    """Submit, approve and date the plan."""
    if by == "mouse":
        page.locator('[data-part="submit"]').click()
    else:
        tab_to(page, '[data-part="submit"]')
        page.keyboard.press("Enter")
    page.wait_for_url("**/maps/plans/*")
    page.wait_for_selector("body[data-ready]")
    plan = int(page.url.rsplit("/", 1)[1].partition("?")[0])
    assert "草案" in page.locator(".state").inner_text()
    # No two plans come into force on one day.
    taken = [one.effective for one in town.store.list_plans(today=town.today()) if one.effective]
    day = max(taken, default=town.today() - timedelta(days=1)) + timedelta(days=1)
    if by == "mouse":
        page.locator('input[type="date"]').fill(day.isoformat())
    else:
        tab_to(page, 'input[type="date"]')
        page.keyboard.type(f"{day:%m%d%Y}")
    with page.expect_navigation():
        if by == "mouse":
            page.locator("button.main", has_text="批准并发布").click()
        else:
            page.keyboard.press("Enter")
    page.locator(".chip-active, .chip-scheduled").first.wait_for()
    made = town.store.get_plan(plan, today=town.today())
    assert (made.state, made.effective) == ("active" if day == town.today() else "scheduled", day)
    assert {g.name: g.units for g in town.store.get_grids(plan)}["柳溪02"] == 32


def test_split_lock_faults_and_search_by_keyboard_alone(edit: Any, edit_town: Service, draft: int) -> None:
    page = edit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to(page, "#map_sheet")
    press(page, "j", "j", "j", "l")
    says(page, "柳溪03 已锁定")
    assert page.locator(".lb .padlock").count() == 1
    page.keyboard.press("Control+z")
    says(page, "已撤销：锁定 柳溪03")
    # Two units of the target are parted: arrows and Enter choose them.
    tab_to(page, '[data-act="split"]')
    page.keyboard.press("Enter")
    page.locator('.action-proposal [data-part="go"]:enabled').wait_for()
    tab_to(page, '[data-part="way-even"]')
    press(page, "ArrowRight", "ArrowRight")
    page.locator(".action-hint", has_text="选两个").wait_for()
    tab_to(page, "#map_sheet")
    press(page, "ArrowUp", "Enter")
    says(page, "已选 1 个，共要 2 个")
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    page.locator('.action-proposal [data-part="go"]:enabled').wait_for()
    page.keyboard.press("Enter")
    says(page, "已完成，移动 7 个单元")
    now = held(edit_town, draft)
    assert sorted(now.count(label) for label in (2, 12)) == [7, 7]
    # A unit is locked by itself, and is left out of what is chosen then.
    press(page, "ArrowUp", "Shift+L")
    says(page, "1 个单元已锁定")
    press(page, "Shift+L")
    says(page, "1 个单元已解锁")
    page.keyboard.press("n")
    says(page, "第 1 项")
    page.keyboard.press("s")
    assert page.locator('[data-mode="lasso"]').get_attribute("aria-pressed") == "true"
    page.keyboard.press("/")
    page.keyboard.type("望河05")
    page.keyboard.press("Enter")
    says(page, "目标：望河05")
    page.keyboard.press("s")  # typed into the field: single keys rest there
    assert page.locator("#find").input_value() == "望河05s"


def test_what_others_do_is_seen_within_seconds_and_disturbs_nothing(
    edit: Callable[..., Any], edit_town: Service, draft: int
) -> None:
    page = edit()
    aim(page, "柳溪03")
    lasso(page, 0, 6, 3, 7)
    page.locator('[data-part="marks"]').click()
    page.locator('[data-part="mark-name"]').fill("还没写完")
    action = {"op": "move", "units": [number(c, 2) for c in (5, 6)], "grid": 0}
    editing.take_step(edit_town, draft, action, revision=0, client="others-01", actor="李强", lang="zh")
    says(page, "李强 改了这份草案：把 2 个单元移入 柳溪01")
    assert weight_in(page, "柳溪01") == "480"
    assert page.locator('[data-part="mark-name"]').input_value() == "还没写完"
    assert page.evaluate("document.activeElement.dataset.part") == "mark-name"
    assert "已选 3 个单元" in page.locator(".action").inner_text()
    # What was chosen and is locked by the other is left out, and said.
    action = {"op": "lock", "units": [number(0, 6)]}
    editing.take_step(edit_town, draft, action, revision=1, client="others-02", actor="李强", lang="zh")
    says(page, "你选的单元中有 1 个现在不能移动，已去掉")
    assert "已选 2 个单元" in page.locator(".action").inner_text()
    page.locator('[data-part="go"]').click()
    says(page, "已移入 柳溪03，2 个单元")
    assert [held(edit_town, draft)[number(c, 6)] for c in range(3)] == [3, 2, 2]
