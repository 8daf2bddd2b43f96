"""Roads, lanes, bridges, the railway and the river, all along lines of the lattice; and house numbers on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample import names
from geo.sample.kinds import Block
from geo.sample.lattice import Lattice, Line
from geo.sample.zoning import Blocks

NAMED_BLOCKS: Final = 12  # a road changes its name after so many blocks
BANK: Final = 0.74  # where the riverside road runs between the river's middle line and the property line
RAIL_SIDE: Final = 0.55
WATER_HALF_M: Final = 25.0
NUMBER_M: Final = 9.0  # metres of front a pair of house numbers
RUN_OUT_M: Final = 160.0  # how far river and railway are drawn beyond the district


@dataclass
class Roads:
    """Road features: one a name and class and unbroken stretch."""

    name: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    bridge: list[int] = field(default_factory=list)
    line: list[shapely.LineString] = field(default_factory=list)

    def add(self, name: str, kind: str, points: NDArray[np.float64], *, bridge: bool = False) -> None:
        """One stretch; `points` float64 (m, 2)."""
        self.name.append(name)
        self.kind.append(kind)
        self.bridge.append(int(bridge))
        self.line.append(shapely.LineString(np.round(points, 3)))


@dataclass(frozen=True, eq=False)
class Network:
    """Roads with their names where addresses need them.

    Attributes
    ----------
    roads : the features.
    name_x, name_y : names of the lines that run south–north and west–east, by line and stretch of `NAMED_BLOCKS`.
    banks : (south, north) names of the riverside roads, by line.
    inner : name of each road inside a block, by its row in `Blocks.roads`.
    has_x : bool (blocks_x + 1, blocks_y), where a road runs along a south–north block edge.
    """

    roads: Roads
    name_x: list[list[str]]
    name_y: list[list[str]]
    banks: dict[int, tuple[str, str]]
    inner: list[str]
    has_x: NDArray[np.bool_]


def lay_roads(lattice: Lattice, blocks: Blocks, keep: NDArray[np.bool_], seed: int) -> Network:
    """All roads of the district."""
    rng = np.random.default_rng([seed, 51])
    nx, ny = lattice.shape
    stretches_x, stretches_y = -(-ny // NAMED_BLOCKS), -(-nx // NAMED_BLOCKS)
    flat_x = names.road_names((nx + 1) * stretches_x, "x", rng)
    flat_y = names.road_names((ny + 1) * stretches_y, "y", rng)
    name_x = [flat_x[i :: nx + 1] for i in range(nx + 1)]
    name_y = [flat_y[j :: ny + 1] for j in range(ny + 1)]
    rivers = np.nonzero(lattice.kind_y == Line.RIVER)[0]
    river = names.word_list()["river"]
    banks = {
        int(j): (f"{river}{'' if k == 0 else k + 1}南路", f"{river}{'' if k == 0 else k + 1}北路")
        for k, j in enumerate(rivers)
    }
    has_x = np.zeros((nx + 1, ny), dtype=bool)
    has_x[:-1] |= keep
    has_x[1:] |= keep
    both = np.zeros_like(has_x)
    both[1:-1] = keep[:-1] & keep[1:]
    dropped = both & (lattice.kind_x == Line.SECONDARY)[:, None] & (rng.random(has_x.shape) < 0.14)
    has_x &= ~dropped & (lattice.kind_x != Line.RAIL)[:, None]
    has_y = np.zeros((nx, ny + 1), dtype=bool)
    has_y[:, :-1] |= keep
    has_y[:, 1:] |= keep
    has_y &= (lattice.kind_y != Line.RIVER)[None, :]

    roads = Roads()
    _south_north(lattice, roads, has_x, name_x, rng)
    _west_east(lattice, roads, has_y, name_y, rng)
    _riverside(lattice, roads, keep, banks)
    inner = _inner(lattice, blocks, roads, rng)
    return Network(roads, name_x, name_y, banks, inner, has_x)


def _runs(present: NDArray[np.bool_], stops: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Stretches [a, b) of consecutive True, broken at the indices `stops`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        inside = [int(s) for s in stops if a < s < b]
        runs += list(zip([a, *inside], [*inside, b], strict=True))
    return runs


def _path(lattice: Lattice, fixed: float, start: float, end: float, *, along_x: bool) -> NDArray[np.float64]:
    """Points along a lattice line from `start` to `end` (fractional), through every lattice point between."""
    steps = np.arange(np.floor(start) + 1, np.ceil(end))
    t = np.concatenate([[start], steps, [end]])
    other = np.full_like(t, fixed)
    return lattice.at(t, other) if along_x else lattice.at(other, t)


def _class(kind: int) -> str:
    return "arterial" if kind == Line.ARTERIAL else "secondary"


def _stops(count: int, barriers: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(np.concatenate([np.arange(NAMED_BLOCKS, count, NAMED_BLOCKS), barriers])).astype(np.int64)


def _south_north(
    lattice: Lattice, roads: Roads, has: NDArray[np.bool_], name: list[list[str]], rng: np.random.Generator
) -> None:
    rivers = np.nonzero(lattice.kind_y == Line.RIVER)[0]
    wet = set(rivers.tolist())
    crosses = rng.random((has.shape[0], len(lattice.gy))) < 0.5
    for i in range(has.shape[0]):
        kind = int(lattice.kind_x[i])
        for a, b in _runs(has[i], _stops(has.shape[1], rivers)):
            label = name[i][a // NAMED_BLOCKS]
            start = lattice.gy[a] + (BANK if a in wet else 0.0)
            end = lattice.gy[b] - (BANK if b in wet else 0.0)
            roads.add(label, _class(kind), _path(lattice, lattice.gx[i], start, end, along_x=False))
            over = b in wet and b < has.shape[1] and has[i, b] and (kind == Line.ARTERIAL or crosses[i, b])
            if over:
                points = _path(lattice, lattice.gx[i], end, lattice.gy[b] + BANK, along_x=False)
                roads.add(label, _class(kind), points, bridge=True)


def _west_east(
    lattice: Lattice, roads: Roads, has: NDArray[np.bool_], name: list[list[str]], rng: np.random.Generator
) -> None:
    rails = np.nonzero(lattice.kind_x == Line.RAIL)[0]
    barred = set(rails.tolist())
    crosses = rng.random((len(lattice.gx), has.shape[1])) < 0.55
    for j in range(has.shape[1]):
        kind = int(lattice.kind_y[j])
        through = [r for r in barred if kind == Line.ARTERIAL or crosses[r, j]]
        shut = np.array(sorted(barred - set(through)), dtype=np.int64)
        for a, b in _runs(has[:, j], _stops(has.shape[0], shut)):
            start = lattice.gx[a] + (RAIL_SIDE if a in shut else 0.0)
            end = lattice.gx[b] - (RAIL_SIDE if b in shut else 0.0)
            label = name[j][a // NAMED_BLOCKS]
            roads.add(label, _class(kind), _path(lattice, lattice.gy[j], start, end, along_x=True))


def _riverside(lattice: Lattice, roads: Roads, keep: NDArray[np.bool_], banks: dict[int, tuple[str, str]]) -> None:
    none = np.array([], dtype=np.int64)
    for j, (south, north) in banks.items():
        for label, row, at in ((south, j - 1, lattice.gy[j] - BANK), (north, j, lattice.gy[j] + BANK)):
            for a, b in _runs(keep[:, row], none):
                points = _path(lattice, float(at), float(lattice.gx[a]), float(lattice.gx[b]), along_x=True)
                roads.add(label, "secondary", points)


def _inner(lattice: Lattice, blocks: Blocks, roads: Roads, rng: np.random.Generator) -> list[str]:
    """Local roads and lanes inside blocks; their ends stop short of the river and the railway."""
    lane = blocks.use[blocks.road_block] == Block.LANES
    labels = np.empty(len(lane), dtype=object)
    labels[lane] = names.lane_names(int(lane.sum()), rng)
    labels[~lane] = names.local_names(int((~lane).sum()), rng)
    i, j = blocks.i[blocks.road_block], blocks.j[blocks.road_block]
    for k, (x0, y0, x1, y1) in enumerate(blocks.roads.tolist()):
        kind = "lane" if lane[k] else "local"
        if y0 == y1:
            west, east = lattice.kind_x[i[k]] == Line.RAIL, lattice.kind_x[i[k] + 1] == Line.RAIL
            points = _path(lattice, y0, x0 + (1.0 if west else 0.0), x1 - (1.0 if east else 0.0), along_x=True)
        else:
            south, north = lattice.kind_y[j[k]] == Line.RIVER, lattice.kind_y[j[k] + 1] == Line.RIVER
            points = _path(lattice, x0, y0 + (BANK if south else 0.0), y1 - (BANK if north else 0.0), along_x=False)
        roads.add(str(labels[k]), kind, points)
    return [str(label) for label in labels]


def number_of(distance_m: NDArray[np.float64], left: NDArray[np.bool_]) -> NDArray[np.int64]:
    """House numbers from the distance to the start of the road: odd on its left side, even on its right.

    Roads start at their eastern or northern end, so left is the south side or the east side.
    """
    step = np.maximum(np.floor(distance_m / NUMBER_M), 0).astype(np.int64)
    return np.where(left, 2 * step + 1, 2 * step + 2)


def river_water(lattice: Lattice, keep: NDArray[np.bool_]) -> list[shapely.Polygon]:
    """The rivers' surface, a little beyond the district at both ends."""
    out = []
    none = np.array([], dtype=np.int64)
    for j in np.nonzero(lattice.kind_y == Line.RIVER)[0].tolist():
        for a, b in _runs(keep[:, j - 1] | keep[:, j], none):
            middle = _path(lattice, float(lattice.gy[j]), float(lattice.gx[a]), float(lattice.gx[b]), along_x=True)
            line = _run_out(middle)
            wave = 4.0 * np.sin(np.arange(len(line)) * 0.9)
            half = np.maximum(WATER_HALF_M + wave, 15.0)
            tangent = np.gradient(line, axis=0)
            normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / np.hypot(*tangent.T)[:, None]
            ring = np.concatenate([line + normal * half[:, None], (line - normal * half[:, None])[::-1]])
            out.append(shapely.Polygon(np.round(ring, 2)))
    return out


def railways(lattice: Lattice, keep: NDArray[np.bool_]) -> list[shapely.LineString]:
    """The railway lines, a little beyond the district at both ends."""
    out = []
    none = np.array([], dtype=np.int64)
    for i in np.nonzero(lattice.kind_x == Line.RAIL)[0].tolist():
        for a, b in _runs(keep[i - 1] | keep[i], none):
            middle = _path(lattice, float(lattice.gx[i]), float(lattice.gy[a]), float(lattice.gy[b]), along_x=False)
            out.append(shapely.LineString(np.round(_run_out(middle), 3)))
    return out


def _run_out(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line, longer by `RUN_OUT_M` at both ends."""
    first, last = line[0] - line[1], line[-1] - line[-2]
    first, last = (d / np.hypot(*d) * RUN_OUT_M for d in (first, last))
    return np.concatenate([[line[0] + first], line, [line[-1] + last]])
