"""Today's plan: grids that were even when they were drawn, and have since grown out of balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.sample.areas import Territory
from geo.sample.kinds import Block, Use
from geo.sample.pieces import neighbours, paint
from geo.sample.spec import HOUSEHOLDS_PER_GRID
from geo.sample.zoning import Blocks


@dataclass(frozen=True, eq=False)
class Grids:
    """Which grid each cell is in.

    Attributes
    ----------
    of_cell : int64 (n_cells,), numbered 0 … as codes are: community by community, north to south, west to east.
    community : int64 (n_grids,).
    sequence : int64 (n_grids,), 1-based within the community.
    pairs : int64 (m, 2), grids that share a border, smaller number first, ordered.
    """

    of_cell: NDArray[np.int64]
    community: NDArray[np.int64]
    sequence: NDArray[np.int64]
    pairs: NDArray[np.int64]


def draw_grids(
    blocks: Blocks, territory: Territory, households: NDArray[np.int64], shape: tuple[int, int], seed: int
) -> Grids:
    """Cut each block's path of cells into grids that were even for the households of some years ago.

    Parameters
    ----------
    households : int64 (n_cells,), today.
    shape : lattice cells west–east and south–north.
    """
    rng = np.random.default_rng([seed, 41])
    # Since then towers were built where there was little, and the lanes emptied.
    growth = rng.choice([1.0, 0.52, 0.75], size=len(blocks.parcels), p=[0.55, 0.2, 0.25])
    grade = blocks.parcels[:, 5]
    growth = np.where(np.isin(grade, (Use.TOWER, Use.SLAB18)), growth, rng.uniform(0.85, 1.2, len(growth)))
    growth = np.where(blocks.use[blocks.parcel_block] == Block.LANES, 1.45, growth)
    then = households * growth[blocks.cells[:, 5]]

    n_blocks = len(blocks.i)
    load = np.bincount(blocks.cell_block, weights=then, minlength=n_blocks)
    today = np.bincount(blocks.cell_block, weights=households, minlength=n_blocks)
    scale = today.sum() / max(load.sum(), 1.0)
    cuts = np.rint(load * scale / HOUSEHOLDS_PER_GRID).astype(np.int64)
    cuts = np.where((cuts == 0) & (today >= 0.6 * HOUSEHOLDS_PER_GRID), 1, cuts)
    starts = np.cumsum(then) - then / 2
    first = np.concatenate([[0.0], np.cumsum(load)[:-1]])
    share = (starts - first[blocks.cell_block]) / np.maximum(load, 1e-9)[blocks.cell_block]
    within = np.clip((share * cuts[blocks.cell_block]).astype(np.int64), 0, np.maximum(cuts - 1, 0)[blocks.cell_block])
    base = np.concatenate([[0], np.cumsum(cuts)[:-1]])
    label = base[blocks.cell_block] + within
    label[cuts[blocks.cell_block] == 0] = -1
    raster = paint(shape, blocks.units)
    pairs = neighbours(raster)
    _join_empty(blocks, territory, label, pairs)
    return _number(blocks, territory, label, pairs)


def _join_empty(blocks: Blocks, territory: Territory, label: NDArray[np.int64], pairs: NDArray[np.int64]) -> None:
    """Give blocks without enough people, as a whole, to a grid that they border on in their community."""
    community = territory.community_of_block[blocks.cell_block]
    inside = pairs[community[pairs[:, 0]] == community[pairs[:, 1]]]
    across = inside[blocks.cell_block[inside[:, 0]] != blocks.cell_block[inside[:, 1]]]
    across = np.concatenate([across, across[:, ::-1]])
    fresh = int(label.max()) + 1
    while True:
        empty = label < 0
        if not empty.any():
            return
        open_pairs = across[empty[across[:, 0]] & ~empty[across[:, 1]]]
        if len(open_pairs) == 0:  # a community without a single grid: it becomes one
            block = blocks.cell_block[np.nonzero(empty)[0][0]]
            label[blocks.cell_block == block] = fresh
            fresh += 1
            continue
        block = blocks.cell_block[open_pairs[:, 0]]
        target = label[open_pairs[:, 1]]
        # The longest common border decides; pairs of cells stand in for its length.
        key = block * (fresh + 1) + target
        unique, times = np.unique(key, return_counts=True)
        order = np.lexsort((unique, -times))
        chosen = dict[int, int]()
        for k in order:
            chosen.setdefault(int(unique[k] // (fresh + 1)), int(unique[k] % (fresh + 1)))
        take = np.full(len(blocks.i), -1, dtype=np.int64)
        take[list(chosen)] = list(chosen.values())
        label[empty] = take[blocks.cell_block[empty]]


def _number(blocks: Blocks, territory: Territory, label: NDArray[np.int64], pairs: NDArray[np.int64]) -> Grids:
    """Number grids as their codes run."""
    used, label = np.unique(label, return_inverse=True)
    label = label.ravel()
    count = len(used)
    size = np.bincount(label, minlength=count)
    community = np.zeros(count, dtype=np.int64)
    community[label] = territory.community_of_block[blocks.cell_block]
    x = np.bincount(label, weights=blocks.units[:, [0, 2]].mean(axis=1), minlength=count) / size
    y = np.bincount(label, weights=blocks.units[:, [1, 3]].mean(axis=1), minlength=count) / size
    order = np.lexsort((x, -np.floor(y / 11.0), community))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    of_cell = rank[label]
    community = community[order]
    first = np.searchsorted(community, community)
    touching = of_cell[pairs]
    touching = np.unique(np.sort(touching[touching[:, 0] != touching[:, 1]], axis=1), axis=0)
    return Grids(of_cell, community, np.arange(count) - first + 1, touching)
