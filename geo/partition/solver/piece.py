"""One connected piece: from nodes and a number of grids to labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph
from geo.partition.solver.anneal import Schedule, arena_of, cool, excess_of, schedule_for, state_of
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, State, Terms, explore
from geo.partition.solver.redraw import start_from
from geo.partition.solver.repair import polish, repair
from geo.partition.solver.seed import bisect

# In a redraw, moving a unit of mean weight away from home costs as much as this many cut adjacencies.
_HOME_PRICE = 1.0
# Weight outside the band is measured in this fraction of a grid.
_SCALE = 0.05


@dataclass(frozen=True, eq=False)
class Piece:
    """A connected piece to be divided.

    Attributes
    ----------
    graph : UnitGraph, connected, canonical, `border_m` is the price of a cut.
    low, high : the band. tolerance : its half width as a fraction, where the band cannot hold for this piece.
    fixed : bool (n,); home : int32 (n,), today's grid 0 … m − 1, −1 none; None if there is no current plan.
    budget : most weight that may leave home.
    seed : of the random numbers.
    """

    graph: UnitGraph
    low: float
    high: float
    tolerance: float
    seed: int
    fixed: NDArray[np.bool_]
    home: NDArray[np.int32] | None = None
    budget: float = np.inf

    @property
    def has_band(self) -> bool:
        """Whether there is a band at all; none means: as even as can be."""
        return self.tolerance > 0


def divide(piece: Piece, grids: int, clock: Clock) -> tuple[NDArray[np.int32], float]:
    """Divide `piece` into exactly `grids` connected parts.

    Returns
    -------
    part : int32 (n,)
        0 … grids − 1; in a redraw today's labels where grids go on.
    excess : float
        Weight outside the band, in all.
    """
    graph = piece.graph
    n = len(graph)
    terms = terms_of(piece, grids)
    if piece.home is None:
        part = np.zeros(n, np.int32) if grids == 1 else bisect(graph, grids)
        names = np.arange(grids, dtype=np.int32)
        home = np.full(n, -1, np.int32)
    else:
        start = start_from(graph, piece.home, piece.fixed, grids)
        names, part = (x.astype(np.int32) for x in np.unique(start, return_inverse=True))
        # Homes as positions among the labels in use; a dissolved grid is nobody's home any more.
        place = np.searchsorted(names, piece.home).clip(0, len(names) - 1)
        home = np.where(names[place] == piece.home, place, -1).astype(np.int32)
    if grids in (1, n):
        return names[part], float(
            excess_of(np.bincount(part, graph.weight, minlength=grids).astype(np.float64), terms).sum()
        )
    arena = arena_of(graph, piece.fixed, home)
    state = state_of(arena, part, grids, piece.seed)
    schedule = schedule_for(n)
    if piece.home is not None:
        schedule = replace(schedule, heat=(0.7, 0.15), press=(2.0, 20.0), proposals=schedule.proposals // 4)
    cool(arena, state, terms, schedule, clock)
    finish(arena, state, terms, schedule, clock)
    if piece.home is not None:
        _loosen(arena, state, terms, schedule, clock)
    if not piece.has_band:
        squeeze(piece, arena, state, terms, schedule, clock)
    return names[state.part], float(excess_of(state.load, terms).sum())


def terms_of(piece: Piece, grids: int) -> Terms:
    """Prices for `grids` grids; the band is widened where units or the piece's total make it impossible."""
    weight = piece.graph.weight
    total = float(weight.sum())
    giants = weight > piece.high * (1 + 1e-9)
    rest = max(grids - int(giants.sum()), 1)
    fair = float(weight[~giants].sum()) / rest
    width = max(piece.tolerance, 1e-12)
    low, high = min(piece.low, fair * (1 - width)), max(piece.high, fair * (1 + width))
    positive = weight[weight > 0]
    usual = float(positive.mean()) if len(positive) else 1.0
    scale = _SCALE * (total / grids) or 1.0
    return Terms(low, high, scale, 0.0 if piece.home is None else _HOME_PRICE / usual, piece.budget)


def finish(arena: Arena, state: State, terms: Terms, schedule: Schedule, clock: Clock) -> None:
    """The cold end of a run: press everything into the band, repair what is left, smooth the borders."""
    effort = max(1000, schedule.proposals // 12)
    cool(arena, state, terms, Schedule((0.15, 0.1), (5.0, 60.0), effort, 10), clock)
    middle = (terms.low + terms.high) / 2
    half = (terms.high - terms.low) / 2
    near = terms._replace(scale=min(terms.scale, max(half, 0.002 * middle)) or 1.0)
    if half > 1e-9 * middle:
        repair(arena, state, near, clock, effort=3 * schedule.proposals)
    polish(arena, state, near, clock, effort)


def _loosen(arena: Arena, state: State, terms: Terms, schedule: Schedule, clock: Clock) -> None:
    """In a redraw the band comes first: where staying at home stands in its way, its price is lowered step by step."""
    for factor in (0.3, 0.1, 0.0):
        if clock.over or not excess_of(state.load, terms).any():
            return
        cheap = terms._replace(move_price=terms.move_price * factor)
        before, bad = state.part.copy(), float(excess_of(state.load, terms).sum())
        cool(arena, state, cheap, replace(schedule, heat=(1.0, 0.15), press=(0.5, 10.0)), clock)
        finish(arena, state, cheap, schedule, clock)
        if float(excess_of(state.load, terms).sum()) >= bad:
            _copy(state_of(arena, before, len(state.load), int(state.seed[0] >> np.uint64(2))), state)


def squeeze(piece: Piece, arena: Arena, state: State, terms: Terms, schedule: Schedule, clock: Clock) -> None:
    """Without a band (tolerance 0): narrow one around the ideal as long as the grids follow."""
    ideal = float(arena.weight.sum()) / len(state.load)
    if ideal <= 0:
        return
    best, least = _narrow(arena, state, terms, ideal, clock)
    # Few units: the evenest division is found by walking about at many levels of strictness.
    tries = range(64 if len(best) <= 300 else 0)
    pool = np.arange(len(arena.indices), dtype=np.int64)
    for attempt in tries:
        if clock.over:
            break
        scale = ideal * (0.1, 0.03, 0.01, 0.003)[attempt % 4]
        goal = terms._replace(low=ideal, high=ideal, scale=scale)
        found = state_of(arena, best, len(state.load), piece.seed + 7919 * attempt)
        met = best.copy()
        reached = explore(arena, found, goal, pool, 1.0, 1.0 / len(state.load), min(20_000, 30 * len(best) ** 2), met)
        if reached < least * (1 - 1e-9):
            best, least = met, reached
    _copy(state_of(arena, best, len(state.load), piece.seed), state)


def _copy(source: State, target: State) -> None:
    arrays: list[tuple[NDArray[Any], NDArray[Any]]] = list(zip(target, source, strict=True))
    for mine, other in arrays:
        mine[:] = other


def _narrow(arena: Arena, state: State, terms: Terms, ideal: float, clock: Clock) -> tuple[NDArray[np.int32], float]:
    best, least = state.part.copy(), float(np.abs(state.load - ideal).max())
    factor, fails = 0.8, 0
    while fails < 4 and least > 1e-9 * ideal and not clock.over:
        width = least * factor
        band = terms._replace(low=ideal - width, high=ideal + width, scale=max(width, 1e-6 * ideal))
        repair(arena, state, band, clock, effort=2000 * len(best), patience=16)
        reached = float(np.abs(state.load - ideal).max())
        if reached < least:
            best, least = state.part.copy(), reached
        else:
            fails += 1
            factor = 1 - (1 - factor) / 3
    return best, least
