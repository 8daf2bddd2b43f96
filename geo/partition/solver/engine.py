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
from geo.partition.solver.steps import (
    STAR,
    WIDE,
    alike,
    burden,
    carry,
    heavier,
    longer_here,
    meet,
    next_random,
    outside,
    relist,
    stays_whole,
    stray_price,
    touch,
)


class Arena(NamedTuple):
    """What does not change during a run. Units are in canonical order.

    indptr int64, indices int32, source int32: the graph; cost float64 (m,): price of cutting each entry;
    weight float64 (n, w): people first, then further weights (workload …); fixed bool (n,): may not move;
    home int32 (n,): label of today's grid, −1 none; twin, ring, price: see `steps.links_of`.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    source: NDArray[np.int32]
    cost: NDArray[np.float64]
    weight: NDArray[np.float64]
    fixed: NDArray[np.bool_]
    home: NDArray[np.int32]
    twin: NDArray[np.int32]
    ring: NDArray[np.uint32]
    price: NDArray[np.int32]


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


# How far above the present price a proposal may lie, in temperatures: drawn at random, so that moves are accepted with
# Metropolis' chances.
DROPS = -np.log((np.arange(1024) + 0.5) / 1024)


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
    return stays_whole(unit, arena.indptr, arena.indices, arena.ring, state.part, state.stamp, state.queue, limit)


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
    """The entries of a pool that are cut now and whose unit may move: a set from which one can be drawn at once.

    Its arrays only span the rows of the pool, so that a window of a large graph stays in the cache; entries are counted
    from `first`. listed int32 (p,): the cut entries in its first `length` places; place int32: where each stands there,
    −1 elsewhere, −2 outside the pool; label int32: the grid of each neighbour, going on for WIDE after the last;
    total int: entries of the pool; length int64 (1,).
    """

    listed: NDArray[np.int32]
    place: NDArray[np.int32]
    label: NDArray[np.int32]
    first: int
    total: int
    length: NDArray[np.int64]


@jit
def front_of(arena: Any, state: Any, pool: Any) -> Any:
    """The front of `pool`."""
    indptr, indices, source, fixed, part = arena.indptr, arena.indices, arena.source, arena.fixed, state.part
    low, high = len(source), -1
    for entry in pool:
        low, high = min(low, entry), max(high, entry)
    if high >= 0:
        low, high = indptr[source[low]], indptr[source[high] + 1]
    span = max(high - low, 0)
    listed, place = np.empty(len(pool), np.int32), np.full(span, np.int32(-2))
    label = np.full(span + WIDE, np.int32(-1))
    for e in range(span):
        label[e] = part[indices[e + low]]
    count = 0
    for entry in pool:
        unit, e = source[entry], entry - low
        if fixed[unit]:
            continue
        place[e] = -1
        if part[unit] != label[e]:
            place[e] = count
            listed[count] = e
            count += 1
    return Front(listed, place, label, low, len(pool), np.array([count]))


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
def flip(
    arena: Any, state: Any, terms: Any, front: Any, heat: Any, press: Any, proposals: Any, pull: Any = None
) -> Any:
    """`anneal` on a front: only cut entries are drawn; the others, which change nothing, count as if they were.

    `pull`, float64 (k,): a price for each person in each grid, in the unit of `arena.cost`; None for none.
    """
    # Arrays as plain names: the compiler counts references whenever a tuple of arrays is handed on.
    indptr, indices, source = arena.indptr, arena.indices, arena.source
    twin, ring, price = arena.twin, arena.ring, arena.price
    weight, homes = arena.weight, arena.home
    part, load, size, moved = state.part, state.load, state.size, state.moved
    stamp, queue = state.stamp, state.queue
    lows, highs, scale = terms.low, terms.high, terms.scale
    listed, place, label, first = front.listed, front.place, front.label, front.first
    move_price, budget = terms.move_price, terms.budget
    redraw = move_price != 0.0 or budget < np.inf
    total = float(front.total)
    count = front.length[0]
    x = state.seed[0]
    accepted = 0
    left = float(proposals)
    while left > 0.0 and count > 0:
        left -= np.divide(total, count)
        x = next_random(x)
        drawn = x * STAR
        entry = listed[np.int64(((drawn >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32))]
        unit = source[entry + first]
        own, target = part[unit], label[entry]
        begin, end = indptr[unit], indptr[unit + 1]
        change = longer_here(begin, end, first, own, target, label, price) / 1024.0
        change += press * burden(unit, own, target, weight, load, lows, highs, scale)
        if redraw:
            change += stray_price(unit, own, target, weight, homes, moved, move_price, budget)
        if pull is not None:
            change += (pull[target] - pull[own]) * weight[unit, 0]
        if change > heat * DROPS[(drawn >> np.uint64(20)) & np.uint64(1023)] or size[own] == 1:
            continue
        touching = end - begin <= 32 and touch(alike(begin - first, end - first, own, label), begin, end, ring)
        if not touching and not meet(unit, indptr, indices, part, stamp, queue, 400):
            continue
        carry(unit, own, target, weight, homes, part, load, size, moved)
        count = relist(begin - first, end - first, own, target, twin, first, label, listed, place, count)
        accepted += 1
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
