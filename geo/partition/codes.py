"""Grid codes: area code + number, in reading order, never one that was used before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.model import GridKind
from geo.partition.reading import reading_order
from geo.partition.schemes.scheme import CodeScheme, find_scheme


def assign_codes(
    grid_of_unit: NDArray[np.int32],
    xy_m: NDArray[np.float64],
    parent_codes: Sequence[str] | NDArray[np.object_],
    *,
    taken: Collection[str] = (),
    previous: NDArray[np.object_] | None = None,
    weight: NDArray[np.float64] | None = None,
    scheme: CodeScheme | None = None,
    kind: GridKind = "base",
) -> NDArray[np.object_]:
    """Number the grids of each area in reading order (`reading_order` says which), by a code scheme.

    With `previous`, a grid that shares most weight with an old one of the same area keeps that code, and only new grids
    get new ones. The same call gives the same codes, whatever the order of the rows.

    Parameters
    ----------
    grid_of_unit : int32 (n,)
        Grid of each unit, 0 … k − 1.
    xy_m : float64 (n, 2)
        A point of each unit, east and north in metres.
    parent_codes : str (k,)
        Code of the area that each grid lies in; for micro-grids, of the grid that holds each.
    taken : collection of str
        Codes that were ever in use; no new grid gets one.
    previous : object (n,), optional
        Code of the grid that each unit was in until now, "" for none.
    weight : float64 (n,), optional
        Weight of each unit; without it units count alike in what grids share.
    scheme : CodeScheme, optional
        How codes are written; "plain" (any area code and at least 3 digits) without it.
    kind : str
        What the grids are: "base", "special" or "micro"; each has its own range of numbers.

    Returns
    -------
    object (k,)
        The code of each grid.

    Raises
    ------
    InvalidInput
        A grid has no units, there is not one area code per grid, an area code does not fit the scheme, or an area runs
        out of numbers.

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
    scheme = find_scheme("plain") if scheme is None else scheme
    parent = _checked_parents(grid, parent_codes, scheme, kind)
    codes = _carried(grid, parent, previous, weight, scheme, kind)
    used = set(taken) | {str(code) for code in (() if previous is None else previous) if code}
    _number_new(codes, grid, xy, parent, scheme, kind, used)
    return codes


def _number_new(
    codes: NDArray[np.object_],
    grid: NDArray[np.int64],
    xy: NDArray[np.float64],
    parent: NDArray[np.object_],
    scheme: CodeScheme,
    kind: GridKind,
    used: set[str],
) -> None:
    """Fill in the codes that are still "", area by area in reading order."""
    middle = _middles(grid, xy, len(parent))
    # A stable sort once, or a thousand areas would each look at every unit.
    by_area = np.argsort(parent[grid].astype(str), kind="stable")
    names, first = np.unique(parent[grid].astype(str)[by_area], return_index=True)
    of_name = dict(zip(names.tolist(), np.split(by_area, first[1:]), strict=True))
    for area in names.tolist():
        units = of_name[area]
        inside = np.unique(grid[units])
        inside = inside[reading_order(middle[inside], xy[units])]
        fresh = inside[codes[inside] == ""]
        codes[fresh] = _free_codes(scheme, area, kind, (len(fresh), len(inside)), used)
        used |= set(codes[fresh].tolist())


def retired_codes(ever: Iterable[str], now: Iterable[str]) -> list[str]:
    """Codes that were in use and are not any more, sorted: what a plan file hands on to the next redraw.

    Parameters
    ----------
    ever : iterable of str
        Codes of the plans before, and what they had retired.
    now : iterable of str
        Codes of this plan.
    """
    return sorted({str(code) for code in ever if code} - {str(code) for code in now})


def _checked_parents(
    grid: NDArray[np.int64], parent_codes: Sequence[str] | NDArray[np.object_], scheme: CodeScheme, kind: GridKind
) -> NDArray[np.object_]:
    count = int(grid.max()) + 1
    units = np.bincount(grid, minlength=count) if grid.min() >= 0 else np.zeros(count)
    if not units.all():
        raise InvalidInput("grid_numbers_with_holes", grids=count, least=int(grid.min()))
    if len(parent_codes) != count:
        raise InvalidInput("codes_area_per_grid", got=len(parent_codes), grids=count)
    parent = np.array([str(code) for code in parent_codes], dtype=object)
    if kind != "micro":
        for area in sorted(set(parent.tolist())):
            if not scheme.area_fits(area):
                level = scheme.fault_of_area(area)
                raise InvalidInput(
                    "codes_area_bad",
                    area=area,
                    scheme=scheme.name,
                    width=scheme.area_width,
                    level="area" if level is None else level.name,
                )
    return parent


def _middles(grid: NDArray[np.int64], xy: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Mean of each grid's unit points; sums of sorted values do not depend on the order of the rows."""
    order = np.lexsort((xy[:, 1], xy[:, 0], grid))
    sums = [np.bincount(grid[order], xy[order, axis], minlength=count) for axis in (0, 1)]
    return np.asarray(np.column_stack(sums) / np.bincount(grid, minlength=count)[:, None], dtype=np.float64)


def _carried(
    grid: NDArray[np.int64],
    parent: NDArray[np.object_],
    previous: NDArray[np.object_] | None,
    weight: NDArray[np.float64] | None,
    scheme: CodeScheme,
    kind: GridKind,
) -> NDArray[np.object_]:
    """The old code of each grid that goes on, "" for the others."""
    codes = np.full(len(parent), "", dtype=object)
    if previous is None:
        return codes
    share = np.ones(len(grid)) if weight is None else np.asarray(weight, dtype=np.float64)
    areas, in_area = np.unique(parent.astype(str), return_counts=True)
    many = {str(name) for name in areas[in_area > 1]}
    names = [str(name or "") for name in previous]
    # A code belongs to one area: a grid that is now in another area needs a new one.
    area = {old: scheme.area_of(old, areas.tolist(), kind) for old in set(names) if old}
    if scheme.zero_if_single and kind == "base":
        # The number 0 says that the area is one grid.
        area = {old: None if a in many and scheme.number_of(old, a, kind) == 0 else a for old, a in area.items()}
    total: dict[tuple[str, str], float] = {}
    for old, new, w in sorted(zip(names, grid.tolist(), share.tolist(), strict=True)):
        if old and area[old] == parent[new]:
            total[old, str(new)] = total.get((old, str(new)), 0.0) + w
    for new_name, old in greatest_overlap((old, new, w) for (old, new), w in total.items()).items():
        codes[int(new_name)] = old
    return codes


def _free_codes(scheme: CodeScheme, area: str, kind: GridKind, wanted: tuple[int, int], used: set[str]) -> list[str]:
    """The first numbers that were never used: `wanted` new ones, of so many grids in the area."""
    count, inside = wanted
    if count == 1 == inside and scheme.zero_if_single and kind == "base" and scheme.write(area, 0, kind) not in used:
        return [scheme.write(area, 0, kind)]
    numbers = scheme.numbers(kind)
    width = numbers.width
    while True:
        last = min(numbers.last, 10**width - 1) if scheme.widen else numbers.last
        free: list[str] = []
        for number in range(numbers.first, last + 1):
            if len(free) == count:
                break
            if number in numbers and (code := scheme.write(area, number, kind, width=width)) not in used:
                free.append(code)
        if len(free) == count:
            return free
        if not scheme.widen or width >= 9:
            raise InvalidInput("codes_used_up", area=area, wanted=count, free=len(free), scheme=scheme.name)
        width += 1


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
