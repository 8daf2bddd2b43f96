"""Geometry as short lists of whole numbers: micro-degrees from the page's origin, each point as a step from the last.

A page of some thousand features stays small this way: 1e-6 degrees are 0.11 m, well under a pixel at every zoom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

SCALE: Final = 1e6
_M_PER_DEGREE: Final = 111_195.0
_FINE_DEG: Final = 1e-9  # 0.1 mm

Flat = list[int]


@dataclass(frozen=True)
class Encoder:
    """Writes WGS84 geometry relative to an origin (degrees)."""

    lon0: float
    lat0: float

    @classmethod
    def around(cls, geometries: Sequence[BaseGeometry]) -> Encoder:
        """An encoder whose origin is the south-west corner of `geometries` (0, 0 if there are none)."""
        bounds = shapely.total_bounds(np.array(geometries, dtype=object)) if len(geometries) else np.full(4, np.nan)
        if np.isnan(bounds).any():
            return cls(0.0, 0.0)
        return cls(float(np.floor(bounds[0] * 1e3) / 1e3), float(np.floor(bounds[1] * 1e3) / 1e3))

    def point(self, lon: float, lat: float) -> tuple[int, int]:
        """One point, absolute."""
        return round((lon - self.lon0) * SCALE), round((lat - self.lat0) * SCALE)

    def flat(self, coordinates: NDArray[np.float64]) -> Flat:
        """A line: first point absolute, the others as steps; points that fall together are written once."""
        if not len(coordinates):
            return []
        whole = np.rint((coordinates - (self.lon0, self.lat0)) * SCALE).astype(np.int64)
        steps = np.diff(whole, axis=0)
        kept = np.concatenate([whole[:1], steps[(steps != 0).any(axis=1)]])
        flat: Flat = kept.ravel().tolist()
        return flat

    def rings(self, geometry: BaseGeometry | None) -> list[Flat]:
        """All rings of a polygonal geometry, holes too (they are filled by the even-odd rule), each left open."""
        if geometry is None or geometry.is_empty:
            return []
        polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
        rings = shapely.get_rings(np.array(polygons, dtype=object))
        return [self.flat(shapely.get_coordinates(ring)[:-1]) for ring in rings]

    def lines(self, geometry: BaseGeometry | None) -> list[Flat]:
        """All lines of a linear geometry; the outlines of a polygonal one."""
        if geometry is None or geometry.is_empty:
            return []
        out: list[Flat] = []
        for part in shapely.get_parts(geometry):
            whole = shapely.boundary(part) if part.geom_type == "Polygon" else part
            out += [
                self.flat(shapely.get_coordinates(line))
                for line in shapely.get_parts(whole)
                if line.geom_type in ("LineString", "LinearRing")
            ]
        return [line for line in out if len(line) >= 4]


def poles(geometries: Sequence[BaseGeometry], avoid: BaseGeometry | None = None) -> list[tuple[float, float, float]]:
    """The pole of inaccessibility of each polygon, or a more central place with nearly as much room, for its label.

    Parameters
    ----------
    geometries : WGS84 polygons.
    avoid : what the label should stay clear of (water); ignored for a polygon that it covers.

    Returns
    -------
    list of (lon, lat, radius_m); the centre of a polygon that is empty is NaN.
    """
    out: list[tuple[float, float, float]] = []
    for shape in geometries:
        if shape is None or shape.is_empty:
            out.append((float("nan"), float("nan"), 0.0))
            continue
        clear = shape
        if avoid is not None and shape.intersects(avoid):
            rest = shape.difference(avoid)
            clear = shape if rest.area < 0.2 * shape.area else rest
        # Degrees of longitude are shorter than those of latitude: widen x so that a circle is a circle.
        shrink = max(0.05, float(np.cos(np.radians(shape.centroid.y))))
        flat = affinity.scale(clear, xfact=shrink, yfact=1.0, origin=(0, 0))
        west, south, east, north = flat.bounds
        size = max(east - west, north - south)
        circle = shapely.maximum_inscribed_circle(np.array([flat], dtype=object), tolerance=size / 60)[0]
        x, y, radius = _central(flat, shapely.get_coordinates(circle)[0], circle.length)
        out.append((x / shrink, y, radius * _M_PER_DEGREE))
    return out


def _central(shape: BaseGeometry, pole: NDArray[np.float64], radius: float) -> tuple[float, float, float]:
    """The place nearest to the centroid, on the way from the pole, that has nearly as much room.

    In a long shape the pole may lie at either end, and a label there looks as if it were the neighbour's.
    """
    middle = np.array([shape.centroid.x, shape.centroid.y])
    places = middle + np.linspace(0, 1, 9)[:, None] * (pole - middle)
    points = shapely.points(places)
    room = np.where(shapely.contains(shape, points), shapely.distance(points, shape.boundary), 0.0)
    room[-1] = radius
    best = int(np.argmax(room >= 0.88 * radius))
    return float(places[best, 0]), float(places[best, 1]), float(room[best])


def polygons_only(geometries: Iterable[BaseGeometry | None]) -> list[BaseGeometry]:
    """Those of `geometries` that have an area."""
    return [g for g in geometries if g is not None and g.geom_type in ("Polygon", "MultiPolygon") and not g.is_empty]


def joined(shapes: Sequence[BaseGeometry] | NDArray[np.object_]) -> BaseGeometry:
    """The union of polygons that need not fit: nets of elsewhere, moved to WGS84, may cross themselves by a hair."""
    try:
        whole: BaseGeometry = shapely.union_all(np.array(shapes, dtype=object))
    except shapely.GEOSException:
        sound = shapely.make_valid(np.array(shapes, dtype=object), method="structure", keep_collapsed=False)
        whole = shapely.union_all(sound, grid_size=_FINE_DEG)
    return whole
