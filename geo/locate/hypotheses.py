"""What else a batch of coordinates may be than what it says: another datum, axes exchanged, another zone or unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_

Floats = NDArray[np.float64]
Kind = Literal["datum", "swapped", "zone", "system", "unit"]

# Chinese Gauss–Krüger systems by datum: (first EPSG number, first zone, zones, width of a zone in degrees). The number
# of the zone stands before the easting in the first of each pair, and not in the second.
_FAMILIES: Final = (
    ((4513, 25, 21, 3), (4534, 25, 21, 3), (4491, 13, 11, 6), (4502, 13, 11, 6)),  # CGCS2000
    ((2349, 25, 21, 3), (2370, 25, 21, 3), (2327, 13, 11, 6), (2338, 13, 11, 6)),  # Xian 1980
    ((2401, 25, 21, 3), (2422, 25, 21, 3), (21413, 13, 11, 6), (21453, 13, 11, 6)),  # Beijing 1954
)
_FOOT_M: Final = (0.3048, 1200.0 / 3937.0)  # international, and of the United States' surveys
# Where longitude and latitude are alike, exchanged axes move a point too little to be sure.
_ALIKE_DEG: Final = 2.0


@dataclass(frozen=True)
class Hypothesis:
    """What the numbers may be.

    Attributes
    ----------
    kind : "datum" (WGS84, GCJ-02 or BD-09 for one another), "swapped" (axes), "zone" (of a Gauss–Krüger system, with
        or without its number in the easting), "unit" (feet for metres or the other way round) or "system" (another).
    crs : str, canonical
    swapped : bool, y stands before x
    scale : float, what the numbers are to be multiplied with
    """

    kind: Kind
    crs: str
    swapped: bool = False
    scale: float = 1.0

    def to_wgs84(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The batch in degrees WGS84 if this is true; NaN where there is no such place."""
        if self.swapped:
            x, y = y, x
        return crs_.transform_xy(x * self.scale, y * self.scale, source=self.crs, target=crs_.WGS84)


def of_the_datum(crs: str) -> tuple[Hypothesis, ...]:
    """The two other datums that web maps of China use, for one of the three (CGCS2000 counts as WGS84)."""
    mine = crs_.WGS84 if crs == crs_.CGCS2000 else crs
    usual = (crs_.WGS84, crs_.GCJ02, crs_.BD09)
    return tuple(Hypothesis("datum", name) for name in usual if name != mine) if mine in usual else ()


def of_the_order(crs: str, *, lon: float, lat: float, largest: float) -> tuple[Hypothesis, ...]:
    """What puts a batch near a place (degrees WGS84) that lies nowhere near it as it is.

    Parameters
    ----------
    crs : canonical name that the batch claims
    lon, lat : the middle of the net
    largest : the largest absolute value of the batch: degrees are at most 360
    """
    out: list[Hypothesis] = []
    geographic = crs_.is_geographic(crs)
    if not geographic or abs(lon - lat) > _ALIKE_DEG:
        out.append(Hypothesis("swapped", crs, swapped=True))
    if largest > 360.0:
        if not geographic:
            scales = [scale for foot in _FOOT_M for scale in (foot, 1.0 / foot)]
            out += [Hypothesis("unit", crs, swapped, scale) for scale in scales for swapped in (False, True)]
        for kind, name in _plane_systems(crs, lon, lat):
            if name != crs:
                out += [Hypothesis(kind, name, swapped) for swapped in (False, True)]
    elif not geographic:
        out += [Hypothesis("system", crs_.WGS84, swapped) for swapped in (False, True)]
    return tuple(out)


def _plane_systems(crs: str, lon: float, lat: float) -> list[tuple[Kind, str]]:
    """Projected systems that a place is often given in, those of the datum and kind of `crs` first."""
    number = int(crs[5:]) if crs.startswith("EPSG:") else -1
    family = next((f for f in _FAMILIES if any(first <= number < first + n for first, _, n, _ in f)), None)
    west, south, east, north = crs_.CHINA_BOX
    out: list[tuple[Kind, str]] = []
    if west <= lon <= east and south <= lat <= north:
        for first, first_zone, zones, width in family or _FAMILIES[0]:
            here = round(lon / 3.0) if width == 3 else int(lon // 6.0) + 1
            near = [zone for zone in (here, here - 1, here + 1) if first_zone <= zone < first_zone + zones]
            out += [("zone" if family else "system", f"EPSG:{first + zone - first_zone}") for zone in near]
    fitting = crs_.metric_crs(lon, lat)
    zone = int((lon + 180.0) // 6.0)
    utm = [f"EPSG:{(32601 if lat >= 0.0 else 32701) + (zone + step) % 60}" for step in (0, -1, 1)]
    known = {name for _, name in out}
    out += [("system", name) for name in dict.fromkeys((fitting, *utm, "EPSG:3857")) if name not in known]
    return out
