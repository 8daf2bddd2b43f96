"""Names on the map: each where it is read, none over another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.maps.sheets.ink import LEAST_PT, PT_MM, Ink, Points

Box = tuple[float, float, float, float]
# The middle of a line of letters above its baseline, in parts of its size.
MIDDLE: Final = 0.36
# What stays free around a name, mm.
_APART: Final = 0.7
# So much hidden (a share of the name's place, and a little for lying off the middle) is no reason to write smaller.
_LITTLE: Final = 0.12
# In how many places across a shape its name is tried.
_TRIES: Final = 19


class Lettering:
    """Puts names on a page, those that are asked for first before all others."""

    def __init__(self, ink: Ink, room: Box) -> None:
        self.ink = ink
        self.room = room
        self._taken = np.zeros((0, 4))
        self.avoid(_NONE, _NONE, ())

    def avoid(self, buildings: NDArray[np.object_], others: NDArray[np.object_], borders: Sequence[Points]) -> None:
        """What names should not hide, mm; `others` (roads, water) only where there is a choice."""
        self._buildings = shapely.STRtree(buildings)
        self._busy = shapely.STRtree(np.concatenate([buildings, others]))
        self._borders = shapely.STRtree([shapely.LineString(line) for line in borders])

    def off_borders(self, boxes: Sequence[Box]) -> bool:
        """Whether no border runs through the boxes."""
        return not self._borders.query(_shapes(boxes), predicate="intersects").size

    def free(self, boxes: Iterable[Box]) -> bool:
        """Whether nothing is written there yet, and all of it lies within the map."""
        return bool(self._free(np.array([*boxes])).all())

    def _free(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Of each of many boxes (n, 4) whether it is free."""
        west, south, east, north = self.room
        x0, y0, x1, y1 = boxes.T[:, :, None]
        left, low, right, high = self._taken.T[:, None, :]
        hit: NDArray[np.bool_] = ((left < x1) & (right > x0) & (low < y1) & (high > y0)).any(axis=1)
        out = (x0 < west) | (y0 < south) | (x1 > east) | (y1 > north)
        free: NDArray[np.bool_] = ~hit & ~out[:, 0]
        return free

    def take(self, boxes: Sequence[Box]) -> None:
        """Keep others away."""
        margin = np.array([-_APART, -_APART, _APART, _APART])
        self._taken = np.vstack([self._taken, np.array(boxes) + margin])

    def size(self, text: str, size: float, *, bold: bool = False) -> tuple[float, float]:
        """Width and height of a line, mm."""
        return self.ink.width(text, size, bold=bold), size / PT_MM

    def level(
        self, x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False, halo: float = 0.35,
        shifts: Sequence[tuple[float, float]] = ((0.0, 0.0),),
    ) -> bool:  # fmt: skip
        """Write a name with its middle at a point, or shifted (mm) where that is taken; False where nothing is free."""
        wide, high = self.size(text, size, bold=bold)
        boxes = [(x + dx - wide / 2, y + dy - high / 2, x + dx + wide / 2, y + dy + high / 2) for dx, dy in shifts]
        free = [box for box in boxes if self.free([box])]
        if not free:
            return False
        # Of free places the first that hides nothing, if there is a choice.
        box = free[0] if len(shifts) == 1 else next((b for b in free if self._hides_nothing(b)), free[0])
        self.take([box])
        self.ink.text(
            (box[0] + box[2]) / 2, (box[1] + box[3]) / 2 - MIDDLE * size / PT_MM, text, size,
            colour=colour, bold=bold, align=0.5, halo=halo,
        )  # fmt: skip
        return True

    def _hides_nothing(self, box: Box) -> bool:
        return self.off_borders([box]) and not self._buildings.query(_shapes([box]), predicate="intersects").size

    def inside(
        self, shape: BaseGeometry, text: str, sizes: Sequence[float], colour: str, *, forced: bool = False
    ) -> None:
        """Write a name inside a shape (mm) where it hides least, at the first of `sizes` that hides little.

        `forced` writes it also where it fits nowhere, in the smallest size.
        """
        if shape.is_empty:
            return
        west, south, east, north = shape.bounds
        x, y = (v.ravel() for v in np.meshgrid(np.linspace(west, east, _TRIES), np.linspace(south, north, _TRIES)))
        middle = shapely.point_on_surface(shape)
        x, y = np.append(x, middle.x), np.append(y, middle.y)
        shapely.prepare(shape)
        chosen: tuple[float, float, float, float] | None = None
        for size in sizes:
            wide, high = self.size(text, size, bold=True)
            half = (wide / 2 + 1, high / 2 + 1)
            sides = np.column_stack([x - half[0], y - half[1], x + half[0], y + half[1]])
            fits = np.flatnonzero(self._free(sides))
            fits = fits[shapely.contains(shape, _shapes(sides[fits]))]
            boxes = _shapes(sides[fits])
            if len(fits):
                cost = self._hidden(boxes) + 0.4 * _off_centre(x[fits], y[fits], shape)
                best = int(np.argmin(cost))
                if chosen is None or cost[best] < 0.7 * chosen[0]:
                    chosen = (float(cost[best]), float(x[fits[best]]), float(y[fits[best]]), size)
                if chosen[0] < _LITTLE:
                    break
        if chosen is not None:
            self.level(*chosen[1:3], text, chosen[3], colour, bold=True, halo=0.6)
        elif forced:
            self.level(middle.x, middle.y, text, sizes[-1], colour, bold=True, halo=0.6)

    def _hidden(self, boxes: NDArray[np.object_]) -> NDArray[np.float64]:
        """How much of each box lies over buildings and roads, as a share."""
        total = np.zeros(len(boxes))
        box, shape = self._busy.query(boxes, predicate="intersects")
        np.add.at(total, box, shapely.area(shapely.intersection(boxes[box], self._busy.geometries[shape])))
        hidden: NDArray[np.float64] = total / shapely.area(boxes)
        return hidden


_NONE: Final = np.empty(0, dtype=object)


def _shapes(boxes: Sequence[Box] | NDArray[np.float64]) -> NDArray[np.object_]:
    return np.asarray(shapely.box(*np.asarray(boxes).T), dtype=object)


def _off_centre(x: NDArray[np.float64], y: NDArray[np.float64], shape: BaseGeometry) -> NDArray[np.float64]:
    centre = shape.centroid
    west, south, east, north = shape.bounds
    far: NDArray[np.float64] = np.hypot(x - centre.x, y - centre.y) / max(east - west, north - south, 1e-9)
    return far


def wrapped(ink: Ink, text: str, size: float, width: float, *, bold: bool = False, lines: int = 2) -> list[str]:
    """A text in lines no wider than `width` mm; what does not fit into `lines` ends with an ellipsis."""
    assert size >= LEAST_PT
    shown = ink.shown(text, bold=bold)
    out: list[str] = []
    while shown:
        cut = len(shown)
        while cut > 1 and ink.width(shown[:cut], size, bold=bold) > width:
            cut -= 1
        if cut < len(shown):
            # Latin words and the parts of an address stay whole where that loses less than half a line.
            ends = (shown.rfind(" ", cut // 2, cut + 1), shown.rfind("/", cut // 2, cut) + 1)
            cut = next((end for end in ends if end > 0), cut)
        if len(out) == lines - 1 and cut < len(shown):
            while cut > 1 and ink.width(shown[:cut] + "…", size, bold=bold) > width:
                cut -= 1
            return [*out, shown[:cut].rstrip() + "…"]
        out.append(shown[:cut].rstrip())
        shown = shown[cut:].lstrip()
    return out or [""]
