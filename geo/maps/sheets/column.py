"""The column beside the map: which grid this is, whom to ask, and where the community lies."""

from __future__ import annotations

from typing import Final

from geo.maps.base_data import plain
from geo.maps.sheets import style
from geo.maps.sheets.frame import Frame
from geo.maps.sheets.furniture import QR_MM, draw_legend, draw_qr, rule
from geo.maps.sheets.ground import Ground
from geo.maps.sheets.ink import PT_MM, Ink
from geo.maps.sheets.lettering import wrapped
from geo.maps.sheets.overview import draw_overview
from geo.messages import Lang, say

LEFT, WIDTH, TOP, BOTTOM = 301.0, 109.0, 287.0, 10.0
_GAP: Final = 4.0


class Column:
    """Writes from the top down; `y` is where the next line hangs."""

    def __init__(self, ink: Ink, ground: Ground, own: int, lang: Lang) -> None:
        self.ink = ink
        self.ground = ground
        self.own = own
        self.lang = lang
        self.grid = ground.view.grids[own]
        self.facts = ground.view.facts[own]
        self.y = TOP

    def draw(self, frame: Frame, drawn: set[str], wash: str) -> None:
        """The whole column."""
        self._head()
        self._figures()
        self._people()
        self._lookup()
        low = self._foot()
        legend = (len(drawn) + 1) // 2 * 6.2 + 8
        self.ink.text(LEFT, low + legend - 3.2, self._say("sheet_legend"), 9, colour=style.INK_2)
        draw_legend(self.ink, LEFT, low + legend - 6, WIDTH, drawn, wash, self.lang)
        rule(self.ink, LEFT, low + legend + 1.5, WIDTH)
        box = (LEFT, low + legend + 4, WIDTH, self.y - low - legend - 4)
        draw_overview(self.ink, self.ground, self.own, frame, box, self.lang)

    def _say(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)

    def _down(self, size: float, leading: float = 1.3) -> float:
        """The baseline of the next line of that size."""
        self.y -= size * leading / PT_MM
        return self.y + size * (leading - 1) * 0.5 / PT_MM + size * 0.14 / PT_MM

    def _line(self, text: str, size: float, *, colour: str = style.INK, bold: bool = False, lines: int = 1) -> None:
        for part in wrapped(self.ink, text, size, WIDTH, bold=bold, lines=lines):
            self.ink.text(LEFT, self._down(size), part, size, colour=colour, bold=bold)

    def _rule(self) -> None:
        self.y -= _GAP * 0.7
        rule(self.ink, LEFT, self.y, WIDTH)
        self.y -= _GAP * 0.7

    def _head(self) -> None:
        self._line(self._say("sheet_title", place=self.ground.view.backdrop.name), 11, colour=style.INK_2)
        name = self.grid.name or self.grid.code
        fitting = next((s for s in (36, 30, 25, 21) if self.ink.width(name, s, bold=True) <= WIDTH), None)
        self._line(name, fitting or 18, bold=True, lines=1 if fitting else 2)
        code = self.grid.code
        size = next((s for s in (17, 14, 11) if self.ink.width(code, s) + 6 <= WIDTH), 9)
        if size > 9:
            # 区 街道 社区 网格: six, three, three and three digits, apart for the eye alone.
            spread = [1.6 if k in (5, 8, 11) and len(code) == 15 else 0.0 for k in range(len(code))]
            self.ink.text(LEFT, self._down(size), code, size, spread=spread)
        else:
            self._line(code, 9, lines=2)
        self.y -= 1
        above = [text for text in (self.facts.street, self.facts.community) if text]
        # Chinese goes from the greater to the smaller.
        joined = " ".join(above) if self.lang == "zh" else ", ".join(above[::-1])
        if joined:
            self._line(joined, 14, lines=2)
        self._rule()

    def _figures(self) -> None:
        counts = (
            ("residents", self.grid.residents),
            ("households", self.grid.households),
            ("buildings", self.facts.buildings),
        )
        value_at, label_at = self._down(24, 1.1), self._down(9, 1.5)
        for k, (name, value) in enumerate(counts):
            x = LEFT + k * WIDTH / 3
            shown = self._say("sheet_unknown") if value is None else f"{plain(value):,}"
            size = next((s for s in (24, 18, 14, 10) if self.ink.width(shown, s, bold=True) <= WIDTH / 3 - 3), 8)
            self.ink.text(x, value_at, shown, size, bold=True)
            self.ink.text(x, label_at, self._say(f"sheet_{name}"), 9, colour=style.INK_2)
        self._rule()

    def _people(self) -> None:
        comma = "、" if self.lang == "zh" else ", "
        held = self.facts.post == "held"
        who = comma.join(self.facts.leaders) if held else self._say(f"sheet_post_{self.facts.post}")
        colour = style.INK if held else style.WARN
        self._line(self._say("sheet_leader"), 9, colour=style.INK_2)
        self._line(who, 17, bold=True, colour=colour, lines=2)
        self.y -= 1.5
        self._line(self.facts.office or self._say("sheet_office"), 9, colour=style.INK_2, lines=2)
        known = bool(self.facts.phone)
        phone = self.facts.phone if known else self._say("sheet_phone_unknown")
        self._line(phone, 17, bold=True, colour=style.INK if known else style.WARN)
        self._rule()

    def _lookup(self) -> None:
        top = self.y - 0.5
        draw_qr(self.ink, LEFT, top - QR_MM, self.facts.target)
        x, width = LEFT + QR_MM + 5, WIDTH - QR_MM - 5
        y = top - 1
        key = "sheet_lookup" if self.facts.is_url else "sheet_lookup_unset"
        for text, size, colour, lines in (
            (self._say(key), 10, style.INK, 5),
            (self.facts.target, 8, style.INK_2, 4),
        ):
            for part in wrapped(self.ink, text, size, width, lines=lines):
                y -= size * 1.35 / PT_MM
                self.ink.text(x, y, part, size, colour=colour)
            y -= 2
        self.y = top - QR_MM - 1
        self._rule()

    def _foot(self) -> float:
        """What this sheet was made from, at the bottom; returns how high it stands."""
        plan = self.ground.view.plan
        name = self._say("sheet_plan", id=plan.id, name=plan.name)
        rows = [(self._say("sheet_authority"), 12, style.INK, True)]
        if plan.effective is None:
            rows.append((self._say("sheet_draft"), 14, style.WARN, True))
        elif plan.retired is not None:
            rows.append((self._say("sheet_until", since=plan.effective, until=plan.retired), 10, style.INK, False))
        else:
            rows.append((self._say("sheet_since", since=plan.effective), 10, style.INK, False))
        rows += [(part, 10, style.INK, False) for part in reversed(wrapped(self.ink, name, 10, WIDTH, lines=2))]
        y = BOTTOM + 1.2
        for text, size, ink, bold in rows:
            self.ink.text(LEFT, y, text, size, colour=ink, bold=bold)
            y += size * 1.4 / PT_MM
        rule(self.ink, LEFT, y + 0.5, WIDTH)
        return y + 2
