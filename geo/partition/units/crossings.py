"""Gates in walls and bridges over water: where people get across what otherwise divides them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from geo.partition.units.order import canonical_order
from geo.partition.units.result import Borders

GATE: Final = 0
BRIDGE: Final = 1
CROSSING_NAMES: Final[tuple[str, ...]] = ("gate", "bridge")

# A gate drawn as a point stands this near to its wall; a bridge ends this near to the bank that it leads to.
REACH_M: Final = 5.0
_BANK_M: Final = 10.0
# How far beyond the water's edge the ground is asked for, past what noding moved.
_BEYOND_M: Final = 0.5
_SAME_PLACE_M: Final = 1e-3
# A bridge touches water here only because two drawings disagree about the bank.
_LEAST_WATER_M: Final = 0.5


@dataclass(frozen=True, eq=False)
class Crossings:
    """Pairs of units that a gate or a bridge joins.

    Attributes
    ----------
    kind : int8 (c,), `GATE` or `BRIDGE`.
    rows : tuple (c,) of tuples, the gates or bridges (rows of the input) that make the crossing.
    left, right : int32 (c,), units, left < right.
    border : int32 (c,), the row of `Borders` that is crossed; −1 where the units do not touch (water between them).
    geometry : object (c,), Point of a gate on its wall, line of a bridge; metres.
    gates_lost, bridges_lost : int32, rows that cross nothing.
    """

    kind: NDArray[np.int8]
    rows: tuple[tuple[int, ...], ...]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    border: NDArray[np.int32]
    geometry: NDArray[np.object_]
    gates_lost: NDArray[np.int32]
    bridges_lost: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Ground:
    """What crossings are looked for on.

    Attributes
    ----------
    polygons : object (u,), units.
    wet : bool (u,), water units.
    borders : who touches whom.
    lines : object (b,), the line of each border.
    divides : bool (b,), borders that one needs a gate or a bridge to cross.
    """

    polygons: NDArray[np.object_]
    wet: NDArray[np.bool_]
    borders: Borders
    lines: NDArray[np.object_]
    divides: NDArray[np.bool_]


@dataclass(frozen=True)
class _Found:
    kind: int
    rows: tuple[int, ...]
    left: int
    right: int
    border: int
    geometry: BaseGeometry


def find_crossings(ground: Ground, gates: NDArray[np.object_], bridges: NDArray[np.object_]) -> Crossings:
    """Match gates to the border they stand on, and bridges to what they lead over.

    Parameters
    ----------
    gates : object (g,), points (of anything else the centre counts), metres.
    bridges : object (k,), lines.

    Returns
    -------
    Crossings
        Ordered by units, then kind, then place; the order of the rows given does not show.
    """
    order = canonical_order(bridges)
    over_water, wet_rows = _over_water(ground, bridges[order])
    over_lines, line_rows = _over_lines(ground, bridges[order])
    found = [replace(f, rows=tuple(sorted(int(order[k]) for k in f.rows))) for f in over_water + over_lines]
    found += _gates(ground, gates)
    found.sort(key=lambda f: (f.left, f.right, f.kind, f.border, shapely.to_wkb(f.geometry)))
    used = {row for f in found if f.kind == GATE for row in f.rows}
    gates_lost = [row for row in range(len(gates)) if row not in used]
    bridged = {int(order[k]) for k in wet_rows | line_rows}
    bridges_lost = [row for row in range(len(bridges)) if row not in bridged]
    geometry = np.empty(len(found), dtype=object)
    geometry[:] = [f.geometry for f in found]
    return Crossings(
        kind=np.array([f.kind for f in found], dtype=np.int8),
        rows=tuple(f.rows for f in found),
        left=np.array([f.left for f in found], dtype=np.int32),
        right=np.array([f.right for f in found], dtype=np.int32),
        border=np.array([f.border for f in found], dtype=np.int32),
        geometry=geometry,
        gates_lost=np.array(gates_lost, dtype=np.int32),
        bridges_lost=np.array(bridges_lost, dtype=np.int32),
    )


def _gates(ground: Ground, gates: NDArray[np.object_]) -> list[_Found]:
    """Each gate with the nearest dividing border within reach; of equally near ones the first."""
    rows = np.flatnonzero(ground.divides)
    some = np.flatnonzero(~(shapely.is_missing(gates) | shapely.is_empty(gates)))
    if not len(rows) or not len(some):
        return []
    points = shapely.centroid(gates[some])
    hit, near = shapely.STRtree(ground.lines[rows]).query_nearest(points, max_distance=REACH_M)
    order = np.lexsort((-near, hit))
    best = np.full(len(points), -1)
    best[hit[order]] = rows[near[order]]
    left, right = ground.borders.left, ground.borders.right
    return [
        _Found(
            GATE,
            (int(some[k]),),
            int(left[best[k]]),
            int(right[best[k]]),
            int(best[k]),
            shapely.get_point(shapely.shortest_line(ground.lines[best[k]], points[k]), 0),
        )
        for k in np.flatnonzero(best >= 0)
    ]


def _over_lines(ground: Ground, bridges: NDArray[np.object_]) -> tuple[list[_Found], set[int]]:
    """Bridges over a river, rail or wall that is drawn as a line: the two units touch along it."""
    borders = ground.borders
    dry = ~(ground.wet[borders.left] | ground.wet[borders.right])
    rows = np.flatnonzero(ground.divides & dry)
    if not len(rows) or not len(bridges):
        return [], set()
    bridge, near = shapely.STRtree(ground.lines[rows]).query(bridges, predicate="intersects")
    by_border: dict[int, list[int]] = {}
    for k, row in zip(bridge.tolist(), rows[near].tolist(), strict=True):
        by_border.setdefault(row, []).append(k)
    found = []
    for row, over in by_border.items():
        pair = int(borders.left[row]), int(borders.right[row])
        whole = _normal(shapely.union_all(bridges[over]))
        found.append(_Found(BRIDGE, tuple(sorted(over)), *pair, row, whole))
    return found, set(bridge.tolist())


def _over_water(ground: Ground, bridges: NDArray[np.object_]) -> tuple[list[_Found], set[int]]:
    """Bridges over water units: the dry units just beyond the banks, whether they touch or not."""
    wet, dry = np.flatnonzero(ground.wet), np.flatnonzero(~ground.wet)
    if not len(wet) or not len(dry) or not len(bridges):
        return [], set()
    _, hit = shapely.STRtree(ground.polygons[wet]).query(bridges, predicate="intersects")
    water = shapely.union_all(ground.polygons[wet[np.unique(hit)]])
    shapely.prepare(water)
    cut = shapely.intersection(bridges, water)
    pieces, row = shapely.get_parts(cut, return_index=True)
    linear = (shapely.get_dimensions(pieces) == 1) & (shapely.length(pieces) >= _LEAST_WATER_M)
    pieces, row = pieces[linear], row[linear]
    if not len(pieces):
        return [], set()
    ends = np.stack([shapely.get_coordinates(shapely.get_point(pieces, k)) for k in (0, -1)], axis=1)  # (p, 2, 2)
    before = np.stack([shapely.get_coordinates(shapely.get_point(pieces, k)) for k in (1, -2)], axis=1)
    group = _join_ends(ends)
    banks = _banks(ground, dry, water, ends, before)
    found = []
    used: set[int] = set()
    for number in range(int(group.max()) + 1):
        members = np.flatnonzero(group == number)
        units = sorted({int(unit) for unit in banks[members].ravel() if unit >= 0})
        rows = tuple(sorted({int(k) for k in row[members]}))
        if len(units) < 2:
            continue
        used.update(rows)
        line = _normal(shapely.union_all(pieces[members]))
        found += [_Found(BRIDGE, rows, left, right, -1, line) for left, right in combinations(units, 2)]
    return found, used


def _join_ends(ends: NDArray[np.float64]) -> NDArray[np.int32]:
    """Pieces of one bridge, drawn as several ways or twice: int32 (p,), pieces whose ends meet share a number."""
    count = len(ends)
    points = np.asarray(shapely.points(ends.reshape(-1, 2)), dtype=object)
    i, j = shapely.STRtree(points).query(points, predicate="dwithin", distance=_SAME_PLACE_M)
    links = coo_array((np.ones(len(i), dtype=np.int8), (i // 2, j // 2)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int32)


def _banks(
    ground: Ground,
    dry: NDArray[np.intp],
    water: BaseGeometry,
    ends: NDArray[np.float64],
    before: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The dry unit beyond each end, int64 (p, 2), −1 where the end lies in the water."""
    flat, back = ends.reshape(-1, 2), before.reshape(-1, 2)
    way = flat - back
    probe = shapely.points(flat + _BEYOND_M * way / np.maximum(np.hypot(*way.T), 1e-9)[:, None])
    edge = water.boundary
    shapely.prepare(edge)
    asked = np.flatnonzero(shapely.dwithin(edge, shapely.points(flat), _BEYOND_M))
    out = np.full(len(flat), -1, dtype=np.int64)
    hit, near = shapely.STRtree(ground.polygons[dry]).query_nearest(probe[asked], max_distance=_BANK_M)
    order = np.lexsort((-near, hit))  # of equally near units the first
    out[asked[hit[order]]] = dry[near[order]]
    return out.reshape(-1, 2)


def _normal(geometry: BaseGeometry) -> BaseGeometry:
    """Lines put end to end, in one form whatever the order of their parts."""
    merged = shapely.line_merge(geometry) if geometry.geom_type == "MultiLineString" else geometry
    normal: BaseGeometry = shapely.normalize(merged)
    return normal
