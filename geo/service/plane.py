"""Metres to build units in, whatever system the files are in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_

_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Plane:
    """Metres for building units in. Degrees are only scaled, so that a straight border stays straight on the way back.

    A map projection would bend it: 0.1 m over 3 km, and the units would no longer cover the boundary that was given.
    Over a district the scale is off by less than one part in a thousand. Feet and web Mercator are scaled as well.
    """

    origin: tuple[float, float]
    scale: tuple[float, float]

    @classmethod
    def of(cls, outline: shapely.Geometry, crs: str) -> Plane:
        """The plane of an area: as it is in a projected CRS in metres, else scaled about its centre."""
        west, south, east, north = shapely.bounds(outline)
        lon, lat = (west + east) / 2, (south + north) / 2
        if not crs_.is_geographic(crs):
            unit = crs_.metres_per_unit(lon, lat, crs=crs)
            return cls((0.0, 0.0), (1.0, 1.0)) if unit == 1.0 else cls((lon, lat), (unit, unit))
        return cls((lon, lat), (_METRES_PER_DEGREE * float(np.cos(np.radians(lat))), _METRES_PER_DEGREE))

    def flatten(self, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
        """From the CRS to the plane."""
        if self.scale == (1.0, 1.0):
            return geometry
        flat: NDArray[np.object_] = shapely.transform(geometry, lambda xy: (xy - self.origin) * self.scale)
        return flat

    def unflatten(self, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
        """From the plane back to the CRS."""
        if self.scale == (1.0, 1.0):
            return geometry
        back: NDArray[np.object_] = shapely.transform(geometry, lambda xy: xy / self.scale + self.origin)
        return back
