"""Writing layers, tables and texts; the file's ending decides the format."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput
from geo.files.beside import beside
from geo.files.geopackage import write_gdal, write_geopackage
from geo.files.names import kind_of
from geo.files.parquet import write_parquet
from geo.files.shapefile import names_table, short_names, write_names
from geo.files.text import cells_of
from geo.model import Layer

_DBF_TEXT_BYTES: Final = 254
# What a spreadsheet would run as a formula if a cell began with it.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def write_layers(path: Path, layers: Mapping[str, Layer]) -> None:
    """Write layers in the format of the file's ending, in their own reference system.

    GeoPackage holds any number of layers, every other format one. A Shapefile's column names are cut to ten bytes;
    the table `<name>.fields.csv` beside it says which stands for which, and is read back.

    Raises
    ------
    InvalidInput
        Several layers for a format that holds one, texts too long for a Shapefile, or a disk that refuses.
    InvalidCrs
        A reference system that the format cannot name.
    """
    kind = kind_of(path)
    if kind != "GeoPackage" and len(layers) != 1:
        names = ", ".join(layers) or "-"
        raise InvalidInput("format_one_layer", path=str(path), layers=names, better=str(path.with_suffix(".gpkg")))
    for layer in layers.values():
        if layer.crs is not None and crs_.canonical(layer.crs) in (crs_.GCJ02, crs_.BD09):
            raise InvalidCrs("out_crs_has_no_name", path=str(path), crs=crs_.canonical(layer.crs))
    with beside(path) as target:
        if kind == "GeoPackage":
            write_geopackage(target, layers)
            return
        layer = next(iter(layers.values()))
        if kind in ("GeoJSON", "GeoJSONSeq"):
            _write_geojson(target, layer, by_line=kind == "GeoJSONSeq")
        elif kind == "Shapefile":
            _write_shapefile(target, layer, path)
        elif kind == "GeoParquet":
            write_parquet(target, layer)
        elif kind == "FlatGeobuf":
            write_gdal(target, layer, driver="FlatGeobuf", options={})
        elif kind == "lines":
            target.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in _rows(layer)), "utf-8")
        else:
            rows = _rows(layer)
            _write_csv(target, list(rows[0]) if rows else _row_names(layer), [list(row.values()) for row in rows])


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON in UTF-8; numpy numbers and arrays become plain ones, NaN becomes null."""
    text = json.dumps(_json_value(value), ensure_ascii=False, indent=2, allow_nan=False, default=str)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with the line ends that it has."""
    with beside(path) as target:
        target.write_bytes(text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file's content as it is."""
    with beside(path) as target:
        target.write_bytes(data)


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV table for people and their office programs.

    UTF-8 with a mark, so that the Chinese is read; a text that a spreadsheet would run as a formula (citizens' words
    among them) gets an apostrophe before it.
    """
    with beside(path) as target:
        _write_csv(target, header, ([harmless(value) for value in row] for row in rows))


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        writer.writerow(header)
        writer.writerows(rows)


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet runs as a formula: such a text gets an apostrophe before it."""
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _row_names(layer: Layer) -> list[str]:
    return [*layer.fields, *(["wkt"] if _has_geometry(layer) else [])]


def _rows(layer: Layer) -> list[dict[str, Any]]:
    """A layer as plain rows, its geometry as exact WKT."""
    columns = {name: cells_of(values) for name, values in layer.fields.items()}
    if _has_geometry(layer):
        columns["wkt"] = shapely.to_wkt(layer.geometry, rounding_precision=-1).tolist()
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _has_geometry(layer: Layer) -> bool:
    return not bool(shapely.is_missing(layer.geometry).all())


def _write_geojson(path: Path, layer: Layer, *, by_line: bool) -> None:
    """Coordinates keep every bit; a system other than WGS84 is named by its EPSG number in the member "crs"."""
    crs = crs_.WGS84 if layer.crs is None else crs_.canonical(layer.crs)
    plain = crs == crs_.WGS84
    if not crs.startswith("EPSG:") or (by_line and not plain):
        raise InvalidCrs("out_crs_has_no_name", path=str(path), crs=crs[:60])
    columns = {name: cells_of(values) for name, values in layer.fields.items()}
    shapes = shapely.to_geojson(layer.geometry)
    lines = []
    for row, shape in enumerate(shapes.tolist()):
        properties = json.dumps({name: cells[row] for name, cells in columns.items()}, ensure_ascii=False, default=str)
        lines.append(f'{{"type":"Feature","properties":{properties},"geometry":{shape or "null"}}}')
    if by_line:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return
    name = f'"crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::{crs[5:]}"}}}},'
    body = ",\n".join(lines)
    head = f'{{"type":"FeatureCollection",{"" if plain else name}"features":['
    path.write_text(f"{head}\n{body}\n]}}\n", encoding="utf-8")


def _write_shapefile(path: Path, layer: Layer, final: Path) -> None:
    """Texts in UTF-8 with a .cpg that says so. Times become ISO texts and truth values 1 and 0."""
    names = list(layer.fields)
    short = short_names(names)
    fields = {}
    for name, cut in zip(names, short, strict=True):
        values = layer.fields[name]
        fields[cut] = _texts(cells_of(values), name, final) if values.dtype.kind in "OM" else values
        if values.dtype == np.bool_:
            fields[cut] = values.astype(np.int32)
    if not fields:  # GDAL would add a column of its own
        fields = {"row": np.arange(1, len(layer.geometry) + 1, dtype=np.int64)}
    if not _has_geometry(layer):
        raise InvalidInput("shapefile_no_geometry", path=str(final))
    shape = Layer(layer.geometry, fields, layer.crs, layer.source)
    write_gdal(path, shape, driver="ESRI Shapefile", options={})
    if names and short != names:
        write_names(path, names, short)
    # What an earlier file of this name left: an index of other shapes, names of other columns.
    for stale in (names_table(final), *(final.with_suffix(ending) for ending in (".qix", ".sbn", ".sbx"))):
        if not (path.parent / stale.name).exists():
            stale.unlink(missing_ok=True)


def _texts(cells: list[Any], field: str, path: Path) -> NDArray[np.object_]:
    out = np.empty(len(cells), dtype=object)
    out[:] = [int(cell) if isinstance(cell, bool) else cell for cell in cells]
    for row, cell in enumerate(out):
        if isinstance(cell, str) and len(cell.encode("utf-8")) > _DBF_TEXT_BYTES:
            better = str(path.with_suffix(".gpkg"))
            raise InvalidInput("shapefile_text_too_long", row=row + 1, field=field, path=str(path), better=better)
    return out


def _json_value(value: Any) -> Any:
    """Plain values all the way down: JSON has no NaN, and numpy is not JSON."""
    if isinstance(value, Mapping):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _json_value(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [_json_value(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.generic):
        return _json_value(value.item())
    return None if isinstance(value, float) and not np.isfinite(value) else value
