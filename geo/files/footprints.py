"""Buildings and areas, what units are made from: footprints may overlap or cross themselves, weights may not be bad."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from geo.errors import InvalidBoundary, InvalidInput
from geo.files import units as units_
from geo.files.columns import column, texts
from geo.files.layers import read_layer
from geo.files.shapes import check_crs, check_overlaps, check_polygons
from geo.model import Layer, Units

_BUILDINGS: Final = ("buildings",)
_AREAS: Final = ("areas",)


def read_buildings(
    name: str, *, weight: str, id_field: str | None, crs: str | None, missing_weight: float | None
) -> Units:
    """Footprints with people, in file order.

    Parameters
    ----------
    name : `FILE` or `FILE:LAYER`; a layer called "buildings" is taken where none is named.
    weight : column with the people; `missing_weight` stands in for gaps.
    id_field : column with the ids; else found as in `read_units`, else the row numbers.
    crs : what the coordinates are in, if the file does not say.
    """
    layer = read_layer(name, prefer=_BUILDINGS)
    columns = units_.UnitColumns(weight, id_field, missing_weight=missing_weight)
    people = units_.weights_of(layer, columns)
    ids = units_.ids_of(layer, columns)
    system = units_.system_of(layer, crs)
    check_crs(layer.geometry, system, source=layer.source)
    return Units(
        ids=ids if ids is not None else texts(np.arange(1, len(people) + 1)),
        geometry=layer.geometry,
        weight=people,
        crs=system,
        fields=layer.fields,
        weight_field=weight,
    )


def read_areas(name: str, *, where: str | None, name_field: str | None, crs: str | None) -> Units:
    """Areas that do not overlap, ordered by name; ids are the values of `name_field`, weights are 0.

    Parameters
    ----------
    where : ``field=value``: only such rows.

    Raises
    ------
    InvalidInput, InvalidBoundary
        No row is left, a name is missing or stands twice, or two areas overlap.
    """
    layer = read_layer(name, prefer=_AREAS)
    if where is not None:
        layer = _only(layer, where)
    if not len(layer.geometry):
        raise InvalidBoundary("areas_none", source=layer.source, where=where or "-")
    system = units_.system_of(layer, crs)
    rows = texts(np.arange(1, len(layer.geometry) + 1))
    columns = units_.UnitColumns("", name_field)
    ids = rows if name_field is None else units_.ids_of(layer, columns)
    assert ids is not None
    check_polygons(layer.geometry, ids, source=layer.source)
    check_crs(layer.geometry, system, source=layer.source)
    check_overlaps(layer.geometry, ids, system, source=layer.source)
    order = np.argsort(ids.astype(str), kind="stable")
    return Units(
        ids=ids[order],
        geometry=shapely.force_2d(layer.geometry)[order],
        weight=np.zeros(len(ids)),
        crs=system,
        fields={key: values[order] for key, values in layer.fields.items()},
    )


def _only(layer: Layer, where: str) -> Layer:
    field, equals, value = where.partition("=")
    if not equals or not field.strip():
        raise InvalidInput("where_form", got=where)
    keep = texts(column(layer, field.strip()), missing="") == value.strip()
    return Layer(
        geometry=layer.geometry[keep],
        fields={key: values[keep] for key, values in layer.fields.items()},
        crs=layer.crs,
        source=layer.source,
    )
