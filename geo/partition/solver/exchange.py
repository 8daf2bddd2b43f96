"""The compiled core for narrow bands: chains of two or three flips, judged as one.

Where the band is narrower than a usual unit, a single flip always overshoots: it must be answered by another one. A
chain moves a unit across a border, then another unit on from the grid that received it, back (a swap of two units) or
to a third grid, and so on; the price is that of the whole chain. (Glover 1996 for ejection chains.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit
from geo.partition.solver.engine import move
from geo.partition.solver.steps import heavier, longer, next_random, share_of, stays_whole

# Units of a grid, nearest first, that are looked at for the next flip of a chain, and how many of them are tried.
_NEAR = 60
_TRIES = 3
# A first flip that lengthens the borders by more than this is not answered.
_LONGEST = 3.0


@jit
def stray_price(unit: Any, own: Any, target: Any, weight: Any, homes: Any, moved: Any, price: Any, budget: Any) -> Any:
    """Price of the people who leave or find home with `unit`; inf where a redraw's bound forbids it."""
    home = homes[unit]
    w = weight[unit, 0]
    if home < 0 or w <= 0.0:
        return 0.0
    if own == home:
        return np.inf if moved[0] + w > budget else price * w
    return -price * w if target == home else 0.0


@jit
def answers(start: Any, last: Any, arena: Any, state: Any, terms: Any, heat: Any, press: Any, found: Any) -> Any:
    """Find the best next flips out of the grid of `start`, except of `last`, with a little chance in their order.

    `found` float64 (_TRIES, 4) receives rank, unit, target grid and price of each, best first; returns their number.
    """
    indptr, indices, cost = arena.indptr, arena.indices, arena.cost
    weight, fixed, homes = arena.weight, arena.fixed, arena.home
    part, load, moved, stamp, queue = state.part, state.load, state.moved, state.stamp, state.queue
    lows, highs, scale = terms.low, terms.high, terms.scale
    n, columns = len(part), weight.shape[1]
    own = part[start]
    stamp[n] += 2
    seen = stamp[n]
    stamp[start] = seen
    queue[0] = start
    head, tail, count = 0, 1, 0
    worst = np.inf
    random = state.seed[0]
    while head < tail and head < _NEAR:
        x = queue[head]
        head += 1
        first, second = -1, -1
        free = x != last and not fixed[x]
        for e in range(indptr[x], indptr[x + 1]):
            y = indices[e]
            there = part[y]
            if there == own:
                if stamp[y] != seen:
                    stamp[y] = seen
                    queue[tail] = y
                    tail += 1
                continue
            if not free or there in (first, second):
                continue
            if first < 0:
                first = there
            else:
                second = there
            price = longer(x, own, there, indptr, indices, cost, part)
            if price > _LONGEST:
                continue
            for j in range(columns):
                w = weight[x, j]
                if w > 0.0:
                    ends = lows[own, j], highs[own, j], lows[there, j], highs[there, j]
                    price += press * heavier(w, load[own, j], load[there, j], *ends, scale[j])
            price += stray_price(x, own, there, weight, homes, moved, terms.move_price, terms.budget)
            if price >= worst:
                continue
            random = next_random(random)
            rank = price - heat * np.log(1.0 - share_of(random))
            if rank >= worst:
                continue
            count = _insert(found, count, rank, x, there, price)
            if count == _TRIES:
                worst = found[_TRIES - 1, 0]
    state.seed[0] = random
    return count


@jit
def _insert(found: Any, count: Any, rank: Any, unit: Any, target: Any, price: Any) -> Any:
    """Put a flip in its place among the best ones; returns their new number."""
    at = min(count, _TRIES - 1)
    while at > 0 and found[at - 1, 0] > rank:
        found[at] = found[at - 1]
        at -= 1
    found[at, 0], found[at, 1], found[at, 2], found[at, 3] = rank, unit, target, price
    return min(count + 1, _TRIES)


@jit
def exchange(arena: Any, state: Any, terms: Any, pool: Any, heat: Any, press: Any, depth: Any, proposals: Any) -> Any:
    """Run `proposals` chains of at most `depth` flips at one temperature; entries of `pool` are drawn as first flips.

    A chain ends as soon as all of it together is accepted (Metropolis); one that never is, is taken back.

    Parameters
    ----------
    pool : int64 (p,)
        Entries of `arena.indices`.
    heat, press : float
        As in `engine.anneal`.

    Returns
    -------
    int
        Accepted chains.
    """
    indptr, indices, source, cost = arena.indptr, arena.indices, arena.source, arena.cost
    weight, fixed, homes = arena.weight, arena.fixed, arena.home
    part, load, size, moved, stamp, queue = state.part, state.load, state.size, state.moved, state.stamp, state.queue
    lows, highs, scale = terms.low, terms.high, terms.scale
    found = np.empty((_TRIES, 4))
    units, origins = np.empty(depth, dtype=np.int64), np.empty(depth, dtype=np.int64)
    accepted = 0
    for _ in range(proposals):
        state.seed[0] = next_random(state.seed[0])
        entry = pool[int(share_of(state.seed[0]) * len(pool))]
        unit = source[entry]
        own, target = part[unit], part[indices[entry]]
        if own == target or size[own] == 1 or fixed[unit]:
            continue
        total = longer(unit, own, target, indptr, indices, cost, part)
        if total > _LONGEST:
            continue
        for j in range(weight.shape[1]):
            w = weight[unit, j]
            if w > 0.0:
                ends = lows[own, j], highs[own, j], lows[target, j], highs[target, j]
                total += press * heavier(w, load[own, j], load[target, j], *ends, scale[j])
        total += stray_price(unit, own, target, weight, homes, moved, terms.move_price, terms.budget)
        if total == np.inf or not stays_whole(unit, indptr, indices, part, stamp, queue, 400):
            continue
        state.seed[0] = next_random(state.seed[0])
        threshold = -heat * np.log(1.0 - share_of(state.seed[0]))
        units[0], origins[0] = unit, own
        move(unit, target, arena, state)
        length = 1
        while total > threshold and length < depth:
            count = answers(unit, unit, arena, state, terms, heat, press, found)
            before = length
            for i in range(count):
                x = int(found[i, 1])
                if stays_whole(x, indptr, indices, part, stamp, queue, 400):
                    total += found[i, 3]
                    units[length], origins[length] = x, part[x]
                    move(x, int(found[i, 2]), arena, state)
                    unit = x
                    length += 1
                    break
            if length == before:
                break
        if total <= threshold:
            accepted += 1
            continue
        for back in range(length - 1, -1, -1):
            move(units[back], origins[back], arena, state)
    return accepted
