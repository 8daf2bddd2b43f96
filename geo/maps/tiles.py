"""Mapbox vector tiles (specification 2.1) of shapes that are held in memory: any tile from the same paths and values.

Web Mercator, 4,096 steps a tile. What stays of a border at a zoom is decided once for each border (`tiles_paths`), so
neighbours and neighbouring tiles have the same vertices along what they share. Borders that come nearer to each other
than the tolerance may touch or cross by as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.maps.borders import border_arcs
from geo.maps.encode import joined
from geo.maps.escape import visible
from geo.maps.tiles_draw import draw
from geo.maps.tiles_paths import Paths, paths_of
from geo.maps.tiles_points import PointTiles
from geo.maps.tiles_wire import BUFFER, EXTENT, LAYER_KEY, field, layer_bytes, value_bytes
from geo.partition.arcs import Arcs, shared_arcs
from geo.service.tiles import MAX_ZOOM, tile_bounds
from geo.service.tiles_port import TileLayer

# What a border may stray, in steps: a quarter of a pixel of a tile shown 512 wide, and 1.5 where a tile is crowded.
_FINE, _COARSE = 2.0, 12.0
# A tile with more features than this carries no more than the keys that it is painted by.
_CROWD: Final = 2_500
# A share of a tile. Features of a crowd that are smaller (five pixels) are not pointed at: they go without an id.
_SEEN: Final = 40 / EXTENT

__all__ = ["BUFFER", "EXTENT", "PointTiles", "ShapeTiles", "VectorTiles", "tile_bounds"]


class ShapeTiles:
    """Tiles of points, lines and polygons.

    Parameters
    ----------
    name : of the tiles' one layer.
    shapes : object (n,), WGS84 lon, lat; None and empty ones are in no tile. Feature k has the id k + 1.
    columns : n values under each key: text (made safe to look at), numbers, truths, None for none.
    painted_by : keys that crowded tiles carry too.

    Raises
    ------
    InvalidInput
        A column is not as long as `shapes`.
    """

    def __init__(
        self,
        name: str,
        shapes: NDArray[np.object_],
        columns: Mapping[str, Sequence[Any]],
        *,
        painted_by: Sequence[str] = (),
    ) -> None:
        for key, column in columns.items():
            if len(column) != len(shapes):
                raise InvalidInput("tile_lengths_differ", layer=name, shapes=len(shapes), column=key, rows=len(column))
        self.name = name
        self.keys = (*painted_by, *(key for key in columns if key not in painted_by))
        self.paths: Paths = paths_of(shapes)
        self.bounds = _bounds(shapes)
        self._light = len(painted_by)
        self._tags, self._value_start, self._value_bytes = _values([columns[key] for key in self.keys], len(shapes))
        self._crowded = _crowds(self.paths.box)
        self._size = _usual_size(self.paths.box)
        self._longest = int(np.diff(self.paths.start).max(initial=0))

    def tile(self, z: int, x: int, y: int) -> bytes:
        """The tile z/x/y of the XYZ scheme, not compressed; ``b""`` if nothing falls into it.

        Raises
        ------
        InvalidInput
            There is no such tile.
        """
        tile_bounds(z, x, y)  # refuses a tile that does not exist
        keys = self.keys[: self._light] if self._crowded[z] else self.keys
        p = self.paths
        numbered = not self._crowded[z] or self._size * 2.0**z >= _SEEN
        features, values = draw(
            p.x, p.y, p.rank, p.start, p.kind, p.hole, p.first, p.box, self._longest, self._tags, len(keys), numbered,
            self._value_start, self._value_bytes, z, x * EXTENT, y * EXTENT, self.tolerance(z),
        )  # fmt: skip
        if not len(features):
            return b""
        written = b"".join(field(LAYER_KEY, key.encode()) for key in keys)
        return layer_bytes(self.name, features.tobytes(), written, values.tobytes())

    def tolerance(self, z: int) -> float:
        """How far a border of zoom `z` may stray, as a share of the world's width."""
        return (_COARSE if self._crowded[z] else _FINE) / (EXTENT * 2.0**z)


class VectorTiles:
    """What `geo.service.tiles` asks for; fulfils `geo.service.tiles_port.TileMaker`."""

    def shapes(
        self,
        name: str,
        shapes: NDArray[np.object_],
        columns: Mapping[str, Sequence[Any]],
        *,
        painted_by: Sequence[str] = (),
    ) -> TileLayer:
        """Tiles of shapes with columns of values."""
        return ShapeTiles(name, shapes, columns, painted_by=painted_by)

    def borders(self, polygons: NDArray[np.object_]) -> Arcs:
        """Each border once; nets from elsewhere often have a vertex on one side only."""
        if shapely.coverage_is_valid(polygons):
            return shared_arcs(polygons)
        return border_arcs(polygons, joined(polygons))

    def points(
        self,
        name: str,
        ids: NDArray[np.int64],
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        state: NDArray[np.int8],
        states: Sequence[str],
        grid: NDArray[np.int32],
        grids: Sequence[str],
        before: TileLayer | None = None,
    ) -> TileLayer:
        """Tiles of issues: one by one where they are few, counted where they are many."""
        known = before if isinstance(before, PointTiles) else None
        return PointTiles(name, ids, lon, lat, state, states, grid, grids, known)


def _values(columns: Sequence[Sequence[Any]], n: int) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint8]]:
    """The number of each feature's value under each key, and the values as a tile writes them, each once."""
    numbers: dict[bytes, int] = {}
    tags = np.full((n, max(len(columns), 1)), -1, dtype=np.int32)
    for k, column in enumerate(columns):
        for row, value in enumerate(column):
            if value is not None:
                written = value_bytes(visible(value) if isinstance(value, str) else value)
                tags[row, k] = numbers.setdefault(written, len(numbers))
    start = np.zeros(len(numbers) + 1, dtype=np.int64)
    np.cumsum([len(written) for written in numbers], out=start[1:])
    return tags, start, np.frombuffer(b"".join(numbers), dtype=np.uint8)


def _crowds(box: NDArray[np.float64]) -> list[bool]:
    """Of each zoom, whether one of its tiles holds a crowd: all tiles of a zoom are drawn alike, so that they fit."""
    middle = (box[:, :2] + box[:, 2:]) / 2
    middle = middle[np.isfinite(middle[:, 0])]
    crowded: list[bool] = []
    for z in range(MAX_ZOOM + 1):
        if not len(middle) or (z and not crowded[-1]):
            crowded.append(False)  # a closer zoom has no more in a tile
            continue
        cell = np.floor(middle * 2.0**z).astype(np.int64)
        most = np.unique(cell[:, 0] * 2**z + cell[:, 1], return_counts=True)[1].max()
        crowded.append(bool(most > _CROWD))
    return crowded


def _usual_size(box: NDArray[np.float64]) -> float:
    """The longer side of the middle one of the boxes, in worlds."""
    side = (box[:, 2:] - box[:, :2]).max(axis=1) if len(box) else np.empty(0)
    side = side[np.isfinite(side)]
    return float(np.median(side)) if len(side) else 0.0


def _bounds(shapes: NDArray[np.object_]) -> tuple[float, float, float, float] | None:
    if not len(shapes):
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return None if np.isnan(west) else (west, south, east, north)
