"""Is a plan file or a bare net of polygons sound, and what moved between two plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput
from geo.model import Grid, Layer, Violation
from geo.partition.check import check_drawing
from geo.partition.compare import compare
from geo.service.figures import drawing_metrics
from geo.service.ports import Files
from geo.service.units_read import read_shapes


def check_file(
    files: Files, path: str, *, tolerance: float | None = None, boundary: str | None = None
) -> tuple[tuple[Violation, ...], bool]:
    """All faults of a plan file, or of any layer of polygons, and whether it is a plan.

    A file without the layers of a plan is a bare net: its polygons are held against one another.

    Parameters
    ----------
    tolerance : float, optional
        Largest deviation, a fraction; the plan's own if None.
    boundary : str, optional
        A file of polygons that the plan must cover exactly.
    """
    try:
        drawing = files.read_drawing(path)
    except InvalidInput as error:
        # Half a plan is a broken plan; a file without either of its layers was never meant to be one.
        if error.code == "plan_needs_geopackage" or error.context.get("missing") == "grids, units":
            return _net_violations(files.read_layer(path)), False
        raise
    outline = None
    if boundary is not None:
        outline = shapely.union_all(read_shapes(files, (boundary,), target=drawing.crs))
    return check_drawing(drawing, tolerance=tolerance, boundary=outline), True


def _net_violations(layer: Layer) -> tuple[Violation, ...]:
    """The faults of a layer of polygons as a net; places are in the layer's own system."""
    from geo.locate.index import net_faults

    if layer.crs is None:
        raise InvalidCrs("layer_without_crs", path=layer.source)
    names = _row_names(layer)
    kinds = shapely.get_type_id(layer.geometry)
    usable = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    usable &= ~shapely.is_empty(layer.geometry)
    found = _without_polygon(names, np.flatnonzero(~usable).tolist())
    polygons = crs_.project(layer.geometry[usable], source=layer.crs, target=crs_.WGS84)
    for fault in net_faults(polygons, [name for name, good in zip(names, usable, strict=True) if good]):
        place = np.array([shapely.Point(fault.lon, fault.lat)], dtype=object)
        at = shapely.get_coordinates(crs_.project(place, source=crs_.WGS84, target=layer.crs))[0]
        context = {"codes": ", ".join(fault.codes), "size": _plain(fault.size), "lon": fault.lon, "lat": fault.lat}
        found.append(Violation(fault.kind, grids=fault.codes, context=context, at=(float(at[0]), float(at[1]))))
    return tuple(found)


def _without_polygon(names: list[str], rows: list[int]) -> list[Violation]:
    """One fault for all rows of a layer that hold no polygon: a layer of points has thousands of them."""
    if len(rows) <= 1:
        return [
            Violation("fault_no_polygon", grids=(names[row],), context={"codes": names[row], "row": row + 1})
            for row in rows
        ]
    first = ", ".join(f"{row + 1} ({names[row]})" for row in rows[:_NAMED]) + (" …" if len(rows) > _NAMED else "")
    context = {"count": len(rows), "rows": first}
    return [Violation("fault_no_polygons", grids=tuple(names[row] for row in rows), context=context)]


_NAMED = 5


def _plain(size: float) -> str:
    """A size as people write it: three digits, all of those before the point, no power of ten."""
    if size < 0.001:
        return "<0.001"
    return f"{size:,.0f}" if size >= 100.0 else f"{size:.3g}"


def _row_names(layer: Layer) -> list[str]:
    """What the rows are called: the first column of text or whole numbers that names each one, else their numbers."""
    for values in layer.fields.values():
        texts = [str(value) for value in values.tolist() if value is not None]
        if values.dtype.kind in "OUiu" and len(set(texts)) == len(layer.geometry):
            return texts
    return [str(row + 1) for row in range(len(layer.geometry))]


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
