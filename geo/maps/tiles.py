"""Mapbox vector tiles of any layer: Web Mercator, clipped with a margin, snapped to the tile's 4,096 steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.maps.escape import visible
from geo.service.tiles import tile_bounds as bounds

EXTENT: Final = 4096
# Drawn beyond the tile's edge, so that strokes and round joins do not show it (64 of 4,096, as PostGIS clips).
BUFFER: Final = 64
_HALF_WORLD_M: Final = np.pi * 6_378_137.0
_MAX_LAT_DEG: Final = 85.051128779806604

Value = str | float | int | bool | None


def tile_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in degrees WGS84, with the margin that is drawn around it."""
    return bounds(z, x, y, margin=BUFFER / EXTENT)


def encode_tile(
    layer_name: str,
    geometries: NDArray[np.object_],
    ids: Sequence[int] | NDArray[np.integer[Any]],
    properties: Sequence[Mapping[str, Value]],
    *,
    z: int,
    x: int,
    y: int,
) -> bytes:
    """Encode what of `geometries` falls into a tile.

    Parameters
    ----------
    layer_name : name of the tile's one layer.
    geometries : object (n,), WGS84 lon, lat; None and empty ones are left out.
    ids : int (n,), ≥ 0, the features' ids.
    properties : (n,) mappings; None values are left out, text is made safe to look at.
    z, x, y : the tile in the XYZ scheme (y runs south).

    Returns
    -------
    bytes
        The tile, not compressed; ``b""`` if nothing falls into it.

    Raises
    ------
    InvalidInput
        There is no such tile, or the three sequences differ in length.
    """
    window = shapely.box(*tile_bounds(z, x, y))  # refuses a tile that does not exist
    if not len(geometries) == len(ids) == len(properties):
        raise InvalidInput(
            "tile_lengths_differ",
            layer=layer_name,
            geometries=len(geometries),
            ids=len(ids),
            properties=len(properties),
        )
    shapes = np.asarray(geometries, dtype=object)
    shapely.prepare(window)
    near = np.flatnonzero(shapely.intersects(window, shapes))
    placed = _to_tile(shapes[near], z, x, y)
    features = [
        {"geometry": shape, "id": int(ids[k]), "properties": _plain(properties[k])}
        for k, shape in zip(near.tolist(), placed, strict=True)
        if shape is not None
    ]
    if not features:
        return b""
    tile: bytes = mapbox_vector_tile.encode(
        [{"name": layer_name, "features": features}],
        default_options={"extents": EXTENT, "y_coord_down": True, "check_winding_order": True},
    )
    return tile


def _to_tile(shapes: NDArray[np.object_], z: int, x: int, y: int) -> list[Any]:
    """Clipped geometry in whole tile steps, y down; None where nothing is left."""
    if not len(shapes):
        return []
    size = 2 * _HALF_WORLD_M / 2**z

    def place(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        lat = np.radians(np.clip(coordinates[:, 1], -_MAX_LAT_DEG, _MAX_LAT_DEG))
        east = np.radians(coordinates[:, 0]) * 6_378_137.0
        north = np.log(np.tan(np.pi / 4 + lat / 2)) * 6_378_137.0
        column = ((east + _HALF_WORLD_M) / size - x) * EXTENT
        row = ((_HALF_WORLD_M - north) / size - y) * EXTENT
        return np.column_stack([column, row])

    placed = shapely.transform(shapes, place)
    broken = ~shapely.is_valid(placed)
    placed[broken] = shapely.make_valid(placed[broken])
    clipped = shapely.intersection(placed, shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER))
    # Snapping every vertex to the same steps keeps shared vertices shared and never makes an invalid polygon.
    snapped = shapely.set_precision(clipped, 1.0)
    return [_same_dimension(shape, before) for shape, before in zip(snapped, shapes, strict=True)]


def _same_dimension(shape: Any, before: Any) -> Any:
    """The parts of `shape` of the dimension of `before`: clipping may leave a polygon's touching edge as a line."""
    if shape is None or shape.is_empty:
        return None
    wanted = shapely.get_dimensions(before)
    parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == wanted]
    flat = [piece for part in parts for piece in shapely.get_parts(part)]
    if not flat:
        return None
    if len(flat) == 1:
        return flat[0]
    return (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[wanted](flat)


def _plain(properties: Mapping[str, Value]) -> dict[str, Value]:
    return {
        key: visible(value) if isinstance(value, str) else value
        for key, value in properties.items()
        if value is not None
    }
