"""Vector tiles, read back."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely

from geo.maps.tiles import EXTENT


def decode(tile: bytes, layer: str = "grids") -> list[dict[str, Any]]:
    if not tile:
        return []
    return list(mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})[layer]["features"])


def ring_area(ring: list[list[int]]) -> float:
    x, y = np.array(ring, dtype=float).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def polygons(feature: dict[str, Any]) -> list[list[list[list[int]]]]:
    shape = feature["geometry"]
    return [shape["coordinates"]] if shape["type"] == "Polygon" else list(shape["coordinates"])


def lines(feature: dict[str, Any]) -> list[list[list[int]]]:
    shape = feature["geometry"]
    return [shape["coordinates"]] if shape["type"] == "LineString" else list(shape["coordinates"])


def window(x: int, y: int, margin: float) -> Any:
    """A tile with a margin, in steps of the whole zoom."""
    west, north = x * EXTENT - margin, y * EXTENT - margin
    return shapely.box(west, north, west + EXTENT + 2 * margin, north + EXTENT + 2 * margin)
