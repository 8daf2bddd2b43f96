"""Where nobody counted the people: floor area, the ground that each record claims times its floors."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray


def own_ground(buildings: NDArray[np.object_]) -> NDArray[np.float64]:
    """Ground of each record, m², where ground that several records claim counts once, for the smallest of them.

    An outline and the parts drawn inside it (building:part) give the whole ground once; of exact copies the one that
    sorts first has all of it.

    Parameters
    ----------
    buildings : object (n,), footprints in canonical order, or None; points have none.
    """
    areal = np.flatnonzero(shapely.area(buildings) > 0)
    shapes = shapely.make_valid(buildings[areal], method="structure", keep_collapsed=False)
    area = shapely.area(shapes)
    out = np.zeros(len(buildings))
    out[areal] = area
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    smaller = (area[j] < area[i]) | ((area[j] == area[i]) & (j < i))
    i, j = i[smaller], j[smaller]
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    starts = np.flatnonzero(np.diff(i, prepend=-1))
    for low, high in pairwise([*starts, len(i)]):
        k = i[low]
        left = shapely.difference(shapes[k], shapely.union_all(shapes[j[low:high]]))
        out[areal[k]] = shapely.area(left)
    return out
