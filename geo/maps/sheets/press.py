"""`Press`: the sheets of `geo.service.sheets_view.SheetPress`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from geo.maps.sheets import style
from geo.maps.sheets.card import grid_card
from geo.maps.sheets.chart import Chart
from geo.maps.sheets.column import Column
from geo.maps.sheets.find_font import find_fonts
from geo.maps.sheets.font import Face
from geo.maps.sheets.frame import BOTTOM, HEIGHT, LEFT, WIDTH, frame_of
from geo.maps.sheets.furniture import draw_strip
from geo.maps.sheets.ground import Ground
from geo.maps.sheets.ink import BOLD, REGULAR, Ink
from geo.maps.sheets.names import write_names
from geo.maps.sheets.paper import Page, bind, finish
from geo.maps.sheets.picture import painted
from geo.messages import Lang, catalogue, say
from geo.service.sheets_view import SheetsView

_LANG: Final = {"zh": "zh-CN", "en": "en"}
# Pages that are kept, some 30 kB each: those of a whole district.
_KEPT: Final = 1000


class Press:
    """Draws sheets in the font that a setting names, or in a usual one of this machine."""

    def __init__(self, font: Path | None = None) -> None:
        self._font = font

    def open(self, view: SheetsView, *, lang: Lang) -> PlanSheets:
        """Prepare the sheets of a plan, see `SheetPress.open`."""
        regular, bold = find_fonts(self._font)
        texts = sorted(set(_texts(view, lang)))
        return PlanSheets(view, lang, {REGULAR: Face(regular, texts), BOLD: Face(bold, texts)})

    def card(self, view: SheetsView, row: int | None, code: str, *, lang: Lang) -> str:
        """What holds for a grid now, see `SheetPress.card`."""
        return grid_card(view, row, code, lang)

    def picture(self, pdf: bytes, *, dpi: int) -> bytes:
        """The first page of a PDF as a PNG, drawn from that very file."""
        return painted(pdf, dpi)


class PlanSheets:
    """The sheets of one plan in one language."""

    def __init__(self, view: SheetsView, lang: Lang, faces: dict[str, Face]) -> None:
        self._view = view
        self._lang: Lang = lang
        self._faces = faces
        self._ground = Ground(view)
        # The last pages, for the book that follows the sheets.
        self._pages: dict[int, Page] = {}

    @property
    def missing(self) -> Sequence[str]:
        """Characters that the font cannot write; sheets show their numbers instead."""
        return self._faces[REGULAR].missing

    def draw(self, row: int) -> bytes:
        """The sheet of one grid as a PDF of one page."""
        page = self._page(row)
        return bind([page], self._faces, title=page.title, lang=_LANG[self._lang])

    def book(self, rows: Sequence[int]) -> bytes:
        """The sheets of many grids as one PDF, with bookmarks by community."""
        title = say("sheet_book", self._lang, place=self._view.backdrop.name, plan=self._view.plan.id)
        return bind([self._page(row) for row in rows], self._faces, title=title, lang=_LANG[self._lang])

    def _page(self, row: int) -> Page:
        page = self._pages.get(row)
        if page is None:
            page = self._pages[row] = self._drawn(row)
            while len(self._pages) > _KEPT:
                self._pages.pop(next(iter(self._pages)), None)
        return page

    def _drawn(self, row: int) -> Page:
        ink = Ink(self._faces[REGULAR], self._faces[BOLD])
        frame = frame_of(self._ground.grids[row])
        chart = Chart(ink, self._ground, row, frame)
        with ink.clipped(LEFT, BOTTOM, WIDTH, HEIGHT):
            chart.draw()
            write_names(chart)
        ink.frame(LEFT, BOTTOM, WIDTH, HEIGHT, style.INK, 0.4)
        draw_strip(ink, frame, self._lang, self._ground.crs)
        Column(ink, self._ground, row, self._lang).draw(frame, chart.drawn, chart.wash)
        grid, facts = self._view.grids[row], self._view.facts[row]
        shown = ink.shown(f"{grid.name} {grid.code}" if grid.name else grid.code)
        return finish(ink, shown, ink.shown(facts.community or facts.street or self._view.backdrop.name))


def _texts(view: SheetsView, lang: Lang) -> Iterable[str]:
    """Everything that may stand on a sheet."""
    yield from (texts[lang] for key, texts in catalogue().items() if key.startswith("sheet_"))
    yield from (view.backdrop.name, view.plan.name)
    yield from (text for grid in view.grids for text in (grid.name, grid.code))
    for facts in view.facts:
        yield from (facts.community, facts.street, *facts.leaders, facts.office, facts.phone, facts.target)
    yield from (feature.name for feature in view.backdrop.features)
    yield from (name.name for name in view.names)
