"""The compiled core of a redraw's first cooling: single flips in windows, and a price that follows what is outside.

See `stay`. A whole bundle of steps runs without the interpreter, which for few units took nine tenths of the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit
from geo.partition.solver.anneal import windows
from geo.partition.solver.engine import flip, front_of


def bounds_of(pool: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the windows of even and of odd steps begin and end in the pool: int64 (windows + 1,) each."""
    lengths = ([len(window) for window in windows(pool, step)] for step in (0, 1))
    even, odd = (np.concatenate([[0], np.cumsum(each)]).astype(np.int64) for each in lengths)
    return even, odd


@jit
def drift(
    arena: Any, state: Any, terms: Any, pool: Any, even: Any, odd: Any, steps: Any, flips: Any, pull: Any, pace: Any
) -> None:
    """Run some steps of a cooling in place; `pull` follows what is outside the band.

    Parameters
    ----------
    pool : int64 (p,)
        Entries of `arena.indices`.
    even, odd : int64
        See `bounds_of`.
    steps : float64 (s, 4)
        Number of the step, heat, price of unbalance, and what `pull` is multiplied by where nothing is outside.
    flips : int
        Single flips of a step if the pool were all entries.
    pull : float64 (k,)
        Price of a person in each grid, in the unit of `arena.cost`.
    pace : float
        How far `pull` follows in a step.
    """
    part, load, homes, weight = state.part, state.load, arena.home, arena.weight
    for s in range(len(steps)):
        bounds = odd if np.int64(steps[s, 0]) % 2 == 1 else even
        for w in range(len(bounds) - 1):
            window = pool[bounds[w] : bounds[w + 1]]
            count = max(1, flips * len(window) // len(arena.indices))
            flip(arena, state, terms, front_of(arena, state, window), steps[s, 1], steps[s, 2], count, pull)
        # Float sums drift over millions of flips.
        load[:] = 0.0
        moved = 0.0
        for unit in range(len(part)):
            for j in range(weight.shape[1]):
                load[part[unit], j] += weight[unit, j]
            if homes[unit] >= 0 and part[unit] != homes[unit]:
                moved += weight[unit, 0]
        state.moved[0] = moved
        for k in range(len(load)):
            low, high = terms.low[k, 0], terms.high[k, 0]
            over = max(load[k, 0] - high, low - load[k, 0], 0.0)
            if over <= 1e-9 * max(abs(high), abs(low), 1e-12):
                pull[k] *= steps[s, 3]
                continue
            off = over / terms.scale[0]
            step = pace * min(off + 0.05, 1.0)
            pull[k] += step if load[k, 0] > high else -step
