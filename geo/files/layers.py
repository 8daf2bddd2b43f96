"""Any file as a `Layer`: which layer, in which encoding, by which reader."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput, NotFound
from geo.files.geometry import from_wkb, from_wkt
from geo.files.names import Source, find_source
from geo.files.parquet import read_parquet
from geo.files.shapefile import long_names, text_encoding
from geo.files.sniff import check_file
from geo.files.text import decode, read_rows
from geo.model import Layer

_INTEGER: Final = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WKT_NAMES: Final = ("wkt", "geometry", "geom")


def read_layer(name: str, *, prefer: Sequence[str] = ()) -> Layer:
    """Read `FILE` or `FILE:LAYER`.

    Parameters
    ----------
    name : str
    prefer : layer names that are taken where none is asked for and the file has several

    Raises
    ------
    NotFound
        No such file, or no such layer in it.
    InvalidInput
        The file is empty, damaged, of another kind, or has several layers and none is named.
    """
    source = find_source(name)
    check_file(source)
    if source.kind in ("table", "lines"):
        return _table_layer(source)
    if source.kind == "GeoParquet":
        return read_parquet(source.path)
    return _read_vector(source, prefer)


def layer_names(source: Source) -> list[tuple[str, bool]]:
    """The layers of a vector file and whether each has geometry."""
    return [(str(name), kind is not None) for name, kind in _gdal("list_layers", source)]


def _read_vector(source: Source, prefer: Sequence[str]) -> Layer:
    content, options = _content(source)
    layer = choose_layer(source, prefer) if source.kind == "GeoPackage" or source.layer else None
    encoding = None
    if source.kind == "Shapefile":
        # Latin-1 hands the bytes through as they are, whatever the .cpg claims; they are decoded here.
        encoding, options = text_encoding(source.path), {"encoding": "ISO-8859-1"}
    meta, _, wkb, columns = _gdal("read", source, content, layer=layer, force_2d=True, **options)
    names = [str(name) for name in meta["fields"]]
    arrays = [_plain(column) for column in columns]
    if encoding is not None:
        names = [_redecode(name, encoding) for name in names]
        arrays = [_redecoded(column, encoding) for column in arrays]
        names = long_names(source.path, names)
    rows = len(arrays[0]) if wkb is None and arrays else 0 if wkb is None else len(wkb)
    geometry = np.full(rows, None, dtype=object) if wkb is None else from_wkb(wkb)
    where = f"{source.path}:{layer}" if layer else str(source.path)
    return Layer(geometry, dict(zip(names, arrays, strict=True)), crs_of(meta["crs"]), where)


def _gdal(call: str, source: Source, content: Any = None, **options: Any) -> Any:
    """Call pyogrio; what GDAL cannot read is a sentence about the file."""
    import pyogrio
    import pyogrio.raw
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    function = pyogrio.list_layers if call == "list_layers" else pyogrio.raw.read
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on oddities; what matters is checked on the values
            return function(source.path if content is None else content, **options)
    except DataLayerError as error:
        raise InvalidInput("file_no_layer", path=str(source.path)) from error
    except (DataSourceError, FeatureError, FieldError, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput("file_damaged", path=str(source.path)) from error


def _content(source: Source) -> tuple[Any, dict[str, Any]]:
    """What GDAL is to read: the path, or the bytes turned to UTF-8 where a JSON file is in another encoding."""
    if source.kind not in ("GeoJSON", "GeoJSONSeq"):
        return None, {}
    data = source.path.read_bytes()
    text = decode(data, path=source.path)
    plain = text.encode("utf-8")
    return (None if plain == data else plain), {}


def choose_layer(source: Source, prefer: Sequence[str] = ()) -> str:
    """The layer that was asked for, or the only one with geometry; `prefer` names those that are taken first."""
    layers = layer_names(source)
    names = [name for name, _ in layers]
    if source.layer is not None:
        if source.layer not in names:
            raise NotFound("layer_unknown", path=str(source.path), layer=source.layer, layers=", ".join(names) or "-")
        return source.layer
    for name in prefer:
        if name in names:
            return name
    spatial = [name for name, has_geometry in layers if has_geometry]
    only = spatial if spatial else names
    if not only:
        raise InvalidInput("file_no_layer", path=str(source.path))
    if len(only) > 1:
        raise InvalidInput("layer_unclear", path=str(source.path), layers=", ".join(only), layer=only[0])
    return only[0]


def crs_of(found: str | None) -> str | None:
    """The canonical name; None where the file's system is one that nobody can place ("undefined Cartesian")."""
    if not found:
        return None
    try:
        return crs_.canonical(found)
    except InvalidCrs:
        return None


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    """Text columns as objects with None for missing, whatever string type a reader prefers."""
    column = np.asarray(column)
    return column.astype(object) if column.dtype.kind in "US" else column


def _redecoded(column: NDArray[Any], encoding: str) -> NDArray[Any]:
    if column.dtype != object:
        return column
    cells = [_redecode(value, encoding) if isinstance(value, str) else value for value in column.tolist()]
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out


def _redecode(text: str, encoding: str) -> str:
    # A value that was cut in the middle of a character at the end of its column loses that half character.
    return text.encode("latin-1").decode(encoding, errors="ignore")


def _table_layer(source: Source) -> Layer:
    """A table as a layer: geometry from a WKT column or the geometry of GeoJSON lines, else none."""
    header, found = read_rows(source)
    rows: list[Any] = []
    for row in found:
        if isinstance(row, Exception):
            raise row
        rows.append(row)
    if source.kind == "lines" and rows and all(row.get("type") == "Feature" for row in rows):
        return _read_vector(Source(source.path, None, "GeoJSONSeq"), ())
    fields = {name: _typed([row.get(name) for row in rows]) for name in header}
    geometry = np.full(len(rows), None, dtype=object)
    name = next((name for name in header if name.casefold() in _WKT_NAMES), None)
    if name is not None and fields[name].dtype == object:
        texts = np.array([value if isinstance(value, str) else None for value in fields.pop(name)], dtype=object)
        geometry = from_wkt(texts)
    return Layer(geometry, fields, None, str(source.path))


def _typed(cells: list[Any]) -> NDArray[Any]:
    """Numbers where every cell is one ("007" is not: its zeros would be lost), else texts; None for what is empty."""
    values = [None if cell is None or (isinstance(cell, str) and not cell.strip()) else cell for cell in cells]
    given = [value for value in values if value is not None]
    full = bool(given) and len(given) == len(values)
    if given and all(_is_number(value) for value in given):
        if full and all(_INTEGER.fullmatch(str(value).strip()) for value in given):
            return np.array([int(value) for value in given], dtype=np.int64)
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    if full and all(isinstance(value, bool) for value in given):
        return np.array(given, dtype=np.bool_)
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        text = value.strip()
        digits = text.lstrip("+-")
        padded = digits.startswith("0") and digits[1:2].isdigit()
        return _NUMBER.fullmatch(text) is not None and not padded and len(text) <= 25
    return isinstance(value, int | float) and not isinstance(value, bool)
