"""The map of one grid: its ground and its borders; `names` writes on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.maps.sheets import style
from geo.maps.sheets.frame import BOTTOM, HEIGHT, LEFT, WIDTH, Frame
from geo.maps.sheets.ground import Ground, Shapes, sound
from geo.maps.sheets.ink import Ink, Points, lines_of, rings_of

# Distance of the dots of a park, and their width, mm.
_DOT_STEP, _DOT = 2.2, 0.45
_MAP: Final = shapely.box(LEFT, BOTTOM, LEFT + WIDTH, BOTTOM + HEIGHT)
_ROADS: Final = ("lane", "local", "secondary", "arterial")


class Chart:
    """Draws the map of the grid in row `own`.

    Attributes
    ----------
    shape : the grid, mm.
    wash : the colour of the grid.
    drawn : what the map shows, for the legend.
    buildings, roads : rows of these layers -> shapes cut to the map, mm; roads are lines.
    water : shapes cut to the map, mm.
    edges : all borders of grids on the map, mm.
    """

    def __init__(self, ink: Ink, ground: Ground, own: int, frame: Frame) -> None:
        self.ink = ink
        self.ground = ground
        self.own = own
        self.frame = frame
        self.wash = style.WASH[ground.view.grids[own].colour % 8]
        self.drawn: set[str] = {"grid"}
        self.shape = frame.paper(ground.grids[own])[0]
        self._window = frame.window(-4)
        self.buildings = self._cut(ground.building)
        self.roads = self._cut(ground.road)
        self.water = list(self._cut(ground.water).values())
        self.edges: list[Points] = []

    def draw(self) -> None:
        """All but the names, and the edge of the map."""
        self._washes()
        self._park()
        self._water()
        self._roads()
        self._buildings()
        self._lines()
        self._borders()

    def near_grids(self) -> list[int]:
        """Rows of the other grids that reach into the map."""
        found = self.ground.grid_tree.query(shapely.box(*self._window), predicate="intersects")
        return sorted(int(k) for k in found if k != self.own)

    def road_mm(self, kind: str) -> float:
        """How wide a class of road is drawn."""
        return max(style.ROAD_M[kind] * self.frame.mm_per_m, style.ROAD_LEAST_MM)

    def _cut(self, layer: Shapes) -> Mapping[int, BaseGeometry]:
        """Shapes of a layer on paper, by row, cut to the map."""
        rows = layer.seen(self._window)
        cut = self.frame.paper(shapely.clip_by_rect(sound(layer.shape[rows]), *self._window))
        return {row: shape for row, shape in zip(rows.tolist(), cut, strict=True) if not shape.is_empty}

    def _tell(self, kind: str, shapes: Iterable[BaseGeometry]) -> None:
        """Have the legend explain what is seen of a kind; shapes reach a little beyond the map."""
        if any(shape.intersects(_MAP) for shape in shapes):
            self.drawn.add(kind)

    def _washes(self) -> None:
        self.ink.box(LEFT, BOTTOM, WIDTH, HEIGHT, style.PAPER)
        near = [k for k in self.near_grids() if not self.ground.over[k]]
        if near:
            self.drawn.add("other")
        shapes = shapely.clip_by_rect(sound(self.ground.grids[near]), *self._window)
        for shape in self.frame.paper(shapes):
            self.ink.fill(rings_of(shape), style.WHITE)
        here = shapely.box(*self.frame.window())
        whole = shapely.union_all([*shapes, *sound(self.ground.grids[[self.own]])])
        if shapely.intersection(whole, here).area < 0.995 * here.area:
            self.drawn.add("outside")
        self.ink.fill(rings_of(self.shape), self.wash)

    def _park(self) -> None:
        # Dots, never a tint: a tinted park reads as another grid.
        for shape in self._cut(self.ground.park).values():
            if not rings_of(shape):
                continue
            self._tell("park", [shape])
            west, south, east, north = shape.bounds
            x, y = np.meshgrid(np.arange(west, east, _DOT_STEP), np.arange(south, north, _DOT_STEP))
            x = x + np.where(np.arange(len(x)) % 2, _DOT_STEP / 2, 0.0)[:, None]
            held = shapely.contains_xy(shape, x, y)
            spots = zip(x[held].tolist(), y[held].tolist(), strict=True)
            self.ink.stroke([np.array([(a, b), (a, b + 0.01)]) for a, b in spots], style.PARK, _DOT)

    def _water(self) -> None:
        wet = self.water
        rings = [ring for shape in wet for ring in rings_of(shape)]
        streams = [line for shape in wet if not rings_of(shape) for line in lines_of(shape)]
        self._tell("water", self.water)
        self.ink.fill(rings, style.WATER)
        self.ink.stroke(streams, style.WATER, 0.8)

    def _roads(self) -> None:
        self._tell("road", self.roads.values())
        kind = self.ground.road.kind
        for name in _ROADS:
            lines = [line for row, shape in self.roads.items() if kind[row] == name for line in lines_of(shape)]
            self.ink.stroke(lines, style.ROAD, self.road_mm(name))

    def _buildings(self) -> None:
        own: list[Points] = []
        other: list[Points] = []
        shapely.prepare(self.shape)
        for shape in self.buildings.values():
            inside = shapely.intersects(self.shape, shapely.point_on_surface(shape))
            (own if inside else other).extend(rings_of(shape))
        self._tell("building", self.buildings.values())
        for rings, ground in ((other, style.WHITE), (own, self.wash)):
            self.ink.fill(rings, style.mixed(ground, style.BUILDING_SHARE))
            self.ink.stroke(rings, style.mixed(ground, 0.45), 0.12, closed=True, flat=True)

    def _lines(self) -> None:
        wall, rail = (self._cut(layer).values() for layer in (self.ground.wall, self.ground.rail))
        self._tell("wall", wall)
        self._tell("rail", rail)
        walls = [line for shape in wall for line in lines_of(shape)]
        rails = [line for shape in rail for line in lines_of(shape)]
        self.ink.stroke(walls, style.RAIL, 0.25)
        self.ink.stroke(rails, style.RAIL, 1.0, flat=True)
        self.ink.stroke(rails, style.WHITE, 0.6, dash=(3.0, 3.0), flat=True)

    def _borders(self) -> None:
        border = self.ground.border
        rows = np.sort(border.tree.query(shapely.box(*self._window), predicate="intersects"))
        cut = self.frame.paper(shapely.clip_by_rect(border.line[rows], *self._window))

        def of(wanted: NDArray[np.bool_]) -> list[Points]:
            return [line for row, shape in zip(rows, cut, strict=True) if wanted[row] for line in lines_of(shape)]

        own = (border.left == self.own) | (border.right == self.own)
        self.edges = of(np.ones(len(own), dtype=bool))
        self.ink.stroke(of(~border.between & ~own), style.OTHER_GRID, style.GRID_MM)
        for k in self.near_grids():
            if self.ground.over[k]:
                self.drawn.add("over")
                edge = lines_of(self.frame.paper(self.ground.grids[k])[0])
                self.ink.stroke(edge, style.OTHER_GRID, style.GRID_MM, dash=style.OVER_DASH)
        inner = of(own & ~border.between)
        community = of(border.between)
        if community:
            self.drawn.add("community")
        self.ink.stroke(inner, style.WHITE, style.GRID_MM + 0.7)
        self.ink.stroke(inner, style.GRID, style.GRID_MM)
        self.ink.stroke(community, style.WHITE, style.COMMUNITY_MM + 0.7)
        self.ink.stroke(community, style.COMMUNITY, style.COMMUNITY_MM, dash=style.COMMUNITY_DASH)
        if self.ground.over[self.own]:
            self.ink.stroke(lines_of(self.shape), style.GRID, style.GRID_MM)
