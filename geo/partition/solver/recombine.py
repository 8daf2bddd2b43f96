"""The last grids into their band: a few grids are welded, spanned by a random tree, and the tree is divided exactly.

Where a grid has few units, chains of flips seldom meet the sums that fit; the tree's division looks at all of them at
once. (Recombination along spanning trees: DeFord, Duchin, Solomon 2021, who cut pairs; here any number of grids.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from geo.partition.graph import UnitGraph
from geo.partition.solver.anneal import excess_of, settle
from geo.partition.solver.bounds import whole_step
from geo.partition.solver.clock import Clock
from geo.partition.solver.engine import Arena, State, Terms
from geo.partition.solver.trees import NONE, divide_tree

# Grids that are welded at a time, from … to, and most units of them.
_FEWEST, _MOST, _UNITS = 2, 7, 240
# Where more than this share of the grids is outside, or a few, it is not for want of a few sums.
_LAST, _FEW = 0.125, 6
# Trees for each grid outside, and most in all.
_TREES, _MOST_TREES = 150, 2_000
# A heavier grid than this is measured in this many steps.
_STEPS = 1_500
# Most grids that may stay outside in one division: more make the tables large.
_EXEMPT = 2
# Words of 64 bits for the tables of a whole tree, and for those of a few grids.
_WORDS, _FEW_WORDS = 30_000_000, 3_000_000
# How much less likely a border is to be part of a tree than a link inside a grid.
_BORDER = (0.0, 0.3, 1.0)


def recombine(arena: Arena, state: State, terms: Terms, clock: Clock, seed: int) -> None:
    """Bring grids into their band, in place, until none is outside or nothing was found for long.

    Never more grids are outside than before, nor more weight. Only for one weight, and bands that are all alike.

    Parameters
    ----------
    seed : int
        Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    outside = np.flatnonzero(excess_of(state.load, terms).any(axis=1))
    if len(outside) > max(_FEW, _LAST * len(state.load)):
        return
    left = min(_TREES * len(outside), _MOST_TREES)
    fails = np.zeros(len(state.load), dtype=np.int64)
    try:
        while len(outside) and left > 0 and not clock.over:
            worst = int(outside[np.lexsort((rng.random(len(outside)), fails[outside]))[0]])
            gained = _weld(arena, state, terms, worst, min(int(fails[worst]) // 12, 3), rng)
            fails[worst] += 1
            left -= 1
            if gained:
                settle(arena, state)
                outside = np.flatnonzero(excess_of(state.load, terms).any(axis=1))
    except KeyboardInterrupt:
        clock.interrupted = True
    settle(arena, state)


def applies(arena: Arena, terms: Terms) -> bool:
    """Whether there is one weight and one band for all, and nothing is at home anywhere."""
    alike = bool((terms.low == terms.low[0]).all() and (terms.high == terms.high[0]).all())
    return alike and terms.low.shape[1] == 1 and not arena.fixed.any() and bool((arena.home < 0).all())


def divide_whole_tree(
    graph: UnitGraph, weight: NDArray[np.float64], terms: Terms, seed: int
) -> NDArray[np.int32] | None:
    """Divide a graph that is a tree into the band, exactly; None if it is none, or there is no way."""
    n = len(graph)
    if len(graph.indices) != 2 * (n - 1) or n < 2:
        return None
    scale = _scale(weight, float(terms.high[0, 0]))
    links = csr_array((np.ones(len(graph.indices)), graph.indices, graph.indptr), shape=(n, n))
    label, exempt = _divide(links, weight, scale, len(terms.low), terms, 0.0, 0, _WORDS, seed)
    return label if exempt == 0 else None


def _weld(arena: Arena, state: State, terms: Terms, worst: int, more: int, rng: np.random.Generator) -> bool:
    """Weld a grid with some around it and divide them anew; whether the new division was taken."""
    grids = _around(arena, state, worst, int(rng.integers(_FEWEST, _MOST - 2 + more)), rng)
    if len(grids) < _FEWEST:
        return False
    number = np.full(len(state.load), -1, dtype=np.int64)
    number[grids] = np.arange(len(grids))
    units = np.flatnonzero(number[state.part] >= 0)
    place = np.full(len(state.part), -1, dtype=np.int64)
    place[units] = np.arange(len(units))
    start, length = arena.indptr[units], np.diff(arena.indptr)[units]
    entries = np.repeat(start - (np.cumsum(length) - length), length) + np.arange(int(length.sum()))
    a, b = arena.source[entries], arena.indices[entries]
    inner = (a < b) & (place[b] >= 0)
    a, b = a[inner], b[inner]
    dear = 1.0 + rng.random(len(a)) + _BORDER[int(rng.integers(len(_BORDER)))] * (state.part[a] != state.part[b])
    links = csr_array((dear, (place[a], place[b])), shape=(len(units), len(units)))
    terms = terms._replace(low=terms.low[grids], high=terms.high[grids])
    before = excess_of(state.load[grids], terms)[:, 0]
    outside = int((before > 0).sum())
    weight = arena.weight[units, 0]
    scale = _scale(weight, float(terms.high[0, 0]))
    seed = int(rng.integers(1, 2**62))
    label, exempt = _divide(
        minimum_spanning_tree(links), weight, scale, len(grids), terms, float(before.max()), min(outside, _EXEMPT),
        _FEW_WORDS, seed,
    )  # fmt: skip
    if exempt < 0:
        return False
    load = np.bincount(label, weight, minlength=len(grids)).astype(np.float64)[:, None]
    after = excess_of(load, terms)[:, 0]
    if (int((after > 0).sum()), float(after.sum())) > (outside, float(before.sum())):
        return False
    state.part[units] = grids[label]
    state.load[grids] = load
    state.size[grids] = np.bincount(label, minlength=len(grids))
    return True


def _around(arena: Arena, state: State, worst: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A grid and, one after the other, random grids beside it: labels, as many as `count` if their units are few."""
    chosen, total = [worst], int(state.size[worst])
    units = np.flatnonzero(state.part == worst)
    beside: list[int] = []
    while len(chosen) < count:
        start, length = arena.indptr[units], np.diff(arena.indptr)[units]
        entries = np.repeat(start - (np.cumsum(length) - length), length) + np.arange(int(length.sum()))
        beside = sorted({*beside, *np.unique(state.part[arena.indices[entries]]).tolist()} - set(chosen))
        beside = [grid for grid in beside if total + int(state.size[grid]) <= _UNITS]
        if not beside:
            break
        grid = beside[int(rng.integers(len(beside)))]
        chosen.append(grid)
        total += int(state.size[grid])
        units = np.flatnonzero(state.part == grid)
    return np.array(sorted(chosen), dtype=np.int64)


def _scale(weight: NDArray[np.float64], high: float) -> float:
    """What weights are measured in: whole steps where a grid has few of them."""
    step = whole_step(weight)
    return step if step > 0 and high / step <= 2 * _STEPS else max(high, 1e-300) / _STEPS


def _divide(
    links: csr_array,
    weight: NDArray[np.float64],
    scale: float,
    parts: int,
    terms: Terms,
    slack: float,
    exempt: int,
    words: int,
    seed: int,
) -> tuple[NDArray[np.int32], int]:
    """Divide a tree by its links: labels, and how many parts are exempt, < 0 if there is no way."""
    order, up = breadth_first_order(links, int(seed % links.shape[0]), directed=False)
    rank = np.empty(len(up), dtype=np.int64)
    rank[order] = np.arange(len(order))
    parent = np.full(len(order), -1, dtype=np.int64)
    parent[1:] = rank[up[order[1:]]]
    low, high = float(terms.low[0, 0]), float(terms.high[0, 0])
    ends = np.array([low, high, low - slack, high + slack]) / scale
    band = np.array([np.ceil(ends[0] - 1e-6), np.floor(ends[1] + 1e-6), np.ceil(ends[2]), np.floor(ends[3])])
    band = np.maximum(band, 0).astype(np.int64)
    label = np.zeros(len(order), dtype=np.int32)
    whole = np.rint(weight[order] / scale).astype(np.int64)
    used = int(divide_tree(parent, whole, parts, band, exempt, words, seed, label)) if len(order) == len(up) else NONE
    out = np.empty(len(order), dtype=np.int32)
    out[order] = label
    return out, used
