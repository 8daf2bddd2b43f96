"""How even can grids be at all? Reasons why no partition deviates less, each with the units that force it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.partition.graph import UnitGraph
from geo.partition.solver.branches import find_branches, forced_units, least_maximum, weight_needed

_SLACK = 1e-9
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Bound:
    """No partition has a smaller greatest deviation than `value`.

    Attributes
    ----------
    value : fraction of the ideal.
    reason : "step" (whole weights do not divide), "unit" (one heavy unit), "units" (several leave too little for the
        rest), "pieces" (the weights of connected pieces do not divide), "hanging" (what hangs on a unit must share
        its grid), "locked" (grids that are locked, or units locked together), or "none".
    units : int64 (k,), the units that force it.
    """

    value: float
    reason: str
    units: NDArray[np.int64]


def deviation_bound(
    graph: UnitGraph,
    grids: int,
    ideal: float,
    *,
    home: NDArray[np.int32] | None = None,
    fixed: NDArray[np.bool_] | None = None,
    frozen: NDArray[np.bool_] | None = None,
) -> Bound:
    """The greatest of all bounds, see `deviation_bounds`."""
    found = deviation_bounds(graph, grids, ideal, home=home, fixed=fixed, frozen=frozen)
    return max(found, key=lambda bound: bound.value, default=Bound(0.0, "none", _NONE))


def deviation_bounds(
    graph: UnitGraph,
    grids: int,
    ideal: float,
    *,
    home: NDArray[np.int32] | None = None,
    fixed: NDArray[np.bool_] | None = None,
    frozen: NDArray[np.bool_] | None = None,
) -> list[Bound]:
    """What can be proved about the greatest |weight − ideal| / ideal of any partition, from cheap reasons.

    With T = ideal, some grid of whole weights (multiples of g) weighs at least their mean rounded up to g, and some at
    most the mean rounded down; some grid holds the heaviest unit; the h heaviest lie in h grids, which leaves the rest
    for the others; each connected piece is divided by a whole number of grids, and these add up (least deviation for
    which they do, by bisection); and where a cut vertex v parts a branch of weight B from all else, B = grids inside
    the branch + a remainder that shares the grid of v, so v and the remainders of its branches fit into one grid.

    Parameters
    ----------
    graph : UnitGraph
        Adjacencies that grids may use; closed ones are left out. Units that stay together are one unit.
    grids : int
        Number of grids, frozen ones too.
    ideal : float
        What deviations are measured from, > 0.
    home, fixed : int32 and bool (n,), optional
        Units that may not leave their `home`, the number of a grid.
    frozen : bool (n,), optional
        Units of grids that neither give nor take.

    Returns
    -------
    list of Bound
        Only those above 0.
    """
    n = len(graph)
    if n == 0 or ideal <= 0 or grids < 1:
        return []
    still = np.zeros(n, bool) if frozen is None else np.asarray(frozen, bool)
    held = still if fixed is None else still | np.asarray(fixed, bool)
    found = []
    locked_grids = 0
    if held.any() and home is not None:
        found.append(_locked(graph.weight, np.asarray(home), held, still, ideal))
        locked_grids = len(np.unique(np.asarray(home)[still]))
    free = np.flatnonzero(~still)
    left = grids - locked_grids
    if len(free) and 1 <= left <= len(free):
        weight = graph.weight[free]
        step = whole_step(graph.weight)
        found += [_uneven(weight, left, ideal, step), *_heavy(weight, free, left, ideal)]
        part = _components(graph, ~still)
        found.append(_pieces(part[free], weight, free, left, ideal, step))
        base = max(bound.value for bound in found)
        found.append(_hanging(graph, part, ~still, ideal, step, base))
    return [bound for bound in found if bound.value > _SLACK]


def forced_together(graph: UnitGraph, low: float, high: float) -> tuple[NDArray[np.int64], float, float] | None:
    """Units that have to share a grid although they weigh more than `high`, by what hangs on a cut vertex.

    Parameters
    ----------
    low, high : float
        The band of a grid.

    Returns
    -------
    (int64 (k,), float, float) or None
        The units and the least weight of their grid, the worst case first, and the least maximum that forces nothing
        too heavy; None if nothing is forced.
    """
    branches = find_branches(graph, np.ones(len(graph), bool), _components(graph, np.ones(len(graph), bool)))
    if not len(branches.vertex):
        return None
    need = weight_needed(graph.weight, branches, low, high)
    worst = int(np.argmax(np.where(graph.weight > high * (1 + _SLACK), 0.0, need)))
    if need[worst] <= high * (1 + _SLACK):
        return None
    most = least_maximum(graph.weight, branches, low, high)
    return forced_units(branches, worst, low, high), float(need[worst]), most


def locked_together(
    weight: NDArray[np.float64], home: NDArray[np.int32], fixed: NDArray[np.bool_], ideal: float
) -> Bound:
    """What units that are locked in one grid force on it, the grid being free to grow."""
    return _locked(weight, home, fixed, np.zeros(len(weight), bool), ideal)


def unavoidable_step(weight: NDArray[np.float64], grids: int, ideal: float) -> float:
    """The deviation that whole weights force on some grid, whatever the grids look like."""
    return _uneven(weight, grids, ideal, whole_step(weight)).value


def attainable(
    low: NDArray[np.float64], high: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bands, float64 (k,), with ends that sums of whole weights can have; one that would be empty stays as it is."""
    step = whole_step(weight)
    if step <= 0:
        return low, high
    up, down = step * np.ceil(low / step - _SLACK), step * np.floor(high / step + _SLACK)
    some = up <= down
    return np.where(some, up, low), np.where(some, down, high)


def whole_step(weight: NDArray[np.float64]) -> float:
    """The greatest number that every weight is a whole multiple of; 0 if they are not whole."""
    if not (weight == np.rint(weight)).all() or weight.max(initial=0.0) > 2**52:
        return 0.0
    return float(np.gcd.reduce(weight.astype(np.int64)))


def _band(ideal: float, deviation: float, step: float) -> tuple[float, float]:
    """Least and greatest weight of a grid at a deviation, as multiples of `step`."""
    low, high = ideal * (1 - deviation), ideal * (1 + deviation)
    if step > 0:
        low, high = step * math.ceil(low / step - _SLACK), step * math.floor(high / step + _SLACK)
    return low, high


def _uneven(weight: NDArray[np.float64], grids: int, ideal: float, step: float) -> Bound:
    mean = math.fsum(weight) / grids
    above = below = mean
    if step > 0:
        parts = round(math.fsum(weight) / step)
        above, below = -(-parts // grids) * step, parts // grids * step
    return Bound(max(above - ideal, ideal - below, 0.0) / ideal, "step", _NONE)


def _heavy(weight: NDArray[np.float64], free: NDArray[np.int64], grids: int, ideal: float) -> list[Bound]:
    order = np.lexsort((free, -weight))
    heaviest = Bound((float(weight[order[0]]) - ideal) / ideal, "unit", free[order[:1]])
    count = min(grids - 1, len(order))
    if count < 1:
        return [heaviest]
    # The h heaviest lie in at most h grids; the others share what is left.
    rest = math.fsum(weight) - np.cumsum(weight[order[:count]])
    lacking = ideal - rest / (grids - np.arange(1, count + 1))
    h = int(np.argmax(lacking))
    return [heaviest, Bound(float(lacking[h]) / ideal, "units", free[order[: h + 1]])]


def _locked(
    weight: NDArray[np.float64],
    home: NDArray[np.int32],
    held: NDArray[np.bool_],
    still: NDArray[np.bool_],
    ideal: float,
) -> Bound:
    labels, number = np.unique(home[held], return_inverse=True)
    load = np.bincount(number, weight[held])
    whole = np.bincount(number, still[held]) > 0
    gap = np.where(whole, np.abs(load - ideal), load - ideal) / ideal
    worst = int(np.argmax(gap))
    return Bound(max(float(gap[worst]), 0.0), "locked", np.flatnonzero(held & (home == labels[worst])))


def _components(graph: UnitGraph, inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Connected piece of each unit `inside`, −1 for the others; closed borders link nothing."""
    source = graph.source
    keep = inside[source] & inside[graph.indices]
    if graph.closed is not None:
        keep &= ~graph.closed
    n = len(graph)
    links = coo_array((np.ones(int(keep.sum()), np.int8), (source[keep], graph.indices[keep])), shape=(n, n))
    label = connected_components(links.tocsr(), directed=False)[1].astype(np.int32)
    out = np.full(n, -1, np.int32)
    out[inside] = np.unique(label[inside], return_inverse=True)[1]
    return out


def _pieces(
    piece: NDArray[np.int32],
    weight: NDArray[np.float64],
    free: NDArray[np.int64],
    grids: int,
    ideal: float,
    step: float,
) -> Bound:
    load = np.bincount(piece, weight)
    size = np.bincount(piece)
    if grids < len(size):
        return Bound(0.0, "pieces", _NONE)

    def counts(deviation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        low, high = _band(ideal, deviation, step)
        least = np.maximum(1, np.ceil(load / high - _SLACK)) if high > 0 else np.where(load > 0, np.inf, 1.0)
        most = np.minimum(size, np.floor(load / low + _SLACK)) if low > 0 else size.astype(np.float64)
        return least, most

    def works(deviation: float) -> bool:
        least, most = counts(deviation)
        return bool((least <= most).all() and least.sum() <= grids <= most.sum())

    value = _least(works)
    if value <= _SLACK:
        return Bound(0.0, "pieces", _NONE)
    if len(size) == 1:
        return Bound(value, "pieces", _NONE)  # all units, which says nothing
    least, most = counts(value)
    worst = int(np.argmax(least - most))
    if least[worst] <= most[worst]:
        # Every piece can be divided, but the numbers do not add up: name the piece that is furthest from its ideal.
        mean = load / np.maximum(np.rint(load / ideal), 1)
        worst = int(np.argmax(np.abs(mean - ideal)))
    return Bound(value, "pieces", free[piece == worst])


def _least(works: Callable[[float], bool]) -> float:
    """The greatest deviation (found by bisection) up to which nothing works; 0 if everything does."""
    if works(0.0):
        return 0.0
    below, above = 0.0, 1.0
    while not works(above):
        below, above = above, above * 2
        if above > 1e12:
            return below
    for _ in range(60):
        middle = (below + above) / 2
        below, above = (below, middle) if works(middle) else (middle, above)
    return below


def _hanging(
    graph: UnitGraph,
    part: NDArray[np.int32],
    inside: NDArray[np.bool_],
    ideal: float,
    step: float,
    base: float,
) -> Bound:
    """The least deviation at which every cut vertex fits into a grid with what must share it, if above `base`."""
    branches = find_branches(graph, inside, part)
    if not len(branches.vertex):
        return Bound(0.0, "hanging", _NONE)

    def works(deviation: float) -> bool:
        low, high = _band(ideal, deviation, step)
        return bool((weight_needed(graph.weight, branches, low, high) <= high * (1 + _SLACK)).all())

    if works(base):
        return Bound(0.0, "hanging", _NONE)
    value = _least(works)
    low, high = _band(ideal, value, step)
    worst = int(np.argmax(weight_needed(graph.weight, branches, low, high)))
    return Bound(value, "hanging", forced_units(branches, worst, low, high))
