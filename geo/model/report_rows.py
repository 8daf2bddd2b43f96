"""Reports as columns: what counting them by grid, topic and time needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ReportRows:
    """Issues by ascending id, and the number of the last line of the log of cases that they include.

    Attributes
    ----------
    id, plan : int64; plan 0 where an issue came in under none.
    lon, lat : float64, degrees WGS84, NaN where an issue has no place.
    reported : int64, seconds since 1970 (UTC).
    words : "where", "method", "grid", "department", "scheme", "kind", "category" and "address" -> object (n,); "" for
        none.
    """

    stamp: int
    id: NDArray[np.int64]
    plan: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    reported: NDArray[np.int64]
    words: dict[str, NDArray[np.object_]]
