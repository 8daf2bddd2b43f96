"""What the compiled engine does millions of times, on plain arrays.

The arguments are arrays and numbers only: the compiler counts references whenever a tuple of arrays is handed on, and
that took two thirds of the time. See `engine.Arena` and `engine.State` for shapes and types.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import jit


@jit
def next_random(x: Any) -> Any:
    """The next state of the random numbers: xorshift64*, so that the stream is ours and the same everywhere."""
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    return x ^ (x >> np.uint64(27))


@jit
def share_of(x: Any) -> Any:
    """A float in [0, 1) from a state of the random numbers."""
    return np.float64((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@jit
def outside(load: Any, low: Any, high: Any, scale: Any) -> Any:
    """Price of a load, linear plus square, so that a little outside still counts and far outside counts more."""
    x = max(load - high, low - load) / scale
    return x + x * x if x > 0.0 else 0.0


@jit
def longer(unit: Any, own: Any, target: Any, indptr: Any, indices: Any, cost: Any, part: Any) -> Any:
    """How much the price of all cut adjacencies would grow if `unit` went from `own` to `target`."""
    change = 0.0
    for e in range(indptr[unit], indptr[unit + 1]):
        there = part[indices[e]]
        if there == own:
            change += cost[e]
        elif there == target:
            change -= cost[e]
    return change


@jit
def heavier(w: Any, a: Any, b: Any, low: Any, high: Any, other_low: Any, other_high: Any, scale: Any) -> Any:
    """How much the price of two loads would grow if the weight `w` went from the load `a` to the load `b`."""
    return (
        outside(a - w, low, high, scale)
        - outside(a, low, high, scale)
        + outside(b + w, other_low, other_high, scale)
        - outside(b, other_low, other_high, scale)
    )


@jit
def stays_whole(unit: Any, indptr: Any, indices: Any, part: Any, stamp: Any, queue: Any, limit: Any) -> Any:
    """See `engine.leaves_whole`."""
    n = len(part)
    own = part[unit]
    stamp[n] += 2
    wanted, seen = stamp[n], stamp[n] + 1
    count = 0
    first = -1
    for e in range(indptr[unit], indptr[unit + 1]):
        x = indices[e]
        if part[x] == own:
            stamp[x] = wanted
            count += 1
            first = x
    if count <= 1:
        return True
    stamp[unit] = seen
    stamp[first] = seen
    queue[0] = first
    tail, found = 1, 1
    # Most often the neighbours touch one another: try them alone before anything further away.
    for near in (True, False):
        head = 0
        while head < tail:
            x = queue[head]
            head += 1
            for e in range(indptr[x], indptr[x + 1]):
                y = indices[e]
                if part[y] != own or stamp[y] == seen:
                    continue
                if stamp[y] == wanted:
                    found += 1
                    if found == count:
                        return True
                elif near:
                    continue
                stamp[y] = seen
                queue[tail] = y
                tail += 1
            if tail > limit:
                return False
    return False


@jit
def relist(
    unit: Any,
    own: Any,
    target: Any,
    indptr: Any,
    indices: Any,
    part: Any,
    listed: Any,
    place: Any,
    begin: Any,
    count: Any,
) -> Any:
    """Bring a front up to date after `unit` went from `own` to `target`; returns its new length."""
    for e in range(indptr[unit], indptr[unit + 1]):
        x = indices[e]
        there = part[x]
        if there != own and there != target:
            continue
        back = indptr[x]
        while indices[back] != unit:
            back += 1
        for at in (e - begin, back - begin):
            if at < 0 or at >= len(place) or place[at] == -2:
                continue
            if there == own:
                place[at] = count
                listed[count] = at + begin
                count += 1
            else:
                hole = place[at]
                count -= 1
                last = listed[count]
                listed[hole] = last
                place[last - begin] = hole
                place[at] = -1
    return count


@jit
def burden(unit: Any, own: Any, target: Any, weight: Any, load: Any, lows: Any, highs: Any, scale: Any) -> Any:
    """How much the price of all loads would grow if `unit` went from `own` to `target`."""
    change = 0.0
    for j in range(weight.shape[1]):
        w = weight[unit, j]
        if w > 0.0:
            ends = lows[own, j], highs[own, j], lows[target, j], highs[target, j]
            change += heavier(w, load[own, j], load[target, j], *ends, scale[j])
    return change


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
def carry(
    unit: Any, own: Any, target: Any, weight: Any, homes: Any, part: Any, load: Any, size: Any, moved: Any
) -> None:
    """Put `unit` from `own` into the grid `target`; asks nothing."""
    for j in range(weight.shape[1]):
        load[own, j] -= weight[unit, j]
        load[target, j] += weight[unit, j]
    size[own] -= 1
    size[target] += 1
    home = homes[unit]
    if home >= 0:
        if own == home:
            moved[0] += weight[unit, 0]
        elif target == home:
            moved[0] -= weight[unit, 0]
    part[unit] = target
