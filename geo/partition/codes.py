"""Grid codes: area code + 3 digits, in reading order, never one that was used before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput

_DIGITS = 3


def assign_codes(
    grid_of_unit: NDArray[np.int32],
    xy_m: NDArray[np.float64],
    parent_codes: Sequence[str] | NDArray[np.object_],
    *,
    taken: Collection[str] = (),
    previous: NDArray[np.object_] | None = None,
    weight: NDArray[np.float64] | None = None,
) -> NDArray[np.object_]:
    """Number the grids of each area from west to east and north to south, as one reads a page.

    An area is cut into rows about as high as a grid; rows run from north to south, the grids of a row from west to
    east. (GB/T 30428 and DB11: the sequence is west→east, north→south within a community.) With `previous`, a grid
    that shares most weight with an old one of the same area keeps that code, and only new grids get new ones.

    Parameters
    ----------
    grid_of_unit : int32 (n,)
        Grid of each unit, 0 … k − 1.
    xy_m : float64 (n, 2)
        A point of each unit, east and north in metres.
    parent_codes : str (k,)
        Code of the area that each grid lies in.
    taken : collection of str
        Codes that were ever in use; no new grid gets one.
    previous : object (n,), optional
        Code of the grid that each unit was in until now, "" for none.
    weight : float64 (n,), optional
        Weight of each unit; without it units count alike in what grids share.

    Returns
    -------
    object (k,)
        The code of each grid.

    Raises
    ------
    InvalidInput
        A grid has no units, there is not one area code per grid, or an area runs out of numbers.

    Examples
    --------
    >>> grid = np.array([0, 1, 2, 3])
    >>> xy = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> assign_codes(grid, xy, ["110101001001"] * 4, taken={"110101001001002"}).tolist()
    ['110101001001004', '110101001001005', '110101001001001', '110101001001003']
    """
    grid = np.asarray(grid_of_unit, dtype=np.int64)
    xy = np.asarray(xy_m, dtype=np.float64)
    if not len(grid):
        return np.empty(0, dtype=object)
    count = int(grid.max()) + 1
    units = np.bincount(grid, minlength=count) if grid.min() >= 0 else np.zeros(count)
    if not units.all():
        raise InvalidInput("grid_numbers_with_holes", grids=count, least=int(grid.min()))
    if len(parent_codes) != count:
        raise InvalidInput("codes_area_per_grid", got=len(parent_codes), grids=count)
    parent = np.array([str(code) for code in parent_codes], dtype=object)
    # Sums of sorted values do not depend on the order of the rows.
    order = np.lexsort((xy[:, 1], xy[:, 0], grid))
    sums = [np.bincount(grid[order], xy[order, axis], minlength=count).astype(np.float64) for axis in (0, 1)]
    middle = np.column_stack(sums) / np.maximum(units, 1)[:, None]
    codes = _carried(grid, parent, previous, weight)
    used = set(taken) | {str(code) for code in (() if previous is None else previous) if code}
    for area in sorted(set(parent.tolist())):
        inside = np.flatnonzero(parent == area)
        inside = inside[_reading_order(middle[inside], xy[parent[grid] == area])]
        fresh = np.array([grid_ for grid_ in inside.tolist() if not codes[grid_]], dtype=np.int64)
        codes[fresh] = _free_codes(str(area), len(fresh), used)
    return codes


def _carried(
    grid: NDArray[np.int64],
    parent: NDArray[np.object_],
    previous: NDArray[np.object_] | None,
    weight: NDArray[np.float64] | None,
) -> NDArray[np.object_]:
    """The old code of each grid that goes on, "" for the others."""
    codes = np.full(len(parent), "", dtype=object)
    if previous is None:
        return codes
    share = np.ones(len(grid)) if weight is None else np.asarray(weight, dtype=np.float64)
    total: dict[tuple[str, str], float] = {}
    for old, new, w in sorted(zip([str(p or "") for p in previous], grid.tolist(), share.tolist(), strict=True)):
        # Codes begin with their area's code: a grid that is now in another area needs a new one.
        if old and old.startswith(str(parent[new])):
            total[old, str(new)] = total.get((old, str(new)), 0.0) + w
    for new_name, old in greatest_overlap((old, new, w) for (old, new), w in total.items()).items():
        codes[int(new_name)] = old
    return codes


def _reading_order(middle: NDArray[np.float64], extent: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions in rows from north to south, west to east within a row."""
    low, high = extent.min(axis=0), extent.max(axis=0)
    width, height = np.maximum(high - low, 1e-9)
    rows = min(len(middle), max(1, round(float(np.sqrt(len(middle) * height / width)))))
    row = np.floor((high[1] - middle[:, 1]) / height * rows).clip(0, rows - 1)
    return np.lexsort((-middle[:, 1], middle[:, 0], row))


def _free_codes(area: str, count: int, taken: set[str]) -> list[str]:
    free = [code for code in (f"{area}{k:0{_DIGITS}d}" for k in range(1, 10**_DIGITS)) if code not in taken]
    if len(free) < count:
        raise InvalidInput("codes_used_up", area=area, wanted=count, free=len(free))
    return free[:count]


def greatest_overlap(flows: Iterable[tuple[str, str, float]]) -> dict[str, str]:
    """Which new grid goes on from which old one: the pairs that share most weight first, each grid used once.

    Parameters
    ----------
    flows : iterable of (old, new, weight)
        Weight that lies in both.

    Returns
    -------
    dict
        New grid -> old grid; a new grid without an entry is new indeed and needs a code of its own.
    """
    chosen: dict[str, str] = {}
    used: set[str] = set()
    for old, new, _ in sorted(flows, key=lambda flow: (-flow[2], flow[0] != flow[1], flow[0], flow[1])):
        if new not in chosen and old not in used:
            chosen[new] = old
            used.add(old)
    return chosen
