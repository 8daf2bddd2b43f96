"""The data of the page on which a draft is edited: units with what they hold, and the draft as the server tells it."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.maps.base_data import base_data, plain, plan_data, say_if_known
from geo.maps.encode import Encoder
from geo.maps.issues_data import clock
from geo.maps.plan_data import measure
from geo.messages import Lang
from geo.model import Units
from geo.service.views import DraftView


def draft_page(view: DraftView, lang: Lang) -> dict[str, Any]:
    """The data of the page of a draft."""
    data, encoder = base_data("edit", lang, view.backdrop, view.grids, view.units, bare=True)
    codes = {area.code: k for k, area in enumerate(view.backdrop.areas)}
    data["plan"] = plan_data(view.plan)
    data["measure"] = measure(view.units.weight_field)
    data["tolerance"] = view.tolerance
    data["band"] = None if view.band is None else [plain(view.band[0]), plain(min(view.band[1], 1e12))]
    data["units"] = unit_columns(view.units, codes, encoder)
    data["draft"] = dict(view.state)
    data["seams"] = [
        {
            "text": say_if_known(fault.kind, lang, **fault.context),
            "kind": fault.kind,
            "at": None if fault.at is None else encoder.point(*fault.at),
        }
        for fault in view.seams
    ]
    data |= clock(view.now)
    # Filled by the page from the draft.
    data |= {"deviation": [], "side": [], "violations": [], "open": []}
    return data


def unit_columns(units: Units, areas: dict[str, int], encoder: Encoder) -> dict[str, Any]:
    """Units by column: rings, a point inside, weight, households and residents (None where unknown), area."""
    inner = shapely.point_on_surface(units.geometry)
    parents = [""] * len(units) if units.parent is None else [str(code or "") for code in units.parent]
    return {
        "id": [str(unit) for unit in units.ids],
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
