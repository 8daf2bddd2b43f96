"""Bring the last grids into the band: anneal their surroundings, and keep only what helps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.partition.solver.anneal import excess_of, settle
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, State, Terms, anneal, cut_of

# Tries in a row without any gain before a case counts as stuck.
_PATIENCE = 60
_HEATS = (0.35, 0.7, 0.2, 1.2)
_LADDER = 12
_HARD = 80.0


def repair(arena: Arena, state: State, terms: Terms, clock: Clock, *, effort: int, patience: int = _PATIENCE) -> bool:
    """Lower the weight outside the band, in place, until there is none or nothing helps any more.

    The worst grid's surroundings (one to four grids around) are heated and cooled again with a high price on
    unbalance; a try that does not lower the total excess is taken back. The prices and the bound of a redraw hold here
    as they do everywhere.

    Parameters
    ----------
    effort : int
        Most proposals to spend.
    patience : int
        Tries in a row without gain after which the case counts as stuck.

    Returns
    -------
    bool
        Whether every grid is in the band.
    """
    fails = np.zeros(len(state.load), dtype=np.int64)
    stuck = spent = 0
    while stuck < patience and spent < effort and not clock.over:
        excess = (excess_of(state.load, terms) / terms.scale).sum(axis=1)
        bad = np.flatnonzero(excess)
        if not len(bad):
            return True
        together = len(bad) > 8 and stuck < 3
        chosen = bad if together else bad[np.lexsort((bad, -excess[bad], fails[bad]))[:1]]
        around = 1 + int(min(fails[chosen].max() // 2, 3)) if not together else 1
        pool = _pool(arena, state, chosen, around)
        each = max(200, len(pool) * (12 + 4 * min(int(fails[chosen].max()), 20)))
        spent += each * _LADDER
        try:
            gained = _try(arena, state, terms, pool, _HEATS[int(fails[chosen].max()) % len(_HEATS)], each)
        except KeyboardInterrupt:
            clock.interrupted = True
            settle(arena, state)
            break
        if gained:
            stuck = 0
            fails[chosen] //= 2
        else:
            stuck += 1
            fails[chosen] += 1
    return not excess_of(state.load, terms).any()


def _pool(arena: Arena, state: State, grids: NDArray[np.int64], around: int) -> NDArray[np.int64]:
    """Entries of the adjacency whose source lies in `grids` or at most `around` grids away."""
    inside = np.zeros(len(state.load), dtype=bool)
    inside[grids] = True
    own, other = state.part[arena.source], state.part[arena.indices]
    for _ in range(around):
        inside[other[inside[own]]] = True
    return np.flatnonzero(inside[own])


def _try(arena: Arena, state: State, terms: Terms, pool: NDArray[np.int64], heat: float, each: int) -> bool:
    """One heating and cooling of `pool`; True if less weight is outside the band than before."""
    before_part, before_load = state.part.copy(), state.load.copy()
    before = _badness(state, terms)
    # At first a unit of usual weight may lie outside the band at the price of an edge or two; else nothing would move.
    usual = float(arena.weight[arena.source[pool], 0].mean()) / float(terms.scale[0])
    soft = min(2.0 * heat / max(usual + usual * usual, 1e-9), _HARD / 20)
    for step in range(_LADDER):
        done = step / (_LADDER - 1)
        press = soft * (_HARD / soft) ** done
        anneal(arena, state, terms, pool, heat * (0.1 / heat) ** done, press, each)
        settle(arena, state)
        if step >= _LADDER // 2 and not excess_of(state.load, terms).any():
            break
    if _badness(state, terms) < before:
        return True
    state.part[:] = before_part
    state.load[:] = before_load
    state.size[:] = np.bincount(before_part, minlength=len(before_load))
    settle(arena, state)
    return False


def _badness(state: State, terms: Terms) -> float:
    """Total weight outside the band, the far outside more."""
    excess = excess_of(state.load, terms) / terms.scale
    return float((excess + excess * excess).sum())


def polish(arena: Arena, state: State, terms: Terms, clock: Clock, proposals: int) -> None:
    """Shorten the borders once more, cold, without leaving the band; kept only if nothing got worse."""
    if clock.over:
        return
    before_part, before_bad = state.part.copy(), _badness(state, terms)
    before_cut = cut_of(arena, state.part) + terms.move_price * state.moved[0]
    pool = np.arange(len(arena.indices), dtype=np.int64)
    steps = 10
    try:
        for step in range(steps):
            anneal(arena, state, terms, pool, 0.16 * 0.1 ** (step / (steps - 1)), 1e4, max(1, proposals // steps))
            settle(arena, state)
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)
    cut = cut_of(arena, state.part) + terms.move_price * state.moved[0]
    if _badness(state, terms) > before_bad or cut > before_cut:
        state.part[:] = before_part
        state.size[:] = np.bincount(before_part, minlength=len(state.size))
        settle(arena, state)
