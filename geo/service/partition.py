"""Units become a plan: read, solve, number, measure, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import PartitionInfeasible
from geo.model import Drawing, Units
from geo.service.assemble import assemble, ever_used, grid_codes, previous_codes
from geo.service.figures import named_certificate, report_metrics
from geo.service.joins import advise_joining, ground_of, join_figures
from geo.service.ports import Files
from geo.service.redraw import redraw_figures
from geo.service.unit_graph import graph_for
from geo.service.wishes import (
    PartitionRequest,
    Surroundings,
    check_wishes,
    metric_crs,
    read_surroundings,
    spec_for,
)

if TYPE_CHECKING:
    from geo.partition import PartitionReport, PartitionResult, UnitGraph

__all__ = ["PartitionRequest", "draw_plan", "partition_file"]


def partition_file(
    files: Files,
    path: str,
    request: PartitionRequest,
    *,
    out: Path,
    report: Path | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Mapping[str, Any]:
    """Read units, draw a plan, write it and its report; returns the report.

    Raises
    ------
    InvalidInput
        The units or the wishes cannot be used.
    PartitionInfeasible
        No plan meets the wishes; the message says what is missing.
    """
    units = files.read_units(
        path,
        weight=request.weight,
        id_field=request.id_field,
        within=request.within,
        keep=request.keep,
        current=request.current,
        locked=request.locked,
        crs=request.crs,
        missing_weight=request.missing_weight,
    )
    drawing, figures = draw_plan(
        units,
        request,
        around=read_surroundings(files, path, request, units),
        earlier=None if request.codes_from is None else files.read_drawing(request.codes_from),
        progress=progress,
    )
    files.write_drawing(str(out), drawing)
    if report is not None:
        files.write_json(report, figures)
    return figures


def draw_plan(
    units: Units,
    request: PartitionRequest,
    *,
    around: Surroundings | None = None,
    earlier: Drawing | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> tuple[Drawing, dict[str, Any]]:
    """Draw a plan of `units`: the drawing in their own CRS, and the figures of the report.

    Parameters
    ----------
    around : Surroundings, optional
        Barriers and staff.
    earlier : Drawing, optional
        A plan whose codes go on where grids overlap most.
    """
    from geo.partition import solve
    from geo.partition.closed import closed_pairs
    from geo.partition.codes import retired_codes
    from geo.partition.solver.spec import shares_of

    check_wishes(units, request)
    around = around or Surroundings()
    metric = crs_.project(units.geometry, source=units.crs, target=metric_crs(units.geometry, units.crs))
    spec = spec_for(units, request, around)
    ground = ground_of(graph_for(units, request, around, metric), metric, units, spec, around, earlier)
    graph, joins = ground.joined(request.join)

    def drawn_on(graph: UnitGraph, explained: bool = False) -> PartitionResult:
        rng = np.random.default_rng(request.seed)
        return solve(graph, spec, rng=rng, progress=progress, explained=explained)

    try:
        result = drawn_on(graph, explained=True)
    except PartitionInfeasible as error:
        raise _by_id(advise_joining(error, ground, request, drawn_on), units) from None
    labels = result.grid_of_unit
    previous = previous_codes(units, earlier, request.current is not None)
    codes = grid_codes(labels, metric, units, previous, earlier)
    figures = {**_report_by_id(result.report, units), "seed": request.seed}
    figures["joined"] = join_figures(joins, units)
    figures["metrics"] = report_metrics(
        units, labels, codes, graph, metric, group=spec.group, share=shares_of(result.goes_on, spec)
    )
    if around.seats is not None and around.staff is not None:
        figures["staff"] = {
            str(codes[labels[seat]]): str(name) for seat, name in zip(around.seats, around.staff, strict=True)
        }
    if spec.current is not None:
        drawn = graph, spec, result
        figures |= redraw_figures(units, codes, drawn, points=request.curve, seed=request.seed, progress=progress)
    # What no grid may cross, and what is joined over a gap, stays with the plan: hand work and checks keep to it too.
    links = {"closed": closed_pairs(graph, units.ids), "joined": joins.pairs(units.ids)}
    wishes = _wishes(request, units, figures) | {key: pairs for key, pairs in links.items() if pairs}
    drawing = assemble(units, labels, codes, wishes=wishes)
    if ever := ever_used(units if request.current else None, earlier):
        retired = retired_codes(ever, codes.tolist())
        drawing = replace(drawing, wishes={**drawing.wishes, "retired": retired})
    return drawing, figures


def _report_by_id(report: PartitionReport, units: Units) -> dict[str, Any]:
    """The solver's figures with units by their ids."""
    figures = report.as_dict()
    oversize = [str(units.ids[k]) for k in report.oversize_units]
    return {**figures, "oversize_units": oversize, "certificate": named_certificate(figures["certificate"], units)}


def _by_id(error: PartitionInfeasible, units: Units) -> PartitionInfeasible:
    """The same error with units, areas and groups by name: the solver knows them by number only."""
    context = dict(error.context)
    rows = context.get("units")
    if isinstance(rows, list):
        ids = [str(units.ids[row]) for row in rows]
        context |= {"units": ids, "rows": ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")}
    areas, groups = _names(units.parent), _names(units.group)
    if "parent" in context:
        context["area"] = areas[context.pop("parent")]
    ways = []
    for way in context.get("relaxations", ()):
        named = dict(way)
        if "units" in way:
            named["units"] = [str(units.ids[row]) for row in way["units"]]
        if "parents" in way:
            named["parents"] = [areas[number] for number in way["parents"]]
        if "group" in way:
            named["group"] = groups[way["group"]]
        ways.append(named)
    return PartitionInfeasible(error.code, **{**context, "relaxations": ways})


def _names(values: NDArray[np.object_] | None) -> list[str]:
    """Names by the number that the solver knows them by; the last one, −1, is no name."""
    return [*sorted({str(value) for value in values if value}), ""] if values is not None else [""]


def _wishes(request: PartitionRequest, units: Units, figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": request.name,
        "weight_field": request.weight,
        "tolerance": None if request.least is not None or request.most is not None else request.tolerance,
        "min": request.least,
        "max": request.most,
        "grids": figures["grids"],
        "ideal": figures["ideal"],
        "lower_bound": figures["lower_bound"],
        "max_deviation": figures["max_deviation"],
        "within": request.within,
        "join": request.join,
        "seed": request.seed,
        "unit_count": len(units),
        "total": float(units.weight.sum()),
    }
