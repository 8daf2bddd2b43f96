"""Names of roads, written along them."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.sheets.ink import PT_MM, Points
from geo.maps.sheets.lettering import MIDDLE, Lettering
from geo.maps.sheets.style import INK_2, TEXT_PT

# The least distance between two names of one road, mm.
_REPEAT_MM: Final = 120.0
# A stretch is straight where its ends are nearly as far apart as the way between them is long.
_STRAIGHT: Final = 0.985
_LARGEST_PT: Final = 11.0
# From here on Chinese names stand upright, degrees.
_STEEP: Final = 48.0


def write_along(letters: Lettering, line: BaseGeometry, text: str, width_mm: float) -> None:
    """Write the name of a road (mm) on each of its parts, not too near to the last; steep Chinese names stand upright.

    It stands on the road, or beside a border that runs along it.
    """
    shown = letters.ink.shown(text)
    size = min(max(TEXT_PT, width_mm * PT_MM * 0.8), _LARGEST_PT)
    beside = size * 0.62 / PT_MM + 0.4
    upright = any(ord(char) > 0x2E80 for char in shown)
    last: Points | None = None
    for part in sorted(shapely.get_parts(line), key=lambda p: (-p.length, p.bounds)):
        places = _places(letters, part, shown, size)
        for aside, (start, end) in ((aside, at) for aside in (0.0, beside, -beside) for at in places):
            a, b = (np.array(part.interpolate(at).coords[0]) for at in (start, end))
            middle = (a + b) / 2
            if last is not None and np.hypot(*(middle - last)) < _REPEAT_MM:
                continue
            along = (b - a) / np.hypot(*(b - a))
            angle = (float(np.degrees(np.arctan2(along[1], along[0]))) + 90) % 180 - 90
            off = aside * np.array([-along[1], along[0]])
            halo = 0.3 if abs(aside) + size / PT_MM / 2 > width_mm / 2 else 0.0
            if upright and abs(angle) > _STEEP:
                written = _upright(letters, middle + off, along, shown, size, halo)
            else:
                written = _turned(letters, middle + off, angle, shown, size, halo)
            if written:
                last = middle
                break


def _places(letters: Lettering, part: BaseGeometry, text: str, size: float) -> list[tuple[float, float]]:
    """Straight stretches (from, to; mm along the line) that hold the name, the middle of the line first."""
    need = letters.ink.width(text, size) * 1.15 + 2
    if part.length < need:
        return []
    starts = np.linspace(0, part.length - need, max(2, int((part.length - need) / 5) + 1))
    lines = np.full(len(starts), part, dtype=object)
    a = shapely.get_coordinates(shapely.line_interpolate_point(lines, starts))
    b = shapely.get_coordinates(shapely.line_interpolate_point(lines, starts + need))
    straight = np.hypot(*(b - a).T) >= _STRAIGHT * need
    order = np.argsort(np.abs(starts + need / 2 - part.length / 2), kind="stable")
    return [(float(starts[k]), float(starts[k] + need)) for k in order if straight[k]]


def _turned(letters: Lettering, middle: Points, angle: float, text: str, size: float, halo: float) -> bool:
    wide, high = letters.size(text, size)
    turn = np.radians(angle)
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    count = max(2, len(text))
    along = (np.arange(count) + 0.5) / count - 0.5
    half = max(wide / count * abs(cos), high * 0.9) / 2
    x, y = middle[0] + along * wide * cos, middle[1] + along * wide * sin
    boxes = [(a - half, b - half, a + half, b + half) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    if not letters.free(boxes) or not letters.off_borders(boxes):
        return False
    letters.take(boxes)
    down = MIDDLE * size / PT_MM
    letters.ink.text(
        float(middle[0]) + down * sin, float(middle[1]) - down * cos, text, size,
        colour=INK_2, align=0.5, angle=angle, halo=halo,
    )  # fmt: skip
    return True


def _upright(letters: Lettering, middle: Points, along: Points, text: str, size: float, halo: float) -> bool:
    down = along if along[1] < 0 else -along
    step = size * 1.12 / PT_MM
    points = middle + ((np.arange(len(text)) - (len(text) - 1) / 2) * step)[:, None] * down
    half = size * 0.5 / PT_MM
    boxes = [(x - half, y - half, x + half, y + half) for x, y in points.tolist()]
    if not letters.free(boxes) or not letters.off_borders(boxes):
        return False
    letters.take(boxes)
    for char, (x, y) in zip(text, points.tolist(), strict=True):
        letters.ink.text(x, y - MIDDLE * size / PT_MM, char, size, colour=INK_2, align=0.5, halo=halo)
    return True
