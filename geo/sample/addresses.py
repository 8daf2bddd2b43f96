"""Road and number of every parcel and every building."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.sample.footprints import Footprints
from geo.sample.kinds import Parcel, Use
from geo.sample.lattice import Lattice, Line
from geo.sample.streets import NAMED_BLOCKS, Network, number_of
from geo.sample.zoning import Blocks


@dataclass(frozen=True, eq=False)
class Addresses:
    """Where things are entered from.

    Attributes
    ----------
    parcel_road : object (n_parcels,), "" for the parcels of lanes; parcel_number : int64 (n_parcels,), 0 for none.
    parcel_gate : float64 (n_parcels, 2), the gate on the parcel's street side, metres.
    building_road : object (n,); building_number : int64 (n,).
    """

    parcel_road: NDArray[np.object_]
    parcel_number: NDArray[np.int64]
    parcel_gate: NDArray[np.float64]
    building_road: NDArray[np.object_]
    building_number: NDArray[np.int64]


def address(lattice: Lattice, blocks: Blocks, network: Network, buildings: Footprints) -> Addresses:
    """Give every parcel the road its street side lies on, and every building its parcel's or its own number."""
    rect, block = blocks.parcels, blocks.parcel_block
    i, j = blocks.i[block], blocks.j[block]
    # A parcel that touches the south side of its block is entered from there, else from the north.
    south = rect[:, 1] <= lattice.gy[j] + 2
    line = np.where(south, j, j + 1)
    gate_x = rect[:, 6].astype(np.float64)
    road, number = _on_line(lattice, network, i, line, gate_x, south)
    gate = lattice.at(gate_x, np.where(south, rect[:, 1], rect[:, 3]).astype(np.float64))
    lanes = rect[:, 4] == Parcel.LANES
    road[lanes], number[lanes] = "", 0

    cell = blocks.cells[buildings.cell]
    parcel = cell[:, 5]
    own_road, own_number = road[parcel], number[parcel]
    inside = cell[:, 4]
    shop = inside == Use.SHOP
    at_x = _lattice_x(lattice, blocks, buildings)
    if shop.any():
        own_road[shop], own_number[shop] = _on_line(
            lattice, network, i[parcel[shop]], line[parcel[shop]], at_x[shop], south[parcel[shop]]
        )
    lane = np.isin(inside, (Use.COURT, Use.ROW))
    if lane.any():
        own_road[lane], own_number[lane] = _on_lane(lattice, blocks, network, buildings, at_x, np.nonzero(lane)[0])
    return Addresses(road, number, gate, own_road, own_number)


def _on_line(
    lattice: Lattice,
    network: Network,
    column: NDArray[np.int64],
    line: NDArray[np.int64],
    x: NDArray[np.float64],
    south: NDArray[np.bool_],
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Name and number on the west–east line of a block; `south` tells that the line is the block's southern side."""
    stretch = column // NAMED_BLOCKS
    road = np.empty(len(line), dtype=object)
    for k, (number, s, below) in enumerate(zip(line.tolist(), stretch.tolist(), south.tolist(), strict=True)):
        # A block whose southern side is the river lies on the north bank.
        bank = network.banks.get(number)
        road[k] = bank[1 if below else 0] if bank else network.name_y[number][s]
    return road, number_on_line(lattice, column, line, x, south)


def number_on_line(
    lattice: Lattice,
    column: NDArray[np.int64],
    line: NDArray[np.int64],
    x: NDArray[np.float64],
    south: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """House numbers on the west–east lines of blocks.

    Parameters
    ----------
    column, line : int64 (n,), column of the block, and the line that its road runs along.
    x : float64 (n,), west–east lattice coordinate.
    south : bool (n,), whether the line is the southern side of the block.
    """
    # Riverside roads keep their name, and so their numbers, all the way.
    whole = lattice.kind_y[line] == Line.RIVER
    last = np.where(whole, len(lattice.gx) - 1, (column // NAMED_BLOCKS + 1) * NAMED_BLOCKS)
    east_end = lattice.along_x[lattice.gx[np.minimum(last, len(lattice.gx) - 1)]]
    here = np.interp(x, np.arange(len(lattice.along_x)), lattice.along_x)
    # Seen from a block, a road on its south side has the block to the north: the even side.
    return number_of(east_end - here, ~south)


def _lattice_x(lattice: Lattice, blocks: Blocks, buildings: Footprints) -> NDArray[np.float64]:
    """West–east lattice coordinate of each building: its place among the buildings of its cell, spread evenly."""
    cell = buildings.cell
    first = np.searchsorted(cell, cell)
    size = np.searchsorted(cell, cell, side="right") - first
    place = (np.arange(len(cell)) - first + 0.5) / size
    stacked = np.isin(buildings.use, (Use.ROW,))
    place = np.where(stacked, 0.5, place)
    rect = blocks.cells[cell]
    return np.asarray(rect[:, 0] + place * (rect[:, 2] - rect[:, 0]))


def _on_lane(
    lattice: Lattice,
    blocks: Blocks,
    network: Network,
    buildings: Footprints,
    at_x: NDArray[np.float64],
    which: NDArray[np.int64],
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Lane houses stand on the lane beside them; those on the edge of the block on the road there."""
    lanes = {
        (int(b), int(r[1])): name
        for b, r, name in zip(blocks.road_block, blocks.roads, network.inner, strict=True)
        if r[1] == r[3]
    }
    cell = buildings.cell[which]
    rect = blocks.cells[cell]
    block = blocks.cell_block[cell]
    upper = np.zeros(len(which), dtype=bool)
    row = buildings.use[which] == Use.ROW
    upper[1:] = row[1:] & (cell[1:] == cell[:-1])
    y = np.where(upper, rect[:, 3], rect[:, 1])
    road, number = _on_line(
        lattice, network, blocks.i[block], np.where(upper, blocks.j[block] + 1, blocks.j[block]), at_x[which], ~upper
    )
    east = lattice.along_x[lattice.gx[blocks.i[block] + 1]]
    here = np.interp(at_x[which], np.arange(len(lattice.along_x)), lattice.along_x)
    in_lane = number_of(east - here, upper)
    for k, key in enumerate(zip(block.tolist(), y.tolist(), strict=True)):
        if key in lanes:
            road[k], number[k] = lanes[key], in_lane[k]
    return road, number
