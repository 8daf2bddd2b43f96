"""Even out communities: border blocks move to a lighter neighbour in the same street; all stay in one piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.sample.lattice import Lattice, Line

PASSES = 12


def even_out(
    lattice: Lattice,
    grid: NDArray[np.int64],
    load: NDArray[np.float64],
    community: NDArray[np.int64],
    street: NDArray[np.int64],
) -> None:
    """Move blocks between communities in place while that lowers the sum of squared loads.

    Parameters
    ----------
    grid : int64 (blocks_x, blocks_y), block at each place, −1 for none.
    load : float64 (n_blocks,), households.
    community, street : int64 (n_blocks,). Nothing moves across a river or out of its street.
    """
    beside = _beside(grid, len(load), np.asarray(lattice.kind_y[1:-1] != Line.RIVER))
    total = np.bincount(community, weights=load).tolist()
    members: list[set[int]] = [set() for _ in total]
    for block, home in enumerate(community.tolist()):
        members[home].add(block)
    _mend(beside, load, community, street, members, total)
    if any(len(_pieces(blocks, beside)) > 1 for blocks in members):
        # What is left touches its own street over a river only; one piece matters more than the river.
        anywhere = _beside(grid, len(load), np.ones(lattice.shape[1] - 1, dtype=bool))
        _mend(anywhere, load, community, street, members, total)
    order = np.argsort(-load, kind="stable").tolist()
    for _ in range(PASSES):
        moved = False
        for block in order:
            home = int(community[block])
            if len(members[home]) < 3:
                continue
            near = {int(community[b]) for b in beside[block] if street[b] == street[block]} - {home}
            gains = [(total[home] - total[other] - load[block], -other) for other in near]
            if not gains or max(gains)[0] <= 1e-9:
                continue
            if not _holds(members[home] - {block}, beside):
                continue
            other = -max(gains)[1]
            members[home].remove(block)
            members[other].add(block)
            total[home] -= load[block]
            total[other] += load[block]
            community[block] = other
            moved = True
        if not moved:
            return


def mend_streets(grid: NDArray[np.int64], load: NDArray[np.float64], street: NDArray[np.int64]) -> None:
    """Blocks that a ragged outline cut off from their street go, in place, to the lightest street that they touch."""
    beside = _beside(grid, len(load), np.ones(grid.shape[1] - 1, dtype=bool))
    total = np.bincount(street, weights=load).tolist()
    members: list[set[int]] = [set() for _ in total]
    for block, home in enumerate(street.tolist()):
        members[home].add(block)
    _mend(beside, load, street, np.zeros_like(street), members, total)


def _beside(grid: NDArray[np.int64], count: int, open_line: NDArray[np.bool_]) -> list[list[int]]:
    """Neighbours of each block; `open_line` (blocks_y - 1,) says which west–east lines join their two sides."""
    beside: list[list[int]] = [[] for _ in range(count)]
    pairs = [
        np.stack([grid[:-1].ravel(), grid[1:].ravel()], axis=1),
        np.stack([grid[:, :-1][:, open_line].ravel(), grid[:, 1:][:, open_line].ravel()], axis=1),
    ]
    for a, b in np.concatenate(pairs).tolist():
        if a >= 0 and b >= 0:
            beside[a].append(b)
            beside[b].append(a)
    return beside


def _mend(
    beside: list[list[int]],
    load: NDArray[np.float64],
    community: NDArray[np.int64],
    street: NDArray[np.int64],
    members: list[set[int]],
    total: list[float],
) -> None:
    """Blocks that a ragged outline cut off from their community go to the lightest one that they touch."""
    for home, blocks in enumerate(members):
        for piece in _pieces(blocks, beside)[1:]:
            near = {int(community[b]) for a in piece for b in beside[a] if street[b] == street[a]} - {home}
            if not near:
                continue
            other = min(near, key=lambda c: (total[c], c))
            moved = float(load[list(piece)].sum())
            total[home] -= moved
            total[other] += moved
            members[home] -= piece
            members[other] |= piece
            community[list(piece)] = other


def _pieces(blocks: set[int], beside: list[list[int]]) -> list[set[int]]:
    """The connected pieces, largest first."""
    left, pieces = set(blocks), []
    while left:
        pieces.append(_reach(min(left), left, beside))
        left -= pieces[-1]
    return sorted(pieces, key=lambda piece: (-len(piece), min(piece)))


def _reach(start: int, within: set[int], beside: list[list[int]]) -> set[int]:
    """Blocks of `within` that can be reached from `start`."""
    seen = {start}
    todo = [start]
    while todo:
        for near in beside[todo.pop()]:
            if near in within and near not in seen:
                seen.add(near)
                todo.append(near)
    return seen


def _holds(blocks: set[int], beside: list[list[int]]) -> bool:
    """Whether the blocks are in one piece."""
    return len(_reach(next(iter(blocks)), blocks, beside)) == len(blocks)
