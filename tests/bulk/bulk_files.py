"""The same points in files of every kind, and the rows of every kind of result."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import shapely

from geo.files import LocalFiles
from geo.model import Layer
from tests.api.conftest import SOUTH, STEP, WEST

ROWS = 60
GEOMETRY = (".gpkg", ".geojson", ".geojsonl", ".geoparquet", ".fgb", ".shp")
COLUMNS = (".csv", ".tsv", ".ndjson", ".parquet", ".arrow", ".feather", ".arrows")


def points() -> tuple[np.ndarray, np.ndarray]:
    """In the lattice, on its borders and beside it."""
    rng = np.random.default_rng(11)
    x, y = rng.integers(-1, 10, ROWS) / 2, rng.random(ROWS) * 6 - 1
    return WEST + x * STEP, SOUTH + y * STEP


def fields() -> dict[str, Any]:
    names = np.array([f"点{k}" if k % 3 else f'a "b", {k}' for k in range(ROWS)], dtype=object)
    return {"名称": names, "n": np.arange(ROWS, dtype=np.int64), "share": np.arange(ROWS) / 7}


def write_points(path: Path) -> Path:
    x, y = points()
    values = fields()
    if path.suffix in GEOMETRY:
        plain = path.with_suffix(".parquet") if path.suffix == ".geoparquet" else path
        layer = Layer(np.asarray(shapely.points(x, y), dtype=object), values, "EPSG:4326", "")
        LocalFiles().write_layers(str(plain), {"p": layer})
        if plain != path:
            plain.rename(path)
        return path
    columns = {**values, "经度": x, "纬度": y}
    if path.suffix in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
            writer.writerow(columns)
            writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    elif path.suffix == ".ndjson":
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
        path.write_text("\n".join(lines), "utf-8")
    else:
        table = pa.table({name: pa.array(column.tolist()) for name, column in columns.items()})
        write_table(path, table)
    return path


def write_table(path: Path, table: pa.Table, rows: int = 25) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=rows)
    elif path.suffix == ".arrows":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=rows)
    else:
        feather.write_feather(table, str(path), chunksize=rows)
    return path


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a result, in order; a geometry as (x, y)."""
    if path.suffix in (".csv", ".tsv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if path.suffix in (".parquet", ".geoparquet") or path.is_dir():
        return [_plain(row) for row in pq.read_table(path).to_pylist()]
    if path.suffix in (".arrow", ".feather"):
        return [_plain(row) for row in feather.read_table(str(path)).to_pylist()]
    layer = LocalFiles().read_layer(str(path))
    rows = [
        dict(zip(layer.fields, cells, strict=True))
        for cells in zip(*(values.tolist() for values in layer.fields.values()), strict=True)
    ]
    for row, shape in zip(rows, layer.geometry, strict=True):
        row["geometry"] = None if shape is None else (shape.x, shape.y)
    return rows


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    shape = row.get("geometry", row.get("geom"))
    if isinstance(shape, bytes):
        point = shapely.from_wkb(shape)
        row["geometry"] = (point.x, point.y)
    return row
