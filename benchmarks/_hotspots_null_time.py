"""The scans over places and weeks where there is nothing: how often they show a cluster all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from geo.hotspots import Clusters, TimeWindow, scan_permutation, scan_space_time

SIDE, WEEKS, ALPHA = 12, 40, 0.05
# Variances of the risks of maps: of those that stay with a grid, and of those of a grid and week.
KINDS = {"Poisson": (0.0, 0.0), "weeks vary": (0.0, 1.0), "grids vary": (0.3, 0.0), "both vary": (0.3, 1.0)}


def scans(replicas: int) -> dict[str, Any]:
    """Scans by name: counts, population, seed → clusters."""
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    common: dict[str, Any] = {"x": column, "y": row, "max_share": 0.25, "replicas": replicas, "keep": 1}

    def against(prospective: bool, overdispersion: bool) -> Any:
        time = TimeWindow(prospective=prospective, max_periods=8, period_days=7)

        def scan(cases: Any, population: Any, seed: int) -> Clusters:
            return scan_space_time(
                cases=cases, population=population, time=time, overdispersion=overdispersion, rng=seed, **common
            )

        return scan

    def exchanged(overdispersion: bool) -> Any:
        time = TimeWindow(prospective=True, max_periods=8, period_days=7)

        def scan(cases: Any, population: Any, seed: int) -> Clusters:
            return scan_permutation(cases=cases, time=time, overdispersion=overdispersion, rng=seed, **common)

        return scan

    return {
        "emerging, Poisson": against(True, False),
        "emerging, overdispersed": against(True, True),
        "any time, Poisson": against(False, False),
        "any time, overdispersed": against(False, True),
        "permutation": exchanged(False),
        "permutation, overdispersed": exchanged(True),
    }


def table(maps: int, replicas: int, seed: int) -> None:
    """Print how often p ≤ .05 is told."""
    print(f"\n{maps} tables of {SIDE} × {SIDE} grids by {WEEKS} weeks, windows up to 8 weeks, {replicas} replicas")
    print(f"{'scan':<28}{'counts':<12}{'mean':>6}{'P(any)':>8}   95 % interval")
    for kind, (lasting, passing) in KINDS.items():
        for rate in (0.05, 0.5):
            for name, scan in scans(replicas).items():
                rng = np.random.default_rng([seed, int(100 * rate), int(10 * lasting), int(10 * passing)])
                some = 0
                for number in range(maps):
                    population = rng.lognormal(-0.125, 0.5, (SIDE * SIDE, 1))
                    risk = rng.gamma(1 / lasting, lasting, (SIDE * SIDE, 1)) if lasting else 1.0
                    each = rng.gamma(1 / passing, passing, (SIDE * SIDE, WEEKS)) if passing else 1.0
                    cases = rng.poisson(rate * population * risk * each * np.ones((1, WEEKS)))
                    found = scan(cases, population[:, 0], number)
                    some += bool(found) and found[0].p <= ALPHA
                low, high = stats.binomtest(some, maps).proportion_ci(method="exact")
                print(f"{name:<28}{kind:<12}{rate:>6}{some / maps:>8.3f}   {low:.3f} to {high:.3f}", flush=True)
