"""What GDAL reads as a stream (GeoPackage, GeoJSON, FlatGeobuf), and whole layers in memory (Shapefile)."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geo.bulk.ports import BATCH_ROWS, Chunk, FilePorts, Found
from geo.bulk.text import as_utf8
from geo.errors import InvalidInput
from geo.model import Layer


class VectorSource:
    """One layer of a vector file. Places are rows."""

    begin = 0

    def __init__(self, found: Found, ports: FilePorts, work: Path) -> None:
        self.name = str(found.path)
        self._layer = ports.layer_of(found) if found.kind == "GeoPackage" or found.layer else None
        self._path = as_utf8(found.path, work)[0] if found.kind.startswith("GeoJSON") else found.path
        with self._open(0, 1) as (meta, reader):
            self.schema = _named(reader.schema, meta)
            self.crs = ports.crs_of(meta["crs"])
        self.geometry = _geometry(meta) if _geometry(meta) in self.schema.names else None
        self.end = self._count()

    def chunks(self, start: int, row: int) -> Iterator[Chunk]:
        """The rows from row `start` on."""
        del row
        with self._open(start, BATCH_ROWS) as (_, reader):
            for batch in reader:
                start += batch.num_rows
                if batch.num_rows:
                    yield Chunk(pa.RecordBatch.from_arrays(batch.columns, schema=self.schema), start)

    def sample(self, rows: int) -> Iterator[Any]:
        """The first rows: a jump into the file may cost a walk through it."""
        yield from (chunk.batch.slice(0, rows) for chunk in itertools.islice(self.chunks(0, 0), 1))

    def _open(self, skip: int, rows: int) -> Any:
        import pyogrio.raw

        return _quiet(
            self.name,
            lambda: pyogrio.raw.open_arrow(
                self._path, layer=self._layer, skip_features=skip, batch_size=rows, use_pyarrow=True
            ),
        )

    def _count(self) -> int:
        """How many rows there are, 0 where only a walk through the file would tell."""
        import pyogrio

        return max(0, int(_quiet(self.name, lambda: pyogrio.read_info(self._path, layer=self._layer))["features"]))


class LayerSource:
    """A layer in memory. Places are rows."""

    begin = 0

    def __init__(self, layer: Layer) -> None:
        self.name = layer.source
        self.crs = layer.crs
        columns = {name: _column(values) for name, values in layer.fields.items()}
        self.geometry = "geometry"
        while self.geometry in columns:
            self.geometry += "_"
        columns[self.geometry] = pa.array(shapely.to_wkb(layer.geometry).tolist(), type=pa.binary())
        self._table = pa.table(columns)
        self.schema = self._table.schema
        self.end = self._table.num_rows

    def chunks(self, start: int, row: int) -> Iterator[Chunk]:
        """The rows from row `start` on."""
        del row
        for batch in self._table.slice(start).to_batches(max_chunksize=BATCH_ROWS):
            start += batch.num_rows
            yield Chunk(batch, start)

    def sample(self, rows: int) -> Iterator[Any]:
        """Rows spread over the whole."""
        yield from self._table.take(np.linspace(0, max(self.end - 1, 0), min(rows, self.end), dtype=int)).to_batches()


def _quiet(name: str, call: Any) -> Any:
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on oddities
            return call()
    except DataLayerError as error:
        raise InvalidInput("file_no_layer", path=name) from error
    except (DataSourceError, FeatureError, FieldError, UnicodeDecodeError, ValueError) as error:
        raise InvalidInput("file_damaged", path=name) from error


def _geometry(meta: Any) -> str:
    return str(meta.get("geometry_name") or "geometry")


def _named(schema: Any, meta: Any) -> Any:
    """GDAL calls a nameless geometry column wkb_geometry; the types of extensions are its own affair."""
    fields = []
    for field in schema:
        marks = field.metadata or {}
        if field.name == "wkb_geometry" or b"ARROW:extension:name" in marks:
            field = pa.field(_geometry(meta) if field.name == "wkb_geometry" else field.name, field.type)
        fields.append(field)
    return pa.schema(fields)


def _column(values: Any) -> Any:
    if values.dtype != object:
        return pa.array(values, from_pandas=True)
    cells = [None if cell is None or cell != cell else cell for cell in values.tolist()]  # NaN is not itself
    if len({type(cell) for cell in cells if cell is not None}) > 1:
        cells = [None if cell is None else str(cell) for cell in cells]
    return pa.array(cells)
