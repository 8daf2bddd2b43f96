"""Figures of each grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.partition.compare import Comparison, compare
from geo.partition.graph import UnitGraph, pieces_of

__all__ = ["Comparison", "GridMetrics", "compare", "grid_metrics"]


@dataclass(frozen=True, eq=False)
class GridMetrics:
    """One value per grid.

    Attributes
    ----------
    weight : float64 (k,). deviation : float64 (k,), (weight − ideal) / ideal. units, pieces : int64 (k,).
    cut : int64 (k,), adjacencies to other grids.
    area_m2, perimeter_m, polsby_popper : float64 (k,), 4π · area / perimeter²; NaN without polygons.
    ideal : total / k.
    """

    weight: NDArray[np.float64]
    deviation: NDArray[np.float64]
    units: NDArray[np.int64]
    pieces: NDArray[np.int64]
    cut: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    perimeter_m: NDArray[np.float64]
    polsby_popper: NDArray[np.float64]
    ideal: float


def grid_metrics(
    grid_of_unit: NDArray[np.int32], graph: UnitGraph, polygons_m: NDArray[Any] | None = None
) -> GridMetrics:
    """Measure the grids of a partition.

    Parameters
    ----------
    grid_of_unit : int32 (n,)
        0 … k − 1.
    graph : UnitGraph
        With `border_m` if perimeters are wanted.
    polygons_m : object (n,), optional
        The units in metres. A grid's perimeter is that of its units less twice the borders inside it.

    Returns
    -------
    GridMetrics
    """
    grid = np.asarray(grid_of_unit, dtype=np.int64)
    if grid.shape != (len(graph),) or (len(grid) and grid.min() < 0):
        raise InvalidInput("metrics_shape", got=grid.shape, units=len(graph))
    count = int(grid.max(initial=-1)) + 1
    weight = np.bincount(grid, graph.weight, minlength=count).astype(np.float64)
    ideal = float(weight.sum()) / max(count, 1)
    deviation = np.asarray((weight - ideal) / ideal if ideal > 0 else np.zeros(count), dtype=np.float64)
    piece = pieces_of(grid, graph)
    first = np.unique(piece, return_index=True)[1]
    source = graph.source
    across = grid[source] != grid[graph.indices]
    area = perimeter = np.full(count, np.nan)
    if polygons_m is not None and graph.border_m is not None:
        area = np.bincount(grid, shapely.area(polygons_m), minlength=count)
        outline = np.bincount(grid, shapely.length(polygons_m), minlength=count)
        perimeter = outline - np.bincount(grid[source[~across]], graph.border_m[~across], minlength=count)
    return GridMetrics(
        weight=weight,
        deviation=deviation,
        units=np.bincount(grid, minlength=count),
        pieces=np.bincount(grid[first], minlength=count),
        cut=np.bincount(grid[source[across]], minlength=count),
        area_m2=area,
        perimeter_m=perimeter,
        polsby_popper=4 * np.pi * area / perimeter**2,
        ideal=ideal,
    )
