"""The data of the comparison: two nets, and the units that lie in another grid than before."""

from __future__ import annotations

from typing import Any

from geo.maps.base_data import arc_columns, base_data, grid_columns, plain, plan_data
from geo.maps.draft_data import unit_columns
from geo.maps.plan_data import measure
from geo.messages import Lang
from geo.service.views import ComparedPlan, CompareView


def compare_page(view: CompareView, lang: Lang) -> dict[str, Any]:
    """The data of the compare page; `b` is the page's own net, `a` stands beside it."""
    data, encoder = base_data("compare", lang, view.backdrop, view.b.grids)
    areas = {area.code: k for k, area in enumerate(view.backdrop.areas)}
    data["a"] = {
        "grids": grid_columns(view.a.grids, view.backdrop, encoder),
        "arcs": arc_columns(view.a.grids, None, None, encoder),
        **_side(view.a),
    }
    data["b"] = _side(view.b)
    data["measure"] = measure(view.units.weight_field)
    data["units"] = unit_columns(view.units, areas, encoder)
    data["from"] = view.from_grid.tolist()
    data["to"] = view.to_grid.tolist()
    data["moved"] = {
        "weight": [plain(value) for value in view.weight],
        "households": None if view.households is None else [plain(value) for value in view.households],
        "issues": list(view.open_issues),
        "flows": [list(row) for row in view.moved_issues],
    }
    data["choices"] = [list(choice) for choice in view.choices]
    return data


def _side(plan: ComparedPlan) -> dict[str, Any]:
    return {
        "key": plan.key,
        "plan": plan_data(plan.plan),
        "deviation": [round(float(value), 4) for value in plan.deviation],
        "side": plan.side.tolist(),
        "compactness": round(plan.compactness, 4),
    }
