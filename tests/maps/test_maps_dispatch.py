"""The dispatch page in a real browser, against a real server: by mouse, by keyboard, with others, line lost."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geo.maps import assets
from geo.model import Category, Department, Place, Report, Rule, Staff
from geo.service.case_actions import advance, confirm
from geo.service.context import Service
from geo.service.issues import report_issue
from geo.service.person_place import Choice
from geo.service.plans import publish_plan
from geo.service.queues import get_item
from tests.maps.test_maps_browser import HOSTILE, SHOWN, SMALL_TEXT, WIDE
from tests.maps.test_maps_edit import AXE_RUN, says, spot
from tests.maps.town import SOUTH, STEP, WEST, served, town_drawing, town_place, town_service

pytestmark = pytest.mark.browser

LAMP = {"scheme": "hotline", "kind": "hotline", "category": "0101"}
LITTER = {"scheme": "hotline", "kind": "hotline", "category": "0201"}


def at(c: float, r: float) -> dict[str, Any]:
    """A place of the town, as a report gives it."""
    return {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP, "crs": "WGS84"}


def entry(key: str, name: str, community: str, c: float, r: float) -> dict[str, Any]:
    place = {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP}
    return {"id": key, "kind": "compound", "name": name, "town": "河湾街道", "community": community, **place}


def worked_place(word: str = "") -> Place:
    """The town with departments, categories, rules, leaders and compounds; `word` is added to every name."""
    return replace(
        town_place(),
        departments=(
            Department("cg", f"城管中队{word}"),
            Department("ld", f"路灯所{word}"),
            Department("jd", f"河湾街道办{word}", area="990101001"),
        ),
        categories=(
            Category("hotline", "hotline", "01", f"市政{word}"),
            Category("hotline", "hotline", "0101", f"路灯不亮{word}", "01"),
            Category("hotline", "hotline", "02", f"环卫{word}"),
            Category("hotline", "hotline", "0201", f"暴露垃圾{word}", "02"),
        ),
        rules=(
            Rule("R-1", "hotline", "hotline", "01", "", "ld", deadline_hours=24),
            Rule("R-2", "hotline", "hotline", "02", "", "cg", deadline_hours=48, with_departments=("jd",)),
        ),
        staff=(Staff("990101001001001", "网格长", f"李梅{word}"), Staff("990101001001002", "网格长", "王海燕")),
        entries=(
            entry("c1", "阳光小区", "柳溪社区", 3.5, 1.0),
            entry("c2", "阳光小区", "望河社区", 10.5, 1.0),
            entry("c3", "和平苑", "望河社区", 10.5, 9.0),
        ),
    )


def worked_town(folder: Path, word: str = "", name: str = "") -> Service:
    drawing = town_drawing()
    if name:
        drawing = replace(drawing, grids=tuple(replace(grid, name=name) for grid in drawing.grids))
    service = town_service(folder, worked_place(word), drawing)
    publish_plan(service, 1, effective=date(2024, 1, 1), actor="tester")
    return service


def seeded(service: Service) -> dict[str, int]:
    """One issue of each kind that a dispatcher meets; numbers by name."""
    told = {
        "lamp": Report(text="路灯不亮，晚上看不见", **LAMP, **at(2.5, 2.6)),
        "litter": Report(text="垃圾桶满溢三天", **LITTER, **at(11.5, 6.8)),
        "border": Report(text="路灯闪烁", **LAMP, **at(3.5, 2.08), accuracy_m=60.0),
        "twice": Report(text="阳光小区路灯坏了", address="阳光小区", **LAMP),
        "nowhere": Report(text="有人吵架", **LITTER),
        "plain": Report(text="没有类别的事", **at(9.5, 8.4)),
    }
    return {name: report_issue(service, report, actor="tester")[0].id for name, report in told.items()}


@pytest.fixture
def town(tmp_path: Path, vendor: Path) -> Iterator[Service]:
    service = worked_town(tmp_path)
    yield service
    service.store.close()


@pytest.fixture
def ids(town: Service) -> dict[str, int]:
    return seeded(town)


@pytest.fixture
def site(town: Service, ids: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(town, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def desk(site: str, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`desk()` opens the page in a browser of its own: each time another person."""
    return lambda lang="zh", **more: open_page(f"{site}/maps/issues?lang={lang}", **more)


def row(page: Any, text: str) -> Any:
    return page.locator("li.issue", has=page.locator(".issue-text", has_text=text)).locator("button")


def tab(page: Any, name: str) -> Any:
    return page.locator(f".tab-{name}")


def opened(page: Any, text: str) -> Any:
    """The card, once it shows an issue with this text."""
    page.locator(".card-text", has_text=text).wait_for()
    return page.locator("#panel")


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
    page.wait_for_timeout(600)
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


def test_new_issues_wait_behind_the_banner(desk: Any, site: str, town: Service) -> None:
    page = desk()
    row(page, "路灯闪烁").click()
    card = opened(page, "路灯闪烁")
    body = json.dumps({"text": "刚来的一件", **LITTER, **at(6.5, 6.5)}).encode()
    ask = urllib.request.Request(f"{site}/v1/issues", body, {"Content-Type": "application/json"})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(ask).close()
    banner = page.locator(".banner")
    banner.wait_for(state="visible")
    assert banner.inner_text() == "有 1 件新诉求，点此载入"
    assert row(page, "刚来的一件").count() == 0
    assert "路灯闪烁" in card.inner_text()  # the open card does not change
    banner.click()
    row(page, "刚来的一件").wait_for()
    assert banner.is_hidden()


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
    other.locator(".issue-note", has_text="正在处理").wait_for()
    row(other, "路灯闪烁").click()
    opened(other, "路灯闪烁").locator(".choice", has_text="柳溪01").click()
    other.locator("#panel .main").click()
    says(other, "已派")
    strip = one.locator(".strip-note", has_text="派单")
    strip.wait_for()
    assert one.locator("#panel .choice").count() >= 2  # nothing moved under the hand
    strip.get_by_role("button", name="查看").click()
    one.locator("#panel .chip", has_text="已派单").wait_for()


def test_lost_line_is_told_and_comes_back(site: str, chromium: Any, ids: dict[str, int]) -> None:
    # Not `open_page`: requests that fail are what this is about.
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"{site}/maps/issues?lang=zh")
    page.wait_for_selector("body[data-ready]")
    row(page, "路灯闪烁").click()
    opened(page, "路灯闪烁").locator(".choice", has_text="柳溪01").click()
    context.set_offline(True)
    page.locator(".lost", has_text="已断开").wait_for()
    page.locator("#panel .main").click()
    trouble = page.locator("#panel .trouble")
    trouble.wait_for()
    assert "没有提交" in trouble.inner_text()
    context.set_offline(False)
    page.locator(".line-state .link").click()
    page.locator(".line-state", has_text="实时").wait_for()
    trouble.get_by_role("button", name="重试").click()  # kept, and sent only when asked
    says(page, "已派：路灯不亮 → 柳溪01")
    context.close()


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
        page.wait_for_timeout(250)
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


def accessible(page: Any) -> None:
    page.wait_for_timeout(250)
    assert page.evaluate(AXE_RUN) == []
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(WIDE) <= 0


@pytest.mark.parametrize(
    ("width", "height", "lang"), [(1400, 900, "zh"), (1000, 760, "en"), (390, 844, "zh"), (390, 844, "en")]
)
def test_every_state_is_accessible(
    desk: Any, town: Service, ids: dict[str, int], width: int, height: int, lang: str
) -> None:
    axe = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    page = desk(lang, width=width, height=height, refusals=True)
    page.evaluate(axe.read_text(encoding="utf-8"))
    accessible(page)
    row(page, "路灯闪烁").click()
    opened(page, "路灯闪烁")
    accessible(page)
    page.locator("#panel .more").click()
    accessible(page)
    page.keyboard.press("Escape")
    page.locator("h1").last.focus()
    page.keyboard.press("o")
    page.locator(".form-head").wait_for()
    accessible(page)
    page.keyboard.press("Escape")
    page.locator(".choice input:enabled").first.check()
    item = confirm(town, ids["border"], Choice(grid="990101001001002"), revision=1, actor="王琳")
    assert item.case.revision == 2
    page.locator("#panel .main").click()
    page.locator(".strip-note .link").wait_for()
    accessible(page)
    page.locator("#panel .close").first.click()
    page.locator("#queue .head-buttons button").nth(1).click()
    page.locator("#new-words").wait_for()
    accessible(page)
    page.keyboard.press("Escape")
    page.locator("#queue .head-buttons button").nth(2).click()
    page.locator("#own-name").wait_for()
    accessible(page)
