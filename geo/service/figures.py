"""Figures of plans for reports and comparisons; docs/figures.md explains each one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_
from geo.model import Drawing, Units
from geo.service.wishes import metric_crs

if TYPE_CHECKING:
    from geo.partition import UnitGraph

# Most units that a certificate names.
NAMED: Final = 50
# What a member of staff looks after, by the name of the units' column.
COUNTED: Final = ("households", "residents", "buildings", "stairwells")


def report_metrics(
    units: Units,
    grid_of_unit: NDArray[np.int32],
    codes: NDArray[np.object_],
    graph: UnitGraph,
    metric: NDArray[np.object_],
    *,
    group: NDArray[np.int32] | None = None,
    share: NDArray[np.float64] | None = None,
) -> dict[str, Any]:
    """The `metrics` of report.json: ``{"plan": {…}, "grids": {code: {…}}}``.

    Parameters
    ----------
    grid_of_unit : int32 (n_units,)
        0 … k − 1.
    codes : object (k,)
        Code of each grid.
    graph : UnitGraph
        Of the units, with what lies between them.
    metric : object (n_units,)
        The units' shapes in metres.
    group : int32 (n_units,), optional
        Units that belong together, −1 for none.
    share : float64 (k,), optional
        What each grid shall bear beside the mean one.
    """
    from geo.partition.metrics import grid_metrics, span_of_control
    from geo.partition.summary import metrics_block, plan_metrics

    found = grid_metrics(grid_of_unit, graph, metric, group=group, share=share)
    plan = plan_metrics(found, grid_of_unit, graph, group=group)
    counts = {name: _counted(units, name) for name in COUNTED}
    spans = {name: span_of_control(grid_of_unit, count) for name, count in counts.items() if count is not None}
    return metrics_block(plan, found, codes, spans=spans)


def drawing_metrics(drawing: Drawing) -> dict[str, Any]:
    """The same of a plan file; nothing is known of barriers there. Units without a grid are left out."""
    from geo.partition.graph import graph_of

    units = drawing.units
    names = np.array([str(name or "") for name in (units.grid if units.grid is not None else [""] * len(units))])
    inside = np.flatnonzero(names != "")
    codes, labels = np.unique(names[inside], return_inverse=True)
    shapes = units.geometry[inside]
    if not len(inside):
        return {"plan": {}, "grids": {}}
    metric = crs_.project(shapes, source=units.crs, target=metric_crs(shapes, units.crs))
    group = None
    if units.group is not None:
        group = _numbered(np.array([str(name or "") for name in units.group[inside]]))
    chosen = Units(
        units.ids[inside],
        shapes,
        units.weight[inside],
        units.crs,
        fields={name: np.asarray(values)[inside] for name, values in units.fields.items()},
        weight_field=units.weight_field,
    )
    graph = graph_of(metric, chosen.weight)
    return report_metrics(chosen, labels.astype(np.int32), codes.astype(object), graph, metric, group=group)


def named_certificate(certificate: Mapping[str, Any], units: Units) -> dict[str, Any]:
    """A certificate with units by their ids, of many the first: the solver knows them by number only."""
    oversize = [{**heavy, "unit": str(units.ids[heavy["unit"]])} for heavy in certificate["oversize"]]
    forcing = certificate["units"]
    return {
        **certificate,
        "units": [str(units.ids[k]) for k in forcing[:NAMED]],
        "units_count": len(forcing),
        "oversize": oversize,
        "outside": [str(units.ids[k]) for k in certificate["outside"]],
    }


def _numbered(names: NDArray[np.str_]) -> NDArray[np.int32]:
    number = np.unique(names, return_inverse=True)[1].astype(np.int32)
    return np.where(names == "", -1, number).astype(np.int32)


def _counted(units: Units, name: str) -> NDArray[np.float64] | None:
    values = units.weight if name == units.weight_field else units.fields.get(name)
    if values is None or not np.issubdtype(np.asarray(values).dtype, np.number):
        return None
    return np.nan_to_num(np.asarray(values, dtype=np.float64))
