"""The solver on the graphs that are at hand: deviation, pieces, cut, seconds; the worst of some seeds.

Run ``python -m benchmarks.partition --help``. The compiler is warmed up first, which is not counted.
Real graphs are read from ``shared/data`` beside the checkout and left out where they are absent; generated ones always
run. One process, one core.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from scipy.sparse import coo_array

from benchmarks import _peers as peers
from geo.partition import PartitionSpec, UnitGraph, graph_of, solve

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def generated(units: int, seed: int = 0) -> UnitGraph:
    """A lattice with missing links and lumpy weights: about the lumps of buildings in superblocks."""
    rng = np.random.default_rng(seed)
    width = round(units**0.5)
    height = -(-units // width)
    n = width * height
    index = np.arange(n).reshape(height, width)
    right = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()])
    up = np.stack([index[:-1].ravel(), index[1:].ravel()])
    slant = np.stack([index[:-1, :-1].ravel(), index[1:, 1:].ravel()])
    slant = slant[:, rng.random(slant.shape[1]) < 0.8]
    a, b = np.concatenate([right, up, slant], axis=1)
    border = rng.gamma(4.0, 10.0, len(a))
    ends = np.concatenate([a, b]).astype(np.int32), np.concatenate([b, a]).astype(np.int32)
    links = coo_array((np.concatenate([border, border]), ends), shape=(n, n)).tocsr()
    links.sort_indices()
    xy = np.column_stack([np.tile(np.arange(width), height), np.repeat(np.arange(height), width)]) * 40.0
    weight = np.round(rng.gamma(1.5, 25.0, n)) * (rng.random(n) > 0.08)
    return UnitGraph(weight, links.indptr, links.indices, links.data, xy + rng.uniform(-8, 8, xy.shape))


def stored(path: Path) -> UnitGraph:
    """A graph from an npz file with xadj, adj, sw, pop, xy."""
    data = np.load(path)
    return UnitGraph(data["pop"], data["xadj"], data["adj"], data["sw"], data["xy"])


def polygons(path: Path, epsg: int) -> UnitGraph:
    """A graph from polygons with the field pop."""
    import pyogrio

    frame = pyogrio.read_dataframe(path).to_crs(epsg)
    return graph_of(np.asarray(frame.geometry, dtype=object), frame["pop"].to_numpy())


def instances(data: Path, most: int) -> Iterator[tuple[str, UnitGraph, int, float]]:
    """(name, graph, grids, tolerance)."""
    graphs = data / "partition"
    for name, grids, tolerance in (
        ("IA99", 4, 0.05),
        ("AR2294", 18, 0.05),
        ("AR2294", 92, 0.05),
        ("AR2294", 92, 0.01),
        ("bar10k", 400, 0.05),
        ("bar10k", 400, 0.01),
    ):
        if (graphs / f"{name}.npz").exists():
            yield name, stored(graphs / f"{name}.npz"), grids, tolerance
    for path, epsg, cases in (
        (data / "florida25" / "fl25.gpkg", 32617, ((3, 0.05), (3, 0.0))),
        (data / "rockland" / "rockland_blocks_2010.gpkg", 32618, ((30, 0.05), (100, 0.05), (311, 0.05))),
    ):
        if path.exists():
            graph = polygons(path, epsg)
            for grids, tolerance in cases:
                yield path.stem, graph, grids, tolerance
    for units, grids in ((1_000, 40), (10_000, 400), (100_000, 4_000), (1_000_000, 40_000)):
        if units <= most:
            yield f"generated {units:,}", generated(units), grids, 0.05


def compare(title: str, graph: UnitGraph, grids: int, tolerance: float, limit: float) -> None:
    """Print ours (first seed) and the peers on one graph."""
    print(f"\n{title}\n| tool | worst dev % | in pieces | empty | cut | CPU s |\n|---|---|---|---|---|---|")
    start = time.process_time()
    ours = solve(graph, PartitionSpec(grids=grids, tolerance=tolerance), rng=np.random.default_rng(0))
    row = peers.Row("wangge", *peers.measure(graph, ours.grid_of_unit, grids), seconds=time.process_time() - start)
    print(row.line(), flush=True)
    for name in peers.PEERS:
        print(peers.run_peer(name, graph, grids, tolerance, limit=limit).line(), flush=True)


class Both(io.TextIOBase):
    """What is printed goes to the screen and is kept."""

    def __init__(self, screen: TextIO) -> None:
        self._screen, self._kept = screen, io.StringIO()

    def write(self, text: str) -> int:
        """Print and keep `text`."""
        self._kept.write(text)
        return self._screen.write(text)

    def flush(self) -> None:
        """Show at once what was printed."""
        self._screen.flush()

    def text(self) -> str:
        """All that was printed."""
        return self._kept.getvalue()


def main() -> None:
    """Print the table, and write it to a file where one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", default="", help="instances whose name contains this")
    parser.add_argument("--most", type=int, default=100_000, help="leave out generated instances with more units")
    parser.add_argument("--alone", action="store_true", help="leave out the other tools")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds that another tool may take")
    parser.add_argument("--out", type=Path, help="write the tables to this file too")
    options = parser.parse_args()
    both = Both(sys.stdout)
    with contextlib.redirect_stdout(both):
        tables(options)
    if options.out is not None:
        beside = options.out.with_name(options.out.name + ".part")
        beside.write_text(both.text(), encoding="utf-8")
        beside.replace(options.out)


def tables(options: argparse.Namespace) -> None:
    """Print what `options` ask for."""
    solve(generated(400), PartitionSpec(grids=10), rng=np.random.default_rng(0))
    print("| instance | units | grids | ± % | worst dev % | LB % | outside | NC | cut mean (worst) | s mean (worst) |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, graph, grids, tolerance in instances(options.data, options.most):
        if options.only not in name:
            continue
        reports = []
        for seed in range(options.seeds if len(graph) <= 50_000 else 1):
            start = time.process_time()
            spec = PartitionSpec(grids=grids, tolerance=tolerance)
            report = solve(graph, spec, rng=np.random.default_rng(seed)).report
            reports.append((report, time.process_time() - start))
        cuts, seconds = [r.cut for r, _ in reports], [s for _, s in reports]
        print(
            f"| {name} | {len(graph):,} | {grids} | {100 * tolerance:g}"
            f" | {100 * max(r.max_deviation for r, _ in reports):.4g}"
            f" | {100 * max(r.lower_bound for r, _ in reports):.3g}"
            f" | {max(r.outside_band for r, _ in reports)} | {max(r.disconnected for r, _ in reports)}"
            f" | {np.mean(cuts):.0f} ({max(cuts)}) | {np.mean(seconds):.2f} ({max(seconds):.2f}) |",
            flush=True,
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if not options.alone:
        for name, graph, grids, tolerance in instances(options.data, min(options.most, 10_000)):
            if options.only in name and tolerance:
                compare(f"{name}, {grids} grids, ±{100 * tolerance:g} %", graph, grids, tolerance, options.limit)
    print(f"peak memory of ours {memory:.0f} MB")


if __name__ == "__main__":
    main()
