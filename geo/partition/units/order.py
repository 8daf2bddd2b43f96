"""One order for the same geometries, whatever order they came in."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray


def canonical_order(geometries: NDArray[np.object_], names: NDArray[np.object_] | None = None) -> NDArray[np.intp]:
    """Indices that sort geometries from west to east, then south to north, then by their exact bytes.

    Parameters
    ----------
    geometries : object (n,), shapely geometries or None.
    names : object (n,), strings that decide between equal geometries; without them those stay in the order given.

    Returns
    -------
    intp (n,)
    """
    bounds = np.nan_to_num(shapely.bounds(geometries), nan=np.inf)
    west, south = bounds[:, 0].tolist(), bounds[:, 1].tolist()
    wkb = [b"" if value is None else value for value in shapely.to_wkb(geometries)]
    tie = [""] * len(wkb) if names is None else names.tolist()
    order = sorted(range(len(wkb)), key=lambda k: (west[k], south[k], wkb[k], tie[k]))
    return np.asarray(order, dtype=np.intp)


def natural(name: str) -> tuple[int, str]:
    """Sort key that puts "9" before "10"."""
    return len(name), name
