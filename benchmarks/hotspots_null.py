"""What the hotspot statistics show where there is nothing, and whether they find what was planted.

Run ``python -m benchmarks.hotspots_null`` or ``make bench-hotspots-null``: maps of 40 × 40 grids of about 1,000
residents, with Poisson counts and with counts that vary more (negative binomial: risks of their own, gamma of variance
`--spread`). For each mean count a grid: false hot grids a map and the chance of any (for the scan: of a cluster at
p ≤ .05) with its 95 % Monte Carlo interval; and the share of a planted 3 × 3 cluster of relative risk 2.5 that is
found, on maps of their own. A second table does the same for the scans over places and weeks.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks import _hotspots_null_time
from geo.hotspots import Around, false_discovery, local_g, neighbourhood_ratio, scan_poisson

SIDE = 40
ALPHA = 0.05
Hot = Callable[[NDArray[np.int64], NDArray[np.float64], int], NDArray[np.bool_]]


def board() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of each grid, and the pairs that touch at a side or corner."""
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    near = (abs(row[:, None] - row) <= 1) & (abs(column[:, None] - column) <= 1)
    return row, column, np.argwhere(np.triu(near, 1))


def methods(replicas: int) -> dict[str, Hot]:
    """Hot grids of a map by method: counts, population, seed → bool (n,)."""
    row, column, pairs = board()
    around = Around.of_pairs(pairs, SIDE * SIDE)

    def usual(cases: NDArray[np.int64], population: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
        found = local_g(cases, around)
        return (found.q <= ALPHA) & (found.z > 0)

    def rates(cases: NDArray[np.int64], population: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
        found = local_g(cases / population, around)
        return (found.q <= ALPHA) & (found.z > 0)

    def ours(cases: NDArray[np.int64], population: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
        return neighbourhood_ratio(cases, population, pairs).q <= ALPHA

    def naive(cases: NDArray[np.int64], population: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
        expected = population * cases.sum() / population.sum()
        return false_discovery(stats.poisson.sf(cases - 1, expected)) <= ALPHA

    def scan(overdispersion: bool) -> Hot:
        def hot(cases: NDArray[np.int64], population: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
            found = scan_poisson(
                cases=cases, population=population, x=column, y=row, overdispersion=overdispersion,
                replicas=replicas, rng=seed,
            )  # fmt: skip
            inside = np.zeros(len(cases), dtype=np.bool_)
            for cluster in found:
                if cluster.p <= ALPHA:
                    inside[cluster.members] = True
            return inside

        return hot

    return {
        "Gi* on counts, FDR": usual,
        "Gi* on rates, FDR": rates,
        "grid alone, FDR": naive,
        "A neighbourhood O/E": ours,
        "B scan, Poisson": scan(False),
        "B scan, overdispersed": scan(True),
    }


def draw(
    rng: np.random.Generator, rate: float, spread: float, risk: NDArray[np.float64] | float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Counts and population of a map."""
    population = 1000.0 * rng.lognormal(-0.125, 0.5, SIDE * SIDE)
    uneven = rng.gamma(1 / spread, spread, SIDE * SIDE) if spread else 1.0
    return rng.poisson(rate * population / 1000.0 * uneven * risk), population


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=150, help="maps a row")
    parser.add_argument("--replicas", type=int, default=199, help="of each scan")
    parser.add_argument("--spread", type=float, default=0.3, help="variance of the risks of negative binomial maps")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    row, column, _ = board()
    planted = (abs(row - 20) <= 1) & (abs(column - 20) <= 1)
    print(f"{arguments.maps} maps of {SIDE} × {SIDE} grids, {arguments.replicas} replicas a scan, α = {ALPHA}")
    print(f"{'method':<24}{'counts':<10}{'mean':>6}{'hot/map':>9}{'P(any)':>8}   {'95 % interval':<17}{'recall':>7}")
    for spread in (0.0, arguments.spread):
        for rate in (0.2, 1.0, 5.0):
            for name, hot in methods(arguments.replicas).items():
                rng = np.random.default_rng([arguments.seed, int(10 * rate), int(100 * spread)])
                false, recall = [], []
                for number in range(arguments.maps):
                    false.append(int(hot(*draw(rng, rate, spread, 1.0), number).sum()))
                    loud = hot(*draw(rng, rate, spread, np.where(planted, 2.5, 1.0)), number)
                    recall.append(float(loud[planted].mean()))
                some = int(np.count_nonzero(false))
                low, high = stats.binomtest(some, len(false)).proportion_ci(method="exact")
                kind = "neg. bin." if spread else "Poisson"
                print(
                    f"{name:<24}{kind:<10}{rate:>6}{np.mean(false):>9.2f}{some / len(false):>8.3f}   "
                    f"{f'{low:.3f} to {high:.3f}':<17}{np.mean(recall):>7.2f}",
                    flush=True,
                )
    _hotspots_null_time.table(arguments.maps, arguments.replicas // 2, arguments.seed)


if __name__ == "__main__":
    main()
