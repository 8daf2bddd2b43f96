"""Micro-grids: processor time and cuts on invented grids of towers, slabs, courts and houses, warm, one core.

Run ``python -m benchmarks.micro`` or ``make bench-micro``: one grid of about 500 households, then a district of 457
grids of about 400: without anchors, with one anchor for about 12.5 households at random places, and with the centres of
the first division given as anchors.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from geo.partition.micro import Households, MicroSpec, micro_grids

# Stairwells, floors, homes a floor; the last two are a court and a row of houses.
_KINDS = [(4, 6, 2), (1, 24, 5), (2, 11, 2), (4, 5, 2), (1, 1, 18), (0, 0, 12)]


def district(grids: int, households: int, seed: int = 0) -> Households:
    """Invented grids of 300 m × 300 m; 94 % of the homes are lived in."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, int, str, str, float, float, float]] = []
    for grid in range(grids):
        first, building = len(rows), 0
        while len(rows) - first < households:
            x, y = rng.uniform(0, 300, 2)
            stairs, floors, homes = _KINDS[int(rng.integers(len(_KINDS)))]
            name = f"{grid}b{building}"
            building += 1
            if not stairs:
                rows += [(f"{name}-{h}", grid, "", "", np.nan, x + 9 * h, y) for h in range(homes)]
                continue
            rows += [
                (f"{name}-{s}-{f:02d}{h:02d}", grid, name, str(s), float(f), x + 12 * s, y)
                for s in range(1, stairs + 1)
                for f in range(1, floors + 1)
                for h in range(homes)
                if rng.random() < 0.94
            ]
    ids, grid_of, buildings, stairwells, floors_of, x, y = (np.array(c, dtype=object) for c in zip(*rows, strict=True))
    return Households(
        ids=ids,
        grid=grid_of.astype(np.int32),
        building=buildings,
        stairwell=stairwells,
        floor=floors_of.astype(np.float64),
        xy_m=np.column_stack([x, y]).astype(np.float64),
    )


def measure(name: str, homes: Households, spec: MicroSpec) -> np.ndarray:
    """Print a row of the table; returns the rows of the centres."""
    start = time.process_time()
    result = micro_grids(homes, spec)
    seconds = time.process_time() - start
    f = result.figures
    print(
        f"{name:<34}{f['households']:>9,}{f['micro_grids']:>8,}{f['outside_bounds']:>6}"
        f"{f['floors_cut']:>8}{f['floors_cut_least']:>7}{f['stairwells_cut']:>8}{f['stairwells_cut_least']:>7}"
        f"{f['mean_walk_m']:>8.1f}{seconds:>9.2f}",
        flush=True,
    )
    return np.array([m.centre for m in result.micro])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grids", type=int, default=457)
    parser.add_argument("--households", type=int, default=400, help="of a grid")
    arguments = parser.parse_args()
    micro_grids(district(2, 60), MicroSpec())  # compile
    print(
        f"{'case':<34}{'homes':>9}{'micro':>8}{'out':>6}{'floors':>8}{'least':>7}{'stairs':>8}{'least':>7}"
        f"{'way m':>8}{'CPU s':>9}"
    )
    measure("one grid of 500", district(1, 500), MicroSpec())
    homes = district(arguments.grids, arguments.households)
    centres = measure(f"{arguments.grids} grids", homes, MicroSpec())
    anchor = np.random.default_rng(1).random(len(homes)) < 1 / 12.5
    measure("  anchors anywhere, filled", replace(homes, anchor=anchor), MicroSpec(anchors="fill"))
    given = np.isin(np.arange(len(homes)), centres)
    measure("  anchors where they are good", replace(homes, anchor=given), MicroSpec())


if __name__ == "__main__":
    main()
