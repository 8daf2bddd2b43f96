"""Is a plan file sound, and what moved between two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely

from geo import crs as crs_
from geo.errors import InvalidCrs
from geo.model import Violation
from geo.partition.check import check_drawing
from geo.partition.metrics import compare
from geo.service.ports import Files


def check_file(
    files: Files, path: str, *, tolerance: float | None = None, boundary: str | None = None
) -> tuple[Violation, ...]:
    """All faults of a plan file; empty if it is sound.

    Parameters
    ----------
    tolerance : float, optional
        Largest deviation, a fraction; the plan's own if None.
    boundary : str, optional
        A file of polygons that the plan must cover exactly.
    """
    drawing = files.read_drawing(path)
    outline = None
    if boundary is not None:
        layer = files.read_layer(boundary)
        if layer.crs is None:
            raise InvalidCrs("boundary_without_crs", path=boundary)
        shapes = layer.geometry[~shapely.is_missing(layer.geometry)]
        outline = shapely.union_all(crs_.project(shapes, source=layer.crs, target=drawing.crs))
    return check_drawing(drawing, tolerance=tolerance, boundary=outline)


def compare_files(files: Files, before: str, after: str) -> Mapping[str, Any]:
    """What moved between two plan files, and how each measures up."""
    return compare(files.read_drawing(before), files.read_drawing(after))
