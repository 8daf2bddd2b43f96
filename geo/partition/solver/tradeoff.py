"""What evenness costs: redraws from today's plan to the one asked for, each the price of one more step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition.graph import UnitGraph
from geo.partition.solver.apportion import SLACK
from geo.partition.solver.certificate import cut_figures, disconnected_grids
from geo.partition.solver.solve import solve
from geo.partition.solver.spec import PartitionResult, PartitionSpec


@dataclass(frozen=True)
class TradePoint:
    """A redraw on the curve.

    Attributes
    ----------
    moved_share : share of the whole weight that changes grids.
    max_deviation : greatest |weight − ideal| / ideal of a grid.
    outside_band : grids outside the band that was asked for.
    cut : adjacencies between two grids.
    chosen : whether it is the plan that was drawn.
    """

    moved_share: float
    max_deviation: float
    outside_band: int
    cut: int
    chosen: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def trade_off(
    graph: UnitGraph,
    spec: PartitionSpec,
    result: PartitionResult,
    *,
    points: int = 6,
    rng: np.random.Generator,
    progress: Callable[[float, str], None] | None = None,
) -> tuple[TradePoint, ...]:
    """How the greatest deviation falls as more people move: the plan `result`, today's plan, and some in between.

    Each point is a redraw of its own for a wider band, between today's and the one asked for, so that the curve takes
    about as long as `points` redraws. No point is beaten by another one in both figures: from the first to the last
    `moved_share` rises and `max_deviation` falls. With a band in weights or with capacities there are no points in
    between.

    Parameters
    ----------
    spec : PartitionSpec
        The wishes that led to `result`, with `current` and a `tolerance` above 0.
    points : int
        Redraws between today's plan and `result`, and these two; at least 2.

    Returns
    -------
    tuple of TradePoint
        Today's plan is the first where it has as many grids as the new one, all in one piece. The one of `result` is
        marked.

    Raises
    ------
    InvalidInput
        There is no current plan, or fewer than 2 points are asked for.
    """
    if spec.current is None or points < 2:
        raise InvalidInput("curve_needs_current" if spec.current is None else "curve_points_few", points=points)
    label = result.grid_of_unit
    moved = _moved_share(graph, spec, result)
    chosen = _point(graph, label, moved, result, chosen=True)
    home = np.asarray(spec.current, dtype=np.int32)
    today = _today(graph, home, result)
    start = _deviation(graph, home) if today is None else today.max_deviation
    found = [chosen] if today is None else [today, chosen]
    if spec.has_band or spec.capacity is not None or spec.tolerance <= 0 or start <= spec.tolerance:
        return _front(found)
    steps = points - 1
    for step in range(1, steps):
        tolerance = start * (spec.tolerance / start) ** (step / steps)
        try:
            other = solve(graph, replace(spec, tolerance=tolerance, max_moved=None), rng=_child(rng))
        except PartitionInfeasible:
            continue
        found.append(_point(graph, other.grid_of_unit, _moved_share(graph, spec, other), result))
        if progress is not None:
            progress(step / steps, "partition_step_curve")
    return _front(found)


def _child(rng: np.random.Generator) -> np.random.Generator:
    return np.random.default_rng(int(rng.integers(1, 2**62)))


def _moved_share(graph: UnitGraph, spec: PartitionSpec, result: PartitionResult) -> float:
    home = np.asarray(spec.current)
    total = float(graph.weight.sum())
    away = (home >= 0) & (result.goes_on[result.grid_of_unit] != home)
    return float(graph.weight[away].sum()) / total if total > 0 else 0.0


def _deviation(graph: UnitGraph, label: NDArray[np.int32]) -> float:
    """Greatest deviation of the grids in use; units without a grid are left out."""
    load = np.bincount(label[label >= 0], graph.weight[label >= 0])
    load = load[np.bincount(label[label >= 0]) > 0]
    return float(np.abs(load / load.mean() - 1).max()) if len(load) and load.mean() > 0 else 0.0


def _today(graph: UnitGraph, home: NDArray[np.int32], result: PartitionResult) -> TradePoint | None:
    """The current plan as a point; None where it is no plan of that many grids."""
    names, place = np.unique(home, return_inverse=True)
    whole = names[0] >= 0 and len(names) == result.report.grids
    label = np.asarray(place, dtype=np.int32)
    return _point(graph, label, 0.0, result) if whole and not disconnected_grids(label, graph) else None


def _point(
    graph: UnitGraph, label: NDArray[np.int32], moved: float, result: PartitionResult, *, chosen: bool = False
) -> TradePoint:
    load = np.bincount(label, graph.weight)
    low, high = result.report.band
    slack = SLACK * max(high, 1e-12)
    outside = int(((load < low - slack) | (load > high + slack)).sum())
    return TradePoint(moved, _deviation(graph, label), outside, cut_figures(label, graph)[0], chosen)


def _front(points: list[TradePoint]) -> tuple[TradePoint, ...]:
    """The points that none beats in both figures, by movement, up to the chosen one."""
    chosen = next(point for point in points if point.chosen)
    out: list[TradePoint] = []
    for point in sorted(points, key=lambda p: (p.moved_share, p.max_deviation, p.cut)):
        cheaper = point.moved_share < chosen.moved_share and point.max_deviation > chosen.max_deviation
        if cheaper and (not out or point.max_deviation < out[-1].max_deviation):
            out.append(point)
    return (*out, chosen)
