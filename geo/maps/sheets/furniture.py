"""What stands around a map: north arrow, scale bar, legend, QR code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import segno

from geo.maps.sheets import style
from geo.maps.sheets.frame import BOTTOM, LEFT, WIDTH, Frame, bar_of
from geo.maps.sheets.ink import PT_MM, Ink, Points
from geo.messages import Lang, say

QR_MM: Final = 35.0
_SWATCH_W, _SWATCH_H, _ROW = 9.0, 4.2, 6.2


def draw_qr(ink: Ink, x: float, y: float, text: str) -> None:
    """A QR code (ISO/IEC 18004, a quarter may be damaged), 35 mm wide, its lower left corner at (x, y)."""
    code = segno.make_qr(text, error="q", boost_error=False)
    rows = [bytearray(row) for row in code.matrix]
    module = QR_MM / len(rows)
    boxes = []
    for k, row in enumerate(rows):
        start = None
        for j, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = j
            elif not dark and start is not None:
                boxes.append((x + start * module, y + QR_MM - (k + 1) * module, (j - start) * module, module))
                start = None
    ink.boxes(boxes, "#000000")


def draw_strip(ink: Ink, frame: Frame, lang: Lang, crs: str) -> None:
    """The strip under the map: north arrow, scale and its bar, and how to measure on the sheet."""
    top, y = BOTTOM, BOTTOM - 9.0
    x = LEFT + 4
    arrow = np.array([[x, top - 12.5], [x + 2.6, top - 2.5], [x + 5.2, top - 12.5], [x + 2.6, top - 10.3]])
    ink.stroke([arrow], style.INK, 0.3, closed=True)
    ink.fill([arrow[[1, 2, 3]]], style.INK)
    ink.text(x + 6.5, top - 9.5, say("sheet_north", lang), 12, bold=True)
    x = LEFT + 24
    ink.text(x, y, f"1:{frame.scale:,}", 15, bold=True)
    length, parts = bar_of(frame.scale)
    x = LEFT + 62
    step = length * frame.mm_per_m / parts
    for k in range(parts):
        if k % 2 == 0:
            ink.box(x + k * step, y - 1.6, step, 1.8, style.INK)
    ink.frame(x, y - 1.6, parts * step, 1.8, style.INK, 0.25)
    for k in range(parts + 1):
        value = length * k // parts
        text = f"{value:,}" + (say("sheet_metres", lang) if k == parts else "")
        ink.text(x + k * step, y + 2.2, text, 8, align=0.5 if k < parts else 0.2)
    note = say("sheet_true_scale" if frame.usual else "sheet_small_scale", lang, scale=f"1:{frame.scale:,}")
    ink.text(LEFT + WIDTH, y + 2.2, note, 8, colour=style.INK_2 if frame.usual else style.WARN, align=1.0)
    ink.text(LEFT + WIDTH, y - 2.4, say("sheet_projection", lang, crs=crs), 8, colour=style.INK_2, align=1.0)


def draw_legend(ink: Ink, x: float, top: float, width: float, drawn: set[str], wash: str, lang: Lang) -> float:
    """What the map shows, in two columns; returns how far down it reaches."""
    kinds = [kind for kind in _SWATCHES if kind in drawn]
    rows = (len(kinds) + 1) // 2
    for number, kind in enumerate(kinds):
        column, row = divmod(number, rows)
        at = x + column * width / 2
        bottom = top - row * _ROW - _SWATCH_H
        _SWATCHES[kind](ink, at, bottom, wash)
        ink.text(at + _SWATCH_W + 2.5, bottom + 1.1, say(f"sheet_legend_{kind}", lang), 9)
    return top - rows * _ROW


def _line(x: float, y: float) -> list[Points]:
    return [np.array([[x, y + _SWATCH_H / 2], [x + _SWATCH_W, y + _SWATCH_H / 2]])]


def _own(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.box(x, y, _SWATCH_W, _SWATCH_H, wash)
    ink.frame(x, y, _SWATCH_W, _SWATCH_H, style.GRID, style.GRID_MM)


def _other(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.stroke(_line(x, y), style.OTHER_GRID, style.GRID_MM)


def _community(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.stroke(_line(x, y), style.COMMUNITY, style.COMMUNITY_MM, dash=style.COMMUNITY_DASH)


def _over(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.stroke(_line(x, y), style.OTHER_GRID, style.GRID_MM, dash=style.OVER_DASH)


def _outside(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.box(x, y, _SWATCH_W, _SWATCH_H, style.PAPER)
    ink.frame(x, y, _SWATCH_W, _SWATCH_H, style.LINE, 0.2)


def _road(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.stroke(_line(x, y), style.ROAD, 2.6, flat=True)


def _building(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.box(x, y, _SWATCH_W / 2, _SWATCH_H, style.mixed(wash, style.BUILDING_SHARE))
    ink.box(x + _SWATCH_W / 2, y, _SWATCH_W / 2, _SWATCH_H, style.mixed(style.WHITE, style.BUILDING_SHARE))


def _water(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.box(x, y, _SWATCH_W, _SWATCH_H, style.WATER)


def _park(ink: Ink, x: float, y: float, wash: str) -> None:
    spots = [(x + 1 + k * 1.1, y + 0.9 + (k % 2) * 1.1 + row * 1.6) for k in range(7) for row in range(2)]
    ink.stroke([np.array([spot, (spot[0], spot[1] + 0.01)]) for spot in spots], style.PARK, 0.45)


def _rail(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.stroke(_line(x, y), style.RAIL, 1.0, flat=True)
    ink.stroke(_line(x, y), style.WHITE, 0.6, dash=(1.5, 1.5), flat=True)


def _wall(ink: Ink, x: float, y: float, wash: str) -> None:
    ink.stroke(_line(x, y), style.RAIL, 0.25)


_SWATCHES: Final[dict[str, Callable[[Ink, float, float, str], None]]] = {
    "grid": _own, "other": _other, "community": _community, "over": _over, "road": _road,
    "building": _building, "water": _water, "park": _park, "rail": _rail, "wall": _wall, "outside": _outside,
}  # fmt: skip


def rule(ink: Ink, x: float, y: float, width: float) -> None:
    """A thin line across a column."""
    ink.stroke([np.array([[x, y], [x + width, y]])], style.LINE, 0.25, flat=True)


def lines_height(count: int, size: float, leading: float = 1.4) -> float:
    """How high lines of text stand, mm."""
    return count * size * leading / PT_MM
