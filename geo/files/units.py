"""Units from a polygon file: weights, ids and shapes checked, ordered by id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput
from geo.files.columns import column, flags, name_rows, numbers, numeric_names, texts
from geo.files.layers import read_layer
from geo.files.names import near
from geo.files.shapes import check_crs, check_overlaps, check_polygons
from geo.model import Layer, Units

_LAYERS: Final = ("units",)
_ID_NAME: Final = re.compile(r"(id|code|key|编号|编码|代码|标识码?)$", re.IGNORECASE)
_NEARLY: Final = 0.9  # share of distinct values from which a column is taken for ids with a mistake in them


@dataclass(frozen=True)
class UnitColumns:
    """Which columns of a file mean what; None for what it does not say. `missing_weight` stands in for gaps."""

    weight: str
    id_field: str | None = None
    within: str | None = None
    keep: str | None = None
    current: str | None = None
    locked: str | None = None
    missing_weight: float | None = None


def read_units(name: str, columns: UnitColumns, *, crs: str | None) -> Units:
    """Read polygons with people.

    Parameters
    ----------
    name : str, `FILE` or `FILE:LAYER`; a layer called "units" is taken where none is named
    columns : which column is what
    crs : what the coordinates are in, if the file does not say or says it wrong

    Returns
    -------
    Units
        Ordered by id, whatever the order of the rows; GCJ-02 and BD-09 become WGS84, since no file can name them.

    Raises
    ------
    InvalidInput, InvalidCrs, InvalidCoordinate, InvalidBoundary, NotFound
        The first kind of fault that is found, with every row that has it.
    """
    layer = read_layer(name, prefer=_LAYERS)
    if len(layer.geometry) == 0:
        raise InvalidInput("layer_empty", source=layer.source)
    weight = weights_of(layer, columns)
    ids = ids_of(layer, columns)
    labels = ids if ids is not None else np.arange(1, len(weight) + 1).astype(object)
    system = system_of(layer, crs)
    check_polygons(layer.geometry, labels, source=layer.source)
    check_crs(layer.geometry, system, source=layer.source)
    check_overlaps(layer.geometry, labels, system, source=layer.source)
    geometry = shapely.force_2d(layer.geometry)
    if ids is None:
        ids = _ids_from_shapes(geometry)
    if system in (crs_.GCJ02, crs_.BD09):
        geometry, system = crs_.project(geometry, source=system, target=crs_.WGS84), crs_.WGS84
    optional = _optional(layer, columns, ids)
    order = np.argsort(ids.astype(str), kind="stable")
    return Units(
        ids=ids[order],
        geometry=geometry[order],
        weight=weight[order],
        crs=system,
        fields={name: values[order] for name, values in layer.fields.items()},
        weight_field=columns.weight,
        **{name: None if values is None else values[order] for name, values in optional.items()},
    )


def weights_of(layer: Layer, columns: UnitColumns) -> NDArray[np.float64]:
    """The weight of each row, ≥ 0 and finite; the first kind of fault is an error that names its rows."""
    field = columns.weight
    fill = columns.missing_weight
    if fill is not None and not (np.isfinite(fill) and fill >= 0):
        raise InvalidInput("missing_weight_bad", value=fill)
    if not any(name.casefold() == field.casefold() for name in layer.fields):
        numeric = numeric_names(layer)
        similar = near(field, layer.fields)
        key = "weight_field_unknown" if similar is None else "weight_field_unknown_similar"
        raise InvalidInput(key, field=field, source=layer.source, fields=", ".join(numeric) or "-", similar=similar)
    given = column(layer, field)
    values, no_number = numbers(given)
    labels = _labels(layer, columns)
    _refuse("weight_not_number", no_number, layer, columns, given, labels)
    missing = np.isnan(values)
    if fill is None:
        _refuse("weight_missing", missing, layer, columns, given, labels)
    else:
        values = np.where(missing, fill, values)
    _refuse("weight_negative", values < 0, layer, columns, given, labels)
    _refuse("weight_not_finite", ~np.isfinite(values), layer, columns, given, labels)
    return values


def _refuse(
    key: str,
    bad: NDArray[np.bool_],
    layer: Layer,
    columns: UnitColumns,
    given: NDArray[Any],
    labels: NDArray[np.object_] | None,
) -> None:
    rows = np.flatnonzero(bad).tolist()
    if rows:
        raise InvalidInput(
            key,
            source=layer.source,
            field=columns.weight,
            rows=name_rows(rows, None if labels is None else labels.tolist()),
            row=rows[0] + 1,
            count=len(rows),
            value=given[rows[0]],
            fields=", ".join(numeric_names(layer)) or "-",
        )


def _labels(layer: Layer, columns: UnitColumns) -> NDArray[np.object_] | None:
    """The ids for messages about something else: what is wrong with the ids themselves is said later."""
    try:
        return ids_of(layer, columns)
    except InvalidInput:
        return None


def ids_of(layer: Layer, columns: UnitColumns) -> NDArray[np.object_] | None:
    """The ids of the rows.

    The column that was asked for; else "id" if it is complete and unique; else the first complete and unique column
    of texts or whole numbers that is not the weight; None if there is no such column. A column that is called like
    an id and is one but for a few rows is a mistake to mend, not a reason to make up other ids.
    """
    if columns.id_field is not None:
        return _complete_ids(layer, columns.id_field)
    candidates = sorted(layer.fields, key=lambda name: name.casefold() != "id")  # stable: else the file's order
    nearly = None
    for name in candidates:
        values = layer.fields[name]
        if name.casefold() == columns.weight.casefold() or values.dtype.kind not in "iuO":
            continue
        ids = texts(values)
        distinct = len(set(ids.tolist()) - {None})
        if distinct == len(ids):
            return ids
        if _ID_NAME.search(name) and distinct >= _NEARLY * len(ids):
            nearly = nearly or name
            if name.casefold() == "id":
                break
    return None if nearly is None else _complete_ids(layer, nearly)


def _complete_ids(layer: Layer, field: str) -> NDArray[np.object_]:
    ids = texts(column(layer, field))
    gaps = [row for row, name in enumerate(ids) if name is None]
    if gaps:
        raise InvalidInput("id_missing", source=layer.source, field=field, rows=name_rows(gaps), row=gaps[0] + 1)
    _refuse_twice(ids, layer, field)
    return ids


def _refuse_twice(ids: NDArray[np.object_], layer: Layer, field: str) -> None:
    seen: dict[str, int] = {}
    twice: list[tuple[int, int]] = []
    for row, name in enumerate(ids.tolist()):
        if name in seen:
            twice.append((seen[name], row))
        seen.setdefault(name, row)
    if twice:
        first, second = twice[0]
        raise InvalidInput(
            "id_twice",
            source=layer.source,
            field=field,
            value=ids[first],
            row=second + 1,
            first_row=first + 1,
            count=len(twice),
            rows=name_rows([row for _, row in twice], ids.tolist()),
        )


def _ids_from_shapes(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Ids "u00001" … by place from west to east, so that they do not depend on the order of rows."""
    bounds = shapely.bounds(geometry)
    wkb = shapely.to_wkb(shapely.normalize(geometry), byte_order=1)
    order = sorted(range(len(geometry)), key=lambda row: (*bounds[row].tolist(), wkb[row]))
    width = max(5, len(str(len(geometry))))
    ids = np.empty(len(geometry), dtype=object)
    for number, row in enumerate(order, start=1):
        ids[row] = f"u{number:0{width}d}"
    return ids


def system_among(layer: Layer, crs: str | None) -> str:
    """The reference system of one file of several, of which `crs` is that of files that name none."""
    west, south, east, north = shapely.bounds(layer.geometry).T
    system = crs_.choose((west + east) / 2.0, (south + north) / 2.0, own=layer.crs, named=crs)
    return system_of(layer, system)


def system_of(layer: Layer, crs: str | None) -> str:
    """The reference system that was named, else the file's own; one there must be."""
    if crs is not None:
        return crs_.canonical(crs)
    if layer.crs is None:
        raise InvalidCrs("layer_crs_missing", source=layer.source)
    return layer.crs


def _optional(layer: Layer, columns: UnitColumns, ids: NDArray[np.object_]) -> dict[str, Any]:
    parent = group = grid = locked = None
    if columns.within is not None:
        parent = texts(column(layer, columns.within))
        gaps = [row for row, name in enumerate(parent) if name is None]
        if gaps:
            where = name_rows(gaps, ids.tolist())
            raise InvalidInput("parent_missing", source=layer.source, field=columns.within, rows=where, row=gaps[0] + 1)
    if columns.keep is not None:
        group = texts(column(layer, columns.keep), missing="")
    if columns.current is not None:
        grid = texts(column(layer, columns.current), missing="")
    if columns.locked is not None:
        locked = flags(column(layer, columns.locked), field=columns.locked, source=layer.source)
    return {"parent": parent, "group": group, "grid": grid, "locked": locked}
