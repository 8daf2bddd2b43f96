"""All numbers of a place before it gets names: ground, blocks, buildings, people, territory, roads, grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.sample.addresses import Addresses, address
from geo.sample.areas import Territory, divide
from geo.sample.extent import choose_extent, lattice_size
from geo.sample.footprints import Footprints, build_footprints
from geo.sample.lattice import Lattice, build_lattice
from geo.sample.people import People, settle
from geo.sample.plan import Grids, draw_grids
from geo.sample.spec import DISTRICT_CODE, SampleSpec
from geo.sample.streets import Network, lay_roads
from geo.sample.zoning import Blocks, bend_lanes, block_uses, fill_blocks


@dataclass(frozen=True, eq=False)
class Layout:
    """The parts of a place, by index.

    Attributes
    ----------
    keep : bool (blocks_x, blocks_y), blocks that belong to the district.
    cell_households, cell_residents : int64 (n_cells,).
    street_codes, community_codes : codes in the order of `Territory`.
    community_of_building, community_of_parcel : int64, index into `community_codes`.
    grid_codes : codes in the order of `Grids`; empty without a plan.
    """

    spec: SampleSpec
    lattice: Lattice
    keep: NDArray[np.bool_]
    blocks: Blocks
    buildings: Footprints
    people: People
    territory: Territory
    network: Network
    addresses: Addresses
    grids: Grids | None
    cell_households: NDArray[np.int64]
    cell_residents: NDArray[np.int64]
    street_codes: list[str]
    community_codes: list[str]
    community_of_building: NDArray[np.int64]
    community_of_parcel: NDArray[np.int64]
    grid_codes: list[str]


def lay_out(spec: SampleSpec) -> Layout:
    """Lay out a place of the given size."""
    seed = spec.seed
    rng = np.random.default_rng([seed, 1])
    size = lattice_size(spec.buildings)
    lattice = build_lattice(*size, rng)
    uses = block_uses(size, rng)
    bend_lanes(lattice, uses, seed)
    everything = fill_blocks(lattice, uses, np.ones(size, dtype=bool), seed)
    tried = build_footprints(lattice, everything, seed)
    block = everything.cell_block[tried.cell]
    counts = np.zeros(size, dtype=np.int64)
    np.add.at(counts, (everything.i[block], everything.j[block]), 1)
    keep = choose_extent(counts, spec.buildings, rng)
    del everything, tried

    blocks = fill_blocks(lattice, uses, keep, seed)
    buildings = build_footprints(lattice, blocks, seed)
    people = settle(buildings, seed)
    n_cells = len(blocks.cells)
    households = np.bincount(buildings.cell, weights=people.households, minlength=n_cells).astype(np.int64)
    residents = np.bincount(buildings.cell, weights=people.residents, minlength=n_cells).astype(np.int64)
    load = np.bincount(blocks.cell_block, weights=households, minlength=len(blocks.i)).astype(np.float64)
    territory = divide(lattice, blocks, load, spec)
    network = lay_roads(lattice, blocks, keep, seed)
    street_codes = [f"{DISTRICT_CODE}{k + 1:03d}" for k in range(int(territory.street_of_community.max()) + 1)]
    community_codes = _community_codes(territory, street_codes)
    grids = None
    grid_codes: list[str] = []
    if spec.plan:
        shape = (lattice.xy.shape[0] - 1, lattice.xy.shape[1] - 1)
        grids = draw_grids(blocks, territory, households, shape, seed)
        pairs = zip(grids.community.tolist(), grids.sequence.tolist(), strict=True)
        grid_codes = [f"{community_codes[c]}{s:03d}" for c, s in pairs]
    return Layout(
        spec, lattice, keep, blocks, buildings, people, territory, network,
        address(lattice, blocks, network, buildings), grids, households, residents, street_codes, community_codes,
        territory.community_of_block[blocks.cell_block[buildings.cell]],
        territory.community_of_block[blocks.parcel_block], grid_codes,
    )  # fmt: skip


def _community_codes(territory: Territory, street_codes: list[str]) -> list[str]:
    codes: list[str] = []
    within: dict[int, int] = {}
    for street in territory.street_of_community.tolist():
        within[street] = within.get(street, 0) + 1
        codes.append(f"{street_codes[street]}{within[street]:03d}")
    return codes
