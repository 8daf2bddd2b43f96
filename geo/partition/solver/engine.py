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

from geo.partition._jit import jit


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
def _random(seed: Any) -> Any:
    """A float in [0, 1): xorshift64*, so that the stream is ours and the same everywhere."""
    x = seed[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    seed[0] = x
    return np.float64((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@jit
def penalty(load: Any, grid: Any, which: Any, terms: Any) -> Any:
    """Price of a load, linear plus square, so that a little outside still counts and far outside counts more."""
    x = 0.0
    if load > terms.high[grid, which]:
        x = (load - terms.high[grid, which]) / terms.scale[which]
    elif load < terms.low[grid, which]:
        x = (terms.low[grid, which] - load) / terms.scale[which]
    return x + x * x


@jit
def unbalance(unit: Any, own: Any, target: Any, arena: Any, state: Any, terms: Any) -> Any:
    """How much the weight outside the band would grow, in `terms.scale`, if `unit` went from `own` to `target`."""
    change = 0.0
    for j in range(arena.weight.shape[1]):
        w = arena.weight[unit, j]
        if w > 0.0:
            a, b = state.load[own, j], state.load[target, j]
            change += penalty(a - w, own, j, terms) - penalty(a, own, j, terms)
            change += penalty(b + w, target, j, terms) - penalty(b, target, j, terms)
    return change


@jit
def leaves_whole(unit: Any, arena: Any, state: Any, limit: Any) -> Any:
    """Whether the grid of `unit` stays in one piece without it; a search beyond `limit` units counts as no."""
    part, stamp, queue = state.part, state.stamp, state.queue
    n = len(part)
    own = part[unit]
    stamp[n] += 2
    wanted, seen = stamp[n], stamp[n] + 1
    count = 0
    first = -1
    for e in range(arena.indptr[unit], arena.indptr[unit + 1]):
        x = arena.indices[e]
        if part[x] == own:
            stamp[x] = wanted
            count += 1
            first = x
    if count <= 1:
        return True
    stamp[unit] = seen
    stamp[first] = seen
    queue[0] = first
    head, tail, found = 0, 1, 1
    while head < tail:
        x = queue[head]
        head += 1
        for e in range(arena.indptr[x], arena.indptr[x + 1]):
            y = arena.indices[e]
            if part[y] != own or stamp[y] == seen:
                continue
            if stamp[y] == wanted:
                found += 1
                if found == count:
                    return True
            stamp[y] = seen
            queue[tail] = y
            tail += 1
        if tail > limit:
            return False
    return False


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
    part = state.part
    accepted = 0
    for _ in range(proposals):
        entry = pool[int(_random(state.seed) * len(pool))]
        unit = arena.source[entry]
        own, target = part[unit], part[arena.indices[entry]]
        if own == target or state.size[own] == 1 or arena.fixed[unit]:
            continue
        change = 0.0
        for e in range(arena.indptr[unit], arena.indptr[unit + 1]):
            there = part[arena.indices[e]]
            if there == own:
                change += arena.cost[e]
            elif there == target:
                change -= arena.cost[e]
        change += press * unbalance(unit, own, target, arena, state, terms)
        w = arena.weight[unit, 0]
        home = arena.home[unit]
        if w > 0.0 and home >= 0:
            if own == home:
                if state.moved[0] + w > terms.budget:
                    continue
                change += terms.move_price * w
            elif target == home:
                change -= terms.move_price * w
        if change > 0.0 and (change > 20.0 * heat or _random(state.seed) >= np.exp(-change / heat)):
            continue
        if not leaves_whole(unit, arena, state, 400):
            continue
        move(unit, target, arena, state)
        accepted += 1
    return accepted


@jit
def explore(arena: Any, state: Any, terms: Any, pool: Any, heat: Any, press: Any, rounds: Any, best: Any) -> Any:
    """Anneal at one temperature; the evenest state met goes to `best`, its largest |people − middle| is returned.

    For small cases, where the evenest division may not be near any other even one.
    """
    least = np.inf
    for _ in range(rounds):
        anneal(arena, state, terms, pool, heat, press, 24)
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
