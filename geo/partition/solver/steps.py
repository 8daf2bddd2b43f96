"""What the compiled engine does millions of times, on plain arrays.

The arguments are arrays and numbers only: the compiler counts references whenever a tuple of arrays is handed on, and
that took two thirds of the time. See `engine.Arena` and `engine.State` for shapes and types.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.compiled import inlined, jit

# Neighbours of a unit that are looked at without asking how many there are.
WIDE = 8


# Multiplier of xorshift64*.
STAR = np.uint64(2685821657736338717)


@inlined
def next_random(x: Any) -> Any:
    """The next state of the random numbers: xorshift64*, so that the stream is ours and the same everywhere."""
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    return x ^ (x >> np.uint64(27))


@inlined
def share_of(x: Any) -> Any:
    """A float in [0, 1) from a state of the random numbers."""
    return np.float64((x * STAR) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def outside(load: Any, low: Any, high: Any, scale: Any) -> Any:
    """Price of a load, linear plus square, so that a little outside still counts and far outside counts more."""
    x = max(np.divide(max(load - high, low - load), scale), 0.0)
    return x + x * x


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
def links_of(indptr: Any, indices: Any, cost: Any) -> Any:
    """What the loops know of a graph beforehand; two of the arrays go on for WIDE after the last entry.

    twin int32 (m,): where each entry's other direction stands. ring uint32 (m + WIDE,): which neighbours of a unit
    touch; bit j of an entry says that its neighbour touches the j-th neighbour of the same unit, the first 32 have a
    bit. price int32 (m + WIDE,): `cost` in 1024ths.
    """
    m = len(indices)
    twin, ring, price = np.empty(m, np.int32), np.zeros(m + WIDE, np.uint32), np.zeros(m + WIDE, np.int32)
    place = np.full(len(indptr) - 1, -1, np.int64)
    for unit in range(len(indptr) - 1):
        begin, end = indptr[unit], indptr[unit + 1]
        for e in range(begin, min(end, begin + 32)):
            place[indices[e]] = e - begin
        for e in range(begin, end):
            x = indices[e]
            price[e] = round(cost[e] * 1024)
            for f in range(indptr[x], indptr[x + 1]):
                y = indices[f]
                if y == unit:
                    twin[e] = f
                elif place[y] >= 0:
                    ring[e] |= np.uint32(1) << np.uint32(place[y])
        for e in range(begin, end):
            place[indices[e]] = -1
    return twin, ring, price


@inlined
def touch(mine: Any, begin: Any, end: Any, ring: Any) -> Any:
    """Whether the neighbours in the set `mine` of bits are connected among themselves."""
    grown, reached = mine & (~mine + np.uint32(1)), np.uint32(0)
    while grown != reached:
        reached = grown
        for j in range(WIDE):
            bit = (grown >> np.uint32(j)) & np.uint32(1)
            grown |= mine & ring[begin + j] & (~bit + np.uint32(1))
        for e in range(begin + WIDE, end):
            if (grown >> np.uint32(e - begin)) & np.uint32(1):
                grown |= ring[e] & mine
    return grown == mine


@jit
def stays_whole(unit: Any, indptr: Any, indices: Any, ring: Any, part: Any, stamp: Any, queue: Any, limit: Any) -> Any:
    """See `engine.leaves_whole`."""
    begin, end = indptr[unit], indptr[unit + 1]
    if end - begin <= 32:
        own, mine = part[unit], np.uint32(0)
        for e in range(begin, end):
            mine |= np.uint32(part[indices[e]] == own) << np.uint32(e - begin)
        # Most often the neighbours touch one another.
        if touch(mine, begin, end, ring):
            return True
    return meet(unit, indptr, indices, part, stamp, queue, limit)


@jit
def meet(unit: Any, indptr: Any, indices: Any, part: Any, stamp: Any, queue: Any, limit: Any) -> Any:
    """Whether a search in the grid of `unit`, which does not go through it, meets all its neighbours there."""
    n = len(part)
    own = part[unit]
    stamp[n] += 2
    wanted, seen = stamp[n], stamp[n] + 1
    count = 0
    for e in range(indptr[unit], indptr[unit + 1]):
        x = indices[e]
        if part[x] == own:
            stamp[x] = wanted
            queue[0] = x
            count += 1
    if count <= 1:
        return True
    stamp[unit] = seen
    stamp[queue[0]] = seen
    head, tail, found = 0, 1, 1
    while head < tail and tail <= limit:
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
            stamp[y] = seen
            queue[tail] = y
            tail += 1
    return False


@inlined
def longer_here(begin: Any, end: Any, first: Any, own: Any, target: Any, label: Any, price: Any) -> Any:
    """`longer` in 1024ths, from the labels beyond each entry, which begin at the entry `first`.

    The first WIDE neighbours are reckoned without asking whether they are there: what cannot be foretold costs more.
    """
    change = np.int32(0)
    for j in range(WIDE):
        there, c = label[begin - first + j], price[begin + j]
        gain = (c if there == own else np.int32(0)) - (c if there == target else np.int32(0))
        change += gain if begin + j < end else np.int32(0)
    for e in range(begin + WIDE, end):
        if label[e - first] == own:
            change += price[e]
        elif label[e - first] == target:
            change -= price[e]
    return change


@inlined
def alike(begin: Any, end: Any, own: Any, label: Any) -> Any:
    """The neighbours with the label `own` as bits."""
    mine = np.uint32(0)
    for j in range(WIDE):
        mine |= np.uint32(1 << j) if label[begin + j] == own and begin + j < end else np.uint32(0)
    for e in range(begin + WIDE, end):
        mine |= np.uint32(label[e] == own) << np.uint32(e - begin)
    return mine


@inlined
def relist(
    begin: Any, end: Any, own: Any, target: Any, twin: Any, first: Any, label: Any, listed: Any, place: Any, count: Any
) -> Any:
    """Bring a front up to date after the unit of the entries `begin` … went from `own` to `target`.

    Returns its new length.
    """
    for e in range(begin, end):
        there, back = label[e], np.int64(twin[e + first]) - first
        inside = 0 <= back < len(place)
        if inside:
            label[back] = target
        if there != own and there != target:
            continue
        for at in (e, back):
            if not (at == e or inside) or place[at] == -2:
                continue
            if there == own:
                place[at] = count
                listed[count] = at
                count += 1
            else:
                hole = place[at]
                count -= 1
                last = listed[count]
                listed[hole] = last
                place[last] = hole
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
