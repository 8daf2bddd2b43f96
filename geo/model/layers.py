"""Tables of features as they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Layer:
    """A table of features as it was read: column names are the file's, nothing is interpreted yet.

    Attributes
    ----------
    geometry : object (n,), shapely geometries or None; in `crs`.
    fields : column name -> array (n,).
    crs : what pyproj understands ("EPSG:4490", WKT), or None if the file names none.
    source : path and layer, for messages.
    """

    geometry: NDArray[np.object_]
    fields: Mapping[str, NDArray[Any]]
    crs: str | None
    source: str
