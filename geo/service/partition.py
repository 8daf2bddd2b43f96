"""Units become a plan: read, solve, number, measure, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput, PartitionInfeasible
from geo.model import Drawing, Grid, Units
from geo.service.ports import Files
from geo.service.units import read_shapes

# How much metres of border count beside the number of neighbours parted: where units have shapes, rounder grids are
# worth a few more cuts (mean Polsby–Popper .43 → .46 on census blocks).
_BORDER_SHARE = 0.4


@dataclass(frozen=True)
class PartitionRequest:
    """What `geo partition` is asked: one of `grids`, `target`, or `least`–`most` says how many grids there are.

    Weights are in the unit of the field `weight`; `tolerance` and `max_moved` are fractions.
    """

    weight: str
    grids: int | None = None
    target: float | None = None
    least: float | None = None
    most: float | None = None
    tolerance: float = 0.05
    within: str | None = None
    keep: str | None = None
    current: str | None = None
    max_moved: float | None = None
    locked: str | None = None
    barriers: tuple[str, ...] = ()
    codes_from: str | None = None
    id_field: str | None = None
    crs: str | None = None
    missing_weight: float | None = None
    name: str = ""
    seed: int = 0
    seconds: float | None = None


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
        barriers=_read_barriers(files, request, units),
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
    barriers: NDArray[np.object_] | None = None,
    earlier: Drawing | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> tuple[Drawing, dict[str, Any]]:
    """Draw a plan of `units`: the drawing in their own CRS, and the figures of the report.

    Parameters
    ----------
    barriers : object (k,), optional
        Lines in metres that grids should follow.
    earlier : Drawing, optional
        A plan whose codes go on where grids overlap most.
    """
    from geo.partition import PartitionSpec, graph_of, solve
    from geo.partition.barriers import mark_barriers

    _check_wishes(units, request)
    metric = crs_.project(units.geometry, source=units.crs, target=metric_crs(units.geometry, units.crs))
    graph = graph_of(metric, units.weight)
    if barriers is not None:
        graph = mark_barriers(graph, metric, barriers)
    parent, current, group = (
        _numbered(names) for names in (units.parent, units.grid if request.current else None, units.group)
    )
    spec = PartitionSpec(
        grids=request.grids,
        target=request.target,
        min_weight=request.least,
        max_weight=request.most,
        tolerance=request.tolerance,
        parent=parent,
        group=group,
        locked=units.locked,
        current=current,
        max_moved=request.max_moved,
        border_share=_BORDER_SHARE,
        seconds=request.seconds,
    )
    try:
        result = solve(graph, spec, rng=np.random.default_rng(request.seed), progress=progress)
    except PartitionInfeasible as error:
        raise _by_id(error, units) from None
    labels = result.grid_of_unit
    codes = _codes(labels, metric, units, _previous(units, earlier, request), earlier)
    figures = {**result.report.as_dict(), "seed": request.seed}
    figures["oversize_units"] = [str(units.ids[k]) for k in result.report.oversize_units]
    wishes = _wishes(request, units, figures)
    drawing = assemble(units, labels, codes, wishes=wishes)
    return drawing, figures


def metric_crs(geometry: NDArray[np.object_], crs: str) -> str:
    """A system in metres for `geometry`: its own if that is projected, else the zone of its centre."""
    if not crs_.is_geographic(crs):
        return crs
    west, south, east, north = shapely.total_bounds(geometry)
    return crs_.metric_crs((west + east) / 2, (south + north) / 2)


def assemble(
    units: Units, grid_of_unit: NDArray[np.int32], codes: NDArray[np.object_], *, wishes: Mapping[str, Any]
) -> Drawing:
    """Dissolve labelled units into grids with codes, names, sums and colours.

    Parameters
    ----------
    grid_of_unit : int32 (n_units,)
    codes : object (n_grids,), code of each label.
    """
    from geo.partition.arcs import shared_arcs
    from geo.partition.colours import colours

    order = np.argsort(grid_of_unit, kind="stable")
    starts = np.searchsorted(grid_of_unit[order], np.arange(len(codes) + 1))
    members = [order[starts[k] : starts[k + 1]] for k in range(len(codes))]
    shapes = np.array([_dissolve(units.geometry[rows]) for rows in members], dtype=object)
    arcs = shared_arcs(shapes)
    inner = (arcs.left >= 0) & (arcs.right >= 0)
    washes = colours(len(codes), np.column_stack([arcs.left[inner], arcs.right[inner]]))
    households, residents = _column(units, "households"), _column(units, "residents")
    grids = [
        Grid(
            code=str(codes[k]),
            name="",
            parent="" if units.parent is None else str(units.parent[rows[0]]),
            weight=float(units.weight[rows].sum()),
            units=len(rows),
            geometry=shapes[k],
            households=None if households is None else int(households[rows].sum()),
            residents=None if residents is None else int(residents[rows].sum()),
            colour=int(washes[k]),
        )
        for k, rows in enumerate(members)
    ]
    grids.sort(key=lambda grid: grid.code)
    labelled = np.array(codes, dtype=object)[grid_of_unit]
    return Drawing(grids=tuple(grids), units=replace(units, grid=labelled), crs=units.crs, wishes=wishes)


def _read_barriers(files: Files, request: PartitionRequest, units: Units) -> NDArray[np.object_] | None:
    if not request.barriers:
        return None
    target = metric_crs(units.geometry, units.crs)
    return read_shapes(files, request.barriers, target=target, crs=request.crs)


def _check_wishes(units: Units, request: PartitionRequest) -> None:
    if len(units) == 0:
        raise InvalidInput("units_file_empty")
    if not float(units.weight.sum()) > 0:
        raise InvalidInput("units_all_zero", field=request.weight)
    asked = [
        request.grids is not None,
        request.target is not None,
        request.least is not None or request.most is not None,
    ]
    if sum(asked) != 1:
        raise InvalidInput("partition_size_unclear")


def _by_id(error: PartitionInfeasible, units: Units) -> PartitionInfeasible:
    """The same error with units named by their ids: the solver knows them by number only."""
    rows = error.context.get("units")
    if not isinstance(rows, list):
        return error
    ids = [str(units.ids[row]) for row in rows]
    named = ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")
    return PartitionInfeasible(error.code, **{**error.context, "units": ids, "rows": named})


def _numbered(names: NDArray[np.object_] | None) -> NDArray[np.int32] | None:
    """Each row's number among the distinct non-empty names, sorted; −1 for "" and None. int32 (n,)."""
    if names is None:
        return None
    number = {name: k for k, name in enumerate(sorted({str(name) for name in names if name}))}
    return np.array([number.get(str(name), -1) if name else -1 for name in names], dtype=np.int32)


def _previous(units: Units, earlier: Drawing | None, request: PartitionRequest) -> NDArray[np.object_] | None:
    """Code of the grid that each unit was in until now; object (n,), "" for none."""
    if earlier is None:
        return units.grid if request.current else None
    from geo.locate import GridIndex

    shapes = np.array([grid.geometry for grid in earlier.grids], dtype=object)
    index = GridIndex.build(
        crs_.project(shapes, source=earlier.crs, target=crs_.WGS84), [grid.code for grid in earlier.grids]
    )
    inside = crs_.project(shapely.point_on_surface(units.geometry), source=units.crs, target=crs_.WGS84)
    found = index.locate(lon=shapely.get_x(inside), lat=shapely.get_y(inside))
    codes = np.array([*index.codes, ""], dtype=object)
    previous: NDArray[np.object_] = codes[found]  # −1 takes the last one, ""
    return previous


def _codes(
    labels: NDArray[np.int32],
    metric: NDArray[np.object_],
    units: Units,
    previous: NDArray[np.object_] | None,
    earlier: Drawing | None,
) -> NDArray[np.object_]:
    """The code of each grid: the area's code and a number; a code of `previous` goes on where most weight stays."""
    from geo.partition.codes import assign_codes

    centre = shapely.centroid(metric)
    xy = np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])
    first = np.unique(labels, return_index=True)[1]
    area = ["" if units.parent is None else str(units.parent[row]) for row in first]
    taken = () if earlier is None else [grid.code for grid in earlier.grids]
    return assign_codes(labels, xy, area, taken=taken, previous=previous, weight=units.weight)


def _dissolve(geometry: NDArray[np.object_]) -> shapely.Geometry:
    """Union along shared edges; general overlay only where the units are no exact cover (census files)."""
    merged = shapely.coverage_union_all(geometry)
    return merged if merged.is_valid else shapely.union_all(geometry)


def _column(units: Units, name: str) -> NDArray[Any] | None:
    if name == units.weight_field:
        return units.weight
    values = units.fields.get(name)
    return values if values is not None and np.issubdtype(np.asarray(values).dtype, np.number) else None


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
        "within": request.within,
        "seed": request.seed,
        "unit_count": len(units),
        "total": float(units.weight.sum()),
    }
