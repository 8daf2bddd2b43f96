"""Parts where nobody lives that touch nothing else: whose grid they belong to, and how a plan remembers it.

An islet, or a strip of green beyond a gap, can neither be a grid of its own nor be reached. It goes with the nearest
unit, as on every map that people draw; a part where somebody lives does so only where a planner says how wide a gap is
no hindrance (`geo.partition.gaps`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.closed import known_pairs
from geo.partition.graph import UnitGraph, pieces_of


@dataclass(frozen=True, eq=False)
class Joins:
    """Pairs of units that count as neighbours though they share no border.

    Attributes
    ----------
    islet, mainland : int64 (k,), units by row; one pair for each part that touches nothing.
    gap_m : float64 (k,), how far they lie apart.
    weight : float64 (k,), of the part that is joined, 0 where nobody lives.
    """

    islet: NDArray[np.int64]
    mainland: NDArray[np.int64]
    gap_m: NDArray[np.float64]
    weight: NDArray[np.float64]

    def and_(self, other: Joins) -> Joins:
        """Both, in the order of the rows."""
        both = [np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)]
        order = np.argsort(both[0], kind="stable")
        return Joins(*(values[order] for values in both))

    def pairs(self, ids: NDArray[np.object_]) -> list[list[str]]:
        """Pairs of unit ids, islet first: what a plan keeps of them."""
        return [[str(ids[a]), str(ids[b])] for a, b in zip(self.islet, self.mainland, strict=True)]


def find_islets(graph: UnitGraph, shapes_m: NDArray[np.object_], parent: NDArray[np.integer] | None = None) -> Joins:
    """For each connected part without people that is no part of an inhabited one: the nearest unit that is.

    Parameters
    ----------
    graph : UnitGraph
        Its `closed` adjacencies join nothing.
    shapes_m : object (n,), the units in a metric system.
    parent : int (n,), optional
        Area of each unit: nothing is joined over its border. An area where nobody lives at all is joined to its
        largest part.

    Returns
    -------
    Joins
        In the order of the rows. The same pairs whatever that order is.
    """
    from geo.partition.solver.canonical import canonical

    area = np.zeros(len(graph), np.int64) if parent is None else np.unique(parent, return_inverse=True)[1]
    piece = pieces_of(area, graph)
    none = Joins(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))
    if (np.bincount(piece, graph.weight) > 0).all():
        return none
    rank = canonical(graph).rank
    lonely = _lonely(graph.weight, area, piece, rank)
    # Not against `shapes_m` as a whole: the nearest unit of another area is no help.
    found = [
        _nearest(np.flatnonzero((area == number) & lonely), np.flatnonzero((area == number) & ~lonely), shapes_m)
        for number in np.unique(area[lonely]).tolist()
    ]
    if not found:
        return none
    islet, mainland, gap = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((rank[mainland], rank[islet], np.round(gap, 3), piece[islet]))
    first = order[np.unique(piece[islet[order]], return_index=True)[1]]
    first = first[np.argsort(islet[first])]
    return Joins(islet[first], mainland[first], gap[first], np.zeros(len(first)))


def _lonely(
    weight: NDArray[np.float64], area: NDArray[np.int64], piece: NDArray[np.int32], rank: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Units of the parts that are joined to others: bool (n,)."""
    size, people = np.bincount(piece), np.bincount(piece, weight)
    # The main part of each area is the one that never goes: inhabited if any is, and large.
    order = np.lexsort((rank, -size[piece], people[piece] <= 0, area))
    main = piece[order[np.unique(area[order], return_index=True)[1]]]
    return np.asarray((people[piece] <= 0) & ~np.isin(piece, main))


def _nearest(
    islets: NDArray[np.intp], mainland: NDArray[np.intp], shapes_m: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """For each of `islets` the units of `mainland` that are nearest, and how far."""
    (row, near), gap = shapely.STRtree(shapes_m[mainland]).query_nearest(shapes_m[islets], return_distance=True)
    return islets[row].astype(np.int64), mainland[near].astype(np.int64), np.asarray(gap, dtype=np.float64)


def join_islets(graph: UnitGraph, islet: NDArray[np.int64], mainland: NDArray[np.int64]) -> UnitGraph:
    """The same graph with the pairs as neighbours along 0 metres; pairs that it has already stay as they are."""
    n, source = len(graph), graph.source.astype(np.int64)
    key = np.unique(np.concatenate([islet * n + mainland, mainland * n + islet]))
    key = key[(key // n != key % n) & ~np.isin(key, source * n + graph.indices)]
    if not len(key):
        return graph
    rows, columns = np.concatenate([source, key // n]), np.concatenate([graph.indices, key % n])
    order = np.lexsort((columns, rows))

    def longer(values: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if values is None else np.concatenate([values, np.zeros(len(key), values.dtype)])[order]

    return replace(
        graph,
        indptr=np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))]),
        indices=columns[order].astype(np.int32),
        border_m=longer(graph.border_m),
        along=longer(graph.along),
        closed=longer(graph.closed),
    )


def join_pairs(graph: UnitGraph, ids: NDArray[np.object_], pairs: Iterable[Any] | None) -> UnitGraph:
    """The same graph with the pairs of a plan's ``joined`` as neighbours; units that it has not are passed over.

    A part where somebody lives by now (a plan's people change) stays joined until the plan is drawn anew.
    """
    known = known_pairs(ids, pairs)
    return join_islets(graph, known[:, 0], known[:, 1]) if len(known) else graph
