"""Counts by grid and period judged: against what was to be expected, against the period before, and by Gi*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import emerging, local_g, neighbourhood_ratio, standardised_rates
from geo.hotspots.change import period_change
from geo.hotspots.emerging import LEAST_STEPS
from geo.service.context import Net
from geo.service.hotspot_page_base import around_of, neighbours_of


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures by step and grid, each (steps, n_grids); see `geo.hotspots.Neighbourhoods` and `Change`.

    `before` are the cases of the period before, `z` and `z_q` Gi* and its false discovery rate; `change…` compare with
    the period before.
    """

    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    ratio: NDArray[np.float64]
    around_observed: NDArray[np.int64]
    around_expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    q: NDArray[np.float64]
    judged: NDArray[np.bool_]
    before: NDArray[np.int64]
    change: NDArray[np.float64]
    change_low: NDArray[np.float64]
    change_high: NDArray[np.float64]
    change_q: NDArray[np.float64]
    change_judged: NDArray[np.bool_]
    z: NDArray[np.float64]
    z_q: NDArray[np.float64]


def figures_of(
    net: Net,
    table: NDArray[np.int64],
    bases: list[tuple[NDArray[np.float64], bool]],
    days: NDArray[np.int64],
    known: NDArray[np.bool_],
    first: int,
) -> Figures:
    """Judge every period from `first` on.

    Parameters
    ----------
    table : int64 (n_grids + 1, periods), incidents; the last row lies in no grid.
    bases : of each judged period what it is measured by, and whether these are expected cases already.
    days, known : (periods,) lengths, and whether the records reach over a whole period.
    """
    steps = [_step(net, table[:-1], base, expects, first + k, days, known) for k, (base, expects) in enumerate(bases)]
    return Figures(**{name: np.array([step[name] for step in steps]) for name in steps[0]})


def _step(
    net: Net,
    table: NDArray[np.int64],
    base: NDArray[np.float64],
    expects: bool,
    k: int,
    days: NDArray[np.int64],
    known: NDArray[np.bool_],
) -> dict[str, Any]:
    n, around = len(net.grids), around_of(net)
    there = base > 0
    # Where nothing could have had an issue no rate is to be had; its issues must not weigh on its neighbours.
    cases = np.where(there, table[:, k], 0)
    shares = there.any() and not expects
    found = neighbourhood_ratio(cases, base if shares else None, neighbours_of(net), expected=None if shares else base)
    gi = local_g(standardised_rates(cases, base) if there.any() else np.zeros(n), around)
    step: dict[str, Any] = {
        "observed": table[:, k], "expected": found.expected, "ratio": found.ratio,
        "around_observed": found.around_observed, "around_expected": found.around_expected,
        "low": found.around_low, "high": found.around_high, "q": found.q, "judged": found.judged & there,
        "z": gi.z, "z_q": gi.q,
    }  # fmt: skip
    before = table[:, k - 1] if k and known[k - 1] else np.zeros(n, dtype=np.int64)
    comparable = bool(k and known[k - 1])
    risen = period_change(
        table[:, k], before, base if shares else np.ones(n), around, longer=float(days[k] / days[k - 1]) if k else 1.0
    )
    step |= {
        "before": before if comparable else np.full(n, -1), "change": risen.ratio, "change_low": risen.low,
        "change_high": risen.high, "change_q": risen.q, "change_judged": risen.judged & comparable,
    }  # fmt: skip
    return step


def patterns_of(net: Net, figures: Figures) -> NDArray[np.int8] | None:
    """Patterns of Gi* through the steps; steps without anything expected (no past yet) are left out."""
    rates = [
        standardised_rates(np.where(base > 0, cases, 0), base)
        for cases, base in zip(figures.observed, figures.expected, strict=True)
        if base.sum() > 0
    ]
    return emerging(np.array(rates).T, around_of(net)).pattern if len(rates) >= LEAST_STEPS else None
