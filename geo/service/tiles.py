"""Vector tiles: which layers there are, what each is made from, and one tile of it.

Layers are made of what is in memory, so they are the same whatever the database is. A layer's version names all that
it was made from: a tile that a client has is told to be good without being drawn.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from geo.errors import InvalidInput, NotFound
from geo.model import Plan
from geo.service.board import STATUSES, WHERES, board_of
from geo.service.context import (
    Service,
    find_plan_in_force,
    get_plan_in_force,
    knowledge,
    net_key,
    net_of,
    timetable,
)
from geo.service.plans import stored_drawing
from geo.service.tiles_memory import Body
from geo.service.tiles_port import TileLayer

MAX_ZOOM: Final = 22
# Goes into every version: a program that draws otherwise makes other tiles from the same data.
_FORMAT: Final = "2"

# The place's own layers; what is in none of them (rails, walls, gates, land use …) is in "other".
_PLACE: Final[Mapping[str, frozenset[str]]] = {
    "buildings": frozenset({"building"}),
    "roads": frozenset({"road"}),
    "water": frozenset({"water"}),
}
_FEATURES: Final = (*_PLACE, "other")
_OF_PLAN: Final = ("grids", "borders", "units")
LAYERS: Final = (*_OF_PLAN, *_FEATURES, "issues")


@dataclass(frozen=True)
class _Source:
    """What a layer is made from, and how."""

    version: str
    make: Callable[[], TileLayer]


def tile(service: Service, layer: str, z: int, x: int, y: int, *, plan_id: int | None = None) -> tuple[str, Body]:
    """The version of a tile and the tile itself, a Mapbox Vector Tile (empty where nothing lies).

    Parameters
    ----------
    plan_id : of the layers of a plan, whose; the plan in force if None.

    Raises
    ------
    NotFound
        No such layer or plan, or no plan is in force.
    InvalidInput
        The tile address does not exist.
    """
    tile_bounds(z, x, y)
    source = _source(service, layer, plan_id)
    return source.version, _body(service, layer, source, z, x, y)


def tile_unless(
    service: Service, layer: str, z: int, x: int, y: int, known: Callable[[str], bool], *, plan_id: int | None = None
) -> tuple[str, Body | None]:
    """As `tile`, but without the tile where the client says that its version is `known`."""
    tile_bounds(z, x, y)
    source = _source(service, layer, plan_id)
    return source.version, None if known(source.version) else _body(service, layer, source, z, x, y)


def describe_tiles(service: Service, layer: str, *, plan_id: int | None = None) -> dict[str, Any]:
    """What TileJSON 3.0 says of a layer, but for the address of its tiles."""
    source = _source(service, layer, plan_id)
    ready = _layer(service, layer, source)
    west, south, east, north = ready.bounds or (-180.0, -85.05112877980659, 180.0, 85.05112877980659)
    return {
        "tilejson": "3.0.0",
        "name": layer,
        "version": "1.0.0",
        "scheme": "xyz",
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, 12],
        "vector_layers": [{"id": layer, "fields": dict.fromkeys(ready.keys, "")}],
    }


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


# Private functions


def _body(service: Service, layer: str, source: _Source, z: int, x: int, y: int) -> Body:
    key = (layer, source.version, z, x, y)
    return service.memory.tiles.get(key, lambda: _layer(service, layer, source).tile(z, x, y))


def _layer(service: Service, layer: str, source: _Source) -> TileLayer:
    shelf = service.memory.tile_points if layer == "issues" else service.memory.tile_shapes
    return shelf.get((layer, source.version), source.make)


def _source(service: Service, layer: str, plan_id: int | None) -> _Source:
    if layer not in LAYERS:
        raise NotFound("tile_layer_unknown", layer=layer, known=", ".join(LAYERS))
    if layer in _OF_PLAN:
        plan = get_plan_in_force(service) if plan_id is None else service.store.get_plan(plan_id, today=service.today())
        version = _version(net_key(plan, timetable(service).place_stamp))
        make = {"grids": _grids, "borders": _borders, "units": _units}[layer]
        return _Source(version, lambda: make(service, plan))
    if layer in _FEATURES:
        return _Source(_version(timetable(service).place_stamp), lambda: _features(service, layer))
    in_force = find_plan_in_force(service)
    net = None if in_force is None else net_key(in_force, timetable(service).place_stamp)
    return _Source(_version((service.store.board_stamp(), net)), lambda: _issues(service))


def _version(made_from: Any) -> str:
    return hashlib.blake2b(f"{_FORMAT} {made_from!r}".encode(), digest_size=12).hexdigest()


def _grids(service: Service, plan: Plan) -> TileLayer:
    grids = net_of(service, plan).grids
    columns: dict[str, list[Any]] = {
        "code": [grid.code for grid in grids],
        "name": [grid.name for grid in grids],
        "colour": [grid.colour for grid in grids],
        "weight": [grid.weight for grid in grids],
    }
    shapes = np.array([grid.geometry for grid in grids], dtype=object)
    return service.tiles.shapes("grids", shapes, columns, painted_by=("colour",))


def _borders(service: Service, plan: Plan) -> TileLayer:
    """Each border of the net once, with the codes on either side and the highest level that it parts."""
    net = net_of(service, plan)
    chosen = [k for k, grid in enumerate(net.grids) if not grid.lies_over]
    arcs = service.tiles.borders(np.array([net.grids[k].geometry for k in chosen], dtype=object))
    left = [chosen[k] for k in arcs.left.tolist()]
    right = [chosen[k] if k >= 0 else None for k in arcs.right.tolist()]

    def level(a: int, b: int | None) -> str:
        if b is None:
            return "edge"
        pairs = zip(net.levels[a], net.levels[b], strict=False)
        return next((one.level for one, other in pairs if one.code != other.code), "base")

    columns = {
        "level": [level(a, b) for a, b in zip(left, right, strict=True)],
        "left": [net.grids[k].code for k in left],
        "right": [None if k is None else net.grids[k].code for k in right],
    }
    return service.tiles.shapes("borders", arcs.line, columns, painted_by=("level",))


def _units(service: Service, plan: Plan) -> TileLayer:
    units = stored_drawing(service, plan).units
    columns = {
        "id": [str(value) for value in units.ids],
        "grid": [None] * len(units.ids) if units.grid is None else [str(value) for value in units.grid],
        "weight": units.weight.tolist(),
    }
    return service.tiles.shapes("units", units.geometry, columns)


def _features(service: Service, layer: str) -> TileLayer:
    known = frozenset().union(*_PLACE.values())
    features = [
        feature
        for feature in knowledge(service).place.features
        if (feature.layer in _PLACE[layer] if layer in _PLACE else feature.layer not in known)
    ]
    columns: dict[str, list[Any]] = {
        "kind": [feature.kind or None for feature in features],
        "name": [feature.name or None for feature in features],
    }
    if layer == "other":
        columns["layer"] = [feature.layer for feature in features]
    shapes = np.empty(len(features), dtype=object)
    shapes[:] = [feature.geometry for feature in features]
    painted = tuple(key for key in ("layer", "kind") if key in columns)
    return service.tiles.shapes(layer, shapes, columns, painted_by=painted)


def _issues(service: Service) -> TileLayer:
    """Where issues lie and in which state they are; nothing that anybody wrote."""
    board = board_of(service)
    placed = board.where != WHERES.index("unlocated")
    plan = find_plan_in_force(service)
    codes = [] if plan is None else [grid.code for grid in net_of(service, plan).grids]
    memory = service.memory
    memory.last_points = service.tiles.points(
        "issues", board.id[placed], board.lon[placed], board.lat[placed], board.status[placed], STATUSES,
        board.grid[placed], codes, memory.last_points,
    )  # fmt: skip
    return memory.last_points
