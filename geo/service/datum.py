"""Refusing a batch that is not in the system it claims, before a report goes to the wrong grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, StoreError
from geo.service.columns import Indexed
from geo.service.context import Service, knowledge

if TYPE_CHECKING:
    from geo.locate.datum import Verdict


def refuse_wrong_datum(
    net: Indexed,
    x: ArrayLike,
    y: ArrayLike,
    *,
    crs: str,
    force: bool = False,
    known_xy: NDArray[np.float64] | None = None,
) -> Verdict | None:
    """Raise if a batch fits the net much better as something else than what it claims; else say what was found.

    Parameters
    ----------
    net : a `Net`, or whatever has its `index`
    x, y : float64 (n,)
        Longitude, latitude in degrees or easting, northing in the unit of `crs`; NaN where a row has none. A long
        file need not be given whole: some thousands of rows from all over it tell as much.
    crs : what the batch claims
    force : bool
        Ask nothing (None comes back): the caller knows better.
    known_xy : float64 (m, 2), degrees WGS84, optional
        What `known_places` says: the stronger witness of the two.

    Raises
    ------
    InvalidCrs
        ``batch_wrong_crs``, ``batch_wrong_unit`` or ``batch_swapped``, with `crs`, `better`, `points`, `share` and
        `better_share` (percent of the points in the net), `crs_name` and `better_name` (as people call them), `near_m`
        and `better_near_m` (metres to the nearest known place, None where none is known); or `crs` is unknown.
    """
    if force:
        return None
    from geo.locate.datum import detect_datum

    found = detect_datum(net.index, x, y, crs=crs, known_xy=known_xy)
    if found.better is None:
        return found
    better = found.better
    code = {"swapped": "batch_swapped", "unit": "batch_wrong_unit"}.get(better.kind, "batch_wrong_crs")
    raise InvalidCrs(
        code,
        crs=found.crs[:80],
        better=better.crs[:80],
        crs_name=_usual(found.crs),
        better_name=_usual(better.crs),
        kind=better.kind,
        swapped=better.swapped,
        scale=better.scale,
        points=found.points,
        share=round(100.0 * found.share),
        better_share=round(100.0 * found.better_share),
        near_m=_metres(found.near_m),
        better_near_m=_metres(found.better_near_m),
    )


def known_places(service: Service) -> NDArray[np.float64] | None:
    """Longitude and latitude (m, 2) of what the deployment knows to stand somewhere; None where it knows nothing."""
    try:
        place = knowledge(service).place
    except StoreError:  # a plan file can be asked without any database
        return None
    found = [(entry["lon"], entry["lat"]) for entry in place.entries if entry.get("lon") is not None]
    stands = [feature.geometry for feature in place.features if feature.layer == "building"]
    known = np.array(found, dtype=np.float64).reshape(-1, 2)
    known = np.concatenate([known, shapely.get_coordinates(shapely.point_on_surface(stands))])
    return known if len(known) else None


def _usual(crs: str) -> str:
    """What people call a system; canonical names of the two usual ones are numbers."""
    return {crs_.WGS84: "WGS84", crs_.CGCS2000: "CGCS2000"}.get(crs, crs[:80])


def _metres(value: float) -> int | None:
    return None if np.isnan(value) else round(value)
