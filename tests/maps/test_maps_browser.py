"""The pages in a real browser: they draw, answer, fit a phone, obey the policy and show hostile text as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from geo.maps import FoliumPages
from geo.model import Issue
from geo.service.views import PlanView
from tests.browser import settled
from tests.maps.maps_views import make_coverage_view, make_hotspots_view, make_issues_view, make_plan_view

pytestmark = pytest.mark.browser

HOSTILE = (
    '<script>window.hacked=1</script>"onmouseover="window.hacked=1" </script>'
    "<img src=x onerror=window.hacked=1>\u202egnp"
)
SHOWN = HOSTILE.replace("\u202e", "⟦U+202E⟧")
SMALL_TEXT = """() => [...document.querySelectorAll('body *')].filter((node) => {
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  const shown = node.getClientRects().length && !node.closest('.sr, script, style, noscript, title');
  return own && shown && parseFloat(getComputedStyle(node).fontSize) < 12;
}).map((node) => node.outerHTML.slice(0, 120))"""
WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"
NAMELESS = """() => [...document.querySelectorAll('button, a, select, input')].filter((node) => {
  const named = node.textContent.trim() || node.getAttribute('aria-label') || node.labels?.length;
  return node.getClientRects().length && !named;
}).map((node) => node.outerHTML)"""
PAINTED = """() => {
  const c = document.querySelector('canvas');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  const seen = new Set(); for (let i = 0; i < d.length; i += 4) seen.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);
  return [...seen].map((n) => '#' + n.toString(16).padStart(6, '0').toUpperCase()); }"""


@cache
def render_all(pages: FoliumPages, *, lang: Any = "zh", standalone: bool = False) -> dict[str, str]:
    return {
        "/": pages.plan(make_plan_view(), lang=lang, standalone=standalone),
        "/band": pages.plan(make_plan_view(band=(300, 450), issues=60, name="2026"), lang=lang, standalone=standalone),
        "/maps/issues": pages.issues(make_issues_view(), lang=lang, standalone=standalone),
        "/maps/coverage": pages.coverage(make_coverage_view(), lang=lang, standalone=standalone),
        "/maps/hotspots": pages.hotspots(make_hotspots_view(), lang=lang, standalone=standalone),
    }


@pytest.mark.parametrize(
    ("lang", "width", "height"), [("zh", 1400, 900), ("en", 1000, 760), ("zh", 390, 844), ("en", 390, 844)]
)
def test_every_page_fits_and_can_be_read(
    pages: FoliumPages, serve: Any, open_page: Callable[..., Any], lang: str, width: int, height: int
) -> None:
    bodies = render_all(pages, lang=lang)
    base = serve(bodies)
    for path in bodies:
        page = open_page(base + path, width=width, height=height)
        assert page.evaluate(WIDE) <= 0, path
        assert page.evaluate(SMALL_TEXT) == [], path
        assert page.evaluate(NAMELESS) == [], path
        assert page.locator("html").get_attribute("lang") == ("zh-CN" if lang == "zh" else "en")
        assert page.locator("#legend .legend-item").count() >= 3, path
        assert page.locator(".scale-text").inner_text().endswith(("米", "m"))
        assert page.locator(".lb-grid").count() >= 6, path


def test_plan_page_paints_every_wash_and_labels_every_grid(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/")
    colours = set(page.evaluate(PAINTED))
    assert colours >= {"#F3C7C4", "#D6E8BC", "#B9D3DC", "#EBCDA0", "#E4EBFD", "#FBF0CC", "#DCCBF4", "#C4E6D7"}
    assert colours >= {"#B5D5E6", "#FFFFFF"}  # water and roads
    names = page.locator(".lb-grid b").all_inner_texts()
    assert sorted(names) == sorted([f"柳溪0{n}" for n in range(1, 5)] + [f"望河0{n}" for n in range(1, 6)])
    assert page.locator(".lb-grid .lb-second").count() == 9
    assert "柳溪公园" in page.locator(".lb-park").all_inner_texts()
    assert page.locator(".lb-road").count() >= 5


def test_zooming_out_shows_numbers_and_communities(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/")
    for _ in range(2):
        page.locator(".zoomers button").nth(1).click()
        settled(page)
    assert set(page.locator(".lb-grid b").all_inner_texts()) <= {"01", "02", "03", "04", "05"}
    assert set(page.locator(".lb-area").all_inner_texts()) == {"柳溪", "望河"}
    before = page.locator(".scale-text").inner_text()
    page.locator(".zoomers button").nth(0).click()
    settled(page)
    assert page.locator(".scale-text").inner_text() != before


def test_row_and_map_answer_each_other(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/")
    page.locator(".row-name", has_text="望河03").click()
    card = page.locator("section.card")
    assert "望河03" in card.inner_text()
    assert "990101001002003" in card.inner_text()
    assert page.locator("tr.chosen .row-name").get_attribute("aria-pressed") == "true"
    settled(page)
    # From the map to the row: click where another grid's name stands.
    box = page.locator(".lb-grid", has_text="望河02").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] + 12)
    assert "望河02" in page.locator("tr.hovered").inner_text()
    tip = page.locator(".tip")
    tip.wait_for(state="visible")
    assert "望河02" in tip.inner_text()
    page.mouse.click(box["x"] + 5, box["y"] + box["height"] + 12)
    assert "望河02" in card.inner_text()
    card.locator(".close").click()
    assert card.is_hidden()


def test_fault_in_the_list_zooms_to_its_pin(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/")
    assert page.locator(".fault-pin").count() == 2
    page.locator(".zoomers button").nth(1).click()
    settled(page)
    page.locator(".fault").first.click()
    settled(page)
    pin = page.locator(".fault-pin .disc-danger").bounding_box()
    stage = page.locator("#map_sheet").bounding_box()
    assert abs(pin["x"] + pin["width"] / 2 - stage["x"] - stage["width"] / 2) < 40
    assert abs(pin["y"] + pin["height"] / 2 - stage["y"] - stage["height"] / 2) < 40


def test_issues_filter_open_and_explain(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/maps/issues")
    counts = [int(text.split()[0]) for text in page.locator(".tab").all_inner_texts()]
    assert counts[0] == counts[1] == counts[2] == 15
    assert counts[4] == 45  # closed ones are hidden until asked for
    page.locator(".with-closed input").check()
    assert page.locator(".tab-all b").inner_text() == "60"
    page.locator(".with-closed input").uncheck()
    page.locator("select.filter").nth(0).select_option(index=1)
    left = int(page.locator(".tab-all b").inner_text())
    assert 0 < left < 45
    assert page.locator(".issue").count() == left
    page.locator(".issue button").first.click()
    panel = page.locator("#panel")
    assert "为什么这样派" in panel.inner_text()
    assert page.locator(".why li").count() >= 3
    assert page.locator(".issue.chosen").count() == 1
    page.keyboard.press("Escape")
    assert "概况" in panel.inner_text()


def test_issue_pins_gather_far_out_and_part_near_in(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/maps/issues")
    placed = 45 - sum(1 for k in range(60) if k % 17 == 16 and k % 4 != 3)

    assert on_the_map(page) == placed
    clusters = page.locator(".cluster").count()
    assert clusters > 0
    page.locator(".cluster").first.click()
    settled(page)
    assert page.locator(".pin-sign").count() > 0


def test_unplaced_issues_are_never_lost_from_the_list(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/maps/issues")
    page.locator(".toggle").first.click()
    assert "没有可用的位置" in page.locator(".queue-note").inner_text()
    page.locator(".queue-note button").click()
    assert page.locator(".queue-note").is_hidden()
    page.locator("select.filter").nth(1).select_option(index=0)
    texts = " ".join(page.locator(".issue").all_inner_texts())
    assert "未归网格" in texts


def test_phone_sheet_and_card_take_turns(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/maps/issues", width=390, height=844)
    queue, panel = page.locator("#queue"), page.locator("#panel")
    assert queue.is_visible()
    assert panel.is_hidden()
    page.locator(".issue button").first.click()
    assert queue.is_hidden()
    assert panel.is_visible()
    page.locator(".back").click()
    assert queue.is_visible()
    queue.locator(".handle").click()
    assert queue.get_attribute("data-drawer") == "full"


def hostile_plan() -> PlanView:
    view = make_plan_view(issues=60)
    backdrop = replace(
        view.backdrop,
        name=HOSTILE,
        areas=tuple(replace(area, name=HOSTILE) for area in view.backdrop.areas),
        features=tuple(replace(f, name=HOSTILE if f.name else "", id=HOSTILE) for f in view.backdrop.features),
    )
    return replace(
        view,
        plan=replace(view.plan, name=HOSTILE),
        grids=tuple(replace(grid, name=HOSTILE) for grid in view.grids),
        violations=tuple(replace(v, context={**v.context, "unit": HOSTILE}) for v in view.violations),
        backdrop=backdrop,
        issues=hostile_ones(view.issues),
    )


def hostile_ones(issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
    return tuple(
        replace(
            issue,
            text=HOSTILE,
            source=HOSTILE,
            source_id=HOSTILE,
            category_name=HOSTILE,
            address=HOSTILE,
            location=replace(issue.location, grid_name=HOSTILE, crs=HOSTILE, note=HOSTILE),
            route=replace(issue.route, department_name=HOSTILE, rule=HOSTILE, tried=((HOSTILE + "2", HOSTILE),)),
        )
        for issue in issues
    )


def hostile_issues() -> Any:
    view = make_issues_view(20)
    plan = hostile_plan()
    issues = hostile_ones(view.issues)
    return replace(view, plan=plan.plan, grids=plan.grids, issues=issues, backdrop=plan.backdrop)


def on_the_map(page: Any) -> int:
    """How many issues the pins and clusters of the map stand for."""
    clusters = [int(text) for text in page.locator(".cluster text").all_text_contents()]
    return sum(clusters) + page.locator(".pin-sign").count()


def test_plan_page_shows_open_issues_quietly_with_a_legend(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    view = make_plan_view(band=(300, 450), issues=60)
    page = open_page(serve(render_all(pages)) + "/band")
    assert on_the_map(page) == len(view.issues) > 30
    assert page.locator(".cluster").count() < 30
    legend = page.locator("#legend .legend-item:visible").all_inner_texts()
    assert [text.split()[-1] for text in legend[:5]] == ["待确认", "待派单", "处理中", "超期", "聚合"]
    assert page.locator(".lb-grid").count() == 9  # every grid keeps a name or number beside the pins
    assert page.locator("h1").inner_text() == "2026 年网格方案"


def test_issue_switch_is_a_button_that_says_its_state(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/band")
    switch = page.get_by_role("button", name="诉求", pressed=True)
    before = on_the_map(page)
    switch.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="诉求", pressed=False).count() == 1
    assert on_the_map(page) == 0
    assert page.locator("#legend .legend-item:visible").first.inner_text() == "网格界"
    assert page.locator("#live").inner_text() == "地图上不显示诉求"
    page.keyboard.press("Enter")
    assert on_the_map(page) == before
    assert page.locator(".switch").get_attribute("aria-pressed") == "true"
    switch.hover()  # what lies under a float is not what the pointer means
    page.wait_for_timeout(400)
    assert page.locator(".tip").is_hidden()


def test_pin_opens_a_small_card_in_the_panel(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/band?lang=zh")
    while not page.locator(".pin-sign").count():
        page.locator(".cluster").first.click()
        settled(page)
    page.locator(".pin-sign").first.click()
    card = page.locator("#panel .brief")
    titles = ("暴露垃圾", "井盖缺损", "物业停车")
    assert card.locator("h2").inner_text() in titles
    assert card.locator(".chip").first.inner_text() in ("待确认", "待派单", "处理中", "超期")
    told = card.inner_text()
    assert "归属网格" in told
    assert "承办部门" in told
    assert card.locator("a").get_attribute("href") == "/maps/issues?lang=zh"
    assert page.locator(".pin-sign.chosen").count() == 1
    card.locator(".close").click()
    assert card.is_hidden()
    assert page.locator(".pin-sign.chosen").count() == 0


def test_issues_of_a_grid_open_from_the_keyboard(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    view = make_plan_view(issues=60)
    page = open_page(serve(render_all(pages)) + "/band")
    mine = [i for i in view.issues if i.location.grid_name == "望河01"]
    page.locator(".row-name", has_text="望河01").press("Enter")
    link = page.locator("section.card .facts button")
    link.press("Enter")
    card = page.locator("#panel .brief")
    assert card.locator("dd").nth(1).inner_text() == "望河01"
    assert f"1 / {len(mine)}" in card.locator(".pager").inner_text()
    assert page.evaluate("document.activeElement.closest('.brief') !== null")
    page.get_by_role("button", name="下一件").press("Enter")
    assert f"2 / {len(mine)}" in card.locator(".pager").inner_text()
    page.keyboard.press("Escape")
    assert card.is_hidden()
    assert page.evaluate("document.activeElement.closest('section.card') !== null")


def test_small_card_stands_in_the_sheet_of_a_phone(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages)) + "/band", width=390, height=844)
    page.locator("#panel .handle").click()
    page.locator("#panel .handle").click()
    assert page.locator("#panel").get_attribute("data-drawer") == "peek"
    while not page.locator(".pin-sign").count():
        page.locator(".cluster").first.click()
        settled(page)
    page.locator(".pin-sign").first.click()
    assert page.locator("#panel").get_attribute("data-drawer") == "half"
    settled(page)
    card, sheet = page.locator("#panel .brief").bounding_box(), page.locator("#panel").bounding_box()
    assert card["y"] < sheet["y"] + 40
    pin = page.locator(".pin-sign.chosen").bounding_box()
    assert pin["y"] + pin["height"] < sheet["y"]  # the pin is not under the sheet
    assert page.evaluate(WIDE) <= 0


def test_a_plan_that_is_not_in_force_has_no_issues(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    view = make_plan_view()
    draft = replace(view, plan=replace(view.plan, state="draft"))
    page = open_page(serve({"/": pages.plan(draft, lang="zh", standalone=False)}) + "/")
    assert page.locator(".switch").count() == 0
    assert page.locator("#legend .status-icon").count() == 0
    assert page.locator("h1").inner_text() == "2026 年网格调整"


@pytest.mark.parametrize("standalone", [False, True])
def test_hostile_text_is_shown_as_text(
    pages: FoliumPages, serve: Any, open_page: Any, tmp_path: Path, standalone: bool
) -> None:
    bodies = {
        "/": pages.plan(hostile_plan(), lang="zh", standalone=standalone),
        "/maps/issues": pages.issues(hostile_issues(), lang="zh", standalone=standalone),
    }
    base = serve(bodies)
    page = open_page(base + "/")
    page.mouse.move(500, 450)
    page.locator(".tip").wait_for(state="visible")
    page.locator(".row-name").first.click()
    for place in ("h1", "header .place", ".tip b", "section.card h2", ".row-name", "tr.group bdi"):
        assert page.locator(place).first.text_content() == SHOWN, place
    assert SHOWN in page.locator(".fault").first.text_content()
    page.locator("section.card .facts button").click()
    for place in (".brief h2", ".brief .brief-text", ".brief dd:has(bdi)"):
        assert page.locator(place).first.text_content() == SHOWN, place
    assert page.locator(".brief dd").nth(2).text_content() == SHOWN
    assert page.locator(".brief a").count() == (0 if standalone else 1)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src='x']").count() == 0
    page = open_page(base + "/maps/issues")
    page.locator(".issue button").first.click()
    for place in (".issue b bdi", "#panel h1", "#panel .card-text p bdi", ".owner", ".chain bdi", ".card-head .code"):
        assert page.locator(place).first.text_content() == SHOWN, place
    assert SHOWN in page.locator(".why").text_content()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src='x']").count() == 0


def test_standalone_files_open_from_disk_without_network(pages: FoliumPages, open_page: Any, tmp_path: Path) -> None:
    for path, html in render_all(pages, standalone=True).items():
        file = tmp_path / f"{path.strip('/').replace('/', '-') or 'plan'}.html"
        file.write_text(html, encoding="utf-8")
        page = open_page(file.as_uri(), offline=True)
        assert page.locator(".lb-grid").count() >= 8, path
        assert page.locator("header nav").count() == 0  # it has no other pages to go to
        assert len(page.evaluate(PAINTED)) > 8


def test_language_of_the_address_goes_along(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    page = open_page(serve(render_all(pages, lang="en")) + "/?lang=en")
    assert page.locator("nav a").nth(2).get_attribute("href") == "/maps/issues?lang=en"
    page.locator("nav a").nth(2).click()
    page.wait_for_url("**/maps/issues?lang=en")
    page.wait_for_selector("body[data-ready]")
    assert page.url.endswith("/maps/issues?lang=en")


def test_empty_place_says_so(pages: FoliumPages, serve: Any, open_page: Any) -> None:
    view = make_issues_view(0)
    page = open_page(
        serve({"/": pages.issues(replace(view, plan=None, grids=(), issues=()), lang="zh", standalone=False)})
    )
    assert "没有符合条件的诉求" in page.locator(".queue-list").inner_text()
