"""The compiled core for narrow bands: chains of two or three flips, judged as one.

Where the band is narrower than a usual unit, a single flip always overshoots: it must be answered by another one. A
chain moves a unit across a border, then another unit on from the grid that received it, back (a swap of two units) or
to a third grid, and so on; the price is that of the whole chain. (Glover 1996 for ejection chains.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit
from geo.partition.solver.steps import burden, carry, longer, next_random, share_of, stays_whole, stray_price

# Units of a grid, nearest first, that are looked at for the next flip of a chain, and how many of them are tried.
_NEAR = 60
_TRIES = 3
# Heat beside which all prices are alike.
_ANY = 1e12
# A first flip that lengthens the borders by more than this is not answered.
_LONGEST = 3.0


@jit
def answers(
    start: Any,
    last: Any,
    indptr: Any,
    indices: Any,
    cost: Any,
    weight: Any,
    fixed: Any,
    homes: Any,
    part: Any,
    load: Any,
    moved: Any,
    stamp: Any,
    queue: Any,
    lows: Any,
    highs: Any,
    scale: Any,
    move_price: Any,
    budget: Any,
    heat: Any,
    press: Any,
    most: Any,
    random: Any,
    ranks: Any,
    units: Any,
    targets: Any,
    prices: Any,
) -> Any:
    """Find the best next flips out of the grid of `start`, except of `last`, with a little chance in their order.

    Flips dearer than `most` are left out. `ranks`, `units`, `targets`, `prices` (_TRIES,) receive the flips, best
    first; returns their number and the next state of the random numbers.
    """
    n = len(part)
    own = part[start]
    stamp[n] += 2
    seen = stamp[n]
    stamp[start] = seen
    queue[0] = start
    head, tail, count = 0, 1, 0
    worst = np.inf
    while head < tail and head < _NEAR:
        x = queue[head]
        head += 1
        first, second = -1, -1
        free = x != last and not fixed[x]
        inner = 0.0
        begin, end = indptr[x], indptr[x + 1]
        for e in range(begin, end):
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
        if first < 0 or not free:
            continue
        for there in (first, second):
            if there < 0:
                break
            price = inner
            for e in range(begin, end):
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
            if rank >= worst:
                continue
            at = min(count, _TRIES - 1)
            while at > 0 and ranks[at - 1] > rank:
                ranks[at], units[at] = ranks[at - 1], units[at - 1]
                targets[at], prices[at] = targets[at - 1], prices[at - 1]
                at -= 1
            ranks[at], units[at], targets[at], prices[at] = rank, x, there, price
            count = min(count + 1, _TRIES)
            if count == _TRIES:
                worst = ranks[_TRIES - 1]
    return count, random


@jit
def exchange(
    arena: Any,
    state: Any,
    terms: Any,
    pool: Any,
    heat: Any,
    press: Any,
    depth: Any,
    proposals: Any,
    chance: Any = 0.0,
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
    lows, highs, scale, move_price, budget = terms.low, terms.high, terms.scale, terms.move_price, terms.budget
    ranks, prices = np.empty(_TRIES), np.empty(_TRIES)
    next_units, next_targets = np.empty(_TRIES, np.int64), np.empty(_TRIES, np.int64)
    units, origins = np.empty(depth, np.int64), np.empty(depth, np.int64)
    random = state.seed[0]
    accepted = 0
    for _ in range(proposals):
        random = next_random(random)
        entry = pool[int(share_of(random) * len(pool))]
        unit = source[entry]
        own, target = part[unit], part[indices[entry]]
        if own == target or size[own] == 1 or fixed[unit]:
            continue
        total = longer(unit, own, target, indptr, indices, cost, part)
        if total > _LONGEST:
            continue
        total += press * burden(unit, own, target, weight, load, lows, highs, scale)
        total += stray_price(unit, own, target, weight, homes, moved, move_price, budget)
        if total == np.inf or not stays_whole(unit, indptr, indices, ring, part, stamp, queue, 400):
            continue
        random = next_random(random)
        threshold = -heat * np.log(1.0 - share_of(random))
        units[0], origins[0] = unit, own
        carry(unit, own, target, weight, homes, part, load, size, moved)
        length = 1
        while total > threshold and length < depth:
            most = threshold - total if length == depth - 1 else np.inf
            noise = heat
            if chance > 0.0 and length < depth - 1:
                random = next_random(random)
                if share_of(random) < chance:
                    noise = _ANY
            count, random = answers(
                unit,
                unit,
                indptr,
                indices,
                cost,
                weight,
                fixed,
                homes,
                part,
                load,
                moved,
                stamp,
                queue,
                lows,
                highs,
                scale,
                move_price,
                budget,
                noise,
                press,
                most,
                random,
                ranks,
                next_units,
                next_targets,
                prices,
            )
            before = length
            for i in range(count):
                x = next_units[i]
                if stays_whole(x, indptr, indices, ring, part, stamp, queue, 400):
                    total += prices[i]
                    units[length], origins[length] = x, part[x]
                    carry(x, part[x], next_targets[i], weight, homes, part, load, size, moved)
                    unit = x
                    length += 1
                    break
            if length == before:
                break
        if total <= threshold:
            accepted += 1
            continue
        for back in range(length - 1, -1, -1):
            x = units[back]
            carry(x, part[x], origins[back], weight, homes, part, load, size, moved)
    state.seed[0] = random
    return accepted
