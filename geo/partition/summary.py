"""Figures of a whole plan: how even, how compact, how it keeps to barriers and groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph
from geo.partition.metrics import GridMetrics


@dataclass(frozen=True)
class PlanMetrics:
    """One value for all grids together; None where something needed is not known.

    Attributes
    ----------
    grids : number of grids. ideal, least, most : mean, smallest and greatest weight.
    max_deviation, mean_deviation : of |deviation|. cv : standard deviation / mean of the weights (of the population).
    gini : 0 where all weights are equal, towards 1 where one grid holds everything.
    polsby_popper, reock, hull_share : mean over the grids; polsby_popper_least : the least compact grid.
    cut : adjacencies between two grids, cut_m : their metres.
    walk_m : longest way inside any grid; walk_mean_m : mean of the grids' longest ways; across_m : greatest diameter.
    barriers, barrier_m, closed : as in `GridMetrics`, added up.
    border_on_barrier : share of the metres between grids that run along a barrier.
    groups_split : groups in more than one grid. disconnected : grids in more than one piece.
    """

    grids: int
    ideal: float
    least: float
    most: float
    max_deviation: float
    mean_deviation: float
    cv: float
    gini: float
    polsby_popper: float | None
    polsby_popper_least: float | None
    reock: float | None
    hull_share: float | None
    cut: int
    cut_m: float | None
    walk_m: float | None
    walk_mean_m: float | None
    across_m: float | None
    barriers: int | None
    barrier_m: float | None
    closed: int | None
    border_on_barrier: float | None
    groups_split: int
    disconnected: int


def plan_metrics(
    metrics: GridMetrics,
    grid_of_unit: NDArray[np.int32],
    graph: UnitGraph,
    *,
    group: NDArray[np.int32] | None = None,
) -> PlanMetrics:
    """Draw the figures of the grids together.

    Parameters
    ----------
    metrics : GridMetrics
        What `grid_metrics` said of the same grids.
    grid_of_unit, graph, group
        As given to `grid_metrics`.
    """
    source, grid = graph.source, np.asarray(grid_of_unit)
    cut = (grid[source] != grid[graph.indices]) & (source < graph.indices)
    on_barrier = None
    if graph.along is not None and graph.border_m is not None:
        metres = math.fsum(graph.border_m[cut])
        on_barrier = math.fsum((graph.border_m * graph.along)[cut]) / metres if metres > 0 else None
    mean = float(metrics.weight.mean()) if len(metrics) else 0.0
    return PlanMetrics(
        grids=len(metrics),
        ideal=metrics.ideal,
        least=float(metrics.weight.min(initial=np.inf)) if len(metrics) else 0.0,
        most=float(metrics.weight.max(initial=0.0)),
        max_deviation=float(np.abs(metrics.deviation).max(initial=0.0)),
        mean_deviation=float(np.abs(metrics.deviation).mean()) if len(metrics) else 0.0,
        cv=float(metrics.weight.std()) / mean if mean > 0 else 0.0,
        gini=gini(metrics.weight),
        polsby_popper=_mean(metrics.polsby_popper),
        polsby_popper_least=_extreme(metrics.polsby_popper, least=True),
        reock=_mean(metrics.reock),
        hull_share=_mean(metrics.hull_share),
        cut=int(cut.sum()),
        cut_m=None if graph.border_m is None else math.fsum(graph.border_m[cut]),
        walk_m=_extreme(metrics.walk_m),
        walk_mean_m=_mean(metrics.walk_m),
        across_m=_extreme(metrics.across_m),
        barriers=None if metrics.barriers is None else int(metrics.barriers.sum()),
        barrier_m=None if metrics.barrier_m is None else float(metrics.barrier_m.sum()),
        closed=None if metrics.closed is None else int(metrics.closed.sum()),
        border_on_barrier=on_barrier,
        groups_split=len(split_groups(grid, group)),
        disconnected=int((metrics.pieces > 1).sum()),
    )


def gini(values: NDArray[np.float64]) -> float:
    """The Gini coefficient: mean difference of two values / (2 · mean), 0 … 1 (Gini 1912, in its sorted form)."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n, total = len(ordered), float(ordered.sum())
    if n == 0 or total <= 0:
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered) / (n * total)


def split_groups(grid_of_unit: NDArray[Any], group: NDArray[np.int32] | None) -> list[int]:
    """Numbers of the groups that lie in more than one grid, ascending."""
    if group is None:
        return []
    name, grid = np.asarray(group, dtype=np.int64), np.asarray(grid_of_unit, dtype=np.int64)
    inside = name >= 0
    pairs = np.unique(np.column_stack([name[inside], grid[inside]]), axis=0)
    names, times = np.unique(pairs[:, 0], return_counts=True)
    return [int(g) for g in names[times > 1]]


def metrics_block(
    plan: PlanMetrics,
    metrics: GridMetrics,
    codes: Sequence[str] | NDArray[np.object_],
    *,
    spans: Mapping[str, NDArray[np.float64]] | None = None,
) -> dict[str, Any]:
    """The `metrics` of report.json: figures of the plan, and of each grid by code; unknown ones are null.

    Parameters
    ----------
    codes : str (k,)
        Code of each grid.
    spans : mapping of float64 (k,), optional
        What each member of staff looks after, by what is counted (`span_of_control`).
    """
    columns = {
        name: value for name, value in vars(metrics).items() if isinstance(value, np.ndarray) and value.ndim == 1
    }
    spans = spans or {}
    rows = {}
    for k in sorted(range(len(codes)), key=lambda k: str(codes[k])):
        row = {name: _plain(value[k]) for name, value in columns.items()}
        if metrics.workload.shape[1]:
            row["workload"] = [_plain(v) for v in metrics.workload[k]]
            row["workload_deviation"] = [_plain(v) for v in metrics.workload_deviation[k]]
        if spans:
            row["span_of_control"] = {name: _plain(value[k]) for name, value in spans.items()}
        rows[str(codes[k])] = row
    whole: dict[str, Any] = asdict(plan)
    if spans:
        whole["span_of_control"] = {name: _span(value) for name, value in spans.items()}
    return {"plan": whole, "grids": rows}


def _span(value: NDArray[np.float64]) -> dict[str, float | None]:
    return {"mean": _mean(value), "most": _extreme(value)}


def _plain(value: Any) -> Any:
    number = value.item()
    return None if isinstance(number, float) and not np.isfinite(number) else number


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _extreme(values: NDArray[np.float64], *, least: bool = False) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.min() if least else known.max()) if len(known) else None
