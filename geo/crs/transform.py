"""Turning coordinates and geometries of one system into another."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import shifted
from geo.crs.names import BD09, CGCS2000, GCJ02, WGS84, canonical, is_geographic, proj_crs, same, transformer
from geo.errors import InvalidCoordinate

Floats = NDArray[np.float64]

_EARTH_RADIUS_M: Final = 6_371_008.8


def to_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str) -> tuple[Floats, Floats, Floats]:
    """Turn coordinates of `crs` into WGS84.

    Parameters
    ----------
    lon, lat : float64 (n,) or any equal shape
        Longitude and latitude in degrees; for a projected `crs` easting (x) and northing (y) in its own unit.
    crs : str
        The system that the coordinates are given in, see `canonical`.

    Returns
    -------
    lon, lat : float64, the shape of the input, degrees WGS84
        NaN where the input is no number or no place on earth in `crs`.
    shift_m : float64, the shape of the input, metres
        How far the conversion moved the point; 0 for a projected `crs`, whose numbers cannot be compared.

    Raises
    ------
    InvalidCrs
        If `crs` is unknown.
    InvalidCoordinate
        If the two arrays differ in shape.
    """
    x, y = pair(lon, lat)
    out_x, out_y = transform_xy(x, y, source=crs, target=WGS84)
    name = canonical(crs)
    if name in (WGS84, CGCS2000) or not is_geographic(name):
        return out_x, out_y, np.where(np.isnan(out_x), np.nan, 0.0)
    return out_x, out_y, shifted.moved_m(x, y, out_x, out_y)


def one_to_wgs84(lon: float, lat: float, *, crs: str) -> tuple[float, float, float]:
    """The same answer as `to_wgs84`, bit by bit, for one point: three floats, without array overhead where possible."""
    name = canonical(crs)
    if name in (WGS84, CGCS2000, GCJ02, BD09):
        if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):  # also true for NaN
            return math.nan, math.nan, math.nan
        return (lon, lat, 0.0) if name in (WGS84, CGCS2000) else shifted.one_to_wgs84(lon, lat, name=name)
    x, y, metres = to_wgs84(lon, lat, crs=name)
    return float(x), float(y), float(metres)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str) -> tuple[Floats, Floats]:
    """Turn WGS84 degrees into coordinates of `crs`: the inverse of `to_wgs84` to less than a millimetre.

    Parameters
    ----------
    lon, lat : float64 (n,) or any equal shape, degrees WGS84
    crs : str
        The system that is wanted, see `canonical`.

    Returns
    -------
    x, y : float64, the shape of the input
        Degrees, or easting and northing in the unit of a projected `crs`; NaN where there is no such place.
    """
    return transform_xy(lon, lat, source=WGS84, target=crs)


def transform_xy(x: ArrayLike, y: ArrayLike, *, source: str, target: str) -> tuple[Floats, Floats]:
    """Turn coordinates of one system into another, x before y in both.

    Parameters
    ----------
    x, y : float64 (n,) or any equal shape
        Longitude, latitude in degrees or easting, northing in the unit of `source`.
    source, target : str
        See `canonical`.

    Returns
    -------
    x, y : float64, the shape of the input, in `target`
        The same point gives the same bits wherever it stands in the input; NaN where it is no place on earth.
    """
    x_in, y_in = pair(x, y)
    start, end = canonical(source), canonical(target)
    if is_geographic(start):
        on_earth = (np.abs(x_in) <= 180.0) & (np.abs(y_in) <= 90.0)
        x_in, y_in = np.where(on_earth, x_in, np.nan), np.where(on_earth, y_in, np.nan)
    if same(start, end):
        lost = ~(np.isfinite(x_in) & np.isfinite(y_in))
        return np.where(lost, np.nan, x_in), np.where(lost, np.nan, y_in)
    if start in (GCJ02, BD09):
        x_in, y_in = shifted.to_wgs84(x_in, y_in, name=start)
        start = WGS84
    middle = WGS84 if end in (GCJ02, BD09) else end
    if not same(start, middle):
        x_in, y_in = _by_proj(x_in, y_in, start, middle)
    if middle != end:
        x_in, y_in = shifted.of_wgs84(x_in, y_in, name=end)
    return x_in, y_in


def _by_proj(x: Floats, y: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    """PROJ's way, with NaN for what it cannot do."""
    moved = _call_proj(x, y, source, target)
    if proj_crs(target).is_bound:
        # Seven parameters act in space, and the plane forgets the height between there and back: that is a millimetre
        # or two. One correction of the way to the local system makes it the inverse of the way from it.
        again = _call_proj(*_call_proj(*moved, target, source), source, target)
        moved = 2.0 * moved[0] - again[0], 2.0 * moved[1] - again[1]
    return moved


def _call_proj(x: Floats, y: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    a, b = (np.asarray(values, dtype=np.float64) for values in transformer(source, target).transform(x, y))
    lost = ~(np.isfinite(a) & np.isfinite(b))  # PROJ says inf
    return np.where(lost, np.nan, a), np.where(lost, np.nan, b)


def project(geometry: Any, *, source: str, target: str) -> Any:
    """Turn geometries of one system into another; the third dimension is dropped.

    Parameters
    ----------
    geometry : shapely geometry, or object (n,) of geometries and None
    source, target : str
        See `canonical`.

    Returns
    -------
    shapely geometry or object (n,)
        Vertices that were equal stay equal bit by bit, so that shared borders stay shared.
    """

    def move(xy: Floats) -> Floats:
        return np.column_stack(transform_xy(xy[:, 0], xy[:, 1], source=source, target=target))

    if same(canonical(source), canonical(target)):
        return shapely.force_2d(geometry)
    return shapely.transform(geometry, move)


def distance_m(lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike) -> Floats:
    """Great-circle distance in metres between points in degrees (haversine on the mean sphere, good to 0.5 %)."""
    a_x, a_y, b_x, b_y = (np.radians(np.asarray(value, dtype=np.float64)) for value in (lon_a, lat_a, lon_b, lat_b))
    h = np.sin((b_y - a_y) / 2.0) ** 2 + np.cos(a_y) * np.cos(b_y) * np.sin((b_x - a_x) / 2.0) ** 2
    return np.asarray(2.0 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0))), dtype=np.float64)


def pair(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Both as float64 arrays of one shape."""
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.shape != b.shape:
        raise InvalidCoordinate("crs_shapes_differ", got_x=a.shape, got_y=b.shape)
    return a, b
