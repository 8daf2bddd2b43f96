"""Faults of polygons that should make a seamless cover, each named by its row, its id and the place."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import GeoError, InvalidBoundary, InvalidCoordinate, InvalidCrs
from geo.files.columns import name_rows

Geometries = NDArray[np.object_]

# Neighbours whose shared line was rounded twice overlap by slivers far below this (measured on census files:
# 0.02 mm wide); a line drawn twice by hand overlaps by decimetres.
_SLIVER_WIDTH_M: Final = 0.001
_SLIVER_AREA_M2: Final = 0.01
_DEGREE_M: Final = 111_320.0
_MAX_PAIRS: Final = 1_000


def check_polygons(geometry: Geometries, ids: NDArray[np.object_], *, source: str) -> None:
    """Refuse rows that are no sound polygon.

    Parameters
    ----------
    geometry : object (n,)
    ids : object (n,), names for the messages
    source : the file, for the messages

    Raises
    ------
    InvalidBoundary
        Missing or empty geometry, another kind of geometry, a polygon that crosses itself.
    InvalidCoordinate
        A coordinate that is not finite.
    """
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    _refuse(missing, "geometry_missing", ids, source)
    kinds = shapely.get_type_id(geometry)
    other = (kinds != shapely.GeometryType.POLYGON) & (kinds != shapely.GeometryType.MULTIPOLYGON)
    if other.any():
        _refuse(other, "geometry_no_polygon", ids, source, kind=geometry[np.flatnonzero(other)[0]].geom_type)
    xy, owner = shapely.get_coordinates(geometry, return_index=True)
    broken = np.zeros(len(geometry), dtype=np.bool_)
    broken[owner[~np.isfinite(xy).all(axis=1)]] = True
    _refuse(broken, "geometry_not_finite", ids, source, error=InvalidCoordinate)
    crossing = ~shapely.is_valid(geometry)
    if crossing.any():
        places = [_place(geometry[row]) for row in np.flatnonzero(crossing)[:1]]
        _refuse(crossing, "geometry_crosses_itself", ids, source, place=places[0])


def check_crs(geometry: Geometries, crs: str, *, source: str) -> None:
    """Refuse coordinates that cannot belong to `crs`.

    Raises
    ------
    InvalidCrs
        Metres declared as degrees or the reverse, another zone, x and y exchanged.
    """
    west, south, east, north = shapely.bounds(geometry).T
    x, y = (west + east) / 2.0, (south + north) / 2.0
    verdict = crs_.fit(x, y, crs=crs)
    if verdict == "fits":
        return
    at = f"{float(x[0]):.10g} {float(y[0]):.10g}"
    key = "crs_axes_swapped" if verdict == "swapped" else "crs_does_not_fit"
    raise InvalidCrs(key, source=source, crs=_short(crs), at=at)


def check_overlaps(
    geometry: Geometries, ids: NDArray[np.object_], crs: str, *, source: str, code: str = "file_units_overlap"
) -> None:
    """Refuse polygons that lie over one another by more than rounding; `code` is the error's, by what they are.

    Raises
    ------
    InvalidBoundary
        Names both polygons of the largest overlap, its area and place; `context["pairs"]` has up to 1,000.
    """
    first, second, area, place = find_overlaps(geometry, crs)
    if not len(first):
        return
    worst = int(np.argmax(area))
    a, b = int(first[worst]), int(second[worst])
    raise InvalidBoundary(
        code,
        source=source,
        count=len(first),
        row=a + 1,
        unit=ids[a],
        other_row=b + 1,
        other=ids[b],
        area_m2=f"{area[worst]:,.2f}",
        place=f"{place[worst][0]:.10g} {place[worst][1]:.10g}",
        pairs=[(str(ids[i]), str(ids[j])) for i, j in zip(first[:_MAX_PAIRS], second[:_MAX_PAIRS], strict=True)],
    )


def find_overlaps(
    geometry: Geometries, crs: str
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Pairs of valid polygons that overlap by more than a sliver.

    Returns
    -------
    first, second : intp (k,), indices with first < second
    area_m2 : float64 (k,)
    place : float64 (k, 2), a point of each overlap in `crs`
    """
    edges = shapely.coverage_invalid_edges(geometry)
    suspect = ~(shapely.is_missing(edges) | shapely.is_empty(edges))
    rows = np.flatnonzero(suspect)
    # A unit inside another one breaks the cover too, but only one of the two may be marked: search from the marked.
    found, other = shapely.STRtree(geometry).query(geometry[rows], predicate="intersects")
    pairs = np.unique(np.sort(np.column_stack([rows[found], other]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    common = shapely.intersection(geometry[pairs[:, 0]], geometry[pairs[:, 1]])
    area, length = shapely.area(common), shapely.length(common)
    point = shapely.point_on_surface(common)
    place = np.column_stack([shapely.get_x(point), shapely.get_y(point)])
    scale_x = scale_y = 1.0
    if not crs_.is_geographic(crs):
        scale_x = scale_y = crs_.metres_per_unit(*place[0].tolist(), crs=crs) if len(pairs) else 1.0
    elif len(geometry):
        middle = float(np.nanmean(shapely.bounds(geometry)[:, [1, 3]]))
        scale_x, scale_y = _DEGREE_M * float(np.cos(np.radians(middle))), _DEGREE_M
    area_m2 = area * scale_x * scale_y
    width_m = np.divide(2.0 * area, length, out=np.zeros_like(area), where=length > 0) * min(scale_x, scale_y)
    real = (area_m2 > _SLIVER_AREA_M2) & (width_m > _SLIVER_WIDTH_M)
    return pairs[real, 0], pairs[real, 1], area_m2[real], place[real]


def _refuse(
    bad: NDArray[np.bool_],
    key: str,
    ids: NDArray[np.object_],
    source: str,
    *,
    error: Callable[..., GeoError] = InvalidBoundary,
    **more: Any,
) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        where = name_rows(rows.tolist(), ids.tolist())
        row = int(rows[0]) + 1
        raise error(key, source=source, rows=where, count=int(rows.size), row=row, unit=ids[row - 1], **more)


def _place(geometry: shapely.Geometry) -> str:
    """Where a polygon is not valid: GEOS says "Self-intersection[117.1 30.2]"."""
    found = re.search(r"\[([^\]]*)\]", shapely.is_valid_reason(geometry))
    return found.group(1) if found else "-"


def _short(crs: str) -> str:
    """The name of a system: its number, or the first name in its WKT."""
    found = re.match(r'\w+\["([^"]*)"', crs)
    return found.group(1) if found else crs
