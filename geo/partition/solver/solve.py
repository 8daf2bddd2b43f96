"""`solve`: units and wishes in, grids and a certificate out."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition.closed import hang_on_empty_land
from geo.partition.graph import UnitGraph
from geo.partition.solver.apportion import SLACK, Shares, apportion
from geo.partition.solver.certificate import certify, cut_figures, disconnected_grids
from geo.partition.solver.clock import Clock
from geo.partition.solver.diagnose import explain, refuse_impossible
from geo.partition.solver.exact import SMALL, least_deviation
from geo.partition.solver.flow import least_moved
from geo.partition.solver.pieces import run_pieces
from geo.partition.solver.problem import Problem, build_problem, first_numbers
from geo.partition.solver.spec import PartitionReport, PartitionResult, PartitionSpec, shares_of


def solve(
    graph: UnitGraph,
    spec: PartitionSpec,
    *,
    rng: np.random.Generator,
    progress: Callable[[float, str], None] | None = None,
    explained: bool = True,
) -> PartitionResult:
    """Divide units into grids of equal weight, each in one piece, with short borders.

    Every grid is connected, at every moment. If not all grids can be brought into the band, the result is the best
    that was found, and the report says by how much it misses (`outside_band`, `lower_bound`, `oversize_units`).
    Ctrl-C ends the search early and returns the best so far.

    Parameters
    ----------
    graph : UnitGraph
        Units and their adjacency.
    spec : PartitionSpec
        The wishes.
    rng : numpy.random.Generator
        One number is drawn from it; the same one gives the same grids, whatever the order of the rows.
    progress : callable, optional
        Called now and then with the finished fraction, 0 … 1, and the message key of what is being done.
    explained : bool
        Whether a refusal names relaxations that were tried; who only wants to know whether it works needs none.

    Returns
    -------
    PartitionResult
        ``grid_of_unit`` int32 (n,) and the report.

    Raises
    ------
    InvalidInput
        Arrays of the wrong length, no units, contradictory wishes.
    PartitionInfeasible
        No plan can meet the wishes, or none was found within `max_moved`: says which units, what is missing, and
        the smallest relaxation that works.

    Examples
    --------
    >>> path = UnitGraph(weight=[1, 1, 1, 1], indptr=[0, 1, 3, 5, 6], indices=[1, 0, 2, 1, 3, 2])
    >>> result = solve(path, PartitionSpec(grids=2), rng=np.random.default_rng(0))
    >>> result.grid_of_unit.tolist(), result.report.cut
    ([0, 0, 1, 1], 1)
    """
    if not len(graph):
        raise InvalidInput("solve_units_none")
    start = copy.deepcopy(rng)
    clock = Clock(spec.seconds, progress)
    try:
        with clock.listening():
            return _solve(graph, spec, rng, clock)
    except PartitionInfeasible as fault:
        if not explained:
            raise
        raise explain(
            graph, spec, fault, lambda other: _solve(graph, other, copy.deepcopy(start), Clock(other.seconds, progress))
        ) from None


def _solve(graph: UnitGraph, spec: PartitionSpec, rng: np.random.Generator, clock: Clock) -> PartitionResult:
    """`solve`, with refusals that name no relaxation yet."""
    _check_workload(graph, spec)
    spec.check_length(len(graph))
    graph = hang_on_empty_land(graph, spec.parent)
    problem = build_problem(graph, spec, _heaviest(graph, spec))
    frozen_grids = len(np.unique(problem.home[problem.frozen]))
    frozen_weight = float(problem.graph.weight[problem.frozen].sum())
    shares = apportion(problem, spec, frozen_grids, frozen_weight)
    refuse_impossible(problem, spec, shares, frozen_grids)
    seed = int(rng.integers(1, 2**62))
    label = _solve_pieces(problem, spec, shares, seed, clock)
    number, goes_on = _numbered(label, spec)
    grid_of_unit = number[problem.node_of].astype(np.int32)
    report = _report(graph, spec, problem, shares, (grid_of_unit, goes_on), clock)
    return PartitionResult(grid_of_unit, goes_on, report)


def _heaviest(graph: UnitGraph, spec: PartitionSpec) -> float:
    """The weight above which a group has to be split."""
    if spec.has_band:
        return float(spec.max_weight or 0.0)
    total = float(graph.weight.sum())
    grids = _wished(spec, total)
    # A group may be a little heavier than the tolerance allows, if units are: at 0 nothing could stay together.
    return max(total / grids * (1 + spec.tolerance), float(graph.weight.max(initial=0.0))) * (1 + SLACK)


def _wished(spec: PartitionSpec, total: float) -> int:
    """The number of grids that is asked for, as far as it is known beforehand."""
    if spec.staff is not None:
        return _first_free(spec)
    return spec.grids if spec.grids is not None else max(1, round(total / float(spec.target or 1.0)))


def _check_workload(graph: UnitGraph, spec: PartitionSpec) -> None:
    columns = 0 if graph.workload is None else graph.workload.shape[1]
    if columns != len(spec.workload_tolerance):
        raise InvalidInput("wish_workload_tolerance", got=len(spec.workload_tolerance), columns=columns)


def _solve_pieces(problem: Problem, spec: PartitionSpec, shares: Shares, seed: int, clock: Clock) -> NDArray[np.int64]:
    """Labels of the nodes: today's numbers where grids go on, else 0, 1, … in canonical order."""
    label, excess = run_pieces(problem, spec, shares, seed, clock)
    if spec.tolerance == 0 and not spec.has_band:
        label = _evenest(problem, spec, label)
    if spec.max_moved is None:
        return label
    total = float(problem.graph.weight.sum())
    bound = spec.max_moved * total
    first = _moved(problem, label)
    if first <= bound + SLACK * max(bound, 1.0):
        return label
    # Each piece may move less in proportion: those that have much to put right keep the most.
    moved = np.bincount(problem.piece[problem.piece >= 0], _moving(problem, label)[problem.piece >= 0], problem.pieces)
    spare = max(0.0, bound - float(problem.stray.sum()))
    budgets = np.asarray(moved * (spare / max(float(moved.sum()), 1e-300)), dtype=np.float64)
    label, outside = run_pieces(problem, spec, shares, seed + 1, clock, budgets)
    if _moved(problem, label) > bound + SLACK * max(bound, 1.0) or outside > excess * (1 + SLACK):
        needed = math.ceil(first / total * 1e4) / 1e4
        least = _least(problem, spec, shares) / total
        raise PartitionInfeasible(
            "max_moved_too_small", max_moved=spec.max_moved, needed=needed, least=min(least, needed), outside=outside
        )
    return label


def _evenest(problem: Problem, spec: PartitionSpec, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least deviation of a few small pieces together: their numbers of grids follow from lumps, not from means."""
    if problem.pieces < 2 or len(problem.graph) > SMALL or spec.homes is not None or problem.graph.workload is not None:
        return label
    known = first_numbers(label)
    found = least_deviation(problem.graph, int(known.max()) + 1, known=known)
    return label if found.grid_of_unit is None else found.grid_of_unit.astype(np.int64)


def _least(problem: Problem, spec: PartitionSpec, shares: Shares) -> float:
    """Weight that has to move whatever the plan, as far as it is proved."""
    alike = spec.capacity is None and not problem.frozen.any() and (problem.graph.weight <= shares.high).all()
    if not alike:
        return 0.0
    names, home = np.unique(problem.home, return_inverse=True)
    today = np.asarray(home - int((names < 0).any()), dtype=np.int32)
    low, high = (np.full(int(today.max()) + 1, end) for end in (shares.low, shares.high))
    return least_moved(problem.graph, today, low, high, int(shares.grids.sum())).anyhow


def _numbered(label: NDArray[np.int64], spec: PartitionSpec) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Labels as 0 … k − 1, and which of today's grids each number goes on from.

    A grid that goes on keeps its number if that is below k; all others fill the free numbers in canonical order.
    """
    first = first_numbers(label)
    count = int(first.max()) + 1
    names = label[np.unique(first, return_index=True)[1]]
    old = names < _first_free(spec)
    number = np.full(count, -1, dtype=np.int32)
    number[old & (names < count)] = names[old & (names < count)]
    number[number < 0] = np.setdiff1d(np.arange(count), number)
    goes_on = np.full(count, -1, dtype=np.int32)
    goes_on[number[old]] = names[old]
    return number[first], goes_on


def _first_free(spec: PartitionSpec) -> int:
    return int(np.max(spec.homes, initial=-1)) + 1 if spec.homes is not None else 0


def _moving(problem: Problem, label: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weight of each node that leaves home as a whole: float64 (n_nodes,)."""
    away = (problem.home >= 0) & (label != problem.home)
    # A group that was torn moves in part even if it stays; all of it but the strays was at home.
    return np.where(away, problem.graph.weight - problem.stray, 0.0)


def _moved(problem: Problem, label: NDArray[np.int64]) -> float:
    return float(_moving(problem, label).sum() + problem.stray.sum())


def _report(
    graph: UnitGraph,
    spec: PartitionSpec,
    problem: Problem,
    shares: Shares,
    result: tuple[NDArray[np.int32], NDArray[np.int32]],
    clock: Clock,
) -> PartitionReport:
    grid_of_unit, goes_on = result
    grids, total = len(goes_on), math.fsum(graph.weight)
    ideal = total / grids
    low, high = shares.low, shares.high
    if not spec.has_band:
        low, high = ideal * (1 - spec.tolerance), ideal * (1 + spec.tolerance)
    share = shares_of(goes_on, spec)
    out = np.zeros(grids, dtype=bool)
    deviations = []
    for j, weight in enumerate(graph.weights.T):
        fair = share * (math.fsum(weight) / grids)
        load = np.bincount(grid_of_unit, weight, minlength=grids)
        apart = load - fair
        deviations.append(float(np.abs(apart / fair).max()) if fair.all() else 0.0)
        if j or not spec.has_band:
            allowed = spec.tolerance if j == 0 else spec.workload_tolerance[j - 1]
            # Tolerance 0 asks for the least deviation: there is no band to be outside of.
            if allowed == 0:
                continue
            width = fair * allowed
            out |= np.abs(apart) > width + SLACK * np.maximum(fair + width, 1e-12)
        else:
            out |= (load < low - SLACK * max(high, 1e-12)) | (load > high + SLACK * max(high, 1e-12))
    cut, cut_m = cut_figures(grid_of_unit, graph)
    moved = None
    if spec.current is not None:
        away = (np.asarray(spec.current) >= 0) & (np.asarray(spec.current) != goes_on[grid_of_unit])
        moved = math.fsum(graph.weight[away]) / total if total > 0 else 0.0
    certificate = certify(graph, problem, grid_of_unit, share, (low, high))
    return PartitionReport(
        grids=grids,
        ideal=ideal,
        band=(low, high),
        max_deviation=deviations[0],
        lower_bound=certificate.lower_bound,
        cut=cut,
        cut_m=cut_m,
        disconnected=len(disconnected_grids(grid_of_unit, graph)),
        outside_band=int(out.sum()),
        oversize_units=tuple(heavy.unit for heavy in certificate.oversize),
        split_groups=problem.split_groups,
        moved_share=moved,
        workload_deviation=tuple(deviations[1:]),
        certificate=certificate,
        seconds=clock.elapsed,
        interrupted=clock.interrupted or (spec.seconds is not None and clock.over),
    )
