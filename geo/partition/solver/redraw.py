"""The start of a redraw: today's grids, made fit for the new number of grids and for today's units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.errors import PartitionInfeasible
from geo.partition.graph import UnitGraph
from geo.partition.solver.seed import bisect, grow, largest_pieces


def start_from(graph: UnitGraph, home: NDArray[np.int32], fixed: NDArray[np.bool_], grids: int) -> NDArray[np.int32]:
    """Turn today's grids into exactly `grids` connected ones, with as few changes as are easily found.

    Stray pieces and units without a grid go to a neighbour; a grid too many is dissolved, the lightest first; a grid
    too few is cut out of the heaviest. Locked units (`fixed`) stay where they are.

    Parameters
    ----------
    home : int32 (n,)
        0 … m − 1 for the grids of this piece, −1 for none.

    Returns
    -------
    int32 (n,)
        Labels ≥ 0, not necessarily without holes: a grid that goes on keeps its label.

    Raises
    ------
    PartitionInfeasible
        Locked units of a grid are not in one piece, or more grids hold locked units than there shall be.
    """
    part = largest_pieces(graph, home.astype(np.int32), fixed)
    if (fixed & (part != home)).any():
        lost = np.flatnonzero(fixed & (part != home))
        raise PartitionInfeasible("locked_in_pieces", count=len(lost), nodes=lost.tolist())
    labels = np.unique(part[part >= 0])
    held = np.unique(part[fixed])
    if len(held) > grids:
        raise PartitionInfeasible("locked_too_many_grids", locked=len(held), grids=grids)
    if len(labels) > grids:
        load = np.bincount(part[part >= 0], graph.weight[part >= 0])
        free = labels[~np.isin(labels, held)]
        gone = free[np.lexsort((free, load[free]))[: len(labels) - grids]]
        part[np.isin(part, gone)] = -1
    if not len(np.unique(part[part >= 0])):
        return bisect(graph, grids)
    part = grow(graph, part)
    following = int(home.max(initial=-1)) + 1
    while len(np.unique(part)) < grids:
        part = _split_heaviest(graph, part, fixed, following)
        following += 1
    return part


def _split_heaviest(
    graph: UnitGraph, part: NDArray[np.int32], fixed: NDArray[np.bool_], label: int
) -> NDArray[np.int32]:
    """Cut the heaviest grid that can be cut in two; the lighter half without locked units becomes `label`."""
    load = np.bincount(part, graph.weight)
    size = np.bincount(part)
    for grid in np.lexsort((np.arange(len(load)), -load)).tolist():
        if size[grid] < 2:
            continue
        units = np.flatnonzero(part == grid)
        half = bisect(subgraph(graph, units), 2)
        weights = np.bincount(half, graph.weight[units], minlength=2)
        held = np.bincount(half, fixed[units], minlength=2) > 0
        if held.all():
            continue
        new = int(np.argmin(weights)) if not held.any() else int(np.argmin(held))
        out = part.copy()
        out[units[half == new]] = label
        return out
    raise PartitionInfeasible("locked_too_many_grids", locked=len(np.unique(part)), grids=len(np.unique(part)) + 1)


def subgraph(graph: UnitGraph, units: NDArray[np.int64]) -> UnitGraph:
    """The graph of some units (ascending) alone."""
    n = len(graph)
    rank = np.full(n, -1, dtype=np.int64)
    rank[units] = np.arange(len(units))
    source = graph.source
    keep = (rank[source] >= 0) & (rank[graph.indices] >= 0)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rank[source[keep]], minlength=len(units)))])
    return replace(
        graph,
        weight=graph.weight[units],
        workload=None if graph.workload is None else graph.workload[units],
        along=None if graph.along is None else graph.along[keep],
        closed=None if graph.closed is None else graph.closed[keep],
        indptr=indptr,
        indices=rank[graph.indices[keep]].astype(np.int32),
        border_m=None if graph.border_m is None else graph.border_m[keep],
        xy_m=None if graph.xy_m is None else graph.xy_m[units],
    )
