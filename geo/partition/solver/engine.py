"""The compiled core: simulated annealing on single flips that never breaks a grid in two.

A state is a label per unit. A proposal moves one unit across a border into the neighbour's grid. Its price is the
change in cut, in the weight that lies outside the band, and, for a redraw, in the people who change grids. A move that
would split the grid it leaves is refused by a breadth-first search that ends as soon as the unit's neighbours have
found one another. (Kirkpatrick, Gelatt, Vecchi 1983 for the annealing.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.partition.solver.steps import heavier, longer, next_random, outside, relist, share_of, stays_whole


class Arena(NamedTuple):
    """What does not change during a run. Units are in canonical order.

    indptr int64, indices int32, source int32: the graph; cost float64 (m,): price of cutting each entry;
    weight float64 (n, w): people first, then further weights (workload …); fixed bool (n,): may not move;
    home int32 (n,): label of today's grid, −1 none.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    source: NDArray[np.int32]
    cost: NDArray[np.float64]
    weight: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    home: NDArray[np.int32]


class State(NamedTuple):
    """What a run changes.

    part int32 (n,); load float64 (k, w): weights per grid; size int64 (k,): units per grid; moved float64 (1,): people
    away from home; stamp int64 (n + 1,): marks of the search, the last entry counts searches; queue int32 (n,);
    seed uint64 (1,): state of the random numbers.
    """

    part: NDArray[np.int32]
    load: NDArray[np.float64]
    size: NDArray[np.int64]
    moved: NDArray[np.float64]
    stamp: NDArray[np.int64]
    queue: NDArray[np.int32]
    seed: NDArray[np.uint64]


class Terms(NamedTuple):
    """Prices of a run, in the unit of `Arena.cost`.

    low, high float64 (k, w): the band of each grid in each weight; scale float64 (w,): how much outside it costs
    `press`; move_price: per person away from home; budget: most people who may be away from home.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    scale: NDArray[np.float64]
    move_price: float
    budget: float


@jit
def penalty(load: Any, grid: Any, which: Any, terms: Any) -> Any:
    """Price of a load outside the band of a grid, in `terms.scale`."""
    return outside(load, terms.low[grid, which], terms.high[grid, which], terms.scale[which])


@jit
def unbalance(unit: Any, own: Any, target: Any, arena: Any, state: Any, terms: Any) -> Any:
    """How much the weight outside the band would grow, in `terms.scale`, if `unit` went from `own` to `target`."""
    change = 0.0
    for j in range(arena.weight.shape[1]):
        w = arena.weight[unit, j]
        if w > 0.0:
            ends = terms.low[own, j], terms.high[own, j], terms.low[target, j], terms.high[target, j]
            change += heavier(w, state.load[own, j], state.load[target, j], *ends, terms.scale[j])
    return change


@jit
def leaves_whole(unit: Any, arena: Any, state: Any, limit: Any) -> Any:
    """Whether the grid of `unit` stays in one piece without it; a search beyond `limit` units counts as no."""
    return stays_whole(unit, arena.indptr, arena.indices, state.part, state.stamp, state.queue, limit)


@jit
def move(unit: Any, target: Any, arena: Any, state: Any) -> Any:
    """Put `unit` into the grid `target`; asks nothing."""
    w = arena.weight[unit, 0]
    own = state.part[unit]
    for j in range(arena.weight.shape[1]):
        state.load[own, j] -= arena.weight[unit, j]
        state.load[target, j] += arena.weight[unit, j]
    state.size[own] -= 1
    state.size[target] += 1
    home = arena.home[unit]
    if home >= 0:
        if own == home:
            state.moved[0] += w
        elif target == home:
            state.moved[0] -= w
    state.part[unit] = target


class Front(NamedTuple):
    """The entries of a pool that are cut now, as a set from which one can be drawn at once.

    listed int32 (p,): the cut entries in its first `length` places; place int32 (w,): where each stands, −1 elsewhere,
    −2 outside the pool; first int: the entry of `place[0]`; total int: entries of the pool; length int64 (1,).
    """

    listed: NDArray[np.int32]
    place: NDArray[np.int32]
    first: int
    total: int
    length: NDArray[np.int64]


@jit
def front_of(arena: Any, state: Any, pool: Any) -> Any:
    """The front of `pool`; its arrays only span the pool, so that a window of a large graph stays in the cache."""
    low, high = len(arena.indices), -1
    for entry in pool:
        low, high = min(low, entry), max(high, entry)
    front = Front(
        np.empty(len(pool), np.int32),
        np.full(max(high - low + 1, 0), np.int32(-2)),
        low,
        len(pool),
        np.zeros(1, np.int64),
    )
    for entry in pool:
        front.place[entry - low] = -1
        if state.part[arena.source[entry]] != state.part[arena.indices[entry]]:
            front.place[entry - low] = front.length[0]
            front.listed[front.length[0]] = entry
            front.length[0] += 1
    return front


@jit
def anneal(arena: Any, state: Any, terms: Any, pool: Any, heat: Any, press: Any, proposals: Any) -> Any:
    """Run `proposals` single flips at one temperature; entries of `pool` are drawn at random.

    Parameters
    ----------
    pool : int64 (p,)
        Entries of `arena.indices`; the proposal moves an entry's source into the grid of its neighbour.
    heat : float
        Temperature, in the unit of `arena.cost`.
    press : float
        Price of one `terms.scale` of weight outside the band.

    Returns
    -------
    int
        Accepted moves.
    """
    return flip(arena, state, terms, front_of(arena, state, pool), heat, press, proposals)


@jit
def flip(arena: Any, state: Any, terms: Any, front: Any, heat: Any, press: Any, proposals: Any) -> Any:
    """`anneal` on a front: only cut entries are drawn; the others, which change nothing, count as if they were."""
    # Arrays as plain names: the compiler counts references whenever a tuple of arrays is handed on.
    indptr, indices, source, cost = arena.indptr, arena.indices, arena.source, arena.cost
    weight, fixed, homes = arena.weight, arena.fixed, arena.home
    part, load, size, moved = state.part, state.load, state.size, state.moved
    stamp, queue = state.stamp, state.queue
    lows, highs, scale = terms.low, terms.high, terms.scale
    listed, place, begin, total = front.listed, front.place, front.first, float(front.total)
    columns = weight.shape[1]
    count = front.length[0]
    x = state.seed[0]
    accepted = 0
    left = float(proposals)
    while left > 0.0 and count > 0:
        left -= total / count
        x = next_random(x)
        entry = listed[int(share_of(x) * count)]
        unit = source[entry]
        own, target = part[unit], part[indices[entry]]
        if size[own] == 1 or fixed[unit]:
            continue
        change = longer(unit, own, target, indptr, indices, cost, part)
        for j in range(columns):
            w = weight[unit, j]
            if w > 0.0:
                ends = lows[own, j], highs[own, j], lows[target, j], highs[target, j]
                change += press * heavier(w, load[own, j], load[target, j], *ends, scale[j])
        home = homes[unit]
        if home >= 0:
            w = weight[unit, 0]
            if own == home:
                if w > 0.0 and moved[0] + w > terms.budget:
                    continue
                change += terms.move_price * w
            elif target == home:
                change -= terms.move_price * w
        if change > 0.0:
            if change > 20.0 * heat:
                continue
            x = next_random(x)
            if share_of(x) >= np.exp(-change / heat):
                continue
        if not stays_whole(unit, indptr, indices, part, stamp, queue, 400):
            continue
        for j in range(columns):
            load[own, j] -= weight[unit, j]
            load[target, j] += weight[unit, j]
        size[own] -= 1
        size[target] += 1
        if home >= 0:
            if own == home:
                moved[0] += weight[unit, 0]
            elif target == home:
                moved[0] -= weight[unit, 0]
        part[unit] = target
        accepted += 1
        count = relist(unit, own, target, indptr, indices, part, listed, place, begin, count)
    state.seed[0] = x
    front.length[0] = count
    return accepted


@jit
def explore(arena: Any, state: Any, terms: Any, pool: Any, heat: Any, press: Any, rounds: Any, best: Any) -> Any:
    """Anneal at one temperature; the evenest state met goes to `best`, its largest |people − middle| is returned.

    For small cases, where the evenest division may not be near any other even one.
    """
    least = np.inf
    front = front_of(arena, state, pool)
    for _ in range(rounds):
        flip(arena, state, terms, front, heat, press, 24)
        worst = 0.0
        for k in range(len(state.load)):
            worst = max(worst, abs(state.load[k, 0] - (terms.low[k, 0] + terms.high[k, 0]) / 2))
        if worst < least:
            least = worst
            best[:] = state.part
    return least


@jit
def cut_of(arena: Any, part: Any) -> Any:
    """Price of all cut adjacencies."""
    total = 0.0
    for e in range(len(arena.indices)):
        if arena.source[e] < arena.indices[e] and part[arena.source[e]] != part[arena.indices[e]]:
            total += arena.cost[e]
    return total
