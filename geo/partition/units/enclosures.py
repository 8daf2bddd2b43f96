"""The boundary cut by barriers, and the enclosure that each building belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.partition.units.inputs import usable

# A point this near to an edge does not tell which side it is on.
_ON_EDGE_M = 1e-6
# A face under this comes from two lines that nearly coincide, not from the ground.
_SLIVER_M2 = 1e-3
# An anchor of a cut footprint stands this far inside it.
_INSIDE_M = 0.05


@dataclass(frozen=True, eq=False)
class Enclosures:
    """Pieces of the area between barriers.

    Attributes
    ----------
    polygons : object (e,), Polygon; together the boundary's area.
    water : bool (e,), inside a water polygon.
    dangles : object (d,), lines inside the boundary that end without cutting off a piece.
    """

    polygons: NDArray[np.object_]
    water: NDArray[np.bool_]
    dangles: NDArray[np.object_]


def make_enclosures(
    boundary: BaseGeometry, lines: NDArray[np.object_], ponds: BaseGeometry, grid_m: float
) -> Enclosures:
    """Node barriers and boundary together and take the faces inside the boundary.

    Parameters
    ----------
    boundary : Polygon or MultiPolygon, valid, metres.
    lines : object (m,), single lines of the barriers and of the water's edge, in canonical order.
    ponds : all water as one geometry.
    grid_m : noding grid, 0 for plain floating point.
    """
    shapely.prepare(boundary)
    near = lines[shapely.intersects(boundary, lines)]
    net = shapely.union_all([*near, boundary.boundary], grid_size=grid_m or None)
    faces, cuts, dangles, rest = shapely.polygonize_full([net])
    polygons = shapely.get_parts(faces)
    polygons = polygons[find_holders(polygons, np.array([boundary], dtype=object), boundary) >= 0]
    loose = np.concatenate([shapely.get_parts(kind) for kind in (cuts, dangles, rest)])
    loose = loose[shapely.contains_properly(boundary, shapely.line_interpolate_point(loose, 0.5, normalized=True))]
    return Enclosures(polygons, _wet(polygons, ponds), loose)


def find_holders(
    faces: NDArray[np.object_], polygons: NDArray[np.object_], boundary: BaseGeometry
) -> NDArray[np.int64]:
    """The polygon that holds each face, int64 (faces,), −1 for none.

    Parameters
    ----------
    faces : object (faces,), Polygon; none crosses the edge of a polygon, but for the last digits.
    polygons : object (e,), disjoint.
    boundary : the outline of them all.
    """
    # A point inside decides, unless it lies on an edge: between two nearly equal lines a face has hair-thin spikes,
    # and its inner point may stand in one. Then the shared area decides.
    points = shapely.point_on_surface(faces)
    out = np.full(len(faces), -1, dtype=np.int64)
    tree = shapely.STRtree(polygons)
    face, holder = tree.query(points, predicate="dwithin", distance=_ON_EDGE_M)
    out[face] = holder
    rim = boundary.boundary
    shapely.prepare(rim)
    unsure = np.flatnonzero((np.bincount(face, minlength=len(faces)) > 1) | shapely.dwithin(rim, points, _ON_EDGE_M))
    # Of a hair-thin face no share is exact: it keeps a polygon beside it, lest a gap be left.
    out[unsure[shapely.area(faces[unsure]) >= _SLIVER_M2]] = -1
    face, holder = tree.query(faces[unsure], predicate="intersects")
    shared = shapely.area(shapely.intersection(faces[unsure[face]], polygons[holder]))
    enough = shared > shapely.area(faces[unsure[face]]) / 2
    order = np.lexsort((-holder[enough], shared[enough]))  # the largest last, the first polygon last between equals
    out[unsure[face[enough][order]]] = holder[enough][order]
    return out


def join_water(water: NDArray[np.object_]) -> BaseGeometry:
    """All areas of water as one geometry, so that the tiles that a river was cut into leave no seams."""
    areas = water[usable(water) & (shapely.get_dimensions(water) == 2)]
    ponds: BaseGeometry = shapely.union_all(shapely.make_valid(areas, method="structure", keep_collapsed=False))
    return ponds


def _wet(polygons: NDArray[np.object_], ponds: BaseGeometry) -> NDArray[np.bool_]:
    """Bool (e,), True where a polygon lies in water."""
    wet = np.zeros(len(polygons), dtype=bool)
    shapely.prepare(ponds)
    near = np.flatnonzero(shapely.intersects(ponds, polygons))
    wet[near] = shapely.area(shapely.intersection(ponds, polygons[near])) > shapely.area(polygons[near]) / 2
    return wet


def as_lines(geometries: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Single lines of whatever is given, and the row of each: polygons count by their rings, points not at all."""
    rows = np.flatnonzero(usable(geometries))
    parts, row = shapely.get_parts(geometries[rows], return_index=True)
    parts, again = shapely.get_parts(parts, return_index=True)  # a collection may hold a collection
    row = rows[row[again]]
    areal, linear = shapely.get_dimensions(parts) == 2, shapely.get_dimensions(parts) == 1
    rings, of_ring = shapely.get_rings(parts[areal], return_index=True)
    return np.concatenate([parts[linear], rings]), np.concatenate([row[linear], row[areal][of_ring]])


@dataclass(frozen=True, eq=False)
class Seats:
    """The part of each footprint that makes a unit, and where.

    Attributes
    ----------
    enclosure : int32 (f,), −1 where the footprint lies in none.
    part : object (f,), the footprint within its enclosure; None where there is none.
    anchor : object (f,), a Point in the part, away from its edge where it was cut; None where there is none.
    cut : bool (f,), some of the footprint lies elsewhere.
    """

    enclosure: NDArray[np.int32]
    part: NDArray[np.object_]
    anchor: NDArray[np.object_]
    cut: NDArray[np.bool_]


def seat_footprints(footprints: NDArray[np.object_], enclosures: NDArray[np.object_], min_m2: float) -> Seats:
    """Give each footprint to the enclosure that holds most of it; only that part makes a unit.

    A part under `min_m2` makes none: the caller counts such a building where it stands.
    """
    count = len(footprints)
    home = np.full(count, -1, dtype=np.int32)
    part = np.full(count, None, dtype=object)
    cut = np.zeros(count, dtype=bool)
    tree = shapely.STRtree(enclosures)
    whole, holder = tree.query(footprints, predicate="covered_by")
    home[whole], part[whole] = holder, footprints[whole]
    rest = np.flatnonzero(home < 0)
    row, holder = tree.query(footprints[rest], predicate="intersects")
    row = rest[row]
    pieces = shapely.intersection(footprints[row], enclosures[holder])
    area = shapely.area(pieces)
    # Largest area first within a footprint; equal areas go to the first enclosure.
    order = np.lexsort((holder, -area, row))
    first = order[np.unique(row[order], return_index=True)[1]]
    first = first[area[first] >= min_m2]
    home[row[first]] = holder[first]
    for k in first:
        parts = shapely.get_parts(pieces[k])
        parts = parts[shapely.get_dimensions(parts) == 2]
        part[row[k]] = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
        cut[row[k]] = shapely.area(footprints[row[k]]) - area[k] > 1e-6
    return Seats(home, part, _anchors(part, cut), cut)


def _anchors(part: NDArray[np.object_], cut: NDArray[np.bool_]) -> NDArray[np.object_]:
    """A point in the largest polygon of each part."""
    shapes = part.copy()
    inner = shapely.buffer(part[cut], -_INSIDE_M, join_style="mitre")
    shapes[cut] = np.where(shapely.is_empty(inner), part[cut], inner)
    for k in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        pieces = shapely.get_parts(shapes[k])
        shapes[k] = pieces[np.argmax(shapely.area(pieces))]
    return np.asarray(shapely.point_on_surface(shapes), dtype=object)
