"""Block templates: how a superblock is cut into parcels and cells, without saying where it lies.

A cell is what one unit of the plan will cover: a slab with its yard, a school, a few courtyard houses. The cells of a
template are listed along a path whose consecutive cells share a border, so that any run of cells is one piece.
Coordinates are lattice cells within the block, 0 at its south-west property corner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.sample.kinds import Block, Parcel, Use

# Compounds by block: which storeys they may have, and how often.
GRADES = {
    Block.TOWERS: ((Use.SLAB18, 0.6), (Use.TOWER, 0.4)),
    Block.MID: ((Use.SLAB11, 0.56), (Use.SLAB6, 0.08), (Use.SLAB18, 0.36)),
    Block.OLD6: ((Use.SLAB6, 0.6), (Use.SLAB11, 0.4)),
    Block.CENTRE: ((Use.TOWER, 0.6), (Use.SLAB18, 0.4)),
    Block.PUBLIC: ((Use.SLAB11, 0.6), (Use.SLAB6, 0.4)),
}
PITCH = {Use.SLAB6: 2, Use.SLAB11: 3, Use.SLAB18: 4, Use.TOWER: 4}  # lattice rows from slab to slab


Strip = list[tuple[int, ...]]  # cells on top of one another, from south to north


@dataclass(frozen=True, eq=False)
class Template:
    """A cut block.

    Attributes
    ----------
    cells : int16 (n, 6): x0, y0, x1, y1, `Use`, parcel index; in path order.
    parcels : int16 (m, 7): x0, y0, x1, y1, `Parcel`, grade (a `Use`), column of the gate.
    roads : int16 (k, 4): x0, y0, x1, y1 of local roads and lanes inside the block, on lattice lines.
    """

    cells: NDArray[np.int16]
    parcels: NDArray[np.int16]
    roads: NDArray[np.int16]


class _Cutter:
    """Collects the cells of one block band by band, so that they form a path."""

    def __init__(self, nx: int, ny: int, rng: np.random.Generator) -> None:
        self.nx, self.ny, self.rng = nx, ny, rng
        self.cells: Strip = []
        self.parcels: Strip = []
        self.roads: Strip = []
        self.bands = 0

    def parcel(self, rect: tuple[int, int, int, int], kind: Parcel, grade: Use = Use.GARDEN) -> int:
        self.parcels.append((*rect, int(kind), int(grade), (rect[0] + rect[2]) // 2))
        return len(self.parcels) - 1

    def band(self, strips: list[Strip]) -> None:
        """Add the first or second band of strips, each a stack of cells from south to north."""
        if self.bands % 2:
            strips = strips[::-1]
        for k, strip in enumerate(strips):
            # The first band leaves by its last strip's north end, where the second one, walked back, begins.
            upward = k % 2 == 0 if self.bands else (len(strips) - 1 - k) % 2 == 0
            self.cells += strip if upward else strip[::-1]
        self.bands += 1

    def done(self) -> Template:
        def array(rows: list[tuple[int, ...]], width: int) -> NDArray[np.int16]:
            return np.array(rows, dtype=np.int16).reshape(-1, width)

        return Template(array(self.cells, 6), array(self.parcels, 7), array(self.roads, 4))


def _split(total: int, sizes: tuple[int, ...], rng: np.random.Generator) -> list[int]:
    """Cut `total` into parts, each one of `sizes` where it goes up; what is left widens the last part."""
    parts: list[int] = []
    left = total
    while left >= min(sizes) * 2:
        fits = [size for size in sizes if left - size == 0 or left - size >= min(sizes)]
        parts.append(int(rng.choice(fits)))
        left -= parts[-1]
    if left:
        parts.append(left)
    return parts


def _rows(total: int, pitch: int) -> list[int]:
    """Cut `total` lattice rows into stacks of about `pitch`, the surplus spread from the north."""
    count = max(1, total // pitch)
    rows = [total // count] * count
    for k in range(total - sum(rows)):
        rows[-1 - k % count] += 1
    return rows


def _compound(cut: _Cutter, x0: int, x1: int, band: tuple[int, int], grade: Use) -> list[Strip]:
    """Strips of a walled compound; sometimes with a row of shops on its street side."""
    y0, y1 = band
    rng = cut.rng
    south_side = y0 == 0
    shops = rng.random() < 0.45 and y1 - y0 >= 7
    inner0, inner1 = (y0 + 1, y1) if shops and south_side else (y0, y1 - 1) if shops else (y0, y1)
    widths = _split(x1 - x0, (2,) if grade == Use.TOWER else (3, 3, 3, 4) if grade == Use.SLAB6 else (3, 3, 4), rng)
    home = cut.parcel((x0, inner0, x1, inner1), Parcel.COMPOUND, grade)
    front = cut.parcel((x0, y0, x1, y0 + 1) if south_side else (x0, y1 - 1, x1, y1), Parcel.SHOPS) if shops else -1
    rows = _rows(inner1 - inner0, PITCH[grade])
    strips: list[Strip] = []
    left = x0
    for width in widths:
        stack: Strip = []
        bottom = inner0
        for height in rows:
            use = grade
            if grade == Use.SLAB18 and width == 2:
                use = Use.TOWER
            stack.append((left, bottom, left + width, bottom + height, int(use), home))
            bottom += height
        if shops:
            shop = (left, y0, left + width, y0 + 1) if south_side else (left, y1 - 1, left + width, y1)
            stack.insert(0 if south_side else len(stack), (*shop, int(Use.SHOP), front))
        strips.append(stack)
        left += width
    _garden(strips, home, rng)
    cut.parcels[home] = (*cut.parcels[home][:6], x0 + sum(widths[: (len(widths) + 1) // 2]))
    return strips


def _garden(strips: list[Strip], home: int, rng: np.random.Generator) -> None:
    """Turn a cell or two in the middle of a larger compound into its garden and its property office."""
    places = [(s, k) for s, strip in enumerate(strips) for k, cell in enumerate(strip) if cell[5] == home]
    if len(places) < 6:
        return
    for place, use in zip(rng.permutation(len(places))[:2], (Use.CLUB, Use.GARDEN), strict=True):
        if use == Use.GARDEN and len(places) < 10:
            continue
        s, k = places[int(place)]
        strips[s][k] = (*strips[s][k][:4], int(use), home)


def _bands(cut: _Cutter, local_road: bool) -> list[tuple[int, int]]:
    """One band in a small block, else two with a local road between them."""
    if cut.ny < 14:
        return [(0, cut.ny)]
    middle = int(np.clip(round(cut.ny * cut.rng.uniform(0.42, 0.58)), 6, cut.ny - 6))
    if local_road:
        cut.roads.append((-1, middle, cut.nx + 1, middle))
    return [(0, middle), (middle, cut.ny)]


def _residential(cut: _Cutter, block: Block) -> None:
    grades, shares = zip(*GRADES[block], strict=True)
    bands = [(0, cut.ny)] if cut.rng.random() < 0.45 else _bands(cut, cut.rng.random() < 0.7)
    for number, band in enumerate(bands):
        strips: list[Strip] = []
        left = 0
        if block != Block.PUBLIC and number == 1 and cut.rng.random() < 0.3 and cut.nx >= 10:
            left = 4
            strips.append([_one(cut, (0, band[0], 4, band[1]), Parcel.SCHOOL, Use.SCHOOL)])
        for width in _split(cut.nx - left, (6, 7, 8, 9), cut.rng):
            grade = Use(int(cut.rng.choice(grades, p=shares)))
            strips += _compound(cut, left, left + width, band, grade)
            left += width
        cut.band(strips)


def _one(cut: _Cutter, rect: tuple[int, int, int, int], kind: Parcel, use: Use) -> tuple[int, ...]:
    return (*rect, int(use), cut.parcel(rect, kind, use))


def _lanes(cut: _Cutter) -> None:
    """An old town: lanes every two lattice rows, courtyards and rows of lane houses between them."""
    parcel = cut.parcel((0, 0, cut.nx, cut.ny), Parcel.LANES)
    rows = _rows(cut.ny, 2)
    strips: list[Strip] = []
    left = 0
    widths = _split(cut.nx, (3,), cut.rng)
    for width in widths:
        bottom = 0
        stack: Strip = []
        for height in rows:
            use = Use.COURT if cut.rng.random() < 0.6 else Use.ROW
            stack.append((left, bottom, left + width, bottom + height, int(use), parcel))
            bottom += height
        strips.append(stack)
        left += width
    crossing = np.cumsum(widths)[:-1]
    for x in cut.rng.permutation(crossing)[: max(1, len(crossing) // 3)]:
        cut.roads.append((int(x), -1, int(x), cut.ny + 1))
    for y in np.cumsum(rows)[:-1]:
        cut.roads.append((-1, int(y), cut.nx + 1, int(y)))
    cut.band(strips)


def _park(cut: _Cutter) -> None:
    parcel = cut.parcel((0, 0, cut.nx, cut.ny), Parcel.PARK)
    half = cut.nx // 2
    sides: list[Strip] = [[(a, 0, b, cut.ny, int(Use.PARK), parcel)] for a, b in ((0, half), (half, cut.nx))]
    cut.band(sides)


def _centre(cut: _Cutter) -> None:
    """Market, shopping, offices and some towers."""
    bands = _bands(cut, True)
    south = bands[0]
    middle = cut.nx // 2
    strips: list[Strip] = [
        [_one(cut, (0, south[0], middle, south[1]), Parcel.MARKET, Use.HALL)],
        [_one(cut, (middle, south[0], cut.nx, south[1]), Parcel.CENTRE, Use.MALL)],
    ]
    cut.band(strips)
    for band in bands[1:]:
        offices = cut.parcel((0, band[0], 4, band[1]), Parcel.CENTRE, Use.OFFICE)
        stack: Strip = []
        bottom = band[0]
        for height in _rows(band[1] - band[0], 4):
            stack.append((0, bottom, 4, bottom + height, int(Use.OFFICE), offices))
            bottom += height
        grades, shares = zip(*GRADES[Block.CENTRE], strict=True)
        cut.band([stack, *_compound(cut, 4, cut.nx, band, Use(int(cut.rng.choice(grades, p=shares))))])


def _public(cut: _Cutter) -> None:
    """A school, a hospital or offices, and homes around them."""
    bands = _bands(cut, True)
    for number, band in enumerate(bands):
        width = 5 if cut.nx >= 10 else 4
        kind, use = (Parcel.SCHOOL, Use.SCHOOL) if number == 0 else (Parcel.HOSPITAL, Use.HOSPITAL)
        strips: list[Strip] = [[_one(cut, (0, band[0], width, band[1]), kind, use)]]
        grades, shares = zip(*GRADES[Block.PUBLIC], strict=True)
        strips += _compound(cut, width, cut.nx, band, Use(int(cut.rng.choice(grades, p=shares))))
        cut.band(strips)


def _industry(cut: _Cutter) -> None:
    for band in _bands(cut, True):
        strips: list[Strip] = []
        left = 0
        for width in _split(cut.nx, (4, 5, 6), cut.rng):
            parcel = cut.parcel((left, band[0], left + width, band[1]), Parcel.INDUSTRIAL, Use.SHED)
            stack: Strip = []
            bottom = band[0]
            for k, height in enumerate(_rows(band[1] - band[0], int(cut.rng.integers(3, 6)))):
                use = Use.OFFICE if k == 0 and cut.rng.random() < 0.3 else Use.SHED
                stack.append((left, bottom, left + width, bottom + height, int(use), parcel))
                bottom += height
            strips.append(stack)
            left += width
        cut.band(strips)


def cut_block(block: Block, nx: int, ny: int, rng: np.random.Generator) -> Template:
    """A template for a block of `nx` × `ny` lattice cells."""
    cut = _Cutter(nx, ny, rng)
    special = {
        Block.LANES: _lanes,
        Block.PARK: _park,
        Block.CENTRE: _centre,
        Block.PUBLIC: _public,
        Block.INDUSTRY: _industry,
    }.get(block)
    if special is None:
        _residential(cut, block)
    else:
        special(cut)
    return cut.done()
