"""Polygons as they are given: what can be indexed, and what has to be refused or mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import InvalidBoundary, InvalidInput
from geo.locate.coordinates import LEAST

_POLYGONAL: Final = (3, 6)  # shapely type ids of Polygon and MultiPolygon
# Twice round the earth: what lies beyond is not in degrees.
_FARTHEST: Final = 720.0


def usable_polygons(
    polygons: Sequence[BaseGeometry] | NDArray[np.object_], codes: Sequence[str], *, mend: bool
) -> tuple[NDArray[np.object_], tuple[str, ...]]:
    """Polygons as an array (n,), all valid, and the codes of those that were mended.

    Raises
    ------
    InvalidInput, InvalidBoundary
        As `GridIndex.build`.
    """
    shapes = np.empty(len(polygons), dtype=object)
    shapes[:] = polygons
    if len(codes) != len(shapes):
        raise InvalidInput("locate_codes_mismatch", polygons=len(shapes), codes=len(codes))
    if len(set(codes)) != len(codes):
        raise InvalidInput("locate_code_twice", code=Counter(codes).most_common(1)[0][0])
    usable = np.isin(shapely.get_type_id(shapes), _POLYGONAL) & ~shapely.is_empty(shapes)
    for i in np.flatnonzero(~usable)[:1]:
        shape = shapes[i]
        kind = "None" if shape is None else ("empty " if shape.is_empty else "") + shape.geom_type
        raise InvalidBoundary("locate_not_a_polygon", row=int(i) + 1, code=codes[i], kind=kind)
    far = ~(np.abs(shapely.bounds(shapes)) <= _FARTHEST).all(axis=1)
    for i in np.flatnonzero(far)[:1]:
        x, y = (float(value) for value in shapely.bounds(shapes[i])[:2])
        raise InvalidBoundary("locate_not_degrees", row=int(i) + 1, code=codes[i], x=x, y=y)
    shapes = _least_as_nothing(shapes)
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    for i in broken:
        mendable = mended(shapes[i]) if mend else None
        if mendable is None or mendable.is_empty:
            reason = shapely.is_valid_reason(shapes[i])
            raise InvalidBoundary("locate_invalid_polygon", row=int(i) + 1, code=codes[int(i)], reason=reason)
        shapes[i] = mendable
    return shapes, tuple(codes[int(i)] for i in broken)


def mended(polygon: BaseGeometry) -> BaseGeometry:
    """What a polygon that crosses itself covers: places that its rings run round an odd number of times.

    Empty where that is nothing.
    """
    try:
        parts = shapely.get_parts(shapely.make_valid(polygon))
    except shapely.errors.GEOSException:
        # GEOS gives up where the first of several parts has no width.
        whole: BaseGeometry = shapely.Polygon()
        for part in shapely.get_parts(polygon) if polygon.geom_type == "MultiPolygon" else ():
            whole = shapely.symmetric_difference(whole, mended(part))
        return whole
    # Lines and points cover nothing; collections hold polygons one level down.
    parts = shapely.get_parts(parts[shapely.get_dimensions(parts) == 2])
    whole = shapely.union_all(parts)
    return shapely.transform(whole, _without_least)


def _least_as_nothing(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """The same shapes where coordinates nearer to 0 than `LEAST` are 0; in place."""
    low, high = np.split(shapely.bounds(shapes), 2, axis=1)
    for i in np.flatnonzero(((low < LEAST) & (high > -LEAST)).any(axis=1)):
        xy = shapely.get_coordinates(shapes[i])
        if ((np.abs(xy) < LEAST) & (xy != 0)).any():
            shapes[i] = shapely.transform(shapes[i], _without_least)
    return shapes


def _without_least(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.abs(xy) < LEAST, 0.0, xy)
