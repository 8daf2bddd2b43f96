"""Units that stay together: those of one compound (小区)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

# Between these shares a unit is on the fence: a person should look at it.
_FENCE: tuple[float, float] = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class Groups:
    """The compound of each unit.

    Attributes
    ----------
    compound : int32 (u,), −1 for none.
    share : float64 (u,), how much of the unit's buildings (of its ground, where it has none) the compound holds.
    fence : bool (u,), a compound holds between a tenth and nine tenths of it.
    """

    compound: NDArray[np.int32]
    share: NDArray[np.float64]
    fence: NDArray[np.bool_]


def group_units(
    polygons: NDArray[np.object_],
    buildings: NDArray[np.object_],
    unit_of_building: NDArray[np.int32],
    compounds: NDArray[np.object_],
) -> Groups:
    """Give each unit the compound that holds most of its buildings, at least half.

    Parameters
    ----------
    polygons : object (u,), units, metres.
    buildings : object (n,), footprints or None; those without area count by the unit's ground.
    unit_of_building : int32 (n,), −1 for none.
    compounds : object (c,), polygons; they may overlap: of two with equal shares the smaller one has the unit.
    """
    units = len(polygons)
    rows = np.flatnonzero((unit_of_building >= 0) & (shapely.area(buildings) > 0))
    order = rows[np.lexsort((shapely.area(buildings[rows]), unit_of_building[rows]))]
    shapes = shapely.make_valid(buildings[order], method="structure", keep_collapsed=False)
    owner = unit_of_building[order].astype(np.int64)
    bare = np.setdiff1d(np.arange(units), owner)
    shapes, owner = np.concatenate([shapes, polygons[bare]]), np.concatenate([owner, bare])
    whole = np.bincount(owner, shapely.area(shapes), minlength=units)
    clean = shapely.make_valid(compounds, method="structure", keep_collapsed=False)
    shape, compound = shapely.STRtree(clean).query(shapes, predicate="intersects")
    place = np.lexsort((compound, shape))
    shape, compound = shape[place], compound[place]
    held = shapely.area(shapely.intersection(shapes[shape], clean[compound]))
    pair, where = np.unique(np.stack([owner[shape], compound], axis=1), axis=0, return_inverse=True)
    share = np.bincount(where.ravel(), held, minlength=len(pair)) / np.maximum(whole[pair[:, 0]], 1e-9)
    best = np.full(units, -1, dtype=np.int32)
    best_share = np.zeros(units)
    # The best one last: the greatest share, of equal ones the smallest compound, of equal ones the first.
    last = np.lexsort((-pair[:, 1], -shapely.area(clean[pair[:, 1]]), np.round(share, 9), pair[:, 0]))
    best[pair[last, 0]], best_share[pair[last, 0]] = pair[last, 1], share[last]
    fence = np.zeros(units, dtype=bool)
    unsure = (share > _FENCE[0]) & (share < _FENCE[1])
    # A unit wholly inside one compound is not in doubt because it reaches a little into another.
    fence[pair[unsure, 0]] = True
    fence &= best_share < _FENCE[1]
    best[best_share < 0.5] = -1
    return Groups(best, np.where(best >= 0, best_share, 0.0), fence)
