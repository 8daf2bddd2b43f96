"""The small map of a grid's community, and where on it the sheet lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.base_data import short_number
from geo.maps.sheets import style
from geo.maps.sheets.frame import Frame
from geo.maps.sheets.ground import Ground
from geo.maps.sheets.ink import PT_MM, Ink, Points, lines_of, rings_of
from geo.messages import Lang, say


def draw_overview(
    ink: Ink, ground: Ground, own: int, frame: Frame, box: tuple[float, float, float, float], lang: Lang
) -> None:
    """All grids of the community in `box` (x, y, width, height in mm), this one in its wash."""
    x, y, width, height = box
    grids = ground.view.grids
    rows = [k for k, grid in enumerate(grids) if grid.parent == grids[own].parent and not ground.over[k]]
    rows = [*rows, *([own] if own not in rows else [])]
    title = say("sheet_overview", lang, count=sum(not ground.over[k] for k in rows))
    ink.text(x, y + height - 3.2, title, 9, colour=style.INK_2)
    height -= 6
    if height < 15:
        return
    west, south, east, north = shapely.total_bounds(ground.grids[rows])
    size = min((width - 2) / max(east - west, 1.0), (height - 2) / max(north - south, 1.0))

    def paper(xy: Points) -> Points:
        moved: Points = (xy - ((west + east) / 2, (south + north) / 2)) * size + (x + width / 2, y + height / 2)
        return moved

    shapes = shapely.transform(ground.grids[rows], paper)
    wash = style.WASH[grids[own].colour % 8]
    with ink.clipped(x - 1, y - 1, width + 2, height + 2):
        for k, shape in zip(rows, shapes, strict=True):
            ink.fill(rings_of(shape), wash if k == own else style.WHITE)
        for shape in shapes:
            ink.stroke(lines_of(shape), style.OTHER_GRID, 0.2)
        ink.stroke(lines_of(shapely.union_all(shapes)), style.COMMUNITY, 0.6)
        ink.stroke(lines_of(shapes[rows.index(own)]), style.INK, 0.7)
        window = shapely.transform(shapely.box(*frame.window()), paper)
        ink.stroke(lines_of(window), style.ACCENT, 0.35, dash=(1.6, 1.0))
        _numbers(ink, ground, rows, list(shapes))


def _numbers(ink: Ink, ground: Ground, rows: list[int], shapes: Sequence[BaseGeometry]) -> None:
    for k, shape in zip(rows, shapes, strict=True):
        text = short_number(ground.view.grids[k])
        # The line from the middle of the greatest circle within to its edge.
        line = shapely.maximum_inscribed_circle(np.array([shape], dtype=object), tolerance=0.3)[0]
        wide, high = ink.width(text, 8), 8 / PT_MM
        if np.hypot(wide, high) / 2 <= line.length + 0.6:
            x, y = line.coords[0]
            ink.text(float(x), float(y) - 0.36 * high, text, 8, align=0.5, halo=0.3)
