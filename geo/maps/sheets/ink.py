"""What stands on one page: shapes, lines and texts in millimetres from the lower left corner, as a PDF writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.maps.sheets.font import Face

PT_MM: Final = 72 / 25.4
# The least size that people read on a wall (pt).
LEAST_PT: Final = 8.0
REGULAR, BOLD = "R", "B"

Points = NDArray[np.float64]


class Ink:
    """Collects the drawing of a page.

    Parameters
    ----------
    regular, bold : the faces; `used` collects the codes of each that the page writes.
    """

    def __init__(self, regular: Face, bold: Face) -> None:
        self.faces = {REGULAR: regular, BOLD: bold}
        self.used: dict[str, set[int]] = {REGULAR: set(), BOLD: set()}
        self._parts: list[str] = []

    def content(self) -> bytes:
        """The page as operators."""
        return "\n".join(self._parts).encode("ascii")

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """What is drawn inside stays within a rectangle."""
        self._parts.append(f"q {_numbers((x, y, width, height))} re W n")
        yield
        self._parts.append("Q")

    @contextmanager
    def within(self, rings: Sequence[Points]) -> Iterator[None]:
        """What is drawn inside stays within a shape."""
        self._parts.append(f"q {_path(rings, closed=True)} W* n" if rings else "q 0 0 0 0 re W n")
        yield
        self._parts.append("Q")

    def fill(self, rings: Sequence[Points], colour: str) -> None:
        """Fill rings; holes are by the even-odd rule."""
        if rings:
            self._parts.append(f"{_colour(colour)} rg {_path(rings, closed=True)} f*")

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self._parts.append(f"{_colour(colour)} rg {_numbers((x, y, width, height))} re f")

    def frame(self, x: float, y: float, width: float, height: float, colour: str, line: float) -> None:
        """Draw the edge of a rectangle, `line` mm wide."""
        edge = _numbers((x, y, width, height))
        self._parts.append(f"{_colour(colour)} RG {_numbers((line,), digits=3)} w 0 J 0 j [] 0 d {edge} re S")

    def boxes(self, rows: Iterable[tuple[float, float, float, float]], colour: str) -> None:
        """Fill many rectangles as one shape."""
        drawn = " ".join(f"{_numbers(row, digits=4)} re" for row in rows)
        self._parts.append(f"{_colour(colour)} rg {drawn} f")

    def stroke(
        self,
        lines: Sequence[Points],
        colour: str,
        width: float,
        *,
        dash: Sequence[float] = (),
        closed: bool = False,
        flat: bool = False,
    ) -> None:
        """Draw lines `width` mm wide; `dash` in mm; ends are round unless `flat`."""
        if lines:
            ends = "0 J 0 j" if flat else "1 J 1 j"
            pen = f"{_colour(colour)} RG {_numbers((width,), digits=3)} w {ends} [{_numbers(dash)}] 0 d"
            self._parts.append(f"{pen} {_path(lines, closed)} S")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        colour: str = "#17222D",
        bold: bool = False,
        align: float = 0.0,
        angle: float = 0.0,
        halo: float = 0.0,
        spread: Sequence[float] = (),
    ) -> float:
        """Write one line at its baseline; returns how wide it runs (mm).

        Parameters
        ----------
        size : in points, at least `LEAST_PT`.
        align : 0 from `x` on, 0.5 around it, 1 up to it.
        angle : degrees, anticlockwise.
        halo : width of a white edge around the letters, mm.
        spread : mm to leave after each character (0 where it is shorter than the text).
        """
        assert size >= LEAST_PT
        key = BOLD if bold else REGULAR
        face = self.faces[key]
        shown = face.text(text)
        codes = face.codes(shown)
        self.used[key].update(codes)
        width = face.width(shown, size) / PT_MM + sum(spread[: len(codes)])
        turn = np.radians(angle)
        cos, sin = float(np.cos(turn)), float(np.sin(turn))
        at = ((x - align * width * cos) * PT_MM, (y - align * width * sin) * PT_MM)
        matrix = " ".join(_short(v, 4) for v in (cos, sin, -sin, cos)) + f" {_short(at[0], 2)} {_short(at[1], 2)}"
        string = _string(codes, spread, size)
        font = f"BT /{key} {_short(size, 2)} Tf {matrix} Tm"
        if halo:
            edge = f"1 1 1 RG {_numbers((2 * halo,))} w 1 J 1 j [] 0 d {font} 1 Tr {string} 0 Tr ET"
            self._parts.append(f"/Span <</ActualText <FEFF>>> BDC {edge} EMC")  # who copies the text gets it once
        thick = f"{_colour(colour)} RG {_short(size * 0.035, 3)} w 1 j [] 0 d 2 Tr" if face.bold else ""
        self._parts.append(f"{_colour(colour)} rg {thick} {font} {string} {'0 Tr' if face.bold else ''} ET")
        return width

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide a line would run, mm."""
        face = self.faces[BOLD if bold else REGULAR]
        return face.width(face.text(text), size) / PT_MM

    def shown(self, text: str, *, bold: bool = False) -> str:
        """A text as it will stand on paper."""
        return self.faces[BOLD if bold else REGULAR].text(text)


def rings_of(shape: BaseGeometry | None) -> list[Points]:
    """All rings of the polygons of a geometry."""
    if shape is None or shape.is_empty:
        return []
    polygons = [part for part in _parts_of(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return [shapely.get_coordinates(ring) for ring in shapely.get_rings(np.array(polygons, dtype=object))]


def lines_of(shape: BaseGeometry | None) -> list[Points]:
    """All lines of a geometry; the outlines of polygons."""
    if shape is None or shape.is_empty:
        return []
    out = []
    for part in _parts_of(shape):
        whole = shapely.boundary(part) if part.geom_type == "Polygon" else part
        out += [shapely.get_coordinates(line) for line in shapely.get_parts(whole) if "Line" in line.geom_type]
    return [line for line in out if len(line) > 1]


def _parts_of(shape: BaseGeometry) -> list[BaseGeometry]:
    parts = list(shapely.get_parts(shape))
    return [inner for part in parts for inner in (shapely.get_parts(part) if "Multi" in part.geom_type else [part])]


def _path(lines: Sequence[Points], closed: bool) -> str:
    drawn = []
    for line in lines:
        points = np.rint(np.asarray(line) * PT_MM * 100).astype(np.int64)
        if closed and len(points) > 1 and (points[0] == points[-1]).all():
            points = points[:-1]
        keep = np.ones(len(points), dtype=bool)
        keep[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
        pairs = [f"{_hundredths(x)} {_hundredths(y)}" for x, y in points[keep].tolist()]
        steps = " ".join(f"{pair} l" for pair in pairs[1:])
        drawn.append(f"{pairs[0]} m {steps}{' h' if closed else ''}")
    return " ".join(drawn)


def _hundredths(value: int) -> str:
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(value, 100)
    return f"{sign}{whole}" if rest == 0 else f"{sign}{whole}.{rest:02d}".rstrip("0")


def _short(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _numbers(values: Iterable[float], digits: int = 2) -> str:
    return " ".join(_short(value * PT_MM, digits) for value in values)


def _colour(colour: str) -> str:
    return " ".join(_short(int(colour[k : k + 2], 16) / 255, 3) for k in (1, 3, 5))


def _string(codes: Sequence[int], spread: Sequence[float], size: float) -> str:
    if not any(spread):
        return f"<{''.join(f'{code:04X}' for code in codes)}> Tj"
    parts = []
    for k, code in enumerate(codes):
        parts.append(f"<{code:04X}>")
        if k < len(spread) and spread[k]:
            parts.append(_short(-spread[k] * PT_MM / size * 1000, 1))
    return f"[{' '.join(parts)}] TJ"
