"""All connected pieces of a problem, each divided by itself: in threads where there are several."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph, trusted
from geo.partition.solver.apportion import Shares
from geo.partition.solver.clock import Clock, Strand
from geo.partition.solver.problem import Problem
from geo.partition.solver.spec import PartitionSpec

if TYPE_CHECKING:
    from geo.partition.solver.listing import Divided
    from geo.partition.solver.piece import Piece

# A small piece that got stuck outside its band is cheap to begin anew: up to so many units, so often.
_ATTEMPTS = ((1_000, 8), (5_000, 3))

# Of a piece with so many units a few divisions are drawn, and the one with the shortest borders is kept: the luck of
# one run is worth 1 % of the cut where grids are small, 5 % where they are large.
_SOON, _LATE, _BEST_OF = 50, 5_000, 3

# Pieces with this share of all the work are worth more of it.
_LARGE = 0.25


def run_pieces(
    problem: Problem,
    spec: PartitionSpec,
    shares: Shares,
    seed: int,
    clock: Clock,
    budgets: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], float]:
    """Divide every piece; returns labels of the nodes and the weight outside the band, in all.

    Each piece has random numbers of its own, so that threads change nothing. `budgets` float64 (pieces,) is the most
    weight that may leave home in each piece; None sets no bound.
    """
    label = problem.home.astype(np.int64)
    label[~problem.frozen] = -1
    fresh = int(np.max(spec.homes, initial=-1)) + 1 if spec.homes is not None else 0
    work = _Work(problem, spec, shares, seed, budgets)
    outside = 0.0
    serial = problem.pieces < 2 or threads() < 2
    divided = [] if serial else _in_threads(work, clock)
    for index in range(problem.pieces):
        names = work.names(index)
        if serial:
            clock.begin(work.share(index))
            part, excess = work.divide(index, clock)
            clock.finish()
        else:
            part, excess = divided[index]
        outside += excess
        nodes, local = work.nodes(index), np.unique(part)
        new = local if names is None else local[local >= len(names)]
        kept = 0 if names is None else len(names)
        number = np.concatenate([np.empty(0, np.int64) if names is None else names, fresh + np.arange(len(new))])
        label[nodes] = number[np.where(part < kept, part, kept + np.searchsorted(new, part))]
        fresh += len(new)
    return label, outside


def threads() -> int:
    """Threads to use: one a processor, at most eight."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _in_threads(work: _Work, clock: Clock) -> list[Divided]:
    """Divide the pieces side by side, the largest first; Ctrl-C and the clock end all of them."""
    order = sorted(range(len(work)), key=lambda index: (-work.share(index), index))
    count = threads()
    strands = [Strand(clock, min(1.0, work.share(index) * count)) for index in range(len(work))]
    clock.begin(1.0)
    with ThreadPoolExecutor(count) as pool:
        futures: dict[int, Future[Divided]] = {
            index: pool.submit(work.divide, index, strands[index]) for index in order
        }
        left = set(futures.values())
        try:
            while left:
                try:
                    done, left = wait(left, timeout=0.1, return_when=FIRST_EXCEPTION)
                    if any(future.exception() is not None for future in done):
                        clock.interrupted = True
                    clock.tell(sum(work.share(index) * strands[index].fraction for index in order))
                except KeyboardInterrupt:
                    clock.interrupted = True
        except Exception:
            clock.interrupted = True
            raise
    clock.finish()
    return [futures[index].result() for index in range(len(work))]


def _price(graph: UnitGraph, part: NDArray[np.int32]) -> float:
    assert graph.border_m is not None
    return float(graph.border_m[part[graph.source] != part[graph.indices]].sum())


class _Work:
    """What has to be done for each piece."""

    def __init__(
        self,
        problem: Problem,
        spec: PartitionSpec,
        shares: Shares,
        seed: int,
        budgets: NDArray[np.float64] | None,
    ) -> None:
        self._problem, self._spec, self._shares, self._seed = problem, spec, shares, seed
        sizes = np.bincount(problem.piece[problem.piece >= 0], minlength=problem.pieces)
        self._sizes, self._start = sizes, np.concatenate([[0], np.cumsum(sizes)])
        self._order = np.argsort(np.where(problem.piece < 0, problem.pieces, problem.piece), kind="stable")
        self._slices = _Slices(problem.graph, self._order)
        self._effort = np.where(shares.grids > 1, sizes, 0) + 1e-9
        self._bands = _bands(problem, spec, shares)
        self._keeper = _loose_homes(problem)
        self._budgets = budgets

    def __len__(self) -> int:
        return len(self._sizes)

    def share(self, index: int) -> float:
        """The share of all the work that this piece is."""
        return float(self._effort[index] / self._effort.sum())

    def nodes(self, index: int) -> NDArray[np.int64]:
        """Its nodes, ascending."""
        return self._order[self._start[index] : self._start[index + 1]]

    def names(self, index: int) -> NDArray[np.int64] | None:
        """Numbers of today's grids that it keeps; None if there are no grids of today."""
        return self._homes(index)[0]

    def _homes(self, index: int) -> tuple[NDArray[np.int64] | None, NDArray[np.int32] | None]:
        if self._spec.homes is None:
            return None, None
        return _local_homes(self._problem, self.nodes(index), self._keeper)

    def divide(self, index: int, clock: Clock) -> Divided:
        """Divide the piece into the number of grids that fits best."""
        # The compiled engine is loaded here, so that importing the room stays quick.
        from geo.partition.solver.listing import Listing, may_be_listed
        from geo.partition.solver.set_partition import is_sparse

        piece, options = self._piece(index), self._shares.options[index]
        listed = may_be_listed(piece, options)
        first = listed and (self.share(index) >= _LARGE or is_sparse(len(piece.graph), len(piece.graph.indices)))
        found: Divided | None = None
        listing = Listing(piece, options, clock) if first else None
        if listing:
            found = listing.settle() or listing.improve(*self._anneal(index, piece, clock, once=True))
        elif listed and not first:
            # Lists take longer than the engine, which seldom needs their help where there is much to choose from.
            found = self._anneal(index, piece, clock, once=False, patient=False)
            if found[1] > 0:
                listing = Listing(piece, options, clock)
                found = listing.settle() or listing.improve(*found) if listing else None
        found = found or self._anneal(index, piece, clock, once=False)
        clock.tell(1.0)
        return found

    def _anneal(self, index: int, piece: Piece, clock: Clock, *, once: bool, patient: bool = True) -> Divided:
        """The best of some runs of the engine, of one an option if `once`; not `patient`: ends when one misses."""
        from geo.partition.solver.piece import divide

        best: tuple[float, float, NDArray[np.int32]] | None = None
        options = self._shares.options[index]
        attempts = 1 if once else next((tries for most, tries in _ATTEMPTS if self._sizes[index] <= most), 1)
        if self._spec.current is not None:
            # A redraw starts from today's plan: another try seldom ends elsewhere.
            attempts = min(attempts, 2)
        left, number = 1 if once else self._enough(index), 0
        # Other numbers of grids take their turn before the first one is tried again; the first that works is kept to.
        while best is None or (number < max(attempts, len(options)) and left and not clock.over):
            seed = (piece.seed + 7919 * (number // len(options))) % 2**62
            count = options[number % len(options)]
            part, excess = divide(replace(piece, seed=seed), count, clock, thorough=patient and not once)
            number += 1
            found = (excess, _price(piece.graph, part), part)
            if best is None or found[:2] < best[:2]:
                best = found
            if excess == 0:
                left -= 1
                if options != (count,):
                    options, number = (count,), number // len(options) + 1
            elif not patient and number >= len(options):
                break
        assert best is not None
        return best[2], best[0]

    def _enough(self, index: int) -> int:
        """Divisions in the band from which the one with the shortest borders is taken."""
        if self._spec.current is None and _SOON < self._sizes[index] <= _LATE:
            return _BEST_OF
        return 1

    def _budget(self, index: int, home: NDArray[np.int32] | None) -> float:
        """Most weight that may leave home, less what has to: units whose grid goes on in another piece."""
        if self._budgets is None or home is None:
            return np.inf
        nodes = self.nodes(index)
        lost = (home < 0) & (self._problem.home[nodes] >= 0)
        return max(0.0, float(self._budgets[index] - self._problem.graph.weight[nodes][lost].sum()))

    def _piece(self, index: int) -> Piece:
        from geo.partition.solver.piece import Piece

        spec = self._spec
        names, home = self._homes(index)
        relative = None if spec.capacity is None or names is None else (spec.capacity / spec.capacity.mean())[names]
        return Piece(
            graph=self._slices.cut(int(self._start[index]), int(self._start[index + 1])),
            low=self._bands[0],
            high=self._bands[1],
            tolerance=self._bands[2],
            share=relative,
            seats=spec.staff is not None,
            seed=(self._seed + 0x9E3779B9 * index) % 2**62,
            fixed=self._problem.fixed[self.nodes(index)],
            home=home,
            budget=self._budget(index, home),
        )


def _bands(
    problem: Problem, spec: PartitionSpec, shares: Shares
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper end and relative half width of each weight's band: float64 (1 + w,) each."""
    low, high, width = [shares.low], [shares.high], [spec.tolerance if not spec.has_band else 0.02]
    if problem.graph.workload is not None:
        totals = problem.graph.workload[~problem.frozen].sum(axis=0)
        for total, tolerance in zip(totals.tolist(), spec.workload_tolerance, strict=True):
            ideal = total / max(int(shares.grids.sum()), 1)
            low.append(ideal * (1 - tolerance))
            high.append(ideal * (1 + tolerance))
            width.append(tolerance)
    return np.array(low), np.array(high), np.array(width)


def _loose_homes(problem: Problem) -> dict[int, int]:
    """Which piece keeps a grid that lies in two today: the one with most of its weight."""
    inside = (problem.piece >= 0) & (problem.home >= 0)
    if not inside.any():
        return {}
    width = problem.pieces
    key, inverse = np.unique(problem.home[inside].astype(np.int64) * width + problem.piece[inside], return_inverse=True)
    load = np.bincount(inverse, problem.graph.weight[inside])
    locked = np.bincount(inverse, problem.fixed[inside])
    keeper: dict[int, int] = {}
    for i in np.lexsort((key, load, locked)).tolist():
        keeper[int(key[i] // width)] = int(key[i] % width)
    return keeper


def _local_homes(
    problem: Problem, nodes: NDArray[np.int64], keeper: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Numbers of today's grids that this piece keeps, and each node's place among them (−1 for none)."""
    piece = int(problem.piece[nodes[0]])
    home = problem.home[nodes]
    names = np.array(sorted(int(g) for g in np.unique(home) if g >= 0 and keeper[int(g)] == piece), dtype=np.int64)
    if not len(names):
        return names, np.full(len(nodes), -1, dtype=np.int32)
    place = np.searchsorted(names, home).clip(0, len(names) - 1)
    return names, np.where(names[place] == home, place, -1).astype(np.int32)


class _Slices:
    """Connected pieces of one graph, cut out without looking at the rest of it."""

    def __init__(self, graph: UnitGraph, order: NDArray[np.int64]) -> None:
        from geo.partition.solver.canonical import reorder

        still = bool((order[1:] > order[:-1]).all())
        self._graph = graph if still else reorder(graph, order)

    def cut(self, start: int, stop: int) -> UnitGraph:
        """The graph of the units `start` … `stop` of the order, which have no neighbours elsewhere."""
        graph = self._graph
        a, b = int(graph.indptr[start]), int(graph.indptr[stop])
        return trusted(
            weight=graph.weight[start:stop],
            indptr=graph.indptr[start : stop + 1] - a,
            indices=graph.indices[a:b] - np.int32(start),
            border_m=None if graph.border_m is None else graph.border_m[a:b],
            xy_m=None if graph.xy_m is None else graph.xy_m[start:stop],
            workload=None if graph.workload is None else graph.workload[start:stop],
        )
