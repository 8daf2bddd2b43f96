"""How few people have to move in a redraw: bounds that hold for every plan, from the loads of today's grids alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from geo.partition.graph import UnitGraph
from geo.partition.solver.bounds import attainable


@dataclass(frozen=True, eq=False)
class LeastMoved:
    """Least weight that has to change grids, in weight.

    Attributes
    ----------
    anyhow : float
        No redraw that brings every grid into its band moves less.
    next_door : float
        No such redraw in which each unit stays or goes to a grid that touches its own today moves less. ≥ `anyhow`;
        inf if no such redraw exists. With another number of grids than today, the same as `anyhow`.
    """

    anyhow: float
    next_door: float


def least_moved(
    graph: UnitGraph,
    home: NDArray[np.int32],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    grids: int | None = None,
) -> LeastMoved:
    """Bound the weight that changes grids from below.

    `anyhow`: write t(a, b) for the weight that leaves grid a for grid b, L(a) for the load of a. In the band, what
    leaves a grid above it is at least L(a) − high(a), and what comes into a grid below it at least low(a) − L(a). Each
    person who moves leaves one grid and enters one grid, so the sum over all grids above, and the one over all grids
    below, each bound the people who move. Units without a grid today move nobody and may fill any grid: their weight
    is taken off the second sum. A grid more than today has to be filled from nothing, at least to the least `low`. Of
    grids fewer, whoever is dissolved loses min(L, high) more than the first sum says and needs low − L less than the
    second one says, so the least of the former are added and the greatest of the latter taken off.

    `next_door`: if t(a, b) > 0 only where a and b touch today, then t is a flow over the graph of grids with
    low(a) ≤ L(a) − Σ t(a, ·) + Σ t(·, a) ≤ high(a), and the least Σ t of all such flows is a linear programme. A
    surplus far from any room then counts once for each grid it is handed on through. A redraw may move fewer only by
    reaching past a neighbour with an arm of its own, which is what no planner wants: hence two figures.

    Where all weights are whole, the ends of the bands are taken to whole weights first: no grid can have others.
    Contiguity and the size of units are left out of both, which only makes them smaller.

    Parameters
    ----------
    home : int32 (n,)
        Today's grid 0 … k − 1; −1 for none.
    low, high : float64 (k,)
        The band of each of today's grids.
    grids : int, optional
        Number of grids of the redraw; as many as today if None.
    """
    today = len(low)
    more = 0 if grids is None else grids - today
    inside = home >= 0
    load = np.bincount(home[inside], graph.weight[inside], minlength=today).astype(np.float64)
    spare = float(graph.weight[~inside].sum())
    low, high = attainable(low, high, graph.weight)
    over, under = np.maximum(load - high, 0.0), np.maximum(low - load, 0.0)
    gives, takes = float(over.sum()), float(under.sum())
    if more > 0:
        takes += more * float(low.min(initial=np.inf)) if today else 0.0
    elif more < 0:
        gives += float(np.sort(np.minimum(load, high))[:-more].sum())
        takes -= float(np.sort(under)[more:].sum())
    anyhow = max(gives, takes - spare, 0.0)
    if more:
        return LeastMoved(anyhow, anyhow)
    a, b = home[graph.source], home[graph.indices]
    return LeastMoved(anyhow, max(anyhow, flow(a, b, load, (low, high), spare)[0]))


def flow(
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    load: NDArray[np.float64],
    band: tuple[NDArray[np.float64], NDArray[np.float64]],
    spare: float = 0.0,
) -> tuple[float, NDArray[np.float64]]:
    """Least total flow between touching grids that brings all loads into their bands, and its potentials.

    Parameters
    ----------
    a, b : int32 (m,)
        Grids on both sides of each adjacency of units; −1 for none.
    load : float64 (k,); band : low and high, float64 (k,) each.
    spare : weight that may be put into any grid for nothing.

    Returns
    -------
    flow : float
        inf if there is none.
    potential : float64 (k,)
        What a person fewer in the grid would save: a surplus with n borders between it and room has n, room has 0, want
        a negative number. 0 throughout where there is no flow.
    """
    grids = len(load)
    low, high = band
    key = np.unique((a.astype(np.int64) * grids + b)[(a != b) & (a >= 0) & (b >= 0)])
    arcs = len(key)
    # The first columns are arcs between grids, the last ones what the spare weight brings to any grid, for nothing.
    extra = grids if spare > 0 else 0
    if arcs + extra == 0:
        return 0.0 if ((load >= low) & (load <= high)).all() else float(np.inf), np.zeros(grids)
    column = np.arange(arcs)
    rows = np.concatenate([key // grids, key % grids, np.arange(extra)])
    columns = np.concatenate([column, column, arcs + np.arange(extra)])
    sign = np.concatenate([-np.ones(arcs), np.ones(arcs), np.ones(extra)])
    gain = csr_array((sign, (rows, columns)), shape=(grids, arcs + extra))
    cost = np.concatenate([np.ones(arcs), np.zeros(extra)])
    limits = [high - load, load - low]
    blocks: list[Any] = [gain, -gain]
    if extra:
        blocks.append(csr_array(np.concatenate([np.zeros(arcs), np.ones(extra)])[None, :]))
        limits.append(np.array([spare]))
    # The stubs of scipy do not know that a sparse matrix may stand here.
    rules: Any = vstack(blocks)
    found = linprog(cost, A_ub=rules, b_ub=np.concatenate(limits), method="highs")
    if found.status != 0 or found.fun is None:
        # No answer but "impossible" proves nothing, and 0 is what bounds everything.
        return float(np.inf) if found.status == 2 else 0.0, np.zeros(grids)
    dual = np.asarray(found.ineqlin.marginals, dtype=np.float64)
    return max(0.0, float(found.fun)), dual[grids : 2 * grids] - dual[:grids]
