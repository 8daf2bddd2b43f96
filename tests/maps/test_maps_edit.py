"""The editor in a real browser, against a real server: by mouse, by keyboard, with a second person, over a reload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.maps import assets
from geo.service import editing
from geo.service.context import Service
from tests.maps.test_maps_browser import HOSTILE, SHOWN, SMALL_TEXT, WIDE
from tests.maps.town import SOUTH, STEP, WEST, number, served, town_drawing, town_place, town_service

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, vendor: Path) -> Iterator[Service]:
    service = town_service(tmp_path_factory.mktemp("town"))
    yield service
    service.store.close()


@pytest.fixture(scope="module")
def site(town: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(town, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def draft(town: Service) -> int:
    return editing.start_draft(town, 1, name="调整", actor="tester").id


@pytest.fixture
def edit(site: str, draft: int, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`edit()` opens the draft's page in a browser of its own: each time another person."""
    return lambda lang="zh", **more: open_page(f"{site}/maps/drafts/{draft}?lang={lang}", **more)


def held(town: Service, draft: int) -> list[int]:
    return list(editing.tell_draft(town, draft, since=None, actor="x", lang="zh")["units"])


def spot(page: Any, c: float, r: float) -> tuple[float, float]:
    """A place of the town on the screen."""
    at = page.evaluate(
        "([lat, lon]) => { const p = wangge.map.latLngToContainerPoint([lat, lon]); const b = wangge.map.getContainer()"
        ".getBoundingClientRect(); return [p.x + b.x, p.y + b.y]; }",
        [SOUTH + r * STEP, WEST + c * STEP],
    )
    return float(at[0]), float(at[1])


def lasso(page: Any, c0: float, r0: float, c1: float, r1: float) -> None:
    """Draw around the units c0 … c1 − 1, r0 … r1 − 1."""
    page.locator('[data-mode="lasso"]').click()
    corners = [(c0 + 0.1, r0 + 0.1), (c1 - 0.1, r0 + 0.1), (c1 - 0.1, r1 - 0.1), (c0 + 0.1, r1 - 0.1)]
    page.mouse.move(*spot(page, *corners[0]))
    page.mouse.down()
    for corner in (*corners[1:], corners[0]):
        page.mouse.move(*spot(page, *corner), steps=4)
    page.mouse.up()


def aim(page: Any, name: str) -> None:
    page.locator(".row-name", has_text=name).click()


def says(page: Any, text: str) -> None:
    """The live region says it (a step of the server may take a moment)."""
    page.locator("#live", has_text=text).wait_for(state="attached")


def weight_in(page: Any, name: str) -> str:
    row = page.locator("tr.row", has=page.locator(".row-name", has_text=name))
    return str(row.locator("td.num").first.inner_text())


def test_twenty_units_by_lasso_undo_redo_and_a_reload(edit: Any, town: Service, draft: int) -> None:
    page = edit()
    before = held(town, draft)
    aim(page, "柳溪02")
    assert "420 户，还可容纳 80 户" in page.locator(".aim").inner_text()
    lasso(page, 0, 4, 5, 8)
    card = page.locator(".action")
    assert "已选 20 个单元" in card.inner_text()
    assert "▲ 1,020 户" in card.inner_text()
    says(page, "已选 20 个单元，600 户。移入后 柳溪02 1,020 户")
    assert page.locator(".bar-ghost").count() == 3
    card.locator('[data-part="go"]').click()
    says(page, "已移入 柳溪02，20 个单元")
    assert card.is_hidden()
    assert weight_in(page, "柳溪02") == "▲ 1,020"
    assert weight_in(page, "柳溪03") == "▼ 120"
    after = held(town, draft)
    assert [after[number(c, r)] for c in range(5) for r in range(4, 8)] == [1] * 20
    undo = page.locator('[data-part="undo"]')
    assert undo.get_attribute("aria-label") == "撤销：把 20 个单元移入 柳溪02"
    undo.click()
    says(page, "已撤销：把 20 个单元移入 柳溪02")
    assert page.locator(".toast").inner_text() == "已撤销：把 20 个单元移入 柳溪02"
    assert held(town, draft) == before
    assert weight_in(page, "柳溪02") == "420"
    page.keyboard.press("Control+Shift+Z")
    says(page, "已重做")
    assert held(town, draft) == after
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert weight_in(page, "柳溪02") == "▲ 1,020"
    assert page.locator('[data-part="undo"]').is_enabled()


def test_a_second_person_is_first_and_nothing_is_lost(edit: Any, town: Service, draft: int) -> None:
    mine, other = edit(refusals=True), edit()
    aim(mine, "柳溪03")
    lasso(mine, 0, 6, 2, 7)
    aim(other, "柳溪01")
    lasso(other, 5, 2, 7, 3)
    other.keyboard.press("Enter")
    says(other, "已移入 柳溪01，2 个单元")
    mine.keyboard.press("Enter")
    bar = mine.locator('.action[role="alert"]')
    bar.wait_for()
    text = bar.inner_text()
    assert "你的移动没有保存：" in text
    assert "把 2 个单元移入 柳溪01" in text
    assert "你选的 2 个单元仍在，不受影响" in text
    assert weight_in(mine, "柳溪01") == "480"  # the fresh drawing
    bar.locator('[data-part="look"]').click()
    bar.locator('[data-part="go"]').click()
    says(mine, "已移入 柳溪03，2 个单元")
    now = held(town, draft)
    assert [now[number(c, 6)] for c in (0, 1)] == [2, 2]
    assert [now[number(c, 2)] for c in (5, 6)] == [0, 0]
    # Undo takes back my own step, not the other's.
    mine.keyboard.press("Control+z")
    says(mine, "已撤销")
    now = held(town, draft)
    assert [now[number(c, 6)] for c in (0, 1)] == [3, 3]
    assert [now[number(c, 2)] for c in (5, 6)] == [0, 0]


def test_the_keyboard_alone(edit: Any, town: Service, draft: int) -> None:
    page = edit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#map_sheet").focus()
    for _ in range(3):
        page.keyboard.press("j")
    says(page, "目标：柳溪03")
    page.keyboard.press("ArrowUp")
    for _ in range(3):  # up and out of the target
        page.keyboard.press("ArrowUp")
        if "柳溪04" in page.locator("#live").inner_text():
            break
    page.keyboard.press("Enter")
    says(page, "已选 1 个单元，30 户")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    says(page, "已选 2 个单元，60 户")
    assert "Ctrl+Enter" in page.locator(".action").inner_text()
    page.keyboard.press("Control+Enter")
    says(page, "已移入 柳溪03，2 个单元")
    assert held(town, draft).count(2) == 16
    page.keyboard.press("l")
    says(page, "柳溪03 已锁定")
    assert page.locator(".lb .padlock").count() == 1
    page.keyboard.press("Control+z")
    says(page, "已撤销：锁定 柳溪03")
    page.keyboard.press("n")
    says(page, "没有")
    page.keyboard.press("s")
    assert page.locator('[data-mode="lasso"]').get_attribute("aria-pressed") == "true"
    page.keyboard.press("/")
    page.keyboard.type("望河05")
    page.keyboard.press("Enter")
    says(page, "目标：望河05")
    page.keyboard.press("s")  # typed into the field: single keys rest there
    assert page.locator("#find").input_value() == "望河05s"


def test_locked_units_and_other_communities_are_left_out_and_said(edit: Any) -> None:
    page = edit()
    page.locator("tr.row", has_text="柳溪04").locator(".lock").click()
    says(page, "柳溪04 已锁定")
    aim(page, "柳溪03")
    lasso(page, 5, 3, 9, 8)
    text = page.locator(".action").inner_text()
    assert "已选 2 个单元" in text
    assert "其中 4 个单元已锁定，未选" in text
    assert "网格不能跨社区：10 个单元不在柳溪社区" in text
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


def test_paint_pick_and_what_the_server_refuses(edit: Any, town: Service, draft: int) -> None:
    page = edit(refusals=True)
    aim(page, "柳溪01")
    page.locator('[data-mode="paint"]').click()
    page.mouse.move(*spot(page, 0.5, 2.5))
    page.mouse.down()
    page.mouse.move(*spot(page, 2.5, 2.5), steps=6)
    page.mouse.up()
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
    page.context.set_offline(False)
    page.locator('[data-part="go"]').click()
    page.locator('[data-part="anyway"]').click()
    says(page, "已移入 柳溪01，1 个单元")
    must = page.locator(".fault", has_text="柳溪01").first
    must.wait_for()
    page.keyboard.press("n")
    says(page, "第 1 项")
    page.locator(".mend", has_text="修复").click()
    page.locator('.action-proposal [data-part="go"]:enabled').wait_for()
    page.keyboard.press("Enter")
    says(page, "已完成")
    assert held(town, draft)[number(0, 8)] == 4


def test_operations_are_shown_before_they_are_done(edit: Any, town: Service, draft: int) -> None:
    page = edit()
    before = held(town, draft)
    aim(page, "望河06")
    page.locator('[data-act="split"]').click()
    accept = page.locator('.action-proposal [data-part="go"]:enabled')
    accept.wait_for()
    assert "望河新1" in page.locator(".action").inner_text()
    assert held(town, draft) == before
    accept.click()
    says(page, "已完成，移动 7 个单元")
    assert page.locator(".row-name", has_text="望河新1").count() == 1
    assert "新1" in " ".join(page.locator(".lb-grid b").all_inner_texts())
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
    page.locator('[data-act="balance"]').click()
    page.locator('[data-part="ring2"]').check()
    page.locator(".action-proposal .action-sum").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".action").is_hidden()


def test_handing_in_and_publishing(edit: Any, town: Service, draft: int) -> None:
    page = edit()
    aim(page, "柳溪02")
    lasso(page, 0, 4, 2, 5)
    page.keyboard.press("Enter")
    says(page, "已移入 柳溪02，2 个单元")
    page.locator('[data-part="submit"]').click()
    page.wait_for_url("**/maps/plans/*")
    page.wait_for_selector("body[data-ready]")
    plan = int(page.url.rsplit("/", 1)[1].partition("?")[0])
    assert "草案" in page.locator(".state").inner_text()
    page.locator('input[type="date"]').fill(town.today().isoformat())
    with page.expect_navigation():
        page.locator("button.main", has_text="批准并发布").click()
    page.locator(".chip-active").wait_for()
    assert town.store.get_plan(plan, today=town.today()).state == "active"
    assert {g.name: g.units for g in town.store.get_grids(plan)}["柳溪02"] == 16
    # What was handed in is closed, and says so.
    again = edit()
    assert "已提交" in again.locator(".state").inner_text()
    assert again.locator(".rail").is_hidden()


def test_hostile_names_are_text(tmp_path: Path, vendor: Path, open_page: Callable[..., Any]) -> None:
    drawn = town_drawing()
    drawn = replace(drawn, grids=tuple(replace(grid, name=HOSTILE) for grid in drawn.grids))
    place = town_place(HOSTILE)
    place = replace(place, areas=tuple(replace(area, name=HOSTILE) for area in place.areas))
    service = town_service(tmp_path, place, drawn)
    draft = editing.start_draft(service, 1, name=HOSTILE[:200], actor=HOSTILE[:60]).id
    editing.take_step(
        service, draft, {"op": "checkpoint", "name": HOSTILE}, revision=0, client="hostile-1", actor="<b>x", lang="zh"
    )
    with served(service, tmp_path) as address:
        page = open_page(f"{address}/maps/drafts/{draft}?lang=zh")
        page.locator(".row-name").first.click()
        page.locator('[data-act="merge"]').click()
        page.locator('.action-proposal [data-part="go"]:enabled').wait_for()
        page.locator('[data-part="marks"]').click()
        assert SHOWN in page.locator(".menu-item").inner_text()
        assert SHOWN in page.locator(".aim").inner_text()
        compared = open_page(f"{address}/maps/compare?lang=zh")
        assert SHOWN[:20] in compared.locator("#panel").inner_text()
        for one in (page, compared):
            assert one.evaluate("window.hacked") is None
            assert one.locator("#panel img, #stage img").count() == 0
    service.store.close()


def test_comparison_moves_both_maps_and_tells_what_moved(
    site: str, town: Service, draft: int, open_page: Callable[..., Any]
) -> None:
    units = [number(c, 4) for c in range(3)]
    action = {"op": "move", "units": units, "grid": 1}
    editing.take_step(town, draft, action, revision=0, client="compare-1", actor="x", lang="zh")
    page = open_page(f"{site}/maps/compare?a=1&b=d{draft}&lang=zh")
    text = page.locator("#panel").inner_text()
    assert "3 个单元 · 90 户" in text
    assert "柳溪03" in page.locator("button.flow").inner_text()
    assert page.locator("#map_left .lb-grid").count() == 12
    centre = "() => { const c = wangge.map.getCenter(); return [c.lat, c.lng, wangge.map.getZoom()]; }"
    page.locator("button.flow").click()
    page.wait_for_timeout(600)
    left, right = page.locator("#map_left canvas").first, page.locator("#map_sheet canvas").first
    assert left.bounding_box()["width"] == right.bounding_box()["width"]
    before = page.evaluate(centre)
    box = page.locator("#map_left").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 340, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert page.evaluate(centre)[:2] != before[:2]  # the right map followed the left one
    page.locator(".langs a", has_text="EN").click()
    page.wait_for_selector("body[data-ready]")
    assert "3 units · 90 households" in page.locator("#panel").inner_text()


AXE_RUN = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
  .violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)"""


def accessible(page: Any) -> None:
    """No violation of WCAG 2.2 AA that axe-core finds, no text under 12 px, nothing wider than the screen."""
    page.wait_for_timeout(250)
    assert page.evaluate(AXE_RUN) == []
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(WIDE) <= 0


@pytest.mark.parametrize(("width", "height", "lang"), [(1400, 900, "zh"), (390, 844, "en")])
def test_every_state_is_accessible(
    edit: Any, site: str, town: Service, draft: int, open_page: Any, width: int, height: int, lang: str
) -> None:
    axe = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    script = axe.read_text(encoding="utf-8")
    page = edit(lang, width=width, height=height, refusals=True)
    page.evaluate(script)
    accessible(page)
    page.mouse.click(*spot(page, 3.5, 7.5))  # a target
    page.mouse.click(*spot(page, 3.5, 5.5))  # a unit
    page.locator(".action-chosen").wait_for()
    accessible(page)
    step = {"op": "lock", "grids": [8]}
    editing.take_step(town, draft, step, revision=0, client="axe-000001", actor="李强", lang="zh")
    page.locator('[data-part="go"]').click()
    page.locator(".action-conflict").wait_for()
    accessible(page)
    page.locator('[data-part="drop"]').click()
    page.locator('[data-act="balance"]').click()
    page.locator(".action-proposal").wait_for()
    accessible(page)
    for address in (f"/maps/compare?a=1&b=d{draft}&lang={lang}", f"/maps/plans/1?lang={lang}"):
        other = open_page(site + address, width=width, height=height)
        other.evaluate(script)
        accessible(other)
