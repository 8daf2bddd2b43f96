"""Special grids (专属网格): parks, buildings, business quarters, carved from the base net or laid over it.

Units are never cut: a unit belongs to a special grid by its point. Carving may part a base grid; what is cut off can be
given to neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidBoundary, InvalidInput
from geo.partition.cover import overlapping
from geo.partition.graph import UnitGraph, pieces_of


@dataclass(frozen=True, eq=False)
class Carved:
    """A net with special grids in it.

    Attributes
    ----------
    grid_of_unit : int32 (n,), base grids keep their labels; special grid s has label k + s, k being the base grids.
    taken : tuple of (unit, base label before), the units that went to special grids.
    given : tuple of (unit, base label before, base label now), cut-off units that went to a neighbour.
    stray : tuple of (base label, number of pieces), base grids that are still in several pieces.
    swallowed : tuple of base labels that have no unit left.
    """

    grid_of_unit: NDArray[np.int32]
    taken: tuple[tuple[int, int], ...]
    given: tuple[tuple[int, int, int], ...]
    stray: tuple[tuple[int, int], ...]
    swallowed: tuple[int, ...]


def refuse_overlaps(polygons_m: NDArray[np.object_], names: NDArray[Any] | list[str]) -> None:
    """Refuse special grids that lie over one another: a point has one special grid at most.

    Parameters
    ----------
    polygons_m : object (n,), valid polygons in metres.

    Raises
    ------
    InvalidBoundary
        Names both grids of the largest overlap and its area.
    """
    found = overlapping(polygons_m)
    if found:
        a, b, area, _ = min(found, key=lambda pair: (-round(pair[2], 1), str(names[pair[0]]), str(names[pair[1]])))
        first, second = sorted((str(names[a]), str(names[b])))
        raise InvalidBoundary("special_overlap", a=first, b=second, area_m2=round(area, 1), count=len(found))


def units_inside(
    points_xy: NDArray[np.float64], unit_shape: NDArray[np.object_], polygons: NDArray[np.object_]
) -> NDArray[np.int32]:
    """The special grid of each unit: the polygon that its point lies in, −1 for none.

    A polygon that holds no unit's point, as one building within its plot, gets the unit that has most of its area and
    is in no other special grid.

    Parameters
    ----------
    points_xy : float64 (n, 2), a point inside each unit.
    unit_shape : object (n,), polygons : object (s,), in the same system; the polygons do not overlap.

    Returns
    -------
    int32 (n,)
    """
    inside = np.full(len(points_xy), -1, dtype=np.int32)
    if not len(polygons) or not len(points_xy):
        return inside
    unit, special = shapely.STRtree(polygons).query(shapely.points(points_xy), predicate="intersects")
    # On a common border of two polygons the first one wins, whatever order the tree answers in.
    order = np.lexsort((special, unit))[::-1]
    inside[unit[order]] = special[order]
    for lacking in np.setdiff1d(np.arange(len(polygons)), inside).tolist():
        near = np.flatnonzero(shapely.intersects(unit_shape, polygons[lacking]) & (inside < 0))
        area = shapely.area(shapely.intersection(unit_shape[near], polygons[lacking]))
        if len(near) and area.max() > 0:
            inside[near[int(np.argmax(np.round(area, 3)))]] = lacking
    return inside


def carve(
    graph: UnitGraph,
    grid_of_unit: NDArray[np.int32],
    inside: NDArray[np.int32],
    *,
    grids: int,
    parent: NDArray[np.int32] | None = None,
    fixed: NDArray[np.bool_] | None = None,
    mend: bool = True,
) -> Carved:
    """Take the units of special grids out of a base net.

    Parameters
    ----------
    grid_of_unit : int32 (n,), base grid of each unit, 0 … grids − 1.
    inside : int32 (n,), special grid of each unit, −1 for none.
    grids : number of base grids.
    parent : int32 (n,), area of each unit; cut-off units stay in their area.
    fixed : bool (grids,), True for grids that take no further units (special grids of earlier).
    mend : give pieces that were cut off to the neighbour they share the longest border with; a grid keeps its heaviest
        piece.

    Raises
    ------
    InvalidInput
        A special grid has no unit.
    """
    label = np.where(inside >= 0, grids + inside, grid_of_unit).astype(np.int32)
    count = int(inside.max(initial=-1)) + 1
    empty = np.setdiff1d(np.arange(count), inside)
    if len(empty):
        raise InvalidInput("special_without_units", number=int(empty[0]) + 1)
    went = np.flatnonzero(inside >= 0)
    taken = tuple((int(u), int(grid_of_unit[u])) for u in went)
    touched = np.unique(grid_of_unit[went])
    given: list[tuple[int, int, int]] = []
    if mend:
        open_ = np.ones(grids + count, dtype=np.bool_)
        open_[grids:] = False
        if fixed is not None:
            open_[:grids] &= ~fixed
        given = _mend(graph, label, touched[open_[touched]], open_, parent)
    pieces = pieces_of(label, graph)
    stray = []
    for grid in touched.tolist():
        number = len(np.unique(pieces[label == grid]))
        if number > 1:
            stray.append((int(grid), number))
    left = np.bincount(label, minlength=grids)
    swallowed = tuple(int(g) for g in touched if not left[g])
    return Carved(label, taken, tuple(given), tuple(stray), swallowed)


def _mend(
    graph: UnitGraph,
    label: NDArray[np.int32],
    touched: NDArray[np.int32],
    open_: NDArray[np.bool_],
    parent: NDArray[np.int32] | None,
) -> list[tuple[int, int, int]]:
    """Give cut-off pieces to neighbours, in place, until nothing changes; returns (unit, from, to)."""
    before = label.copy()
    for _ in range(len(label)):
        piece = pieces_of(label, graph)
        moved = False
        for stray in _cut_off(piece, label, touched, graph.weight):
            to = _longest_border(graph, label, stray, open_, parent)
            if to >= 0:
                label[stray] = to
                moved = True
                break  # the pieces have changed
        if not moved:
            break
    changed = np.flatnonzero(before != label)
    return [(int(u), int(before[u]), int(label[u])) for u in changed]


def _cut_off(
    piece: NDArray[Any], label: NDArray[np.int32], touched: NDArray[np.int32], weight: NDArray[np.float64]
) -> list[NDArray[np.int64]]:
    """The units of every piece but the main one of each touched grid, the lightest piece first."""
    found = []
    for grid in touched.tolist():
        rows = np.flatnonzero(label == grid)
        numbers = np.unique(piece[rows])
        if len(numbers) < 2:
            continue
        parts = [rows[piece[rows] == number] for number in numbers]
        parts.sort(key=lambda part: (float(weight[part].sum()), len(part), -int(part[0])))
        found += parts[:-1]
    return found


def _longest_border(
    graph: UnitGraph,
    label: NDArray[np.int32],
    stray: NDArray[np.int64],
    open_: NDArray[np.bool_],
    parent: NDArray[np.int32] | None,
) -> int:
    """The open grid of the same area that shares the longest border with a piece, the lowest label of equals; −1."""
    own = label[stray[0]]
    metres = np.zeros(len(open_))
    for unit in stray.tolist():
        row = slice(int(graph.indptr[unit]), int(graph.indptr[unit + 1]))
        near = graph.indices[row]
        length = np.ones(len(near)) if graph.border_m is None else graph.border_m[row]
        good = (label[near] != own) & open_[label[near]]
        if parent is not None:
            good &= parent[near] == parent[unit]
        np.add.at(metres, label[near[good]], length[good])
    return int(np.argmax(np.round(metres, 3))) if metres.any() else -1
