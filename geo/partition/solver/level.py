"""The cooling for narrow bands: single flips, and a price that evens out long waves of people while all is warm.

After a usual cooling the loads of neighbouring grids are alike: whole regions have a little too much, others too
little, and each grid by itself lies close to its band. What a region has too much leaves it over its rim only, grid by
grid, which is slow, and dear once the borders have settled. So people repel one another at a distance, as charges do:
with the surplus e of each grid and the Laplacian L of the graph of grids, the price e·L⁺e/2 of a state is low where
surplus and want lie close together, and its slope, the potential φ = L⁺e, makes waves of all lengths fade equally fast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import splu

from geo.partition.solver.anneal import Schedule, excess_of, settle
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, State, Terms, flip, front_of
from geo.partition.solver.exchange import exchange
from geo.partition.solver.repair import DEPTH, Cold, polish, repair, surroundings, tighten

# Price, in cuts, of a usual unit that goes one grid on where the potential falls by that unit.
_STRENGTH = 0.11
# The potential is reckoned anew after so many proposals for each unit; more, and a surplus swings past its room.
_OFTEN, _FEWEST, _MOST = 24, 100, 600
# Chains of flips afterwards: steps, chains for each crossing entry at each, heat, price of half a band outside it.
_STEPS, _EACH, _HEAT, _PRESS = 48, 2, (0.5, 0.1), (1.0, 300.0)
# Rounds of chains around the grids that are left outside, most chains for each unit, chains for each crossing entry at
# each round, price of half a band outside.
_ROUNDS, _BUDGET, _AROUND, _LAW = 270, 60, 4, 300.0
# A cycle of so many rounds rises from the first heat to the second, and from one ring of grids around to two.
_CYCLE, _WARM, _WARMER = 90, 0.3, 0.5
# Chains for each crossing entry that smooth the borders in the end; chains for each unit that the repair may spend;
# how often all this is tried where so few grids are left outside, or one in twenty.
_SMOOTH, _REPAIR, _TRIES, _FEW = 40, 200, 3, 3


def into_band(arena: Arena, state: State, terms: Terms, near: Terms, schedule: Schedule, clock: Clock) -> None:
    """From a rough seed into bands that a usual unit overshoots, in place.

    Parameters
    ----------
    terms, near : Terms
        With scales for single flips, and with such of about half a band for chains.
    """
    level(arena, state, terms, schedule, clock)
    tighten(arena, state, near, clock, Cold(_STEPS, _EACH, _HEAT, _PRESS))
    for _ in range(_TRIES):
        warm(arena, state, near, clock)
        repair(arena, state, near, clock, effort=_REPAIR * len(state.part))
        polish(arena, state, near, clock, max(1000, schedule.proposals // 12), _SMOOTH)
        left = int(excess_of(state.load, near).any(axis=1).sum())
        if clock.over or not 0 < left <= max(_FEW, len(state.load) // 20):
            return


def level(arena: Arena, state: State, terms: Terms, schedule: Schedule, clock: Clock) -> None:
    """Run a whole schedule of single flips in place, with potentials that even out regions as well as grids.

    A clock that runs out shortens it, Ctrl-C ends it.
    """
    steps = int(np.clip(schedule.proposals // (_OFTEN * len(state.part)), _FEWEST, _MOST))
    pool = np.arange(len(arena.indices), dtype=np.int64)
    try:
        for step in range(steps):
            if clock.over:
                return
            done = max(step / (steps - 1), min(clock.used(), 1.0))
            heat, press = (ends[0] * (ends[1] / ends[0]) ** done for ends in (schedule.heat, schedule.press))
            pull = pull_of(arena, state, terms)
            front = front_of(arena, state, pool)
            flip(arena, state, terms, front, heat, press, max(1, schedule.proposals // steps), pull)
            settle(arena, state)
            clock.tell(0.9 * done)
            if done >= 1.0:
                return
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def warm(arena: Arena, state: State, terms: Terms, clock: Clock) -> None:
    """Bring the last grids into the band, in place, by chains around them at one heat, which hardly lengthen borders.

    Parameters
    ----------
    terms : Terms
        With scales of about half a band.
    """
    spent = 0
    try:
        for turn in range(_ROUNDS):
            outside = np.flatnonzero(excess_of(state.load, terms).any(axis=1))
            if not len(outside) or clock.over or spent > _BUDGET * len(state.part):
                return
            far = turn % _CYCLE / _CYCLE
            pool = surroundings(arena, state, outside, 1 if far < 0.5 else 2)
            crossing = pool[state.part[arena.source[pool]] != state.part[arena.indices[pool]]]
            spent += _AROUND * len(crossing)
            heat = _WARM if far < 0.3 else _WARMER
            exchange(arena, state, terms, crossing, heat, _LAW, DEPTH, _AROUND * len(crossing))
            settle(arena, state)
    except KeyboardInterrupt:
        clock.interrupted = True
        settle(arena, state)


def pull_of(arena: Arena, state: State, terms: Terms) -> NDArray[np.float64]:
    """The price of a person in each grid, from the potential of all surpluses: float64 (k,)."""
    grids = len(state.load)
    a, b = state.part[arena.source], state.part[arena.indices]
    crossing = (a != b) & ~arena.fixed[arena.source]
    ends = np.concatenate([a[crossing], b[crossing]]), np.concatenate([b[crossing], a[crossing]])
    links = coo_array((np.ones(len(ends[0])), ends), shape=(grids, grids)).tocsc()
    if not links.nnz:
        return np.zeros(grids)
    # As if each touching pair shared one border on average; the little on the diagonal makes the matrix regular.
    links.data /= links.data.mean()
    laplacian = diags_array(np.asarray(links.sum(axis=0)).ravel() + 1e-9) - links
    surplus = state.load[:, 0] - (terms.low[:, 0] + terms.high[:, 0]) / 2
    positive = arena.weight[arena.weight[:, 0] > 0, 0]
    usual = float(positive.mean()) if len(positive) else 1.0
    found: NDArray[np.float64] = splu(laplacian.tocsc(), permc_spec="MMD_AT_PLUS_A").solve(surplus - surplus.mean())
    return _STRENGTH / usual**2 * found
