"""What can be proved about a partition: how good it is, and how much better any could be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph, pieces_of
from geo.partition.solver.anneal import arena_of
from geo.partition.solver.bounds import Bound, deviation_bounds
from geo.partition.solver.exact import SMALL, least_deviation
from geo.partition.solver.problem import Problem
from geo.partition.solver.set_partition import applies, ruled_out
from geo.partition.solver.stuck import forced_outside

# Steps of the exact search for a report: some tenths of a second.
_STEPS = 400_000
_SLACK = 1e-9


@dataclass(frozen=True)
class Oversize:
    """A unit that is too heavy for any grid: its index, its weight, and by how much it is over the greatest weight."""

    unit: int
    weight: float
    over: float


@dataclass(frozen=True)
class Certificate:
    """How good a partition is beside the best there can be.

    Attributes
    ----------
    lower_bound : no partition into that many grids has a smaller greatest deviation.
    reason : why, see `Bound`; "search" where all partitions were ruled out one by one, "sets" where every grid of the
        band was listed and no choice among them covers all units.
    units : indices of the units that force it.
    excess : how far the greatest deviation is above the bound.
    proved : whether nothing better exists (the excess is 0).
    bounds : each bound by its reason.
    oversize : units above the greatest weight of a grid.
    outside : one unit for each grid that has to be outside the band in any partition whose heaviest grid is no heavier
        than this one's, see `forced_outside`; looked for around the grids that are outside here.
    """

    lower_bound: float
    reason: str
    units: tuple[int, ...]
    excess: float
    proved: bool
    bounds: dict[str, float]
    oversize: tuple[Oversize, ...]
    outside: tuple[int, ...] = ()


def certify(
    graph: UnitGraph,
    problem: Problem,
    grid_of_unit: NDArray[np.int32],
    share: NDArray[np.float64],
    band: tuple[float, float],
) -> Certificate:
    """Prove what can be proved about a finished partition.

    Parameters
    ----------
    graph : UnitGraph
        The caller's units.
    problem : Problem
        What they were turned into: groups welded, what may not be crossed dropped.
    grid_of_unit : int32 (n_units,)
        0 … k − 1.
    share : float64 (k,)
        What each grid shall bear beside the mean one; unequal ones leave the bound of the heaviest unit alone.
    band : (float, float)
        Least and greatest weight of a grid.
    """
    high = band[1]
    grids, total = len(share), math.fsum(graph.weight)
    ideal = total / grids
    reached = 0.0
    if ideal > 0:
        load = np.bincount(grid_of_unit, graph.weight, minlength=grids)
        reached = float(np.abs(load / (ideal * share) - 1).max())
    found = bounds_of(problem, grids, ideal) if (share == share[0]).all() else _of_shares(problem, ideal, share)
    best = max(found, key=lambda bound: bound.value, default=Bound(0.0, "none", np.empty(0, np.int64)))
    if reached > best.value + _SLACK and (share == share[0]).all():
        labels = np.zeros(len(problem.graph), np.int32)
        labels[problem.node_of] = grid_of_unit
        for proof in _proofs(problem, labels, (ideal, best.value, reached), band):
            found.append(proof)
            best = max(best, proof, key=lambda bound: bound.value)
    value = float(min(best.value, reached))
    over = np.flatnonzero(graph.weight > high * (1 + _SLACK))
    return Certificate(
        lower_bound=value,
        reason=best.reason,
        units=tuple(problem.rows_of(best.units).tolist()),
        excess=max(0.0, reached - value),
        proved=reached <= value + _SLACK,
        bounds={bound.reason: float(bound.value) for bound in found},
        oversize=tuple(Oversize(u, float(graph.weight[u]), float(graph.weight[u]) - high) for u in over.tolist()),
        outside=_outside(problem, grid_of_unit, band) if (share == share[0]).all() else (),
    )


def _proofs(
    problem: Problem, label: NDArray[np.int32], figures: tuple[float, float, float], band: tuple[float, float]
) -> Iterator[Bound]:
    """Bounds from looking at all partitions or all grids; `figures`: the ideal, a bound, and what was reached."""
    ideal, proved, reached = figures
    graph, grids = problem.graph, int(label.max()) + 1
    if problem.fixed.any() or problem.frozen.any():
        return
    if len(graph) <= SMALL:
        value = least_deviation(graph, grids, ideal=ideal, known=label, steps=_STEPS).bound
        if value > proved + _SLACK:
            yield Bound(value, "search", np.empty(0, np.int64))
            proved = value
    load = np.bincount(label, graph.weight)
    outside = (load < band[0] * (1 - _SLACK)) | (load > band[1] * (1 + _SLACK))
    if outside.any() and reached > proved + _SLACK and applies(len(graph), grids):
        free = np.zeros(len(graph), bool), np.full(len(graph), -1, np.int32)
        arena = arena_of(graph, *free)._replace(weight=graph.weight[:, None])
        value = ruled_out(arena, grids, ideal, proved, reached)
        if value > proved + _SLACK:
            yield Bound(value, "sets", np.empty(0, np.int64))


def _outside(problem: Problem, grid_of_unit: NDArray[np.int32], band: tuple[float, float]) -> tuple[int, ...]:
    """The heaviest unit of each node that forces a grid out of the band."""
    graph = problem.graph
    if problem.fixed.any() or problem.frozen.any() or band[0] <= 0 or band[1] - band[0] <= _SLACK * band[1]:
        return ()
    label = np.zeros(len(graph), np.int64)
    label[problem.node_of] = grid_of_unit
    load = np.bincount(label, graph.weight)
    out = np.flatnonzero((load < band[0] * (1 - _SLACK)) | (load > band[1] * (1 + _SLACK)))
    suspects = [np.flatnonzero(label == grid) for grid in out.tolist()]
    found = forced_outside(graph, band[0], band[1], float(load.max()), suspects)
    return tuple(sorted(int(problem.rows_of(np.array([node]))[0]) for node in found))


def bounds_of(problem: Problem, grids: int, ideal: float) -> list[Bound]:
    """Bounds on the deviation of any answer to `problem`; the units of each are its nodes."""
    return deviation_bounds(problem.graph, grids, ideal, home=problem.home, fixed=problem.fixed, frozen=problem.frozen)


def _of_shares(problem: Problem, ideal: float, share: NDArray[np.float64]) -> list[Bound]:
    """The heaviest unit in the largest grid is all that is sure where grids differ in size."""
    largest = ideal * float(share.max())
    heaviest = int(np.argmax(problem.graph.weight))
    value = float(problem.graph.weight[heaviest]) / largest - 1 if largest > 0 else 0.0
    return [Bound(value, "unit", np.array([heaviest]))] if value > 0 else []


def cut_figures(grid_of_unit: NDArray[np.int32], graph: UnitGraph) -> tuple[int, float | None]:
    """Number of adjacencies between two grids, and their length in metres (None without lengths)."""
    source = graph.source
    cut = (grid_of_unit[source] != grid_of_unit[graph.indices]) & (source < graph.indices)
    return int(cut.sum()), None if graph.border_m is None else math.fsum(graph.border_m[cut])


def disconnected_grids(grid_of_unit: NDArray[np.int32], graph: UnitGraph) -> Sequence[int]:
    """Labels of the grids in more than one piece, by a search that knows nothing of the solver."""
    piece = pieces_of(grid_of_unit, graph)
    first = np.unique(piece, return_index=True)[1]
    labels, count = np.unique(grid_of_unit[first], return_counts=True)
    return [int(label) for label in labels[(count > 1) & (labels >= 0)]]
