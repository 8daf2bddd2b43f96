"""Shapes on their way into the database: WGS84, in the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import project
from geo.errors import InvalidInput

WGS84: Final = "EPSG:4326"


def to_wgs84(shapes: Sequence[tuple[str, Any]], crs: str, *, missing: bool = False) -> NDArray[np.object_]:
    """Named geometries in WGS84 and the plane (a height has no meaning here); WGS84 input keeps every bit.

    Raises
    ------
    InvalidInput
        A geometry is None and `missing` does not allow it; names it.
    """
    array = np.empty(len(shapes), dtype=object)
    for i, (name, shape) in enumerate(shapes):
        if shape is None and not missing:
            raise InvalidInput("store_geometry_missing", what=name)
        array[i] = shape
    flat = np.asarray(shapely.force_2d(array), dtype=object)
    there = ~shapely.is_missing(flat)
    if crs != WGS84 and there.any():
        flat[there] = project(flat[there], source=crs, target=WGS84)
    return flat
