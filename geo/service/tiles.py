"""One vector tile of a layer: which features fall in it, and what they carry."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput, NotFound
from geo.service.context import Service, find_plan_in_force, get_plan_in_force, knowledge, net_of
from geo.service.placing import placed_in
from geo.service.plans import stored_drawing

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
    geometry, properties = _features(service, layer, tile_bounds(z, x, y))
    if not len(geometry):
        return b""
    return service.encode_tile(layer, geometry, list(range(1, len(geometry) + 1)), properties, z=z, x=x, y=y)


def tile_bounds(z: int, x: int, y: int, *, margin: float = 0.0) -> tuple[float, float, float, float]:
    """West, south, east, north of an XYZ tile in degrees WGS84 (spherical Web Mercator, EPSG:3857).

    Parameters
    ----------
    margin : share of a tile's side that is added all around.

    Raises
    ------
    InvalidInput
        There is no such tile.
    """
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise InvalidInput("tile_address", z=z, x=x, y=y, most=MAX_ZOOM)
    side = 2.0**z

    def latitude(row: float) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))

    west, east = (column / side * 360 - 180 for column in (x - margin, x + 1 + margin))
    return max(west, -180.0), latitude(y + 1 + margin), min(east, 180.0), latitude(y - margin)


def _features(
    service: Service, layer: str, bounds: tuple[float, float, float, float]
) -> tuple[NDArray[np.object_], list[Mapping[str, Any]]]:
    """What of a layer touches the tile or lies close to it, with what each feature carries."""
    # A tile's lines and labels need what lies just outside it too: an eighth of a tile.
    margin = (bounds[2] - bounds[0]) / 8
    window = (bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin)
    if layer == "issues":
        return _issues(service, window)
    shapes, carry = _SOURCES[layer](service)
    hit = np.flatnonzero(shapely.intersects(shapes, shapely.box(*window))) if len(shapes) else np.array([], dtype=int)
    return shapes[hit], [carry(k) for k in hit.tolist()]


def _issues(
    service: Service, window: tuple[float, float, float, float]
) -> tuple[NDArray[np.object_], list[Mapping[str, Any]]]:
    plan = find_plan_in_force(service)
    issues = service.store.list_issues(bbox=window)
    if plan is not None:
        issues = placed_in(net_of(service, plan), issues)
    placed = [issue for issue in issues if issue.location.status != "unlocated"]
    points = np.empty(len(placed), dtype=np.object_)
    points[:] = [shapely.Point(i.location.lon or 0.0, i.location.lat or 0.0) for i in placed]  # the window has both
    return points, [{"id": i.id, "status": i.status, "grid": i.location.grid} for i in placed]


def _grids(service: Service) -> _Source:
    grids = net_of(service, get_plan_in_force(service)).grids

    def carry(k: int) -> Mapping[str, Any]:
        grid = grids[k]
        return {"code": grid.code, "name": grid.name, "weight": grid.weight, "colour": grid.colour}

    return np.array([grid.geometry for grid in grids], dtype=object), carry


def _units(service: Service) -> _Source:
    units = stored_drawing(service, get_plan_in_force(service)).units

    def carry(k: int) -> Mapping[str, Any]:
        grid = "" if units.grid is None else str(units.grid[k])
        return {"id": str(units.ids[k]), "grid": grid, "weight": float(units.weight[k])}

    return units.geometry, carry


def _base(service: Service) -> _Source:
    features = knowledge(service).place.features

    def carry(k: int) -> Mapping[str, Any]:
        return {"layer": features[k].layer, "kind": features[k].kind, "name": features[k].name}

    return np.array([feature.geometry for feature in features], dtype=object), carry


# The shapes of a whole layer, and what the k-th of them carries: asked only for those that fall in the tile.
_Source = tuple[NDArray[np.object_], Callable[[int], Mapping[str, Any]]]
_SOURCES: Mapping[str, Callable[[Service], _Source]] = {"grids": _grids, "units": _units, "base": _base}
