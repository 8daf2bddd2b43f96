"""How many grids each connected piece of the area gets."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import PartitionInfeasible
from geo.partition.solver.problem import Problem
from geo.partition.solver.spec import PartitionSpec

# Weights are sums of floats: a band is met if it is met up to this fraction.
SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Shares:
    """The answer.

    Attributes
    ----------
    grids : int64 (pieces,), ≥ 1.
    low, high : the band that was asked for, in weight.
    ideal : total / number of grids, over all grids that are not frozen.
    options : per piece the numbers of grids that the band allows, best first; one number if it is not free.
    bound : least possible deviation from `ideal` of the mean grid of any piece.
    """

    grids: NDArray[np.int64]
    low: float
    high: float
    ideal: float
    options: tuple[tuple[int, ...], ...]
    bound: float


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Weights of the pieces; a unit too heavy for the band counts apart, as a grid of its own."""

    weight: NDArray[np.float64]
    size: NDArray[np.int64]
    giants: NDArray[np.int64]


def apportion(problem: Problem, spec: PartitionSpec, frozen_grids: int, frozen_weight: float) -> Shares:
    """Choose the number of grids of each piece.

    Raises
    ------
    PartitionInfeasible
        There are more pieces than grids, more grids than units, or a piece whose weight no number of grids divides
        into the band. A tolerance of 0 asks for the least deviation and is never refused for its size.
    """
    weight = problem.graph.weight[~problem.frozen]
    total = float(weight.sum())
    if problem.pieces == 0:
        return Shares(np.empty(0, np.int64), 0.0, math.inf, 0.0, (), 0.0)
    if spec.staff is not None:
        return _by_staff(problem, spec, total)
    if spec.grids is None and spec.target is None:
        return _by_band(problem, spec, total)
    if spec.grids is not None:
        return _by_count(problem, spec, int(spec.grids) - frozen_grids, total, frozen_weight + total)
    wished = max(1, round(total / float(spec.target or 1.0)))
    last: PartitionInfeasible | None = None
    for step in range(max(3, wished // 10) + 1):
        for count in {wished - step, wished + step}:
            if count >= 1:
                try:
                    return _by_count(problem, spec, count, total, frozen_weight + total)
                except PartitionInfeasible as fault:
                    last = last or fault
    assert last is not None
    raise last


def _by_staff(problem: Problem, spec: PartitionSpec, total: float) -> Shares:
    """One grid for each seat; what a piece weighs is shared by the staff who sit in it."""
    seats = problem.home >= 0
    capacity = np.ones(int(np.max(problem.home)) + 1) if spec.capacity is None else np.asarray(spec.capacity)
    grids = np.bincount(problem.piece[seats], minlength=problem.pieces)
    if (grids == 0).any():
        raise PartitionInfeasible("piece_without_staff", **_named(problem, int(np.argmin(grids))))
    ideal = total / len(capacity)
    # By staff, not by unit: a seat is one node.
    _, first = np.unique(problem.home[seats], return_index=True)
    able = np.bincount(problem.piece[seats][first], capacity / capacity.mean(), minlength=problem.pieces)
    weight = np.bincount(problem.piece, problem.graph.weight, minlength=problem.pieces)
    off = np.abs(weight / (able * ideal) - 1) if ideal > 0 else np.zeros(problem.pieces)
    bound = float(off.max())
    if spec.tolerance > 0 and bound > spec.tolerance + SLACK:
        raise PartitionInfeasible(
            "staff_do_not_fit",
            staff=int(grids[np.argmax(off)]),
            tolerance=spec.tolerance,
            needed=math.ceil(bound * 1e4) / 1e4,
            **_named(problem, int(np.argmax(off))),
        )
    low, high = ideal * (1 - spec.tolerance), ideal * (1 + spec.tolerance)
    return Shares(grids, low, high, ideal, tuple((int(k),) for k in grids), bound)


def _by_band(problem: Problem, spec: PartitionSpec, total: float) -> Shares:
    """Numbers of grids that lie in the band, nearest to its middle."""
    low, high = float(spec.min_weight or 0.0), float(spec.max_weight or 0.0)
    pieces = _weigh(problem, high)
    options = []
    for index in range(problem.pieces):
        low_count, high_count = _range(pieces, index, low, high)
        if low_count > high_count:
            _refuse_piece(problem, index, pieces, low, high)
        middle = pieces.giants[index] + pieces.weight[index] / ((low + high) / 2)
        counts = range(low_count, min(high_count, low_count + 10_000) + 1)
        options.append(tuple(k for _, k in sorted((abs(k - middle), k) for k in counts)[:4]))
    grids = np.array([option[0] for option in options], dtype=np.int64)
    ideal = total / int(grids.sum())
    return Shares(grids, low, high, ideal, tuple(options), 0.0)


def _by_count(problem: Problem, spec: PartitionSpec, count: int, total: float, everything: float) -> Shares:
    """A given number of grids, shared out so that the worst mean deviation is least."""
    free = int((~problem.frozen).sum())
    if count < problem.pieces:
        smallest = np.argmin(np.bincount(problem.piece[problem.piece >= 0], problem.graph.weight[~problem.frozen]))
        raise PartitionInfeasible(
            "more_pieces_than_grids",
            grids=count,
            pieces=problem.pieces,
            **_named(problem, int(smallest)),
        )
    if count > free:
        raise PartitionInfeasible("more_grids_than_units", grids=count, units=free)
    ideal = total / count
    if spec.has_band:
        low, high = float(spec.min_weight or 0.0), float(spec.max_weight or 0.0)
    else:
        # The ideal that the report measures against is that of all grids, locked ones too.
        goal = everything / int(spec.grids) if spec.grids is not None else ideal
        low, high = goal * (1 - spec.tolerance), goal * (1 + spec.tolerance)
        ideal = goal if count == spec.grids else ideal
    pieces = _weigh(problem, max(high, ideal))
    giants = int(pieces.giants.sum())
    fair = float(pieces.weight.sum()) / max(count - giants, 1)
    if spec.has_band:
        ranges = [_range(pieces, i, low, high) for i in range(problem.pieces)]
        least, most = (np.array(side) for side in zip(*ranges, strict=True))
        if (least > most).any():
            _refuse_piece(problem, int(np.argmax(least > most)), pieces, low, high)
        if not least.sum() <= count <= most.sum():
            raise PartitionInfeasible(
                "grids_against_band", grids=count, least=int(least.sum()), most=int(most.sum()), min=low, max=high
            )
        bound = 0.0
    else:
        bound, least, most = _tightest(pieces, fair, count)
        if giants == 0 and spec.tolerance > 0 and bound > spec.tolerance + SLACK:
            worst = int(np.argmax(np.abs(pieces.weight / np.maximum(_fill(pieces, least, most, count), 1) - fair)))
            raise PartitionInfeasible(
                "pieces_do_not_fit",
                grids=count,
                ideal=ideal,
                tolerance=spec.tolerance,
                needed=math.ceil(bound * 1e4) / 1e4,
                **_named(problem, worst),
            )
    grids = _fill(pieces, least, most, count)
    return Shares(grids, low, high, ideal, tuple((int(k),) for k in grids), bound if giants == 0 else 0.0)


def _weigh(problem: Problem, high: float) -> _Pieces:
    inside = ~problem.frozen
    piece, weight = problem.piece[inside], problem.graph.weight[inside]
    heavy = weight > high * (1 + SLACK)
    return _Pieces(
        weight=np.bincount(piece[~heavy], weight[~heavy], minlength=problem.pieces).astype(np.float64),
        size=np.bincount(piece, minlength=problem.pieces),
        giants=np.bincount(piece[heavy], minlength=problem.pieces),
    )


def _range(pieces: _Pieces, index: int, low: float, high: float) -> tuple[int, int]:
    """Least and greatest number of grids whose mean lies in the band; giants are grids of their own."""
    weight, giants = float(pieces.weight[index]), int(pieces.giants[index])
    size = int(pieces.size[index])
    least = giants + (math.ceil(weight / high * (1 - SLACK)) if high > 0 else 0)
    most = size if low <= 0 else min(size, giants + math.floor(weight / low * (1 + SLACK)))
    if weight <= high * SLACK and low <= 0:
        return max(least, 1), most
    # A remainder too light for a grid of its own may hang on to a giant.
    if giants and most < least:
        return giants, giants
    return max(least, 1), most


def _tightest(pieces: _Pieces, fair: float, count: int) -> tuple[float, NDArray[np.int64], NDArray[np.int64]]:
    """The least deviation for which some numbers of grids, one per piece, add up to `count` (by bisection)."""

    def ranges(deviation: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        least, most = [], []
        for index in range(len(pieces.size)):
            low, high = fair * (1 - deviation), fair * (1 + deviation)
            a, b = _range(pieces, index, low, high) if fair > 0 else (1, int(pieces.size[index]))
            least.append(a)
            most.append(b)
        return np.array(least), np.array(most)

    def fits(deviation: float) -> bool:
        least, most = ranges(deviation)
        return bool((least <= most).all() and least.sum() <= count <= most.sum())

    if fits(0.0):
        return 0.0, *ranges(0.0)
    below, above = 0.0, 1.0
    while not fits(above) and above < 1e9:
        below, above = above, above * 2
    if not fits(above):
        # Fewer grids than giants ask for: a giant shares its grid then.
        return above, np.ones(len(pieces.size), dtype=np.int64), pieces.size.astype(np.int64)
    for _ in range(60):
        middle = (below + above) / 2
        below, above = (below, middle) if fits(middle) else (middle, above)
    return above, *ranges(above)


def _fill(pieces: _Pieces, least: NDArray[np.int64], most: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """From `least`, one more grid at a time to the piece whose grids are heaviest, until they add up to `count`."""
    grids = least.copy()

    def rank(index: int) -> tuple[float, float, int]:
        # Equal means (all zero, say) go by units per grid.
        mean = pieces.weight[index] / max(grids[index] - pieces.giants[index], 0.5)
        return (-float(mean), -float(pieces.size[index] / grids[index]), index)

    queue = [rank(index) for index in range(len(grids)) if grids[index] < most[index]]
    heapq.heapify(queue)
    for _ in range(int(count - grids.sum())):
        *_, index = heapq.heappop(queue)
        grids[index] += 1
        if grids[index] < most[index]:
            heapq.heappush(queue, rank(index))
    return np.asarray(grids, dtype=np.int64)


def _refuse_piece(problem: Problem, index: int, pieces: _Pieces, low: float, high: float) -> None:
    weight = float(pieces.weight[index])
    fewer = max(1, math.floor(weight / low)) if low > 0 else 1
    more = fewer + 1
    raise PartitionInfeasible(
        "piece_outside_band",
        min=low,
        max=high,
        weight=weight,
        needed_max=math.ceil(weight / fewer) if weight / fewer > high else high,
        needed_min=math.floor(weight / more) if weight >= low else math.floor(weight),
        **_named(problem, index),
    )


def _named(problem: Problem, index: int) -> dict[str, object]:
    """What to call a piece in a message: how many units, the first rows, all indices."""
    units = problem.rows_of(np.flatnonzero(problem.piece == index))
    rows = ", ".join(str(int(unit) + 1) for unit in units[:5]) + (" …" if len(units) > 5 else "")
    return {
        "piece_units": len(units),
        "piece_weight": float(problem.graph.weight[problem.piece == index].sum()),
        "rows": rows,
        "units": units.tolist(),
    }
