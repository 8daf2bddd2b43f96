"""Small grounds with walls, rivers and roads between houses."""

from __future__ import annotations

import numpy as np
import shapely

from geo.partition.units import (
    Ground,
    UnitInputs,
    UnitsResult,
    draw_borders,
)
from geo.partition.units.result import WATER

ROAD, WALL, RIVER, MIDDLE = 1, 2, 3, 4


def houses(*corners: tuple[float, float], side: float = 10.0) -> np.ndarray:
    return np.array([shapely.box(x, y, x + side, y + side) for x, y in corners], dtype=object)


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(points)


def objects(*shapes: shapely.Geometry) -> np.ndarray:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def ground_of(result: UnitsResult, divides: set[int]) -> Ground:
    borders, lines = draw_borders(result.polygons, result.lines, result.line_class)
    wet = result.kind == WATER
    shore = wet[borders.left] != wet[borders.right]
    return Ground(result.polygons, wet, borders, lines, np.isin(borders.barrier, list(divides)) & ~shore)


def walled() -> UnitInputs:
    """A compound of two houses behind a wall with a gap at (50, 20), and two houses outside."""
    wall = line((46, 20), (20, 20), (20, 60), (80, 60), (80, 20), (54, 20))
    return UnitInputs(
        boundary=shapely.box(0, 0, 100, 80),
        buildings=houses((28, 35), (60, 35), (2, 2), (86, 64)),
        barriers=objects(wall),
        barrier_class=np.array([WALL]),
    )
