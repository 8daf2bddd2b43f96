"""One connected piece: from nodes and a number of grids to labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph
from geo.partition.solver.anneal import (
    Schedule,
    arena_of,
    cool,
    excess_of,
    loads_of,
    outside_of,
    schedule_for,
    state_of,
)
from geo.partition.solver.bounds import attainable, unavoidable_step
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, State, Terms, explore
from geo.partition.solver.exact import SMALL, least_deviation
from geo.partition.solver.level import into_band, warm
from geo.partition.solver.recombine import applies, divide_whole_tree, recombine
from geo.partition.solver.redraw import start_from
from geo.partition.solver.repair import narrow, polish, repair, tighten
from geo.partition.solver.seed import bisect
from geo.partition.solver.stay import HOME_PRICE, stay

# Among fewer grids there are no long waves of people to even out.
_WAVES = 30
# So many units are few: for them the evenest division is looked for at length.
_FEW = 300
# Chains for each crossing entry that smooth the borders after a repair; in larger pieces they took half of the time.
_SMOOTH, _SMOOTHED = 40, 20_000
# The cold end without chains, its share of the proposals and its last price: in large pieces flips press nearly every
# grid into its band, since a repair of what is left lengthens the borders, by 1.5 % at 100,000 units, and takes longer.
_COLD, _COLDER = (12, 60.0), (6, 1000.0)
# Chains of flips for each unit that the repair may spend.
_REPAIR = 200
# Weight outside the band is measured in this fraction of a grid.
_SCALE = 0.05


@dataclass(frozen=True, eq=False)
class Piece:
    """A connected piece to be divided.

    Attributes
    ----------
    graph : UnitGraph, connected, canonical, `border_m` is the price of a cut.
    low, high : float64 (w,), the band of each weight. tolerance : float64 (w,), its half width as a fraction, where the
        band cannot hold for this piece.
    fixed : bool (n,); home : int32 (n,), today's grid 0 … m − 1, −1 none; None if there is no current plan.
    budget : most weight that may leave home.
    share : float64 (labels of `home`,), size of a grid beside the mean one; None: all alike.
    seats : `home` marks seats of staff, not a drawing: leaving it is impossible anyway, the rest starts from nothing.
    seed : of the random numbers.
    """

    graph: UnitGraph
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    tolerance: NDArray[np.float64]
    seed: int
    fixed: NDArray[np.bool_]
    home: NDArray[np.int32] | None = None
    budget: float = np.inf
    share: NDArray[np.float64] | None = None
    seats: bool = False

    @property
    def has_band(self) -> bool:
        """Whether there is a band at all; none means: as even as can be."""
        return bool(self.tolerance[0] > 0)


def divide(piece: Piece, grids: int, clock: Clock, *, thorough: bool = True) -> tuple[NDArray[np.int32], float]:
    """Divide `piece` into exactly `grids` connected parts.

    `thorough`: of few units the evenest division is looked for at length where some lie outside the band.

    Returns
    -------
    part : int32 (n,)
        0 … grids − 1; in a redraw today's labels where grids go on.
    excess : float
        Weight outside the band, in all.
    """
    graph = piece.graph
    n = len(graph)
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
    terms = terms_of(piece, names)
    arena = arena_of(graph, piece.fixed, home)
    if piece.home is None or piece.seats:
        arena = capped(arena, terms)
    if grids in (1, n):
        return names[part], outside_of(loads_of(arena, part, grids), terms)
    state = state_of(arena, part, grids, piece.seed)
    _draw(piece, arena, state, terms, clock)
    if not piece.has_band:
        squeeze(piece, arena, state, terms, clock)
    elif thorough and n <= _FEW and piece.home is None:
        missed = outside_of(state.load, terms)
        if missed > 0:
            # Few units: the evenest division there is may lie in the band where the search did not get to it.
            before = state.part.copy()
            squeeze(piece, arena, state, terms, clock)
            if outside_of(state.load, terms) >= missed:
                _copy(state_of(arena, before, grids, piece.seed), state)
    return names[state.part], outside_of(state.load, terms)


def _draw(piece: Piece, arena: Arena, state: State, terms: Terms, clock: Clock) -> None:
    """Bring a state into the band with short borders, in place, by the way that suits the piece."""
    n, grids = len(state.part), len(state.load)
    fits = _units_fit(arena, terms)
    gentle = fits and n <= _SMOOTHED
    schedule = schedule_for(n, grids, chains=gentle and (piece.home is None or piece.seats))
    plain = piece.has_band and applies(arena, terms)
    tree = divide_whole_tree(piece.graph, arena.weight[:, 0], terms, piece.seed) if plain else None
    if tree is not None:
        _copy(state_of(arena, tree, grids, piece.seed), state)
        polish(arena, state, _near(terms), clock, max(1000, schedule.proposals // 12))
    elif piece.home is not None and not piece.seats:
        stay(arena, state, terms, schedule.proposals, clock)
    elif piece.has_band and not fits and grids >= _WAVES:
        into_band(arena, state, terms, _near(terms), schedule, clock)
    else:
        cool(arena, state, terms, schedule, clock)
        finish(arena, state, terms, schedule, clock, gentle=gentle)
    # Of few units the evenest division is looked for anyway.
    if plain and n > _FEW and excess_of(state.load, terms).any():
        recombine(arena, state, _near(terms), clock, piece.seed)
        polish(arena, state, _near(terms), clock, max(1000, schedule.proposals // 12))


def terms_of(piece: Piece, names: NDArray[np.int32]) -> Terms:
    """Prices for the grids `names`; the band is widened where units or the piece's total make it impossible."""
    weights = piece.graph.weights
    grids = len(names)
    share = np.ones(grids)
    if piece.share is not None:
        old = names < len(piece.share)
        share[old] = piece.share[names[old]]
    low, high, scale = (np.empty(weights.shape[1]) for _ in range(3))
    for j, weight in enumerate(weights.T):
        giants = weight > piece.high[j] * share.max() * (1 + 1e-9)
        rest = max(float(share.sum()) - int(giants.sum()), float(share.min()))
        fair = float(weight[~giants].sum()) / rest
        width = max(float(piece.tolerance[j]), 1e-12)
        low[j] = piece.low[j] if fair >= piece.low[j] else fair * (1 - width)
        high[j] = piece.high[j] if fair <= piece.high[j] else fair * (1 + width)
        scale[j] = _SCALE * float(weight.sum()) / grids or 1.0
    positive = weights[weights[:, 0] > 0, 0]
    usual = float(positive.mean()) if len(positive) else 1.0
    price = 0.0 if piece.home is None or piece.seats else HOME_PRICE / usual
    lows, highs = share[:, None] * low, share[:, None] * high
    for j, weight in enumerate(weights.T):
        # Being outside by part of a person costs next to nothing and still is outside.
        lows[:, j], highs[:, j] = attainable(lows[:, j], highs[:, j], weight)
    return Terms(lows, highs, scale, price, piece.budget)


def capped(arena: Arena, terms: Terms) -> Arena:
    """A unit too heavy for any grid fills one: all that lies beside it is too much, and nothing else is."""
    return arena._replace(weight=np.minimum(arena.weight, terms.high.max(axis=0)))


def _units_fit(arena: Arena, terms: Terms) -> bool:
    """Whether a unit of mean weight can change grids without overshooting the band, in each weight."""
    for j, weight in enumerate(arena.weight.T):
        some = weight[weight > 0]
        if len(some) and float(some.mean()) > float((terms.high[:, j] - terms.low[:, j]).mean()) / 2:
            return False
    return True


def _near(terms: Terms) -> Terms:
    """The same with scales of half a band, as chains want them."""
    middle = ((terms.low + terms.high) / 2).mean(axis=0)
    half = ((terms.high - terms.low) / 2).mean(axis=0)
    scale = np.minimum(terms.scale, np.maximum(half, 0.002 * middle))
    return terms._replace(scale=np.where(scale > 0, scale, 1.0))


def finish(arena: Arena, state: State, terms: Terms, schedule: Schedule, clock: Clock, *, gentle: bool = False) -> None:
    """The cold end of a run: press everything into the band, repair what is left, smooth the borders.

    `gentle`: by cold chains of flips, which need no smoothing afterwards unless a repair follows.
    """
    effort = max(1000, schedule.proposals // 12)
    if not gentle:
        share, press = _COLDER if len(state.part) > _SMOOTHED else _COLD
        cold = Schedule((0.15, 0.1), (5.0, press), max(1000, schedule.proposals // share), 10)
        cool(arena, state, terms, cold, clock)
    near = _near(terms)
    if gentle:
        tighten(arena, state, near, clock)
    outside = int(excess_of(state.load, near).any(axis=1).sum())
    if not outside or float((terms.high - terms.low)[:, 0].mean()) <= 2e-9 * float(terms.high[:, 0].mean()):
        polish(arena, state, near, clock, effort)
        return
    if outside > max(3, len(state.load) // 20):
        narrow(arena, state, near, clock)
    elif gentle:
        warm(arena, state, near, clock)
    repair(arena, state, near, clock, effort=_REPAIR * len(state.part))
    polish(arena, state, near, clock, effort, _SMOOTH if len(state.part) <= _SMOOTHED else 0)


def squeeze(piece: Piece, arena: Arena, state: State, terms: Terms, clock: Clock) -> None:
    """Without a band (tolerance 0): narrow one around the ideal as long as the grids follow."""
    share = terms.high[:, 0] / terms.high[:, 0].mean() if terms.high[0, 0] > 0 else np.ones(len(state.load))
    ideal = share * float(arena.weight[:, 0].sum()) / len(state.load)
    if ideal.sum() <= 0:
        return
    best, least = _narrow(arena, state, terms, ideal, clock)
    proved = False
    if len(best) <= SMALL and piece.home is None and piece.graph.workload is None:
        found = least_deviation(piece.graph, len(state.load), known=best)
        assert found.grid_of_unit is not None
        best, least, proved = found.grid_of_unit, found.deviation * float(ideal.mean()), found.proved
    # Few units: the evenest division is found by walking about at many levels of strictness.
    tries = range(64 if len(best) <= _FEW and not proved else 0)
    pool = np.arange(len(arena.indices), dtype=np.int64)
    alike = bool((ideal == ideal[0]).all())
    floor = unavoidable_step(arena.weight[:, 0], len(ideal), float(ideal[0])) * float(ideal[0]) if alike else 0.0
    for attempt in tries:
        if clock.over or least <= floor * (1 + 1e-9):
            break
        goal = _around(terms, ideal, 0.0, float(ideal.mean()) * (0.1, 0.03, 0.01, 0.003)[attempt % 4])
        walk = state_of(arena, best, len(state.load), piece.seed + 7919 * attempt)
        met = best.copy()
        reached = explore(arena, walk, goal, pool, 1.0, 1.0 / len(state.load), min(20_000, 30 * len(best) ** 2), met)
        if reached < least * (1 - 1e-9):
            best, least = met, reached
    _copy(state_of(arena, best, len(state.load), piece.seed), state)


def _around(terms: Terms, ideal: NDArray[np.float64], width: float, scale: float) -> Terms:
    """The same prices with another band for the people."""
    low, high, scales = terms.low.copy(), terms.high.copy(), terms.scale.copy()
    low[:, 0], high[:, 0], scales[0] = ideal - width, ideal + width, scale
    return terms._replace(low=low, high=high, scale=scales)


def _copy(source: State, target: State) -> None:
    arrays: list[tuple[NDArray[Any], NDArray[Any]]] = list(zip(target, source, strict=True))
    for mine, other in arrays:
        mine[:] = other


def _narrow(
    arena: Arena, state: State, terms: Terms, ideal: NDArray[np.float64], clock: Clock
) -> tuple[NDArray[np.int32], float]:
    best, least = state.part.copy(), float(np.abs(state.load[:, 0] - ideal).max())
    factor, fails, mean = 0.5, 0, float(ideal.mean())
    while fails < 4 and least > 1e-9 * mean and not clock.over:
        width = least * factor
        band = _around(terms, ideal, width, max(width, 1e-6 * mean))
        if int(excess_of(state.load, band).any(axis=1).sum()) > max(3, len(state.load) // 20):
            narrow(arena, state, band, clock)
        repair(arena, state, band, clock, effort=60 * len(best), patience=8)
        reached = float(np.abs(state.load[:, 0] - ideal).max())
        if reached < least:
            best, least = state.part.copy(), reached
        else:
            fails += 1
            factor = 1 - (1 - factor) / 3
    return best, least
