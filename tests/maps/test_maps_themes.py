"""The pages of the month's theme in a browser: hostile words are text, everybody can use them, telephones too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from geo.maps import assets
from geo.maps.theme import theme_page
from geo.maps.theme_list import themes_page
from geo.model.themes import Theme, ThemeReport
from geo.service.theme_view import ThemeView
from tests.maps.editing import accessible
from tests.maps.town import town_drawing

HOSTILE = '<img src=x onerror=alert(1)>"\u202e</script>' + "长" * 90
COUNTED = ("incidents", "reports", "repeats", "handovers", "before", "others", "others_before")


def hostile_view() -> ThemeView:
    """Before and after, with every text that people write hostile."""
    grids = tuple(replace(grid, name=HOSTILE) for grid in town_drawing().grids)
    codes = tuple(grid.code for grid in grids[:3])
    theme = Theme(
        name=HOSTILE, note=HOSTILE, scheme="hotline", kind="hotline", category="0101", category_name=HOSTILE, plan=1,
        grids=codes, first=date(2026, 6, 1), last=date(2026, 6, 30), issues=(1, 2), by_grid=dict.fromkeys(codes, 7),
        counted=dict.fromkeys(COUNTED, 21), id=1, created_at=datetime(2026, 7, 1, tzinfo=UTC), created_by="x",
    )  # fmt: skip
    weeks = tuple((date(2026, 6, 1 + 7 * k), 4 + k, 9) for k in range(4))
    names = {grid.code: grid.name for grid in grids[:3]}
    report = ThemeReport(
        theme, date(2026, 7, 1), date(2026, 7, 20), 3, 9, (0.2, 0.1, 0.6), (0.3, 0.1, 0.9),
        dict.fromkeys(codes, (7, 1)), weeks, names,
    )  # fmt: skip
    return ThemeView(HOSTILE, report, grids, False)


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_themes_on_a_telephone(chromium: Any, lang: Any) -> None:
    axe: Path = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    view = hostile_view()
    said: list[str] = []
    page = chromium.new_page(viewport={"width": 390, "height": 700})
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda message: said.append(message.text))
    few = replace(view.report.theme, counted={**view.report.theme.counted, "incidents": -1}, id=2)
    try:
        for html, heading in (
            (theme_page(view, lang), "⟦U+202E⟧"),
            (themes_page([view.report.theme, few], HOSTILE, lang), ""),
            (themes_page([], HOSTILE, lang), ""),
        ):
            page.set_content(html)
            page.evaluate(axe.read_text(encoding="utf-8"))
            accessible(page)
            assert page.locator("img, script").count() == 0
            assert heading in page.locator("h1").inner_text()
            assert "<img src=x onerror=alert(1)>" in page.locator("main").inner_text()
    finally:
        page.close()
    assert said == []
