"""Hand work: median and 99th percentile of each operation, in milliseconds, warm, one core.

Run ``python -m benchmarks.edit --help``, or ``make bench-edit``. The drawing is a solved one whose people have then
changed (some quarters grew, some shrank), as before a redraw. Processor time, since machines are shared; the table says
so. No operation looks at a clock: its work is bounded by counts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from benchmarks.partition import generated
from geo.errors import Conflict, PartitionInfeasible
from geo.partition import PartitionSpec, UnitGraph, solve
from geo.partition.edit import Session, Sketch, Step, open_sketch, warm_up


def shocked(graph: UnitGraph, seed: int = 0, centres: int = 12, strength: float = 0.15) -> UnitGraph:
    """The same units after some years: quarters grow and shrink smoothly."""
    rng = np.random.default_rng(seed)
    assert graph.xy_m is not None
    middle = graph.xy_m[rng.integers(len(graph), size=centres)]
    reach = np.ptp(graph.xy_m, axis=0).max() / 10
    factor = np.ones(len(graph))
    for place, at in enumerate(middle):
        near = np.exp(-((graph.xy_m - at) ** 2).sum(axis=1) / (2 * reach**2))
        factor += strength * near * (1 if place % 2 else -1)
    weight = np.round(graph.weight * factor)
    return UnitGraph(weight, graph.indptr, graph.indices, graph.border_m, graph.xy_m)


class Hand:
    """Draws what a planner might do next."""

    def __init__(self, sketch: Sketch, graph: UnitGraph, rng: np.random.Generator) -> None:
        self.sketch, self.graph, self.rng = sketch, graph, rng
        self.label = sketch.grid_of_unit

    def neighbours(self, unit: int) -> np.ndarray:
        return self.graph.indices[self.graph.indptr[unit] : self.graph.indptr[unit + 1]]

    def clump(self, size: int) -> list[int]:
        seen = [int(self.rng.integers(len(self.graph)))]
        for unit in seen:
            seen += [x for x in self.neighbours(unit).tolist() if x not in seen]
            if len(seen) >= size:
                break
        return seen[:size]

    def border(self, size: int) -> tuple[list[int], int]:
        """A clump and a grid that it touches."""
        while True:
            units = self.clump(size)
            near = {int(self.label[x]) for unit in units for x in self.neighbours(unit)}
            near -= {int(self.label[unit]) for unit in units}
            if near:
                return units, min(near)

    def around(self, rings: int) -> list[int]:
        """A grid and the grids around it."""
        grids = {int(self.rng.choice(self.sketch.labels))}
        for _ in range(rings):
            inside = np.isin(self.label, list(grids))
            grids |= set(np.unique(self.label[self.graph.indices[inside[self.graph.source]]]).tolist())
        return sorted(grids)

    def pair(self) -> list[int]:
        grid, *rest = self.around(1)
        inside = np.flatnonzero(self.label == grid)
        near = {int(self.label[x]) for unit in inside for x in self.neighbours(int(unit))} - {grid}
        return [grid, min(near)] if near else [grid, rest[0]]

    def line(self, grid: int) -> list[int]:
        """Units across the middle of a grid."""
        assert self.graph.xy_m is not None
        units = np.flatnonzero(self.label == grid)
        x = self.graph.xy_m[units, 0]
        return units[np.abs(x - np.median(x)) < 25].tolist()


def cases(session: Session, hand: Hand) -> Iterator[tuple[str, Callable[[], Callable[[], Step]]]]:
    """(name, a maker of calls)."""
    one = lambda: int(hand.rng.choice(hand.sketch.labels))  # noqa: E731
    unit = lambda: int(hand.rng.integers(len(hand.graph)))  # noqa: E731

    def moved(size: int) -> Callable[[], Step]:
        units, grid = hand.border(size)
        return lambda: session.move(units, grid)

    def stray() -> Callable[[], Step]:
        # Ten moves that tear, then the repair of it all.
        for _ in range(10):
            session.move(hand.clump(6), one(), contiguity="allow")
        return session.repair

    def along() -> Callable[[], Step]:
        grid = one()
        return partial(session.split, grid, along=hand.line(grid))

    yield "move 1 unit", lambda: moved(1)
    yield "move 20 units (lasso)", lambda: moved(20)
    yield "repair contiguity, some 15 pieces", stray
    yield "rebalance a grid and those around it", lambda: partial(session.rebalance, hand.around(1))
    yield "rebalance two rings", lambda: partial(session.rebalance, hand.around(2))
    yield "rebalance three rings", lambda: partial(session.rebalance, hand.around(3))
    yield "split", lambda: partial(session.split, one())
    yield "split along a line", along
    yield "merge two", lambda: partial(session.merge, hand.pair())
    yield "insert around a unit", lambda: partial(session.insert_around, unit())
    yield "insert from 20 units", lambda: partial(session.insert, hand.clump(20))
    yield "dissolve", lambda: partial(session.dissolve, one())


def measure(sketch: Sketch, graph: UnitGraph, repeats: int) -> Iterator[tuple[str, np.ndarray, list[Step]]]:
    """Milliseconds of each call, answer to the page included; each starts from the same drawing."""
    undo: list[float] = []
    undone: list[Step] = []
    for name, make in cases(session := Session(sketch), hand := Hand(sketch, graph, np.random.default_rng(1))):
        taken, steps = [], []
        for _ in range(repeats):
            call = make()
            start = time.process_time()
            try:
                step = call()
                step.as_dict()
                steps.append(step)
            except (Conflict, PartitionInfeasible):
                pass
            taken.append(time.process_time() - start)
            while session.can_undo:
                start = time.process_time()
                undone.append(session.undo())
                undone[-1].as_dict()
                undo.append(time.process_time() - start)
        assert np.array_equal(session.sketch.grid_of_unit, hand.label)
        yield name, np.array(taken) * 1e3, steps
    yield "undo", np.array(undo) * 1e3, undone


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--most", type=int, default=100_000, help="leave out drawings with more units")
    parser.add_argument("--strength", type=float, default=0.15, help="how much quarters grow or shrink")
    options = parser.parse_args()
    warm_up()
    for units, grids in ((10_000, 400), (100_000, 4_000)):
        if units > options.most:
            continue
        graph = generated(units)
        label = solve(graph, PartitionSpec(grids=grids), rng=np.random.default_rng(0)).grid_of_unit
        graph = shocked(graph, strength=options.strength)
        start = time.process_time()
        sketch = open_sketch(graph, label)
        print(f"\n{units:,} units, {grids:,} grids; opened in {1e3 * (time.process_time() - start):.0f} ms;", end=" ")
        print(f"{sketch.totals().outside_band} grids out of the band. Processor time, ms:\n")
        print("| operation | median | 99 % | done | people moved (median) | faults solved / opened |")
        print("|---|---|---|---|---|---|")
        for name, taken, steps in measure(sketch, graph, options.repeats):
            people = float(np.median([step.people for step in steps])) if steps else 0.0
            solved, opened = (sum(len(getattr(step, side)) for step in steps) for side in ("solved", "opened"))
            print(
                f"| {name} | {np.median(taken):.2f} | {np.quantile(taken, 0.99):.2f} | {len(steps)}"
                f" of {len(taken)} | {people:.0f} | {solved} / {opened} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
