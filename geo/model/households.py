"""Households as a register has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class HouseholdRows:
    """Rows of a register of households, or of buildings with their number of households; in file order.

    Attributes
    ----------
    ids : object (n,), unique strings.
    point : object (n,), Points in `crs`, or None where the row says no place.
    crs : of the points; None if the file names none.
    building, stairwell, compound : object (n,), strings, "" where unknown.
    floor : float64 (n,), NaN where unknown.
    grid : object (n,), code of the grid, "" where unknown; None if no column says it.
    anchor : bool (n,), True for a centre (中心户); None if no column says it.
    count : int64 (n,), households of the row; None if each row is one.
    stairwells, floors : int64 (n,), of the row's building, at least 1; None if no column says it.
    source : path and layer, for messages.
    """

    ids: NDArray[np.object_]
    point: NDArray[np.object_]
    crs: str | None
    building: NDArray[np.object_]
    stairwell: NDArray[np.object_]
    floor: NDArray[np.float64]
    grid: NDArray[np.object_] | None
    anchor: NDArray[np.bool_] | None
    count: NDArray[np.int64] | None
    stairwells: NDArray[np.int64] | None
    floors: NDArray[np.int64] | None
    compound: NDArray[np.object_]
    source: str

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class HouseholdColumns:
    """Which columns of such a file mean what; None for what it does not say."""

    id: str | None = None
    building: str | None = None
    stairwell: str | None = None
    floor: str | None = None
    grid: str | None = None
    anchor: str | None = None
    count: str | None = None
    stairwells: str | None = None
    floors: str | None = None
    lon: str | None = None
    lat: str | None = None
    compound: str | None = None
