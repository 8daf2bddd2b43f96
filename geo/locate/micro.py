"""Points to micro-grids (微网格): that of the nearest household of the same grid.

A micro-grid has no border of its own. The rule, in full:

1. Only households of the point's own grid count, however near others are: nobody is sent across the border of a grid.
   A special grid that has no micro-grids leaves the point to the base grid beneath.
2. The nearest place where households live decides. Equally near places: the one furthest west, then south.
3. Where households of several micro-grids live at that place (a tower), its stairwells and floors tell them apart. With
   a stairwell or a floor the doors of the whole building at that place are looked through; a floor where nobody lives
   belongs to the micro-grid whose floors lie around it. If several are left, all are named and none is chosen.
4. Farther than `LIMIT_M` from every household of the grid there is no answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidInput
from geo.locate.address.normalise import normalise
from geo.locate.coordinates import checked, ground_scale, mercator
from geo.locate.micro_kernels import UNKNOWN, UNSAID, find

# In the sample district 99 % of the buildings with homes have the next one within 87 m: whoever stands in the yard or
# the street of a home has one within 100 m. Farther off (10 % of its ground) is a park, a field or a works, and to
# name somebody's ten households there would be a guess.
LIMIT_M: Final = 100.0
# Narrower squares than this hold less than one building; more of them only cost memory.
_SQUARE_M: Final = 15.0

# What the reasons are called: message keys, "" for an answer.
REASONS: Final = ("", "outside_all_grids", "micro_none_in_grid", "micro_far", "micro_several", "micro_no_such_door")


@dataclass(frozen=True, eq=False)
class MicroAnswer:
    """One entry a point.

    Attributes
    ----------
    micro : int32 (n,), index into `MicroIndex.codes`, −1 for none.
    distance_m : float64 (n,), to the nearest household of the grid, metres on the ground; inf beyond the limit.
    place : int32 (n,), the place that decided, −1 for none; `MicroIndex.candidates` tells what is there.
    reason : int8 (n,), index into `REASONS`.
    """

    micro: NDArray[np.int32]
    distance_m: NDArray[np.float64]
    place: NDArray[np.int32]
    reason: NDArray[np.int8]


@dataclass(frozen=True)
class Candidate:
    """A micro-grid at a place, and what tells it apart: the floors of one of its stairwells (None where unknown)."""

    micro: int
    stairwell: str
    lowest: float | None
    highest: float | None


class MicroIndex:
    """The doors of one plan's micro-grids, ready to be asked. Build with `MicroIndex.build`; safe between threads.

    Attributes
    ----------
    codes : tuple of str, the micro-grids in order; answers are indices into it.
    """

    def __init__(self, codes: tuple[str, ...], stairwells: dict[str, int], tables: dict[str, NDArray[Any]]) -> None:
        self.codes = codes
        self._stairwells = stairwells
        self._names = list(stairwells)
        self._t = tables

    def __repr__(self) -> str:
        return f"MicroIndex({len(self.codes)} micro-grids, {len(self._t['place_x'])} places)"

    @classmethod
    def build(
        cls,
        *,
        lon: ArrayLike,
        lat: ArrayLike,
        grid: ArrayLike,
        micro: Sequence[str] | NDArray[np.object_],
        building: Sequence[str] | NDArray[np.object_],
        stairwell: Sequence[str] | NDArray[np.object_],
        floor: ArrayLike,
    ) -> MicroIndex:
        """Build an index over doors in any order.

        Parameters
        ----------
        lon, lat : (n,) float, degrees WGS84.
        grid : (n,) int, number of the grid that each micro-grid divides, as `find` will be given it, ≥ 0.
        micro : (n,) code of the micro-grid. building, stairwell : (n,) strings, "" where unknown.
        floor : (n,) float, NaN where unknown.

        Raises
        ------
        InvalidInput
            The columns differ in length. InvalidCoordinate, if a coordinate is no place on earth.
        """
        x, y = checked(lon=lon, lat=lat)
        plane = mercator(lon=x, lat=y)
        of_grid = np.asarray(grid, dtype=np.int32)
        codes, of_micro = _numbered(micro)
        names, of_stair = _numbered([stairwell_key(name) for name in stairwell])
        house, of_house = _numbered(building)
        levels = np.asarray(floor, dtype=np.float64)
        for column in (of_grid, of_micro, of_stair, of_house, levels):
            if column.shape != x.shape:
                raise InvalidInput("locate_lengths_differ", lon=x.shape, lat=column.shape)
        order = np.lexsort((levels, of_stair, of_micro, plane[:, 1], plane[:, 0], of_house, of_grid))
        g, h, px, py = of_grid[order], of_house[order], plane[order, 0], plane[order, 1]
        begins = np.ones(len(order), dtype=np.bool_)
        begins[1:] = (np.diff(g) != 0) | (np.diff(h) != 0) | (np.diff(px) != 0) | (np.diff(py) != 0)
        first = np.flatnonzero(begins)
        # A building is what bears one name in one grid; a place without a name is a building of its own.
        named = np.array([name != "" for name in house], dtype=np.bool_)
        new = np.ones(len(first), dtype=np.bool_)
        new[1:] = (np.diff(g[first]) != 0) | (np.diff(h[first]) != 0) | ~named[h[first[1:]]]
        ends = np.append(first[1:], len(order))
        block = np.flatnonzero(new)
        block_end = np.append(first[block[1:]], len(order))
        number = np.cumsum(new) - 1
        squares, member = _squares(g[first], px[first], py[first], y[order][first])
        places = {
            "begin": first,
            "end": ends,
            "house_begin": first[block][number],
            "house_end": block_end[number],
            "place_x": px[first],
            "place_y": py[first],
        }
        tables: dict[str, NDArray[Any]] = {
            "micro": of_micro[order].astype(np.int32),
            "stair": of_stair[order].astype(np.int32),
            "floor": levels[order],
            **{name: column[member] for name, column in places.items()},
            **squares,
        }
        return cls(codes, {name: k for k, name in enumerate(names)}, tables)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that the index is made of, as arrays that can be saved."""
        return self._t | {"codes": np.array(self.codes, dtype=np.str_), "stairwells": np.array(self._names, np.str_)}

    @classmethod
    def of_arrays(cls, arrays: dict[str, NDArray[Any]]) -> MicroIndex:
        """The index that `arrays` told of."""
        tables = dict(arrays)
        codes, names = tables.pop("codes").tolist(), tables.pop("stairwells").tolist()
        return cls(tuple(codes), {name: k for k, name in enumerate(names)}, tables)

    def find(
        self,
        *,
        lon: ArrayLike,
        lat: ArrayLike,
        grid: NDArray[np.int32],
        base: NDArray[np.int32] | None = None,
        stairwell: Sequence[str | None] | NDArray[np.object_] | None = None,
        floor: ArrayLike | None = None,
        limit_m: float = LIMIT_M,
    ) -> MicroAnswer:
        """The micro-grid of each point.

        Parameters
        ----------
        lon, lat : (n,) float, degrees WGS84.
        grid : int32 (n,), the grid of each point (special before base), −1 outside.
        base : int32 (n,), the base grid of each point where it differs; `grid` if None.
        stairwell : (n,) "2", "2单元" …; None or "" where it was not said.
        floor : (n,) float, NaN where it was not said.
        limit_m : metres on the ground.

        Raises
        ------
        InvalidCoordinate, InvalidInput
            As of `GridIndex.locate`, and where the columns differ in length.
        """
        x, y = checked(lon=lon, lat=lat)
        n = len(x)
        over = np.asarray(grid, dtype=np.int32)
        under = over if base is None else np.asarray(base, dtype=np.int32)
        stair = np.full(n, UNSAID, dtype=np.int32)
        if stairwell is not None:
            # A column of a million rows names few stairwells.
            known = {name: self._stairwell(name) for name in set(stairwell)}
            stair = np.array([known[name] for name in stairwell], dtype=np.int32)
        level = np.full(n, np.nan) if floor is None else np.atleast_1d(np.asarray(floor, dtype=np.float64))
        for column in (over, under, stair, level):
            if column.shape != x.shape:
                raise InvalidInput("locate_lengths_differ", lon=x.shape, lat=column.shape)
        plane, scale = mercator(lon=x, lat=y), ground_scale(y)
        t = self._t
        micro, place = np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32)
        metres, reason = np.full(n, np.inf), np.zeros(n, dtype=np.int8)
        squares = (t["origin"], t["side"], t["shape"], t["start"], t["filled"])
        places = (t["place_x"], t["place_y"], t["begin"], t["end"], t["house_begin"], t["house_end"])
        doors = (t["micro"], t["stair"], t["floor"])
        find(
            np.ascontiguousarray(plane[:, 0]), np.ascontiguousarray(plane[:, 1]), scale, over, under, stair, level,
            float(limit_m), squares, places, doors, (micro, place, metres, reason),
        )  # fmt: skip
        return MicroAnswer(micro, metres, place, reason)

    def _stairwell(self, name: str | None) -> int:
        key = stairwell_key(name) if name is not None else ""
        return self._stairwells.get(key, UNKNOWN) if key else UNSAID

    def candidates(self, place: int, *, building: bool = False) -> tuple[Candidate, ...]:
        """The micro-grids at a place (or in all of its building), by stairwell, floor and code."""
        t = self._t
        begin, end = ("house_begin", "house_end") if building else ("begin", "end")
        rows = slice(int(t[begin][place]), int(t[end][place]))
        spans: dict[tuple[int, int], list[float]] = {}
        columns = (t["micro"][rows].tolist(), t["stair"][rows].tolist(), t["floor"][rows].tolist())
        for micro, stair, floor in zip(*columns, strict=True):
            spans.setdefault((micro, stair), []).extend([floor] if floor == floor else [])
        found = [
            Candidate(micro, self._names[stair], min(floors, default=None), max(floors, default=None))
            for (micro, stair), floors in spans.items()
        ]
        return tuple(sorted(found, key=lambda c: (c.stairwell, c.lowest is None, c.lowest or 0.0, c.micro)))


def stairwell_key(name: str) -> str:
    """What two ways of writing a stairwell have in common: "2", "02", "二单元" and "2单元" are one."""
    text = normalise(str(name)).text.strip().removesuffix("单元").strip()
    return text.lstrip("0") or ("0" if text else "")


def _numbered(values: Sequence[str] | NDArray[np.object_]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The distinct texts in order, and the number of each row's."""
    texts = [str(value) for value in values]
    distinct = tuple(sorted(set(texts)))
    number = {text: k for k, text in enumerate(distinct)}
    return distinct, np.array([number[text] for text in texts], dtype=np.int64)


def _squares(
    grid: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
    """Squares over the places of each grid, about two places a square.

    Returns
    -------
    tables : origin float64 (g, 2), the south-west corner, and side float64 (g,), Mercator metres; shape int64 (g, 2),
        squares by x and y; start int64 (g + 1,), the first square of each grid; filled int64 (s + 1,), the first place
        of each square.
    member : int64 (n,), the places in the order of their squares.
    """
    n_grids = int(grid.max()) + 1 if len(grid) else 0
    origin, side = np.zeros((n_grids, 2)), np.ones(n_grids)
    shape, of_square = np.zeros((n_grids, 2), dtype=np.int64), np.zeros(len(grid), dtype=np.int64)
    start = np.zeros(n_grids + 1, dtype=np.int64)
    ends = np.searchsorted(grid, np.arange(n_grids + 1))
    for k in range(n_grids):
        rows = slice(ends[k], ends[k + 1])
        size = ends[k + 1] - ends[k]
        if size:
            origin[k] = x[rows].min(), y[rows].min()
            wide, high = x[rows].max() - origin[k, 0], y[rows].max() - origin[k, 1]
            least = _SQUARE_M / float(ground_scale(lat[rows][:1])[0])
            side[k] = max(least, np.sqrt(2 * wide * high / size), 2 * max(wide, high) / size)
            shape[k] = int(wide / side[k]) + 1, int(high / side[k]) + 1
            column = ((x[rows] - origin[k, 0]) / side[k]).astype(np.int64)
            row = ((y[rows] - origin[k, 1]) / side[k]).astype(np.int64)
            of_square[rows] = start[k] + row * shape[k, 0] + column
        start[k + 1] = start[k] + shape[k, 0] * shape[k, 1]
    member = np.argsort(of_square, kind="stable")
    filled = np.searchsorted(of_square[member], np.arange(start[-1] + 1)).astype(np.int64)
    return {"origin": origin, "side": side, "shape": shape, "start": start, "filled": filled}, member
