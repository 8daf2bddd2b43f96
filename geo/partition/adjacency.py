"""The unit graph from a written adjacency: metres, what lies between, and where one gets across."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.model import Adjacency
from geo.partition.graph import UnitGraph


def graph_of_adjacency(
    adjacency: Adjacency,
    weight: NDArray[np.float64],
    xy_m: NDArray[np.float64] | None,
    *,
    hard: NDArray[np.bool_] | None = None,
    min_border_m: float = 0.5,
) -> UnitGraph:
    """Build the unit graph of a units file.

    Parameters
    ----------
    adjacency : one row a pair and class, units by row.
    weight : float64 (n,), ≥ 0.
    xy_m : float64 (n, 2), a point of each unit, metres.
    hard : bool (b,), rows that may not be crossed; None takes what the file says.
    min_border_m : pairs that share less only touch at a corner and are no neighbours.

    Returns
    -------
    UnitGraph
        `along` is the mean strength of what runs along each border. `closed` is true where a border is hard but for
        less than `min_border_m` metres, and no gate or bridge leads across. A pair that only a bridge joins is
        adjacent with a border of 0 metres.
    """
    hard = adjacency.hard if hard is None else hard
    n = len(weight)
    low = np.minimum(adjacency.left, adjacency.right).astype(np.int64)
    high = np.maximum(adjacency.left, adjacency.right).astype(np.int64)
    key, of = np.unique(low * n + high, return_inverse=True)
    # Summed in one order, so that the sums do not depend on the order of the file's rows.
    order = np.lexsort((adjacency.strength, adjacency.metres, of))
    of, metres = of[order], adjacency.metres[order]
    border = np.bincount(of, metres, minlength=len(key))
    pull = np.bincount(of, metres * adjacency.strength[order], minlength=len(key))
    shut = np.bincount(of, metres * hard[order], minlength=len(key))
    crossed = np.bincount(of, adjacency.crossing[order], minlength=len(key)) > 0
    closed = (shut > border - min_border_m) & (shut > 0) & ~crossed
    keep = (border >= min_border_m) | (crossed & (border == 0))
    low, high = key[keep] // n, key[keep] % n
    rows, columns = np.concatenate([low, high]), np.concatenate([high, low])
    place = np.lexsort((columns, rows))
    twice = np.concatenate([np.flatnonzero(keep)] * 2)[place]
    along = np.divide(pull, border, out=np.zeros(len(border)), where=border > 0)
    return UnitGraph(
        weight=weight,
        indptr=np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))]),
        indices=columns[place].astype(np.int32),
        border_m=border[twice],
        xy_m=xy_m,
        along=np.clip(along, 0.0, 1.0)[twice],
        closed=closed[twice],
    )
