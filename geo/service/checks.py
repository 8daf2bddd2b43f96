"""Is a plan file sound, and what moved between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.model import Grid, Violation
from geo.partition.check import check_drawing
from geo.partition.compare import compare
from geo.service.figures import drawing_metrics
from geo.service.ports import Files
from geo.service.units import read_shapes


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
        outline = shapely.union_all(read_shapes(files, (boundary,), target=drawing.crs))
    return check_drawing(drawing, tolerance=tolerance, boundary=outline)


def compare_files(files: Files, before: str, after: str) -> Mapping[str, Any]:
    """What moved between two plan files, and how each measures up."""
    a, b = files.read_drawing(before), files.read_drawing(after)
    if a.crs != b.crs:
        shapes = crs_.project(a.units.geometry, source=a.crs, target=b.crs)
        a = replace(a, units=replace(a.units, geometry=shapes, crs=b.crs), crs=b.crs)
    moved = compare(a.units, b.units)
    before_metrics, after_metrics = drawing_metrics(a), drawing_metrics(b)
    return {
        "matched_by": moved.matched_by,
        "moved_units": len(moved.moved_units),
        "moved_weight": moved.moved_weight,
        "moved_share": moved.moved_share,
        "grids_before": len(a.grids),
        "grids_after": len(b.grids),
        "max_deviation_before": before_metrics["plan"].get("max_deviation", 0.0),
        "max_deviation_after": after_metrics["plan"].get("max_deviation", 0.0),
        "metrics_before": before_metrics["plan"],
        "metrics_after": after_metrics["plan"],
        "new_units": len(moved.unmatched),
        "gone_units": len(moved.gone),
        "flows": [{"from": old, "to": new, "weight": weight} for old, new, weight in moved.flows],
        "continues": dict(moved.continues),
        "unit_ids": list(moved.moved_units),
    }


def deviations(grids: Sequence[Grid]) -> NDArray[np.float64]:
    """(weight − mean) / mean of each grid, the mean being that of the base grids of its own area; float64 (n_grids,).

    Special grids are as large as they are: they deviate from nothing, 0.
    """
    sums: dict[str, list[float]] = {}
    for grid in grids:
        if grid.kind == "base":
            sums.setdefault(grid.parent, []).append(grid.weight)
    means = {parent: sum(weights) / len(weights) for parent, weights in sums.items()}
    return np.array(
        [grid.weight / means[grid.parent] - 1 if grid.kind == "base" and means[grid.parent] else 0.0 for grid in grids]
    )
