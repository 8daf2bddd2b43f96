"""The points of located rows for formats that hold geometry, and what such a format needs to know."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo import crs as crs_
from geo.bulk.arrow import Asked, coordinates, systems
from geo.errors import InvalidCrs


@dataclass(frozen=True)
class Shape:
    """Where the points of a located batch come from.

    Attributes
    ----------
    asked : as for `locate_batch`
    crs : canonical name of the system of the points that are written
    """

    asked: Asked
    crs: str

    @classmethod
    def of(cls, asked: Asked) -> Shape:
        """Rows of mixed systems are written in WGS84, all others in their own."""
        return cls(asked, crs_.WGS84 if asked.crs_field is not None else crs_.canonical(asked.crs or ""))

    def xy(self, batch: Any) -> tuple[Any, Any]:
        """x, y float64 (n,) in `crs`, NaN where there is no point."""
        x, y, _ = coordinates(batch, self.asked)
        if self.asked.crs_field is None:
            return x, y
        names, position = systems(batch, self.asked)
        lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
        for k in np.unique(position[position >= 0]).tolist():
            rows = np.flatnonzero(position == k)
            try:
                lon[rows], lat[rows], _ = crs_.to_wgs84(x[rows], y[rows], crs=names[k])
            except InvalidCrs:
                continue  # the row says so in its note
        return lon, lat

    def wkb(self, batch: Any) -> Any:
        """Points as a column of WKB, null where there is none."""
        x, y = self.xy(batch)
        block = np.zeros((len(x), 21), dtype=np.uint8)
        block[:, :2] = 1
        block[:, 5:] = np.ascontiguousarray(np.column_stack((x, y)), dtype="<f8").view(np.uint8).reshape(len(x), 16)
        offsets = np.arange(len(x) + 1, dtype=np.int32) * 21
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(block)]
        points = pa.Array.from_buffers(pa.binary(), len(x), buffers)
        return pc.if_else(pa.array(np.isfinite(x) & np.isfinite(y)), points, None)

    def refuse_nameless(self, path: str) -> None:
        """GCJ-02 and BD-09 have no name that a file of geometry could carry.

        Raises
        ------
        InvalidCrs
            The points are in one of them.
        """
        if self.crs in (crs_.GCJ02, crs_.BD09):
            raise InvalidCrs("bulk_crs_has_no_name", path=path, crs=self.crs)

    def geo_metadata(self, column: str) -> bytes:
        """GeoParquet's description of a column of WKB points."""
        from pyproj import CRS

        about = {
            "encoding": "WKB",
            "geometry_types": ["Point"],
            "crs": CRS.from_user_input(self.crs).to_json_dict(),
        }
        geo = {"version": "1.1.0", "primary_column": column, "columns": {column: about}}
        return json.dumps(geo, ensure_ascii=False).encode()


def free_name(name: str, schema: Any) -> str:
    """`name`, or `name` with a number that no column is called, whatever the case of its letters."""
    taken = {field.casefold() for field in schema.names}
    return next(word for k in range(len(taken) + 1) if (word := f"{name}{k or ''}") not in taken)
