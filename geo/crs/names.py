"""Names of reference systems: what is accepted, and one canonical name for each."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from geo.errors import InvalidCrs

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

WGS84: Final = "EPSG:4326"
CGCS2000: Final = "EPSG:4490"
GCJ02: Final = "GCJ-02"
BD09: Final = "BD-09"

# Semi-major axes of all ellipsoids and spheres that were ever used for the earth, metres, with room on both sides.
_EARTH_M: Final = (6_360_000.0, 6_390_000.0)
# west, south, east, north: the box of the published GCJ-02 algorithm
CHINA_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)

_NAMES: Final = {
    "WGS84": WGS84,
    "CRS84": WGS84,
    "OGCCRS84": WGS84,
    "CGCS2000": CGCS2000,
    "EPSG4326": WGS84,
    "EPSG4490": CGCS2000,
    "GCJ02": GCJ02,
    "BD09": BD09,
    "BD09LL": BD09,
}
# Systems whose points are degrees as everybody knows: no need to wait for PROJ.
_DEGREES: Final = {
    WGS84: (-180.0, -90.0, 180.0, 90.0),
    CGCS2000: (73.62, 16.7, 134.77, 53.56),
    GCJ02: CHINA_BOX,
    BD09: CHINA_BOX,
}
ACCEPTED: Final = "WGS84, CGCS2000, GCJ-02, BD-09, EPSG:n, WKT, PROJ"


def canonical(crs: str) -> str:
    """One name for each reference system, so that two may be compared.

    Parameters
    ----------
    crs : str
        WGS84, CGCS2000, GCJ-02 or BD-09 (case, hyphens, blanks do not matter), "EPSG:n", WKT, or a PROJ string.

    Returns
    -------
    str
        "GCJ-02", "BD-09", "EPSG:n" (WGS84 is EPSG:4326, CGCS2000 is EPSG:4490), or WKT for what has no such number.

    Raises
    ------
    InvalidCrs
        If nobody knows the name, or if it is no two-dimensional system of the earth's surface.
    """
    found = _known(crs)
    if isinstance(found, InvalidCrs):
        raise InvalidCrs(found.code, **found.context)
    return found


def is_geographic(crs: str) -> bool:
    """True if coordinates of the system are degrees, False if they are lengths on a projected plane."""
    name = canonical(crs)
    return name in _DEGREES or proj_crs(name).is_geographic


@lru_cache(maxsize=256)
def proj_crs(name: str) -> CRS:
    """PROJ's own value of a system that it knows; raises `InvalidCrs` for one that it does not."""
    from pyproj import CRS  # here, because a command that needs no coordinates should not wait for PROJ
    from pyproj.exceptions import CRSError

    try:
        found = CRS.from_user_input(name)
        if len(found.axis_info) > 2:  # only then: it loses the names by which an EPSG number is found
            found = found.to_2d()
    except (CRSError, TypeError) as error:
        raise InvalidCrs("crs_unknown", got=_shorten(name), accepted=ACCEPTED) from error
    if not (found.is_geographic or found.is_projected or found.type_name == "Derived Projected CRS"):
        raise InvalidCrs("crs_not_flat", got=_shorten(name), kind=found.type_name, accepted=ACCEPTED)
    # PROJ knows the moon and Mars too, and tells them apart from the earth only when a point is to be moved.
    if found.ellipsoid is None or not _EARTH_M[0] < found.ellipsoid.semi_major_metre < _EARTH_M[1]:
        raise InvalidCrs("crs_unknown", got=_shorten(name), accepted=ACCEPTED)
    return found


@lru_cache(maxsize=256)
def _known(name: str) -> str | InvalidCrs:
    """What a name stands for. Refusals are kept too: each costs 20 ms, and a file may repeat one in every row."""
    short = _NAMES.get(re.sub(r"[\s_\-:]", "", name).upper()) if isinstance(name, str) and len(name) < 40 else None
    if short is not None:
        return short
    try:
        return _canonical_proj(name)
    except InvalidCrs as error:
        return InvalidCrs(error.code, **error.context)


def _canonical_proj(name: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidCrs("crs_unknown", got=_shorten(str(name)), accepted=ACCEPTED)
    text = name.strip()
    # A bare number is an EPSG code to PROJ; to a person it is as likely a mistake.
    if text.isdigit():
        raise InvalidCrs("crs_unknown", got=text, accepted=ACCEPTED)
    found = proj_crs(text)
    # A bound system carries its own datum shift, which its number would lose.
    number = None if found.is_bound else found.to_epsg()
    return f"EPSG:{number}" if number is not None else str(found.to_wkt())


@lru_cache(maxsize=256)
def transformer(source: str, target: str) -> Transformer:
    """PROJ's way from one system to another, x before y; each thread gets its own inside."""
    from pyproj import Transformer

    return Transformer.from_crs(proj_crs(source), proj_crs(target), always_xy=True)


@lru_cache(maxsize=256)
def area_of_use(name: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees that the system is made for, if it says so."""
    if name in _DEGREES:
        return _DEGREES[name]
    area = proj_crs(name).area_of_use
    return None if area is None else (area.west, area.south, area.east, area.north)


def same(a: str, b: str) -> bool:
    """True if the coordinates of two canonical names are equal numbers."""
    return a == b or {a, b} == {WGS84, CGCS2000}


def _shorten(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"


def inside(box: tuple[float, float, float, float], x: Any, y: Any) -> Any:
    """True where a point lies in the box (west, south, east, north), edges included."""
    west, south, east, north = box
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)
