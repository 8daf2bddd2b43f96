"""Points to be located: a table with two columns of coordinates, or the points of a vector file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import shapely

from geo.errors import GeoError, InvalidInput
from geo.files.cells import number_of, word_of
from geo.files.layers import read_layer
from geo.files.names import find_source, unknown_field
from geo.files.sniff import check_file
from geo.files.text import Row, read_rows
from geo.model import Layer

LON_NAMES: Final = ("lon", "lng", "long", "longitude", "x", "经度", "easting")
LAT_NAMES: Final = ("lat", "latitude", "y", "纬度", "northing")


def read_points(name: str, *, lon: str | None, lat: str | None) -> Layer:
    """Read points in the order of the file.

    Parameters
    ----------
    name : str, `FILE` or `FILE:LAYER`
    lon, lat : names of the columns; the usual ones are found by themselves

    Returns
    -------
    Layer
        `geometry` (n,) Points, None where the row has no usable number: no row is left out. The fields of a table are
        its cells as they stand, texts from CSV. `crs` is None for a table.

    Raises
    ------
    InvalidInput
        No such columns, or a vector file that is not of points.
    """
    source = find_source(name)
    check_file(source)
    if source.kind in ("table", "lines"):
        header, rows = read_rows(source)
        table = _table(header, rows, name)
        if not {"type", "geometry"} <= set(header):
            return _from_columns(table, lon, lat)
    layer = read_layer(name)
    if lon is not None or lat is not None or bool(shapely.is_missing(layer.geometry).all()):
        return _from_columns(layer, lon, lat)
    kinds = shapely.get_type_id(layer.geometry)
    other = np.flatnonzero((kinds != shapely.GeometryType.POINT) & ~shapely.is_missing(layer.geometry))
    if other.size:
        kind = layer.geometry[other[0]].geom_type
        raise InvalidInput("points_no_points", source=layer.source, row=int(other[0]) + 1, kind=kind)
    xy = np.column_stack([shapely.get_x(layer.geometry), shapely.get_y(layer.geometry)])
    return Layer(_points(xy[:, 0], xy[:, 1]), layer.fields, layer.crs, layer.source)


def _table(header: tuple[str, ...], rows: Iterable[Row | GeoError], name: str) -> Layer:
    """A table with its cells as they stand; a row that cannot be read keeps its place with empty cells."""
    cells: dict[str, list[Any]] = {column: [] for column in header}
    count = 0
    for row in rows:
        count += 1
        for column in header:
            cells[column].append(None if isinstance(row, GeoError) else row.get(column))
    fields = {}
    for column, values in cells.items():
        fields[column] = np.empty(count, dtype=object)
        fields[column][:] = values
    return Layer(np.full(count, None, dtype=object), fields, None, name)


def _from_columns(layer: Layer, lon: str | None, lat: str | None) -> Layer:
    x_name, y_name = (
        find_column(list(layer.fields), asked, usual, layer.source)
        for asked, usual in ((lon, LON_NAMES), (lat, LAT_NAMES))
    )
    if x_name is None or y_name is None:
        raise InvalidInput("points_no_columns", source=layer.source, columns=", ".join(layer.fields) or "-")
    x, y = (_numbers(layer.fields[column].tolist()) for column in (x_name, y_name))
    return Layer(_points(x, y), layer.fields, layer.crs, layer.source)


def find_column(names: Sequence[str], asked: str | None, usual: Sequence[str], source: str) -> str | None:
    """The column that was asked for, or the first with a usual name; None if there is none."""
    if asked is not None:
        if asked not in names:
            raise unknown_field(asked, names, source=source)
        return asked
    folded = {column.casefold(): column for column in names}
    return next((folded[word] for word in usual if word in folded), None)


def _numbers(cells: list[Any]) -> Any:
    out = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        text = word_of(cell)
        value = None if text is None else number_of(text)
        if value is not None:
            out[row] = float(value)
    return out


def _points(x: Any, y: Any) -> Any:
    good = np.isfinite(x) & np.isfinite(y)
    out = np.full(len(x), None, dtype=object)
    out[good] = shapely.points(x[good], y[good])
    return out
