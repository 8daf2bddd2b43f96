"""PlanView → what the plan page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import shapely

from geo.maps.base_data import base_data, grid_numbers, plain, plan_data, say_if_known
from geo.maps.encode import Encoder
from geo.maps.issues_data import clock, pin_data
from geo.messages import Lang
from geo.model import Violation
from geo.service.views import PlanView

# Faults that advise rather than forbid: a plan with them may still be published. All others must be fixed first.
_ADVICE: Final = frozenset({"grid_too_heavy", "grid_too_light"})
_HOUSEHOLDS: Final = ("household", "hh", "户")
_PEOPLE: Final = ("resident", "pop", "people", "person", "人")


def plan_page(view: PlanView, lang: Lang) -> dict[str, Any]:
    """The data of the plan page."""
    data, encoder = base_data("plan", lang, view.backdrop, view.grids, view.units)
    deviation = [round(float(value), 4) for value in view.deviation]
    data["plan"] = plan_data(view.plan)
    data["measure"] = measure(view.units.weight_field)
    data["deviation"] = deviation
    data["tolerance"] = view.tolerance
    data["band"] = None if view.band is None else [plain(view.band[0]), plain(view.band[1])]
    data["side"] = [_side(view, k) for k in range(len(view.grids))]
    data["violations"] = _violations(view, lang, encoder)
    data["open"] = [int(view.open_issues.get(grid.code, 0)) for grid in view.grids]
    data |= clock(view.now)
    data["issues"] = pin_data(view.issues, view.grids, encoder, lang)
    data["many"] = view.many_issues
    if view.units.locked is not None:
        data["locked"] = [k for k, locked in enumerate(view.units.locked.tolist()) if locked]
    return data


def measure(weight_field: str) -> str:
    """What a weight counts, as a key of the page's words: households, people or plain weight."""
    name = weight_field.lower()
    if any(part in name for part in _HOUSEHOLDS):
        return "households"
    if any(part in name for part in _PEOPLE):
        return "people"
    return "weight"


def _side(view: PlanView, k: int) -> int:
    """−1 below, 0 within, 1 over what the plan allows: the band if there is one, else the tolerance (inclusive)."""
    if view.band is not None:
        low, high = view.band
        weight = view.grids[k].weight
        return -1 if weight < low else int(weight > high)
    value = float(view.deviation[k])
    return 0 if abs(value) <= view.tolerance + 1e-9 else (1 if value > 0 else -1)


def _violations(view: PlanView, lang: Lang, encoder: Encoder) -> list[dict[str, Any]]:
    number = grid_numbers(view.grids)
    unit_shape = dict(zip(map(str, view.units.ids), view.units.geometry, strict=True))
    grid_shape = {grid.code: grid.geometry for grid in view.grids}
    name = {grid.code: grid.name or grid.code for grid in view.grids}
    rows = [
        {
            # People know a grid by its name; the check names it by its code.
            "text": say_if_known(fault.kind, lang, **_named(fault.context, name)),
            "kind": fault.kind,
            "must": fault.kind not in _ADVICE,
            "grids": [number[code] for code in fault.grids if code in number],
            "units": list(fault.units[:50]),
            "at": _where(fault, unit_shape, grid_shape, encoder),
        }
        for fault in view.violations
    ]
    return sorted(rows, key=lambda row: not row["must"])


def _named(context: Mapping[str, Any], name: Mapping[str, str]) -> dict[str, Any]:
    return {key: name.get(value, value) if isinstance(value, str) else value for key, value in context.items()}


def _where(
    fault: Violation, unit_shape: Mapping[str, Any], grid_shape: Mapping[str, Any], encoder: Encoder
) -> tuple[int, int] | None:
    """A place to look at: where the check says, else inside the first unit or grid that it names."""
    if fault.at is not None and abs(fault.at[0]) <= 180 and abs(fault.at[1]) <= 90:
        return encoder.point(*fault.at)
    named = [unit_shape[u] for u in fault.units if u in unit_shape]
    named += [grid_shape[code] for code in fault.grids if code in grid_shape]
    for shape in named:
        if shape is not None and not shape.is_empty:
            inner = shapely.point_on_surface(shape)
            return encoder.point(inner.x, inner.y)
    return None
