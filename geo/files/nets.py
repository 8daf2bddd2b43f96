"""Existing nets of grids as they were drawn, and who lives in them: columns checked, shapes left as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidBoundary, InvalidInput
from geo.files import units as units_
from geo.files.columns import column, name_rows, numbers, texts
from geo.files.layers import read_layer
from geo.files.shapes import check_crs
from geo.model import Layer

_GRIDS: Final = ("grids",)
_BUILDINGS: Final = ("buildings",)


def read_net(name: str, *, code: str, values: Sequence[str], crs: str | None) -> Layer:
    """Read polygons with codes; they may overlap, cross themselves, and share codes.

    Parameters
    ----------
    name : `FILE` or `FILE:LAYER`; a layer called "grids" is taken where none is named.
    code : column with the codes.
    values : columns with numbers that are known per grid.
    crs : what the coordinates are in, if the file does not say.

    Returns
    -------
    Layer
        In file order; `fields` has "code" (object, texts) and each of `values` (float64); `crs` is never None.

    Raises
    ------
    InvalidInput, InvalidCrs, InvalidBoundary, NotFound
        A column is missing, a row lacks code, number or polygon: the rows are named.
    """
    layer = read_layer(name, prefer=_GRIDS)
    if not len(layer.geometry):
        raise InvalidInput("layer_empty", source=layer.source)
    codes = texts(column(layer, code))
    missing = [row for row, text in enumerate(codes.tolist()) if text is None]
    if missing:
        raise InvalidInput(
            "net_code_missing", source=layer.source, field=code, rows=name_rows(missing), row=missing[0] + 1
        )
    fields: dict[str, NDArray[Any]] = {"code": codes}
    for field in values:
        given, _ = numbers(column(layer, field))
        bad = np.flatnonzero(~np.isfinite(given)).tolist()
        if bad:
            where = name_rows(bad, codes.tolist())
            raise InvalidInput("net_value_bad", source=layer.source, field=field, rows=where, row=bad[0] + 1)
        fields[field] = given
    shapes = layer.geometry
    no_polygon = shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~np.isin(shapely.get_type_id(shapes), (3, 6))
    rows = np.flatnonzero(no_polygon).tolist()
    if rows:
        where = name_rows(rows, codes.tolist())
        raise InvalidBoundary("net_no_polygon", source=layer.source, rows=where, row=rows[0] + 1, count=len(rows))
    system = units_.system_among(layer, crs)
    check_crs(shapes, system, source=layer.source)
    return Layer(shapely.force_2d(shapes), fields, system, layer.source)


def read_people(name: str, *, weight: str, crs: str | None, missing_weight: float | None) -> Layer:
    """Read who lives where: points, or shapes that count at a point inside them; a row without a shape lives nowhere.

    Parameters
    ----------
    name : `FILE` or `FILE:LAYER`; a layer called "buildings" is taken where none is named.
    weight : column with the people, ≥ 0; `missing_weight` stands in for gaps.
    crs : what the coordinates are in, if the file does not say.

    Returns
    -------
    Layer
        Points or None, in file order; `fields` has "weight" (float64); `crs` is never None.
    """
    layer = read_layer(name, prefer=_BUILDINGS)
    people = units_.weights_of(layer, units_.UnitColumns(weight, missing_weight=missing_weight))
    system = units_.system_among(layer, crs)
    check_crs(layer.geometry, system, source=layer.source)
    shapes = layer.geometry.copy()
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    shapes[~known] = None
    valid = np.asarray(shapely.is_valid(shapes)) & known
    points = np.full(len(shapes), None, dtype=object)
    points[valid] = shapely.point_on_surface(shapes[valid])
    points[known & ~valid] = shapely.centroid(shapes[known & ~valid])
    return Layer(points, {"weight": people}, system, layer.source)
