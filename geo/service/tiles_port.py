"""What the tiles need from the maps room; a part of `geo.service.ports`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.partition.arcs import Arcs


class TileLayer(Protocol):
    """A layer ready to be cut into tiles."""

    # West, south, east, north in degrees WGS84; None where nothing lies in the layer.
    bounds: tuple[float, float, float, float] | None
    keys: tuple[str, ...]

    def tile(self, z: int, x: int, y: int) -> bytes:
        """A tile, not compressed; an empty one is b""."""


class TileMaker(Protocol):
    """Makes layers of what is in memory (`geo.maps.tiles.VectorTiles`)."""

    def shapes(
        self,
        name: str,
        shapes: NDArray[np.object_],
        columns: Mapping[str, Sequence[Any]],
        *,
        painted_by: Sequence[str] = (),
    ) -> TileLayer:
        """Tiles of shapes (WGS84) with columns of values; crowded tiles carry the keys `painted_by` alone."""

    def borders(self, polygons: NDArray[np.object_]) -> Arcs:
        """Each border of polygons once, also where neighbours do not share their vertices."""

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
        """Tiles of issues: one by one where they are few, counted by state where they are many.

        `before` is the layer of mostly the same issues: a new one need not sort them all again.
        """
