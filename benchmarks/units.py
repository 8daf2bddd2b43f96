"""Seamless units from generated cities: seconds and megabytes. Run ``python -m benchmarks.units [buildings …]``.

Each size runs in a process of its own, so that the peak memory is its own. Fixed seeds; nothing is read or written.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import shapely
from shapely import affinity

from geo.partition.units import UnitInputs, build_units

BLOCK_M = 260.0
SEED = 20240601
SIZES = (1_000, 10_000, 100_000)


def city(buildings: int, seed: int) -> UnitInputs:
    """Superblocks with slabs, towers, lanes of touching houses and dangling walls, turned by an odd angle."""
    rng = np.random.default_rng(seed)
    blocks, made, side = [], 0, 1
    shapes: list[np.ndarray] = []
    while made < buildings:
        blocks = [(i, j) for i in range(side) for j in range(side)]
        for i, j in blocks:
            if max(i, j) == side - 1 and made < buildings:
                block = _block(rng, i * BLOCK_M, j * BLOCK_M)
                shapes.append(block)
                made += len(block)
        side += 1
    size = (side - 1) * BLOCK_M
    ground = np.concatenate(shapes)
    count = len(ground)
    ground = np.concatenate([ground, _shifted(ground[rng.integers(0, count, count // 100)], rng)])
    streets = [shapely.LineString([(-30, k * BLOCK_M), (size + 30, k * BLOCK_M + 3)]) for k in range(side)]
    streets += [shapely.LineString([(k * BLOCK_M, -30), (k * BLOCK_M + 5, size + 30)]) for k in range(side)]
    walls = []
    for i, j in blocks:
        x, y = (np.array([i, j]) + rng.uniform(0.3, 0.7, 2)) * BLOCK_M
        walls.append(shapely.LineString([(x, j * BLOCK_M - 5), (x + rng.uniform(-20, 20), y)]))
    origin = np.array([351_234.5, 3_456_789.1])
    everything = np.concatenate([[shapely.box(2, 3, size - 4, size - 5)], ground, streets, walls])
    turn = np.deg2rad(17.3)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    everything = shapely.transform(everything, lambda xy: xy @ matrix + origin)
    ground = everything[1 : 1 + len(ground)]
    return UnitInputs(
        boundary=everything[0],
        buildings=ground,
        barriers=everything[1 + len(ground) :],
        weight=rng.integers(0, 200, len(ground)),
        barrier_class=np.concatenate([np.full(len(streets), 2), np.full(len(walls), 1)]),
    )


def _block(rng: np.random.Generator, x: float, y: float) -> np.ndarray:
    """The buildings of one superblock: one of three styles."""
    style = rng.integers(0, 3)
    if style == 0:  # slabs facing south
        cx, cy = np.meshgrid(np.arange(35, 240, 62.0), np.arange(30, 240, 30.0))
        w, h = 50.0, 12.0
    elif style == 1:  # towers
        cx, cy = np.meshgrid(np.arange(35, 240, 45.0), np.arange(35, 240, 45.0))
        w, h = 24.0, 22.0
    else:  # an old town: rows of houses wall to wall
        cx, cy = np.meshgrid(np.arange(20, 245, 8.0), np.arange(20, 245, 16.0))
        w, h = 8.0, 10.0
    cx, cy = cx.ravel() + x, cy.ravel() + y
    if style < 2:
        cx, cy = cx + rng.uniform(-4, 4, len(cx)), cy + rng.uniform(-3, 3, len(cy))
    return np.asarray(shapely.box(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), dtype=object)


def _shifted(shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Copies that overlap what they were copied from."""
    moves = rng.uniform(-6, 6, (len(shapes), 2))
    return np.array([affinity.translate(s, *m) for s, m in zip(shapes, moves, strict=True)], dtype=object)


def measure(buildings: int) -> None:
    """Build once and print a line."""
    inputs = city(buildings, SEED)
    before = _peak_mb()
    steps: list[tuple[float, float, str]] = []
    start, busy = time.perf_counter(), time.process_time()
    result = build_units(
        inputs, progress=lambda share, key: steps.append((time.perf_counter() - start, _peak_mb(), key))
    )
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = _peak_mb()
    report = result.report
    print(
        f"{len(inputs.buildings):>7} buildings  {report.units:>7} units  {seconds:6.1f} s"
        f" ({busy:.1f} CPU)  {peak:5.0f} MB"
        f" (input {before:.0f})  area error {report.area_error:.0e}  smallest share {report.smallest_share:.3f}"
        f"  dangling walls followed {report.dangling_followed:.3f}  grid {report.grid_m:g}"
    )
    spans = pairwise(steps)
    print("        " + "  ".join(f"{key[12:]} {end - at:.1f} s {mb:.0f} MB" for (at, _, key), (end, mb, _) in spans))


def _peak_mb() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        measure(int(sys.argv[2]))
    else:
        for size in map(int, sys.argv[1:] or SIZES):
            subprocess.run([sys.executable, "-m", "benchmarks.units", "--one", str(size)], check=True)
