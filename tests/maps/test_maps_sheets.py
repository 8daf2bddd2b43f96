"""Printed sheets, read back from the PDF that they are: size, letters, lines, codes, fonts."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
import shapely
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geo import crs as crs_
from geo.errors import InvalidInput, NotFound
from geo.maps.sheets import find_font
from geo.maps.sheets.frame import BOTTOM, HEIGHT, LEFT, WIDTH, bar_of, frame_of
from geo.maps.sheets.press import Press
from geo.messages import catalogue
from geo.model import Feature, Grid, Plan
from geo.service.sheets import view_sheets
from geo.service.sheets_view import PlaceName, SheetSet, SheetsView
from tests.maps.sheet_town import LOOKUP, MM, PERSONAL, cut_font, named, sheet_service, sizes_of, strokes_of, text_of
from tests.maps.town import SOUTH, STEP, WEST

HOSTILE = "<script>alert(1)</script>\u202e反\x00转"
RARE = "𠮷\U0001f600\ue000"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> SheetsView:
    return view_sheets(sheet_service(tmp_path_factory.mktemp("sheets")), 1, lookup=LOOKUP)


@pytest.fixture(scope="module")
def sheets(view: SheetsView) -> SheetSet:
    return Press().open(view, lang="zh")


@pytest.fixture(scope="module")
def press(view: SheetsView, tmp_path_factory: pytest.TempPathFactory) -> Press:
    """With a font that is quickly read: the system's, cut to what these tests write."""
    return Press(cut_font(tmp_path_factory.mktemp("font") / "cut.otf", HOSTILE + "𠮷很长"))


@pytest.fixture(scope="module")
def first(view: SheetsView, sheets: SheetSet) -> bytes:
    return sheets.draw(named(view, "柳溪01"))


def joined(text: str) -> str:
    """Without blanks: what runs over several lines or is set apart is one text all the same."""
    return "".join(text.split())


def test_a_sheet_is_a3_and_no_letter_is_smaller_than_8_points(view: SheetsView, sheets: SheetSet) -> None:
    for row in (0, 7):
        pdf = sheets.draw(row)
        document = pypdfium2.PdfDocument(pdf)
        try:
            assert len(document) == 1
            assert document[0].get_size() == pytest.approx((420 * MM, 297 * MM), abs=0.02)
        finally:
            document.close()
        sizes = sizes_of(pdf)
        assert len(sizes) > 40
        assert min(sizes) >= 8 - 1e-3
        assert len(pdf) < 200_000


def test_a_sheet_says_who_where_and_since_when(first: bytes) -> None:
    text = joined(text_of(first))
    for part in (
        "河湾区网格图", "柳溪01", "990101001001001", "河湾街道柳溪社区", "420", "1,050", "彭洋", "柳溪社区居民委员会",
        "0190-5550003", "方案1《2024》", "自2026-03-01起生效", "以系统现行版本为准", "安居里", "东园公园", "第0街",
        "柳溪02", "0号楼", f"{LOOKUP}/maps/grids/990101001001001", "1:5,000",
    ):  # fmt: skip
        assert part in text, part
    assert PERSONAL not in text
    assert "王雪梅" not in text


def test_a_post_that_nobody_holds_and_one_that_nobody_knows(view: SheetsView, sheets: SheetSet) -> None:
    assert "空缺" in text_of(sheets.draw(named(view, "柳溪02")))
    other = joined(text_of(sheets.draw(named(view, "望河01"))))
    assert "未登记" in other
    # No office of its own: the one that the others of the street are under.
    assert "河湾街道办事处" in other
    assert "0190-5550001" in other


def test_the_code_on_the_paper_can_be_read(first: bytes) -> None:
    picture = Image.open(io.BytesIO(Press().picture(first, dpi=110)))
    assert picture.size == pytest.approx((420 / 25.4 * 110, 297 / 25.4 * 110), abs=1)
    found = zxingcpp.read_barcodes(picture.convert("L"))
    assert [code.text for code in found] == [f"{LOOKUP}/maps/grids/990101001001001"]
    corners = found[0].position
    assert (corners.top_right.x - corners.top_left.x) / 110 * 25.4 == pytest.approx(35, abs=0.8)


def test_the_picture_is_that_of_the_paper(first: bytes) -> None:
    document = pypdfium2.PdfDocument(first)
    try:
        paper = np.asarray(document[0].render(scale=110 / 72).to_pil().convert("RGB")).astype(int)
    finally:
        document.close()
    picture = np.asarray(Image.open(io.BytesIO(Press().picture(first, dpi=110))).convert("RGB")).astype(int)
    assert np.abs(picture - paper).max() <= 16
    # What is filled has its very colour: paper, white, the wash, roads.
    for colour in ((241, 241, 237), (255, 255, 255), (243, 199, 196), (204, 204, 204)):
        held = (paper == colour).all(axis=2)
        assert held.sum() > 100
        assert (picture[held] == colour).all()


@pytest.mark.parametrize("name", ["柳溪01", "柳溪04", "望河03"])
def test_borders_are_the_grids_own_and_as_wide_as_promised(view: SheetsView, sheets: SheetSet, name: str) -> None:
    row = named(view, name)
    system = crs_.metric_crs(*_middle(view))
    shapes = crs_.project(
        np.array([grid.geometry for grid in view.grids], dtype=object), source="EPSG:4326", target=system
    )
    own = shapes[row]
    community = shapely.union_all(
        [s for s, g in zip(shapes, view.grids, strict=True) if g.parent == view.grids[row].parent]
    )
    strokes = strokes_of(sheets.draw(row))
    scale = frame_of(own).scale
    # What is common with the edge of the community is drawn as that.
    inner = shapely.difference(shapely.boundary(own), shapely.buffer(shapely.boundary(community), 0.01))
    grid = [(width, lines) for colour, width, lines in strokes if colour == "#2B3844" and width > 0.5]
    assert {round(width, 3) for width, _ in grid} == {0.7}
    lengths = [shapely.LineString(line).length for _, lines in grid for line in lines]
    assert sum(lengths) == pytest.approx(inner.length * 1000 / scale, rel=2e-3)
    assert {round(width, 2) for colour, width, _ in strokes if colour == "#123F66" and width > 0.7} == {1.0}
    assert {round(width, 2) for colour, width, _ in strokes if colour == "#7C8894"} >= {0.7}
    inside = shapely.box(LEFT, BOTTOM, LEFT + WIDTH, BOTTOM + HEIGHT)
    assert all(inside.contains(shapely.LineString(line)) for _, lines in grid for line in lines)


def _middle(view: SheetsView) -> tuple[float, float]:
    west, south, east, north = shapely.total_bounds(np.array([grid.geometry for grid in view.grids], dtype=object))
    return (west + east) / 2, (south + north) / 2


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    x=st.floats(-5e6, 5e6), y=st.floats(-5e6, 5e6), wide=st.floats(0.5, 3e6), high=st.floats(0.5, 3e6),
    turn=st.floats(0, 90),
)  # fmt: skip
def test_a_grid_of_any_size_lies_wholly_within_the_map(
    x: float, y: float, wide: float, high: float, turn: float
) -> None:
    shape = shapely.affinity.rotate(shapely.box(x, y, x + wide, y + high), turn)
    frame = frame_of(shape)
    west, south, east, north = frame.paper(shape)[0].bounds
    assert west >= LEFT + 12 - 0.01
    assert east <= LEFT + WIDTH - 12 + 0.01
    assert south >= BOTTOM + 12 - 0.01
    assert north <= BOTTOM + HEIGHT - 12 + 0.01
    # Round: at most two digits that are not zero, and never larger than 1:2,000.
    assert frame.scale >= 2000
    assert len(str(frame.scale).rstrip("0")) <= 2
    # Half the scale would not do, unless it is the largest there is.
    if frame.scale > 2000:
        assert max((east - west) / (WIDTH - 24), (north - south) / (HEIGHT - 24)) > 0.6
    length, _ = bar_of(frame.scale)
    assert 40 <= length * frame.mm_per_m <= 100


def hostile_view(view: SheetsView) -> SheetsView:
    grids = list(view.grids)
    grids[0] = replace(grids[0], name=HOSTILE + RARE, code='99"><b>../' + "9" * 60)
    grids[1] = replace(grids[1], name="很长" * 200)
    facts = list(view.facts)
    facts[0] = replace(facts[0], leaders=(HOSTILE,), office=HOSTILE, phone="\u202e" + "1" * 200, community="x" * 500)
    facts[0] = replace(facts[0], street="\n\t", target=grids[0].code, is_url=False)
    spot = shapely.Point(WEST + STEP, SOUTH + STEP)
    features = (*view.backdrop.features, Feature("landuse", "h", HOSTILE, "school", spot.buffer(STEP / 3)))
    crossed = shapely.Polygon([(WEST, SOUTH), (WEST + STEP, SOUTH + STEP), (WEST + STEP, SOUTH), (WEST, SOUTH + STEP)])
    features += (Feature("water", "x", HOSTILE, "pond", crossed), Feature("road", "e", "", "", shapely.LineString()))
    return replace(
        view, grids=tuple(grids), facts=tuple(facts), names=(PlaceName(HOSTILE, spot.x, spot.y),),
        backdrop=replace(view.backdrop, name=HOSTILE, features=features),
        plan=replace(view.plan, name=HOSTILE * 9, effective=None),
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whatever_people_write_is_text(view: SheetsView, press: Press, lang: Any) -> None:
    sheets = press.open(hostile_view(view), lang=lang)
    pdf = sheets.draw(0)
    text = text_of(pdf)
    shown = joined(text)
    assert "<script>alert(1)</script>〔U+202E〕反〔U+0000〕转" in shown
    assert "𠮷〔U+1F600〕〔U+E000〕" in shown
    assert set(sheets.missing) >= {"\U0001f600", "\ue000"}
    assert not [char for char in text if unicodedata.category(char) in ("Cf", "Co") and char != "\ufffe"]
    assert min(sizes_of(pdf)) >= 8 - 1e-3
    assert ("草案" if lang == "zh" else "Draft") in text
    assert "很长" in text_of(sheets.draw(1))
    book = pypdfium2.PdfDocument(sheets.book([0, 1]))
    try:
        titles = [item.get_title() for item in book.get_toc()]
    finally:
        book.close()
    assert not any("\u202e" in title for title in titles)


def test_the_same_plan_is_the_same_file(view: SheetsView, press: Press) -> None:
    row = named(view, "柳溪01")
    one, other = press.open(view, lang="zh"), press.open(view, lang="zh")
    pdf = one.draw(row)
    assert other.draw(row) == pdf == one.draw(row)
    assert one.book([row, 7]) == other.book([row, 7])
    assert press.picture(pdf, dpi=80) == press.picture(pdf, dpi=80)
    assert b"CreationDate" not in pdf


def test_a_book_has_all_sheets_and_a_mark_for_each(view: SheetsView, sheets: SheetSet) -> None:
    rows = list(range(len(view.grids)))
    document = pypdfium2.PdfDocument(sheets.book(rows))
    try:
        assert len(document) == len(rows)
        marks = [(item.level, item.get_title(), item.get_dest().get_index()) for item in document.get_toc()]
        pages = [joined(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()
    assert [title for level, title, _ in marks if level == 0] == ["柳溪社区", "望河社区"]
    below = [(title, page) for level, title, page in marks if level == 1]
    assert below == [(f"{grid.name} {grid.code}", k) for k, grid in enumerate(view.grids)]
    assert all(grid.code in page for grid, page in zip(view.grids, pages, strict=True))


def test_a_grid_that_no_usual_scale_holds(view: SheetsView, press: Press) -> None:
    grids = list(view.grids)
    grids[0] = replace(grids[0], geometry=shapely.box(WEST - 0.1, SOUTH - 0.1, WEST + 7 * STEP, SOUTH + 2 * STEP))
    text = text_of(press.open(replace(view, grids=tuple(grids)), lang="zh").draw(0))
    assert "1:5,000 容不下" in text
    scales = {int(found.replace(",", "")) for found in re.findall(r"1:([\d,]+)", text)}
    assert len(scales - {5000}) == 1
    assert max(scales) > 5000


def test_a_special_grid_over_the_net(view: SheetsView, press: Press) -> None:
    ground = shapely.box(WEST + STEP, SOUTH, WEST + 3 * STEP, SOUTH + STEP)
    over = Grid("990101001001901", "市场", "990101001001", 0.0, 0, ground, kind="special")
    facts = (*view.facts, replace(view.facts[0], post="unknown", leaders=()))
    sheets = press.open(replace(view, grids=(*view.grids, over), facts=facts), lang="zh")
    strokes = strokes_of(sheets.draw(len(view.grids)))
    outline = [lines for colour, width, lines in strokes if lines and colour == "#2B3844" and round(width, 3) == 0.7]
    # Its own edge, whatever lies under it: two squares of the town at the largest scale.
    square = crs_.project(np.array([over.geometry], dtype=object), source="EPSG:4326", target="EPSG:4547")[0]
    assert shapely.Polygon(outline[0][0]).area == pytest.approx(square.area * (1000 / 2000) ** 2, rel=0.01)
    assert "专属网格" in text_of(sheets.draw(0))


def test_no_font_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, view: SheetsView, tmp_path: Path
) -> None:
    monkeypatch.setattr(find_font, "font_folders", lambda: (tmp_path,))
    with pytest.raises(NotFound) as caught:
        Press().open(view, lang="zh")
    assert caught.value.code == "sheet_font_missing"
    assert "fonts-noto-cjk" in caught.value.message("zh")
    assert str(tmp_path) in caught.value.message("en")


def test_a_named_font_must_be_one_that_serves(view: SheetsView, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no file"):
        Press(tmp_path / "none.ttf").open(view, lang="zh")
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font at all, whatever its name says")
    with pytest.raises(InvalidInput, match="cannot be read"):
        Press(broken).open(view, lang="zh")
    for name, characters, embed in (("latin.ttf", "", 0), ("kept.ttf", find_font._NEEDED, 2)):
        path = small_font(tmp_path / name, "A0" + characters, embed)
        with pytest.raises(InvalidInput, match="cannot be used"):
            Press(path).open(view, lang="zh")


def test_a_truetype_font_without_a_bold(view: SheetsView, tmp_path: Path) -> None:
    texts = "".join(text["zh"] for key, text in catalogue().items() if key.startswith("sheet_"))
    path = small_font(tmp_path / "small.ttf", find_font._NEEDED + texts + "柳溪河湾彭洋", 0)
    sheets = Press(path).open(view, lang="zh")
    text = joined(text_of(sheets.draw(0)))
    assert "柳溪01" in text
    assert "彭洋" in text
    assert "[U+5C45]" in text  # 居, which it lacks: and 〔 as well
    assert "居" in sheets.missing


def small_font(path: Path, characters: str, embedding: int) -> Path:
    """A TrueType font whose letters are boxes."""
    wanted = sorted(set(characters) - {"〔", "〕", "居"})
    names = [".notdef", *(f"c{k}" for k in range(len(wanted)))]
    pen = TTGlyphPen(None)
    for step, at in enumerate(((100, 0), (100, 700), (800, 700), (800, 0))):
        (pen.lineTo if step else pen.moveTo)(at)
    pen.closePath()
    box = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(char): name for char, name in zip(wanted, names[1:], strict=True)})
    font.setupGlyf(dict.fromkeys(names, box))
    font.setupHorizontalMetrics(dict.fromkeys(names, (900, 100)))
    font.setupHorizontalHeader(ascent=900, descent=-100)
    font.setupNameTable({"familyName": "Small", "styleName": "Regular"})
    font.setupOS2(fsType=embedding)
    font.setupPost()
    font.save(path)
    return path


def test_a_plan_that_was_replaced_says_until_when(view: SheetsView, press: Press) -> None:
    plan: Plan = replace(view.plan, retired=date(2026, 9, 1))
    assert "2026-09-01 起由新方案代替" in text_of(press.open(replace(view, plan=plan), lang="zh").draw(0))
