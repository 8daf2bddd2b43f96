"""Made-up nets on a lattice of cells, where every answer can be counted cell by cell, without any geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from hypothesis import strategies as st

from geo.partition.nets import NetLayer, NetsInputs, NetsSettings, People

SIDE = 10.0
ORIGIN = np.array([500_000.0, 3_650_000.0])


@dataclass
class World:
    """Nets as sets of codes by cell: claims[layer][row][column] is a set of codes."""

    width: int
    height: int
    claims: list[list[list[frozenset[str]]]]
    people: np.ndarray  # (height, width), weight of the one who lives in the middle of each cell

    def inputs(self, tolerance: float = 0.0, order=None, shuffle: int | None = None, trust=None) -> NetsInputs:
        layers = []
        rng = np.random.default_rng(shuffle)
        for number in range(len(self.claims)) if order is None else order:
            rows = self.grids(number)
            if shuffle is not None:
                rows = [rows[k] for k in rng.permutation(len(rows))]
            layers.append(
                NetLayer(
                    f"net{number}",
                    np.array([shape for _, shape in rows], dtype=object),
                    np.array([code for code, _ in rows], dtype=object),
                    1.0 if trust is None else trust[number],
                )
            )
        points, weight = self.points(), self.people.ravel().astype(float)
        if shuffle is not None:
            mixed = rng.permutation(len(points))
            points, weight = points[mixed], weight[mixed]
        return NetsInputs(layers, People(points, weight), settings=NetsSettings(tolerance_m=tolerance))

    def grids(self, layer: int) -> list[tuple[str, shapely.Geometry]]:
        cells: dict[str, list[shapely.Geometry]] = {}
        for y, row in enumerate(self.claims[layer]):
            for x, codes in enumerate(row):
                for code in codes:
                    cells.setdefault(code, []).append(self.cell(x, y))
        return [(code, shapely.union_all(parts)) for code, parts in sorted(cells.items())]

    def cell(self, x: int, y: int) -> shapely.Geometry:
        low = ORIGIN + np.array([x, y]) * SIDE
        return shapely.box(*low, *(low + SIDE))

    def points(self) -> np.ndarray:
        xy = np.stack(np.meshgrid(np.arange(self.width), np.arange(self.height)), axis=-1).reshape(-1, 2)
        return shapely.points(ORIGIN + (xy + 0.5) * SIDE)

    def vector(self, x: int, y: int) -> tuple[frozenset[str], ...]:
        return tuple(layer[y][x] for layer in self.claims)

    def regions(self) -> np.ndarray:
        """Number of the region of equal claims of each cell, −1 where nobody claims; by a plain search."""
        out = np.full((self.height, self.width), -1)
        count = 0
        for y in range(self.height):
            for x in range(self.width):
                if out[y, x] >= 0 or not any(self.vector(x, y)):
                    continue
                out[y, x], open_ = count, [(x, y)]
                while open_:
                    a, b = open_.pop()
                    for c, d in ((a + 1, b), (a - 1, b), (a, b + 1), (a, b - 1)):
                        inside = 0 <= c < self.width and 0 <= d < self.height
                        if inside and out[d, c] < 0 and self.vector(c, d) == self.vector(a, b):
                            out[d, c] = count
                            open_.append((c, d))
                count += 1
        return out


@st.composite
def worlds(draw, max_layers: int = 4, holes: bool = True) -> World:
    """Nets with gaps, overlaps and codes in several parts; at least one cell is claimed in each."""
    width, height = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    layers = draw(st.integers(1, max_layers))
    least = 0 if holes else 1
    codes = st.frozensets(st.sampled_from("abc"), min_size=least, max_size=2 if holes else 1)
    claims = []
    for _ in range(layers):
        cells = draw(st.lists(codes, min_size=width * height, max_size=width * height))
        if not any(cells):
            cells[0] = frozenset("a")
        claims.append([cells[y * width : (y + 1) * width] for y in range(height)])
    people = draw(st.lists(st.integers(0, 9), min_size=width * height, max_size=width * height))
    return World(width, height, claims, np.array(people).reshape(height, width))


def drawn_net(rng: np.random.Generator, cuts_x, cuts_y, noise: float, pieces: int = 4) -> np.ndarray:
    """A net of rows and columns between cuts, as a person would draw it: every border off by up to `noise` metres."""
    xs, ys = np.asarray(cuts_x, float), np.asarray(cuts_y, float)
    corner = np.stack(np.meshgrid(xs, ys), axis=-1) + rng.uniform(-noise, noise, (len(ys), len(xs), 2))

    def arc(a, b):
        t = np.linspace(0, 1, pieces + 1)[:, None]
        line = a * (1 - t) + b * t
        line[1:-1] += rng.uniform(-noise, noise, (pieces - 1, 2))
        return line

    flat = {(j, i): arc(corner[j, i], corner[j, i + 1]) for j in range(len(ys)) for i in range(len(xs) - 1)}
    up = {(j, i): arc(corner[j, i], corner[j + 1, i]) for j in range(len(ys) - 1) for i in range(len(xs))}
    shapes = []
    for j in range(len(ys) - 1):
        for i in range(len(xs) - 1):
            sides = [flat[j, i], up[j, i + 1], flat[j + 1, i][::-1], up[j, i][::-1]]
            shapes.append(shapely.polygons(np.concatenate([side[:-1] for side in sides])))
    return np.array(shapes, dtype=object)
