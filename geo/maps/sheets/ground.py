"""A place and its grids in metres, so that the sheets of a plan find what they draw without looking at all of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import crs as crs_
from geo.maps.borders import border_arcs
from geo.maps.encode import polygons_only
from geo.maps.sheets.style import GREEN, road_class
from geo.model import Feature
from geo.service.sheets_view import SheetsView

_WGS84: Final = "EPSG:4326"
Window = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Shapes:
    """Shapes of one layer, metres; `text` is the name and `kind` the class of each."""

    shape: NDArray[np.object_]
    text: tuple[str, ...]
    kind: tuple[str, ...]
    tree: shapely.STRtree

    def seen(self, window: Window) -> NDArray[np.int64]:
        """Rows that reach into a window, in order."""
        if not len(self.shape):
            return np.zeros(0, dtype=np.int64)
        found: NDArray[np.int64] = np.sort(self.tree.query(shapely.box(*window), predicate="intersects"))
        return found


@dataclass(frozen=True, eq=False)
class Border:
    """Borders of the grids, each once, metres; `left` and `right` are rows of the grids, −1 for none."""

    line: NDArray[np.object_]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    between: NDArray[np.bool_]  # parts communities
    tree: shapely.STRtree


class Ground:
    """The layers of a plan in the metric system of its centre."""

    def __init__(self, view: SheetsView) -> None:
        self.view = view
        every = polygons_only(grid.geometry for grid in view.grids)
        west, south, east, north = shapely.total_bounds(np.array(every, dtype=object))
        self.crs = crs_.metric_crs((west + east) / 2, (south + north) / 2)
        self.grids = self._metres([grid.geometry for grid in view.grids])
        self.over = np.array([grid.lies_over for grid in view.grids])
        self.grid_tree = shapely.STRtree(self.grids)
        self.border = self._borders()
        features = [f for f in view.backdrop.features if f.geometry is not None and not f.geometry.is_empty]
        self.building = self._layer(features, lambda f: f.layer == "building")
        self.water = self._layer(features, lambda f: f.layer == "water")
        self.rail = self._layer(features, lambda f: f.layer == "rail")
        self.wall = self._layer(features, lambda f: f.layer == "wall")
        self.park = self._layer(features, lambda f: f.layer in GREEN or f.kind in GREEN)
        self.land = self._layer(features, lambda f: f.layer == "landuse" and bool(f.name) and f.kind not in GREEN)
        self.road = self._layer(features, lambda f: f.layer == "road")
        self.names = self._names()
        self._common = _common_names(self.building.text)

    def label_of_building(self, row: int) -> tuple[str, ...]:
        """What may stand on a building, the longest first: its name, its number."""
        name = self.building.text[row]
        number = re.search(r"\d+", name)
        if number is None:
            return () if not name or name in self._common else (name,)
        return (name, number[0]) if number[0] != name else (name,)

    def _metres(self, shapes: Sequence[BaseGeometry | None]) -> NDArray[np.object_]:
        found = np.empty(len(shapes), dtype=object)
        found[:] = [shapely.Point() if shape is None else shape for shape in shapes]
        moved: NDArray[np.object_] = crs_.project(found, source=_WGS84, target=self.crs)
        return moved

    def _layer(self, features: Sequence[Feature], wanted: Callable[[Feature], bool]) -> Shapes:
        rows = [feature for feature in features if wanted(feature)]
        shape = self._metres([feature.geometry for feature in rows])
        kinds = tuple(road_class(f.kind) if f.layer == "road" else f.kind for f in rows)
        return Shapes(shape, tuple(feature.name for feature in rows), kinds, shapely.STRtree(shape))

    def _names(self) -> Shapes:
        names = self.view.names
        shape = self._metres([shapely.Point(name.lon, name.lat) for name in names])
        return Shapes(shape, tuple(name.name for name in names), ("",) * len(names), shapely.STRtree(shape))

    def _borders(self) -> Border:
        base = np.flatnonzero(~self.over)
        pieces = np.array([self.view.grids[k].geometry for k in base], dtype=object)
        arcs = border_arcs(pieces, shapely.union_all(pieces) if len(pieces) else None)
        left = base[arcs.left]
        right = np.where(arcs.right < 0, -1, base[arcs.right])
        parent = [grid.parent for grid in self.view.grids]
        between = np.array([b < 0 or parent[a] != parent[b] for a, b in zip(left, right, strict=True)], dtype=bool)
        line = self._metres(list(arcs.line))
        return Border(line, left.astype(np.int64), right.astype(np.int64), between, shapely.STRtree(line))


def sound(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes that can be cut: what people draw may cross itself."""
    bad = ~shapely.is_valid(shapes)
    if not bad.any():
        return shapes
    out = shapes.copy()
    out[bad] = shapely.make_valid(shapes[bad])
    return out


def _common_names(names: Sequence[str]) -> frozenset[str]:
    """Names without a number that several buildings bear: they tell nobody which one it is."""
    seen: set[str] = set()
    again: set[str] = set()
    for name in names:
        (again if name in seen else seen).add(name)
    return frozenset(again)
