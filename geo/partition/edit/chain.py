"""Chains: a heavy grid gives to a neighbour, which gives on, until a grid with room is reached.

Annealing finds such ways only by chance when the grid with room is some grids away. A chain costs about as many people
as it has to: the weight in excess, once for each border on the way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.partition.edit.patch import Patch
from geo.partition.solver.engine import leaves_whole, move, penalty

_ATTEMPTS = 300


def chained(patch: Patch, start: NDArray[np.int32], seed: int, usual: float, loose: float) -> NDArray[np.int32]:
    """Lower the weight outside the band by chains from `start`; int32 (nodes,). Only chains that help are kept.

    Looks at people alone where there are further weights; a chain that makes those worse in sum is not kept. `loose`
    is how far chance may lead away from the unit that fits best, in units of usual weight.
    """
    state = patch.state(start, seed)
    noise = np.random.default_rng(seed).random(4096)
    _chains(patch.arena, state, patch.terms, _ATTEMPTS, usual, noise, loose)
    return state.part


@jit
def _chains(arena: Any, state: Any, terms: Any, attempts: Any, usual: Any, noise: Any, base: Any) -> Any:
    parts = len(state.size)
    fails = np.zeros((parts, parts), np.int64)
    tried = np.zeros(parts, np.int64)
    units = np.empty(parts, np.int64)
    touch = np.zeros((parts, parts), np.bool_)
    _touching(arena, state, touch)
    for attempt in range(attempts):
        bad, gives = _worst(state, terms, tried)
        if bad < 0:
            return
        way, length, amount = _route(touch, state, terms, bad, gives, fails, usual)
        if length < 2:
            tried[bad] += 4
            continue
        before = _outside(way, length, state, terms)
        done = 0
        # From the far end, so that everyone has room when something comes.
        for hop in range(length - 2, -1, -1):
            loose = base + 0.2 * (fails[bad, way[length - 1]] + fails[bad, way[0]])
            unit = _fitting(arena, state, way[hop], way[hop + 1], amount, usual, noise, attempt * 31 + hop, loose)
            if unit < 0:
                break
            move(unit, way[hop + 1], arena, state)
            units[hop] = unit
            done += 1
        if done == length - 1 and _outside(way, length, state, terms) < before * (1 - 1e-9):
            tried[bad] = 0
            _touching(arena, state, touch)
            continue
        for hop in range(length - 1 - done, length - 1):
            move(units[hop], way[hop], arena, state)
        fails[bad, way[length - 1] if gives else way[0]] += 1
        tried[bad] += 1


@jit
def _touching(arena: Any, state: Any, touch: Any) -> Any:
    """Which parts touch which."""
    touch[:] = False
    for e in range(len(arena.indices)):
        touch[state.part[arena.source[e]], state.part[arena.indices[e]]] = True


@jit
def _worst(state: Any, terms: Any, tried: Any) -> Any:
    """The part most outside its band, less those tried in vain, and whether it has too much; −1 if there is none."""
    most, bad, gives = 0.0, -1, False
    for k in range(len(state.size)):
        over = state.load[k, 0] - terms.high[k, 0]
        under = terms.low[k, 0] - state.load[k, 0]
        off = max(over, under)
        if off > 1e-9 * max(terms.high[k, 0], 1e-9) and tried[k] < 16 and off / (1 + tried[k]) > most:
            most, bad, gives = off / (1 + tried[k]), k, over > under
    return bad, gives


@jit
def _route(touch: Any, state: Any, terms: Any, bad: Any, gives: Any, fails: Any, usual: Any) -> Any:
    """The fewest borders to a part that can take (or give) something: parts from giver to taker, how many, how much."""
    parts = len(state.size)
    need = state.load[bad, 0] - terms.high[bad, 0] if gives else terms.low[bad, 0] - state.load[bad, 0]
    before = np.full(parts, -1, np.int64)
    before[bad] = bad
    layer = [bad]
    found, amount, fewest = -1, 0.0, 8
    while len(layer) > 0 and found < 0:
        following = [bad]
        following.pop()
        for x in layer:
            for y in range(parts):
                if touch[x, y] and before[y] < 0:
                    before[y] = x
                    following.append(y)
        for y in following:
            room = terms.high[y, 0] - state.load[y, 0] if gives else state.load[y, 0] - terms.low[y, 0]
            could = min(room, need + (terms.high[bad, 0] - terms.low[bad, 0]) / 2)
            if could < min(need, 0.5 * usual) or fails[bad, y] >= fewest:
                continue
            if (
                found < 0
                or fails[bad, y] < fails[bad, found]
                or (fails[bad, y] == fails[bad, found] and could > amount)
            ):
                found, amount = y, could
        layer = following
    way = np.empty(parts, np.int64)
    length = 0
    if found < 0:
        return way, length, amount
    x = found
    while True:
        way[length] = x
        length += 1
        if x == bad:
            break
        x = before[x]
    if gives:
        for at in range(length // 2):
            way[at], way[length - 1 - at] = way[length - 1 - at], way[at]
    # What puts the bad part right, and a little more if that is at hand.
    return way, length, min(amount, need + 0.25 * (terms.high[bad, 0] - terms.low[bad, 0]))


@jit
def _fitting(
    arena: Any, state: Any, own: Any, target: Any, amount: Any, usual: Any, noise: Any, turn: Any, loose: Any
) -> Any:
    """The node at the border of `own` to `target` that weighs about `amount`, goes home if it can, and cuts little."""
    part = state.part
    if state.size[own] < 2:
        return -1
    refused = np.zeros(len(part), np.bool_)
    while True:
        least, unit = np.inf, -1
        for x in range(len(part)):
            w = arena.weight[x, 0]
            if part[x] != own or w <= 0.0 or arena.fixed[x] or refused[x]:
                continue
            price = (amount - w) / usual if w <= amount else 2.0 * (w - amount) / usual
            near = False
            for e in range(arena.indptr[x], arena.indptr[x + 1]):
                there = part[arena.indices[e]]
                if there == own:
                    price += 0.2 * arena.cost[e]
                elif there == target:
                    price -= 0.2 * arena.cost[e]
                    near = True
            if not near:
                continue
            if arena.home[x] == own:
                price += 0.5 * w / usual
            elif arena.home[x] == target:
                price -= 0.5 * w / usual
            price += loose * noise[(x * 7 + turn) % len(noise)]
            if price < least:
                least, unit = price, x
        if unit < 0 or leaves_whole(unit, arena, state, len(part)):
            return unit
        refused[unit] = True


@jit
def _outside(way: Any, length: Any, state: Any, terms: Any) -> Any:
    """Price of what lies outside the band on the way."""
    total = 0.0
    for at in range(length):
        for j in range(state.load.shape[1]):
            total += penalty(state.load[way[at], j], way[at], j, terms)
    return total
