"""How far the district reaches: which superblocks of the lattice belong to it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

BUILDINGS_PER_BLOCK: Final = 21.3


def lattice_size(buildings: int) -> tuple[int, int]:
    """Blocks west–east and south–north of a lattice that holds about `buildings` and a few more."""
    blocks = buildings / BUILDINGS_PER_BLOCK * 1.02
    middle = np.sqrt(1.2 * blocks)
    # Of the shapes that are a little wider than high, the one that leaves the fewest blocks over.
    shapes = [(nx, int(np.ceil(blocks / nx))) for nx in range(max(6, int(middle) - 1), int(middle) + 4)]
    nx, ny = min(shapes, key=lambda shape: (shape[0] * shape[1], abs(shape[0] - middle)))
    return nx, max(6, ny)


def choose_extent(counts: NDArray[np.int64], buildings: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Drop blocks from the corners until about `buildings` are left, in one piece without holes.

    Parameters
    ----------
    counts : int64 (nx, ny), buildings of each block.
    """
    nx, ny = counts.shape
    x = np.abs((np.arange(nx) + 0.5) / nx * 2 - 1)[:, None]
    y = np.abs((np.arange(ny) + 0.5) / ny * 2 - 1)[None, :]
    # A high power keeps the sides straight and takes the corners; the noise makes the outline irregular.
    outness = x**6 + y**6 + 0.5 * x * y + rng.uniform(0, 0.06, counts.shape)
    keep = np.ones(counts.shape, dtype=bool)
    total = int(counts.sum())
    for flat in np.argsort(-outness, axis=None, kind="stable"):
        i, j = np.unravel_index(flat, counts.shape)
        least = int(counts[i, j])
        if total - least < buildings - least // 2:
            break
        keep[i, j] = False
        total -= least
    pieces, found = ndimage.label(keep)
    if found > 1:
        sizes = ndimage.sum_labels(keep, pieces, np.arange(1, found + 1))
        keep = pieces == 1 + int(np.argmax(sizes))
    return np.asarray(ndimage.binary_fill_holes(keep), dtype=bool)
