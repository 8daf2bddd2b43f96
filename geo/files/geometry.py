"""Bytes and texts of geometry as shapely values: what cannot be decoded is missing, and is named by its row later."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray


def from_wkb(values: Any) -> NDArray[np.object_]:
    """Geometries (n,) in two dimensions from WKB; None for what is no WKB."""
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are looked for by `shapes`
        return np.asarray(shapely.force_2d(shapely.from_wkb(values, on_invalid="ignore")), dtype=object)


def from_wkt(values: Any) -> NDArray[np.object_]:
    """Geometries (n,) in two dimensions from WKT; None for what is no WKT."""
    with np.errstate(invalid="ignore"):
        return np.asarray(shapely.force_2d(shapely.from_wkt(values, on_invalid="ignore")), dtype=object)
