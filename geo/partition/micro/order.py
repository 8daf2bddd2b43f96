"""Households in canonical order: whatever the order of the rows, the same households are divided in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.partition.micro.core import Homes
from geo.partition.micro.spec import STOREY_M, Households

_DIGITS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, eq=False)
class Ordered:
    """All households, grid by grid, in canonical order.

    Attributes
    ----------
    rows : int64 (n,), the given row at each place.
    homes : all of them; the numbers of stairwells and floors rise over all grids.
    building : int32 (n,), number of the building, a house being one of its own.
    starts : int64 (g + 1,), where each grid begins.
    grids : int32 (g,), the number of each grid.
    """

    rows: NDArray[np.int64]
    homes: Homes
    building: NDArray[np.int32]
    starts: NDArray[np.int64]
    grids: NDArray[np.int32]

    def of(self, k: int) -> Homes:
        """The households of the k-th grid."""
        part = slice(int(self.starts[k]), int(self.starts[k + 1]))
        stair, floor, x, y, up = self.homes
        return Homes(stair[part], floor[part], x[part], y[part], up[part])


def in_order(households: Households) -> Ordered:
    """Sort by grid, building, stairwell, floor and id; names in natural order, so that 2 comes before 10."""
    n = len(households)
    grid = np.asarray(households.grid, dtype=np.int64)
    ids = _ranks(households.ids)
    known = _known(households.building, n)
    # A household without a building is a house of its own; it stands among the buildings by its id.
    building = _ranks([f"1 {name}" if name else f"0 {own}" for name, own in zip(known, households.ids, strict=True)])
    stairwell = _ranks(_known(households.stairwell, n))
    floor = np.full(n, np.nan) if households.floor is None else np.asarray(households.floor, dtype=np.float64)
    xy = _located(households, grid, building, stairwell)
    last = np.where(np.isnan(floor), np.inf, floor)
    rows = np.lexsort((ids, last, stairwell, building, grid))
    new_stair = _changes(grid[rows], building[rows], stairwell[rows])
    floor_known = np.isfinite(last[rows])
    new_floor = new_stair | _changes(last[rows]) | ~floor_known
    homes = Homes(
        stair=_numbers(new_stair),
        floor=_numbers(new_floor),
        x=np.ascontiguousarray(xy[rows, 0]),
        y=np.ascontiguousarray(xy[rows, 1]),
        # Ground floors are 1 here, there is no floor 0: cellars are as far from the door as the floor they mirror.
        up=STOREY_M * np.abs(np.nan_to_num(np.where(floor > 0, floor - 1, floor)))[rows],
    )
    grids, starts = np.unique(grid[rows], return_index=True)
    return Ordered(
        rows=rows,
        homes=homes,
        building=_numbers(_changes(grid[rows], building[rows])),
        starts=np.r_[starts, n].astype(np.int64),
        grids=grids.astype(np.int32),
    )


def natural(name: Any) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts names as people count: "B2" before "B10", then by the text itself."""
    text = str(name)
    parts = [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in _DIGITS.split(text) if p]
    return (*parts, (2, 0, text))


def _ranks(names: Iterable[Any]) -> NDArray[np.int64]:
    texts = [str(name) for name in names]
    rank = {name: k for k, name in enumerate(sorted(set(texts), key=natural))}
    return np.array([rank[name] for name in texts], dtype=np.int64)


def _known(names: NDArray[Any] | None, n: int) -> list[str]:
    """Names as texts, "" for what is missing."""
    if names is None:
        return [""] * n
    return ["" if name is None or name != name else str(name).strip() for name in names]


def _located(
    households: Households, grid: NDArray[np.int64], building: NDArray[np.int64], stairwell: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Coordinates around a local origin; a household without any stands where its stairwell, building or grid does."""
    n = len(grid)
    if households.xy_m is None or not n:
        return np.zeros((n, 2))
    xy = np.asarray(households.xy_m, dtype=np.float64).copy()
    good = np.asarray(np.isfinite(xy).all(axis=1))
    if good.any():
        xy -= np.round(xy[good].min(axis=0))
    levels = (np.column_stack([grid, building, stairwell]), np.column_stack([grid, building]), grid[:, None])
    for level in levels:
        lacking = np.asarray(~np.isfinite(xy).all(axis=1))
        if not lacking.any():
            break
        _, place = np.unique(level, axis=0, return_inverse=True)
        place = place.ravel()
        # Sums of sorted values do not depend on the order of the rows.
        order = np.lexsort((xy[:, 1], xy[:, 0], place))
        order = order[good[order]]
        count = np.bincount(place[order], minlength=place.max() + 1)
        mean = np.column_stack(
            [np.bincount(place[order], xy[order, k], minlength=len(count)) / np.maximum(count, 1) for k in (0, 1)]
        )
        filled = lacking & (count[place] > 0)
        xy[filled] = mean[place[filled]]
    xy[~np.isfinite(xy).all(axis=1)] = 0.0
    return xy


def _changes(*columns: NDArray[Any]) -> NDArray[np.bool_]:
    out = np.zeros(len(columns[0]), dtype=np.bool_)
    out[:1] = True
    for values in columns:
        out[1:] |= values[1:] != values[:-1]
    return out


def _numbers(new: NDArray[np.bool_]) -> NDArray[np.int32]:
    return (np.cumsum(new) - 1).astype(np.int32)
