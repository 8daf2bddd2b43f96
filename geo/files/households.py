"""Registers of households, or of stairwells and buildings with their number of households."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.files.columns import column, flags, name_rows, numbers, text_of, texts
from geo.files.layers import read_layer
from geo.files.points import LAT_NAMES, LON_NAMES, read_points
from geo.files.shapes import check_crs
from geo.files.units import UnitColumns, ids_of
from geo.model import HouseholdColumns, HouseholdRows, Layer

_LAYERS: Final = ("households", "buildings")
# Columns that are taken where none is named.
_USUAL: Final = {
    "building": ("building", "楼栋", "楼号", "building_id"),
    "stairwell": ("stairwell", "单元", "单元号"),
    "floor": ("floor", "楼层", "层"),
    "compound": ("compound", "小区", "小区名称"),
}
# "3", "3层", "3F", "F3", "B1", "地下1层", "-1"
_FLOOR: Final = re.compile(r"(?P<below>-|b|地下|负)?f?(?P<number>\d{1,3}(\.0*)?)(层|楼|f)?", re.IGNORECASE)


def read_households(name: str, columns: HouseholdColumns, *, crs: str | None) -> HouseholdRows:
    """Read rows with households.

    Parameters
    ----------
    name : `FILE` or `FILE:LAYER`; a table, points, or polygons (a point inside each counts).
    columns : which column means what; building, stairwell, floor and compound are found by their usual names too.
    crs : what the coordinates are in, if the file does not say.

    Raises
    ------
    InvalidInput
        A column is missing, an id stands twice, a floor or a number is none; names row, column and value.
    """
    layer = read_layer(name, prefer=_LAYERS)
    if not len(layer.geometry):
        raise InvalidInput("layer_empty", source=layer.source)
    ids = ids_of(layer, UnitColumns("", columns.id))
    point, system = _places(name, layer, columns, crs)
    words = {key: _words(layer, getattr(columns, key), _USUAL[key]) for key in ("building", "stairwell", "compound")}
    anchor = None
    if columns.anchor is not None:
        anchor = flags(column(layer, columns.anchor), field=columns.anchor, source=layer.source)
    return HouseholdRows(
        ids=ids if ids is not None else texts(np.arange(1, len(layer.geometry) + 1)),
        point=point,
        crs=system,
        building=words["building"],
        stairwell=words["stairwell"],
        floor=_floors(layer, columns.floor),
        grid=None if columns.grid is None else texts(column(layer, columns.grid), missing=""),
        anchor=anchor,
        count=_counts(layer, columns.count, least=0),
        stairwells=_counts(layer, columns.stairwells, least=1),
        floors=_counts(layer, columns.floors, least=1),
        compound=words["compound"],
        source=layer.source,
    )


def _places(
    name: str, layer: Layer, columns: HouseholdColumns, crs: str | None
) -> tuple[NDArray[np.object_], str | None]:
    """A point of each row, and their system; none at all where the file has neither shapes nor coordinates."""
    geometry, found = layer.geometry, layer.crs
    folded = {field.casefold() for field in layer.fields}
    usual = bool(folded & set(LON_NAMES)) and bool(folded & set(LAT_NAMES))
    if columns.lon is not None or columns.lat is not None or (bool(shapely.is_missing(geometry).all()) and usual):
        table = read_points(name, lon=columns.lon, lat=columns.lat)
        geometry, found = table.geometry, table.crs
    there = ~shapely.is_missing(geometry) & ~shapely.is_empty(geometry)
    point = np.full(len(geometry), None, dtype=object)
    point[there] = shapely.point_on_surface(shapely.force_2d(geometry[there]))
    system = None if crs is None and found is None else crs_.canonical(str(crs or found))
    if system is not None and there.any():
        check_crs(point[there], system, source=layer.source)
    return point, system


def _words(layer: Layer, asked: str | None, usual: tuple[str, ...]) -> NDArray[np.object_]:
    field = asked or next((own for own in layer.fields if own.casefold() in usual), None)
    if field is None:
        blank = np.empty(len(layer.geometry), dtype=object)
        blank[:] = ""
        return blank
    return texts(column(layer, field), missing="")


def _floors(layer: Layer, asked: str | None) -> NDArray[np.float64]:
    """Floors as numbers, those below ground negative; NaN where the cell is empty."""
    field = asked or next((own for own in layer.fields if own.casefold() in _USUAL["floor"]), None)
    out = np.full(len(layer.geometry), np.nan)
    if field is None:
        return out
    for row, value in enumerate(column(layer, field).tolist()):
        text = text_of(value)
        if text is None:
            continue
        match = _FLOOR.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
        if match is None:
            raise InvalidInput("household_floor_bad", source=layer.source, row=row + 1, field=field, value=text)
        out[row] = float(match["number"]) * (-1 if match["below"] else 1)
    return out


def _counts(layer: Layer, field: str | None, *, least: int) -> NDArray[np.int64] | None:
    """A column of whole numbers; empty cells, and with `least` 1 zeros too, count as `least`."""
    if field is None:
        return None
    given = column(layer, field)
    values, no_number = numbers(given)
    values = np.where(np.isnan(values) & ~no_number, least, values)
    bad: NDArray[Any] = no_number | ~np.isfinite(values) | (values < 0) | (values != np.round(values))
    rows = np.flatnonzero(bad).tolist()
    if rows:
        raise InvalidInput(
            "household_count_bad",
            source=layer.source,
            rows=name_rows(rows),
            row=rows[0] + 1,
            field=field,
            value=given[rows[0]],
        )
    return np.maximum(values, least).astype(np.int64)
