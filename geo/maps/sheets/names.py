"""Which names stand on the map of a grid, those that matter most first."""

from __future__ import annotations

import numpy as np
import shapely

from geo.maps.sheets import style
from geo.maps.sheets.chart import Chart
from geo.maps.sheets.frame import BOTTOM, HEIGHT, LEFT, WIDTH
from geo.maps.sheets.ground import sound
from geo.maps.sheets.lettering import Lettering
from geo.maps.sheets.road_names import write_along


def write_names(chart: Chart) -> None:
    """Write the grid's own name, its neighbours', then roads, compounds and places, then buildings."""
    ground, shape = chart.ground, chart.shape
    room = (LEFT + 1.5, BOTTOM + 1.5, LEFT + WIDTH - 1.5, BOTTOM + HEIGHT - 1.5)
    letters = Lettering(chart.ink, room)
    blocks = np.array(list(chart.buildings.values()), dtype=object)
    kind = ground.road.kind
    roads = [shapely.buffer(line, chart.road_mm(kind[row]) / 2) for row, line in chart.roads.items()]
    busy = np.array([*roads, *chart.water], dtype=object)
    letters.avoid(blocks, busy, chart.edges)
    grid = ground.view.grids[chart.own]
    letters.inside(shape, grid.name or grid.code, (24, 18, 13, 10), style.INK, forced=True)
    _neighbours(chart, letters)
    _roads(chart, letters)
    _places(chart, letters)
    _numbers(chart, letters)


def _neighbours(chart: Chart, letters: Lettering) -> None:
    edge = shapely.box(LEFT + 2, BOTTOM + 2, LEFT + WIDTH - 2, BOTTOM + HEIGHT - 2)
    for k in chart.near_grids():
        grid = chart.ground.view.grids[k]
        seen = sound(chart.frame.paper(chart.ground.grids[k]))[0].intersection(edge)
        if not seen.is_empty and not chart.ground.over[k]:
            part = max(shapely.get_parts(seen), key=lambda p: float(p.area))
            letters.inside(part, grid.name or grid.code, (13, 10, 8), style.INK_3)


def _roads(chart: Chart, letters: Lettering) -> None:
    layer = chart.ground.road
    by_name: dict[str, list[int]] = {}
    for row in layer.seen(chart.frame.window(3)).tolist():
        if layer.text[row]:
            by_name.setdefault(layer.text[row], []).append(row)
    widest = {name: max(chart.road_mm(layer.kind[row]) for row in rows) for name, rows in by_name.items()}
    for name in sorted(by_name, key=lambda n: (-widest[n], n)):
        parts = shapely.clip_by_rect(layer.shape[by_name[name]], *chart.frame.window(3))
        line = shapely.line_merge(shapely.union_all(parts))
        if not line.is_empty:
            write_along(letters, chart.frame.paper(line)[0], name, widest[name])


def _places(chart: Chart, letters: Lettering) -> None:
    ground, frame = chart.ground, chart.frame
    edge = shapely.box(*frame.window())
    rows: list[tuple[str, float, float, str]] = []
    for layer, colour in (
        (ground.park, style.PARK_TEXT),
        (ground.water, style.WATER_TEXT),
        (ground.land, style.ACCENT),
        (ground.names, style.ACCENT),
    ):
        for row in layer.seen(frame.window()).tolist():
            seen = shapely.intersection(sound(layer.shape[row : row + 1])[0], edge)
            if layer.text[row] and not seen.is_empty:
                at = shapely.point_on_surface(seen)
                rows.append((layer.text[row], *frame.point(at.x, at.y), colour))
    shifts = [(dx, dy) for dx in (0.0, 8.0, -8.0, 16.0, -16.0) for dy in (0.0, 4.0, -4.0, 8.0, -8.0, 12.0, -12.0)]
    shifts.sort(key=lambda shift: (abs(shift[0]) + 1.5 * abs(shift[1]), shift))
    written: set[str] = set()
    for text, x, y, colour in sorted(rows, key=lambda r: (not shapely.contains_xy(chart.shape, r[1], r[2]), r)):
        if text not in written and letters.level(x, y, text, 10, colour, bold=True, shifts=shifts):
            written.add(text)


def _numbers(chart: Chart, letters: Lettering) -> None:
    """Names of buildings, else their numbers, where the building is about as large as the text."""
    rows = []
    for row, shape in chart.buildings.items():
        texts = chart.ground.label_of_building(row)
        if texts:
            middle = shapely.point_on_surface(shape)
            rows.append((not shapely.contains(chart.shape, middle), row, shape, middle, texts))
    for outside, _, shape, middle, texts in sorted(rows, key=lambda r: r[:2]):
        west, south, east, north = shape.bounds
        colour = style.INK_3 if outside else style.INK
        for text in texts:
            wide, high = letters.size(text, style.TEXT_PT)
            if wide <= east - west + 3 and high <= north - south + 3:
                letters.level(middle.x, middle.y, text, style.TEXT_PT, colour, halo=0.0)
                break
