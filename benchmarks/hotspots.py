"""Hotspot statistics beside esda, scikit-learn's KDE and a plain Python scan, in one run with fixed seeds.

Run ``python -m benchmarks.hotspots`` or ``make bench-hotspots``. Times are seconds of the wall, and of all processors
("CPU"), the best of some rounds; the compiler is warmed up before. A peer that would take hours does a part, and its
time is scaled up by the parts left out, which the row says. SaTScan and SpatialEpi are not here: their times are those
of the notes on methods, of the wall on two idle cores, and marked "noted".
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks._hotspots_naive import NOTED, largest_ratio, neighbours
from geo.hotspots import Around, Clusters, TimeWindow, density, local_g, scan_permutation, scan_poisson
from geo.hotspots.local_g import local_g_z


@dataclass(frozen=True)
class Timed:
    """Seconds of the wall and of all processors, and what came out."""

    wall: float
    cpu: float
    answer: Any


def timed(work: Callable[[], Any], rounds: int = 1) -> Timed:
    """The best of some rounds."""
    best: Timed | None = None
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = work()
        found = Timed(time.perf_counter() - wall, time.process_time() - cpu, answer)
        if best is None or found.wall < best.wall:
            best = found
    assert best is not None
    return best


def row(task: str, ours: Timed, peer: str, seconds: float, goal: str, note: str = "") -> None:
    """Print a line of the table.

    The ratio is of CPU seconds, which other work on the machine disturbs least. Noted times are of the wall on two idle
    cores: what ours would take there is its CPU time shared by two.
    """
    base = ours.cpu / 2 if "noted" in peer else ours.cpu
    print(
        f"{task:<38}{ours.wall:>10.4f}{ours.cpu:>10.4f}   {peer:<34}{seconds:>11.4g}"
        f"{seconds / base:>10,.1f} ×  {goal:<10}{note}",
        flush=True,
    )


def lattice(side: int) -> NDArray[np.int64]:
    """Pairs of grids of a side × side board that touch at a side or corner."""
    number = np.arange(side * side).reshape(side, side)
    steps = [(number[:, :-1], number[:, 1:]), (number[:-1], number[1:])]
    steps += [(number[:-1, :-1], number[1:, 1:]), (number[:-1, 1:], number[1:, :-1])]
    return np.concatenate([np.column_stack((a.ravel(), b.ravel())) for a, b in steps])


def gi(rounds: int) -> None:
    """Gi* of lattices beside esda's analytic z."""
    if not (find_spec("esda") and find_spec("libpysal")):
        print("esda is not installed (dependency group peers): no row for Gi*")
        return
    from esda.getisord import G_Local
    from libpysal.weights import WSP, fill_diagonal

    for side in (32, 100, 320):
        values = np.random.default_rng(side).gamma(2.0, 1.0, side * side)
        around = Around.of_pairs(lattice(side), side * side)
        beside = Around.of_pairs(lattice(side), side * side, starred=False)
        weights = fill_diagonal(WSP(sparse.csr_matrix(beside.matrix)).to_W(silence_warnings=True), 1.0)
        ours = timed(partial(local_g_z, values, around), 20 * rounds)
        whole = timed(partial(local_g, values, around), 5 * rounds)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = timed(partial(G_Local, values, weights, transform="B", permutations=0, star=None), rounds)
        apart = float(np.abs(peer.answer.Zs - ours.answer).max())
        row(f"Gi* z, {side * side:,} grids", ours, "esda", peer.cpu, "≥ 200 ×", f"largest difference {apart:.0e}")
        row(f"Gi* z, p and q, {side * side:,} grids", whole, "esda", peer.cpu, "")


def tracts(n: int, rng: np.random.Generator, rate: float = 1.0) -> dict[str, Any]:
    """Places with people and cases by chance."""
    x, y = rng.uniform(0, 100, (2, n))
    population = rng.lognormal(7, 0.5, n)
    return {"x": x, "y": y, "population": population, "cases": rng.poisson(rate * population / population.mean())}


def spatial(rounds: int) -> None:
    """The Poisson scan beside plain Python and noted times."""
    small = tracts(281, np.random.default_rng(1), 4.0)
    ours = timed(lambda: scan_poisson(**small, replicas=999, rng=1), rounds)
    found: Clusters = ours.answer
    expected = small["population"] * small["cases"].sum() / small["population"].sum()
    lists = neighbours(small["x"].tolist(), small["y"].tolist(), small["population"].tolist(), 0.5)
    parts = 3
    plain = timed(lambda: [largest_ratio(lists, small["cases"].tolist(), expected.tolist()) for _ in range(parts)])
    apart = abs(plain.answer[0] - found[0].llr)
    note = f"{parts} of 1,000 maps; ratios differ by {apart:.0e}"
    row("Poisson, 281 tracts, 999", ours, "plain Python", plain.cpu / parts * 1000, "", note)
    row("Poisson, 281 tracts, 999", ours, "SpatialEpi C++ (noted)", NOTED["SpatialEpi C++, 281 tracts"], "≥ 5 ×")
    large = tracts(10_000, np.random.default_rng(2))
    for most, goal in ((50, "≥ 5 ×"), (200, "≥ 2 ×")):
        ours = timed(partial(scan_poisson, **large, max_neighbours=most, replicas=999, rng=1), rounds)
        row(f"Poisson, 10,000 × {most}, 999", ours, "SaTScan (noted)", NOTED[f"SaTScan, 10k × {most}"], goal)


def emerging(rounds: int) -> None:
    """The prospective permutation scan: 2,500 grids, 365 days, 7,300 cases, windows up to 30 days and half of all."""
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 100, (2, 2500))
    weight = rng.lognormal(0, 0.7, 2500)
    cases = np.zeros((2500, 365))
    np.add.at(cases, (rng.choice(2500, 7300, p=weight / weight.sum()), rng.integers(0, 365, 7300)), 1)
    time_ = TimeWindow(prospective=True, max_periods=30)
    ours = timed(lambda: scan_permutation(cases=cases, x=x, y=y, time=time_, replicas=999, rng=1), rounds)
    peer = "dense prototype (noted)"
    row("permutation, 2,500 × 365 d, 999", ours, peer, NOTED["dense prototype, permutation"], "≤ 5 s")


def backdrop(rounds: int) -> None:
    """Density of a million points on a million squares beside scikit-learn's kernel density."""
    rng = np.random.default_rng(4)
    x, y = rng.normal(50, 12, (2, 1_000_000)) % 100
    bounds, shape, bandwidth = (0.0, 0.0, 100.0, 100.0), (1000, 1000), 1.0
    ours = timed(lambda: density(x, y, bounds=bounds, shape=shape, bandwidth=bandwidth), rounds)
    if not find_spec("sklearn"):
        print("scikit-learn is not installed (dependency group peers): no row for the density")
        return
    from sklearn.neighbors import KernelDensity

    asked = 300
    at = rng.choice(1_000_000, asked, replace=False)
    places = np.column_stack((at % 1000, at // 1000)) / 10.0 + 0.05
    model = KernelDensity(bandwidth=bandwidth, rtol=1e-3).fit(np.column_stack((x, y)))
    peer = timed(lambda: np.exp(model.score_samples(places)) * len(x))
    mine = ours.answer.reshape(-1)[at]
    apart = float(np.median(np.abs(mine - peer.answer) / np.maximum(peer.answer, 1.0)))
    note = f"{asked} of 1,000,000 squares; median difference {apart:.1%}"
    row("density, 1M points on 1M squares", ours, "scikit-learn KDE", peer.cpu / asked * 1e6, "≥ 1,000 ×", note)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of ours; the best counts")
    rounds = parser.parse_args().rounds
    small = tracts(60, np.random.default_rng(0))
    scan_poisson(**small, replicas=40, rng=0)
    time_ = TimeWindow(prospective=True, max_periods=3)
    scan_permutation(cases=np.ones((60, 9)) + np.eye(60, 9), x=small["x"], y=small["y"], time=time_, replicas=40, rng=0)
    print(f"{'task':<38}{'wall s':>10}{'CPU s':>10}   {'peer':<34}{'its s':>11}{'ratio':>12}  {'goal':<10}")
    for part in (gi, spatial, emerging, backdrop):
        part(rounds)


if __name__ == "__main__":
    main()
