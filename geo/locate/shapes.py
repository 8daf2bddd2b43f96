"""Lines and areas to grids: how much of a shape lies in each grid, and which one should lead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidInput
from geo.locate.ground import area_m2, length_m

Measure = Literal["points", "m", "m2"]
Objects = NDArray[np.object_]
Stretches = list[tuple[float, float]]
Ruler = Callable[[Objects], NDArray[np.float64]]

_MEASURES: Final[tuple[Measure, ...]] = ("points", "m", "m2")
# Shares below this are the rounding of coordinates where a shape touches a grid, no part of it.
_SLIVER: Final = 1e-9
_CONTESTED: Final = 1e-6  # metres or square metres


@dataclass(frozen=True)
class Part:
    """What of a shape lies in one grid: `grid` is a number, −1 for outside; `share` of 1; `amount` as the shape's."""

    grid: int
    share: float
    amount: float


@dataclass(frozen=True)
class Shares:
    """A shape by grids.

    Attributes
    ----------
    measure : "points" (a count), "m" (metres) or "m2" (square metres)
    amount : how large the shape is; areas that it covers twice count once, and segments that it runs along twice
    parts : greatest share first, then the lowest code, outside last; shares sum to 1
    lead : the grid with the greatest share (of equals the lowest code), −1 where all is outside
    contested : grids that lie over one another within the shape though neither is laid over the net: a fault of the
        plan. The lowest code has what both claim.
    """

    measure: Measure
    amount: float
    parts: tuple[Part, ...]
    lead: int
    contested: tuple[int, ...]


class Cover:
    """Polygons of one plan (WGS84 degrees) to be laid under shapes.

    A place belongs to the same grid as in `GridIndex`: of the closed polygons that cover it the lowest code, those that
    lie over the net before all others. A line along a border is the lower code's, once.
    """

    def __init__(self, polygons: Sequence[BaseGeometry] | Objects, codes: Sequence[str], over: Collection[int] = ()):
        shapes = np.empty(len(polygons), dtype=object)
        shapes[:] = polygons
        self._order = sorted(range(len(codes)), key=lambda k: (k not in over, codes[k]))
        self._by_code = {k: place for place, k in enumerate(sorted(range(len(codes)), key=lambda k: codes[k]))}
        self._over = len([k for k in self._order if k in over])
        self._shapes = shapes[self._order]
        self._tree = shapely.STRtree(self._shapes)

    def shares(self, shape: BaseGeometry) -> Shares:
        """How much of a shape lies in each grid.

        Parameters
        ----------
        shape : points, lines or polygons, one or many, but of one kind; WGS84 degrees, straight in degrees.

        Raises
        ------
        InvalidInput
            The shape is empty, of several kinds, holds a coordinate that is no number or beyond ±180 and ±90, or is a
            polygon that crosses itself.
        """
        shape, dimension = _usable(shape)
        rank = np.sort(self._tree.query(shape, predicate="intersects"))
        if dimension == 0:
            rows, contested = self._of_points(shape, rank), list[int]()
            total = float(shapely.get_num_geometries(shape))
        elif dimension == 1:
            total = float(length_m(_one(shape))[0])
            rows, contested = self._of_lines(shape, rank)
        else:
            total = float(area_m2(_one(shape))[0])
            rows, contested = self._of_areas(shape, rank)
        inside = sum(rows.values())
        rest = max(total - inside, 0.0)
        if rest <= _SLIVER * total:
            rest = 0.0
        rows = {k: amount for k, amount in rows.items() if amount > _SLIVER * total}
        whole = sum(rows.values()) + rest
        # Sorted by rounded shares: two halves are equal though they differ in the last bit.
        found = sorted(rows, key=lambda k: (-round(rows[k] / whole, 9), self._by_code[self._order[k]]))
        parts = [Part(self._order[k], rows[k] / whole, rows[k]) for k in found]
        lead = parts[0].grid if parts else -1
        if rest:
            parts.append(Part(-1, rest / whole, rest))
        return Shares(
            _MEASURES[dimension], total, tuple(parts), lead, tuple(self._order[k] for k in sorted(set(contested)))
        )

    # Inside, a grid is a rank: its place among those over the net, then the net, each by code.

    def _of_points(self, shape: BaseGeometry, rank: NDArray[np.intp]) -> dict[int, float]:
        left = shapely.get_parts(shape)
        rows: dict[int, float] = {}
        for k in rank.tolist():
            here = shapely.intersects(left, self._shapes[k])
            if here.any():
                rows[k] = float(here.sum())
            left = left[~here]
        return rows

    def _of_lines(self, shape: BaseGeometry, rank: NDArray[np.intp]) -> tuple[dict[int, float], list[int]]:
        """Metres by grid, and the contested.

        Each segment is cut as it was given, grid by grid: a piece that was cut out of it is no longer exactly on it,
        and along a border would fall to either side.
        """
        pieces = shapely.get_parts(shape)
        piece, k = shapely.STRtree(pieces).query(self._shapes[rank], predicate="intersects")[::-1]
        rows: dict[int, float] = {}
        contested: set[int] = set()
        order = np.lexsort((k, piece))
        piece, k = piece[order], k[order]
        common = shapely.intersection(pieces[piece], self._shapes[rank[k]])
        for begin, end in zip(*_runs(piece), strict=True):
            ends = shapely.get_coordinates(pieces[piece[begin]])
            free, doubly = [(0.0, 1.0)], False
            for i in range(begin, end):
                own = _stretches(common[i], ends)
                mine, free = _taken(free, own)
                doubly |= sum(b - a for a, b in own) - sum(b - a for a, b in mine) > _SLIVER
                if mine:
                    cut = shapely.linestrings([[ends[0] + t * (ends[1] - ends[0]) for t in pair] for pair in mine])
                    rows[int(rank[k[i]])] = rows.get(int(rank[k[i]]), 0.0) + float(length_m(cut).sum())
            if doubly:
                here = rank[k[begin:end]]
                contested |= set(self._contested(pieces[piece[begin]], here[here < self._over], length_m))
                contested |= set(self._contested(pieces[piece[begin]], here[here >= self._over], length_m))
        return rows, sorted(contested)

    def _of_areas(self, shape: BaseGeometry, rank: NDArray[np.intp]) -> tuple[dict[int, float], list[int]]:
        """Square metres by grid, and the contested."""
        rows: dict[int, float] = {}
        over, net = rank[rank < self._over], rank[rank >= self._over]
        contested = self._contested(shape, over, area_m2)
        # Grids over the net have their part first.
        left = self._in_turn(shape, over, rows)
        net = net[shapely.intersects(self._shapes[net], left)]
        if not len(net):
            return rows, contested
        shapely.prepare(left)
        # Most grids of a large area lie in it as a whole: nothing to cut.
        within = shapely.contains_properly(left, self._shapes[net])
        pieces = self._shapes[net].copy()
        pieces[~within] = shapely.intersection(left, self._shapes[net[~within]])
        amounts = area_m2(pieces)
        inside = float(area_m2(_one(shapely.union_all(pieces)))[0])
        if float(amounts.sum()) <= inside + _SLIVER * float(area_m2(_one(left))[0]):
            return rows | dict(zip(net.tolist(), amounts.tolist(), strict=True)), contested
        # Grids that lie over one another: in the order of codes.
        contested += self._contested(left, net, area_m2)
        self._in_turn(left, net, rows)
        return rows, contested

    def _in_turn(self, shape: BaseGeometry, rank: NDArray[np.intp], rows: dict[int, float]) -> BaseGeometry:
        """Give each grid what those before it left, and return what none of them has."""
        for k in rank.tolist():
            rows[k] = float(area_m2(_one(shapely.intersection(shape, self._shapes[k])))[0])
            shape = shapely.difference(shape, self._shapes[k])
        return shape

    def _contested(self, shape: BaseGeometry, rank: NDArray[np.intp], measured: Ruler) -> list[int]:
        """Ranks of grids that lie over one another within the shape."""
        near = self._shapes[rank]
        first, second = shapely.STRtree(near).query(near, predicate="intersects")
        first, second = first[first < second], second[first < second]
        # Neighbours of a seamless net share a line alone.
        crossing = shapely.relate_pattern(near[first], near[second], "T********")
        first, second = first[crossing], second[crossing]
        # Where they overlap they may share a line elsewhere, too, which is none of this.
        both = shapely.intersection(_areal(shapely.intersection(near[first], near[second])), shape)
        found = np.flatnonzero(measured(both) > _CONTESTED)
        return [int(rank[k]) for k in np.unique([first[found], second[found]])]


def _usable(shape: BaseGeometry) -> tuple[BaseGeometry, int]:
    """A shape as points, noded lines or polygons of one kind, two-dimensional, and which dimension it has."""
    if shape is None or shape.is_empty:
        raise InvalidInput("shape_empty")
    xy = shapely.get_coordinates(shape)
    if not ((np.abs(xy) <= [180.0, 90.0]).all()):  # False for NaN
        bad = xy[~(np.abs(xy) <= [180.0, 90.0]).all(axis=1)][0]
        raise InvalidInput("shape_no_place", lon=float(bad[0]), lat=float(bad[1]))
    parts = shapely.get_parts(shapely.force_2d(shape))
    while (shapely.get_type_id(parts) >= 4).any():  # collections may hold collections
        parts = shapely.get_parts(parts)
    parts = parts[~shapely.is_empty(parts)]
    kinds = {int(k) for k in shapely.get_dimensions(parts)}
    if len(kinds) != 1:
        raise InvalidInput("shape_mixed", kinds=", ".join(sorted({part.geom_type for part in parts})))
    dimension = kinds.pop()
    if dimension == 0:
        return cast(BaseGeometry, shapely.multipoints(parts)), 0
    for k in np.flatnonzero(~shapely.is_valid(parts) & (dimension == 2)):
        raise InvalidInput("shape_invalid", reason=shapely.is_valid_reason(parts[k]))
    # What is covered twice counts once.
    whole = shapely.union_all(parts) if dimension == 2 else _segments(parts)
    measured = length_m if dimension == 1 else area_m2
    if not float(measured(_one(whole))[0]) > 0.0:
        raise InvalidInput("shape_no_extent", kind=parts[0].geom_type)
    return whole, dimension


def _segments(lines: Objects) -> BaseGeometry:
    """Lines as single segments, one that is drawn twice between the same corners once."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[1:] == line[:-1])
    both = np.hstack((xy[joined], xy[joined + 1]))
    turned = (both[:, 0] > both[:, 2]) | ((both[:, 0] == both[:, 2]) & (both[:, 1] > both[:, 3]))
    both[turned] = both[turned][:, [2, 3, 0, 1]]
    both = np.unique(both[(both[:, :2] != both[:, 2:]).any(axis=1)], axis=0)
    return cast(
        BaseGeometry, shapely.multilinestrings(np.asarray(shapely.linestrings(both.reshape(-1, 2, 2)), dtype=object))
    )


def _runs(values: NDArray[np.intp]) -> tuple[list[int], list[int]]:
    """Where equal values begin and end."""
    begin = np.flatnonzero(np.diff(values, prepend=-1))
    return begin.tolist(), [*begin[1:].tolist(), *([len(values)] if len(values) else [])]


def _stretches(common: BaseGeometry, ends: NDArray[np.float64]) -> Stretches:
    """What a grid has of a segment, as places along it (0 … 1), in order."""
    parts = shapely.get_parts(common)
    out = []
    way = ends[1] - ends[0]
    for part in parts[shapely.get_type_id(parts) == 1]:
        at = (shapely.get_coordinates(part) - ends[0]) @ way / (way @ way)
        out.append((float(at.min()), float(at.max())))
    return sorted(out)


def _taken(free: Stretches, own: Stretches) -> tuple[Stretches, Stretches]:
    """What a grid gets of the stretches that are free, and what stays free."""
    mine: Stretches = []
    for a, b in own:
        rest: Stretches = []
        for low, high in free:
            first, last = max(a, low), min(b, high)
            if first >= last:
                rest.append((low, high))
                continue
            mine.append((first, last))
            rest += [stretch for stretch in ((low, first), (last, high)) if stretch[0] < stretch[1]]
        free = rest
    return mine, free


def _areal(shapes: Objects) -> Objects:
    """The areas of shapes that may hold lines and points besides."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    polygonal = np.isin(shapely.get_type_id(parts), (3, 6))
    out = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    for k in np.unique(of[polygonal]).tolist():
        out[k] = shapely.union_all(parts[polygonal & (of == k)])
    return out


def _one(shape: BaseGeometry) -> Objects:
    out = np.empty(1, dtype=object)
    out[0] = shape
    return out
