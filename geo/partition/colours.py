"""Which wash each grid is painted with, so that neighbours can be told apart by everybody.

DSATUR (Brélaz 1979) over the grid adjacency, with colour differences in OKLab (Ottosson 2020) under normal sight,
deuteranopia and protanopia (Machado, Oliveira, Fernandes 2009).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput

WASHES = ("#F3C7C4", "#EBCDA0", "#FBF0CC", "#D6E8BC", "#C4E6D7", "#B9D3DC", "#E4EBFD", "#DCCBF4")
# From this difference on, two washes side by side are told apart; more is no better.
_ENOUGH = 6.0
_PASSES = 6

# Machado et al. 2009, table 1, severity 1.0, for linear RGB.
_SIGHTS = (
    np.eye(3),
    np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
)
_TO_CONE = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


@cache
def _differences() -> NDArray[np.float64]:
    values = wash_differences(WASHES)
    values.setflags(write=False)
    return values


def wash_differences(colours: Sequence[str]) -> NDArray[np.float64]:
    """Difference of each pair of colours, the least of three kinds of sight: float64 (k, k), 100 × OKLab distance."""
    rgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours]) / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    worst = np.full((len(colours), len(colours)), np.inf)
    for sight in _SIGHTS:
        seen = np.clip(linear @ sight.T, 0.0, 1.0)
        lab = np.cbrt(seen @ _TO_CONE.T) @ _TO_LAB.T
        worst = np.minimum(worst, 100.0 * np.linalg.norm(lab[:, None] - lab[None], axis=2))
    return np.asarray(worst, dtype=np.float64)


def colours(
    n: int, pairs: Iterable[tuple[int, int]] | NDArray[np.int64], kept: Sequence[int] | NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Choose one of the eight washes for each grid.

    Parameters
    ----------
    n : int
        Number of grids.
    pairs : int (m, 2)
        Grids that touch.
    kept : int (n,), optional
        Colours that grids have already (−1 for none); they survive.

    Returns
    -------
    int64 (n,)
        0 … 7. Neighbours differ wherever eight colours suffice for that (for a plane map always, unless kept colours
        stand in the way).
    """
    links = np.asarray(list(pairs) if not isinstance(pairs, np.ndarray) else pairs, dtype=np.int64).reshape(-1, 2)
    if len(links) and (links.min() < 0 or links.max() >= n):
        raise InvalidInput("colour_pair_unknown", got=int(links.max()), grids=n)
    near: list[set[int]] = [set() for _ in range(n)]
    for a, b in links.tolist():
        if a != b:
            near[a].add(b)
            near[b].add(a)
    chosen = np.full(n, -1, dtype=np.int64) if kept is None else np.array(kept, dtype=np.int64)
    free = [grid for grid in range(n) if chosen[grid] < 0]
    used = np.bincount(chosen[chosen >= 0], minlength=len(WASHES))
    _first_round(near, chosen, set(free), used)
    for _ in range(_PASSES):
        if not _recolour(near, chosen, free, used):
            break
    return chosen


def _first_round(near: list[set[int]], chosen: NDArray[np.int64], left: set[int], used: NDArray[np.int64]) -> None:
    """DSATUR: always the grid with the most colours around it, then the most neighbours."""
    seen = [{int(chosen[b]) for b in around if chosen[b] >= 0} for around in near]
    # Grids by how many colours they see; taken from the top, so that a step costs its own neighbours only.
    levels: list[set[int]] = [set() for _ in range(len(WASHES) + 1)]
    for grid in left:
        levels[len(seen[grid])].add(grid)
    while left:
        level = next(level for level in reversed(levels) if level)
        grid = min(level, key=lambda g: (-len(near[g]), g))
        level.discard(grid)
        left.discard(grid)
        chosen[grid] = _best(near[grid], chosen, used)
        used[chosen[grid]] += 1
        for other in near[grid]:
            if other in left and int(chosen[grid]) not in seen[other]:
                levels[len(seen[other])].discard(other)
                seen[other].add(int(chosen[grid]))
                levels[len(seen[other])].add(other)


def _recolour(near: list[set[int]], chosen: NDArray[np.int64], free: list[int], used: NDArray[np.int64]) -> bool:
    """Give each grid a better wash where there is one, alone or by exchanging its neighbourhood's; True if any was."""
    changed = False
    for grid in free:
        now = _worst(int(chosen[grid]), near[grid], chosen)
        if now >= _ENOUGH:
            continue
        used[chosen[grid]] -= 1
        best = _best(near[grid], chosen, used)
        if _worst(best, near[grid], chosen) > now + 1e-9:
            chosen[grid] = best
            changed = True
        used[chosen[grid]] += 1
        if _worst(int(chosen[grid]), near[grid], chosen) < _ENOUGH:
            changed |= _swap_with_neighbour(grid, near, chosen, set(free), used)
    return changed


def _swap_with_neighbour(
    grid: int, near: list[set[int]], chosen: NDArray[np.int64], free: set[int], used: NDArray[np.int64]
) -> bool:
    """Recolour `grid` together with one neighbour, if the worse of the two improves."""
    for other in sorted(near[grid] & free):
        before = (int(chosen[grid]), int(chosen[other]))
        now = min(_worst(before[0], near[grid], chosen), _worst(before[1], near[other], chosen))
        for colour in range(len(WASHES)):
            chosen[grid] = colour
            chosen[other] = _best(near[other], chosen, used)
            worst = min(_worst(colour, near[grid], chosen), _worst(int(chosen[other]), near[other], chosen))
            if worst > now + 1e-9:
                for old, new in zip(before, (colour, int(chosen[other])), strict=True):
                    used[old] -= 1
                    used[new] += 1
                return True
        chosen[grid], chosen[other] = before
    return False


def _worst(colour: int, around: set[int], chosen: NDArray[np.int64]) -> float:
    """Least difference of a colour to the coloured neighbours, capped."""
    table = _differences()
    return min((float(table[colour, chosen[b]]) for b in around if chosen[b] >= 0), default=_ENOUGH)


def _best(around: set[int], chosen: NDArray[np.int64], used: NDArray[np.int64]) -> int:
    """The wash that differs most from the neighbours (more than enough counts as enough), then the least used."""
    return min(
        range(len(WASHES)),
        key=lambda colour: (-min(_worst(colour, around, chosen), _ENOUGH), int(used[colour]), colour),
    )
