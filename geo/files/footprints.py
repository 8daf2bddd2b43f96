"""Buildings, areas and compounds, what units are made from: shapes may be bad, weights may not."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidBoundary, InvalidInput
from geo.files import units as units_
from geo.files.columns import column, name_rows, numbers, texts
from geo.files.layers import read_layer
from geo.files.shapes import check_crs, check_overlaps, check_polygons
from geo.model import BuildingColumns, Buildings, Layer, Units

_BUILDINGS: Final = ("buildings",)
_AREAS: Final = ("areas",)
_COMPOUNDS: Final = ("compounds",)

_FLOORS: Final = ("floors", "building:levels", "building_levels", "levels", "storeys", "stories", "层数", "楼层")
_HEIGHTS: Final = ("height_m", "height", "building:height", "building_height", "高度", "楼高")
_SHOWN: Final = 10
# Metres from floor to floor where only a height is known.
_FLOOR_M: Final = 3.0
_LEADING: Final = re.compile(r"\s*(\d+(?:\.\d+)?)")


def read_buildings(name: str, columns: BuildingColumns, *, crs: str | None) -> Buildings:
    """Footprints with people, in file order.

    Parameters
    ----------
    name : `FILE` or `FILE:LAYER`; a layer called "buildings" is taken where none is named.
    columns : which column is what; ids are else found as in `read_units`, else the row numbers serve.
    crs : what the coordinates are in, if the file does not say.

    Raises
    ------
    InvalidInput
        A weight, a household size, a number of floors or a height cannot be used; the rows are named.
    """
    layer = read_layer(name, prefer=_BUILDINGS)
    count = len(layer.geometry)
    weights = units_.UnitColumns(columns.weight or "", columns.id_field, missing_weight=columns.missing_weight)
    people = np.ones(count) if columns.weight is None else units_.weights_of(layer, weights)
    ids = units_.ids_of(layer, weights)
    system = units_.system_among(layer, crs)
    check_crs(layer.geometry, system, source=layer.source)
    home = np.ones(count, dtype=bool) if columns.homes is None else _homes(layer, columns.homes)
    return Buildings(
        ids=ids if ids is not None else texts(np.arange(1, count + 1)),
        geometry=layer.geometry,
        weight=np.where(home, people, 0.0),
        crs=system,
        size=None if columns.household_size is None else _sizes(layer, columns.household_size),
        floors=floors_of(layer, columns.floors, columns.height) if columns.weight is None else None,
        home=home,
        # A weight that is multiplied by a size is no longer the weight's own column.
        sums=_sums(layer, columns.weight if columns.household_size is None else None),
    )


def floors_of(layer: Layer, floors: str | None, height: str | None) -> NDArray[np.float64]:
    """Floors of each building: by field, else a third of the height in metres, at least 1; NaN where unknown.

    The usual names (`building:levels`, `floors`, `height_m` …) are looked for where none is given.
    """
    by_field = _measure(layer, floors, _FLOORS)
    by_height = _measure(layer, height, _HEIGHTS) / _FLOOR_M
    known = np.where(by_field > 0, by_field, np.where(by_height > 0, by_height, np.nan))
    return np.asarray(np.maximum(known, 1.0), dtype=np.float64)


def _measure(layer: Layer, field: str | None, usual: tuple[str, ...]) -> NDArray[np.float64]:
    """A column of lengths or counts, NaN where there is none; a field that was asked for must hold numbers."""
    if field is not None:
        given = column(layer, field)
        values, bad = numbers(given)
        wrong = np.flatnonzero(bad | (values < 0))
        if len(wrong):
            raise InvalidInput(
                "measure_bad", source=layer.source, field=field, rows=name_rows(wrong.tolist()), value=given[wrong[0]]
            )
        return values
    by_name = {name.casefold(): values for name, values in reversed(list(layer.fields.items()))}
    out = np.full(len(layer.geometry), np.nan)
    for name in usual:
        if name in by_name:
            # As people write it: "12 m", "6;7". What is no number says nothing here.
            found = [_LEADING.match(text or "") for text in texts(by_name[name])]
            values = np.array([float(match[1]) if match else np.nan for match in found])
            out = np.where(np.isnan(out), values, out)
    return out


def _sizes(layer: Layer, size: str) -> NDArray[np.float64]:
    """Persons a household, by a number for all or by a column."""
    try:
        fixed = float(size)
    except ValueError:
        values = _measure(layer, size, ())
        gaps = np.flatnonzero(~np.isfinite(values))
        if len(gaps):
            raise InvalidInput(
                "household_size_missing", source=layer.source, field=size, rows=name_rows(gaps.tolist())
            ) from None
        return values
    if not (np.isfinite(fixed) and fixed > 0):
        raise InvalidInput("household_size_bad", value=size)
    return np.full(len(layer.geometry), fixed)


def _sums(layer: Layer, weight: str | None) -> dict[str, NDArray[np.float64]]:
    """The columns of people beside the weight; gaps count as nobody."""
    out = {}
    for name in ("households", "residents"):
        values = layer.fields.get(name)
        if name != weight and values is not None and values.dtype.kind in "iuf":
            out[name] = np.nan_to_num(values.astype(np.float64))
    return out


def read_compounds(name: str, *, id_field: str | None, crs: str | None) -> Units:
    """Compounds (小区): polygons with ids, ordered by id; they may overlap. Weights are 0.

    Rows of one id are parts of one compound where the field was named; rows without an id are passed over.
    """
    layer = read_layer(name, prefer=_COMPOUNDS)
    system = units_.system_among(layer, crs)
    ids = units_.ids_of(layer, units_.UnitColumns("")) if id_field is None else texts(column(layer, id_field))
    if ids is None:
        raise InvalidInput("compounds_without_ids", source=layer.source, fields=", ".join(layer.fields) or "-")
    check_crs(layer.geometry, system, source=layer.source)
    rows = np.flatnonzero((shapely.get_dimensions(layer.geometry) == 2) & (ids != None))  # noqa: E711 (elementwise)
    if not len(rows):
        raise InvalidInput("compounds_no_areas", source=layer.source)
    shapes = shapely.make_valid(shapely.force_2d(layer.geometry[rows]), method="structure", keep_collapsed=False)
    names, member = np.unique(ids[rows].astype(str), return_inverse=True)
    whole = np.empty(len(names), dtype=object)
    whole[:] = [shapely.union_all(shapes[member == k]) for k in range(len(names))]
    return Units(ids=names.astype(object), geometry=whole, weight=np.zeros(len(names)), crs=system)


def read_areas(
    name: str, *, where: str | None, name_field: str | None, total_field: str | None, crs: str | None
) -> Units:
    """Areas that do not overlap, ordered by name; ids are the values of `name_field`.

    Parameters
    ----------
    where : ``field=value``: only such rows; several values are parted by commas.
    total_field : column with the known total of each area, which becomes the weight; None gives weights of 0.

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
    system = units_.system_among(layer, crs)
    rows = texts(np.arange(1, len(layer.geometry) + 1))
    columns = units_.UnitColumns("", name_field)
    ids = rows if name_field is None else units_.ids_of(layer, columns)
    assert ids is not None
    check_polygons(layer.geometry, ids, source=layer.source)
    check_crs(layer.geometry, system, source=layer.source)
    check_overlaps(layer.geometry, ids, system, source=layer.source, code="file_areas_overlap")
    order = np.argsort(ids.astype(str), kind="stable")
    return Units(
        ids=ids[order],
        geometry=shapely.force_2d(layer.geometry)[order],
        weight=(np.zeros(len(ids)) if total_field is None else _totals(layer, total_field))[order],
        crs=system,
        fields={key: values[order] for key, values in layer.fields.items()},
    )


def _totals(layer: Layer, field: str) -> NDArray[np.float64]:
    """Whole numbers ≥ 0."""
    totals = units_.weights_of(layer, units_.UnitColumns(field))
    broken = np.flatnonzero(totals != np.floor(totals))
    if len(broken):
        raise InvalidInput(
            "total_not_whole",
            source=layer.source,
            field=field,
            rows=name_rows(broken.tolist()),
            value=totals[broken[0]],
        )
    return totals


def _only(layer: Layer, where: str) -> Layer:
    keep = _matches(layer, where, form="where_form")
    return Layer(
        geometry=layer.geometry[keep],
        fields={key: values[keep] for key, values in layer.fields.items()},
        crs=layer.crs,
        source=layer.source,
    )


def _homes(layer: Layer, homes: str) -> NDArray[np.bool_]:
    """The buildings that house people; a word that none of them bears would empty the whole area unseen."""
    found = _matches(layer, homes, form="homes_form")
    if len(found) and not found.any():
        field = homes.partition("=")[0].strip()
        there = sorted(set(texts(column(layer, field), missing="").astype(str)) - {""})
        values = ", ".join(there[:_SHOWN]) + (f" … (+{len(there) - _SHOWN})" if len(there) > _SHOWN else "")
        raise InvalidInput("homes_none", source=layer.source, got=homes, field=field, values=values or "-")
    return found


def _matches(layer: Layer, where: str, *, form: str) -> NDArray[np.bool_]:
    """True where ``field=value,value`` holds."""
    field, equals, value = where.partition("=")
    if not equals or not field.strip():
        raise InvalidInput(form, got=where)
    wanted = {part.strip() for part in value.split(",")}
    return np.isin(texts(column(layer, field.strip()), missing="").astype(str), list(wanted))
