"""What does not change while a drawing is worked on: units, who touches whom, areas, groups, the band.

Inside, units stand in canonical order, so that ties are broken alike for any order of the caller's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.partition.graph import UnitGraph
from geo.partition.solver.canonical import canonical
from geo.partition.solver.problem import border_prices

# Differences of rounding are no fault.
SLACK = 1e-9
# Weight outside the band is priced in this fraction of a grid, as in the solver.
SCALE = 0.05


@dataclass(frozen=True, eq=False)
class Board:
    """The fixed facts of a drawing. n units, m adjacency entries, w weights; all arrays in canonical order.

    Attributes
    ----------
    graph : UnitGraph, canonical.
    order : int64 (n,), the caller's index of each unit. rank : int64 (n,), the way back.
    weights : float64 (n, w), people first. households : float64 (n,).
    parent : int64 (n,), the caller's numbers.
    group : int32 (n,), 0 … for units that stay together, −1 none; groups too heavy for any grid are left out.
    group_name : int64 (groups,), the caller's numbers. group_ptr, group_units : int64, members of each group.
    way : bool (m,), adjacencies that a grid may use: no hard barrier and no area's border between.
    price : float64 (m,), what cutting each adjacency costs; a usual one costs 1.
    low, high : float64 (w,), the band, inclusive. scale : float64 (w,).
    ideal : wished weight of a grid; None means total / number of grids, whatever that is at the time.
    usual : mean weight of the units that hold people.
    """

    graph: UnitGraph
    order: NDArray[np.int64]
    rank: NDArray[np.int64]
    weights: NDArray[np.float64]
    households: NDArray[np.float64]
    parent: NDArray[np.int64]
    group: NDArray[np.int32]
    group_name: NDArray[np.int64]
    group_ptr: NDArray[np.int64]
    group_units: NDArray[np.int64]
    way: NDArray[np.bool_]
    price: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    scale: NDArray[np.float64]
    ideal: float | None
    usual: float

    def __len__(self) -> int:
        return len(self.order)

    def take_units(self, units: Any, name: str = "units") -> NDArray[np.int64]:
        """The caller's unit numbers as canonical ones, ascending, each once.

        Raises
        ------
        InvalidInput
            None at all, no whole numbers, or numbers that no unit has.
        """
        rows = whole_numbers(units, name)
        if not len(rows):
            raise InvalidInput("edit_units_none", name=name)
        bad = np.unique(rows[(rows < 0) | (rows >= len(self))])
        if len(bad):
            raise InvalidInput("edit_unit_unknown", units=bad.tolist(), got=int(bad[0]), count=len(bad), last=len(self))
        return np.unique(self.rank[rows])

    def whole_groups(self, units: NDArray[np.int64]) -> NDArray[np.int64]:
        """`units` and all that stay together with them, ascending."""
        names = self.group[units]
        names = np.unique(names[names >= 0])
        if not len(names):
            return units
        mates = [self.group_units[self.group_ptr[g] : self.group_ptr[g + 1]] for g in names.tolist()]
        return np.unique(np.concatenate([units, *mates]))

    def outer(self, units: NDArray[Any]) -> NDArray[np.int64]:
        """The caller's numbers, ascending."""
        return np.sort(self.order[units])

    def penalty(self, load: NDArray[np.float64]) -> float:
        """Price of loads (…, w) outside the band, in `scale`: linear plus square, as in the solver."""
        x = np.maximum(np.maximum(load - self.high, self.low - load), 0.0) / self.scale
        return float((x + x * x).sum())


def whole_numbers(values: Any, name: str) -> NDArray[np.int64]:
    """A one-dimensional int64 array, whatever list or array was given."""
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, OverflowError):
        raise InvalidInput("edit_not_whole_numbers", name=name, got=str(type(values).__name__)) from None
    if array.ndim == 1 and not array.size:
        return np.empty(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InvalidInput("edit_not_whole_numbers", name=name, got=f"{array.dtype} {array.shape}")
    if array.dtype == np.uint64 and array.max() > np.iinfo(np.int64).max:
        raise InvalidInput("edit_not_whole_numbers", name=name, got=int(array.max()))
    return array.astype(np.int64)


def lay_out(
    graph: UnitGraph,
    band: Sequence[tuple[float, float]],
    *,
    ideal: float | None,
    parent: Any,
    group: Any,
    households: Any,
    border_share: float,
) -> Board:
    """Put the facts of a drawing into canonical order and check them; `band` has one pair for each weight."""
    n = len(graph)
    can = canonical(graph)
    weights = can.graph.weights
    if len(band) != weights.shape[1]:
        raise InvalidInput("edit_bands_count", got=len(band), weights=weights.shape[1])
    low, high = (np.array([float(pair[side]) for pair in band]) for side in (0, 1))
    for a, b in zip(low.tolist(), high.tolist(), strict=True):
        if not (np.isfinite(a) and np.isfinite(b) and 0 <= a <= b):
            raise InvalidInput("edit_band_bad", min=a, max=b)
    parent = np.zeros(n, np.int64) if parent is None else per_unit(parent, "parent", n)[can.order]
    group = np.full(n, -1, np.int64) if group is None else per_unit(group, "group", n)[can.order]
    homes = np.zeros(n) if households is None else np.asarray(households, dtype=np.float64)
    if homes.shape != (n,) or not (np.isfinite(homes) & (homes >= 0)).all():
        raise InvalidInput("edit_households_bad", got=homes.shape, units=n)
    number, name, ptr, members = _groups(group, parent, weights, high)
    source = can.graph.source
    way = parent[source] == parent[can.graph.indices]
    if can.graph.closed is not None:
        way &= ~can.graph.closed
    middle = (low + high) / 2
    positive = weights[:, 0][weights[:, 0] > 0]
    return Board(
        graph=can.graph,
        order=can.order,
        rank=can.rank,
        weights=weights,
        households=np.ascontiguousarray(homes[can.order]),
        parent=parent,
        group=number,
        group_name=name,
        group_ptr=ptr,
        group_units=members,
        way=way,
        price=border_prices(can.graph, border_share),
        low=low,
        high=high,
        scale=np.where(middle > 0, SCALE * middle, 1.0),
        ideal=ideal,
        usual=float(positive.mean()) if len(positive) else 1.0,
    )


def per_unit(values: Any, name: str, n: int) -> NDArray[np.int64]:
    """One whole number per unit."""
    array = whole_numbers(values, name)
    if array.shape != (n,):
        raise InvalidInput("edit_length", name=name, got=array.shape, units=n)
    return array


def _groups(
    group: NDArray[np.int64], parent: NDArray[np.int64], weights: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Number the groups that a grid can hold: number of each unit, the caller's names, and members as compressed rows.

    A group above the band, or one that lies in two areas, cannot stay whole in any grid and binds nobody.
    """
    held = np.flatnonzero(group >= 0)
    names, inverse = np.unique(group[held], return_inverse=True)
    load = np.column_stack([np.bincount(inverse, column[held], minlength=len(names)) for column in weights.T])
    fits = np.asarray((load <= high * (1 + SLACK)).all(axis=1), dtype=bool)
    if len(held):
        first = parent[held][np.unique(inverse, return_index=True)[1]]
        fits[inverse[parent[held] != first[inverse]]] = False
    fits &= np.bincount(inverse, minlength=len(names)) > 1
    place = np.where(fits, np.cumsum(fits) - 1, -1)
    number = np.full(len(group), -1, np.int32)
    number[held] = place[inverse]
    members = np.flatnonzero(number >= 0)
    members = members[np.argsort(number[members], kind="stable")]
    ptr = np.concatenate([[0], np.cumsum(np.bincount(number[members], minlength=int(fits.sum())))])
    return number, names[fits], ptr.astype(np.int64), members
