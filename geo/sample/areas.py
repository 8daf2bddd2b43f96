"""Streets and communities: superblocks are shared out so that communities have about as many households."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.sample.balance import even_out, mend_streets
from geo.sample.lattice import Lattice, Line
from geo.sample.spec import GRIDS_PER_COMMUNITY, HOUSEHOLDS_PER_GRID, MOST_COMMUNITIES, MOST_STREETS, SampleSpec
from geo.sample.zoning import Blocks

COMMUNITIES_PER_STREET: Final = 4.5
_REWARD: Final = {Line.RIVER: 0.4, Line.RAIL: 0.15}  # how much better a border is where it follows one of these
Rect = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Territory:
    """Who governs which block.

    Attributes
    ----------
    street_of_block, community_of_block : int64 (n_blocks,).
    street_of_community : int64 (n_communities,). Communities are numbered street by street, both west to east within
        north to south, as codes are given.
    """

    street_of_block: NDArray[np.int64]
    community_of_block: NDArray[np.int64]
    street_of_community: NDArray[np.int64]


def divide(lattice: Lattice, blocks: Blocks, load: NDArray[np.float64], spec: SampleSpec) -> Territory:
    """Share the blocks out.

    Parameters
    ----------
    load : float64 (n_blocks,), households.

    Raises
    ------
    InvalidInput
        More communities were asked for than there are blocks, or more streets than communities.
    """
    wanted = spec.communities or max(1, round(load.sum() / (HOUSEHOLDS_PER_GRID * GRIDS_PER_COMMUNITY)))
    streets = spec.streets or int(np.clip(round(wanted / COMMUNITIES_PER_STREET), 1, MOST_STREETS))
    possible = streets <= wanted <= min(len(load) // 2, streets * MOST_COMMUNITIES)
    if not possible:
        raise InvalidInput("sample_communities_impossible", blocks=len(load), streets=streets, communities=wanted)
    grid = np.full(lattice.shape, -1, dtype=np.int64)
    grid[blocks.i, blocks.j] = np.arange(len(load))
    rects = _halve(lattice, grid, load, (0, lattice.shape[0], 0, lattice.shape[1]), streets)
    rects.sort(key=lambda r: (-(r[2] + r[3]), r[0]))
    street_of_block = np.full(len(load), -1, dtype=np.int64)
    for street, rect in enumerate(rects):
        street_of_block[_members(grid, rect)] = street
    mend_streets(grid, load, street_of_block)
    of_street = np.bincount(street_of_block, weights=load, minlength=streets).astype(np.float64)
    shares = _apportion(of_street, wanted)
    community_of_block = np.full(len(load), -1, dtype=np.int64)
    street_of_community: list[int] = []
    for street, share in enumerate(shares.tolist()):
        own = np.where((grid >= 0) & (street_of_block[grid] == street), grid, -1)
        at_i, at_j = np.nonzero(own >= 0)
        rect = (int(at_i.min()), int(at_i.max()) + 1, int(at_j.min()), int(at_j.max()) + 1)
        for run in _communities(lattice, own, load, rect, share):
            community_of_block[run] = len(street_of_community)
            street_of_community.append(street)
    even_out(lattice, grid, load, community_of_block, street_of_block)
    return Territory(street_of_block, community_of_block, np.array(street_of_community, dtype=np.int64))


def _members(grid: NDArray[np.int64], rect: Rect) -> NDArray[np.int64]:
    part = grid[rect[0] : rect[1], rect[2] : rect[3]]
    return np.asarray(part[part >= 0])


def _apportion(load: NDArray[np.float64], seats: int) -> NDArray[np.int64]:
    """Largest remainders, at least one each."""
    exact = load / max(load.sum(), 1.0) * seats
    given: NDArray[np.int64] = np.maximum(np.floor(exact), 1).astype(np.int64)
    while given.sum() < seats:
        given[int(np.argmax(exact - given))] += 1
    while given.sum() > seats:
        over = np.where(given > 1, given - exact, -np.inf)
        given[int(np.argmax(over))] -= 1
    return given


def _halve(lattice: Lattice, grid: NDArray[np.int64], load: NDArray[np.float64], rect: Rect, parts: int) -> list[Rect]:
    """Halve a rectangle of blocks again and again, where the load divides well and best along a river or railway."""
    if parts == 1:
        return [rect]
    i0, i1, j0, j1 = rect
    part = grid[i0:i1, j0:j1]
    weight = np.where(part >= 0, load[part], 0.0)
    best: tuple[float, int, int, int] | None = None
    for axis, start, kinds in ((0, i0, lattice.kind_x), (1, j0, lattice.kind_y)):
        running = np.cumsum(weight.sum(axis=1 - axis)) / max(weight.sum(), 1.0)
        for k, share in enumerate(running[:-1]):
            first = int(np.clip(round(share * parts), 1, parts - 1))
            reward = _REWARD.get(Line(int(kinds[start + k + 1])), 0.0)
            # Halves that are long and thin make poor streets.
            thin = abs(np.log((i1 - i0) / (j1 - j0))) * (0.12 if (i1 - i0 > j1 - j0) == (axis == 1) else 0.0)
            cost = abs(share * parts - first) / parts + 0.15 * abs(share - 0.5) + thin - reward
            if best is None or cost < best[0] - 1e-12:
                best = (float(cost), axis, start + k + 1, first)
    if best is None:
        raise InvalidInput("sample_communities_impossible", blocks=len(load), streets=parts, communities=parts)
    _, axis, line, first = best
    low: Rect = (i0, line, j0, j1) if axis == 0 else (i0, i1, j0, line)
    high: Rect = (line, i1, j0, j1) if axis == 0 else (i0, i1, line, j1)
    return _halve(lattice, grid, load, low, first) + _halve(lattice, grid, load, high, parts - first)


def _communities(
    lattice: Lattice, grid: NDArray[np.int64], load: NDArray[np.float64], rect: Rect, count: int
) -> list[NDArray[np.int64]]:
    """Cut a street into communities: bands of two or three rows, each walked to and fro and cut by load."""
    bands = _bands(lattice, rect, count)
    members = [_members(grid, (rect[0], rect[1], *band)) for band in bands]
    bands = [band for band, who in zip(bands, members, strict=True) if len(who)]
    shares = _apportion(np.array([load[who].sum() for who in members if len(who)]), count)
    runs: list[NDArray[np.int64]] = []
    for band, share in sorted(zip(bands, shares, strict=True), key=lambda pair: -pair[0][0]):
        walk = _walk(grid, rect[0], rect[1], band)
        weight = load[walk] + 1e-6
        middle = np.cumsum(weight) - weight / 2
        cut = np.minimum((middle / weight.sum() * share).astype(np.int64), share - 1)
        pieces = [walk[cut == k] for k in range(share)]
        if any(len(piece) == 0 for piece in pieces):
            raise InvalidInput("sample_communities_impossible", blocks=len(load), streets=1, communities=count)
        runs += pieces
    return runs


def _bands(lattice: Lattice, rect: Rect, count: int) -> list[tuple[int, int]]:
    """Bands of rows that no river crosses, two or three rows each; at most `count` of them."""
    j0, j1 = rect[2], rect[3]
    stops = [j0, *(j for j in range(j0 + 1, j1) if lattice.kind_y[j] == Line.RIVER), j1]
    bands: list[tuple[int, int]] = []
    for low, high in pairwise(stops):
        pieces = max(1, min((high - low) // 2, max(1, count // 2)))
        edges = np.linspace(low, high, pieces + 1).round().astype(int)
        bands += [(int(a), int(b)) for a, b in pairwise(edges)]
    while len(bands) > count:  # fewer communities than bands: the thinnest join, over a river only if they must
        k = min(range(len(bands) - 1), key=lambda b: (bands[b][1] in stops, bands[b + 1][1] - bands[b][0]))
        bands[k : k + 2] = [(bands[k][0], bands[k + 1][1])]
    return bands


def _walk(grid: NDArray[np.int64], i0: int, i1: int, band: tuple[int, int]) -> NDArray[np.int64]:
    """Blocks of a band in an order in which each touches the one before."""
    walk: list[int] = []
    row = band[0]
    for i in range(i0, i1):
        present = [j for j in range(*band) if grid[i, j] >= 0]
        if not present:
            continue
        upward = row <= (present[0] + present[-1]) / 2
        ordered = present if upward else present[::-1]
        walk += [int(grid[i, j]) for j in ordered]
        row = ordered[-1]
    return np.array(walk, dtype=np.int64)
