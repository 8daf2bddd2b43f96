"""Which superblock is for what, and which template it gets; blocks become flat tables of cells and parcels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.sample.kinds import Block
from geo.sample.lattice import MODULE, Lattice
from geo.sample.templates import Template, cut_block

# One module, north at the top; the river runs between the third and the fourth row, the railway before the last two
# columns. T towers, M middle, 6 six storeys, O old lanes, P park, C market and shops, S school and hospital,
# I industry.
MODULE_MAP: Final = ("TTMTII", "6SMMTI", "MOC6MT", "POM6ST", "66MMTT", "M6S66M")
_LETTER: Final = {
    "T": Block.TOWERS,
    "M": Block.MID,
    "6": Block.OLD6,
    "O": Block.LANES,
    "P": Block.PARK,
    "C": Block.CENTRE,
    "S": Block.PUBLIC,
    "I": Block.INDUSTRY,
}
VARIANTS: Final = 6
LANE_BEND_M: Final = 2.6


@dataclass(frozen=True, eq=False)
class Blocks:
    """Superblocks of the district and their contents, flat.

    Attributes
    ----------
    i, j : int64 (n_blocks,), column and row of each block in the lattice.
    use : int8 (n_blocks,), `Block`.
    cell_block : int64 (n_cells,), block of each cell; cells of a block are consecutive and in path order.
    cells : int64 (n_cells, 6): x0, y0, x1, y1 in lattice indices (property, without the road margin), `Use`, parcel.
    units : int64 (n_cells, 4): the same rectangles widened to the middle of the bounding roads.
    parcel_block : int64 (n_parcels,); parcels : int64 (n_parcels, 7) as in `Template`, lattice indices.
    road_block : int64 (n_roads,); roads : int64 (n_roads, 4), lattice indices.
    """

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    use: NDArray[np.int8]
    cell_block: NDArray[np.int64]
    cells: NDArray[np.int64]
    units: NDArray[np.int64]
    parcel_block: NDArray[np.int64]
    parcels: NDArray[np.int64]
    road_block: NDArray[np.int64]
    roads: NDArray[np.int64]


def block_uses(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.int8]:
    """`Block` of each block (nx, ny); modules after the first are mirrored at random so that no pattern shows."""
    letters = np.array([[_LETTER[c] for c in row] for row in MODULE_MAP[::-1]], dtype=np.int8).T
    nx, ny = shape
    uses = np.empty(shape, dtype=np.int8)
    for a in range(0, nx, MODULE):
        for b in range(0, ny, MODULE):
            tile = letters if (a == 0 and b == 0) or rng.random() < 0.5 else letters[::-1]
            if (a or b) and rng.random() < 0.3:
                tile = tile[:, ::-1]
            uses[a : a + MODULE, b : b + MODULE] = tile[: nx - a, : ny - b]
    return uses


def bend_lanes(lattice: Lattice, uses: NDArray[np.int8], seed: int) -> None:
    """Bend the lattice a little inside old towns, in place, so that no lane is straight; block borders stay."""
    for i, j in np.argwhere(uses == Block.LANES).tolist():
        rng = np.random.default_rng([seed, 12, i, j])
        phase = rng.uniform(0, 2 * np.pi, 2)
        x = np.arange(lattice.gx[i] + 1, lattice.gx[i + 1])
        y = np.arange(lattice.gy[j] + 1, lattice.gy[j + 1])
        hold_x = np.clip(np.minimum(x - x[0], x[-1] - x) / 4.0, 0.0, 1.0)
        hold_y = np.clip(np.minimum(y - y[0], y[-1] - y) / 4.0, 0.0, 1.0)
        hold = hold_x[:, None] * hold_y[None, :]
        north = LANE_BEND_M * np.sin(2 * np.pi * lattice.along_x[x] / 260.0 + phase[0])
        east = LANE_BEND_M * np.sin(2 * np.pi * lattice.along_y[y] / 220.0 + phase[1])
        part = lattice.xy[x[0] : x[-1] + 1, y[0] : y[-1] + 1]
        part[..., 0] += np.round(east[None, :] * hold, 3)
        part[..., 1] += np.round(north[:, None] * hold, 3)
        np.round(part, 3, out=part)


def fill_blocks(lattice: Lattice, uses: NDArray[np.int8], keep: NDArray[np.bool_], seed: int) -> Blocks:
    """Give every kept block a template and lay it on the lattice. Blocks are ordered by row, then column."""
    j, i = (axis.astype(np.int64) for axis in np.nonzero(keep.T))
    use = uses[i, j]
    nx = lattice.gx[i + 1] - lattice.gx[i] - 2
    ny = lattice.gy[j + 1] - lattice.gy[j] - 2
    # A block's variant follows from its place alone, so that another extent keeps the middle as it was.
    variant = (i * 7 + j * 13 + (i * j) % 5) % VARIANTS
    keys = np.stack([use.astype(np.int64), nx, ny, variant], axis=1)
    unique, which = np.unique(keys, axis=0, return_inverse=True)
    which = which.ravel()
    templates = [_template(tuple(int(v) for v in key), seed) for key in unique]
    cell_block, cells = _lay([t.cells for t in templates], which)
    parcel_block, parcels = _lay([t.parcels for t in templates], which)
    road_block, roads = _lay([t.roads for t in templates], which)
    counts = np.bincount(parcel_block, minlength=len(i))
    first_parcel = np.concatenate([[0], np.cumsum(counts)[:-1]])
    cells[:, 5] += first_parcel[cell_block]
    units = _widened(cells, nx[cell_block], ny[cell_block])
    for table, block in ((cells, cell_block), (units, cell_block), (parcels, parcel_block), (roads, road_block)):
        table[:, [0, 2]] += (lattice.gx[i] + 1)[block][:, None]
        table[:, [1, 3]] += (lattice.gy[j] + 1)[block][:, None]
    parcels[:, 6] += (lattice.gx[i] + 1)[parcel_block]
    return Blocks(i, j, use, cell_block, cells, units, parcel_block, parcels, road_block, roads)


def _template(key: tuple[int, ...], seed: int) -> Template:
    use, nx, ny, _ = key
    return cut_block(Block(use), nx, ny, np.random.default_rng([seed, 11, *key]))


def _lay(tables: list[NDArray[np.int16]], which: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Repeat each block's template table: (block of each row, rows)."""
    sizes = np.array([len(table) for table in tables])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    stacked = np.concatenate(tables).astype(np.int64)
    counts = sizes[which]
    block = np.repeat(np.arange(len(which)), counts)
    offset = np.arange(len(block)) - np.repeat(np.cumsum(counts) - counts, counts)
    return block, stacked[starts[which][block] + offset]


def _widened(cells: NDArray[np.int64], nx: NDArray[np.int64], ny: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rectangles that reach one lattice line further where they touch the edge of the block."""
    units = cells[:, :4].copy()
    units[:, 0] -= cells[:, 0] == 0
    units[:, 1] -= cells[:, 1] == 0
    units[:, 2] += cells[:, 2] == nx
    units[:, 3] += cells[:, 3] == ny
    return units
