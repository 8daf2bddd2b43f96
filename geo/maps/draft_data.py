"""The data of the page on which a draft is edited: units with what they hold, and the draft as the server tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.maps.base_data import base_data, plain, plan_data, say_if_known, words
from geo.maps.borders import border_arcs
from geo.maps.encode import Encoder, joined
from geo.maps.issues_data import clock
from geo.maps.packed import packed, packed_lines, steps
from geo.maps.plan_data import measure
from geo.messages import Lang
from geo.model import Units
from geo.partition.arcs import Arcs
from geo.service.context import Shelf
from geo.service.views import DraftView

# A unit whose borders are this much shorter or longer than its outline (a fraction) is not put together from them.
_ASTRAY = 1e-9
# Layers of the base map that come after the page where they hold more whole numbers than this.
_LATE = ("building", "wall", "road")
_BASE_MOST = 60_000
_LATER = "later"


def draft_page(view: DraftView, lang: Lang, kept: Shelf[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The data of the page of a draft: what stays the same while it is open, and the drawing as it is.

    `kept` holds what stays the same for the next one who opens the page.
    """
    ground = dict(_ground(view, kept))
    late = ground.pop(_LATER)
    encoder = Encoder(*ground["origin"])
    state = dict(view.state)
    # Each unit's grid stands once: the borders are drawn from it.
    state["units"] = packed(state["units"])
    state["grids"] = _columns_of(state["grids"])
    data = {
        **ground,
        "lang": lang,
        "words": words(lang),
        "plan": plan_data(view.plan),
        "tolerance": view.tolerance,
        "band": None if view.band is None else [plain(view.band[0]), plain(min(view.band[1], 1e12))],
        "draft": state,
        "seams": _seams(view, lang, encoder),
        "base_from": f"/maps/drafts/{state['draft']}/base" if late or view.seams is None else None,
        # Filled by the page from the draft.
        "deviation": [],
        "side": [],
        "violations": [],
        "open": [],
    }
    return data | clock(view.now)


def draft_base(view: DraftView, lang: Lang, kept: Shelf[dict[str, Any]] | None = None) -> dict[str, Any]:
    """What the page of a large place asks for once it is there: houses, walls and roads, faults of the ground."""
    ground = _ground(view, kept)
    return {"layers": ground[_LATER], "seams": _seams(view, lang, Encoder(*ground["origin"]))}


def _seams(view: DraftView, lang: Lang, encoder: Encoder) -> list[dict[str, Any]]:
    return [
        {
            "text": say_if_known(fault.kind, lang, **fault.context),
            "kind": fault.kind,
            "at": None if fault.at is None else encoder.point(*fault.at),
        }
        for fault in view.seams or ()
    ]


def _ground(view: DraftView, kept: Shelf[dict[str, Any]] | None) -> dict[str, Any]:
    return draft_ground(view) if kept is None else kept.get(view.key, lambda: draft_ground(view))


def draft_ground(view: DraftView) -> dict[str, Any]:
    """The part of the data that no step changes: the place, the units, their borders."""
    data, encoder = base_data("edit", "zh", view.backdrop, view.grids, bare=True)
    areas = {area.code: k for k, area in enumerate(view.backdrop.areas)}
    # The page makes its grids from the draft, which knows more of them; codes and numbers stand with the plan.
    data["named"] = {name: data["grids"][name] for name in ("code", "num")}
    data["grids"] = {name: [] for name in data["grids"]}
    data["measure"] = measure(view.units.weight_field)
    outline = joined([grid.geometry for grid in view.grids])
    arcs = border_arcs(view.units.geometry, outline)
    data["arcs"] = _packed_arcs(arcs, encoder)
    data["units"] = _packed_units(view.units, arcs, areas, encoder)
    # A large place is shown before its houses are: the page stays small, and the grids are there to be worked on.
    heavy = sum(map(len, (*data["base"]["building"], *data["base"]["wall"]))) > _BASE_MOST
    data[_LATER] = {name: data["base"][name] for name in _LATE} if heavy else {}
    if heavy:
        data["base"] |= {name: [] for name in _LATE}
    data["closed"] = packed(np.array(view.closed, dtype=np.int64).ravel())
    return data


def _packed_arcs(arcs: Arcs, encoder: Encoder) -> dict[str, Any]:
    return {
        "line": packed_lines(arcs.line, encoder),
        "left": steps(arcs.left),
        # Mostly a unit near by, or outside: told from the unit on the left.
        "right": packed(np.where(arcs.right < 0, 0, arcs.right - arcs.left + (arcs.right >= arcs.left))),
    }


def _packed_units(units: Units, arcs: Arcs, areas: Mapping[str, int], encoder: Encoder) -> dict[str, Any]:
    """Units by column; `odd` are those whose rings the borders do not make up, with their rings."""
    inner = shapely.point_on_surface(units.geometry)
    at = [
        encoder.point(lon, lat) if np.isfinite(lon) else (0, 0)
        for lon, lat in zip(shapely.get_x(inner).tolist(), shapely.get_y(inner).tolist(), strict=True)
    ]
    parents = [""] * len(units) if units.parent is None else [str(code or "") for code in units.parent]
    odd = _odd(units, arcs)
    parts, part_of = shapely.get_parts(units.geometry[odd], return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, ring_of = shapely.get_rings(parts[polygons], return_index=True)
    return {
        "count": len(units),
        "odd": packed(odd),
        "odd_rings": packed(np.bincount(part_of[polygons][ring_of], minlength=len(odd))),
        "rings": packed_lines(rings, encoder),
        "x": steps([x for x, _ in at]),
        "y": steps([y for _, y in at]),
        "weight": [plain(value) for value in units.weight.tolist()],
        "households": None if units.weight_field == "households" else _column(units, "households"),
        "residents": None if units.weight_field == "residents" else _column(units, "residents"),
        "same": units.weight_field,
        "parent": steps([areas.get(code, -1) for code in parents]),
    }


def _odd(units: Units, arcs: Arcs) -> NDArray[np.int64]:
    """Units that overlap others, touch themselves, or whose borders were cut anew: outline and borders differ."""
    length = shapely.length(arcs.line)
    both = arcs.right >= 0
    n = len(units)
    around = np.bincount(arcs.left, length, minlength=n) + np.bincount(arcs.right[both], length[both], minlength=n)
    outline = shapely.length(units.geometry)
    found: NDArray[np.int64] = np.flatnonzero(~(np.abs(around - outline) <= _ASTRAY * outline))
    return found


def _columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows of the same keys as columns: ten thousand names of keys less."""
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {"label": []}


def unit_columns(units: Units, areas: dict[str, int], encoder: Encoder) -> dict[str, Any]:
    """Units by column: rings, a point inside, weight, households and residents (None where unknown), area."""
    inner = shapely.point_on_surface(units.geometry)
    parents = [""] * len(units) if units.parent is None else [str(code or "") for code in units.parent]
    return {
        "rings": [encoder.rings(shape) for shape in units.geometry],
        "at": [
            list(encoder.point(lon, lat)) if np.isfinite(lon) else None
            for lon, lat in zip(shapely.get_x(inner).tolist(), shapely.get_y(inner).tolist(), strict=True)
        ],
        "weight": [plain(value) for value in units.weight.tolist()],
        "households": _column(units, "households"),
        "residents": _column(units, "residents"),
        "parent": [areas.get(code, -1) for code in parents],
    }


def _column(units: Units, name: str) -> list[float | int] | None:
    values: NDArray[Any] | None = units.weight if name == units.weight_field else units.fields.get(name)
    if values is None or not np.issubdtype(np.asarray(values).dtype, np.number):
        return None
    return [plain(value) for value in np.nan_to_num(np.asarray(values, dtype=np.float64)).tolist()]
