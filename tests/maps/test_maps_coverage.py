"""The coverage page in a real browser: measures, lists to walk, search, target line, export, what is missing, axe."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.maps import FoliumPages
from geo.service.coverage import view_coverage
from geo.service.views import CoverageView, Seam
from tests.browser import settled
from tests.maps.coverage_town import coverage_service, make_place, make_reports
from tests.maps.editing import accessible, with_axe
from tests.maps.test_maps_browser import HOSTILE, SHOWN, SMALL_TEXT, WIDE
from tests.maps.town import SOUTH, STEP, WEST

pytestmark = pytest.mark.browser

MEASURES = ("outside", "seams", "vacant", "span", "rate", "station", "balance")


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> CoverageView:
    """The town, and two faults of its net."""
    service = coverage_service(tmp_path_factory.mktemp("page"), reports=make_reports())
    found = view_coverage(service)
    service.store.close()
    codes = (found.grids[0].code, found.grids[1].code)
    seams = (
        Seam("fault_overlap", codes, 812.25, WEST + 2 * STEP, SOUTH + 2 * STEP),
        Seam("coverage_ground_without_grid", (), 3.5, WEST + 13.9 * STEP, SOUTH + 11 * STEP),
    )
    return replace(found, seams=seams, gap_m2=3.5, overlap_m2=812.25)


@pytest.fixture
def show(
    pages: FoliumPages, serve: Callable[..., str], open_page: Callable[..., Any], view: CoverageView
) -> Callable[..., Any]:
    """`show()` opens the page of a view under the policy that the server sends."""

    def load(lang: Any = "zh", given: CoverageView | None = None, **more: Any) -> Any:
        address = serve({"/maps/coverage": pages.coverage(given or view, lang=lang, standalone=False)})
        return open_page(address + "/maps/coverage", **more)

    return load


def choose(page: Any, name: str) -> None:
    page.locator(f'input[name="measure"][value="{name}"]').check()


def hostile(view: CoverageView) -> CoverageView:
    """Every text that people write is hostile."""
    return replace(
        view,
        plan=replace(view.plan, name=HOSTILE),
        grids=tuple(replace(grid, name=HOSTILE) for grid in view.grids),
        rows=tuple(
            replace(row, vacant=(HOSTILE,), stations=(HOSTILE,), span_by_role={HOSTILE: 3.0}) for row in view.rows
        ),
        uncovered=tuple(replace(house, name=HOSTILE, id="=1+1") for house in view.uncovered),
        seams=tuple(replace(seam, codes=(HOSTILE,)) for seam in view.seams),
        roles=(HOSTILE,),
        stations=tuple(replace(station, name=HOSTILE) for station in view.stations),
        backdrop=replace(view.backdrop, name=HOSTILE),
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_every_state_is_accessible_and_fits(show: Any, lang: str, width: int, height: int) -> None:
    """Each measure, each of its settings, a list walked into, a search that finds nothing."""
    page = with_axe(show(lang, width=width, height=height))
    for name in MEASURES:
        choose(page, name)
        accessible(page, settle=60)
    choose(page, "span")
    page.locator('[name="target"]').fill("100")
    page.locator('[name="target"]').press("Enter")
    accessible(page, settle=60)
    choose(page, "rate")
    page.locator('[name="period"]').select_option("3")
    accessible(page, settle=60)
    page.locator(".search").fill("没有的")
    accessible(page, settle=60)
    choose(page, "outside")
    page.locator(".fault").first.click()
    accessible(page, settle=400)


def test_the_period_of_the_rate_is_chosen(show: Any, view: CoverageView) -> None:
    period = view.periods[2]
    many = replace(period, counts=period.counts + 9, judged=period.judged | True, issues=999, rate=321.0, too_few=0)
    page = show(given=replace(view, periods=(*view.periods[:2], many)))
    choose(page, "rate")
    before = page.locator("tr.row td").first.inner_text()
    page.locator('[name="period"]').select_option(label="近 365 天")
    assert "321.0" in page.locator(".told").inner_text()
    assert "999" in page.locator(".told").inner_text()
    assert "321" in page.locator(".measure", has=page.locator('input[value="rate"]')).inner_text()
    best = max(range(12), key=lambda k: many.counts[k] / view.rows[k].households)
    first = page.locator("tr.row").first
    assert first.get_attribute("title") == view.rows[best].grid
    shown = 1000 * int(many.counts[best]) / view.rows[best].households
    assert first.locator("td").first.inner_text() == f"{shown:,.1f}" != before
    assert page.evaluate("document.activeElement.name") == "period"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_text_is_text_in_every_measure(
    show: Any, view: CoverageView, pages: FoliumPages, open_page: Any, tmp_path: Path, lang: Any
) -> None:
    file = tmp_path / "coverage.html"
    file.write_text(pages.coverage(hostile(view), lang=lang, standalone=True), encoding="utf-8")
    alone = open_page(file.as_uri(), width=390, height=844, offline=True)
    for page in (show(lang, hostile(view)), alone):
        for name in MEASURES:
            choose(page, name)
            assert SHOWN in page.locator("#panel").inner_text()
            assert page.evaluate("window.hacked") is None
            assert page.evaluate(SMALL_TEXT) == []
            assert page.evaluate(WIDE) <= 0
        assert page.locator("#panel script, #panel img").count() == 0


def test_totals_and_rows_say_what_the_server_counted(show: Any, view: CoverageView) -> None:
    page = show()
    cards = dict(zip(MEASURES, page.locator(".measure-card").all_inner_texts(), strict=True))
    assert "3 栋" in cards["outside"].replace("\n", " ") or "3栋" in cards["outside"]
    assert "24 户" in cards["outside"]
    assert f"{view.totals.grids_full}/12" in cards["vacant"]
    assert f"{view.totals.span:.0f}" in cards["span"]
    choose(page, "span")
    order = sorted(view.rows, key=lambda row: (-(row.span or 1e9), row.grid))
    assert page.locator("tr.row").evaluate_all("rows => rows.map((row) => row.title)") == [row.grid for row in order]
    assert page.locator("tr.row").first.locator("td").first.inner_text() == "无人在岗"
    choose(page, "rate")
    few = [row for row in view.rows if not row.judged]
    assert 0 < len(few) < 12
    assert page.locator("td", has_text="样本少").count() == len(few) == page.locator(".measured .few").count()
    assert "样本太少" in page.locator("#legend").inner_text()


def test_lists_are_walked_by_mouse_and_keys(show: Any) -> None:
    page = show()
    zoom = "wangge.map.getZoom()"
    before = page.evaluate(zoom)
    page.locator(".fault").nth(1).click()
    settled(page)
    assert page.evaluate(zoom) > before
    at = page.evaluate("(() => { const c = wangge.map.getCenter(); return [c.lat, c.lng]; })()")
    assert at == pytest.approx([SOUTH + 5.15 * STEP, WEST - 1.05 * STEP], abs=STEP / 4)
    assert "孤楼1" in page.locator("#live").inner_text()
    page.keyboard.press("n")
    assert page.locator(".current").inner_text().find("孤楼2") >= 0
    page.keyboard.press("Shift+N")
    page.keyboard.press("Shift+N")
    assert "孤楼0" in page.locator(".current").inner_text()
    choose(page, "seams")
    assert page.locator(".fault-pin").count() == 2
    page.get_by_role("button", name="下一项").press("Enter")
    page.get_by_role("button", name="下一项").press("Enter")
    assert "3.5 平方米不在任何网格内" in page.locator("#live").inner_text()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "下一项"
    choose(page, "span")
    assert page.locator(".fault-pin").count() == 0


def test_measures_change_by_arrow_keys_and_are_announced(show: Any) -> None:
    page = show("en")
    page.locator('input[value="outside"]').focus()
    page.keyboard.press("ArrowDown")
    assert page.locator('input[value="seams"]').is_checked()
    assert page.locator("#live").inner_text().startswith("Shown: Gaps and overlaps.")
    page.keyboard.press("ArrowDown")
    assert page.locator("h2").inner_text() == "Vacant posts"


def test_target_line_and_role_are_settings(show: Any, view: CoverageView) -> None:
    page = show()
    choose(page, "span")
    page.locator('[name="target"]').fill("100")
    page.locator('[name="target"]').press("Enter")
    over = sum(row.span is not None and round(row.span, 1) > 100 for row in view.rows)
    assert 0 < over < 12
    assert f"{over} 个网格超过目标线" in page.locator(".told").inner_text()
    assert page.locator("td .strong").count() == over
    assert "超过目标线" in page.locator("#legend").inner_text()
    page.locator('[name="role"]').select_option(label="网格员")
    mine = [row.span_by_role["网格员"] for row in view.rows]
    assert page.locator("td .strong").count() == sum(n is not None and round(n, 1) > 100 for n in mine)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    choose(page, "span")
    assert page.locator('[name="target"]').input_value() == "100"


def test_search_leaves_what_fits_and_says_how_many(show: Any) -> None:
    page = show()
    page.locator(".search").fill("孤楼2")
    assert page.locator(".fault").count() == 1
    choose(page, "vacant")
    page.locator(".search").fill("柳溪")
    assert page.locator("tr.row:visible").count() == 6
    assert page.locator("#live").inner_text() == "找到 6 条"
    page.locator(".search").fill("没有的")
    assert page.locator("tr.row:visible").count() == 0
    assert page.locator(".none").is_visible()


def exported(page: Any) -> list[list[str]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    text = Path(waiting.value.path()).read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_export_has_every_grid_and_no_formula(show: Any, view: CoverageView) -> None:
    page = show("en", hostile(view))
    rows = exported(page)
    assert [row[0] for row in rows[1:]] == [SHOWN] * 3
    assert {row[1] for row in rows} == {"Code", "'=1+1"}
    choose(page, "balance")
    rows = exported(page)
    head = rows[0]
    assert len({len(row) for row in rows}) == 1
    by_code = {row[0]: dict(zip(head, row, strict=True)) for row in rows[1:]}
    for told in view.rows:
        assert by_code[told.grid]["Households"] == str(told.households)
        assert by_code[told.grid]["Issues"] == str(told.issues)
        assert float(by_code[told.grid]["To a station (m)"]) == round(told.station_m or 0)


def test_what_is_missing_is_said_with_the_way_to_supply_it(
    tmp_path: Path, pages: FoliumPages, open_page: Any, show: Any
) -> None:
    service = coverage_service(tmp_path, make_place(bare=True))
    page = show("zh", view_coverage(service))
    service.store.close()
    for name, words in (("station", "stations"), ("vacant", "staff.csv"), ("rate", "geo issues import")):
        choose(page, name)
        assert words in page.locator(".told").inner_text()
        assert page.locator("tr.row").count() == 0
    choose(page, "seams")
    assert "不重不漏" in page.locator(".told").inner_text()
