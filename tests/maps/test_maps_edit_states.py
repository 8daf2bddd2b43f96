"""Planner and comparison in every state: what axe finds, hostile names, a ground with faults, shapes from borders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo.maps import draft_data
from geo.model import Drawing
from geo.service import editing, pages_edit
from geo.service.context import Service
from tests.browser import settled, until
from tests.maps.editing import AREA, accessible, says, spot, with_axe
from tests.maps.test_maps_browser import HOSTILE, SHOWN
from tests.maps.town import number, served, square, town_drawing, town_place, town_service

pytestmark = pytest.mark.browser


def step(service: Service, draft: int, revision: int, **action: Any) -> None:
    """Somebody else's step."""
    client = f"other-{draft}-{revision}"
    editing.take_step(service, draft, action, revision=revision, client=client, actor="李强", lang="zh")


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_state_is_accessible(
    edit: Any, edit_site: str, edit_town: Service, draft: int, open_page: Any, width: int, lang: str
) -> None:
    town, height = edit_town, 900 if width > 400 else 844
    page = with_axe(edit(lang, width=width, height=height, refusals=True))
    card = page.locator(".action")

    def state(kind: str, **more: Any) -> None:
        page.locator(f".action-{kind}").wait_for()
        accessible(page, **({"within": ".action", "settle": 60} | more))

    accessible(page)
    page.mouse.click(*spot(page, 3.5, 7.5))  # a target
    page.mouse.click(*spot(page, 3.5, 5.5))  # a unit
    state("chosen")
    card.locator('[data-part="lock"]').click()
    card.locator('[data-part="unlock"]').wait_for()
    state("chosen", within="")  # locked by itself, hatched, counted in its row
    card.locator('[data-part="cancel"]').click()
    page.mouse.click(*spot(page, 3.5, 9.5))
    page.context.set_offline(True)
    card.locator('[data-part="go"]').click()
    state("failed", within="")  # not saved, and the line is lost
    page.context.set_offline(False)
    card.locator('[data-part="back"]').click()
    page.route("**/*brief=true*", lambda route: route.abort())
    step(town, draft, 1, op="lock", grids=[8])
    card.locator('[data-part="go"]').click()
    state("conflict")
    card.locator('[data-part="drop"]').click()
    page.unroute("**/*brief=true*")
    page.locator('[data-act="split"]').click()
    page.locator('.action-proposal [data-part="go"]:enabled').wait_for()
    state("proposal")
    for way in ("line", "seeds"):
        page.locator(f'[data-part="way-{way}"]').check()
        state("proposal")
    for act in ("merge", "dissolve", "balance"):
        page.locator(f'[data-act="{act}"]').click()
        page.locator(".action-proposal .action-rows, .action-proposal .action-left, .action-hint").first.wait_for()
        state("proposal", settle=250)
    page.keyboard.press("Escape")
    # Units without a grid, a grid in pieces: faults, one shown with its places; the menu; the list of keys.
    step(town, draft, 2, op="move", units=[number(0, 8), number(2, 8)], grid=0, contiguity="allow")
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # it asks at once, whenever it asked last
    says(page, "李强")
    page.keyboard.press("n")
    page.locator(".places").wait_for()
    page.locator('[data-part="marks"]').click()
    accessible(page, "#panel")
    page.locator('[data-part="marks"]').click()
    page.keyboard.press("?")
    accessible(page, "dialog")
    page.keyboard.press("Escape")
    both = f"/maps/compare?a=1&b=d{draft}&lang={lang}"
    other = with_axe(open_page(edit_site + both, width=width, height=height))
    accessible(other)
    other.locator("button.flow").first.click()
    accessible(other, settle=500)
    plan = with_axe(open_page(f"{edit_site}/maps/plans/1?lang={lang}", width=width, height=height))
    accessible(plan)
    # Handed in: to be looked at only.
    step(town, draft, 3, op="repair")
    editing.submit_draft(town, draft, revision=4, name=None, actor="李强", lang="zh")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("body.read-only").wait_for(state="attached")
    accessible(page)


def broken_town() -> Drawing:
    """The town with a gap, an overlap, two units without a grid, and a border that no grid may cross."""
    drawn = town_drawing()
    shapes = drawn.units.geometry.copy()
    shapes[number(3, 9)] = square(3, 9, 0.988)
    shapes[number(10, 3)] = square(9.9, 3, 1.1)
    held = drawn.units.grid.copy() if drawn.units.grid is not None else None
    assert held is not None
    held[[number(0, 0), number(1, 0)]] = ""
    ids = drawn.units.ids
    closed = [[str(ids[number(c, 5)]), str(ids[number(c, 6)])] for c in range(7)]
    units = replace(drawn.units, geometry=shapes, grid=held)
    return replace(drawn, units=units, wishes={**drawn.wishes, "closed": closed})


@pytest.fixture
def broken(tmp_path: Path, vendor: Path) -> Any:
    """`(address, draft, service)` of a town whose ground has faults and whose names are hostile."""
    drawn = broken_town()
    drawn = replace(drawn, grids=tuple(replace(grid, name=f"{k}{HOSTILE}") for k, grid in enumerate(drawn.grids)))
    place = town_place(HOSTILE)
    place = replace(place, areas=tuple(replace(area, name=HOSTILE) for area in place.areas))
    service = town_service(tmp_path, place, drawn)
    draft = editing.start_draft(service, 1, name=HOSTILE[:200], actor=HOSTILE[:60]).id
    action = {"op": "checkpoint", "name": HOSTILE}
    editing.take_step(service, draft, action, revision=0, client="hostile-1", actor="<b>x", lang="zh")
    with served(service, tmp_path) as address:
        yield address, draft, service
    service.store.close()


@pytest.mark.parametrize("large", [False, True])
def test_hostile_names_are_text_and_faults_of_the_ground_are_shown_one_by_one(
    broken: Any, open_page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    address, draft, service = broken
    if large:  # houses, roads and faults of the ground come after the page
        monkeypatch.setattr(draft_data, "_BASE_MOST", -1)
        monkeypatch.setattr(pages_edit, "_CHECKED_AT_ONCE", 0)
    page = open_page(f"{address}/maps/drafts/{draft}?lang=zh")
    assert (
        page.evaluate("JSON.parse(document.getElementById('page-data').textContent).base_from") is not None
    ) == large
    page.locator(".fault", has_text="缝隙").wait_for()
    page.wait_for_function("async () => (await import('/static/app/basemap.js')).hasLayer('building')")
    page.locator(".row-name").nth(3).click()
    page.locator('[data-act="merge"]').click()
    page.locator('.action-proposal [data-part="go"]:enabled').wait_for()
    page.locator('[data-part="marks"]').click()
    assert SHOWN in page.locator(".menu-item").inner_text()
    assert SHOWN in page.locator(".aim").inner_text()
    page.keyboard.press("Escape")
    page.locator("#map_sheet").focus()
    page.keyboard.press("Escape")
    # A step of somebody with a hostile name, seen as it happens.
    action = {"op": "lock", "units": [number(9, 9)]}
    editing.take_step(service, draft, action, revision=1, client="hostile-2", actor=HOSTILE[:60], lang="zh")
    says(page, "改了这份草案：锁定 1 个单元")
    faults = [row.inner_text() for row in page.locator(".fault").all()]
    assert sum("没有网格" in text for text in faults) == 1
    assert sum("重叠" in text for text in faults) == 1
    assert sum("缝隙" in text for text in faults) == 1
    assert "不可跨越" in page.locator("#legend").inner_text()
    zoom = "() => [wangge.map.getZoom(), wangge.map.getCenter().lng, wangge.map.getCenter().lat]"
    for word, at in (("重叠", (9.95, 3.5)), ("缝隙", (3.994, 9.5)), ("没有网格", (0.5, 0.5))):
        page.locator(".fault", has_text=word).click()
        settled(page)
        x, y = spot(page, *at)
        assert (500 - x) ** 2 + (450 - y) ** 2 < 260**2, (word, x, y, page.evaluate(zoom))
    # Two units without a grid: one after another.
    assert "1 / 2" in page.locator(".places").inner_text()
    page.locator('[data-part="place-next"]').click()
    says(page, "第 2 处，共 2 处")
    assert page.evaluate("document.activeElement.dataset.part") == "place-next"
    # What stands in the way of handing in is shown, not refused in silence.
    page.locator('[data-part="submit"]').click()
    says(page, "共")
    assert page.locator(".fault").count() >= 3
    compared = open_page(f"{address}/maps/compare?lang=zh")
    assert SHOWN[:20] in compared.locator("#panel").inner_text()
    for one in (page, compared):
        assert one.evaluate("window.hacked") is None
        assert one.locator("#panel img, #stage img").count() == 0


def test_any_units_taken_together_have_the_area_that_they_have_alone(
    broken: Any, edit: Any, open_page: Callable[..., Any]
) -> None:
    """The oracle: units are squares of one size; borders between two of a set vanish, holes count against it."""
    rng = np.random.default_rng(3)
    sets = [rng.choice(168, size, replace=False).tolist() for size in (1, 2, 9, 40, 84, 120, 167, 168)]
    sets.append([number(c, r) for c in range(2, 7) for r in range(2, 7) if (c, r) not in ((4, 4), (5, 5))])
    areas = f"""async (sets) => {{
      const u = await import("/static/app/units.js"); const area = {AREA};
      return sets.map((list) => [area(u.ringsOf(list)), list.reduce((s, k) => s + area(u.units[k].rings), 0)]); }}"""
    page = edit()
    found = np.array(page.evaluate(areas, sets))
    np.testing.assert_allclose(found[:, 0], found[:, 1], rtol=1e-9)
    one = found[0, 1]
    np.testing.assert_allclose(found[:, 1] / one, [len(list_) for list_ in sets], rtol=2e-3)
    address, draft, _ = broken
    other = open_page(f"{address}/maps/drafts/{draft}?lang=zh")
    drawn = broken_town().units.geometry
    alone = np.abs(np.array(other.evaluate(areas, [[k] for k in range(168)]))[:, 1])
    np.testing.assert_allclose(alone / alone[0], shapely.area(drawn) / shapely.area(drawn[0]), rtol=3e-3)


def test_comparison_moves_both_maps_and_tells_what_moved(
    edit_site: str, edit_town: Service, draft: int, open_page: Callable[..., Any]
) -> None:
    units = [number(c, 4) for c in range(3)]
    step(edit_town, draft, 0, op="move", units=units, grid=1)
    page = open_page(f"{edit_site}/maps/compare?a=1&b=d{draft}&lang=zh")
    text = page.locator("#panel").inner_text()
    assert "3 个单元 · 90 户" in text
    assert "柳溪03" in page.locator("button.flow").inner_text()
    assert page.locator("#map_left .lb-grid").count() == 12
    centre = "() => { const c = wangge.map.getCenter(); return [c.lat, c.lng, wangge.map.getZoom()]; }"
    page.locator("button.flow").click()
    settled(page)
    left, right = page.locator("#map_left canvas").first, page.locator("#map_sheet canvas").first
    assert left.bounding_box()["width"] == right.bounding_box()["width"]
    before = page.evaluate(centre)
    box = page.locator("#map_left").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 340, steps=5)
    page.mouse.up()
    assert until(page, lambda: page.evaluate(centre)[:2] != before[:2])  # the right map followed the left one
    settled(page)
    page.locator(".langs a", has_text="EN").click()
    page.wait_for_url("**lang=en*")
    page.wait_for_selector("body[data-ready]")
    assert "3 units · 90 households" in page.locator("#panel").inner_text()
