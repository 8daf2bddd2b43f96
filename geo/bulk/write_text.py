"""Located rows as text: CSV, lines of JSON, GeoJSON. A batch becomes its bytes by a few operations on whole columns."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo import crs as crs_
from geo.bulk.cells import json_values, quoted, texts
from geo.bulk.shape import Shape, free_name
from geo.errors import InvalidCrs

_NEEDS_QUOTES: Final = r'[",\r\n\t;|]|^ | $'


def write_csv(path: Path, schema: Any, batches: Iterable[Any], shape: Shape) -> None:
    """UTF-8 with a mark, so that office programs read the Chinese; points of a geometry column as WKT."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    geometry = shape.asked.geometry
    names = [name for name in schema.names if name != geometry]
    head = [*names, *([free_name("wkt", schema)] if geometry is not None else [])]
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf" + _joined([_cells(pa.array([name])) for name in head], delimiter))
        for batch in batches:
            columns = [_cells(texts(schema.field(name), batch.column(name))) for name in names]
            if geometry is not None:
                columns.append(_wkt(*shape.xy(batch)))
            file.write(_joined(columns, delimiter))


def write_lines(path: Path, schema: Any, batches: Iterable[Any], shape: Shape) -> None:
    """One JSON object a line; points of a geometry column as WKT."""
    geometry = shape.asked.geometry
    wkt = free_name("wkt", schema)
    with path.open("wb") as file:
        for batch in batches:
            members = _members(schema, batch, geometry)
            if geometry is not None:
                members.append((wkt, quoted(_wkt(*shape.xy(batch)))))
            file.write(_bytes(pc.binary_join_element_wise(_object(members), "\n", "")))


def write_geojson(path: Path, schema: Any, batches: Iterable[Any], shape: Shape, *, by_line: bool) -> None:
    """Coordinates keep every bit; a system other than WGS84 is named by its EPSG number in the member "crs"."""
    refuse_geojson(shape, str(path), by_line=by_line)
    name = f'"crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::{shape.crs[5:]}"}}}},'
    head = f'{{"type":"FeatureCollection",{"" if shape.crs == crs_.WGS84 else name}"features":[\n'
    first = True
    with path.open("wb") as file:
        file.write(b"" if by_line else head.encode())
        for batch in batches:
            members = _object(_members(schema, batch, shape.asked.geometry))
            x, y = shape.xy(batch)
            x_text, y_text = (pc.cast(pa.array(values), pa.string()) for values in (x, y))
            there = pa.array(np.isfinite(x) & np.isfinite(y))
            point = pc.binary_join_element_wise('{"type":"Point","coordinates":[', x_text, ",", y_text, "]}", "")
            point = pc.if_else(there, point, "null")
            features = pc.binary_join_element_wise(
                '{"type":"Feature","properties":', members, ',"geometry":', point, "}\n" if by_line else "},\n", ""
            )
            text = _bytes(features)
            if not by_line:  # a comma goes between two batches, none after the last feature
                text = (b"" if first else b",\n") + bytes(text)[:-2]
            file.write(text)
            first = False
        file.write(b"" if by_line else b"\n]}\n")


def refuse_geojson(shape: Shape, path: str, *, by_line: bool) -> None:
    """Raise `InvalidCrs` for a system that GeoJSON has no name for; lines of it know WGS84 alone."""
    if not shape.crs.startswith("EPSG:") or (by_line and shape.crs != crs_.WGS84):
        raise InvalidCrs("out_crs_has_no_name", path=path, crs=shape.crs[:60])


def _members(schema: Any, batch: Any, geometry: str | None) -> list[tuple[str, Any]]:
    return [(name, json_values(schema.field(name), batch.column(name))) for name in schema.names if name != geometry]


def _object(members: list[tuple[str, Any]]) -> Any:
    pieces: list[Any] = []
    for k, (name, values) in enumerate(members):
        pieces += [("," if k else "{") + json.dumps(name, ensure_ascii=False) + ":", pc.fill_null(values, "null")]
    return pc.binary_join_element_wise(*pieces, "}", "")


def _cells(column: Any) -> Any:
    """Strings as cells of CSV, in quotation marks where they need them."""
    awkward = pc.fill_null(pc.match_substring_regex(column, _NEEDS_QUOTES), False)
    if not pc.any(awkward).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(awkward, pc.binary_join_element_wise('"', doubled, '"', ""), column)


def _joined(columns: list[Any], delimiter: str) -> Any:
    if len(columns) == 1:  # an empty line is no row
        columns = [pc.if_else(pc.equal(pc.fill_null(columns[0], ""), ""), '""', columns[0])]
    rows = pc.binary_join_element_wise(*columns, delimiter, null_handling="replace", null_replacement="")
    return _bytes(pc.binary_join_element_wise(rows, "\r\n", ""))


def _wkt(x: Any, y: Any) -> Any:
    x_text, y_text = (pc.cast(pa.array(values), pa.string()) for values in (x, y))
    there = pa.array(np.isfinite(x) & np.isfinite(y))
    return pc.if_else(there, pc.binary_join_element_wise("POINT (", x_text, " ", y_text, ")", ""), None)


def _bytes(column: Any) -> Any:
    """The characters of all strings, one after the other."""
    if not len(column):
        return b""
    wide = pa.types.is_large_string(column.type)
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64 if wide else np.int32)
    return memoryview(data)[bounds[column.offset] : bounds[column.offset + len(column)]]
