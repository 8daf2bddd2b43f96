"""What can be proved about a partition: how good it is, and how much better any could be."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph, pieces_of


def lower_bound(weight: NDArray[np.float64], grids: int) -> float:
    """No partition into `grids` has a smaller greatest deviation: (⌈T⌉ − T)/T, (heaviest − T)/T, 0.

    Parameters
    ----------
    weight : float64 (n,)
        Weights of what cannot be divided. The first term holds for whole numbers only.
    grids : int
        Number of grids; T = total / grids.
    """
    total = math.fsum(weight)
    if total <= 0 or not grids:
        return 0.0
    ideal = total / grids
    whole = bool((weight == np.round(weight)).all())
    # T of whole weights is a fraction n / grids; rounding must not turn a whole T into the next number.
    ceiling = -(-round(total) // grids) if whole else ideal
    return max(0.0, (ceiling - ideal) / ideal, (float(weight.max()) - ideal) / ideal)


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
