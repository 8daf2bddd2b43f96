"""Redraw after a shock: who has to move, who is moved, and what it costs in borders; beside drawing anew.

Run ``make bench-redraw`` or ``python -m benchmarks.redraw --help``. A plan of 10,000 units and 400 grids in ±5 % is
drawn first; then people come and go until 242 of the grids are out of ±5 %. Two bounds: *any* holds for every plan in
the band, *next door* for plans in which people only go to a grid that touches theirs. CPU seconds, one process, after
the compiler is warm.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.partition import DATA, generated, stored
from geo.partition import PartitionSpec, UnitGraph, solve
from geo.partition.solver.flow import least_moved

SHOCKS = ("grid", "unit", "region", "mixed", "jumps")
OUTSIDE = 242 / 400


def wave(xy: NDArray[np.float64], size: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth random field of unit spread: 40 plane waves of about `size` of the area's width."""
    out = np.zeros(len(xy))
    for _ in range(40):
        out += np.cos(2 * np.pi * xy @ rng.normal(0, 1 / size, 2) + rng.uniform(0, 2 * np.pi))
    return np.asarray(out / np.sqrt(20), dtype=np.float64)


def shocked(graph: UnitGraph, plan: NDArray[np.int32], kind: str, seed: int) -> UnitGraph:
    """The same units with other people: as strong a shock of its kind as puts `OUTSIDE` of the grids out of ±5 %.

    grid: each grid grows by itself. unit: each unit does. region: smooth growth and decline. mixed: both, and local
    jumps. jumps: a tenth of the grids grow by far.
    """
    rng = np.random.default_rng(1000 + seed)
    grids = int(plan.max()) + 1
    assert graph.xy_m is not None
    xy = (graph.xy_m - graph.xy_m.min(axis=0)) / np.ptp(graph.xy_m, axis=0).max()
    kinds: dict[str, Callable[[], NDArray[np.float64]]] = {
        "grid": lambda: rng.normal(size=grids)[plan],
        "unit": lambda: rng.normal(size=len(xy)),
        "region": lambda: wave(xy, 0.4, rng) + 0.5 * wave(xy, 0.1, rng),
        "mixed": lambda: wave(xy, 0.4, rng) + 0.6 * rng.standard_t(4, grids)[plan],
        "jumps": lambda: np.where(rng.random(grids) < 0.1, rng.exponential(4, grids), rng.normal(0, 0.5, grids))[plan],
    }
    change = kinds[kind]()

    def after(strength: float) -> tuple[float, NDArray[np.float64]]:
        weight = np.round(graph.weight * np.exp(strength * change))
        load = np.bincount(plan, weight, minlength=grids)
        return float((np.abs(load / load.mean() - 1) > 0.05).mean()), weight

    low, high = 0.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if after(middle)[0] > OUTSIDE else (middle, high)
    return replace(graph, weight=after(high)[1])


def graphs(data: Path, units: int) -> Iterator[tuple[str, UnitGraph, int]]:
    """(name, graph, grids)."""
    yield f"generated {units:,}", generated(units), max(2, units // 25)
    if units == 10_000 and (data / "partition" / "bar10k.npz").exists():
        yield "bar10k", stored(data / "partition" / "bar10k.npz"), 400


def timed(graph: UnitGraph, spec: PartitionSpec, seed: int) -> tuple[NDArray[np.int32], NDArray[np.int32], float, int]:
    """Grids, what they go on from, CPU seconds, grids out of the band or in pieces."""
    start = time.process_time()
    result = solve(graph, spec, rng=np.random.default_rng(seed))
    seconds = time.process_time() - start
    return result.grid_of_unit, result.goes_on, seconds, result.report.outside_band + result.report.disconnected


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--shocks", default=",".join(SHOCKS))
    parser.add_argument("--anew", action="store_true", help="also draw anew, to compare")
    options = parser.parse_args()
    print(
        "| graph | shock | seed | out | any % | next door % | moved % | ÷ any | ÷ next door | bad | cut | s"
        " | anew: moved % |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name, graph, grids in graphs(options.data, options.units):
        plan = solve(graph, PartitionSpec(grids=grids), rng=np.random.default_rng(0)).grid_of_unit
        before = int((plan[graph.source] != plan[graph.indices]).sum()) // 2
        for kind in options.shocks.split(","):
            for seed in range(options.seeds):
                row(name, shocked(graph, plan, kind, seed), plan, kind, seed, before, options.anew)


def row(name: str, graph: UnitGraph, plan: NDArray[np.int32], kind: str, seed: int, before: int, anew: bool) -> None:
    """Redraw once and print a line of the table."""
    grids, total = int(plan.max()) + 1, float(graph.weight.sum())
    load = np.bincount(plan, graph.weight, minlength=grids)
    ideal = np.full(grids, load.mean())
    bound = least_moved(graph, plan, 0.95 * ideal, 1.05 * ideal)
    found, goes_on, seconds, bad = timed(graph, PartitionSpec(grids=grids, current=plan), seed)
    moved = float(graph.weight[goes_on[found] != plan].sum())
    cut = int((found[graph.source] != found[graph.indices]).sum()) // 2
    outside = int((np.abs(load / ideal - 1) > 0.05).sum())
    other = ""
    if anew:
        from geo.partition.lineage import lineage

        other = (
            f"{100 * lineage(plan, timed(graph, PartitionSpec(grids=grids), seed)[0], graph.weight).moved / total:.1f}"
        )
    print(
        f"| {name} | {kind} | {seed} | {outside} | {100 * bound.anyhow / total:.2f}"
        f" | {100 * bound.next_door / total:.2f} | {100 * moved / total:.2f} | {moved / bound.anyhow:.2f}"
        f" | {moved / bound.next_door:.2f} | {bad} | {before} → {cut} | {seconds:.1f} | {other} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
