"""The compiled core for narrow bands: chains of two or three flips, judged as one.

Where the band is narrower than a usual unit, a single flip always overshoots: it must be answered by another one. A
chain moves a unit across a border, then another unit on from the grid that received it, back (a swap of two units) or
to a third grid, and so on; the price is that of the whole chain. (Glover 1996 for ejection chains.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import inlined, jit
from geo.partition.solver.steps import burden, carry, longer, next_random, share_of, stays_whole, stray_price

# Units of a grid, nearest first, that are looked at for the next flip of a chain, and how many of them are tried.
_NEAR = 60
_TRIES = 3
# Heat beside which all prices are alike.
_ANY = 1e12
# A first flip that lengthens the borders by more than this is not answered.
_LONGEST = 3.0


@inlined
def sides(x: Any, own: Any, indptr: Any, indices: Any, cost: Any, part: Any, stamp: Any, queue: Any, tail: Any) -> Any:
    """Two grids that `x` could go to, or −1; what leaving its own costs; the end of `queue` with its new neighbours."""
    first, second, inner, seen = -1, -1, 0.0, stamp[len(part)]
    for e in range(indptr[x], indptr[x + 1]):
        y = indices[e]
        there = part[y]
        if there == own:
            inner += cost[e]
            if stamp[y] != seen:
                stamp[y] = seen
                queue[tail] = y
                tail += 1
        elif first < 0 or first == there:
            first = there
        elif second < 0:
            second = there
    return first, second, inner, tail


@inlined
def rank_in(figures: Any, flips: Any, count: Any, rank: Any, price: Any, unit: Any, target: Any) -> Any:
    """Put a flip in its place among the best found, the least rank first; returns how many there are then."""
    at = min(count, _TRIES - 1)
    while at > 0 and figures[0, at - 1] > rank:
        figures[0, at], figures[1, at] = figures[0, at - 1], figures[1, at - 1]
        flips[0, at], flips[1, at] = flips[0, at - 1], flips[1, at - 1]
        at -= 1
    figures[0, at], figures[1, at], flips[0, at], flips[1, at] = rank, price, unit, target
    return min(count + 1, _TRIES)


@jit
def answers(
    start: Any,
    arena: Any,
    state: Any,
    terms: Any,
    heat: Any,
    press: Any,
    most: Any,
    random: Any,
    figures: Any,
    flips: Any,
) -> Any:
    """Find the best next flips out of the grid of `start`, except of itself, with a little chance in their order.

    Flips dearer than `most` are left out. `figures` float64 (2, _TRIES) receives their ranks and prices, best first,
    `flips` int64 (2, _TRIES) the units and where they go; returns their number and the next random state.
    """
    indptr, indices, cost = arena.indptr, arena.indices, arena.cost
    weight, fixed, homes = arena.weight, arena.fixed, arena.home
    part, load, moved, stamp, queue = state.part, state.load, state.moved, state.stamp, state.queue
    lows, highs, scale, move_price, budget = terms.low, terms.high, terms.scale, terms.move_price, terms.budget
    own = part[start]
    stamp[len(part)] += 2
    stamp[start] = stamp[len(part)]
    queue[0] = start
    head, tail, count = 0, 1, 0
    worst = np.inf
    while head < tail and head < _NEAR:
        x = queue[head]
        head += 1
        first, second, inner, tail = sides(x, own, indptr, indices, cost, part, stamp, queue, tail)
        if first < 0 or x == start or fixed[x]:
            continue
        for there in (first, second):
            if there < 0:
                break
            price = inner
            for e in range(indptr[x], indptr[x + 1]):
                if part[indices[e]] == there:
                    price -= cost[e]
            if price > _LONGEST:
                continue
            price += press * burden(x, own, there, weight, load, lows, highs, scale)
            if move_price > 0.0:
                price += stray_price(x, own, there, weight, homes, moved, move_price, budget)
            if price >= worst or price > most:
                continue
            random = next_random(random)
            rank = price - heat * np.log(1.0 - share_of(random))
            if rank < worst:
                count = rank_in(figures, flips, count, rank, price, x, there)
                worst = figures[0, _TRIES - 1] if count == _TRIES else np.inf
    return count, random


@jit
def exchange(
    arena: Any, state: Any, terms: Any, pool: Any, heat: Any, press: Any, depth: Any, proposals: Any, chance: Any = 0.0
) -> Any:
    """Run `proposals` chains of at most `depth` flips at one temperature; entries of `pool` are drawn as first flips.

    A chain ends as soon as all of it together is accepted (Metropolis); one that never is, is taken back.

    Parameters
    ----------
    pool : int64 (p,)
        Entries of `arena.indices`.
    heat, press : float
        As in `engine.anneal`.
    chance : float
        How often a flip in the middle of a chain is any that is possible, not one of the best: for trades of three
        units none of which pays by itself.

    Returns
    -------
    int
        Accepted chains.
    """
    indptr, indices, source, cost = arena.indptr, arena.indices, arena.source, arena.cost
    weight, fixed, homes, ring = arena.weight, arena.fixed, arena.home, arena.ring
    part, load, size, moved, stamp, queue = state.part, state.load, state.size, state.moved, state.stamp, state.queue
    lows, highs, scale = terms.low, terms.high, terms.scale
    figures, flips = np.empty((2, _TRIES)), np.empty((2, _TRIES), np.int64)
    units, origins = np.empty(depth, np.int64), np.empty(depth, np.int64)
    accepted, random = 0, state.seed[0]
    for _ in range(proposals):
        random = next_random(random)
        entry = pool[int(share_of(random) * len(pool))]
        unit, target, length = source[entry], part[indices[entry]], 0
        own = part[unit]
        if own == target or size[own] == 1 or fixed[unit]:
            continue
        total = longer(unit, own, target, indptr, indices, cost, part)
        if total > _LONGEST:
            continue
        total += press * burden(unit, own, target, weight, load, lows, highs, scale)
        total += stray_price(unit, own, target, weight, homes, moved, terms.move_price, terms.budget)
        if total == np.inf or not stays_whole(unit, indptr, indices, ring, part, stamp, queue, 400):
            continue
        random = next_random(random)
        threshold = -heat * np.log(1.0 - share_of(random))
        while True:
            units[length], origins[length] = unit, part[unit]
            carry(unit, part[unit], target, weight, homes, part, load, size, moved)
            length += 1
            if total <= threshold or length == depth:
                break
            most, noise = (threshold - total if length == depth - 1 else np.inf), heat
            if chance > 0.0 and length < depth - 1:
                random = next_random(random)
                noise = _ANY if share_of(random) < chance else heat
            count, random = answers(unit, arena, state, terms, noise, press, most, random, figures, flips)
            i = 0
            while i < count and not stays_whole(flips[0, i], indptr, indices, ring, part, stamp, queue, 400):
                i += 1
            if i == count:
                break
            unit, target = flips[0, i], flips[1, i]
            total += figures[1, i]
        if total <= threshold:
            accepted += 1
            continue
        for back in range(length - 1, -1, -1):
            x = units[back]
            carry(x, part[x], origins[back], weight, homes, part, load, size, moved)
    state.seed[0] = random
    return accepted
