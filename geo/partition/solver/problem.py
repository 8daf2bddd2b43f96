"""From wishes to plain problems: drop what may not be crossed, weld what stays together, set aside what is locked.

The result is a welded graph whose nodes are units or whole groups, in canonical order, and its connected pieces. Each
piece is then solved by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput, PartitionInfeasible
from geo.partition.graph import UnitGraph, pieces_of, trusted
from geo.partition.solver.canonical import canonical
from geo.partition.solver.groups import weld
from geo.partition.solver.spec import PartitionSpec

# A border counts at most this many times the median, or a few long ones would rule the whole drawing.
BORDER_CAP = 4.0


@dataclass(frozen=True, eq=False)
class Problem:
    """Welded nodes in canonical order. `order` and `node_of` lead back to the caller's units.

    Attributes
    ----------
    graph : the welded graph without the adjacencies that no grid may use; `border_m` is the price of a cut.
    node_of : int64 (n_units,), node of each of the caller's units.
    parent : int32 (n_nodes,), numbered by first appearance in canonical order.
    home : int32 (n_nodes,), today's grid (number of the caller) or −1.
    fixed : bool (n_nodes,), must stay in `home`.
    frozen : bool (n_nodes,), belongs to a grid that is locked as a whole.
    piece : int32 (n_nodes,), connected piece, −1 for frozen nodes.
    stray : float64 (n_nodes,), weight inside the node that changes grids even if the node stays at home.
    split_groups : numbers of the groups that had to be split.
    """

    graph: UnitGraph
    node_of: NDArray[np.int64]
    parent: NDArray[np.int32]
    home: NDArray[np.int32]
    fixed: NDArray[np.bool_]
    frozen: NDArray[np.bool_]
    piece: NDArray[np.int32]
    stray: NDArray[np.float64]
    split_groups: tuple[int, ...]

    @property
    def pieces(self) -> int:
        """Number of pieces to be solved."""
        return int(self.piece.max(initial=-1)) + 1

    def rows_of(self, nodes: NDArray[np.generic]) -> NDArray[np.int64]:
        """The caller's unit indices inside `nodes`, ascending."""
        return np.flatnonzero(np.isin(self.node_of, nodes))


def build_problem(graph: UnitGraph, spec: PartitionSpec, heaviest: float) -> Problem:
    """Turn units and wishes into a problem.

    Parameters
    ----------
    heaviest : float
        Greatest weight a grid may have; a group above it is split.
    """
    spec.check_length(len(graph))
    can = canonical(graph)
    n = len(graph)
    parent = first_numbers(np.zeros(n, np.int32) if spec.parent is None else np.asarray(spec.parent)[can.order])
    inner = _without(can.graph, parent)
    group = np.full(n, -1, np.int64) if spec.group is None else np.asarray(spec.group, np.int64)[can.order]
    _check_groups(group, parent, can.order)
    node, split = weld(inner, group, heaviest)
    welded = _contract(inner, node, spec.border_share)
    order_of_node = np.unique(node, return_index=True)[1]
    home, stray = _homes(node, inner.weight, spec, can.order, len(welded))
    fixed = _fixed(node, home, spec, can.order, len(welded))
    # A seat of staff is the start of a grid, not all of it.
    frozen = np.zeros(len(welded), dtype=bool) if spec.staff is not None else _frozen(home, fixed)
    if frozen.any():
        _check_frozen(welded, home, frozen)
        welded = _without(welded, np.where(frozen, -1 - np.arange(len(welded)), 0))
    component = pieces_of(np.zeros(len(welded), np.int8), welded)
    piece = np.full(len(welded), -1, np.int32)
    piece[~frozen] = first_numbers(component[~frozen])
    node_of = np.empty(n, dtype=np.int64)
    node_of[can.order] = node
    return Problem(
        welded, node_of, parent[order_of_node].astype(np.int32), home, fixed, frozen, piece, stray, tuple(split)
    )


def _check_frozen(graph: UnitGraph, home: NDArray[np.int32], frozen: NDArray[np.bool_]) -> None:
    """Refuse a grid that is locked as a whole and lies in several pieces."""
    piece = pieces_of(np.where(frozen, home, -1), graph)
    nodes = np.flatnonzero(frozen)
    of_piece, first = np.unique(piece[nodes], return_index=True)
    _, again = np.unique(home[nodes[first]], return_index=True)
    torn = np.setdiff1d(np.arange(len(of_piece)), again)
    if len(torn):
        lost = nodes[np.isin(piece[nodes], of_piece[torn])]
        raise PartitionInfeasible("locked_in_pieces", count=len(lost), nodes=lost.tolist())


# A border that runs along a barrier costs a tenth of an open one.
BARRIER_REBATE = 0.9


def first_numbers(values: NDArray[np.generic]) -> NDArray[np.int32]:
    """Number distinct values 0, 1, … by where each appears first."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]


def _without(graph: UnitGraph, side: NDArray[np.generic]) -> UnitGraph:
    """Drop the adjacencies between nodes of different sides, and the closed ones."""
    source = graph.source
    keep = side[source] == side[graph.indices]
    if graph.closed is not None:
        keep &= ~graph.closed
    if keep.all():
        return graph
    return trusted(
        weight=graph.weight,
        workload=graph.workload,
        xy_m=graph.xy_m,
        indptr=np.concatenate([[0], np.cumsum(np.bincount(source[keep], minlength=len(graph)))]),
        indices=graph.indices[keep],
        border_m=None if graph.border_m is None else graph.border_m[keep],
        along=None if graph.along is None else graph.along[keep],
    )


def border_prices(graph: UnitGraph, border_share: float) -> NDArray[np.float64]:
    """What cutting each adjacency costs, 1 for a usual one: float64 (m,)."""
    price = np.ones(len(graph.indices))
    if graph.border_m is not None and len(price):
        usual = float(np.median(graph.border_m))
        if usual > 0:
            length = np.minimum(graph.border_m / usual, BORDER_CAP)
            price = (1 - border_share) + border_share * length
    if graph.along is not None:
        price = price * (1 - BARRIER_REBATE * graph.along)
    # Whole 1024ths add up to the same number in any order, and hide last bits that differ between two files.
    return np.asarray(np.round(price * 1024) / 1024, dtype=np.float64)


def _contract(graph: UnitGraph, node: NDArray[np.int64], border_share: float) -> UnitGraph:
    """Weld units into nodes; the border becomes the price of a cut, 1 for a usual adjacency."""
    price, count = border_prices(graph, border_share), int(node.max(initial=-1)) + 1
    if count == len(graph):
        return trusted(
            weight=graph.weight,
            workload=graph.workload,
            indptr=graph.indptr,
            indices=graph.indices,
            border_m=price,
            xy_m=graph.xy_m,
        )
    source = graph.source
    a, b = node[source], node[graph.indices]
    out = a != b
    key, inverse = np.unique(a[out] * count + b[out], return_inverse=True)
    total = np.bincount(inverse, price[out], minlength=len(key)).astype(np.float64)
    weights = np.empty((count, graph.weights.shape[1]))
    for j, column in enumerate(graph.weights.T):
        weights[:, j] = np.bincount(node, column, minlength=count)
    xy = None
    if graph.xy_m is not None:
        share = np.bincount(node, minlength=count)[:, None]
        xy = np.column_stack([np.bincount(node, graph.xy_m[:, axis], minlength=count) for axis in (0, 1)]) / share
    indptr = np.concatenate([[0], np.cumsum(np.bincount(key // count, minlength=count))])
    workload = None if graph.workload is None else weights[:, 1:]
    return trusted(
        weight=np.ascontiguousarray(weights[:, 0]),
        indptr=indptr,
        indices=(key % count).astype(np.int32),
        border_m=total,
        xy_m=xy,
        workload=workload,
    )


def _check_groups(group: NDArray[np.int64], parent: NDArray[np.int32], order: NDArray[np.int64]) -> None:
    named = np.flatnonzero(group >= 0)
    if not len(named):
        return
    _, first, inverse = np.unique(group[named], return_index=True, return_inverse=True)
    astray = np.flatnonzero(parent[named] != parent[named[first]][inverse])
    if len(astray):
        here, there = order[named[astray[0]]], order[named[first[inverse[astray[0]]]]]
        raise InvalidInput(
            "group_over_two_areas", group=int(group[named[astray[0]]]), row=int(here) + 1, other=int(there) + 1
        )


def _homes(
    node: NDArray[np.int64], weight: NDArray[np.float64], spec: PartitionSpec, order: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Today's grid of each node: the one that holds most of its weight; the rest of it is astray."""
    home = np.full(count, -1, dtype=np.int32)
    stray = np.zeros(count)
    if spec.homes is None:
        return home, stray
    current = np.asarray(spec.homes, np.int64)[order]
    has = current >= 0
    if not has.any():
        return home, stray
    labels = int(current.max()) + 1
    key, inverse = np.unique(node[has] * labels + current[has], return_inverse=True)
    held = np.bincount(inverse, weight[has], minlength=len(key))
    units = np.bincount(inverse, minlength=len(key))
    best = np.lexsort((-units, -held, key // labels))
    of_node = (key // labels)[best]
    first = best[np.concatenate([[True], of_node[1:] != of_node[:-1]])]
    home[key[first] // labels] = key[first] % labels
    stray += np.bincount(key // labels, held, minlength=count)
    stray[key[first] // labels] -= held[first]
    return home, stray


def _fixed(
    node: NDArray[np.int64], home: NDArray[np.int32], spec: PartitionSpec, order: NDArray[np.int64], count: int
) -> NDArray[np.bool_]:
    fixed = np.zeros(count, dtype=bool)
    if spec.held is None or spec.homes is None:
        return fixed
    locked = np.flatnonzero(np.asarray(spec.held, bool)[order])
    current = np.asarray(spec.homes)[order]
    homeless = locked[current[locked] < 0]
    if len(homeless):
        raise InvalidInput("locked_without_grid", row=int(order[homeless[0]]) + 1, count=len(homeless))
    torn = locked[current[locked] != home[node[locked]]]
    if len(torn):
        raise PartitionInfeasible(
            "locked_against_group", row=int(order[torn[0]]) + 1, count=len(torn), units=order[torn].tolist()
        )
    fixed[node[locked]] = True
    return fixed


def _frozen(home: NDArray[np.int32], fixed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Nodes of grids all of whose nodes are locked: such a grid neither gives nor takes."""
    if not fixed.any():
        return np.zeros(len(home), dtype=bool)
    loose = np.unique(home[~fixed])
    return np.asarray(fixed & ~np.isin(home, loose))
