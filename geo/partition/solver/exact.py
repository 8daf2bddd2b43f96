"""The least possible deviation of small graphs, proved by trying everything that cannot be ruled out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.partition.graph import UnitGraph
from geo.partition.solver.bounds import deviation_bound
from geo.partition.solver.exact_search import search

# The search is for graphs of about this size; beyond it the limit on steps is reached before anything is proved.
SMALL = 75
_STEPS = 1_000_000
_SLACK = 1e-9
# Deviation that is tried first where no bound says more.
_FIRST = 1e-3


@dataclass(frozen=True, eq=False)
class Exact:
    """What the search found.

    Attributes
    ----------
    deviation : least greatest |weight − ideal| / ideal that was found; inf if no partition was.
    grid_of_unit : int32 (n,), a partition with that deviation; None if there is none.
    bound : no partition has a smaller deviation than this.
    proved : whether `deviation` is the least there is (the search was finished, or a bound was reached).
    steps : decisions that were tried.
    """

    deviation: float
    grid_of_unit: NDArray[np.int32] | None
    bound: float
    proved: bool
    steps: int


def least_deviation(
    graph: UnitGraph,
    grids: int,
    *,
    ideal: float | None = None,
    known: NDArray[np.int32] | None = None,
    steps: int = _STEPS,
) -> Exact:
    """Find the partition into exactly `grids` connected parts whose greatest deviation is least.

    Branch and bound: grids are grown one after the other, each from a unit at the edge of what is left, by taking in
    or shutting out one neighbour at a time. A branch is left as soon as a rest is cut off that no number of grids
    divides within the deviation to be beaten, the grid cannot become heavy enough, or too few or too many grids would
    be left. Deterministic: the limit is on steps, not on time.

    Parameters
    ----------
    graph : UnitGraph
        Of up to about 75 units.
    grids : int
        Number of parts, exact.
    ideal : float, optional
        What deviations are measured from; total / grids without it.
    known : int32 (n,), optional
        A partition that is to be beaten, 0 … grids − 1.
    steps : int
        Most decisions that are tried; beyond it the answer is not proved.

    Returns
    -------
    Exact

    Examples
    --------
    >>> path = UnitGraph(weight=[3, 1, 1, 3], indptr=[0, 1, 3, 5, 6], indices=[1, 0, 2, 1, 3, 2])
    >>> found = least_deviation(path, 2)
    >>> found.deviation, found.grid_of_unit.tolist(), found.proved
    (0.0, [0, 0, 1, 1], True)
    """
    ideal = _checked(graph, grids, ideal, known)
    bound = deviation_bound(graph, grids, ideal).value
    best = None if known is None else np.asarray(known, dtype=np.int64)
    return _search_bands(graph, grids, ideal, bound, best, steps)


def _search_bands(
    graph: UnitGraph, grids: int, ideal: float, bound: float, best: NDArray[np.int64] | None, steps: int
) -> Exact:
    """Search one band after the other until the best partition meets the bound, or `steps` are used up."""
    reached = np.inf if best is None else _gap(best, graph, ideal)
    links = _open_links(graph)
    # From strict to loose: a narrow band rules out most branches at once, and is often where the answer lies.
    widest, used = (float(graph.weight.sum()) + ideal) / ideal, 0
    width = max(bound, _FIRST)
    while reached > bound * (1 + _SLACK) + _SLACK and used < steps:
        width = min(width, reached, widest)
        labels = np.full(len(graph), -1, np.int64)
        allowed = (steps - used + 1) // 2
        gap = width * ideal * (1 + 2 * _SLACK)
        found, tried = search(*links, graph.weight, grids, ideal, gap, bound * ideal, allowed, labels)
        used += min(tried, allowed)
        better = labels[0] >= 0 and found / ideal < reached
        if better:
            best, reached = labels, _gap(labels, graph, ideal)
        if tried <= allowed:
            # Finished: nothing lies below what was found, or in the whole width.
            bound = max(bound, min(reached, width))
            if width >= widest:
                break
        # Where the search was cut short, a better one is sought in a narrower band, any at all in a wider one.
        width = max(bound, reached / 4) if better else width * 4
    proved = reached <= bound * (1 + _SLACK) + _SLACK or (not np.isfinite(reached) and bound >= widest)
    return Exact(reached, None if best is None else best.astype(np.int32), min(bound, reached), bool(proved), used)


def _checked(graph: UnitGraph, grids: int, ideal: float | None, known: NDArray[np.int32] | None) -> float:
    """What deviations are measured from, once the arguments are found to be good."""
    n = len(graph)
    if not 1 <= grids <= n:
        raise InvalidInput("exact_grids_bad", grids=grids, units=n)
    if known is not None and (np.shape(known) != (n,) or len(np.unique(known)) != grids):
        raise InvalidInput("exact_known_bad", got=np.shape(known), units=n, grids=grids)
    ideal = float(graph.weight.sum()) / grids if ideal is None else float(ideal)
    return ideal if ideal > 0 else 1.0  # everything weighs nothing: any partition is as good


def _gap(labels: NDArray[np.int64], graph: UnitGraph, ideal: float) -> float:
    return float(np.abs(np.bincount(labels, graph.weight) - ideal).max() / ideal)


def _open_links(graph: UnitGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The adjacency without closed borders."""
    if graph.closed is None:
        return graph.indptr, graph.indices.astype(np.int64)
    source = graph.source[~graph.closed]
    starts = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=len(graph)))])
    return starts.astype(np.int64), graph.indices[~graph.closed].astype(np.int64)
