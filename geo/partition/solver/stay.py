"""The search of a redraw: as few people as possible change grids, borders come second, the band is kept.

People away from home cost far more than a longer border, so that a unit moves only where the band needs it; but borders
still cost something, so that of two ways that move as many people the rounder one is taken.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.partition.solver.anneal import excess_of, outside_of, settle
from geo.partition.solver.clock import Clock
from geo.partition.solver.drift import drift
from geo.partition.solver.engine import Arena, State, Terms, cut_of
from geo.partition.solver.exchange import exchange
from geo.partition.solver.flow import flow
from geo.partition.solver.repair import repair

# In a redraw, moving a unit of mean weight away from home costs as much as this many cut adjacencies. Beyond 8 the
# borders grow faster than the movement shrinks; at 1 half as many people again are moved (benchmarks/redraw.py).
HOME_PRICE = 6.0
# Price of a band's half width outside the band: at the start of the first cooling, at its end, and where it is law:
# there a fraction of a person outside the band is dearer than a unit that moves.
_PRESS, _LAW = (6.0, 800.0), 1e6
_HEAT = (6.0, 0.15)
# Steps of the first cooling; how much of the full potential it starts with, when that begins to fade and by what, and
# how fast it follows what is outside the band.
_COOLING, _SHARE, _FADING, _FADE, _STEP = 100, 0.7, 0.3, 0.97, 0.05
# Chains of flips for each unit at each step; flips of a chain; steps of a cooling.
_CHAINS, _DEPTH, _STEPS = 3, 3, 12
# Pieces with fewer units are searched more than once, the fewer the more often.
_SMALL, _TRIES = 1000, 8
# Heats of further tries around grids that are left outside the band.
_AGAIN = (0.9, 2.0, 4.0, 1.5)


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
    _drift(arena, state, terms, proposals, clock)
    pool = np.arange(len(arena.indices), dtype=np.int64)
    _chains(arena, state, terms, pool, (0.9, 0.15), (_PRESS[1], _LAW), clock)
    for heat in _AGAIN:
        outside = np.flatnonzero(excess_of(state.load, terms).any(axis=1))
        if not len(outside) or clock.over:
            break
        near = _near(arena, state, outside)
        _if_better(arena, state, terms, near, (heat, 0.15), (_PRESS[0] * heat, _LAW), clock)
    if excess_of(state.load, terms).any() and not clock.over:
        cheap = terms._replace(move_price=0.2 * terms.move_price)
        repair(arena, state, cheap, clock, effort=100 * len(state.part))
    _if_better(arena, state, terms, pool, (0.3, 0.02), (_LAW, _LAW), clock)


def _drift(arena: Arena, state: State, terms: Terms, proposals: int, clock: Clock) -> None:
    """The first cooling: surpluses drift towards room, by potentials that fade where the band is met."""
    low, high, scale = terms.low[:, 0], terms.high[:, 0], float(terms.scale[0])
    a, b = state.part[arena.source], state.part[arena.indices]
    pull = _SHARE * terms.move_price * flow(a, b, state.load[:, 0], (low, high))[1]
    try:
        for step in range(_COOLING):
            crossing = np.flatnonzero(state.part[arena.source] != state.part[arena.indices])
            done = max(step / (_COOLING - 1), min(clock.used(), 1.0))
            if not len(crossing) or clock.over:
                break
            heat, press = (ends[0] * (ends[1] / ends[0]) ** done for ends in (_HEAT, _PRESS))
            drift(arena, state, terms, pull, crossing, heat, press, max(1, proposals // _COOLING))
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
    arena: Arena,
    state: State,
    terms: Terms,
    pool: NDArray[np.int64],
    heat: tuple[float, float],
    press: tuple[float, float],
    clock: Clock,
) -> None:
    """One cooling by chains of flips: from the first heat and price of unbalance to the second."""
    try:
        for step in range(_STEPS):
            crossing = pool[state.part[arena.source[pool]] != state.part[arena.indices[pool]]]
            if not len(crossing) or clock.over:
                break
            done = step / (_STEPS - 1)
            hot, hard = (ends[0] * (ends[1] / ends[0]) ** done for ends in (heat, press))
            count = max(100, int(_CHAINS * len(state.part) * len(pool) / len(arena.indices)))
            exchange(arena, state, terms, crossing, hot, hard, _DEPTH, count)
            settle(arena, state)
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def _if_better(
    arena: Arena,
    state: State,
    terms: Terms,
    pool: NDArray[np.int64],
    heat: tuple[float, float],
    press: tuple[float, float],
    clock: Clock,
) -> None:
    """The same, taken back unless less weight is outside the band, or as much and the whole is cheaper."""
    before, was = state.part.copy(), _price(arena, state, terms)
    _chains(arena, state, terms, pool, heat, press, clock)
    if _price(arena, state, terms) > was:
        _put(arena, state, before)


def _put(arena: Arena, state: State, part: NDArray[np.int32]) -> None:
    state.part[:] = part
    state.size[:] = np.bincount(part, minlength=len(state.size))
    settle(arena, state)


def _price(arena: Arena, state: State, terms: Terms) -> tuple[float, float]:
    bad = outside_of(state.load, terms)
    return bad, float(cut_of(arena, state.part) + terms.move_price * state.moved[0])


def _near(arena: Arena, state: State, grids: NDArray[np.int64], rings: int = 3) -> NDArray[np.int64]:
    """Entries of the adjacency whose source lies in `grids` or at most `rings` grids away."""
    inside = np.zeros(len(state.load), dtype=bool)
    inside[grids] = True
    own, other = state.part[arena.source], state.part[arena.indices]
    for _ in range(rings):
        inside[other[inside[own]]] = True
    return np.flatnonzero(inside[own])
