"""What lies where an issue is: 物业 areas, roads within their width, things within some metres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.model import Asset

_METRES_PER_DEGREE: Final = 111_320.0


class AssetIndex:
    """The assets of a rule set, found by place.

    Degrees are scaled to metres about the middle of all assets: over a district a reach of 30 m is off by centimetres.
    """

    def __init__(self, assets: Sequence[Asset]) -> None:
        shapes = np.array([asset.geometry for asset in assets], dtype=object)
        self._origin = np.zeros(2)
        self._scale = np.ones(2)
        if len(assets):
            west, south, east, north = shapely.total_bounds(shapes)
            self._origin = np.array([(west + east) / 2, (south + north) / 2])
            narrow = float(np.cos(np.radians(self._origin[1])))
            self._scale = np.array([_METRES_PER_DEGREE * narrow, _METRES_PER_DEGREE])
        flat = shapely.transform(shapes, lambda xy: (xy - self._origin) * self._scale)
        rows: dict[str, list[int]] = defaultdict(list)
        for row, asset in enumerate(assets):
            rows[asset.layer].append(row)
        self._layers = [
            _Layer([assets[row] for row in rows[name]], flat[np.array(rows[name], dtype=np.intp)])
            for name in sorted(rows)
        ]

    def find(self, *, lon: ArrayLike, lat: ArrayLike, categories: Sequence[str]) -> list[tuple[Asset, ...]]:
        """What lies at each place, at most one of each layer.

        Parameters
        ----------
        lon, lat : float64 (n,), degrees WGS84; NaN is nowhere.
        categories : (n,) codes; an asset for other matters is not seen.

        Returns
        -------
        list of n tuples
            In the order of the layers' names. Of several in one layer the nearest counts, then the smallest, then the
            lowest id.
        """
        xy = (np.column_stack([np.asarray(lon, np.float64), np.asarray(lat, np.float64)]) - self._origin) * self._scale
        found: list[list[Asset]] = [[] for _ in range(len(xy))]
        # GEOS refuses to measure from a place that is none.
        rows = np.flatnonzero(np.isfinite(xy).all(axis=1)).tolist()
        if rows:
            points = np.asarray(shapely.points(xy[rows]), dtype=object)
            for layer in self._layers:
                for k, asset in layer.nearest(points, [categories[row] for row in rows]):
                    found[rows[k]].append(asset)
        return [tuple(row) for row in found]


class _Layer:
    def __init__(self, assets: Sequence[Asset], shapes: NDArray[np.object_]) -> None:
        self._assets = assets
        self._shapes = shapes
        shapely.prepare(shapes)
        self._reach = np.array([asset.reach_m for asset in assets])
        self._size = shapely.area(shapes)
        order = sorted(range(len(assets)), key=lambda k: assets[k].id)
        self._rank = np.empty(len(assets), dtype=np.intp)
        self._rank[order] = np.arange(len(assets))
        self._tree = shapely.STRtree(shapes)

    def nearest(self, points: NDArray[np.object_], categories: Sequence[str]) -> list[tuple[int, Asset]]:
        """(row of the point, its asset), by row."""
        at, which = self._tree.query(points, predicate="dwithin", distance=float(self._reach.max(initial=0.0)))
        metres = shapely.distance(points[at], self._shapes[which])
        near = np.flatnonzero(metres <= self._reach[which])
        keep = [k for k in near.tolist() if categories[at[k]].startswith(self._assets[which[k]].category)]
        at, which, metres = at[keep], which[keep], metres[keep]
        order = np.lexsort((self._rank[which], self._size[which], metres, at))
        at, which = at[order], which[order]
        first = np.flatnonzero(np.diff(at, prepend=-1))
        return [(row, self._assets[k]) for row, k in zip(at[first].tolist(), which[first].tolist(), strict=True)]
