"""Locks, strokes of the brush, operations with their previews, and what the server refuses, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from geo.service import editing
from geo.service.context import Service
from tests.browser import settled
from tests.maps.editing import aim, draw, held, lasso, says, spot
from tests.maps.town import number

pytestmark = pytest.mark.browser


def test_locked_units_and_other_communities_are_left_out_and_said(edit: Any, edit_town: Service, draft: int) -> None:
    page = edit()
    page.locator("tr.row", has_text="柳溪04").locator(".lock").click()
    says(page, "柳溪04 已锁定")
    aim(page, "柳溪03")
    lasso(page, 5, 3, 9, 8)
    text = page.locator(".action").inner_text()
    assert "已选 2 个单元" in text
    assert "其中 4 个单元已锁定，未选" in text
    assert "网格不能跨社区：10 个单元不在柳溪社区" in text
    # Units are locked by themselves: hatched, counted in their grid's row, unlocked from the card.
    page.locator('[data-part="lock"]').click()
    says(page, "2 个单元已锁定")
    assert editing.tell_draft(edit_town, draft, since=None, actor="x", lang="zh")["locked_units"] == [
        number(c, 3) for c in (5, 6)
    ]
    lock = page.locator("tr.row", has_text="柳溪02").locator(".lock")
    assert lock.get_attribute("data-held") == "2"
    assert "其中 2 个单元已锁定" in str(lock.get_attribute("aria-label"))
    assert "没有可移动的单元" in page.locator(".action").inner_text()
    page.locator('[data-part="unlock"]').click()
    says(page, "2 个单元已解锁")
    page.keyboard.press("Escape")
    assert page.locator(".action").is_hidden()
    # Shift adds, Alt takes away.
    lasso(page, 0, 3, 2, 4)
    page.keyboard.down("Shift")
    lasso(page, 3, 3, 5, 4)
    page.keyboard.up("Shift")
    assert "已选 4 个单元" in page.locator(".action").inner_text()
    page.keyboard.down("Alt")
    lasso(page, 3, 3, 4, 4)
    page.keyboard.up("Alt")
    assert "已选 3 个单元" in page.locator(".action").inner_text()
    page.locator('[data-part="lock-all"]').click()
    says(page, "11 个网格 已锁定")
    assert page.locator(".lock.shut").count() == 12
    page.locator('[data-part="lock-all"]').click()
    says(page, "12 个网格 已解锁")


def test_paint_pick_and_what_the_server_refuses(edit: Any, edit_town: Service, draft: int) -> None:
    page = edit(refusals=True)
    aim(page, "柳溪01")
    page.locator('[data-mode="paint"]').click()
    draw(page, (0.5, 2.5), (2.5, 2.5))
    says(page, "已移入 柳溪01，3 个单元")
    page.locator('[data-mode="pick"]').click()
    page.mouse.click(*spot(page, 0.5, 8.5))
    page.locator('[data-part="go"]').click()
    failed = page.locator(".action-failed")
    failed.wait_for()
    assert "不相连" in failed.inner_text()
    failed.locator('[data-part="back"]').click()
    assert "已选 1 个单元" in page.locator(".action").inner_text()
    page.context.set_offline(True)
    page.locator('[data-part="go"]').click()
    failed.wait_for()
    assert "没有回答" in failed.inner_text()
    page.locator(".saved.lost", has_text="已断开").wait_for()
    page.context.set_offline(False)
    page.locator('[data-part="connect"]').click()
    page.locator("time.saved").wait_for()
    page.locator('[data-part="go"]').click()
    page.locator('[data-part="anyway"]').click()
    says(page, "已移入 柳溪01，1 个单元")
    page.locator(".fault", has_text="柳溪01").first.wait_for()
    page.keyboard.press("n")
    says(page, "第 1 项")
    page.locator(".mend", has_text="修复").click()
    page.locator('.action-proposal [data-part="go"]:enabled').wait_for()
    page.keyboard.press("Enter")
    says(page, "已完成")
    assert held(edit_town, draft)[number(0, 8)] == 4


def test_operations_are_shown_before_they_are_done(edit: Any, edit_town: Service, draft: int) -> None:
    page = edit()
    before = held(edit_town, draft)
    accept = page.locator('.action-proposal [data-part="go"]:enabled')
    aim(page, "望河06")
    page.locator('[data-act="split"]').click()
    accept.wait_for()
    assert "望河新1" in page.locator(".action").inner_text()
    # A line from south to north, drawn beyond both edges, parts two columns from five.
    page.locator('[data-part="way-line"]').check()
    settled(page)
    draw(page, (9.0, 9.9), (9.0, 12.1))
    accept.wait_for()
    assert "移动 4 个单元" in page.locator(".action").inner_text()
    assert held(edit_town, draft) == before
    accept.click()
    says(page, "已完成，移动 4 个单元")
    now = held(edit_town, draft)
    assert [now[number(c, r)] for c in (7, 8) for r in (10, 11)] == [12] * 4
    assert page.locator(".row-name", has_text="望河新1").count() == 1
    page.locator('[data-part="marks"]').click()
    page.locator('[data-part="mark-name"]').fill("拆分之后")
    page.keyboard.press("Enter")
    says(page, "已设检查点“拆分之后”")
    aim(page, "望河01")
    page.locator('[data-act="merge"]').click()
    accept.wait_for()
    assert page.locator(".merge-with select option").all_inner_texts() == ["望河02"]
    page.keyboard.press("Enter")
    says(page, "已完成")
    assert page.locator(".row-name", has_text="望河02").count() == 0
    page.locator('[data-part="marks"]').click()
    page.locator(".menu-item", has_text="拆分之后").click()
    page.locator(".row-name", has_text="望河02").wait_for()
    aim(page, "柳溪06")
    page.locator('[data-act="dissolve"]').click()
    accept.wait_for()
    assert "柳溪06" in page.locator(".action").inner_text()
    page.keyboard.press("Enter")
    says(page, "已完成，移动 14 个单元")
    assert 5 not in held(edit_town, draft)
    aim(page, "望河05")
    page.locator('[data-act="balance"]').click()
    page.locator('[data-part="ring2"]').check()
    page.locator(".action-proposal .action-sum").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".action").is_hidden()
