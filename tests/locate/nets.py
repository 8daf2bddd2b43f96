"""Nasty nets, the points where they are nastiest, and what is true there by exact arithmetic.

Nothing here is shared with the index or with GEOS: the oracle takes the sign of a determinant in floating point only
where its error cannot hide, else in fractions.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import shapely

ULP_120 = np.spacing(120.0)


def lowest_cover(polygons, codes, x, y):
    """Row of the polygon with the lowest code among the closed ones that cover each point, −1 outside.

    Also how many closed polygons cover it, and in how many of them it lies inside, not on the border.
    """
    answer = np.full(len(x), -1)
    closed, inner = np.zeros(len(x), dtype=int), np.zeros(len(x), dtype=int)
    for i in sorted(range(len(codes)), key=lambda i: codes[i], reverse=True):
        west, south, east, north = shapely.bounds(polygons[i])
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        inside, border = _places(polygons[i], x[near], y[near])
        answer[near[inside | border]] = i
        closed[near] += inside | border
        inner[near] += inside & ~border
    return answer, closed, inner


def _places(polygon, x, y):
    """Whether each point has an odd number of crossings to the east, and whether it lies on a ring."""
    inside, border = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    for ring in shapely.get_rings(shapely.get_parts(polygon)):
        a = shapely.get_coordinates(ring)
        for (ax, ay), (bx, by) in itertools.pairwise(a):
            level = (min(ay, by) <= y) & (y <= max(ay, by))
            rows = np.flatnonzero(level)
            turn = _side(ax, ay, bx, by, x[rows], y[rows])
            within = (min(ax, bx) <= x[rows]) & (x[rows] <= max(ax, bx))
            border[rows] |= (turn == 0) & within
            crosses = (ay > y[rows]) != (by > y[rows])
            inside[rows] ^= crosses & (turn == (1 if by > ay else -1))
    return inside, border


def _side(ax, ay, bx, by, x, y):
    left, right = (ax - x) * (by - y), (ay - y) * (bx - x)
    det = left - right
    sign = np.sign(det)
    # The tiny number is for products that leave the range of floats.
    for k in np.flatnonzero(np.abs(det) <= 4e-16 * (np.abs(left) + np.abs(right)) + 1e-290):
        px, py = Fraction(float(x[k])), Fraction(float(y[k]))
        exact = (Fraction(ax) - px) * (Fraction(by) - py) - (Fraction(ay) - py) * (Fraction(bx) - px)
        sign[k] = (exact > 0) - (exact < 0)
    return sign


# A recipe takes random numbers and returns valid polygons, corners about whole numbers between 0 and 8.


def bricks(rng):
    """T-junctions: the corners of a course lie in the middle of edges of the next."""
    side = rng.choice([1.0, 0.75, 0.7])
    return [
        shapely.box(side * (c + r % 2 / 2), r, side * (c + 1 + r % 2 / 2), r + 1) for r in range(4) for c in range(5)
    ]


def crooked(rng):
    """T-junctions on slanted borders: the corner lies a rounding error beside the neighbour's edge."""
    found = []
    for _ in range(6):
        a, b, c, d = rng.uniform(0, 8, (4, 2))
        cut = a + (c - a) * rng.random()
        found += [[a, b, c], [a, cut, d], [cut, c, d]]
    return [p for p in map(shapely.Polygon, found) if p.is_valid and p.area > 0]


def off_by_an_ulp(rng):
    """Squares whose borders are moved by a few ulps, so that neighbours overlap or leave a gap."""
    found = []
    for r in range(4):
        for c in range(4):
            box = np.array([c, r, c + 1.0, r + 1.0])
            found.append(shapely.box(*(box + rng.integers(-2, 3, 4) * np.spacing(8.0))))
    return found


def at_the_ulps(rng):
    """Triangles whose corners are a few ulps from each other; placed at 120 the whole net is one ulp a step."""
    corners = rng.integers(0, 9, (12, 3, 2)).astype(float)
    return [p for p in map(shapely.Polygon, corners) if p.is_valid and p.area > 0]


def repeated_corners(rng):
    """Rings that say corners twice, and straight corners that only one neighbour has."""
    found = []
    for r in range(3):
        for c in range(3):
            ring = shapely.get_coordinates(shapely.segmentize(shapely.box(c, r, c + 1, r + 1), 1 / rng.integers(1, 5)))
            found.append(shapely.Polygon(np.repeat(ring, rng.integers(1, 4, len(ring)), axis=0)))
    return found


def needles(rng):
    """Squares with needles: triangles hardly wider at the foot than a float can tell, that reach into the neighbour."""
    found = []
    for k in range(4):
        foot, reach = rng.uniform(0.2, 0.8), rng.uniform(0.5, 1.5)
        wide = 2.0 ** -float(rng.integers(20, 53))
        ring = [
            (k, 0),
            (k + 1, 0),
            (k + 1, foot),
            (k + 1 + reach, foot + wide / 2),
            (k + 1, foot + wide),
            (k + 1, 1),
            (k, 1),
        ]
        found.append(shapely.Polygon(ring))
    return found


def chess(rng):
    """Black squares as one grid of many parts that touch at corners, white ones as grids; some are missing."""
    black = [shapely.box(c, r, c + 1, r + 1) for r in range(4) for c in range(4) if (r + c) % 2 == 0]
    white = [shapely.box(c, r, c + 1, r + 1) for r in range(4) for c in range(4) if (r + c) % 2]
    return [shapely.MultiPolygon(black), *(w for w in white if rng.random() < 0.8)]


def fan(rng):
    """Many triangles around one corner."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 60))))
    rim = np.round(4 + 4 * np.column_stack([np.cos(angle), np.sin(angle)]), 3)
    pairs = zip(rim, np.roll(rim, -1, axis=0), strict=True)
    return [p for p in (shapely.Polygon([(4, 4), a, b]) for a, b in pairs) if p.is_valid and p.area > 0]


def enclaves(rng):
    """Grids in holes of grids, four deep; a part of the outermost in the innermost; a hole that touches its shell."""
    boxes = [shapely.box(k, k, 8 - k, 8 - k) for k in range(4)]
    rings = [shapely.Polygon(a.exterior, [b.exterior]) for a, b in itertools.pairwise(boxes)]
    core = shapely.box(3.5, 3.5, 4.5, 4.5)
    rings[0] = shapely.MultiPolygon([rings[0], core])
    inner = shapely.Polygon(boxes[3].exterior, [core.exterior])
    touching = shapely.Polygon([(8, 0), (12, 0), (12, 4), (8, 4)], [[(8, 2), (9, 1), (10, 2), (9, 3)]])
    filled = shapely.Polygon([(8, 2), (9, 1), (10, 2), (9, 3)])
    return [*rings, inner, touching, *([filled] if rng.random() < 0.5 else [])]


def overlapping(rng):
    """Boxes and triangles anywhere, some twice."""
    boxes = [shapely.box(x, y, x + w, y + h) for x, y, w, h in rng.integers(1, 5, (8, 4))]
    triangles = [p for p in map(shapely.Polygon, rng.uniform(0, 8, (6, 3, 2))) if p.area > 0]
    return [*boxes, *triangles, boxes[0], triangles[0]]


def strips(rng):
    """Long thin grids side by side, upright, lying or slanted, hundreds of times as long as wide."""
    cuts = np.sort(rng.uniform(0, 0.05, 12))
    lean = rng.choice([0.0, 3.7])
    found = [shapely.Polygon([(a, 0), (b, 0), (b + lean, 8), (a + lean, 8)]) for a, b in itertools.pairwise(cuts)]
    if rng.random() < 0.5:
        found = [shapely.Polygon(shapely.get_coordinates(p)[:, ::-1]) for p in found]
    return found


def giant_and_dwarfs(rng):
    """A huge grid with a hole full of tiny ones: squares of a billionth of its side."""
    tiny = 8.0 * 2.0 ** -float(rng.integers(8, 31))
    x, y = np.round(rng.uniform(2, 6, 2), int(rng.integers(0, 4)))
    steps = x + tiny * np.arange(4), y + tiny * np.arange(4)
    dwarfs = [
        shapely.box(steps[0][c], steps[1][r], steps[0][c + 1], steps[1][r + 1]) for c in range(3) for r in range(3)
    ]
    rim = [
        (steps[0][0], steps[1][0]),
        (steps[0][3], steps[1][0]),
        (steps[0][3], steps[1][3]),
        (steps[0][0], steps[1][3]),
    ]
    return [shapely.Polygon([(0, 0), (8, 0), (8, 8), (0, 8)], [rim]), *dwarfs]


def triangulated(rng):
    """Triangles between whole numbers: many corners in a line and on a circle."""
    xy = np.unique(rng.integers(0, 9, (int(rng.integers(4, 40)), 2)), axis=0).astype(float)
    return list(shapely.get_parts(shapely.delaunay_triangles(shapely.MultiPoint(xy))))


def cells(rng):
    """A net of Voronoi polygons with corners at any float."""
    seeds = shapely.MultiPoint(rng.uniform(0, 8, (int(rng.integers(2, 40)), 2)))
    return list(shapely.get_parts(shapely.voronoi_polygons(seeds)))


def comb(rng):
    """Two grids whose teeth interlock, so that one line crosses many edges."""
    teeth = int(rng.integers(2, 40))
    width = 8 / teeth
    up = [(0, 0)]
    for k in range(teeth):
        up += [(k * width, 7), (k * width + width / 2, 7), (k * width + width / 2, 1), ((k + 1) * width, 1)]
    # Beside one another, not over: the same line from both sides.
    lower = shapely.Polygon([*up, (8, 0)])
    upper = shapely.Polygon([*up[1:], (9, 1), (9, 8), (0, 8)])
    return [p for p in (lower, upper) if p.is_valid]


RECIPES = (
    bricks, crooked, off_by_an_ulp, at_the_ulps, repeated_corners, needles, chess, fan, enclaves, overlapping, strips,
    giant_and_dwarfs, triangulated, cells, comb,
)  # fmt: skip

# How a net is laid on the earth: x and y are multiplied, then added to. Powers of two keep corners exact.
PLACES = {
    "as it is": (1.0, 0.0, 0.0),
    "around nothing": (1.0, -4.0, -4.0),
    "a city": (0.01, 121.4, 31.2),
    "a city, exact": (2.0**-7, 121.5, 31.25),
    "a village, exact": (2.0**-20, 120.0, 30.0),
    "one ulp a step": (ULP_120, 120.0, 30.0),
    "half over a power of two": (ULP_120 / 2, 128.0 - 4 * ULP_120, 64.0 - 4 * ULP_120),
    "tiny around nothing": (1e-30, -4e-30, -4e-30),
    "a continent": (5.0, 70.0, 10.0),
    "at the date line": (0.01, 179.875, 10.0),
    "at the date line, exact": (2.0**-3, 179.0, -1.0),
    "at the pole": (2.0**-4, -180.0, 89.5),
    "half of the earth": (22.5, -180.0, -90.0),
}


def laid(polygons, place):
    """The polygons where they are to lie; those that rounding, or the edge of the world, made invalid are left out."""
    scale, east, north = PLACES[place]
    with np.errstate(all="ignore"):
        moved = shapely.transform(polygons, lambda xy: xy * scale + [east, north])
    bounds = shapely.bounds(moved)
    with np.errstate(all="ignore"):
        good = (
            shapely.is_valid(moved)
            & (np.abs(bounds[:, [0, 2]]) <= 180).all(1)
            & (np.abs(bounds[:, [1, 3]]) <= 90).all(1)
        )
    good &= (bounds[:, 0] < bounds[:, 2]) & (bounds[:, 1] < bounds[:, 3])
    return list(np.asarray(moved, dtype=object)[good])


def probes(polygons, rng, n=60):
    """Where an index may err: corners, middles, an ulp beside, lines of a lattice, level with a corner, anywhere."""
    corners = shapely.get_coordinates(polygons)
    ends = np.array([(a, b) for a, b in itertools.pairwise(corners)])
    picked = ends[rng.integers(len(ends), size=n)]
    corners = np.unique(corners, axis=0)
    some = corners[rng.integers(len(corners), size=n)]
    t = rng.random((n, 1))
    low, high = corners.min(axis=0), corners.max(axis=0)
    span = np.maximum(high - low, np.spacing(np.abs(high)))
    anywhere = rng.uniform(low - 0.1 * span, high + 0.1 * span, (n, 2))
    # Multiples of powers of two, as the sides of the squares of a tree are: one or both coordinates.
    step = 2.0 ** (np.floor(np.log2(span)) - rng.integers(0, 12, (n, 1)))
    snapped = np.round(anywhere / step) * step
    xy = np.vstack(
        [
            some,
            picked.mean(axis=1),
            picked[:, 0] * (1 - t) + picked[:, 1] * t,
            np.nextafter(some, some + rng.integers(-1, 2, (n, 2))),
            anywhere,
            snapped,
            np.column_stack([snapped[:, 0], anywhere[:, 1]]),
            np.column_stack([anywhere[:, 0], snapped[:, 1]]),
            np.column_stack([some[:, 0], corners[rng.integers(len(corners), size=n), 1]]),
            np.column_stack([snapped[:, 0], some[:, 1]]),
            np.column_stack([some[:, 0], snapped[:, 1]]),
            [(0.0, 0.0), (-0.0, -0.0), (180.0, 90.0), (-180.0, -90.0), (180.0, 0.0), (-180.0, 10.0)],
        ]
    )
    # Nothing so near to 0 that products leave the range of floats: no place on earth is given so.
    xy[np.abs(xy) < 1e-100] = 0.0
    return np.clip(xy[:, 0], -180, 180), np.clip(xy[:, 1], -90, 90)
