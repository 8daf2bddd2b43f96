"""HotspotsView → what the hotspots page shows."""

from __future__ import annotations

from typing import Any

from geo.maps.base_data import base_data, plan_data
from geo.messages import Lang
from geo.service.views import HotspotsView


def hotspots_page(view: HotspotsView, lang: Lang) -> dict[str, Any]:
    """The data of the hotspots page: the grids once, and the picture as the interface would answer it."""
    data, _ = base_data("hotspots", lang, view.backdrop, view.grids)
    data["plan"] = plan_data(view.plan)
    data["hotspots"] = dict(view.body)
    return data
