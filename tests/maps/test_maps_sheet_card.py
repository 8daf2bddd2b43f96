"""The page that a sheet's code leads to, on a telephone: hostile names are text, and everybody can use it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.maps import assets
from geo.maps.sheets.card import grid_card
from geo.service.pages import render_page
from geo.service.sheets import view_sheets
from tests.maps.editing import accessible
from tests.maps.sheet_town import LOOKUP, sheet_service
from tests.maps.town import COMMUNITIES, STEP, WEST, served

HOSTILE = '<img src=x onerror=alert(1)>"\u202e</script>'


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_card_on_a_telephone(chromium: Any, tmp_path: Path, lang: Any) -> None:
    axe = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    service = sheet_service(tmp_path)
    view = view_sheets(service, 1, lookup=LOOKUP)
    service.store.close()
    grids = (replace(view.grids[0], name=HOSTILE + "长" * 90, code=HOSTILE), *view.grids[1:])
    facts = replace(view.facts[0], leaders=(HOSTILE,), office=HOSTILE, phone=HOSTILE, community=HOSTILE)
    hostile = replace(
        view, grids=grids, facts=(facts, *view.facts[1:]), plan=replace(view.plan, name=HOSTILE),
        backdrop=replace(view.backdrop, name=HOSTILE),
    )  # fmt: skip
    page = chromium.new_page(viewport={"width": 390, "height": 700})
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda message: said.append(message.text))
    try:
        for shown, row, code in ((view, 0, ""), (hostile, 0, HOSTILE), (hostile, None, HOSTILE)):
            page.set_content(grid_card(shown, row, code, lang))
            page.evaluate(axe.read_text(encoding="utf-8"))
            accessible(page)
            assert page.locator("img, script").count() == 0
            if shown is hostile:
                assert '<img src=x onerror=alert(1)>"⟦U+202E⟧</script>' in page.locator("h1").inner_text()
        page.set_content(grid_card(view, 0, "", lang))
        assert page.locator("a.call").get_attribute("href") == "tel:01905550003"
    finally:
        page.close()
    assert said == []


@pytest.mark.browser
def test_a_grid_has_an_address_and_a_way_to_its_sheet(open_page: Any, tmp_path: Path) -> None:
    service = sheet_service(tmp_path)
    axe = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"

    def usable() -> None:
        if axe.is_file():
            page.evaluate(axe.read_text(encoding="utf-8"))
            accessible(page)

    code = f"{COMMUNITIES[1]}003"
    card, other = grid_card(view_sheets(service, 1, lookup=LOOKUP), 8, "", "zh"), f"{COMMUNITIES[0]}001"
    assert f'href="/?grid={code}"' in card
    alone = tmp_path / "plan.html"
    alone.write_text(render_page(service, "plan", lang="zh", standalone=True, plan_id=1), encoding="utf-8")
    with served(service, tmp_path) as address:
        page = open_page(f"{address}/?lang=en&grid={code}")
        link = page.locator(".card .sheet-link")
        assert page.locator(".card h2").inner_text() == "望河03"
        assert page.evaluate("wangge.map.getCenter().lng") == pytest.approx(WEST + 10.5 * STEP, abs=STEP)
        sheet = page.request.get(address + link.get_attribute("href"))
        assert (sheet.status, sheet.body()[:4], sheet.headers["content-language"]) == (200, b"%PDF", "en")
        assert f"grid={code}" in page.locator(".langs a").first.get_attribute("href")
        usable()
        page.locator(".row-name", has_text="柳溪01").click()
        assert f"grid={other}" in page.url
        page.locator(".card .close").click()
        assert "grid=" not in page.url
        page = open_page(f"{address}/maps/plans/1?lang=zh&grid=%3Cb%3E{'9' * 80}", width=390, height=800)
        assert "本方案没有网格 <b>999" in page.locator(".grid-missing").inner_text()
        usable()
        page.goto(f"{address}/maps/plans/1?lang=zh&grid={code}")
        page.locator(".card .sheet-link").wait_for()
        usable()
        page = open_page(f"file://{alone}?grid={code}")
        page.locator(".row-name", has_text="望河03").click()
        assert page.locator(".card h2").inner_text() == "望河03"
        assert page.locator(".sheet-link").count() == 0
    service.store.close()
