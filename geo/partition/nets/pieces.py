"""Base grids in one piece each, and none too small: what is left over joins the neighbour with the longest border."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.partition.graph import UnitGraph, pieces_of


@dataclass(frozen=True, eq=False)
class Tidied:
    """Contiguous grids 0 … k − 1, numbered by their first atom.

    Attributes
    ----------
    grid_of_unit : int32 (n,).
    merged, merged_dm2 : pieces that joined a neighbour, and how large they were, square decimetres.
    left_small : pieces below the limit without a neighbour to join.
    """

    grid_of_unit: NDArray[np.int32]
    merged: int
    merged_dm2: int
    left_small: int


def tidy(labels: NDArray[np.int64], graph: UnitGraph, area_dm2: NDArray[np.int64], least_dm2: int) -> Tidied:
    """Cut labels into connected pieces and join small ones to a neighbour, the smallest first.

    Parameters
    ----------
    labels : int64 (n,), ≥ 0; units with one label form one grid where they touch.
    graph : who touches whom.
    area_dm2 : int64 (n,).
    least_dm2 : a smaller piece joins the neighbour with the longest border, of equal ones that with the lowest unit.
    """
    piece = np.unique(pieces_of(labels, graph), return_inverse=True)[1]
    count = int(piece.max()) + 1 if len(piece) else 0
    # Named by their lowest unit, so that ties are broken by what lies where.
    name = np.full(count, len(piece), dtype=np.int64)
    np.minimum.at(name, piece, np.arange(len(piece)))
    area = np.zeros(count, dtype=np.int64)
    np.add.at(area, piece, area_dm2)
    size = dict(zip(name.tolist(), area.tolist(), strict=True))
    borders = _borders(name[piece], graph)
    holder = {one: one for one in size}
    heap = [(dm2, one) for one, dm2 in size.items() if dm2 < least_dm2]
    heapq.heapify(heap)
    merged, merged_dm2, left = 0, 0, 0
    while heap:
        dm2, one = heapq.heappop(heap)
        if size.get(one) != dm2:
            continue
        beside = borders[one]
        if not beside:
            left += 1
            continue
        target = min(beside, key=lambda other: (-beside[other], other))
        merged, merged_dm2 = merged + 1, merged_dm2 + dm2
        _join(one, target, size, borders)
        holder[one] = target
        if size[target] < least_dm2:
            heapq.heappush(heap, (size[target], target))
    final = {one: _end(one, holder) for one in holder}
    of_unit = np.array([final[one] for one in name[piece].tolist()], dtype=np.int64)
    first = np.unique(of_unit, return_index=True)
    rank = np.empty(len(first[0]), dtype=np.int32)
    rank[np.argsort(first[1])] = np.arange(len(rank), dtype=np.int32)
    where = np.searchsorted(first[0], of_unit)
    return Tidied(rank[where].astype(np.int32), merged, merged_dm2, left)


def _borders(piece: NDArray[np.int64], graph: UnitGraph) -> dict[int, dict[int, float]]:
    """Metres that each piece shares with each other one."""
    out: dict[int, dict[int, float]] = {one: {} for one in piece.tolist()}
    here, there = piece[graph.source], piece[graph.indices]
    metres = np.ones(len(here)) if graph.border_m is None else graph.border_m
    for a, b, length in zip(here.tolist(), there.tolist(), metres.tolist(), strict=True):
        if a != b:
            out[a][b] = out[a].get(b, 0.0) + length
    return out


def _join(one: int, target: int, size: dict[int, int], borders: dict[int, dict[int, float]]) -> None:
    size[target] += size.pop(one)
    beside = borders.pop(one)
    for other, length in beside.items():
        del borders[other][one]
        if other != target:
            borders[target][other] = borders[target].get(other, 0.0) + length
            borders[other][target] = borders[other].get(target, 0.0) + length


def _end(one: int, holder: dict[int, int]) -> int:
    while holder[one] != one:
        one = holder[one]
    return one
