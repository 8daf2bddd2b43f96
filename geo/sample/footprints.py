"""Buildings from cells: one slab or tower a cell, several houses in a lane cell, facing south within a few degrees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample.kinds import Use
from geo.sample.lattice import Lattice
from geo.sample.pieces import rectangles
from geo.sample.zoning import Blocks

# Outlines in a unit square, counter-clockwise, (-0.5, -0.5) to (0.5, 0.5).
SHAPES: Final = {
    "bar": [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)],
    "step": [
        *((-0.5, -0.5), (0.0, -0.5), (0.0, -0.36), (0.5, -0.36)),
        *((0.5, 0.5), (0.02, 0.5), (0.02, 0.36), (-0.5, 0.36)),
    ],
    "cross": [
        *((-0.5, -0.22), (-0.28, -0.22), (-0.28, -0.5), (0.28, -0.5), (0.28, -0.22), (0.5, -0.22)),
        *((0.5, 0.26), (0.24, 0.26), (0.24, 0.5), (-0.24, 0.5), (-0.24, 0.26), (-0.5, 0.26)),
    ],
    "yard": [
        *((-0.5, -0.5), (-0.18, -0.5), (-0.18, 0.12), (0.18, 0.12)),
        *((0.18, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)),
    ],
    "ell": [(-0.5, -0.5), (0.5, -0.5), (0.5, -0.1), (-0.12, -0.1), (-0.12, 0.5), (-0.5, 0.5)],
    "comb": [
        *((-0.5, -0.5), (-0.22, -0.5), (-0.22, 0.2), (0.1, 0.2), (0.1, -0.3), (0.36, -0.3)),
        *((0.36, 0.2), (0.5, 0.2), (0.5, 0.5), (-0.5, 0.5)),
    ],
}


@dataclass(frozen=True)
class Pattern:
    """What stands in a part of a cell: sizes in metres; `part` is (x0, y0, x1, y1) in fractions of the cell."""

    shapes: tuple[str, ...]
    length: tuple[float, float]
    depth: tuple[float, float]
    kind: str
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    chance: float = 1.0
    margin: float = 3.0


def _beside(pattern: Pattern, count: int, chance: float, margin: float) -> tuple[Pattern, ...]:
    """The same pattern side by side."""
    strips = [(k / count, 0.0, (k + 1) / count, 1.0) for k in range(count)]
    return tuple(replace(pattern, part=part, chance=chance, margin=margin) for part in strips)


PATTERNS: Final[dict[Use, tuple[Pattern, ...]]] = {
    Use.SLAB6: (Pattern(("bar", "bar", "step"), (44, 80), (10.5, 12.5), "residential"),),
    Use.SLAB11: (Pattern(("bar", "step", "bar"), (44, 66), (12.0, 14.0), "residential"),),
    Use.SLAB18: (Pattern(("step", "bar"), (46, 64), (13.0, 16.0), "residential"),),
    Use.TOWER: (Pattern(("cross",), (24, 31), (22, 27), "tower"),),
    Use.COURT: _beside(Pattern(("yard",), (24, 31), (18, 23), "lane_house"), 2, 1.0, 1.8),
    Use.ROW: (
        Pattern(("bar",), (48, 66), (8.5, 10.0), "lane_house", (0.0, 0.0, 1.0, 0.5), 1.0, 2.1),
        Pattern(("bar",), (48, 66), (8.5, 10.0), "lane_house", (0.0, 0.5, 1.0, 1.0), 1.0, 2.1),
    ),
    Use.SHOP: _beside(Pattern(("bar",), (20, 36), (9.0, 11.0), "commercial"), 2, 0.9, 1.6),
    Use.SHED: (Pattern(("bar", "bar", "ell"), (55, 110), (34, 64), "industrial", (0.0, 0.0, 1.0, 1.0), 1.0, 5.0),),
    Use.OFFICE: (Pattern(("bar", "ell"), (36, 52), (18, 30), "commercial", (0.0, 0.0, 1.0, 1.0), 1.0, 4.0),),
    Use.MALL: (
        Pattern(("bar",), (70, 130), (55, 85), "commercial", (0.0, 0.0, 1.0, 0.72), 1.0, 6.0),
        Pattern(("cross",), (28, 36), (26, 30), "commercial", (0.1, 0.72, 0.5, 1.0), 1.0, 2.0),
    ),
    Use.HALL: (
        Pattern(("bar",), (70, 110), (42, 60), "commercial", (0.0, 0.45, 1.0, 1.0), 1.0, 5.0),
        Pattern(("bar",), (40, 52), (9, 11), "commercial", (0.0, 0.22, 0.5, 0.42), 1.0, 2.0),
        Pattern(("bar",), (40, 52), (9, 11), "commercial", (0.5, 0.22, 1.0, 0.42), 1.0, 2.0),
        Pattern(("bar",), (40, 52), (9, 11), "commercial", (0.0, 0.02, 0.5, 0.2), 1.0, 2.0),
    ),
    Use.SCHOOL: (
        Pattern(("comb",), (48, 74), (30, 40), "public", (0.0, 0.58, 1.0, 1.0), 1.0, 3.0),
        Pattern(("bar",), (26, 34), (16, 20), "public", (0.0, 0.36, 0.5, 0.58), 1.0, 1.5),
    ),
    Use.HOSPITAL: (
        Pattern(("ell",), (52, 74), (38, 46), "public", (0.0, 0.5, 1.0, 1.0), 1.0, 4.0),
        Pattern(("bar",), (50, 70), (16, 20), "public", (0.0, 0.08, 1.0, 0.5), 1.0, 4.0),
    ),
    Use.CLUB: (Pattern(("ell", "bar"), (18, 26), (12, 15), "public", (0.0, 0.0, 1.0, 1.0), 1.0, 3.0),),
    Use.GARDEN: (),
    Use.PARK: (
        Pattern(("bar",), (9, 14), (8, 10), "public", (0.2, 0.78, 0.5, 0.93)),
        Pattern(("bar",), (14, 20), (9, 12), "public", (0.05, 0.01, 0.45, 0.11)),
    ),
}
LEAST_M: Final = 6.0


@dataclass(frozen=True, eq=False)
class Footprints:
    """Buildings before anyone lives in them, ordered by cell.

    Attributes
    ----------
    outline : object (n,), Polygon, metres, rounded to centimetres.
    cell : int64 (n,); use : int8 (n,), `Use` of the cell; kind : object (n,), "residential", "tower" …
    length, depth : float64 (n,), metres.
    """

    outline: NDArray[np.object_]
    cell: NDArray[np.int64]
    use: NDArray[np.int8]
    kind: NDArray[np.object_]
    length: NDArray[np.float64]
    depth: NDArray[np.float64]


def build_footprints(lattice: Lattice, blocks: Blocks, seed: int) -> Footprints:
    """The buildings of all cells."""
    parts: list[tuple[NDArray[Any], ...]] = []
    order: list[NDArray[np.int64]] = []
    for use, patterns in PATTERNS.items():
        cells = np.nonzero(blocks.cells[:, 4] == use)[0]
        for number, pattern in enumerate(patterns):
            rng = np.random.default_rng([seed, 21, int(use), number])
            made = _stand(lattice, blocks, cells, pattern, rng)
            n = len(made[0])
            kind = np.full(n, pattern.kind, dtype=object)
            parts.append((made[0], made[1], np.full(n, use, dtype=np.int8), kind, made[2], made[3]))
            order.append(made[1] * 8 + number)
    outline, cell, uses, kind, length, depth = (np.concatenate([part[k] for part in parts]) for k in range(6))
    by = np.argsort(np.concatenate(order), kind="stable")
    # The margins suppose straight sides; where a bent lane bites into a house all the same, there is none.
    ground = rectangles(lattice, blocks.cells[:, :4])
    by = by[shapely.contains_properly(ground[cell[by].astype(np.int64)], outline[by])]
    return Footprints(
        outline[by], cell[by].astype(np.int64), uses[by].astype(np.int8), kind[by],
        length[by].astype(np.float64), depth[by].astype(np.float64),
    )  # fmt: skip


def _stand(
    lattice: Lattice, blocks: Blocks, cells: NDArray[np.int64], pattern: Pattern, rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """One building in the same part of each cell; those that find no room are left out."""
    n = len(cells)
    length = rng.uniform(*pattern.length, n)
    depth = rng.uniform(*pattern.depth, n)
    lean = rng.uniform(0.3, 1.0, n)
    slide = rng.uniform(-1.0, 1.0, (n, 2))
    shape = rng.integers(0, len(pattern.shapes), n)
    stands = rng.random(n) < pattern.chance

    corners = _corners(lattice, blocks.cells[cells, :4], pattern.part)
    centre = corners.mean(axis=1)
    along = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2
    across = (corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1]) / 2
    room_l = np.hypot(*along.T)
    axis = along / room_l[:, None]
    # The cell as a parallelogram: its height over the long axis, and how far it leans.
    height = across[:, 1] * axis[:, 0] - across[:, 0] * axis[:, 1]
    skew = (across * axis).sum(axis=1) / height
    tilt = np.arctan2(axis[:, 1], axis[:, 0])
    turn = -np.clip(lean * tilt, np.deg2rad(-5.0), np.deg2rad(5.0))  # towards due south
    cos, sin = np.cos(turn), np.abs(np.sin(turn))
    margin = pattern.margin
    depth = np.minimum(depth, (height - 2 * margin) / (cos + 0.2))
    free = room_l - 2 * margin
    box_h = np.minimum(length * sin + depth * cos, height - 2 * margin)
    length = np.minimum(length, (free - box_h * np.abs(skew) - depth * sin) / cos)
    by_height = (height - 2 * margin - depth * cos) / np.maximum(sin, 1e-9)
    length = np.where(sin > 1e-9, np.minimum(length, by_height), length)
    ok = stands & (length >= LEAST_M) & (depth >= LEAST_M)

    box_l, box_h = length * cos + depth * sin, length * sin + depth * cos
    slack_h = np.maximum(height - 2 * margin - box_h, 0) / 2 * 0.6
    slack_l = np.maximum(free - box_l - box_h * np.abs(skew) - slack_h * np.abs(skew), 0) / 2 * 0.6
    normal = np.stack([-axis[:, 1], axis[:, 0]], axis=1)
    up = slide[:, 1] * slack_h
    centre = centre + axis * (slide[:, 0] * slack_l + up * skew)[:, None] + normal * up[:, None]

    angle = tilt + turn
    outline = np.empty(n, dtype=object)
    for name in dict.fromkeys(pattern.shapes):
        names = [k for k, other in enumerate(pattern.shapes) if other == name]
        chosen = np.nonzero(ok & np.isin(shape, names))[0]
        outline[chosen] = _draw(SHAPES[name], centre[chosen], angle[chosen], length[chosen], depth[chosen])
    return outline[ok], cells[ok], length[ok], depth[ok]


def _corners(lattice: Lattice, rect: NDArray[np.int64], part: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Corners (n, 4, 2) of a part of lattice rectangles, counter-clockwise from the south-west."""
    x0, y0, x1, y1 = (rect[:, k].astype(np.float64) for k in range(4))
    a0, b0, a1, b1 = part
    xs = np.stack([x0 + a * (x1 - x0) for a in (a0, a1, a1, a0)], axis=1)
    ys = np.stack([y0 + b * (y1 - y0) for b in (b0, b0, b1, b1)], axis=1)
    return lattice.at(xs, ys)


def _draw(
    shape: list[tuple[float, float]],
    centre: NDArray[np.float64],
    angle: NDArray[np.float64],
    length: NDArray[np.float64],
    depth: NDArray[np.float64],
) -> NDArray[np.object_]:
    ring = np.array([*shape, shape[0]])
    x = ring[None, :, 0] * length[:, None]
    y = ring[None, :, 1] * depth[:, None]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    points = np.stack([centre[:, :1] + cos * x - sin * y, centre[:, 1:] + sin * x + cos * y], axis=2)
    return np.asarray(shapely.polygons(np.round(points, 2)), dtype=object)
