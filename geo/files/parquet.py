"""GeoParquet with WKB geometry, as version 1.1 of its specification describes it; other Parquet files are tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput
from geo.files.geometry import from_wkb
from geo.model import Layer

_DEFAULT_CRS: Final = crs_.WGS84  # the specification: no "crs" key means longitude, latitude of WGS84


def read_parquet(path: Path) -> Layer:
    """A (Geo)Parquet file as a layer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput("file_damaged", path=str(path)) from error
    try:
        geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
        primary = geo.get("primary_column")
        about = geo["columns"][primary] if primary is not None else {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("file_damaged", path=str(path)) from error
    names = [name for name in table.column_names if name != primary]
    fields = {name: _to_numpy(table.column(name)) for name in names}
    if primary is None:
        return Layer(np.full(table.num_rows, None, dtype=object), fields, None, str(path))
    if about.get("encoding") != "WKB" or primary not in table.column_names:
        raise InvalidInput("parquet_encoding", path=str(path), encoding=about.get("encoding"))
    wkb = np.array(table.column(primary).to_pylist(), dtype=object)
    return Layer(from_wkb(wkb), fields, _read_crs(about), str(path))


def write_parquet(path: Path, layer: Layer) -> None:
    """Write one layer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {name: pa.array(_to_arrow(values)) for name, values in layer.fields.items()}
    geometry_name = "geometry"
    while geometry_name in columns:
        geometry_name += "_"
    columns[geometry_name] = pa.array(shapely.to_wkb(layer.geometry).tolist(), type=pa.binary())
    kinds = {geometry.geom_type for geometry in layer.geometry if geometry is not None}
    about: dict[str, Any] = {"encoding": "WKB", "geometry_types": sorted(kinds), "crs": _projjson(layer.crs)}
    geo = {"version": "1.1.0", "primary_column": geometry_name, "columns": {geometry_name: about}}
    table = pa.table(columns).replace_schema_metadata({b"geo": json.dumps(geo, ensure_ascii=False).encode()})
    pq.write_table(table, path, compression="zstd")


def _read_crs(about: Mapping[str, Any]) -> str | None:
    if "crs" not in about:
        return _DEFAULT_CRS
    if about["crs"] is None:
        return None
    try:
        return crs_.canonical(json.dumps(about["crs"]))
    except InvalidCrs:
        return None


def _projjson(crs: str | None) -> Any:
    if crs is None:
        return None
    from pyproj import CRS

    return CRS.from_user_input(crs_.canonical(crs)).to_json_dict()


def _to_numpy(column: Any) -> NDArray[Any]:
    """Text as objects with None, numbers as numbers (NaN where missing), times as UTC datetime64."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("ms"), safe=False)
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        out = np.empty(len(column), dtype=object)
        out[:] = column.to_pylist()
        return out
    return np.asarray(column.combine_chunks().to_numpy(zero_copy_only=False))


def _to_arrow(values: NDArray[Any]) -> Any:
    """Object columns as lists, so that None and mixed text keep their meaning; a NaN among texts is missing."""
    if values.dtype != object:
        return values
    cells = [None if value is None or value != value else value for value in values.tolist()]  # NaN is not itself
    if len({type(value) for value in cells if value is not None}) > 1:
        cells = [None if value is None else str(value) for value in cells]
    return cells
