"""The compiled core of the cooling for narrow bands: single flips with a price for each person in each grid.

The price (a potential) is high where there is too much and falls towards room; a flip in its direction pays for itself,
so that a surplus is handed on over grids that are full themselves. See `level`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit
from geo.partition.solver.engine import move
from geo.partition.solver.steps import heavier, longer, next_random, share_of, stays_whole, stray_price


@jit
def drift(arena: Any, state: Any, terms: Any, pull: Any, pool: Any, heat: Any, press: Any, proposals: Any) -> Any:
    """Run `proposals` single flips at one temperature, with a price `pull` for each person in each grid.

    Parameters
    ----------
    pull : float64 (k,)
        Price of a person in each grid, in the unit of `arena.cost`.
    pool : int64 (p,)
        Entries of `arena.indices`; those that cross no border by then are passed over.
    heat, press : float
        As in `engine.anneal`.

    Returns
    -------
    int
        Accepted moves.
    """
    indptr, indices, source, cost = arena.indptr, arena.indices, arena.source, arena.cost
    weight, fixed, homes, ring = arena.weight, arena.fixed, arena.home, arena.ring
    part, load, size, moved, stamp, queue = state.part, state.load, state.size, state.moved, state.stamp, state.queue
    lows, highs, scale = terms.low, terms.high, terms.scale
    accepted = 0
    for _ in range(proposals):
        state.seed[0] = next_random(state.seed[0])
        entry = pool[int(share_of(state.seed[0]) * len(pool))]
        unit = source[entry]
        own, target = part[unit], part[indices[entry]]
        if own == target or size[own] == 1 or fixed[unit]:
            continue
        change = longer(unit, own, target, indptr, indices, cost, part)
        change += stray_price(unit, own, target, weight, homes, moved, terms.move_price, terms.budget)
        change += (pull[target] - pull[own]) * weight[unit, 0]
        for j in range(weight.shape[1]):
            w = weight[unit, j]
            if w > 0.0:
                ends = lows[own, j], highs[own, j], lows[target, j], highs[target, j]
                change += press * heavier(w, load[own, j], load[target, j], *ends, scale[j])
        if change > 0.0:
            state.seed[0] = next_random(state.seed[0])
            if change > 20.0 * heat or share_of(state.seed[0]) >= np.exp(-change / heat):
                continue
        if not stays_whole(unit, indptr, indices, ring, part, stamp, queue, 400):
            continue
        move(unit, target, arena, state)
        accepted += 1
    return accepted
