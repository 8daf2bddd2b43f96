"""The page that a sheet's code leads to, on a telephone: hostile names are text, and everybody can use it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.maps import assets
from geo.maps.sheets.card import grid_card
from geo.service.sheets import view_sheets
from tests.maps.editing import accessible
from tests.maps.sheet_town import LOOKUP, sheet_service

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
