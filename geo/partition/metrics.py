"""Figures of each grid; `summary.py` draws them together for a plan. docs/figures.md explains each one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.partition.compare import Comparison, compare
from geo.partition.graph import UnitGraph, pieces_of
from geo.partition.walk import walking_spans

__all__ = ["Comparison", "GridMetrics", "compare", "grid_metrics", "span_of_control"]

# A border runs along a barrier if at least this share of it does.
ALONG = 0.5


@dataclass(frozen=True, eq=False)
class GridMetrics:
    """One value per grid; all arrays (k,), NaN where something needed is not known.

    Attributes
    ----------
    weight : float64. ideal : total / k; deviation : float64, (weight − ideal · share) / (ideal · share).
    workload, workload_deviation : float64 (k, w), the same for each column of `UnitGraph.workload`.
    units, pieces : int64. cut : int64, adjacencies to other grids. cut_m : float64, their metres.
    area_m2, perimeter_m : float64.
    polsby_popper : float64, 4π · area / perimeter² (Polsby and Popper 1991), 1 for a circle.
    reock : float64, area / area of the smallest circle around the grid (Reock 1961).
    hull_share : float64, area / area of the convex hull.
    across_m : float64, diameter of that circle.
    walk_m : float64, longest way inside the grid, see `walking_spans`.
    barriers : int64, pairs of adjacent units of the grid whose border runs along a barrier for at least half its
        length; barrier_m : float64, metres of barrier along the borders inside the grid.
    closed : int64, pairs of adjacent units of the grid with a hard barrier between them. These three are None where the
        graph says nothing of barriers.
    groups_split : int64, groups that lie partly in the grid and partly in another.
    """

    weight: NDArray[np.float64]
    deviation: NDArray[np.float64]
    workload: NDArray[np.float64]
    workload_deviation: NDArray[np.float64]
    units: NDArray[np.int64]
    pieces: NDArray[np.int64]
    cut: NDArray[np.int64]
    cut_m: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    polsby_popper: NDArray[np.float64]
    reock: NDArray[np.float64]
    hull_share: NDArray[np.float64]
    across_m: NDArray[np.float64]
    walk_m: NDArray[np.float64]
    barriers: NDArray[np.int64] | None
    barrier_m: NDArray[np.float64] | None
    closed: NDArray[np.int64] | None
    groups_split: NDArray[np.int64]
    ideal: float

    def __len__(self) -> int:
        return len(self.weight)


def grid_metrics(
    grid_of_unit: NDArray[np.int32],
    graph: UnitGraph,
    polygons_m: NDArray[Any] | None = None,
    *,
    group: NDArray[np.int32] | None = None,
    share: NDArray[np.float64] | None = None,
) -> GridMetrics:
    """Measure the grids of a partition.

    Parameters
    ----------
    grid_of_unit : int32 (n,)
        0 … k − 1.
    graph : UnitGraph
        With `border_m` if perimeters are wanted, `xy_m` for ways, `along` and `closed` for barriers.
    polygons_m : object (n,), optional
        The units in metres. A grid's perimeter is that of its units less twice the borders inside it.
    group : int32 (n,), optional
        Units with the same number ≥ 0 belong together.
    share : float64 (k,), optional
        What each grid shall bear beside the mean one; 1 each without it.

    Returns
    -------
    GridMetrics
    """
    grid = np.asarray(grid_of_unit, dtype=np.int64)
    if grid.shape != (len(graph),) or (len(grid) and grid.min() < 0):
        raise InvalidInput("metrics_shape", got=grid.shape, units=len(graph))
    count = int(grid.max(initial=-1)) + 1
    load = np.column_stack([sum_by(grid, column, count) for column in graph.weights.T])
    part = np.ones(count) if share is None else np.asarray(share, dtype=np.float64)
    apart = np.column_stack([_deviation(column, part) for column in load.T])
    piece = pieces_of(grid, graph)
    first = np.unique(piece, return_index=True)[1]
    source = graph.source
    across = grid[source] != grid[graph.indices]
    barriers, barrier_m, closed = _barriers(grid, graph, across, count)
    return GridMetrics(
        weight=load[:, 0],
        deviation=apart[:, 0],
        workload=load[:, 1:],
        workload_deviation=apart[:, 1:],
        units=np.bincount(grid, minlength=count),
        pieces=np.bincount(grid[first], minlength=count),
        cut=np.bincount(grid[source[across]], minlength=count),
        cut_m=np.full(count, np.nan)
        if graph.border_m is None
        else sum_by(grid[source[across]], graph.border_m[across], count),
        **_shapes(grid, graph, across, polygons_m, count),
        walk_m=walking_spans(grid, graph, count),
        barriers=barriers,
        barrier_m=barrier_m,
        closed=closed,
        groups_split=_groups_split(grid, group, count),
        ideal=float(load[:, 0].sum()) / max(count, 1),
    )


def span_of_control(
    grid_of_unit: NDArray[np.int32], count_of_unit: NDArray[np.float64], staff: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """How many (households, buildings, stairwells …) each member of a grid's staff looks after.

    Parameters
    ----------
    grid_of_unit : int32 (n,)
        0 … k − 1.
    count_of_unit : float64 (n,)
        How many each unit holds.
    staff : float64 (k,), optional
        Full-time members of staff in each grid; one each without it.

    Returns
    -------
    float64 (k,), NaN where a grid has no staff.
    """
    grid = np.asarray(grid_of_unit, dtype=np.int64)
    held = sum_by(grid, np.asarray(count_of_unit, dtype=np.float64), int(grid.max(initial=-1)) + 1)
    people = np.ones(len(held)) if staff is None else np.asarray(staff, dtype=np.float64)
    if people.shape != held.shape or (people < 0).any():
        raise InvalidInput("metrics_staff", got=people.shape, grids=len(held))
    return _ratio(held, people)


def sum_by(number: NDArray[Any], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sums of `values` by `number`, float64 (count,): the same to the last bit for any order of the rows."""
    values = np.asarray(values, dtype=np.float64)
    if not (values == np.rint(values)).all():
        order = np.lexsort((values, number))
        number, values = number[order], values[order]
    return np.bincount(number, values, minlength=count).astype(np.float64)


def _deviation(load: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    fair = share * (load.sum() / max(share.sum(), 1e-300))
    apart: NDArray[np.float64] = np.divide(load - fair, fair, out=np.zeros(len(load)), where=fair > 0)
    return apart


def _shapes(
    grid: NDArray[np.int64],
    graph: UnitGraph,
    across: NDArray[np.bool_],
    polygons_m: NDArray[Any] | None,
    count: int,
) -> dict[str, NDArray[np.float64]]:
    """Area, outline, and how compact each grid is."""
    names = ("area_m2", "perimeter_m", "polsby_popper", "reock", "hull_share", "across_m")
    if polygons_m is None or graph.border_m is None:
        return {name: np.full(count, np.nan) for name in names}
    area = sum_by(grid, shapely.area(polygons_m), count)
    source = graph.source
    inner = sum_by(grid[source[~across]], graph.border_m[~across], count)
    perimeter = sum_by(grid, shapely.length(polygons_m), count) - inner
    xy, unit = shapely.get_coordinates(polygons_m, return_index=True)
    order = np.argsort(grid[unit], kind="stable")
    points = shapely.multipoints(xy[order], indices=grid[unit][order])
    hull = shapely.convex_hull(points)
    radius = np.asarray(shapely.minimum_bounding_radius(hull), dtype=np.float64)
    values = (
        area,
        perimeter,
        _ratio(4 * np.pi * area, perimeter**2),
        _ratio(area, np.pi * radius**2),
        _ratio(area, np.asarray(shapely.area(hull), dtype=np.float64)),
        2 * radius,
    )
    return dict(zip(names, values, strict=True))


def _ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(a, b, out=np.full(len(a), np.nan), where=b > 0)
    return ratio


def _barriers(
    grid: NDArray[np.int64], graph: UnitGraph, across: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int64] | None, NDArray[np.float64] | None, NDArray[np.int64] | None]:
    """Soft barriers inside each grid, in pairs and metres, and hard ones in pairs."""
    source = graph.source
    once = ~across & (source < graph.indices)
    pairs: NDArray[np.int64] | None = None
    metres: NDArray[np.float64] | None = None
    closed: NDArray[np.int64] | None = None
    if graph.along is not None:
        pairs = np.bincount(grid[source[once & (graph.along >= ALONG)]], minlength=count)
        if graph.border_m is not None:
            metres = sum_by(grid[source[once]], (graph.along * graph.border_m)[once], count)
    if graph.closed is not None:
        closed = np.bincount(grid[source[once & graph.closed]], minlength=count)
    return pairs, metres, closed


def _groups_split(grid: NDArray[np.int64], group: NDArray[np.int32] | None, count: int) -> NDArray[np.int64]:
    if group is None:
        return np.zeros(count, np.int64)
    name = np.asarray(group, dtype=np.int64)
    held = np.unique(name[name >= 0] * count + grid[name >= 0])
    of_group, where = held // count, held % count
    torn = np.bincount(of_group, minlength=int(name.max(initial=-1)) + 1) > 1
    return np.bincount(where[torn[of_group]], minlength=count)
