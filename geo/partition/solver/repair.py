"""Bring every grid into its band by chains of flips: everywhere at first, then around the grids that are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.partition.solver.anneal import excess_of, settle, sweep
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, State, Terms, cut_of
from geo.partition.solver.exchange import exchange

# Chains of at most so many flips.
DEPTH = 3
# Chains tried for each entry that crosses a border, at each step of a cooling.
_EACH = 4
_STEPS, _LADDER = 24, 10
# A piece of so many units is not begun anew, as small ones are: more steps of more chains instead.
_MANY, _MANY_EACH, _MANY_STEPS = 5_000, 16, 48
# From the first price of unbalance, which lets a band's half width go for an edge or two, to one that forbids it.
_PRESS = (1.0, 300.0)
# Everywhere a little heat keeps short borders; around the last grids more and more, or the chains are not found.
_HEAT = 0.8
_HEATS = (0.5, 1.2, 0.8)
_COLD = 0.15
# Around the last grids the band is narrowed to this part of itself: grids that lie at its ends let no weight through.
_INNER = 0.5
# Failures around one grid after which it counts as hopeless.
_PATIENCE = 24


@dataclass(frozen=True)
class Cold:
    """A cooling by chains: steps, chains for each crossing entry at each, heat and price of unbalance from … to."""

    steps: int = 20
    each: int = 1
    heat: tuple[float, float] = (0.1, 0.02)
    press: tuple[float, float] = (0.3, 300.0)


def narrow(arena: Arena, state: State, terms: Terms, clock: Clock) -> None:
    """Anneal by chains of flips, in place: for bands that single units overshoot, and many grids outside.

    Parameters
    ----------
    terms : Terms
        With scales of about half a band.
    """
    pool = np.arange(len(arena.indices), dtype=np.int64)
    each, steps = (_MANY_EACH, _MANY_STEPS) if len(state.part) > _MANY else (_EACH, _STEPS)
    try:
        for step in range(steps):
            if clock.over:
                return
            done = step / (steps - 1)
            _chains(arena, state, terms, pool, _HEAT, done, each)
            settle(arena, state)
            if done > 0.5 and not excess_of(state.load, terms).any():
                return
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def tighten(arena: Arena, state: State, terms: Terms, clock: Clock, cold: Cold | None = None) -> None:
    """Press everything into the band by cold chains of flips, in place.

    A chain takes the best of many answers, which makes it livelier than its heat says: hotter ones undo what the
    single flips have found. The price of unbalance begins anew below where those left it, so that the borders come
    first once more.

    Parameters
    ----------
    terms : Terms
        With scales of about half a band.
    cold : Cold, optional
        The usual one is for bands that a usual unit fits into.
    """
    cold = cold or Cold()
    pool = np.arange(len(arena.indices), dtype=np.int64)
    try:
        for step in range(cold.steps):
            crossing = pool[state.part[arena.source] != state.part[arena.indices]]
            if clock.over or not len(crossing):
                return
            done = step / (cold.steps - 1)
            heat, press = (ends[0] * (ends[1] / ends[0]) ** done for ends in (cold.heat, cold.press))
            exchange(arena, state, terms, crossing, heat, press, DEPTH, cold.each * len(crossing))
            settle(arena, state)
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def _chains(
    arena: Arena, state: State, terms: Terms, pool: NDArray[np.int64], heat: float, done: float, times: float
) -> int:
    """One step of a cooling from `heat` at which `done` of it is over; returns the chains tried."""
    crossing = pool[state.part[arena.source[pool]] != state.part[arena.indices[pool]]]
    if not len(crossing):
        return 0
    count = max(50, int(times * len(crossing)))
    heat *= (_COLD / heat) ** done
    press = _PRESS[0] * (_PRESS[1] / _PRESS[0]) ** done
    exchange(arena, state, terms, crossing, heat, press, DEPTH, count)
    return count


def repair(arena: Arena, state: State, terms: Terms, clock: Clock, *, effort: int, patience: int = _PATIENCE) -> bool:
    """Lower the weight outside the band, in place, until there is none or nothing helps any more.

    The worst grid's surroundings (one to four grids around) are heated and cooled again with a high price on
    unbalance; a try that does not lower the total excess is taken back. The prices and the bound of a redraw hold here
    as they do everywhere.

    Parameters
    ----------
    effort : int
        Most chains to try.
    patience : int
        Tries without gain after which a grid counts as hopeless.

    Returns
    -------
    bool
        Whether every grid is in the band.
    """
    fails = np.zeros(len(state.load), dtype=np.int64)
    spent = 0
    while spent < effort and not clock.over:
        excess = (excess_of(state.load, terms) / terms.scale).sum(axis=1)
        bad = np.flatnonzero(excess)
        if not len(bad):
            return True
        worst = int(bad[np.lexsort((bad, -excess[bad], fails[bad]))[0]])
        if fails[worst] >= patience:
            break
        failed = int(fails[worst])
        pool = surroundings(arena, state, np.array([worst]), 1 + min(failed // 2, 3))
        try:
            chains, gained = _try(arena, state, terms, pool, _HEATS[failed % len(_HEATS)], _EACH * (1 + 0.2 * failed))
        except KeyboardInterrupt:
            clock.interrupted = True
            settle(arena, state)
            break
        spent += chains
        fails[worst] = 0 if gained else failed + 1
    return not excess_of(state.load, terms).any()


def surroundings(arena: Arena, state: State, grids: NDArray[np.int64], around: int) -> NDArray[np.int64]:
    """Entries of the adjacency whose source lies in `grids` or at most `around` grids away."""
    inside = np.zeros(len(state.load), dtype=bool)
    inside[grids] = True
    for _ in range(around):
        inside[state.part[arena.indices[_rows(arena, inside[state.part])]]] = True
    return _rows(arena, inside[state.part])


def _rows(arena: Arena, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Entries of the chosen units."""
    units = np.flatnonzero(chosen)
    start, length = arena.indptr[units], arena.indptr[units + 1] - arena.indptr[units]
    before = np.cumsum(length) - length
    return np.repeat(start - before, length) + np.arange(int(length.sum()), dtype=np.int64)


def _try(
    arena: Arena, state: State, terms: Terms, pool: NDArray[np.int64], heat: float, times: float
) -> tuple[int, bool]:
    """One heating and cooling of `pool`: the chains tried, and whether less weight is outside the band than before."""
    before_part, before = state.part.copy(), _badness(state, terms)
    middle, half = (terms.low + terms.high) / 2, (terms.high - terms.low) / 2
    inner = terms._replace(low=middle - _INNER * half, high=middle + _INNER * half)
    chains = 0
    for step in range(_LADDER):
        chains += _chains(arena, state, inner, pool, heat, step / (_LADDER - 1), times)
        if step >= _LADDER // 2 and not excess_of(state.load, terms).any():
            break
    settle(arena, state)
    if _badness(state, terms) < before:
        return max(chains, 1), True
    _restore(arena, state, before_part)
    return max(chains, 1), False


def _restore(arena: Arena, state: State, part: NDArray[np.int32]) -> None:
    state.part[:] = part
    state.size[:] = np.bincount(part, minlength=len(state.size))
    settle(arena, state)


def _badness(state: State, terms: Terms) -> float:
    """Total weight outside the band, the far outside more."""
    excess = excess_of(state.load, terms) / terms.scale
    return float((excess + excess * excess).sum())


def polish(arena: Arena, state: State, terms: Terms, clock: Clock, proposals: int, chains: int = 0) -> None:
    """Shorten the borders once more, cold, without leaving the band; kept only if nothing got worse.

    Parameters
    ----------
    proposals : int
        Single flips to try.
    chains : int
        Chains of flips to try for each entry that crosses a border, beforehand and warmer.
    """
    if clock.over:
        return
    pool = np.arange(len(arena.indices), dtype=np.int64)
    steps = 10
    try:
        for heat, hottest in ((0.5, True), (0.16, False)):
            if hottest and not chains:
                continue
            before_part, before_bad = state.part.copy(), _badness(state, terms)
            before_price = _price(arena, state, terms)
            for step in range(steps):
                now = heat * 0.15 ** (step / (steps - 1))
                if hottest:
                    crossing = pool[state.part[arena.source] != state.part[arena.indices]]
                    exchange(arena, state, terms, crossing, now, 1e3, DEPTH, chains * len(crossing) // steps)
                else:
                    sweep(arena, state, terms, now, 1e4, max(1, proposals // steps), step)
                settle(arena, state)
            if _badness(state, terms) > before_bad or _price(arena, state, terms) > before_price:
                _restore(arena, state, before_part)
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def _price(arena: Arena, state: State, terms: Terms) -> float:
    return float(cut_of(arena, state.part) + terms.move_price * state.moved[0])
