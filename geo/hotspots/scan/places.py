"""Where the counts stand: distinct places in an order of their own, and what lies around each of them.

Rows at the same point are one place, and places are ordered by their coordinates: an answer does not depend on the
order of the rows, and neither does what a seed draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import InvalidCoordinate, InvalidInput

# Kulldorff's radius of the earth, so that a circle of a published analysis holds the same places here.
EARTH_M = 6_367_000.0


@dataclass(frozen=True, eq=False)
class Places:
    """Distinct points.

    Attributes
    ----------
    points : float64 (n_places, 2 or 3), the plane, or metres from the earth's centre; in lexicographic order.
    of_row : int64 (n_rows,), the place of each row.
    on_earth : whether the points stand on the globe.
    """

    points: NDArray[np.float64]
    of_row: NDArray[np.int64]
    on_earth: bool

    @property
    def count(self) -> int:
        """How many places there are."""
        return len(self.points)

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of (n_rows,) or (n_rows, k) over the rows of each place, added in an order that rows do not change."""
        columns = values.reshape(len(values), int(np.prod(values.shape[1:])))
        sums = np.zeros((self.count, columns.shape[1]))
        for column in range(columns.shape[1]):
            order = np.lexsort((columns[:, column], self.of_row))
            sums[:, column] = np.bincount(self.of_row[order], columns[order, column], minlength=self.count)
        return sums.reshape((self.count, *values.shape[1:]))

    def distances(self, place: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
        """Metres along the globe, or plane units, from a place to others."""
        line = np.sqrt(((self.points[others] - self.points[place]) ** 2).sum(axis=1))
        if self.on_earth:
            line = 2.0 * EARTH_M * np.arcsin(np.minimum(line / (2.0 * EARTH_M), 1.0))
        return np.asarray(line, dtype=np.float64)

    def straight(self, radius: float) -> float:
        """The straight line below an arc of `radius` metres on the globe; the radius itself on a plane."""
        if not self.on_earth:
            return radius
        return 2.0 * EARTH_M * float(np.sin(min(radius / (2.0 * EARTH_M), np.pi / 2)))


def find_places(
    rows: int,
    *,
    x: ArrayLike | None,
    y: ArrayLike | None,
    lon: ArrayLike | None,
    lat: ArrayLike | None,
) -> Places:
    """Places of `rows` rows, given either as x, y on a plane or as lon, lat in degrees.

    Raises
    ------
    InvalidInput
        If not exactly one of the two pairs is given, or lengths differ.
    InvalidCoordinate
        If a coordinate is no finite number, or no place on earth.
    """
    plane, globe = x is not None and y is not None, lon is not None and lat is not None
    if plane == globe or (x is None) != (y is None) or (lon is None) != (lat is None):
        raise InvalidInput("hotspot_one_pair_of_coordinates")
    names = ("x", "y") if plane else ("lon", "lat")
    given = [np.asarray(values, dtype=np.float64) for values in ((x, y) if plane else (lon, lat))]
    for name, values, limit in zip(names, given, (np.inf, np.inf) if plane else (180.0, 90.0), strict=True):
        if values.ndim != 1:
            raise InvalidInput("hotspot_bad_shape", field=name, shape=values.shape)
        if len(values) != rows:
            raise InvalidInput("hotspot_lengths_differ", field=name, got=len(values), wanted=rows)
        bad = np.flatnonzero(~(np.isfinite(values) & (abs(values) <= limit)))
        if len(bad):
            raise InvalidCoordinate(
                "hotspot_bad_coordinate", field=name, row=int(bad[0]) + 1, value=float(values[bad[0]])
            )
    points = np.column_stack(given) if plane else _on_globe(*given)
    # −0 and 0 are the same place.
    distinct, of_row = np.unique(points + 0.0, axis=0, return_inverse=True)
    return Places(distinct, of_row.reshape(-1).astype(np.int64), globe)


def _on_globe(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    east, north = np.radians(lon), np.radians(lat)
    return EARTH_M * np.column_stack((np.cos(east) * np.cos(north), np.sin(east) * np.cos(north), np.sin(north)))
