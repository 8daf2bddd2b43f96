"""What every page carries: words, grids, areas, borders drawn once, and the place under them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.borders import border_arcs
from geo.maps.encode import SCALE, Encoder, Flat, joined, poles, polygons_only
from geo.messages import Lang, catalogue, say
from geo.model import Area, Feature, Grid, Plan, Units
from geo.service.views import Backdrop, Tiles

_PREFIX: Final = "word_"
# What the base map fills and strokes; other layers of a place are not drawn.
_FILLED: Final = ("building", "water")
_STROKED: Final = ("rail", "wall")
_NO_ARCS: Final[dict[str, Any]] = {"line": [], "left": [], "right": [], "grid": []}
_GREEN: Final = ("park", "green", "garden", "square")


class Interner:
    """Numbers values in order of first sight, so that a page says each one once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._index: dict[Hashable, int] = {}

    def add(self, key: Hashable, value: Any = None) -> int:
        """The number of `key`; `value` (the key itself if None) is what the page gets."""
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self.values)
            self.values.append(key if value is None else value)
        return found


def words(lang: Lang) -> dict[str, str]:
    """The words of the pages in `lang`, by key without its prefix."""
    return {key[len(_PREFIX) :]: texts[lang] for key, texts in catalogue().items() if key.startswith(_PREFIX)}


def say_if_known(key: str, lang: Lang, **values: Any) -> str:
    """The sentence of `key`, or `key` itself where it is no key (a sentence from a store of an older version)."""
    if key not in catalogue():
        return key
    try:
        return say(key, lang, **values)
    except (KeyError, IndexError, ValueError):
        # A stored context of an older version may lack a value; the bare sentence still tells more than nothing.
        return catalogue()[key][lang]


def base_data(
    page: str, lang: Lang, backdrop: Backdrop, grids: Sequence[Grid], units: Units | None = None, *, bare: bool = False
) -> tuple[dict[str, Any], Encoder]:
    """The part of the page data that all pages share, and the encoder that wrote it.

    Parameters
    ----------
    page : "plan", "issues", "coverage", "hotspots" or "nets".
    units : the pieces that borders are drawn from; the grids themselves if None or empty.
    bare : leave the grids' shapes and the borders out, for a page that puts them together from units.
    """
    tiles = backdrop.tiles
    shapes = polygons_only(grid.geometry for grid in grids)
    everything = shapes or [f.geometry for f in backdrop.features if f.geometry is not None]
    encoder = Encoder.around(everything)
    outline = joined(shapes) if shapes and tiles is None else None
    data: dict[str, Any] = {
        "page": page,
        "lang": lang,
        "place": backdrop.name,
        "words": words(lang),
        "origin": [encoder.lon0, encoder.lat0],
        "areas": _kept(tiles, "areas", lambda: _areas(backdrop.areas, encoder)),
        "grids": grid_columns(grids, backdrop, encoder, bare=bare),
        "arcs": None if bare else _NO_ARCS if tiles else arc_columns(grids, units, outline, encoder),
        "outline": encoder.rings(outline),
        "base": _kept(tiles, "base", lambda: base_map(backdrop.features, encoder, bare=tiles is not None)),
    }
    if tiles is not None:
        data["tiles"] = {"plan": tiles.plan, "parts": list(tiles.parts)}
    return data, encoder


def plan_data(plan: Plan) -> dict[str, Any]:
    """The record of a plan."""
    return {
        "id": plan.id,
        "name": plan.name,
        "state": plan.state,
        "revision": plan.revision,
        "effective": iso(plan.effective),
        "retired": iso(plan.retired),
        "units": plan.units,
        "weight": plan.weight,
    }


def iso(day: date | None) -> str | None:
    """A date as the page reads it."""
    return None if day is None else day.isoformat()


def seconds(moment: datetime | None) -> int | None:
    """Seconds since 1970 (UTC); a moment without a zone is taken as UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())


def grid_numbers(grids: Sequence[Grid]) -> dict[str, int]:
    """Grid code -> its row in the page."""
    return {grid.code: k for k, grid in enumerate(grids)}


def _areas(areas: Sequence[Area], encoder: Encoder) -> dict[str, list[Any]]:
    number = {area.code: k for k, area in enumerate(areas)}
    labels = []
    centres = poles([area.geometry or shapely.Point() for area in areas])
    for lon, lat, radius in centres:
        labels.append([*encoder.point(lon, lat), round(radius)] if radius else None)
    return {
        "code": [a.code for a in areas],
        "name": [a.name for a in areas],
        "level": [a.level for a in areas],
        "parent": [number.get(a.parent or "", -1) for a in areas],
        "label": labels,
    }


def grid_columns(
    grids: Sequence[Grid], backdrop: Backdrop, encoder: Encoder, *, bare: bool = False
) -> dict[str, list[Any]]:
    """The grids by column; their shapes and the places of their labels unless `bare`."""
    area = {a.code: k for k, a in enumerate(backdrop.areas)}
    tiles = backdrop.tiles

    def places() -> list[Any]:
        water = [f.geometry for f in backdrop.features if f.layer == "water" and f.geometry is not None]
        avoid = shapely.union_all(np.array(water, dtype=object)) if water else None
        found = poles([g.geometry for g in grids], avoid)
        return [[*encoder.point(lon, lat), round(radius, 1)] if radius else None for lon, lat, radius in found]

    labels = [] if bare else _kept(tiles, "labels", places)
    columns: dict[str, list[Any]] = {
        "code": [g.code for g in grids],
        "name": [g.name or g.code for g in grids],
        "num": [short_number(g) for g in grids],
        "parent": [area.get(g.parent, -1) for g in grids],
        "colour": [g.colour % 8 for g in grids],
        "weight": [plain(g.weight) for g in grids],
        "units": [g.units for g in grids],
        "households": [g.households for g in grids],
        "residents": [g.residents for g in grids],
        "kind": [g.kind for g in grids],
        "rings": [[] if bare or tiles else encoder.rings(g.geometry) for g in grids],
        "label": labels or [None] * len(grids),
    }
    if tiles is not None:
        columns["over"] = [k for k, g in enumerate(grids) if g.lies_over]
        columns["box"] = _boxes(grids, encoder)
    return columns


def _kept(tiles: Tiles | None, name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives; of a large place reckoned once a net."""
    if tiles is None:
        return make()
    if name not in tiles.kept:
        tiles.kept[name] = make()
    return tiles.kept[name]


def _boxes(grids: Sequence[Grid], encoder: Encoder) -> list[list[int]]:
    """West, south, east, north of each grid in whole numbers of the page."""
    bounds = shapely.bounds(np.array([grid.geometry for grid in grids], dtype=object)).reshape(-1, 2, 2)
    steps: list[list[int]] = (
        np.rint((bounds - (encoder.lon0, encoder.lat0)) * SCALE).astype(int).reshape(-1, 4).tolist()
    )
    return steps


def short_number(grid: Grid) -> str:
    """What stands on the map far out: the digits that end the name (第07网格, 望河07), else the code's last three."""
    found = re.search(r"(\d{1,3})\D{0,3}$", grid.name)
    if found:
        return found[1]
    return grid.code[-3:].lstrip("0") or grid.code[-3:]


def plain(value: float) -> float | int:
    """A weight without a needless fraction."""
    rounded = round(float(value), 2)
    return int(rounded) if rounded == int(rounded) else rounded


def arc_columns(
    grids: Sequence[Grid], units: Units | None, outline: BaseGeometry | None, encoder: Encoder
) -> dict[str, Any]:
    """Each shared edge once, with the piece on either side (−1 outside) and the grid of each piece (−1 none)."""
    number = grid_numbers(grids)
    if units is not None and len(units):
        pieces = list(units.geometry)
        codes = units.grid if units.grid is not None else np.full(len(units), "", dtype=object)
        piece_grid = [number.get(str(code), -1) for code in codes]
    else:
        pieces = [g.geometry for g in grids]
        piece_grid = list(range(len(grids)))
    arcs = border_arcs(np.array(pieces, dtype=object), outline)
    return {
        "line": [encoder.flat(shapely.get_coordinates(line)) for line in arcs.line],
        "left": [int(k) for k in arcs.left],
        "right": [int(k) for k in arcs.right],
        "grid": piece_grid,
    }


def base_map(features: Sequence[Feature], encoder: Encoder, *, bare: bool = False) -> dict[str, Any]:
    """What the base map draws; only the names of waters and parks if `bare`."""
    rings: dict[str, list[Flat]] = {name: [] for name in _FILLED}
    lines: dict[str, list[Flat]] = {name: [] for name in _STROKED}
    roads: dict[tuple[str, str], list[Flat]] = defaultdict(list)
    parks: list[Flat] = []
    names: list[list[Any]] = []
    for feature in features:
        shape = feature.geometry
        if shape is None or shape.is_empty:
            continue
        if bare:
            pass
        elif feature.layer in _FILLED:
            rings[feature.layer] += encoder.rings(shape)
        elif feature.layer in _STROKED:
            lines[feature.layer] += encoder.lines(shape)
        elif feature.layer == "road":
            roads[feature.kind, feature.name] += encoder.lines(shape)
        elif feature.layer in _GREEN or feature.kind in _GREEN:
            parks += encoder.rings(shape)
        if feature.name and (feature.layer == "water" or feature.layer in _GREEN or feature.kind in _GREEN):
            names += _area_name(feature, shape, encoder)
    return {
        **rings,
        **lines,
        "park": parks,
        "road": [{"kind": kind, "name": name, "lines": parts} for (kind, name), parts in sorted(roads.items())],
        "names": names,
    }


def _area_name(feature: Feature, shape: BaseGeometry, encoder: Encoder) -> list[list[Any]]:
    lon, lat, radius = poles([shape])[0]
    if not radius:
        return []
    x, y = encoder.point(lon, lat)
    return [[feature.name, "water" if feature.layer == "water" else "park", x, y, round(radius)]]
