"""Hot and cold through time: Gi* of every grid and step, its trend, and a word for the pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from geo.compiled import jit
from geo.errors import InvalidInput
from geo.hotspots.local_g import Around
from geo.hotspots.tails import false_discovery

LEAST_STEPS: Final = 10
# A grid that was hot in this share of the steps was "always" hot.
_MOSTLY = 0.9
_FLAT = 1e-12

PATTERNS: Final[tuple[str, ...]] = (
    "none",
    *(f"{word}_hot" for word in ("new", "consecutive", "intensifying", "persistent", "diminishing")),
    *(f"{word}_hot" for word in ("sporadic", "oscillating", "historical")),
    *(f"{word}_cold" for word in ("new", "consecutive", "intensifying", "persistent", "diminishing")),
    *(f"{word}_cold" for word in ("sporadic", "oscillating", "historical")),
)
"""The 17 classes of Emerging Hot Spot Analysis, `Emerging.pattern` indexes them. For hot (cold alike):

===============  ======================================================================================================
none             none of the below
new              hot in the last step, never before
consecutive      hot in the last two or more steps without a break, never before them; in less than 90 % of all steps
intensifying     hot in at least 90 % of the steps, the last among them, and Gi* rises (Mann–Kendall)
persistent       the same, and Gi* neither rises nor falls
diminishing      the same, and Gi* falls
sporadic         hot in the last step, on and off before; in less than 90 % of the steps, and never cold
oscillating      hot in the last step and before in less than 90 % of the steps, and cold in some step before
historical       not hot in the last step, but hot in at least 90 % of all steps
===============  ======================================================================================================

"Hot" is Gi* above 0 with a false discovery rate, over all grids and steps, of at most `alpha`. Where a grid fits hot
and cold words, the last step decides, then the share of the steps.
"""


@dataclass(frozen=True, eq=False)
class Trend:
    """Mann–Kendall: `z` standard normal by chance (above 0: rising), `p` two-sided, float64 (n,)."""

    z: NDArray[np.float64]
    p: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Emerging:
    """`z`, `q` float64 (n, steps) of Gi*; `trend` of z through time; `pattern` int8 (n,) into `PATTERNS`."""

    z: NDArray[np.float64]
    q: NDArray[np.float64]
    trend: Trend
    pattern: NDArray[np.int8]


def mann_kendall(values: NDArray[np.float64]) -> Trend:
    """Trend of each row of (n, steps): S = Σ sign(later − earlier), its variance with ties, and continuity correction.

    Mann (1945), Econometrica 13, 245–259; Kendall (1975), Rank Correlation Methods. A row without change has z 0, p 1.
    """
    score, variance = _scores(np.ascontiguousarray(values, dtype=np.float64))
    near = score - np.sign(score)
    z = np.divide(near, np.sqrt(variance), out=np.zeros(len(values)), where=variance > 0)
    return Trend(z, 2.0 * special.ndtr(-np.abs(z)))


def emerging(values: ArrayLike, around: Around, *, alpha: float = 0.05) -> Emerging:
    """Patterns of hot and cold grids.

    Each grid and step is summed over the grid, its neighbours and the step before, and compared with the mean of all
    grids and steps (Gi*, Ord & Getis 1995), so that a rise everywhere is seen too.

    Parameters
    ----------
    values : (n, steps) finite, rates by grid and step, the last step the latest.
    around : with the grids themselves (`starred`).
    alpha : of the false discovery rate over grids and steps, and of the trend.

    Raises
    ------
    InvalidInput
        With fewer than 10 steps a trend cannot be told; if a value is NaN or infinite; if rows are no grids.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise InvalidInput("hotspot_bad_table", field="values", shape=table.shape)
    n, steps = table.shape
    if n != around.matrix.shape[0]:
        raise InvalidInput("hotspot_lengths_differ", field="values", got=n, wanted=around.matrix.shape[0])
    if steps < LEAST_STEPS:
        raise InvalidInput("hotspot_few_steps", got=steps, wanted=LEAST_STEPS)
    bad = np.argwhere(~np.isfinite(table))
    if len(bad):
        value = float(table[tuple(bad[0])])
        raise InvalidInput("hotspot_not_finite", field="values", row=int(bad[0, 0]) + 1, value=value)
    z = _through_time(table, around)
    p = 2.0 * special.ndtr(-np.abs(z))
    q = false_discovery(p.reshape(-1)).reshape(p.shape)
    trend = mann_kendall(z)
    return Emerging(z, q, trend, classify(z, q <= alpha, trend, alpha=alpha))


def classify(z: NDArray[np.float64], significant: NDArray[np.bool_], trend: Trend, *, alpha: float) -> NDArray[np.int8]:
    """Index of each grid's pattern in `PATTERNS`, int8 (n,), from (n, steps) of Gi* and where it is significant."""
    hot, cold = significant & (z > 0), significant & (z < 0)
    rising: NDArray[np.float64] = np.where(trend.p <= alpha, np.sign(trend.z), 0.0)
    as_hot, as_cold = _words(hot, cold, rising), _words(cold, hot, -rising)
    # What is going on goes before what is over.
    colder = (as_cold > 0) & ((as_hot == 0) | (cold[:, -1] & ~hot[:, -1]))
    return np.where(colder, as_cold + np.where(as_cold > 0, 8, 0), as_hot).astype(np.int8)


def _words(on: NDArray[np.bool_], opposite: NDArray[np.bool_], growing: NDArray[np.float64]) -> NDArray[np.int64]:
    steps, times, now = on.shape[1], on.sum(axis=1), on[:, -1]
    mostly = times >= _MOSTLY * steps - 1e-9
    # Length of the run that reaches the last step.
    run = np.where(on.all(axis=1), steps, np.argmin(on[:, ::-1], axis=1))
    choices = [
        (mostly & now & (growing > 0), 3),
        (mostly & now & (growing < 0), 5),
        (mostly & now, 4),
        (mostly & ~now, 8),
        (now & (times == 1), 1),
        (now & (times == run), 2),
        (now & opposite[:, :-1].any(axis=1), 7),
        (now, 6),
    ]
    return np.select([where for where, _ in choices], [word for _, word in choices], 0)


def _through_time(table: NDArray[np.float64], around: Around) -> NDArray[np.float64]:
    size = table.size
    sums = np.asarray(around.matrix @ table, dtype=np.float64)
    before = np.zeros_like(sums)
    before[:, 1:] = sums[:, :-1]
    reach = np.repeat(around.reach[:, None], table.shape[1], axis=1)
    reach[:, 1:] *= 2
    spread = table.var() * (size * reach - reach**2) / max(size - 1, 1) if size else np.zeros_like(sums)
    least = (_FLAT * float(np.abs(table).max(initial=0.0))) ** 2 * size
    found = np.zeros_like(sums)
    mean = table.mean() if size else 0.0
    np.divide(sums + before - reach * mean, np.sqrt(np.maximum(spread, 0)), out=found, where=spread > least)
    return found


@jit
def _scores(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n, steps = values.shape
    score, variance = np.zeros(n), np.zeros(n)
    for row in range(n):
        for j in range(steps):
            for i in range(j):
                if values[row, j] > values[row, i]:
                    score[row] += 1.0
                elif values[row, j] < values[row, i]:
                    score[row] -= 1.0
        total = steps * (steps - 1.0) * (2.0 * steps + 5.0)
        ordered = np.sort(values[row])
        first = 0
        for i in range(1, steps + 1):
            if i == steps or ordered[i] != ordered[first]:
                ties = i - first
                total -= ties * (ties - 1.0) * (2.0 * ties + 5.0)
                first = i
        variance[row] = total / 18.0
    return score, variance
