"""Special grids (专属网格) into a plan file: carved from its base net or laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidInput
from geo.model import Drawing, Grid, Units
from geo.service.ports import Files
from geo.service.special_case import Case, SpecialRequest, codes_of, prepare, read_outlines

__all__ = ["SpecialRequest", "draw_special", "special_file"]

# A unit is cut by an outline where at least this much of it lies on either side.
_CUT_M2 = 1.0
# Weights are sums of fractions: a grid at the limit is within it.
_SLACK = 1e-6


def special_file(
    files: Files, plan: str, outlines: str, request: SpecialRequest, *, out: Path, report: Path | None = None
) -> Mapping[str, Any]:
    """Read a plan and outlines, write the plan with special grids and its report; returns the report.

    Raises
    ------
    InvalidInput
        A column is missing, a code is taken, a special grid lies outside the net or, carved, over two areas.
    InvalidBoundary
        Two special grids overlap; names both.
    """
    drawing = files.read_drawing(plan)
    areas = read_outlines(files, outlines, request)
    changed, figures = draw_special(drawing, areas, request)
    files.write_drawing(str(out), changed)
    if report is not None:
        files.write_json(report, figures)
    return figures


def draw_special(drawing: Drawing, areas: Units, request: SpecialRequest) -> tuple[Drawing, dict[str, Any]]:
    """Add the outlines `areas` to a plan as special grids: the new drawing, and the figures of the report."""
    case = prepare(drawing, areas, request)
    codes = codes_of(case, areas, request)
    more: dict[str, Any] = {}
    if request.mode == "over":
        changed = _laid_over(case, codes)
    else:
        changed, more = _carved(case, codes, request)
    rows = sorted((_figures(case, s, codes[s]) for s in range(len(codes))), key=lambda row: str(row["code"]))
    touched = {base["grid"] for row in rows for base in row["base_grids"]}
    return changed, {"mode": request.mode, "special_grids": rows, "base_grids_touched": len(touched), **more}


def _laid_over(case: Case, codes: list[str]) -> Drawing:
    drawing = case.drawing
    new = [
        Grid(
            code=code,
            name=case.names[s],
            parent=case.parent[s],
            weight=0.0,
            units=0,
            geometry=case.outline[s],
            kind="special",
            households=_sum(drawing.units, "households", case.inside == s),
            residents=_sum(drawing.units, "residents", case.inside == s),
            colour=_colour(case.outline[s], drawing.grids),
        )
        for s, code in enumerate(codes)
    ]
    return replace(drawing, grids=tuple(sorted((*drawing.grids, *new), key=lambda grid: grid.code)))


def _carved(case: Case, codes: list[str], request: SpecialRequest) -> tuple[Drawing, dict[str, Any]]:
    from geo.partition import graph_of
    from geo.partition.codes import retired_codes
    from geo.partition.islets import join_pairs
    from geo.partition.special import carve

    drawing, units = case.drawing, case.drawing.units
    assert units.grid is not None
    net = [grid for grid in drawing.grids if not grid.lies_over]
    number = {grid.code: k for k, grid in enumerate(net)}
    lost = [k for k, code in enumerate(units.grid.tolist()) if code not in number]
    if lost:
        raise InvalidInput("special_unit_without_grid", unit=units.ids[lost[0]], count=len(lost))
    before = np.array([number[code] for code in units.grid.tolist()], dtype=np.int32)
    empty = np.setdiff1d(np.arange(len(codes)), case.inside)
    if len(empty):
        raise InvalidInput("special_holds_no_unit", name=case.names[int(empty[0])])
    parent = None
    if units.parent is not None:
        parent = np.unique(units.parent.astype(str), return_inverse=True)[1].astype(np.int32)
    result = carve(
        join_pairs(graph_of(case.unit_shape, units.weight), units.ids, drawing.wishes.get("joined")),
        before,
        case.inside,
        grids=len(net),
        parent=parent,
        fixed=np.array([grid.kind != "base" for grid in net], dtype=np.bool_),
        mend=request.mend,
    )
    label = result.grid_of_unit
    changed = {int(k) for pair in (before, label) for k in np.unique(pair[before != label]).tolist()}
    grids = [grid for grid in drawing.grids if grid.lies_over]
    grids += [
        _resummed(net[k], units, label == k) if k in changed else net[k] for k in np.unique(label[label < len(net)])
    ]
    for s, code in enumerate(codes):
        mine = label == len(net) + s
        blank = Grid(code, case.names[s], case.parent[s], 0.0, 0, case.outline[s], kind="special")
        grid = _resummed(blank, units, mine)
        grids.append(replace(grid, colour=_colour(grid.geometry, grids)))
    names = np.array([*(grid.code for grid in net), *codes], dtype=object)
    more: dict[str, Any] = {
        "units_taken": len(result.taken),
        "units_given": [
            {"unit": str(units.ids[u]), "from": net[a].code, "to": net[b].code} for u, a, b in result.given
        ],
        "base_grids_changed": [
            {"grid": net[k].code, "before": net[k].weight, "after": float(units.weight[label == k].sum())}
            for k in sorted(changed)
            if k < len(net)
        ],
        "base_grids_in_pieces": [{"grid": net[k].code, "pieces": pieces} for k, pieces in result.stray],
        "base_grids_swallowed": [net[k].code for k in result.swallowed],
    }
    wishes = {**drawing.wishes, **({"grids": len(grids)} if "grids" in drawing.wishes else {})}
    # The code of a grid that is gone is never given again.
    ever = {grid.code for grid in drawing.grids} | set(drawing.wishes.get("retired") or ())
    if retired := retired_codes(ever, [grid.code for grid in grids]):
        wishes["retired"] = retired
    grids.sort(key=lambda grid: grid.code)
    after = replace(drawing, grids=tuple(grids), units=replace(units, grid=names[label]), wishes=wishes)
    return after, {**more, **_fallen_out(drawing, after, {row["grid"] for row in more["base_grids_changed"]})}


def _fallen_out(before: Drawing, after: Drawing, changed: set[str]) -> dict[str, Any]:
    """The base grids among `changed` that were within the plan's own limits and are not any more, and the limits."""
    from geo.partition.loads import limits_of

    old, new = limits_of(before), limits_of(after)
    if new is None:
        return {"limits": None, "base_grids_out_of_band": []}
    was = {grid.code: grid.weight for grid in before.grids}

    def within(weight: float, limits: tuple[float, float] | None) -> bool:
        slack = 0.0 if limits is None else _SLACK * abs(limits[1])
        return limits is None or limits[0] - slack <= weight <= limits[1] + slack

    fallen = [
        {"grid": grid.code, "before": was[grid.code], "after": grid.weight}
        for grid in after.grids
        if grid.code in changed and grid.kind == "base" and within(was[grid.code], old) and not within(grid.weight, new)
    ]
    return {"limits": list(new), "base_grids_out_of_band": fallen}


def _resummed(grid: Grid, units: Units, mine: NDArray[np.bool_]) -> Grid:
    """The same grid with other units."""
    from geo.service.assemble import dissolve

    return replace(
        grid,
        weight=float(units.weight[mine].sum()),
        units=int(mine.sum()),
        geometry=cast(BaseGeometry, dissolve(units.geometry[mine])),
        households=_sum(units, "households", mine),
        residents=_sum(units, "residents", mine),
    )


def _sum(units: Units, field: str, mine: NDArray[np.bool_]) -> int | None:
    """People of some units; None where the plan does not know."""
    values = units.weight if field == units.weight_field else units.fields.get(field)
    if values is None or not np.issubdtype(np.asarray(values).dtype, np.number):
        return None
    return round(float(np.nansum(np.asarray(values, dtype=np.float64)[mine])))


def _colour(shape: shapely.Geometry, grids: Any) -> int:
    """The first of the eight washes that no neighbour has, 0 if all are taken."""
    taken = {grid.colour % 8 for grid in grids if shapely.intersects(grid.geometry, shape)}
    return next((wash for wash in range(8) if wash not in taken), 0)


def _figures(case: Case, s: int, code: str) -> dict[str, Any]:
    """What a special grid holds: people, base grids, and how well whole units fit its outline."""
    units = case.drawing.units
    assert units.grid is not None
    mine = case.inside == s
    outline = case.outline_m[s]
    near = np.flatnonzero(shapely.intersects(case.unit_shape, outline))
    common = shapely.area(shapely.intersection(case.unit_shape[near], outline))
    whole = shapely.area(case.unit_shape[near])
    cut = (common > _CUT_M2) & (whole - common > _CUT_M2)
    base = units.grid[near].astype(str)
    rows = []
    for grid in sorted(set(base[common > _CUT_M2].tolist()) | set(units.grid[mine].astype(str).tolist())):
        theirs = mine & (units.grid.astype(str) == grid)
        rows.append(
            {
                "grid": grid,
                "area_m2": round(float(common[base == grid].sum()), 1),
                "units": int(theirs.sum()),
                "weight": float(units.weight[theirs].sum()),
            }
        )
    return {
        "code": code,
        "name": case.names[s],
        "parent": case.parent[s],
        "area_m2": round(float(outline.area), 1),
        "units": int(mine.sum()),
        "weight": float(units.weight[mine].sum()),
        "households": _sum(units, "households", mine),
        "residents": _sum(units, "residents", mine),
        "base_grids": rows,
        "units_cut_by_outline": int(cut.sum()),
        "outside_net_m2": round(max(0.0, float(outline.area - common.sum())), 1),
        "outline_outside_its_units_m2": round(max(0.0, float(outline.area - common[mine[near]].sum())), 1),
        "units_outside_outline_m2": round(float((whole - common)[mine[near]].sum()), 1),
    }
