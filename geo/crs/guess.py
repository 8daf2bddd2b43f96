"""Telling by the numbers what a system may be: a fitting projection, swapped axes, the wrong system."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs.names import BD09, CHINA_BOX, GCJ02, WGS84, area_of_use, canonical, inside, is_geographic
from geo.crs.transform import pair, transform_xy
from geo.errors import InvalidCoordinate

Floats = NDArray[np.float64]

# where people live; telling a swapped pair from an arctic place needs the tighter box
_CHINA_TIGHT: Final = (73.4, 17.9, 135.1, 53.6)
_AREA_MARGIN_DEG: Final = 5.0
# Zones of 3° and 6° are true to a tenth of it.
_USUAL_SCALE: Final = 0.01


def metric_crs(lon: ArrayLike, lat: ArrayLike) -> str:
    """Name the projected system in metres that fits a place.

    Parameters
    ----------
    lon, lat : float or float64 (n,), degrees WGS84
        A place, or the points of an area: the middle of their extent decides.

    Returns
    -------
    str
        Inside `CHINA_BOX` the 3° Gauss–Krüger zone of CGCS2000 without the zone in the easting (EPSG:4534–4554),
        elsewhere the UTM zone, or the polar stereographic system beyond 84° N and 80° S.

    Raises
    ------
    InvalidCoordinate
        If no point is a place on earth.
    """
    x, y = pair(lon, lat)
    good = np.isfinite(x) & np.isfinite(y) & (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    if not good.any():
        raise InvalidCoordinate("crs_no_centre")
    x, y = x[good], y[good]
    middle_x, middle_y = float(x.min() + x.max()) / 2.0, float(y.min() + y.max()) / 2.0
    if inside(CHINA_BOX, middle_x, middle_y):
        zone = min(max(int(np.floor(middle_x / 3.0 + 0.5)), 25), 45)
        return f"EPSG:{4534 + zone - 25}"
    if middle_y > 84.0 or middle_y < -80.0:
        return "EPSG:32661" if middle_y > 0.0 else "EPSG:32761"
    zone = min(int((middle_x + 180.0) // 6.0) + 1, 60)
    return f"EPSG:{(32600 if middle_y >= 0.0 else 32700) + zone}"


def looks_swapped(lon: ArrayLike, lat: ArrayLike) -> bool:
    """True if degrees were most likely given as latitude, longitude.

    A point counts if its latitude is impossible and the swapped pair is not, or if only the swapped pair lies in
    China. Most of the usable points must count: one slip does not condemn a file.
    """
    x, y = pair(lon, lat)
    count = int(np.count_nonzero(swapped_rows(x, y)))
    return count > 0 and 2 * count > int(np.count_nonzero(np.isfinite(x) & np.isfinite(y)))


def swapped_rows(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """True (n,) for each point that `looks_swapped` would count; False for what is no number."""
    x, y = pair(lon, lat)
    usable = np.isfinite(x) & np.isfinite(y)
    impossible = (np.abs(y) > 90.0) & (np.abs(y) <= 180.0) & (np.abs(x) <= 90.0)
    only_swapped = inside(_CHINA_TIGHT, y, x) & ~inside(_CHINA_TIGHT, x, y)
    return np.asarray(usable & (impossible | only_swapped), dtype=np.bool_)


def fit(x: ArrayLike, y: ArrayLike, *, crs: str) -> Literal["fits", "swapped", "outside"]:
    """Say whether coordinates can belong to `crs` at all.

    Parameters
    ----------
    x, y : float64 (n,), in the unit of `crs`, x before y
    crs : str
        See `canonical`.

    Returns
    -------
    "fits", "swapped" or "outside"
        "fits" if most points are places on earth within 5° of the area that the system is made for; "swapped" if
        they are so with x and y exchanged only.
    """
    a, b = pair(x, y)
    if is_geographic(crs) and looks_swapped(a, b):
        return "swapped"
    if _share_in_area(a, b, crs) > 0.5:
        return "fits"
    return "swapped" if _share_in_area(b, a, crs) > 0.5 else "outside"


def metres_per_unit(x: float, y: float, *, crs: str) -> float:
    """What one unit of a projected system is on the ground at a place: in feet 0.3048, in web Mercator cos φ.

    Parameters
    ----------
    x, y : in the unit of `crs`.

    Returns
    -------
    float
        Exactly 1 for a system in metres that is off by less than 1 % there, as zones of 3° and 6° are.
    """
    from pyproj import Geod

    # East and north apart by 100: web Mercator stretches them a little differently, so that areas come out right.
    lon, lat = transform_xy([x - 50.0, x + 50.0, x, x], [y, y, y - 50.0, y + 50.0], source=crs, target=WGS84)
    east, north = Geod(ellps="WGS84").inv(lon[::2], lat[::2], lon[1::2], lat[1::2])[2]
    metres = float(np.sqrt(east * north)) / 100.0
    return metres if abs(metres - 1.0) > _USUAL_SCALE else 1.0


def choose(x: ArrayLike, y: ArrayLike, *, own: str | None, named: str | None) -> str | None:
    """The system of one file of several: its own, but where it names none, cannot name it, or is plainly wrong.

    Parameters
    ----------
    x, y : float64 (n,), coordinates of the file
    own : what the file says, if it does.
    named : what a person says of files that name none, if anything. GCJ-02 and BD-09 go before degrees of the file's
        own: no file can name them.

    Returns
    -------
    str or None
        None if neither is known.
    """
    if own is None or named is None:
        return own if named is None else canonical(named)
    shifted = canonical(named) in (GCJ02, BD09) and is_geographic(own)
    return canonical(named) if shifted or fit(x, y, crs=own) != "fits" else own


def in_area(x: ArrayLike, y: ArrayLike, *, crs: str) -> NDArray[np.bool_]:
    """Whether each point (n,) is a place on earth within 5° of the area that `crs` is made for; False for no number."""
    a, b = pair(x, y)
    good = np.isfinite(a) & np.isfinite(b)
    good[good] = _in_area(a[good], b[good], crs)
    return good


def _share_in_area(x: Floats, y: Floats, crs: str) -> float:
    usable = np.isfinite(x) & np.isfinite(y)
    return float(np.mean(_in_area(x[usable], y[usable], crs))) if usable.any() else 0.0


def _in_area(x: Floats, y: Floats, crs: str) -> NDArray[np.bool_]:
    lon, lat = transform_xy(x, y, source=crs, target=WGS84)
    back_x, back_y = transform_xy(lon, lat, source=WGS84, target=crs)
    scale = 1e-6 if is_geographic(crs) else 1.0
    # Far outside its zone a projection folds over: the way back ends elsewhere.
    good = (np.abs(back_x - x) < scale) & (np.abs(back_y - y) < scale)
    name = canonical(crs)
    area = area_of_use(name)
    if area is not None:
        west, south, east, north = area
        margin = _AREA_MARGIN_DEG
        width = (east - west) % 360.0 or 360.0
        along = (lon - west + margin) % 360.0
        good &= (along <= width + 2.0 * margin) & (lat >= south - margin) & (lat <= north + margin)
    return np.asarray(good, dtype=np.bool_)
