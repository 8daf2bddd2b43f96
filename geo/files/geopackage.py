"""Writing GeoPackages (and what else GDAL writes) so that the same layers give the same bytes."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput
from geo.files.text import cells_of
from geo.model import Layer

# GDAL stamps the time of writing into gpkg_contents; a fixed one makes files comparable by their bytes.
_STAMP: Final = "2000-01-01T00:00:00Z"
_LOCK: Final = threading.Lock()  # GDAL's configuration belongs to the whole process


def write_geopackage(path: Path, layers: Mapping[str, Layer]) -> None:
    """Write layers in their order; a layer without geometry and CRS becomes a plain table."""
    for name, layer in layers.items():
        own = {"FID": _free("fid", layer.fields), "GEOMETRY_NAME": _free("geom", layer.fields)}
        write_gdal(path, layer, driver="GPKG", options={"layer": name, "append": path.exists(), **own})


def _free(name: str, fields: Iterable[str]) -> str:
    """`name`, or `name` with a number that no column is called, since SQLite does not tell case apart."""
    taken = {field.casefold() for field in fields}
    return next(word for k in range(len(taken) + 1) if (word := f"{name}{k or ''}") not in taken)


def write_gdal(path: Path, layer: Layer, *, driver: str, options: Mapping[str, Any]) -> None:
    """Write one layer with GDAL's `driver`.

    Raises
    ------
    InvalidInput
        GDAL refuses (say, points and polygons in one Shapefile).
    InvalidCrs
        GCJ-02 or BD-09, which no file can name.
    """
    import pyogrio.raw
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    crs = None if layer.crs is None else crs_.canonical(layer.crs)
    if crs in (crs_.GCJ02, crs_.BD09):
        raise InvalidCrs("out_crs_has_no_name", path=str(path), crs=crs)
    columns = [as_column(values) for values in layer.fields.values()]
    empty = not len(layer.geometry) or bool(shapely.is_missing(layer.geometry).all())
    spatial = not empty or layer.crs is not None
    if not spatial and not columns:
        raise InvalidInput("layer_nothing", path=str(path))
    kind = geometry_type(layer.geometry)
    with _fixed_time(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as a field name that a format shortens, which is said elsewhere
        try:
            pyogrio.raw.write(
                path,
                shapely.to_wkb(layer.geometry) if spatial else None,
                [values for values, _ in columns],
                np.array(list(layer.fields), dtype=object),
                field_mask=[mask for _, mask in columns],
                geometry_type=kind if spatial else None,
                promote_to_multi=kind.startswith("Multi"),
                crs=crs,
                driver=driver,
                encoding="UTF-8",
                **options,
            )
        except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, ValueError) as error:
            raise InvalidInput("out_refused", path=str(path), detail=str(error)) from error


def geometry_type(geometry: NDArray[np.object_]) -> str:
    """The one OGR type of all geometries; single ones may stand among multiple ones, anything else is "Unknown".

    A LinearRing is a LineString in every file, and OGR's type of its name makes pyogrio end the interpreter.
    """
    kinds = {
        "LineString" if item.geom_type == "LinearRing" else item.geom_type for item in geometry if item is not None
    }
    if len(kinds) == 1:
        return str(kinds.pop())
    plain = {kind.removeprefix("Multi") for kind in kinds}
    return f"Multi{plain.pop()}" if len(plain) == 1 else "Unknown"


def as_column(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """A column as GDAL takes it, and where it is missing: texts, numbers, truth values or times."""
    if values.dtype != object:
        return values, None
    cells = cells_of(values)
    missing = np.array([cell is None for cell in cells], dtype=np.bool_)
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds and kinds <= {bool, np.bool_}:
        return np.array([bool(cell) for cell in cells], dtype=np.bool_), missing
    if kinds and kinds <= {int, np.int64, np.int32}:
        return np.array([0 if cell is None else int(cell) for cell in cells], dtype=np.int64), missing
    if kinds and kinds <= {int, float, np.int64, np.float64}:
        return np.array([np.nan if cell is None else float(cell) for cell in cells]), None
    out = np.empty(len(cells), dtype=object)
    out[:] = [None if cell is None else str(cell) for cell in cells]
    return out, None


@contextmanager
def _fixed_time() -> Iterator[None]:
    import pyogrio

    name = "OGR_CURRENT_DATE"
    with _LOCK:
        before = pyogrio.get_gdal_config_option(name)
        pyogrio.set_gdal_config_options({name: _STAMP})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({name: before})
