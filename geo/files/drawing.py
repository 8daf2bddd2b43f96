"""The plan file: a GeoPackage with the layers `grids` and `units` and the table `plan`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidBoundary, InvalidCrs, InvalidInput
from geo.files.beside import beside
from geo.files.columns import column, name_rows, numbers, text_of, texts
from geo.files.geopackage import write_geopackage
from geo.files.layers import layer_names, read_layer
from geo.files.names import find_source
from geo.files.sniff import check_file
from geo.model import Drawing, Grid, GridKind, Layer, Units

_UNIT_COLUMNS: Final = ("id", "grid", "parent", "weight")
_KINDS: Final[dict[str, GridKind]] = {"base": "base", "special": "special", "micro": "micro"}


def write_drawing(path: Path, drawing: Drawing, more: Mapping[str, Layer] = MappingProxyType({})) -> None:
    """Write a plan file: grids by code, units by id, wishes by name; the same drawing gives the same bytes.

    Parameters
    ----------
    path : a name that ends in .gpkg.
    drawing : the plan.
    more : further layers and tables by name, written after those of the plan.

    Raises
    ------
    InvalidInput
        The file's ending is not .gpkg (no other format holds two layers and a table), or it cannot be written.
    """
    if path.suffix.lower() != ".gpkg":
        raise InvalidInput("plan_needs_geopackage", path=str(path), better=str(path.with_suffix(".gpkg")))
    grids = sorted(drawing.grids, key=lambda grid: grid.code)
    keys = sorted(drawing.wishes)
    plan = {"key": keys, "value": [json.dumps(drawing.wishes[key], ensure_ascii=False, default=_plain) for key in keys]}
    layers = {
        "grids": _grid_layer(grids, drawing.crs),
        "units": _unit_layer(drawing.units),
        "plan": Layer(_objects([None] * len(keys)), {name: _objects(cells) for name, cells in plan.items()}, None, ""),
    }
    with beside(path) as target:
        write_geopackage(target, {**layers, **more})


def read_drawing(name: str) -> Drawing:
    """Read a plan file; whether its grids cover the area is not looked at.

    Raises
    ------
    InvalidInput
        A layer or column is missing, a code or id is missing or stands twice, a weight is no number.
    InvalidCrs
        No reference system, or two.
    """
    source = find_source(name)
    check_file(source)
    if source.kind != "GeoPackage":
        raise InvalidInput("plan_needs_geopackage", path=str(source.path), better="*.gpkg")
    there = [layer for layer, _ in layer_names(source)]
    missing = [layer for layer in ("grids", "units") if layer not in there]
    if missing:
        raise InvalidInput(
            "plan_layer_missing", path=str(source.path), missing=", ".join(missing), layers=", ".join(there) or "-"
        )
    grid_layer, unit_layer = (read_layer(f"{source.path}:{layer}") for layer in ("grids", "units"))
    for layer in (grid_layer, unit_layer):
        if layer.crs is None:
            raise InvalidCrs("plan_crs_missing", source=layer.source)
    crs = str(grid_layer.crs)
    if crs != unit_layer.crs:
        raise InvalidCrs("plan_crs_differ", path=str(source.path), grids=crs, units=unit_layer.crs)
    wishes = _wishes(read_layer(f"{source.path}:plan")) if "plan" in there else {}
    units = _read_units(unit_layer, crs, str(wishes.get("weight_field") or "weight"))
    return Drawing(grids=_read_grids(grid_layer), units=units, crs=crs, wishes=wishes)


def _grid_layer(grids: list[Grid], crs: str) -> Layer:
    fields: dict[str, NDArray[Any]] = {
        "code": _objects([grid.code for grid in grids]),
        "name": _objects([grid.name for grid in grids]),
        "parent": _objects([grid.parent for grid in grids]),
        "weight": np.array([grid.weight for grid in grids], dtype=np.float64),
        "units": np.array([grid.units for grid in grids], dtype=np.int64),
        "kind": _objects([grid.kind for grid in grids]),
        "colour": np.array([grid.colour for grid in grids], dtype=np.int64),
        "households": _counts([grid.households for grid in grids]),
        "residents": _counts([grid.residents for grid in grids]),
    }
    return Layer(_objects([grid.geometry for grid in grids]), fields, crs, "grids")


def _unit_layer(units: Units) -> Layer:
    order = np.argsort(units.ids.astype(str), kind="stable")
    blank = _objects([""] * len(units))
    fields: dict[str, NDArray[Any]] = {
        "id": units.ids,
        "grid": blank if units.grid is None else units.grid,
        "parent": blank if units.parent is None else units.parent,
        "weight": units.weight,
    }
    if units.weight_field not in units.fields and units.weight_field not in fields:
        fields[units.weight_field] = units.weight
    taken = {name.casefold() for name in fields}
    for name, values in units.fields.items():
        if name.casefold() in _UNIT_COLUMNS and _equal(values, fields[name.casefold()]):
            continue
        # SQLite does not tell case apart: a column of the input that is called like one of ours gets another name.
        free = name
        while free.casefold() in taken:
            free += "_input"
        taken.add(free.casefold())
        fields[free] = values
    return Layer(units.geometry[order], {name: values[order] for name, values in fields.items()}, units.crs, "units")


def _equal(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return bool((texts(a, missing="") == texts(b, missing="")).all())


def _read_grids(layer: Layer) -> tuple[Grid, ...]:
    codes = _keys(layer, "code")
    _require_shapes(layer, codes)
    weight = _weights(layer, codes)
    columns = {name: layer.fields[name].tolist() for name in layer.fields}

    def count(name: str, row: int) -> int | None:
        value = columns[name][row] if name in columns else None
        return None if value is None or value != value else int(value)

    def word(name: str, row: int) -> str:
        return (text_of(columns[name][row]) if name in columns else None) or ""

    grids = [
        Grid(
            code=codes[row],
            name=word("name", row),
            parent=word("parent", row),
            weight=float(weight[row]),
            units=count("units", row) or 0,
            geometry=layer.geometry[row],
            kind=_KINDS.get(word("kind", row), "base"),
            households=count("households", row),
            residents=count("residents", row),
            colour=count("colour", row) or 0,
        )
        for row in range(len(codes))
    ]
    return tuple(sorted(grids, key=lambda grid: grid.code))


def _read_units(layer: Layer, crs: str, weight_field: str) -> Units:
    ids = _keys(layer, "id")
    _require_shapes(layer, ids)
    weight = _weights(layer, ids)
    grid = texts(column(layer, "grid"), missing="")
    parent = texts(layer.fields["parent"], missing="") if "parent" in layer.fields else None
    if parent is not None and not parent.astype(bool).any():
        parent = None
    order = np.argsort(ids.astype(str), kind="stable")
    return Units(
        ids=ids[order],
        geometry=layer.geometry[order],
        weight=weight[order],
        crs=crs,
        grid=grid[order],
        parent=None if parent is None else parent[order],
        fields={name: values[order] for name, values in layer.fields.items() if name not in _UNIT_COLUMNS},
        weight_field=weight_field,
    )


def _keys(layer: Layer, field: str) -> NDArray[np.object_]:
    """A column of distinct non-empty names."""
    names = texts(column(layer, field))
    seen: dict[str, int] = {}
    for row, name in enumerate(names.tolist()):
        if name is None:
            raise InvalidInput("plan_key_missing", source=layer.source, field=field, row=row + 1)
        if name in seen:
            first = seen[name] + 1
            raise InvalidInput(
                "plan_key_twice", source=layer.source, field=field, value=name, row=row + 1, first_row=first
            )
        seen[name] = row
    return names


def _weights(layer: Layer, names: NDArray[np.object_]) -> NDArray[np.float64]:
    values, _ = numbers(column(layer, "weight"))
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0))).tolist()
    if bad:
        where = name_rows(bad, names.tolist())
        raise InvalidInput("plan_weight_bad", source=layer.source, rows=where, row=bad[0] + 1)
    return values


def _require_shapes(layer: Layer, names: NDArray[np.object_]) -> None:
    bad = np.flatnonzero(shapely.is_missing(layer.geometry) | shapely.is_empty(layer.geometry)).tolist()
    if bad:
        where = name_rows(bad, names.tolist())
        raise InvalidBoundary("geometry_missing", source=layer.source, rows=where, count=len(bad), row=bad[0] + 1)


def _wishes(layer: Layer) -> Mapping[str, Any]:
    wishes: dict[str, Any] = {}
    for key, value in zip(column(layer, "key").tolist(), column(layer, "value").tolist(), strict=True):
        try:
            wishes[str(key)] = json.loads(value)
        except (TypeError, ValueError) as error:
            raise InvalidInput("plan_wish_broken", source=layer.source, field=key, value=value) from error
    return wishes


def _objects(cells: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def _counts(cells: list[int | None]) -> NDArray[Any]:
    """Counts; a column in which nobody counted anything is one of whole numbers all the same."""
    if any(cell is not None for cell in cells):
        return _objects(cells)
    return np.full(len(cells), np.nan)


def _plain(value: Any) -> Any:
    """What JSON does not know: numpy numbers and dates."""
    return value.item() if isinstance(value, np.generic) else str(value)
