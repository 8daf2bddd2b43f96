"""One vector tile of a layer: which features fall in it, and what they carry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from geo.errors import InvalidInput, NotFound
from geo.service.context import Service, get_plan_in_force, knowledge, net_of

LAYERS = ("grids", "units", "issues", "base")
MAX_ZOOM = 22


def tile(service: Service, layer: str, z: int, x: int, y: int) -> bytes:
    """Mapbox Vector Tile of `layer` at z/x/y (XYZ scheme); b"" where nothing lies.

    Raises
    ------
    NotFound
        No such layer, or no plan is in force.
    InvalidInput
        The tile address does not exist.
    """
    if layer not in LAYERS:
        raise NotFound("tile_layer_unknown", layer=layer, known=", ".join(LAYERS))
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise InvalidInput("tile_address", z=z, x=x, y=y, most=MAX_ZOOM)
    geometry, properties = _features(service, layer, tile_bounds(z, x, y))
    if not len(geometry):
        return b""
    return service.encode_tile(layer, geometry, list(range(1, len(geometry) + 1)), properties, z=z, x=x, y=y)


def tile_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of an XYZ tile in degrees WGS84 (spherical Web Mercator, EPSG:3857)."""
    side = 2.0**z

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))

    return x / side * 360 - 180, latitude(y + 1), (x + 1) / side * 360 - 180, latitude(y)


def _features(
    service: Service, layer: str, bounds: tuple[float, float, float, float]
) -> tuple[Any, list[Mapping[str, Any]]]:
    rows: list[tuple[Any, Mapping[str, Any]]]
    if layer == "issues":
        issues = service.store.list_issues(bbox=bounds)
        rows = [
            (shapely.Point(i.location.lon, i.location.lat), {"id": i.id, "status": i.status, "grid": i.location.grid})
            for i in issues
            if i.location.lon is not None and i.location.lat is not None and i.location.status != "unlocated"
        ]
    elif layer == "base":
        rows = [
            (f.geometry, {"layer": f.layer, "kind": f.kind, "name": f.name}) for f in knowledge(service).place.features
        ]
    elif layer == "grids":
        grids = net_of(service, get_plan_in_force(service)).grids
        rows = [(g.geometry, {"code": g.code, "name": g.name, "weight": g.weight, "colour": g.colour}) for g in grids]
    else:
        units = service.store.get_units(get_plan_in_force(service).id)
        codes = units.grid if units.grid is not None else [""] * len(units)
        rows = [
            (shape, {"id": str(key), "grid": str(code), "weight": float(weight)})
            for shape, key, code, weight in zip(units.geometry, units.ids, codes, units.weight, strict=True)
        ]
    shapes = np.array([row[0] for row in rows], dtype=object)
    # A tile's lines and labels need what lies just outside it too: an eighth of a tile.
    margin = (bounds[2] - bounds[0]) / 8
    box = shapely.box(bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin)
    hit = np.flatnonzero(shapely.intersects(shapes, box)) if len(shapes) else np.array([], dtype=int)
    return shapes[hit], [rows[i][1] for i in hit]
