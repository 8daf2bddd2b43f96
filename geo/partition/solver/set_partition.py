"""The best choice among all grids that a band allows, or the proof that there is none, where units are few and large.

A plan is a choice of sets of units such that each unit lies in one of them (Garfinkel and Nemhauser 1970). The linear
relaxation says at once that a band is out of reach, or how short borders can be at best; an integer programme over
the sets that it favours finds the plan (Mehrotra, Johnson and Nemhauser 1998 choose among such sets too).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from geo.partition.solver.anneal import excess_of
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, Terms
from geo.partition.solver.every_grid import Grids, every_grid

# Units of a piece, and how many a grid has on average, up to which its sets are listed.
_MOST, _USUAL = 600, 10
# Sets of a piece that has many borders, of which good ones are found otherwise; and such borders a unit.
_PLENTY, _BORDERS = 100_000, 1.5
# Where a band is out of reach, wider ones are tried: the ends move by these fractions of a grid.
_WIDER = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
# Sets that join the relaxation in one round, and that the integer programme may choose from, a unit.
_JOIN, _CHOICE = 3, 5
# Nodes of the search tree; how far from the best borders a choice may be.
_NODES, _GAP = 30, 0.003
# Seconds; so long that it never decides.
_FOREVER = 1e9
_SLACK = 1e-9
# A bound on deviations is sought in so many steps; a plan so little better than one that is known would be the same.
_BISECTIONS, _SURE = 6, 1e-6
# Weight outside the band is dearer than any border; a band is widened as long as that spares such a share of it.
_DEAR, _GAIN = 100.0, 0.01


@dataclass(eq=False)
class Choice:
    """All sets of a band, and what their relaxation says.

    Attributes
    ----------
    grids : the sets.
    wanted : number of grids.
    price : float64 (c,), what each costs.
    least : no choice costs less; inf: there is none.
    reduced : float64 (c,), how much at least a choice with this set costs above `least`.
    """

    grids: Grids
    wanted: int
    price: NDArray[np.float64]
    least: float = field(init=False)
    reduced: NDArray[np.float64] = field(init=False)
    _rows: csc_array = field(init=False)
    _each: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        units = self.grids.units
        self._rows = csc_array(vstack([units, csr_array(np.ones((1, units.shape[1])))]))
        self._each = np.append(np.ones(units.shape[0]), float(self.wanted))
        self.least, self.reduced = self._relax()

    def _relax(self) -> tuple[float, NDArray[np.float64]]:
        """The relaxation by column generation over the list: its value and reduced costs."""
        n, count = self.grids.units.shape
        nothing = np.zeros(count)
        if not count or (np.bincount(self.grids.units.indices, minlength=n) == 0).any():
            return np.inf, nothing
        chosen = np.zeros(count, bool)
        chosen[np.argsort(self.price / np.diff(self.grids.units.indptr), kind="stable")[: 4 * n]] = True
        amiss, _ = self._generate(nothing, chosen, 1.0)
        if amiss > 1e-5:
            return np.inf, nothing
        if not self.price.any():
            return 0.0, nothing
        return self._generate(self.price, chosen, None)

    def _generate(
        self, price: NDArray[np.float64], chosen: NDArray[np.bool_], amiss: float | None
    ) -> tuple[float, NDArray[np.float64]]:
        """Solve over ever more of the sets, `chosen`, until no other one would help.

        `amiss` is the price of a unit that is covered too little or too often; None: that may not be.
        """
        n = len(self._each)
        spare = hstack([eye_array(n), -eye_array(n)]) if amiss is not None else csc_array((n, 0))
        while True:
            at = np.flatnonzero(chosen)
            cost = np.append(price[at], np.full(spare.shape[1], amiss or 0.0))
            rows = csc_array(hstack([self._rows[:, at], spare]))
            found = linprog(cost, A_eq=rows, b_eq=self._each, method="highs")  # type: ignore[call-overload]
            if found.x is None:  # rounding alone: the first phase had an answer
                return -np.inf, np.zeros(len(price))
            reduced = price - self._rows.T @ found.eqlin.marginals
            better = np.flatnonzero((reduced < -1e-7) & ~chosen)
            if not len(better):
                return float(found.fun), np.asarray(reduced, dtype=np.float64)
            order = better[np.argsort(reduced[better], kind="stable")]
            chosen[order[: max(300, _JOIN * n)]] = True

    def cheapest(self, clock: Clock) -> tuple[NDArray[np.int32], float] | None:
        """A choice near the cheapest, as labels of the units, int32 (n,), and what it costs; None if none was found."""
        n, count = self.grids.units.shape
        if not np.isfinite(self.least):
            return None
        order = np.argsort(self.reduced, kind="stable")
        for most in (_CHOICE * n, 4 * _CHOICE * n):
            if clock.over:
                break
            at = np.sort(order[: max(most, 200)])
            found = milp(
                self.price[at],
                constraints=LinearConstraint(self._rows[:, at], self._each, self._each),
                integrality=np.ones(len(at), np.int64),
                bounds=Bounds(0, 1),
                options={"node_limit": _NODES, "mip_rel_gap": _GAP, "time_limit": min(max(clock.left, 0.01), _FOREVER)},
            )
            if found.x is not None:
                chosen = at[found.x > 0.5]
                return self._labels(chosen), float(self.price[chosen].sum())
            if len(at) == count:
                break
        return None

    def _labels(self, chosen: NDArray[np.int64]) -> NDArray[np.int32]:
        start, units = self.grids.units.indptr, self.grids.units.indices
        label = np.empty(self.grids.units.shape[0], dtype=np.int32)
        for number, column in enumerate(chosen.tolist()):
            label[units[start[column] : start[column + 1]]] = number
        return label


def applies(units: int, grids: int) -> bool:
    """Whether units are so few and large that all grids can be listed."""
    return units <= _MOST and units <= _USUAL * grids


def is_sparse(units: int, entries: int) -> bool:
    """Whether annealing may well have trouble: there are few borders to move units across, two entries each."""
    return entries <= 2 * _BORDERS * units


def choice_of(arena: Arena, terms: Terms, wider: float = 0.0) -> Choice | None:
    """The choice among all grids of the band, its ends moved by `wider` of a grid; None if they are too many.

    Prices are shares of all borders; weight outside the band itself comes before any border.
    """
    wanted = len(terms.low)
    slack = _SLACK * np.maximum(terms.high[0], 1e-12) + wider * arena.weight.sum(axis=0) / wanted
    low, high = terms.low[0] - slack, terms.high[0] + slack
    sparse = is_sparse(len(arena.weight), len(arena.indices))
    found = every_grid(arena, low, high) if sparse else every_grid(arena, low, high, _PLENTY)
    if found is None:
        return None
    price = found.border / max(float(arena.cost.sum()), 1e-300)
    if wider:
        band = terms._replace(low=terms.low[:1], high=terms.high[:1])
        price = price + _DEAR * (excess_of(found.load, band) / terms.scale).sum(axis=1)
    return Choice(found, wanted, price)


def ruled_out(arena: Arena, grids: int, ideal: float, proved: float, reached: float) -> float:
    """The greatest deviation up to which the relaxation rules out every plan, by bisection.

    Parameters
    ----------
    arena : Arena
        Of one weight.
    ideal : float
        What deviations are measured from.
    proved, reached : float
        A bound that is known, and the deviation of a plan; the result lies between them.
    """

    def out_of_reach(deviation: float) -> bool:
        gap = np.array([ideal * deviation])
        found = every_grid(arena, ideal - gap, ideal + gap)
        return found is not None and not np.isfinite(Choice(found, grids, np.zeros(len(found.border))).least)

    if out_of_reach(reached * (1 - _SURE)):
        return reached
    for _ in range(_BISECTIONS):
        middle = (proved + reached) / 2
        proved, reached = (middle, reached) if out_of_reach(middle) else (proved, middle)
    return proved


def nearest(arena: Arena, terms: Terms, clock: Clock) -> NDArray[np.int32] | None:
    """Where the band is out of reach: labels with little weight outside it, int32 (n,); None if none were found."""
    best, reached = None, np.inf
    for wider in _WIDER:
        choice = None if clock.over else choice_of(arena, terms, wider)
        if choice is None or choice.least > reached * (1 - _GAIN):
            break
        found = choice.cheapest(clock)
        if found is not None and found[1] < reached:
            best, reached = found
    return best
