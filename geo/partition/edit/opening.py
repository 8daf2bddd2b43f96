"""The first sketch of a session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.partition.edit.board import lay_out, per_unit, whole_numbers
from geo.partition.edit.faults import all_faults
from geo.partition.edit.sketch import Sketch, empty_tally, find_pieces, measured
from geo.partition.graph import UnitGraph


def open_sketch(
    graph: UnitGraph,
    grid_of_unit: Any,
    *,
    tolerance: float = 0.05,
    band: Sequence[tuple[float, float]] | None = None,
    ideal: float | None = None,
    parent: Any = None,
    group: Any = None,
    households: Any = None,
    locked_units: Any = (),
    locked_grids: Collection[int] = (),
    next_label: int = 0,
    border_share: float = 0.1,
) -> Sketch:
    """Lay a drawing out for hand work. It may have faults: they are named, and nothing is put right unasked.

    Parameters
    ----------
    graph : UnitGraph
        Units and their adjacency; `closed` adjacencies link nothing.
    grid_of_unit : int (n,)
        Label of each unit's grid, any numbers from 0 up to about ten times the number of units; −1 for none.
    tolerance : float
        The band as a fraction of the ideal, where no `band` is given. It is fixed for the session.
    band : sequence of (low, high), optional
        One pair for `graph.weight` and one for each column of `graph.workload`.
    ideal : float, optional
        Wished weight of a grid. Without it, deviations are measured from total / number of grids of the moment.
    parent : int (n,), optional
        Area of each unit: no grid reaches over two.
    group : int (n,), optional
        Units with the same number ≥ 0 stay together, −1 for none. A group that no grid can hold binds nobody.
    households : float (n,), optional
        Only counted.
    locked_units, locked_grids : collections of int
        Units that keep their grid; grids that neither give nor take.
    next_label : int
        The least label that a new grid may get: say here how far labels went before.
    border_share : float
        As in `PartitionSpec`.

    Raises
    ------
    InvalidInput
        Arrays of the wrong length or kind, a band that is none, labels out of range, unknown locks.
    """
    outer = _checked_labels(grid_of_unit, len(graph))
    if (
        not 0 <= next_label < _most(len(graph))
        or not 0 <= border_share <= 1
        or not (np.isfinite(tolerance) and tolerance >= 0)
    ):
        raise InvalidInput("edit_wish_bad", next_label=next_label, border_share=border_share, tolerance=tolerance)
    if ideal is not None and not (np.isfinite(ideal) and ideal > 0):
        raise InvalidInput("wish_not_positive", name="ideal", got=ideal)
    if band is None:
        band = _band_around(graph, outer, ideal, tolerance)
    board = lay_out(
        graph, band, ideal=ideal, parent=parent, group=group, households=households, border_share=border_share
    )
    part = outer[board.order].astype(np.int32)
    size = max(int(part.max()) + 1, next_label)
    rows = np.arange(size + 1)
    found = find_pieces(board, part, rows, size + 1)
    tally = measured(board, part, found, empty_tally(size + 1, len(board.low)))
    locked = np.zeros(len(graph), bool)
    named = whole_numbers(locked_units, "locked_units")
    if len(named):
        locked[board.take_units(named, "locked_units")] = True
    bare = Sketch(board, part, locked, frozenset(), size, 0, tally, {})
    shut = whole_numbers(list(locked_grids), "locked_grids").tolist()
    grids = frozenset(bare.take_grid(label) for label in shut)
    homeless = np.flatnonzero(locked & (part < 0))
    if len(homeless):
        raise InvalidInput("locked_without_grid", row=int(board.outer(homeless)[0]) + 1, count=len(homeless))
    return Sketch(board, part, locked, grids, size, 0, tally, all_faults(board, part, found, tally))


def _most(n: int) -> int:
    """Labels are numbers below this: arrays are as long as the greatest label."""
    return 10 * n + 1000


def _checked_labels(grid_of_unit: Any, n: int) -> NDArray[np.int64]:
    if not n:
        raise InvalidInput("solve_units_none")
    outer = per_unit(grid_of_unit, "grid_of_unit", n)
    if outer.min() < -1 or outer.max() >= _most(n):
        raise InvalidInput("edit_label_range", least=int(outer.min()), greatest=int(outer.max()), limit=_most(n))
    return outer


def _band_around(
    graph: UnitGraph, outer: NDArray[np.int64], ideal: float | None, tolerance: float
) -> list[tuple[float, float]]:
    """The band by a tolerance: around the ideal, or the mean of the grids that there are."""
    used = max(len(np.unique(outer[outer >= 0])), 1)
    middle = graph.weights.sum(axis=0) / used
    if ideal is not None:
        middle[0] = ideal
    return [(m * (1 - min(tolerance, 1.0)), m * (1 + tolerance)) for m in middle.tolist()]
