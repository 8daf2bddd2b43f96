"""Located rows to one file of any kind, as a stream."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.bulk.cells import for_gdal, gdal_type
from geo.bulk.points import is_text
from geo.bulk.ports import FilePorts
from geo.bulk.read import ARROW_ENDINGS
from geo.bulk.shape import Shape, free_name
from geo.bulk.write_text import refuse_geojson, write_csv, write_geojson, write_lines
from geo.errors import InvalidInput
from geo.model import Layer

_GROUP_ROWS: Final = 1 << 19
_GROUP_BYTES: Final = 128 << 20
_DRIVERS: Final = {"GeoPackage": "GPKG", "FlatGeobuf": "FlatGeobuf"}


@dataclass(frozen=True)
class Target:
    """Where the rows go: a file of some kind, or (kind "dataset") a folder of Parquet parts."""

    path: Path
    kind: str

    @classmethod
    def of(cls, out: str, ports: FilePorts) -> Target:
        """By the ending of `out`; one that ends in a slash is a folder."""
        path = Path(out)
        if out.endswith("/"):
            return cls(path, "dataset")
        ending = path.suffix.lower()
        if ending in ARROW_ENDINGS:
            return cls(path, "Arrow")
        if ending == ".parquet":
            return cls(path, "Parquet")
        try:
            return cls(path, ports.kind_of(path))
        except InvalidInput as error:  # the files room does not know of Arrow
            endings = ", ".join((error.context["endings"], *ARROW_ENDINGS))
            raise InvalidInput(error.code, path=out, endings=endings) from None

    def refuse(self, shape: Shape) -> None:
        """Raise `InvalidCrs` where this kind of file cannot name the reference system of the points."""
        if self.kind in ("GeoJSON", "GeoJSONSeq"):
            refuse_geojson(shape, str(self.path), by_line=self.kind == "GeoJSONSeq")
        if self.kind in ("GeoPackage", "FlatGeobuf", "GeoParquet", "Shapefile"):
            shape.refuse_nameless(str(self.path))


def write_file(target: Target, path: Path, schema: Any, batches: Iterable[Any], shape: Shape, ports: FilePorts) -> None:
    """Write all `batches` to `path` as a file of the target's kind.

    Raises
    ------
    InvalidInput
        GDAL refuses.
    """
    if target.kind == "table":
        write_csv(path, schema, batches, shape)
    elif target.kind == "lines":
        write_lines(path, schema, batches, shape)
    elif target.kind in ("GeoJSON", "GeoJSONSeq"):
        write_geojson(path, schema, batches, shape, by_line=target.kind == "GeoJSONSeq")
    elif target.kind in ("Parquet", "GeoParquet"):
        write_parquet(path, *with_points(schema, batches, shape, wanted=target.kind == "GeoParquet"))
    elif target.kind == "Arrow":
        write_arrow(path, *with_points(schema, batches, shape, wanted=False), [name for name, _ in shape.asked.added()])
    elif target.kind == "Shapefile":
        ports.write_layers(path, {"located": _layer(schema, batches, shape)})
    else:
        _write_gdal(path, schema, batches, shape, driver=_DRIVERS[target.kind], final=target.path)


def with_points(schema: Any, batches: Iterable[Any], shape: Shape, *, wanted: bool) -> tuple[Any, Iterator[Any]]:
    """The same rows with what GeoParquet needs: a WKB column where `wanted`, and the metadata that describes it."""
    known = b"geo" in (schema.metadata or {})
    geometry = shape.asked.geometry
    if known or (geometry is None and not wanted):
        return schema, iter(batches)
    if geometry is not None:
        column = geometry
        stream = iter(batches)
    else:
        column = free_name("geometry", schema)
        bare = schema
        schema = schema.append(pa.field(column, pa.binary()))
        stream = (
            pa.RecordBatch.from_arrays([*batch.columns, shape.wkb(batch)], schema=bare.append(schema.field(column)))
            for batch in batches
        )
    try:
        shape.refuse_nameless(str(shape.crs))
    except InvalidInput:
        return schema, stream
    return schema.with_metadata({**(schema.metadata or {}), b"geo": shape.geo_metadata(column)}), stream


def write_parquet(path: Path, schema: Any, batches: Iterable[Any]) -> None:
    """Parquet with row groups of half a million rows, less where rows are wide."""
    held: list[Any] = []
    rows = size = 0
    # A dictionary of numbers that hardly repeat is a third of the work for nothing.
    words = [field.name for field in schema if pa.types.is_dictionary(field.type) or is_text(field.type)]
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, use_dictionary=words) as writer:

        def flush() -> None:
            if held:
                writer.write_table(pa.Table.from_batches([batch.cast(schema) for batch in held]), row_group_size=rows)

        for batch in batches:
            held.append(batch)
            rows += batch.num_rows
            size += batch.nbytes
            if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
                flush()
                held, rows, size = [], 0, 0
        flush()


def write_arrow(path: Path, schema: Any, batches: Iterable[Any], added: Sequence[str]) -> None:
    """Arrow IPC. Dictionaries of the input may differ between batches, which the format forbids: they become texts.

    Those of the columns `added` are the same in all batches.
    """
    fields = []
    for field in schema:
        varies = pa.types.is_dictionary(field.type) and field.name not in added
        fields.append(field.with_type(field.type.value_type) if varies else field)
    plain = pa.schema(fields, metadata=schema.metadata)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, plain) as writer:
        for batch in batches:
            writer.write_batch(batch.cast(plain))


def _write_gdal(path: Path, schema: Any, batches: Iterable[Any], shape: Shape, *, driver: str, final: Path) -> None:
    import pyogrio.raw
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    names = [name for name in schema.names if name != shape.asked.geometry]
    geometry = free_name("geom", schema)
    plain = pa.schema([pa.field(name, gdal_type(schema.field(name).type)) for name in names])
    plain = plain.append(pa.field(geometry, pa.binary()))
    failed: list[BaseException] = []

    def stream() -> Iterator[Any]:
        try:
            for batch in batches:
                columns = [for_gdal(schema.field(name), batch.column(name)) for name in names]
                yield pa.RecordBatch.from_arrays([*columns, shape.wkb(batch)], schema=plain)
        except BaseException as error:  # it would cross GDAL's code as a text
            failed.append(error)
            raise

    options: dict[str, Any] = {"layer": "located"}
    if driver == "GPKG":
        options |= {"FID": free_name("fid", schema)}
    else:
        options |= {"SPATIAL_INDEX": "NO"}  # it would put the rows in another order
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pyogrio.raw.write_arrow(
                pa.RecordBatchReader.from_batches(plain, stream()),
                path,
                driver=driver,
                geometry_name=geometry,
                geometry_type="Point",
                crs=shape.crs,
                encoding="UTF-8",
                **options,
            )
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, ValueError) as error:
        if failed:
            raise failed[0] from None
        raise InvalidInput("out_refused", path=str(final), detail=str(error)) from error


def _layer(schema: Any, batches: Iterable[Any], shape: Shape) -> Layer:
    """All rows in memory."""
    table = pa.Table.from_batches(list(batches), schema=schema).combine_chunks()
    whole = table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema=schema)
    fields = {}
    for name in schema.names:
        if name != shape.asked.geometry:
            column = for_gdal(schema.field(name), whole.column(name))
            fields[name] = np.asarray(column.to_numpy(zero_copy_only=False))
    points = np.asarray(shapely.from_wkb(shape.wkb(whole).to_pylist()), dtype=object)
    return Layer(geometry=points, fields=MappingProxyType(fields), crs=shape.crs, source="")
