"""Where a grid lies on its sheet, and at which scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

# The map on the sheet, mm from the lower left corner: 285 wide, above a strip with the scale bar.
LEFT, BOTTOM, WIDTH, HEIGHT = 10.0, 24.0, 285.0, 263.0
# What is kept free around the grid, so that its neighbours and their names are seen.
_AROUND_MM: Final = 12.0
_USUAL: Final = (2000, 2500, 3000, 4000, 5000)
_FURTHER: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


@dataclass(frozen=True)
class Frame:
    """A map of scale 1 : `scale` with the point (`x`, `y`), metres, in the middle of its frame."""

    scale: int
    x: float
    y: float

    @property
    def mm_per_m(self) -> float:
        """Millimetres of paper for a metre of ground."""
        return 1000 / self.scale

    @property
    def usual(self) -> bool:
        """Whether the scale is one that sheets should have."""
        return self.scale <= _USUAL[-1]

    def window(self, inset_mm: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east and north of the map, metres; `inset_mm` shrinks it on every side."""
        half_x = (WIDTH / 2 - inset_mm) / self.mm_per_m
        half_y = (HEIGHT / 2 - inset_mm) / self.mm_per_m
        return self.x - half_x, self.y - half_y, self.x + half_x, self.y + half_y

    def paper(self, shapes: NDArray[np.object_] | BaseGeometry) -> NDArray[np.object_]:
        """Shapes in metres as shapes in millimetres of the sheet."""
        moved: NDArray[np.object_] = shapely.transform(np.atleast_1d(np.asarray(shapes, dtype=object)), self._to_paper)
        return moved

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point in metres as a point of the sheet."""
        found = self._to_paper(np.array([[x, y]]))[0]
        return float(found[0]), float(found[1])

    def _to_paper(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return (xy - (self.x, self.y)) * self.mm_per_m + (LEFT + WIDTH / 2, BOTTOM + HEIGHT / 2)


def frame_of(shape: BaseGeometry) -> Frame:
    """The map of a shape (metres): the greatest usual scale at which all of it is seen, else a smaller round one."""
    west, south, east, north = shape.bounds
    wide, high = 1000 * (east - west) / (WIDTH - 2 * _AROUND_MM), 1000 * (north - south) / (HEIGHT - 2 * _AROUND_MM)
    least = max(wide, high)
    scale = next(scale for scale in _scales() if scale >= least)
    return Frame(scale, (west + east) / 2, (south + north) / 2)


def _scales() -> Iterator[int]:
    yield from _USUAL
    power = 1000
    while True:
        yield from (round(digit * power) for digit in _FURTHER if digit * power > _USUAL[-1])
        power *= 10


def bar_of(scale: int) -> tuple[int, int]:
    """A round length for the scale bar, metres, 40 to 100 mm of paper, and into how many parts it is divided."""
    power = 1
    while True:
        for digit, parts in ((1, 5), (2, 4), (5, 5)):
            if digit * power * 1000 / scale >= 40:
                return digit * power, parts
        power *= 10
