"""The hotspots page in a real browser, served and from a disk: layers, slider, cards, files, hostile text, axe."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.maps import FoliumPages, assets
from geo.service import tiled
from geo.service.context import Service
from geo.service.hotspot_page import Question
from geo.service.hotspot_page_render import render_hotspots, view_hotspots
from geo.settings import read_settings
from tests.browser import settled, until
from tests.maps import town
from tests.maps.hotspot_town import TODAY, add_run, hotspot_service, make_place, make_told
from tests.maps.test_maps_browser import HOSTILE, SHOWN, SMALL_TEXT, WIDE
from tests.maps.test_maps_edit import accessible

pytestmark = pytest.mark.browser

TOKEN = "reader-token-0123456789"
MAY = 4
INK = "#17222D"
ELEVATED = "#C4521D"
COLOURS = """(k) => {
  const from = document.querySelectorAll('#map_sheet canvas')[k];
  const copy = Object.assign(document.createElement('canvas'), { width: from.width, height: from.height });
  const ctx = copy.getContext('2d', { willReadFrequently: true });
  ctx.drawImage(from, 0, 0);
  const d = ctx.getImageData(0, 0, copy.width, copy.height).data;
  const seen = new Set();
  for (let i = 0; i < d.length; i += 4) if (d[i + 3]) seen.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);
  return [...seen].map((n) => '#' + n.toString(16).padStart(6, '0').toUpperCase());
}"""
CHOSEN = "() => document.querySelector('.time-name').textContent"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("hotspots")
    (folder / "roles.toml").write_text(f'[tokens.one]\ntoken = "{TOKEN}"\nrole = "reader"\n', encoding="utf-8")
    service = hotspot_service(folder, make_told(600), make_place())
    add_run(service)
    return service


@pytest.fixture(scope="module")
def address(service: Service, vendor: Path) -> Iterator[str]:
    """A server of its own, with a reader."""
    folder = Path(str(service.store).split("'")[1]).parent
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(
            town, "settings_in",
            lambda where: read_settings(
                database_url=f"sqlite:///{where / 'geo.db'}", lang="zh", actor="t", roles=where / "roles.toml"
            ),
        )  # fmt: skip
        yield stack.enter_context(town.served(service, folder))
    service.store.close()  # type: ignore[attr-defined]


@pytest.fixture
def show(address: str, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """`show(step=4, reader=True)` opens the page; a reader's token lies in the window's storage."""

    def load(lang: str = "zh", *, reader: bool = False, more: str = "", **options: Any) -> Any:
        url = f"{address}/maps/hotspots?lang={lang}&until={TODAY.isoformat()}&step={MAY}{more}"
        page = open_page(url, **options)
        if reader:
            page.evaluate(f"sessionStorage.setItem('wangge-token', '{TOKEN}')")
            page.reload()
            page.wait_for_selector("body[data-ready]")
            page.wait_for_function("() => !document.querySelector('.sums .chip')")
        return page

    return load


def painted(page: Any, sheet: int = 0) -> set[str]:
    """The colours on a canvas; read from a copy, which a browser does not mind."""
    return set(page.evaluate(COLOURS, sheet))


def paints(page: Any, *colours: str, without: str = "", sheet: int = 0) -> bool:
    """Whether a canvas comes to hold these colours and not that one: it is painted in the next frame or a later one."""

    def right() -> bool:
        seen = painted(page, sheet)
        return seen >= {*colours} and without not in seen

    return bool(until(page, right))


def alone(service: Service, lang: Any = "zh") -> str:
    return render_hotspots(service, Question(until=TODAY), lang=lang, standalone=True)


def test_each_layer_comes_and_goes_by_itself(show: Any) -> None:
    page = show(more="&change=1")
    layer = page.locator('input[name="layer"]')
    assert [box.get_attribute("value") for box in layer.all()] == ["ratio", "significant", "clusters", "analyst"]
    assert paints(page, ELEVATED, INK)
    layer.nth(0).uncheck()
    assert paints(page, INK, without=ELEVATED)
    layer.nth(1).uncheck()
    assert paints(page, without=INK)
    layer.nth(0).check()
    assert paints(page, ELEVATED, without=INK)
    page.mouse.move(5, 5)
    assert paints(page, INK, sheet=1)
    layer.nth(2).uncheck()
    assert until(page, lambda: not painted(page, 1))


def test_a_large_place_is_drawn_from_tiles_and_answers_a_reader_at_once(
    show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inline = show(reader=True, more="&change=1")
    assert paints(inline, ELEVATED, INK)
    want = (inline.locator(".sums").inner_text(), inline.locator("table.grids").inner_text())
    monkeypatch.setattr(tiled, "INLINE_VERTICES", 0)
    page = show(reader=True, more="&change=1")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("body[data-ready]")
    settled(page)
    assert paints(page, ELEVATED, INK)
    assert (page.locator(".sums").inner_text(), page.locator("table.grids").inner_text()) == want
    assert [url for url in asked if "/maps/data/hotspots?" in url]
    assert not [url for url in asked if "/v1/hotspots/" in url], "the page's data is that of the reader"
    # Clusters along borders are drawn around all their grids together.
    page.get_by_label("沿相邻网格").check()
    page.locator(".hs-find .btn").click()
    page.wait_for_function("() => document.querySelectorAll('.hs-cluster').length > 1")
    page.mouse.move(5, 5)
    assert paints(page, INK, sheet=1)


def test_the_slider_goes_by_keys_and_buttons_and_says_where_it_is(show: Any) -> None:
    page = show()
    slider = page.locator(".time-slider")
    assert page.evaluate(CHOSEN) == "2026 年 5 月"
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => document.querySelector('.time-name').textContent === '2026 年 4 月'")
    assert slider.get_attribute("aria-valuetext") == "2026 年 4 月"
    assert "step=3" in page.url
    page.wait_for_function("() => document.querySelector('.sums b').textContent === '2026 年 4 月'")
    assert page.locator("#live").inner_text() == "2026 年 4 月"
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.time-name').textContent.includes('截至 2026 年 6 月 20 日')")
    page.get_by_role("button", name="下一时段").press("Enter")
    page.get_by_role("button", name="上一时段").press("Enter")
    page.wait_for_function("() => document.querySelector('.time-name').textContent === '2026 年 5 月'")
    settled(page)  # who leaves before an answer has come would leave a request behind
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate(CHOSEN) == "2026 年 5 月"


def test_cards_speak_plainly_and_lead_to_the_issues(show: Any) -> None:
    page = show("en", reader=True)
    card = page.locator(".hs-cluster")
    assert "12 in 7 days where 3 were expected; by chance about once in 800 days." in card.inner_text()
    link = card.locator("a.link").get_attribute("href")
    assert link.startswith("/maps/issues?")
    assert "category=hotline%2Fhotline%2F0501" in link
    assert "from=2026-05-04&to=2026-05-10" in link
    assert "lang=en" in link
    before = page.evaluate("wangge.map.getZoom()")
    card.locator(".cluster-name").press("Enter")
    assert until(page, lambda: page.evaluate("wangge.map.getZoom()") > before)
    page.get_by_role("button", name="Look for clusters").click()
    page.wait_for_function("() => document.querySelectorAll('.hs-cluster').length > 1")
    assert "in 31 days" in page.locator(".hs-cluster").first.inner_text()
    page.get_by_label("Along shared borders").check()
    # Who leaves before the answer has come would leave a request behind.
    with page.expect_response(lambda answer: "shape=neighbours" in answer.url):
        page.get_by_role("button", name="Look for clusters").click()
    settled(page)
    card.first.locator("a.link").click()
    page.wait_for_url("**/maps/issues*")
    page.wait_for_selector("body[data-ready]")


def test_table_and_map_answer_each_other_and_the_card_says_all(show: Any) -> None:
    page = show("en", reader=True)
    rows = page.locator("tr.row")
    assert rows.count() == 12
    first = rows.first
    first.locator(".row-name").focus()
    assert "hovered" in first.get_attribute("class")
    first.locator(".row-name").press("Enter")
    text = page.locator(".card").inner_text()
    for word in ("Incidents", "Expected", "Per 1,000 residents", "O/E (shrunk)", "95 %", "q", "May 2026"):
        assert word in text
    assert page.locator(".card a.link").get_attribute("href").startswith("/maps/issues?tab=all&closed=1&grids=9901")
    settled(page)
    box = page.locator(".lb-grid").nth(3).bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] + 12)
    page.locator(".tip").wait_for(state="visible")
    name = page.locator(".tip b").inner_text()
    assert name in page.locator("tr.hovered").inner_text()
    page.locator('input[value="analyst"]').check()
    assert "Gi*" in page.locator("thead").inner_text()
    page.get_by_text("Against the last").click()
    assert rows.first.locator(".ratio-chip.hot").count() == 1
    rows.first.locator(".row-name").click()
    assert "Risen with its neighbours, unlikely by chance" in page.locator(".card").inner_text()
    assert "6 grids risen with their neighbours" in page.locator(".block-told").inner_text()


def test_readers_see_counts_that_the_public_does_not(show: Any) -> None:
    count = "() => [...document.querySelectorAll('tr.row td:nth-child(2)')].map((cell) => cell.textContent)"
    public, full = (
        show(more="&category=hotline/hotline/0501", reader=reader).evaluate(count) for reader in (False, True)
    )
    assert "< 5" in public
    assert "< 5" not in full
    assert any(0 < int(n) < 5 for n in full)


def test_choices_change_the_picture_and_the_address(show: Any) -> None:
    page = show()
    page.locator('select[name="period"]').focus()
    page.locator('select[name="period"]').select_option("week")
    page.wait_for_function("() => document.querySelector('.time-name').textContent.includes('至')")
    assert "period=week" in page.url
    assert page.evaluate("document.activeElement.name") == "period"
    page.locator('select[name="denominator"]').select_option("past")
    page.wait_for_function("() => document.querySelector('.sums').textContent.includes('以往')")
    page.locator('select[name="category"]').select_option("hotline/hotline/05")
    page.wait_for_function("() => location.search.includes('category')")
    page.get_by_text("与上期相比").click()
    assert "change=1" in page.url
    assert "上期" in page.locator("thead").inner_text()
    assert "本期/上期" in page.locator("#legend").inner_text()
    page.locator('select[name="plan"]').select_option("then")
    page.wait_for_function("() => document.querySelector('.sums').textContent.includes('按当时方案')")
    page.locator('input[name="until"]').fill("2026-03-20")
    page.wait_for_url("**until=2026-03-20**")
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("JSON.parse(document.getElementById('page-data').textContent).plan.id") == 1


def test_a_refusal_is_said_in_place_and_the_picture_stays(show: Any) -> None:
    page = show(refusals=True)
    page.locator('input[name="until"]').fill("2027-01-01")
    page.locator(".problem").wait_for(state="visible")
    assert "2027-01-01" in page.locator(".problem").inner_text()
    assert page.locator('input[name="until"]').input_value() == TODAY.isoformat()
    assert page.evaluate(CHOSEN) == "2026 年 5 月"


def saved(page: Any, name: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.locator(".files").get_by_role("button", name=name).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def rows_of(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_files_from_the_server_and_from_a_disk_are_alike(
    show: Any, service: Service, open_page: Any, tmp_path: Path
) -> None:
    page = show()
    file = tmp_path / "hotspots.html"
    file.write_text(alone(service), encoding="utf-8")
    disk = open_page(file.as_uri(), offline=True)
    assert disk.evaluate(CHOSEN) == "2026 年 5 月"
    (name, served), (_, made) = saved(page, "CSV"), saved(disk, "CSV")
    assert name == "hotspots-2026-05-01.csv"
    ours, theirs = rows_of(served), rows_of(made)
    assert len(ours) == len(theirs) == 12
    for one, other in zip(ours, theirs, strict=True):
        for key in ("网格代码", "件数", "常情", "显著偏高", "可作判断", "上期"):
            assert (one[key] or "-1") == (other[key] or "-1") or float(one[key]) == float(other[key]), key
    for where in (page, disk):
        collection = json.loads(saved(where, "GeoJSON")[1])
        assert [f["properties"]["code"] for f in collection["features"]] == [row["网格代码"] for row in ours]
        import shapely

        shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in collection["features"]]
        grids = service.store.get_grids(2)
        assert all(shape.is_valid for shape in shapes)
        for shape, grid in zip(shapes, grids, strict=True):
            assert shape.symmetric_difference(grid.geometry).area < 1e-3 * grid.geometry.area
    assert saved(page, "GeoPackage")[1].startswith(b"SQLite format 3")
    picture = saved(page, "PNG")[1]
    assert picture.startswith(b"\x89PNG")
    wide, high = (int.from_bytes(picture[k : k + 4], "big") for k in (16, 20))
    assert wide > 1500
    assert high > 1500
    assert saved(disk, "PNG")[1].startswith(b"\x89PNG")
    assert disk.locator(".files").get_by_role("button", name="GeoPackage").count() == 0


def hostile(service: Service, pages: FoliumPages, lang: Any) -> str:
    """The page with every text that people write hostile, as one file."""
    view = view_hotspots(service, Question(until=TODAY), lang=lang, every_step=True)
    body = dict(view.body)
    body["plan_name"] = HOSTILE
    body["question"] = {**body["question"], "category": "h"}
    body["clusters"] = [
        {**cluster, "name": HOSTILE, "sentence": HOSTILE, "grids": [HOSTILE]} for cluster in body["clusters"]
    ]
    body["choices"] = {**body["choices"], "categories": [["h", HOSTILE, 0]], "departments": [["d", HOSTILE]]}
    grids = tuple(replace(grid, name=HOSTILE) for grid in view.grids)
    backdrop = replace(view.backdrop, name=HOSTILE)
    return pages.hotspots(replace(view, body=body, grids=grids, backdrop=backdrop), lang=lang, standalone=True)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_text_is_text(
    service: Service, address: str, pages: FoliumPages, open_page: Any, tmp_path: Path, lang: Any
) -> None:
    file = tmp_path / "hotspots.html"
    file.write_text(hostile(service, pages, lang), encoding="utf-8")
    page = open_page(file.as_uri(), width=390, height=844, offline=True)
    page.locator(".row-name").first.click()
    assert SHOWN in page.locator("#panel").inner_text()
    assert SHOWN in page.locator(".card").inner_text()
    assert page.evaluate("window.hacked") is None
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(WIDE) <= 0
    assert page.locator("#panel script, #panel img").count() == 0
    rows = rows_of(saved(page, "CSV")[1])
    assert all(cell[:1] not in "=+@" or not cell for row in rows for cell in row.values())


@pytest.mark.parametrize(
    ("lang", "width", "height"), [("zh", 1400, 900), ("en", 1400, 900), ("zh", 390, 844), ("en", 390, 844)]
)
def test_every_state_is_accessible_and_fits(
    show: Any, service: Service, open_page: Any, tmp_path: Path, lang: Any, width: int, height: int
) -> None:
    axe = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    page = show(lang, reader=True, width=width, height=height)
    page.evaluate(axe.read_text(encoding="utf-8"))
    accessible(page)
    page.locator('input[value="analyst"]').check()
    page.locator(".seg").nth(1).click()
    page.locator(".row-name").first.click()
    page.locator(".hs-find .btn").click()
    page.wait_for_function("() => document.querySelectorAll('.hs-cluster').length > 1")
    accessible(page)
    assert page.evaluate(WIDE) <= 0
    assert page.evaluate(SMALL_TEXT) == []
    file = tmp_path / "hotspots.html"
    file.write_text(alone(service, lang), encoding="utf-8")
    disk = open_page(file.as_uri(), offline=True, width=width, height=height)
    disk.evaluate(axe.read_text(encoding="utf-8"))
    accessible(disk)


def test_a_file_holds_no_figure_below_five(service: Service) -> None:
    text = alone(service)
    body = json.loads(re.search(r'id="page-data">(.*?)</script>', text, re.DOTALL)[1])["hotspots"]  # type: ignore[index]
    assert body["public"]
    assert len(body["details"]) == len(body["periods"])
    for detail in body["details"]:
        assert not [n for n in detail["observed"] if n is not None and 0 < n < 5]
        assert set(detail["ratio"]) == {None}
    assert len(base64.b64decode(body["classes"])) == 12 * len(body["periods"])
