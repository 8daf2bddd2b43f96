"""The search of a redraw: as few people as possible change grids, borders come second, the band is kept.

People away from home cost far more than a longer border, so that a unit moves only where the band needs it; but borders
still cost something, so that of two ways that move as many people the rounder one is taken.

Where a whole region grows, its surplus has to be handed on over many grids that are full themselves. Single flips find
that way by chance only: each of them merely passes the surplus on. So at first each person has a price by grid (a
potential), high where there is too much and falling towards the room, which the dual of the flow between grids
supplies; a flip in its direction pays for itself. The potentials follow what is still outside the band and fade where
nothing is. Chains of flips do the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geo.partition.solver.anneal import excess_of, outside_of, settle
from geo.partition.solver.clock import Clock
from geo.partition.solver.drift import bounds_of, drift
from geo.partition.solver.engine import Arena, State, Terms, cut_of
from geo.partition.solver.exchange import exchange
from geo.partition.solver.few import in_band
from geo.partition.solver.flow import flow
from geo.partition.solver.repair import repair

# In a redraw, moving a unit of mean weight away from home costs as much as this many cut adjacencies. Beyond 30 the
# borders grow and the movement shrinks no more; at 6 it is a tenth more (benchmarks/redraw.py).
HOME_PRICE = 30.0
# Price of a band's half width outside the band: at the start of the first cooling, at its end, and where it is law:
# there a fraction of a person outside the band is dearer than a unit that moves.
_PRESS, _LAW = (9.0, 1200.0), 1e6
_HEAT = (6.0, 0.15)
# Single flips of the first cooling: so many times what a drawing from nothing spends, at most so many for each unit.
# Three times as many bring nothing but time.
_FLIPS, _MOST = 2.5, 6_000
# Steps of the first cooling; how much of the full potential it starts with, when that begins to fade and by what, and
# how fast it follows what is outside the band. Without it as many people move, but the borders grow a tenth more.
_COOLING, _SHARE, _FADING, _FADE, _STEP = 100, 0.7, 0.3, 0.97, 0.05
# Steps are run together up to so many flips: the clock is looked at in between.
_BUNDLE = 200_000
# Chains of flips for each unit at each step; flips of a chain, and how often one in its middle is left to chance; steps
# of a cooling, heats.
_CHAINS, _DEPTH, _CHANCE, _STEPS = 3, 3, 0.7, 24
_WARM, _COLD = 2.0, 0.15
# Entries that cross a border in a window of a large piece, so that the chains in it stay in the processor's cache.
_WINDOW = 8000
# Pieces with fewer units are searched more than once, the fewer the more often.
_SMALL, _TRIES = 2500, 8
# Tries where no division at all lies in the band.
_HOPELESS = 3
# What the first cooling and the chains after it take of a search.
_FIRST, _SECOND = 0.3, 0.9
# Heats of further tries on the way from grids that are left outside the band to where there is room, with the part of
# the price of moving that holds there, and how many grids beside that way may help.
_AGAIN, _BESIDE = ((1.0, 1.0), (2.0, 0.3), (4.0, 0.3), (6.0, 0.3), (2.0, 0.1), (4.0, 0.1), (6.0, 0.1)), 2
# So many units are few: around what is left then, everything is tried.
_FEW = 5000


def stay(arena: Arena, state: State, terms: Terms, proposals: int, clock: Clock) -> None:
    """Bring every grid into its band, in place, and move few people: `terms.move_price` each, `terms.budget` at most.

    A clock that runs out shortens the search, Ctrl-C ends it; what is left is the best that was met.

    Parameters
    ----------
    proposals : int
        Single flips of a drawing from nothing.
    """
    start, n = state.part.copy(), len(state.part)
    flips = min(int(_FLIPS * proposals), _MOST * n)
    search = _Search(arena, state, terms, clock)
    tries = min(max(1, _SMALL // n), _TRIES)
    for attempt in range(tries):
        search.put(start)
        search.begin(attempt / tries, 1 / tries)
        try:
            search.run(flips)
        except KeyboardInterrupt:
            clock.interrupted = True
        search.put(search.better())
        if clock.over or (search.hopeless and attempt + 1 >= _HOPELESS):
            return


class _Search:
    """A search for the cheapest plan; knows the best that was met.

    Parameters
    ----------
    arena, state, terms, clock
        As in `stay`; the state is changed in place.
    """

    def __init__(self, arena: Arena, state: State, terms: Terms, clock: Clock) -> None:
        self.arena, self.state, self.terms, self.clock = arena, state, terms, clock
        self.best, self.least = state.part.copy(), self._price()
        self.begin(0.0, 1.0)
        # Of few units: whether no division at all lies in the band (None: not asked yet), and one that does.
        self.hopeless: bool | None = None
        self.resort: NDArray[np.int32] | None = None

    def begin(self, at: float, share: float) -> None:
        """Enter the part of the run's time that begins at the fraction `at` of it and is `share` of it."""
        self.at, self.share = at, share

    def put(self, part: NDArray[np.int32]) -> None:
        """Set the state to `part`."""
        self.state.part[:] = part
        self.state.size[:] = np.bincount(part, minlength=len(self.state.size))
        settle(self.arena, self.state)

    def better(self) -> NDArray[np.int32]:
        """The best plan that was met: the present one, or the one that was known before."""
        settle(self.arena, self.state)
        price = self._price()
        if price < self.least:
            self.best, self.least = self.state.part.copy(), price
        return self.best

    def run(self, flips: int) -> None:
        """Search once, from where the state is."""
        everywhere = np.arange(len(self.arena.indices), dtype=np.int64)
        self._drift(self.terms, everywhere, _HEAT[0], flips, (0.0, _FIRST))
        self._chains(self.terms, everywhere, _WARM, _PRESS[1], (_FIRST, _SECOND))
        if self.hopeless is None and self._left().any() and not self.clock.over:
            possible, self.resort = in_band(self.arena, self.terms)
            self.hopeless = not possible
        if not self.hopeless:
            self._try_again(flips)
        if self.resort is not None and self._left().any():
            self.put(self.better())
            self.put(self.resort)
            self.put(self.better())
            self._chains(self.terms, everywhere, _COLD, _LAW)

    def _try_again(self, flips: int) -> None:
        """Heat the way from what is left outside the band to where there is room, again and again."""
        everywhere = np.arange(len(self.arena.indices), dtype=np.int64)
        for heat, price in _AGAIN:
            if self.clock.over or not self._left().any():
                return
            self.put(self.better())
            pool, cheap = self._way(), self.terms._replace(move_price=price * self.terms.move_price)
            self._drift(cheap, pool, heat, flips)
            self._chains(cheap, pool, heat, price * _PRESS[1])
            self._chains(self.terms, pool, _COLD, _LAW)
        if len(self.state.part) <= _FEW and self._left().any() and not self.clock.over:
            self.put(self.better())
            repair(self.arena, self.state, cheap, self.clock, effort=100 * len(self.state.part))
            self._chains(self.terms, everywhere, _COLD, _LAW)

    def _left(self) -> NDArray[np.bool_]:
        """Grids outside the band, but for those of a unit that is too heavy for any."""
        part, load, terms = self.state.part, self.state.load, self.terms
        heavy = np.zeros(len(load), dtype=bool)
        heavy[part[(self.arena.weight > terms.high[part]).any(axis=1)]] = True
        return excess_of(load, terms).any(axis=1) & ~heavy

    def _way(self) -> NDArray[np.int64]:
        """Entries of the adjacency on the way from what is outside the band to where there is room, and beside it."""
        inside = self._left()
        own, other = self.state.part[self.arena.source], self.state.part[self.arena.indices]
        band = self.terms.low[:, 0], self.terms.high[:, 0]
        inside |= flow(own, other, self.state.load[:, 0], band)[1] != 0
        for _ in range(_BESIDE):
            inside[other[inside[own]]] = True
        return np.flatnonzero(inside[own])

    def _price(self) -> tuple[float, float]:
        away = self.terms.move_price * self.state.moved[0]
        return outside_of(self.state.load, self.terms), float(cut_of(self.arena, self.state.part) + away)

    def _steps(self, count: int, part: tuple[float, float] | None) -> Iterator[tuple[int, float]]:
        """Steps of a cooling, and how much of it is done at each; fewer where the time for its part of the search ends.

        Without a part of its own a cooling ends as soon as all time is gone.
        """
        for step in range(count):
            done = step / (count - 1)
            if part is not None:
                begin, end = (self.at + self.share * fraction for fraction in part)
                done = min(1.0, max(done, (self.clock.used() - begin) / (end - begin)))
                self.clock.tell(begin + (end - begin) * done)
            if self.clock.over:
                return
            yield step, done
            if done >= 1.0:
                return

    def _drift(
        self, terms: Terms, pool: NDArray[np.int64], heat: float, flips: int, part: tuple[float, float] | None = None
    ) -> None:
        """A cooling in which surpluses drift towards room, by potentials that fade where the band is met."""
        arena, state = self.arena, self.state
        low, high = terms.low[:, 0], terms.high[:, 0]
        a, b = state.part[arena.source], state.part[arena.indices]
        pull = _SHARE * terms.move_price * flow(a, b, state.load[:, 0], (low, high))[1]
        even, odd = bounds_of(pool)
        each = flips // _COOLING
        bundle = max(1, _BUNDLE // max(each, 1))
        steps: list[tuple[float, ...]] = []

        def run() -> None:
            pace = _STEP * terms.move_price
            drift(arena, state, terms, pool, even, odd, np.array(steps), each, pull, pace)
            steps.clear()

        for step, done in self._steps(_COOLING, part):
            hot, press = (ends[0] * (ends[1] / ends[0]) ** done for ends in ((heat, _HEAT[1]), _PRESS))
            steps.append((step, hot, press, _FADE if done > _FADING else 1.0))
            if len(steps) == bundle:
                run()
        if steps:
            run()

    def _chains(
        self, terms: Terms, pool: NDArray[np.int64], heat: float, press: float, part: tuple[float, float] | None = None
    ) -> None:
        """One cooling by chains of flips: from a heat to the cold, from a price of unbalance to the law."""
        arena, state = self.arena, self.state
        each = max(100, int(_CHAINS * len(state.part) * len(pool) / len(arena.indices)))
        for _, done in self._steps(_STEPS, part):
            crossing = pool[state.part[arena.source[pool]] != state.part[arena.indices[pool]]]
            hot, hard = heat * (_COLD / heat) ** done, press * (_LAW / press) ** done
            for window in np.array_split(crossing, max(1, len(crossing) // _WINDOW)):
                if len(window) and not self.clock.over:
                    count = each * len(window) // len(crossing)
                    exchange(arena, state, terms, window, hot, hard, _DEPTH, count, _CHANCE)
            settle(arena, state)
