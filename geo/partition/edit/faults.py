"""What is wrong with a drawing: grids in pieces or out of the band, groups torn, areas crossed, units left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.partition.edit.board import Board
from geo.partition.edit.kernels import main_pieces
from geo.partition.edit.sketch import Fault, Pieces, Tally, over_band

Key = tuple[str, int, int]


def all_faults(board: Board, part: NDArray[np.int32], found: Pieces, tally: Tally) -> dict[Key, Fault]:
    """Every fault; `found` has the pieces of all grids."""
    out = [*grid_faults(board, part, found, tally)]
    if len(board.group_name):
        label = part[board.group_units]
        first = board.group_ptr[:-1]
        torn = np.minimum.reduceat(label, first) < np.maximum.reduceat(label, first)
        out += group_faults(board, part, np.flatnonzero(torn))
    return {fault.key: fault for fault in out}


def renewed(
    faults: Mapping[Key, Fault],
    board: Board,
    part: NDArray[np.int32],
    found: Pieces,
    tally: Tally,
    units: NDArray[np.int64],
) -> dict[Key, Fault]:
    """`faults` after `units` moved; `found` has the pieces of every grid that they left or entered."""
    labels = set((found.rows - 1).tolist())
    groups = board.group[units]
    groups = np.unique(groups[groups >= 0]).astype(np.int64)
    torn = {int(board.group_name[g]) for g in groups.tolist()}
    kept = {
        key: fault
        for key, fault in faults.items()
        if fault.where not in (torn if fault.kind == "edit_group_divided" else labels)
    }
    fresh = [*grid_faults(board, part, found, tally), *group_faults(board, part, groups)]
    return kept | {fault.key: fault for fault in fresh}


def strays_of(board: Board, part: NDArray[np.int32], found: Pieces) -> NDArray[np.int64]:
    """Units of the grids of `found` that are cut off from their grid's heaviest piece, ascending."""
    main = main_pieces(part, found.slot, len(found.rows), found.members, found.piece, found.pieces, board.graph.weight)
    own = main[found.slot[part[found.members] + 1]]
    stray = (found.piece[found.members] != own) & (part[found.members] >= 0)
    return np.asarray(found.members[stray], dtype=np.int64)


def grid_faults(board: Board, part: NDArray[np.int32], found: Pieces, tally: Tally) -> Iterator[Fault]:
    """Faults of the grids of `found`."""
    rows = found.rows
    if len(rows) and rows[0] == 0 and tally.units[0]:
        alone = board.outer(found.members[part[found.members] < 0])
        yield Fault("edit_units_without_grid", -1, 0, tuple(alone.tolist()), (("count", len(alone)),))
    live = rows[(rows > 0) & (tally.units[rows] > 0)]
    torn = live[tally.pieces[live] > 1]
    if len(torn):
        strays = strays_of(board, part, found)
        for row in torn.tolist():
            lost = board.outer(strays[part[strays] == row - 1])
            context = (
                ("grid", row - 1),
                ("pieces", int(tally.pieces[row])),
                ("count", len(lost)),
                ("unit", int(lost[0])),
            )
            yield Fault("grid_in_pieces", row - 1, 0, tuple(lost.tolist()), context)
    yield from _band_faults(board, live, tally)
    yield from _area_faults(board, part, found)


def _band_faults(board: Board, live: NDArray[np.int64], tally: Tally) -> Iterator[Fault]:
    side = over_band(board, tally.load[live], tally.heaviest[live])
    for at, column in np.argwhere(side).tolist():
        label, load = int(live[at]) - 1, float(tally.load[live[at], column])
        low, high = float(board.low[column]), float(board.high[column])
        if column:
            context = (("grid", label), ("column", column), ("load", load), ("min", low), ("max", high))
            yield Fault("edit_load_outside", label, column, (), context)
        elif side[at, 0] > 0:
            yield Fault(
                "grid_too_heavy", label, 0, (), (("grid", label), ("weight", load), ("min", low), ("max", high))
            )
        else:
            yield Fault(
                "grid_too_light", label, 0, (), (("grid", label), ("weight", load), ("min", low), ("max", high))
            )


def _area_faults(board: Board, part: NDArray[np.int32], found: Pieces) -> Iterator[Fault]:
    """Grids with units of two areas: the area of most units is the grid's own."""
    inside = found.members[part[found.members] >= 0]
    if not len(inside) or (board.parent[inside] == board.parent[inside[0]]).all():
        return
    slot = found.slot[part[inside] + 1]
    least = np.full(len(found.rows), np.iinfo(np.int64).max)
    most = np.full(len(found.rows), np.iinfo(np.int64).min)
    np.minimum.at(least, slot, board.parent[inside])
    np.maximum.at(most, slot, board.parent[inside])
    for at in np.flatnonzero(least < most).tolist():
        label = int(found.rows[at]) - 1
        units = inside[slot == at]
        areas, count = np.unique(board.parent[units], return_counts=True)
        own = int(areas[np.argmax(count)])
        astray = board.outer(units[board.parent[units] != own])
        others = ", ".join(str(area) for area in areas.tolist() if area != own)
        context = (("grid", label), ("parent", own), ("count", len(astray)), ("others", others))
        yield Fault("grid_over_two_areas", label, 0, tuple(astray.tolist()), context)


def group_faults(board: Board, part: NDArray[np.int32], groups: NDArray[Any]) -> Iterator[Fault]:
    """Groups (the board's numbers) that lie in more than one grid."""
    for g in groups.tolist():
        units = board.group_units[board.group_ptr[g] : board.group_ptr[g + 1]]
        grids = np.unique(part[units])
        if len(grids) > 1:
            name = int(board.group_name[g])
            held = ", ".join(str(label) for label in grids.tolist())
            yield Fault(
                "edit_group_divided", name, 0, tuple(board.outer(units).tolist()), (("group", name), ("grids", held))
            )
