"""Issues per 1,000 households over the last days, beside those of all time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.service.board import board_of
from geo.service.context import Net, Service, find_plan_in_force
from geo.service.coverage_figures import EXPECTED_LEAST, expected_issues, rate_breaks, totals_of
from geo.service.placing import count_by_grid
from geo.service.views import RatePeriod

# Days back from now: a month, a season, a year.
PERIODS: Final = (30, 90, 365)


def rate_periods(service: Service, net: Net, households: NDArray[np.int64]) -> tuple[RatePeriod, ...]:
    """Counts and rates of the grids of a net over each of `PERIODS`; households (n,) are those of its grids."""
    return tuple(_period(days, counts, households) for days, counts in _counts(service, net).items())


# Private functions


def _counts(service: Service, net: Net) -> dict[int, NDArray[np.int64]]:
    """By days: how many issues of the last days lie in each grid (n,)."""
    plan = find_plan_in_force(service)
    if plan is not None and (plan.id, plan.revision) == (net.plan.id, net.plan.revision):
        board, now = board_of(service), service.now().timestamp()
        placed = board.grid >= 0
        return {
            days: np.bincount(
                board.grid[placed & (board.reported >= now - days * 86_400)], minlength=len(net.grids)
            ).astype(np.int64)
            for days in PERIODS
        }
    found = {}
    for days in PERIODS:
        told = count_by_grid(net, service.store.list_issues(since=service.now() - timedelta(days=days)))
        found[days] = np.array([told.get(grid.code, 0) for grid in net.grids], dtype=np.int64)
    return found


def _period(days: int, counts: NDArray[np.int64], households: NDArray[np.int64]) -> RatePeriod:
    lived = households > 0
    judged = lived & (expected_issues(households, counts) >= EXPECTED_LEAST)
    rates = np.divide(1000.0 * counts, households, out=np.full(len(counts), np.nan), where=lived)
    whole, issues = int(households.sum()), int(counts.sum())
    rate = 1000.0 * issues / whole if whole else None
    spread = totals_of({"rate": [float(r) if known else None for r, known in zip(rates, judged, strict=True)]})
    return RatePeriod(
        days=days,
        counts=counts,
        judged=judged,
        issues=issues,
        rate=rate,
        too_few=int((~judged).sum()),
        spread=spread["rate"],
        breaks=rate_breaks(rate or 0.0),
    )
