"""The loops of the exact search: grids grown one after the other, every decision taken back in turn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import jit


@jit
def search(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    weight: NDArray[np.float64],
    grids: int,
    ideal: float,
    widest: float,
    least: float,
    limit: int,
    labels: NDArray[np.int64],
) -> tuple[float, int]:
    """Depth-first; `labels` is overwritten by the best partition. Returns its widest gap and the steps (> limit: cut).

    mark: ≥ 0 grid, −1 not decided, −2 − g shut out of grid g (and free again for the next one).
    """
    n = len(weight)
    slack = 1e-9 * max(ideal, 1e-300)
    mark = np.full(n, -1, np.int64)
    # Each grid decides on each unit once at most, and a unit that is shut out of one is free again for the next.
    most = grids * (n + 1)
    unit, before, kind = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    held = np.zeros(grids + 1)
    queue, seen = np.empty(n, np.int64), np.empty(n, np.int64)
    depth, grid, steps = 0, 0, 0
    root = _root(indptr, indices, mark)
    mark[root] = 0
    held[0] = weight[root]
    while True:
        steps += 1
        if steps > limit:
            return widest, steps
        gap = widest - slack
        chosen = _examine(indptr, indices, weight, mark, queue, seen, grid, grids, held[grid], ideal - gap, ideal + gap)
        forward = False
        if chosen >= 0:
            unit[depth], before[depth], kind[depth] = chosen, mark[chosen], 0
            depth += 1
            mark[chosen] = grid
            held[grid] += weight[chosen]
            forward = True
        elif chosen == -1 and grid >= grids - 2:
            widest = _complete(weight, mark, held, grid, grids, ideal, labels)
            if widest <= least + slack:
                return widest, steps
        elif chosen == -1:
            root = _root(indptr, indices, mark)
            unit[depth], before[depth], kind[depth] = root, mark[root], 2
            depth += 1
            grid += 1
            mark[root] = grid
            held[grid] = weight[root]
            forward = True
        while not forward:
            if depth == 0:
                return widest, steps
            u = unit[depth - 1]
            if kind[depth - 1] == 0:
                held[grid] -= weight[u]
                mark[u] = -2 - grid
                kind[depth - 1] = 1
                forward = True
            else:
                mark[u] = before[depth - 1]
                if kind[depth - 1] == 2:
                    grid -= 1
                depth -= 1


@jit
def _complete(
    weight: NDArray[np.float64],
    mark: NDArray[np.int64],
    held: NDArray[np.float64],
    grid: int,
    grids: int,
    ideal: float,
    labels: NDArray[np.int64],
) -> float:
    """Write a partition into `labels`, the rest being the last grid; returns its widest gap."""
    reached = 0.0
    rest = 0.0
    for v in range(len(mark)):
        labels[v] = mark[v] if mark[v] >= 0 else grids - 1
        if labels[v] == grids - 1 and mark[v] < 0:
            rest += weight[v]
    for g in range(min(grid + 1, grids)):
        reached = max(reached, abs(held[g] - ideal))
    if grids > 1:
        reached = max(reached, abs(rest - ideal))
    return reached


@jit
def _root(indptr: NDArray[np.int64], indices: NDArray[np.int64], mark: NDArray[np.int64]) -> int:
    """The free unit with the fewest free neighbours."""
    best, fewest = -1, len(mark) + 1
    for v in range(len(mark)):
        if mark[v] >= 0:
            continue
        free = 0
        for e in range(indptr[v], indptr[v + 1]):
            free += mark[indices[e]] < 0
        if free < fewest:
            best, fewest = v, free
    return best


@jit
def _examine(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    weight: NDArray[np.float64],
    mark: NDArray[np.int64],
    queue: NDArray[np.int64],
    seen: NDArray[np.int64],
    grid: int,
    grids: int,
    load: float,
    low: float,
    high: float,
) -> int:
    """What to do next: a unit ≥ 0 to decide on, −1 the grid is complete and sound, −2 a dead end."""
    n, left, out = len(mark), grids - grid - 1, -2 - grid
    rest = 0.0
    seen[:] = 0
    for v in range(n):
        if mark[v] < 0:
            rest += weight[v]
    # All that is not taken in has to make `left` grids. The same weights added in another order may differ a little.
    slack = 1e-12 * (load + rest)
    high_here = min(high, load + rest - left * low) + slack
    low_here = max(low, load + rest - left * high) - slack
    if load > high_here:
        return -2
    room = high_here - load
    most, fewest, absorb, parts = 0, 0, 0.0, 0
    for start in range(n):
        if mark[start] >= 0 or seen[start]:
            continue
        parts += 1
        held, size, undecided, shut = _part(indptr, indices, weight, mark, queue, seen, start, out)
        many = size if low <= 0 else min(size, int(np.floor(held / low + 1e-12)))
        must = max(0.0, held - many * high)
        if must > undecided + slack:
            return -2
        absorb += must
        most += many
        few = 1 if shut else 0
        beyond = held - min(undecided, room)
        if beyond > 0 and high > 0:
            few = max(few, int(np.ceil(beyond / high - 1e-12)))
        if few > many:
            return -2
        fewest += few
    if absorb > room + slack or most < left or fewest > left:
        return -2
    best = _choose(indptr, indices, weight, mark, queue, seen, grid, load, low_here)
    if best != -1:
        return best
    # Nothing more can be taken in. The rest of the last step but one is the last grid.
    if (left == 0 and parts) or (left == 1 and parts != 1):
        return -2
    return -1


@jit
def _choose(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    weight: NDArray[np.float64],
    mark: NDArray[np.int64],
    queue: NDArray[np.int64],
    seen: NDArray[np.int64],
    grid: int,
    load: float,
    low: float,
) -> int:
    """The neighbour of the grid with the fewest other ways out, the lightest last; −1 for none, −2 if `low` is far."""
    n, out = len(mark), -2 - grid
    best, fewest, reach, size = -1, n + 1, load, 0
    seen[:] = 0
    for v in range(n):
        if mark[v] != grid:
            continue
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if mark[u] < 0 and mark[u] != out and not seen[u]:
                seen[u] = 1
                queue[size] = u
                size += 1
    for i in range(size):
        u = queue[i]
        free = 0
        for e in range(indptr[u], indptr[u + 1]):
            other = mark[indices[e]]
            free += other < 0 and other != out
        if free < fewest or (free == fewest and weight[u] > weight[best]):
            best, fewest = u, free
    at = 0
    while at < size:
        u = queue[at]
        at += 1
        reach += weight[u]
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if mark[v] < 0 and mark[v] != out and not seen[v]:
                seen[v] = 1
                queue[size] = v
                size += 1
    return -2 if reach < low else best


@jit
def _part(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    weight: NDArray[np.float64],
    mark: NDArray[np.int64],
    queue: NDArray[np.int64],
    seen: NDArray[np.int64],
    start: int,
    out: int,
) -> tuple[float, int, float, bool]:
    """A connected part of what is in no grid: its weight and size, the weight not decided, whether any is shut out."""
    queue[0] = start
    seen[start] = 1
    size, at = 1, 0
    held, undecided, shut = 0.0, 0.0, False
    while at < size:
        v = queue[at]
        at += 1
        held += weight[v]
        if mark[v] == out:
            shut = True
        else:
            undecided += weight[v]
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if mark[u] < 0 and not seen[u]:
                seen[u] = 1
                queue[size] = u
                size += 1
    return held, size, undecided, shut
