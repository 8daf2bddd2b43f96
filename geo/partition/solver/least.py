"""The least that any redraw has to move: a bound that holds for plans with arms and for grids that rise elsewhere, too.

Notation. H(b) are the units of grid b today, P(b) those of the grid that goes on from it, t(a, b) the weight of
H(a) ∩ P(b), L(b) the load today. Of any plan in the band, with as many grids as today, these hold:

1. low(b) ≤ L(b) − out(b) + in(b) ≤ high(b), where out and in sum t over the other grids.
2. If P(b) keeps a unit of H(b), it is joined to it. So whoever comes to b from a grid a that does not touch it comes
   with a corridor: a path of units between H(a) and H(b), outside both, all of it in P(b), all of it moved. What comes
   to b beside what comes from a weighs at least as much as the lightest such path; what comes from the grids that touch
   b weighs at least as much as the lightest way through those.
3. If P(b) keeps no unit of H(b), all L(b) have left.

The least Σ t under 1–3, with 0 or 1 for "somebody comes from a to b" and for "b keeps no unit", is a mixed integer
programme. Grids three borders away or more share one entry for each b, with the lightest corridor from any of them.
That the grids a corridor crosses stay in one piece, and that people move in whole units, is left out: that makes the
bound smaller only. A branch and bound that is stopped early leaves a bound all the same (its least open node).
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from geo.compiled import jit
from geo.partition.graph import UnitGraph
from geo.partition.solver.bounds import attainable

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


class _Links:
    """Which grids touch, which lie two borders apart, and how light corridors can be.

    Attributes
    ----------
    source, target : int64 (p,), pairs that touch, both ways, by source.
    goal, origin : int64 (q,), pairs two borders apart, by goal; corridor : float64 (q,), the lightest path between.
    rim : float64 (k,), the lightest way to a grid through those that touch it, from any that does not; inf for none.
    afar : float64 (k,), the lightest corridor to a grid from any that is three borders away or more; inf for none.
    """

    def __init__(self, graph: UnitGraph, home: NDArray[np.int32], grids: int) -> None:
        a, b = home[graph.source].astype(np.int64), home[graph.indices].astype(np.int64)
        key = np.unique((a * grids + b)[a != b])
        self.source, self.target = key // grids, key % grids
        touch = csr_array((np.ones(len(key), np.int32), (self.source, self.target)), shape=(grids, grids))
        both = coo_array(touch @ touch)
        found = both.row.astype(np.int64) * grids + both.col
        found = np.setdiff1d(found[both.row != both.col], key)
        self.goal, self.origin = found // grids, found % grids
        order = np.argsort(home, kind="stable")
        first, near, two = (
            np.searchsorted(values, np.arange(grids + 1)) for values in (home[order], self.source, self.goal)
        )
        self.corridor, self.rim, self.afar = _corridors(
            (graph.indptr, graph.indices, graph.weight, home), (order, first), (self.target, near), (self.origin, two)
        )


@jit
def _corridors(units: Any, members: Any, touching: Any, beyond: Any) -> Any:
    """The lightest corridors of `_Links`: for each grid a search outwards (Dijkstra) until all it may meet is met."""
    indptr, indices, weight, home = units
    order, first = members
    near, near_at = touching
    two, two_at = beyond
    grids, n = len(first) - 1, len(weight)
    corridor, rim, afar = np.full(len(two), np.inf), np.full(grids, np.inf), np.full(grids, np.inf)
    ring, place = np.full(grids, -1), np.full(grids, -1)
    best, owner, done = np.full(n, np.inf), np.full(n, -1), np.full(n, -1)
    for b in range(grids):
        for e in range(near_at[b], near_at[b + 1]):
            ring[near[e]] = 2 * b
        for e in range(two_at[b], two_at[b + 1]):
            ring[two[e]], place[two[e]] = 2 * b + 1, e
        missing = two_at[b + 1] - two_at[b]
        heap = [(0.0, np.int64(-1))]
        for i in range(first[b], first[b + 1]):
            owner[order[i]], best[order[i]] = b, 0.0
            heapq.heappush(heap, (0.0, np.int64(order[i])))
        while len(heap) > 0:
            far, unit = heapq.heappop(heap)
            if unit < 0 or done[unit] == b:
                continue
            done[unit] = b
            here = home[unit]
            inside = here == b or ring[here] == 2 * b
            for e in range(indptr[unit], indptr[unit + 1]):
                other = np.int64(indices[e])
                there = home[other]
                if there != here and there != b and ring[there] != 2 * b:
                    # The nearest are met first, so that what is met first is the lightest.
                    if inside:
                        rim[b] = min(rim[b], far)
                    if ring[there] != 2 * b + 1:
                        afar[b] = min(afar[b], far)
                    elif corridor[place[there]] == np.inf:
                        corridor[place[there]] = far
                        missing -= 1
                onwards = far + (0.0 if there == b else weight[other])
                if owner[other] != b or onwards < best[other]:
                    owner[other], best[other] = b, onwards
                    heapq.heappush(heap, (onwards, other))
            if missing == 0 and afar[b] < np.inf:
                break
    return corridor, rim, afar


class _Rules:
    """Rows of a programme, gathered one family after the other."""

    def __init__(self) -> None:
        self._parts: list[tuple[_Ints, _Ints, _Floats]] = []
        self._low: list[_Floats] = []
        self._high: list[_Floats] = []
        self._count = 0

    def add(self, low: Any, high: Any, count: int, *terms: tuple[Any, Any, Any]) -> None:
        """`count` rows low ≤ Σ terms ≤ high; each term is (rows, columns, factors)."""
        self._low.append(np.broadcast_to(np.asarray(low, float), count))
        self._high.append(np.broadcast_to(np.asarray(high, float), count))
        for rows, columns, factors in terms:
            rows = np.asarray(rows)
            self._parts.append((rows + self._count, np.asarray(columns), np.broadcast_to(factors, rows.shape)))
        self._count += count

    def built(self, columns: int) -> LinearConstraint:
        """All rows."""
        rows, places, factors = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        matrix = coo_array((factors.astype(float), (rows, places)), shape=(self._count, columns)).tocsr()
        return LinearConstraint(matrix, np.concatenate(self._low), np.concatenate(self._high))


class _Programme:
    """The programme of the module's notes; the attributes are the first columns of each family.

    near, two: what comes from each grid that touches, and from each two borders apart; any_two: whether any does. One
    column a grid: away, far: what goes to, and comes from, three borders away or more; any_far: whether any comes;
    fresh: what comes into a grid that keeps nothing; gone: whether it keeps nothing; beyond: whether anybody comes from
    a grid that does not touch it; out, into: sums of all that leaves and comes.
    """

    def __init__(self, links: _Links, load: _Floats, low: _Floats, high: _Floats) -> None:
        self.load, self.low, self.high, self.room = load, low, high, high - load
        some = links.corridor < high[links.goal]
        self.origin, self.goal, self.corridor = links.origin[some], links.goal[some], links.corridor[some]
        self.links, self.rim, self.afar = links, np.minimum(links.rim, high), np.minimum(links.afar, high)
        p, q, k = len(links.source), len(self.origin), len(low)
        self.grid, self.pair, self.touching = np.arange(k), np.arange(q), np.arange(p)
        ends = np.cumsum([0, p, q, q, *[k] * 8]).tolist()
        self.near, self.two, self.any_two, self.away, self.far, self.any_far = ends[:6]
        self.fresh, self.gone, self.beyond, self.out, self.into, self.columns = ends[6:]
        self.rules = _Rules()
        self._sums()
        self._from_two_apart()
        self._from_beyond()

    def solved(self, options: Any, whole: bool) -> Any:
        """What the solver answers, with the columns that are yes or no as such, or as fractions."""
        top, binary, cost = np.full(self.columns, np.inf), np.zeros(self.columns), np.zeros(self.columns)
        k = len(self.grid)
        for start, count in ((self.any_two, len(self.pair)), (self.any_far, k), (self.gone, 2 * k)):
            top[start : start + count] = binary[start : start + count] = 1
        top[self.out : self.into] = self.load
        cost[self.into :] = 1
        rules, bounds = self.rules.built(self.columns), Bounds(0, top)
        return milp(cost, constraints=rules, bounds=bounds, integrality=binary if whole else None, options=options)

    def _sums(self) -> None:
        grid, k, one = self.grid, len(self.grid), self.grid * 0
        leave = (self.links.source, self.near + self.touching, 1), (self.origin, self.two + self.pair, 1)
        come = (self.links.target, self.near + self.touching, 1), (self.goal, self.two + self.pair, 1)
        self.rules.add(0, 0, k, *leave, (grid, self.away + grid, 1), (grid, self.out + grid, -1))
        far = (grid, self.far + grid, 1), (grid, self.fresh + grid, 1)
        self.rules.add(0, 0, k, *come, *far, (grid, self.into + grid, -1))
        both = (grid, self.into + grid, 1), (grid, self.out + grid, -1)
        self.rules.add(self.low - self.load, self.room, k, *both)
        afar = (one, self.away + grid, 1), (one, self.far + grid, -1), (one, self.fresh + grid, -1)
        self.rules.add(0, 0, 1, *afar)
        # Everybody leaves a grid that keeps nothing, and what comes into it is no more than any grid may hold.
        self.rules.add(0, np.inf, k, (grid, self.out + grid, 1), (grid, self.gone + grid, -self.load))
        self.rules.add(-np.inf, 0, k, (grid, self.fresh + grid, 1), (grid, self.gone + grid, -self.high))

    def _from_two_apart(self) -> None:
        """Nobody comes without a corridor, which comes too; and both in the light of what a grid may hold."""
        pair, q, goal, corridor = self.pair, len(self.pair), self.goal, self.corridor
        comes, whether = (pair, self.two + pair, 1), self.any_two + pair
        most = np.minimum(self.load[self.origin], self.high[goal] - corridor)
        self.rules.add(-np.inf, 0, q, comes, (pair, whether, -most))
        self.rules.add(0, np.inf, q, (pair, self.into + goal, 1), (pair, comes[1], -1), (pair, whether, -corridor))
        self.rules.add(-np.inf, 0, q, comes, (pair, self.out + goal, -1), (pair, whether, corridor - self.room[goal]))
        self.rules.add(-np.inf, 0, q, (pair, whether, 1), (pair, self.beyond + goal, -1))

    def _from_beyond(self) -> None:
        """The same for all who come from three borders away or more, and for all from beyond those who touch."""
        grid, k, afar, rim = self.grid, len(self.grid), self.afar, self.rim
        comes, whether, out = (grid, self.far + grid, 1), self.any_far + grid, (grid, self.out + grid, -1)
        self.rules.add(-np.inf, 0, k, comes, (grid, whether, afar - self.high))
        self.rules.add(0, np.inf, k, (grid, self.into + grid, 1), (grid, comes[1], -1), (grid, whether, -afar))
        self.rules.add(-np.inf, 0, k, comes, out, (grid, whether, afar - self.room))
        self.rules.add(-np.inf, 0, k, (grid, whether, 1), (grid, self.beyond + grid, -1))
        all_comes, whether = ((self.goal, self.two + self.pair, 1), comes), self.beyond + grid
        self.rules.add(-np.inf, 0, k, *all_comes, (grid, whether, rim - self.high))
        close = self.links.target, self.near + self.touching, 1
        self.rules.add(0, np.inf, k, close, (grid, whether, -rim))
        self.rules.add(-np.inf, 0, k, *all_comes, out, (grid, whether, rim - self.room))


def least_of_all(
    graph: UnitGraph,
    home: NDArray[np.int32],
    low: _Floats,
    high: _Floats,
    *,
    nodes: int | None = 0,
    seconds: float | None = None,
) -> float:
    """Bound the weight that changes grids in any redraw in the band, with as many grids as today, from below.

    Parameters
    ----------
    home : int32 (n,)
        Today's grid of each unit, 0 … k − 1: every unit has one, every grid has a unit.
    low, high : float64 (k,)
        The band of each grid.
    nodes : int or None
        Most nodes of the branch and bound; 0 stays with the linear programme, None goes on to the end.
    seconds : float, optional
        Most seconds; the bound then differs from machine to machine.

    Returns
    -------
    float
        inf if there is provably no such redraw; 0 if nothing was proved.
    """
    low, high = attainable(low, high, graph.weight)
    load = np.bincount(home, graph.weight, minlength=len(low)).astype(np.float64)
    if ((load >= low) & (load <= high)).all():
        return 0.0
    options: dict[str, float] = {} if nodes is None else {"node_limit": max(nodes, 1)}
    if seconds is not None:
        options["time_limit"] = seconds
    found = _Programme(_Links(graph, home, len(low)), load, low, high).solved(options, whole=nodes != 0)
    if found.status == 2:
        return np.inf
    reached = found.fun if nodes == 0 else found.get("mip_dual_bound")
    return max(0.0, float(reached)) if reached is not None and np.isfinite(reached) else 0.0
