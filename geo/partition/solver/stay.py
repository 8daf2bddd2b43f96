"""The search of a redraw: as few people as possible change grids, borders come second, the band is kept.

People away from home cost far more than a longer border, so that a unit moves only where the band needs it; but borders
still cost something, so that of two ways that move as many people the rounder one is taken.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.partition.solver.anneal import excess_of, outside_of, settle
from geo.partition.solver.bounds import attainable
from geo.partition.solver.clock import Clock
from geo.partition.solver.drift import drift
from geo.partition.solver.engine import Arena, State, Terms, cut_of
from geo.partition.solver.exchange import exchange
from geo.partition.solver.flow import flow
from geo.partition.solver.repair import repair

# In a redraw, moving a unit of mean weight away from home costs as much as this many cut adjacencies. Beyond 30 the
# borders grow and the movement shrinks no more; at 6 it is a tenth more (benchmarks/redraw.py).
HOME_PRICE = 30.0
# Price of a band's half width outside the band: at the start of the first cooling, at its end, and where it is law:
# there a fraction of a person outside the band is dearer than a unit that moves.
_PRESS, _LAW = (9.0, 1200.0), 1e6
_HEAT = (6.0, 0.15)
# Steps of the first cooling; how much of the full potential it starts with, when that begins to fade and by what, and
# how fast it follows what is outside the band.
_COOLING, _SHARE, _FADING, _FADE, _STEP = 100, 0.7, 0.3, 0.97, 0.05
# Chains of flips for each unit at each step; flips of a chain, and how often one in its middle is left to chance; steps
# of a cooling, heats.
_CHAINS, _DEPTH, _CHANCE, _STEPS = 3, 3, 0.7, 24
_WARM, _COLD = 2.0, 0.15
# Pieces with fewer units are searched more than once, the fewer the more often.
_SMALL, _TRIES = 1000, 8
# Heats of further tries on the way from grids that are left outside the band to where there is room, with the part of
# the price of moving that holds there, and how many grids beside that way may help.
_AGAIN, _BESIDE = ((1.0, 1.0), (2.0, 0.3), (4.0, 0.3), (6.0, 0.3), (2.0, 0.1), (4.0, 0.1), (6.0, 0.1)), 2
# So many units are few: around what is left then, everything is tried.
_FEW = 5000


def stay(arena: Arena, state: State, terms: Terms, proposals: int, clock: Clock) -> None:
    """Bring every grid into its band, in place, and move few people: `terms.move_price` each, `terms.budget` at most.

    Parameters
    ----------
    proposals : int
        Single flips of the first cooling.
    """
    start, tries = state.part.copy(), max(1, _SMALL // len(state.part))
    best = None
    for _ in range(min(tries, _TRIES)):
        _put(arena, state, start)
        _run(arena, state, terms, proposals, clock)
        price = _price(arena, state, terms)
        if best is None or price < best[0]:
            best = price, state.part.copy()
        if clock.over:
            break
    assert best is not None
    _put(arena, state, best[1])


def _run(arena: Arena, state: State, terms: Terms, proposals: int, clock: Clock) -> None:
    """One search from the start."""
    terms = _whole(arena, terms)
    pool = np.arange(len(arena.indices), dtype=np.int64)
    _drift(arena, state, terms, pool, _HEAT[0], proposals, clock)
    _chains(arena, state, terms, pool, _WARM, _PRESS[1], clock)
    for heat, price in _AGAIN:
        if clock.over or not _left(arena, state, terms).any():
            return
        before, was = state.part.copy(), _price(arena, state, terms)
        pool, cheap = _way(arena, state, terms), terms._replace(move_price=price * terms.move_price)
        _drift(arena, state, cheap, pool, heat, proposals, clock)
        _chains(arena, state, cheap, pool, heat, price * _PRESS[1], clock)
        _chains(arena, state, terms, pool, _COLD, _LAW, clock)
        if _price(arena, state, terms) > was:
            _put(arena, state, before)
    if len(state.part) <= _FEW and _left(arena, state, terms).any() and not clock.over:
        before, was = state.part.copy(), _price(arena, state, terms)
        repair(arena, state, cheap, clock, effort=100 * len(state.part))
        _chains(arena, state, terms, np.arange(len(arena.indices), dtype=np.int64), _COLD, _LAW, clock)
        if _price(arena, state, terms) > was:
            _put(arena, state, before)


def _whole(arena: Arena, terms: Terms) -> Terms:
    """Bands whose ends are weights that a grid can have: else some are left outside, by part of a person."""
    low, high = terms.low.copy(), terms.high.copy()
    for j in range(arena.weight.shape[1]):
        low[:, j], high[:, j] = attainable(low[:, j], high[:, j], arena.weight[:, j])
    return terms._replace(low=low, high=high)


def _left(arena: Arena, state: State, terms: Terms) -> NDArray[np.bool_]:
    """Grids outside the band, but for those of a unit that is too heavy for any."""
    heavy = np.zeros(len(state.load), dtype=bool)
    heavy[state.part[(arena.weight > terms.high[state.part]).any(axis=1)]] = True
    return excess_of(state.load, terms).any(axis=1) & ~heavy


def _way(arena: Arena, state: State, terms: Terms) -> NDArray[np.int64]:
    """Entries of the adjacency on the way from what is outside the band to where there is room, and beside it."""
    inside = _left(arena, state, terms)
    own, other = state.part[arena.source], state.part[arena.indices]
    inside |= flow(own, other, state.load[:, 0], (terms.low[:, 0], terms.high[:, 0]))[1] != 0
    for _ in range(_BESIDE):
        inside[other[inside[own]]] = True
    return np.flatnonzero(inside[own])


def _drift(
    arena: Arena, state: State, terms: Terms, pool: NDArray[np.int64], heat: float, proposals: int, clock: Clock
) -> None:
    """A cooling in which surpluses drift towards room, by potentials that fade where the band is met."""
    each = max(1, proposals * len(pool) // (_COOLING * len(arena.indices)))
    low, high, scale = terms.low[:, 0], terms.high[:, 0], float(terms.scale[0])
    a, b = state.part[arena.source], state.part[arena.indices]
    pull = _SHARE * terms.move_price * flow(a, b, state.load[:, 0], (low, high))[1]
    try:
        for step in range(_COOLING):
            crossing = pool[state.part[arena.source[pool]] != state.part[arena.indices[pool]]]
            done = max(step / (_COOLING - 1), min(clock.used(), 1.0))
            if not len(crossing) or clock.over:
                break
            hot, press = (ends[0] * (ends[1] / ends[0]) ** done for ends in ((heat, _HEAT[1]), _PRESS))
            drift(arena, state, terms, pull, crossing, hot, press, each)
            settle(arena, state)
            excess = excess_of(state.load, terms)[:, 0]
            off = np.where(state.load[:, 0] > high, excess, -excess) / scale
            if done > _FADING:
                pull = np.where(off == 0, _FADE * pull, pull)
            pull += _STEP * terms.move_price * np.sign(off) * np.minimum(np.abs(off) + 0.05, 1.0)
            clock.tell(0.6 * done)
            if done >= 1.0:
                break
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def _chains(
    arena: Arena, state: State, terms: Terms, pool: NDArray[np.int64], heat: float, press: float, clock: Clock
) -> None:
    """One cooling by chains of flips: from a heat to the cold, from a price of unbalance to the law."""
    try:
        for step in range(_STEPS):
            crossing = pool[state.part[arena.source[pool]] != state.part[arena.indices[pool]]]
            if not len(crossing) or clock.over:
                break
            done = step / (_STEPS - 1)
            hot, hard = heat * (_COLD / heat) ** done, press * (_LAW / press) ** done
            count = max(100, int(_CHAINS * len(state.part) * len(pool) / len(arena.indices)))
            exchange(arena, state, terms, crossing, hot, hard, _DEPTH, count, _CHANCE)
            settle(arena, state)
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def _put(arena: Arena, state: State, part: NDArray[np.int32]) -> None:
    state.part[:] = part
    state.size[:] = np.bincount(part, minlength=len(state.size))
    settle(arena, state)


def _price(arena: Arena, state: State, terms: Terms) -> tuple[float, float]:
    bad = outside_of(state.load, terms)
    return bad, float(cut_of(arena, state.part) + terms.move_price * state.moved[0])
