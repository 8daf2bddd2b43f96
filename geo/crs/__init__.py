"""Coordinate reference systems: the only place that knows them.

Everywhere x comes before y: longitude before latitude, easting before northing, whatever axis order the system's
own definition has. Besides what PROJ knows there are the two shifted datums of Chinese web maps, GCJ-02 and BD-09.
They are defined inside `CHINA_BOX` only; outside they are the identity, so that the shift there is 0. A point of the
box always comes back from a round trip; a point less than about 1.5 km outside of it may be taken for a shifted one.
Local systems of a deployment's own are turned into WKT (`geo.crs.local`), which is a name like any other.
CGCS2000 (EPSG:4490) is taken as equal to WGS84: they differ by less than a metre.
"""

from geo.crs.fitting import Fit, fit_plane
from geo.crs.guess import choose, fit, in_area, looks_swapped, metres_per_unit, metric_crs, swapped_rows
from geo.crs.local import Systems, local_wkt, read_systems
from geo.crs.names import ACCEPTED, BD09, CGCS2000, CHINA_BOX, GCJ02, WGS84, canonical, is_geographic
from geo.crs.transform import distance_m, from_wgs84, one_to_wgs84, project, to_wgs84, transform_xy

__all__ = [
    "ACCEPTED",
    "BD09",
    "CGCS2000",
    "CHINA_BOX",
    "GCJ02",
    "WGS84",
    "Fit",
    "Systems",
    "canonical",
    "choose",
    "distance_m",
    "fit",
    "fit_plane",
    "from_wgs84",
    "in_area",
    "is_geographic",
    "local_wkt",
    "looks_swapped",
    "metres_per_unit",
    "metric_crs",
    "one_to_wgs84",
    "project",
    "read_systems",
    "swapped_rows",
    "to_wgs84",
    "transform_xy",
]
