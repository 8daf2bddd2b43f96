"""CoverageView and HotspotsView → what the coverage and hotspots pages show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from geo.maps.base_data import base_data, grid_numbers, iso, plan_data
from geo.messages import Lang
from geo.service.views import CoverageView, HotspotsView

CLASSES: Final = 5
# Fixed, so that one month's map can be laid beside another's.
RATIO_BREAKS: Final = (0.5, 0.8, 1.25, 2.0, 3.0)
SIGNIFICANT_Q: Final = 0.05


def coverage_page(view: CoverageView, lang: Lang) -> dict[str, Any]:
    """The data of the coverage page."""
    data, encoder = base_data("coverage", lang, view.backdrop, view.grids)
    data["plan"] = plan_data(view.plan)
    number = grid_numbers(view.grids)
    rows: list[dict[str, Any] | None] = [None] * len(view.grids)
    for row in view.rows:
        if row.grid in number:
            rows[number[row.grid]] = {
                "households": row.households,
                "residents": row.residents,
                "buildings": row.buildings,
                "vacant": list(row.vacant),
                "posts": row.posts,
                "span": None if row.span is None else round(row.span, 1),
                "issues": row.issues,
                "rate": _finite(row.issues_per_1000_households, 1),
            }
    data["rows"] = rows
    data["breaks"] = {
        "span": breaks([row.span for row in view.rows]),
        "rate": breaks([row.issues_per_1000_households for row in view.rows]),
    }
    data["uncovered"] = [
        {
            "name": feature.name or feature.id,
            "households": feature.households,
            "residents": feature.residents,
            "rings": encoder.rings(feature.geometry),
            "at": encoder.point(feature.geometry.centroid.x, feature.geometry.centroid.y),
        }
        for feature in view.uncovered
    ]
    data["gap"] = round(float(view.gap_m2), 1)
    data["overlap"] = round(float(view.overlap_m2), 1)
    return data


def hotspots_page(view: HotspotsView, lang: Lang) -> dict[str, Any]:
    """The data of the hotspots page."""
    data, _ = base_data("hotspots", lang, view.backdrop, view.grids)
    data["plan"] = plan_data(view.plan)
    data["since"], data["until"] = iso(view.since), iso(view.until)
    data["denominator"] = view.denominator
    data["observed"] = [int(value) for value in view.observed]
    data["expected"] = [_finite(value, 1) for value in view.expected]
    data["ratio"] = [_finite(value, 3) for value in view.ratio]
    data["q"] = [_finite(value, 4) for value in view.q]
    data["judged"] = [bool(value) for value in view.judged]
    data["breaks"] = list(RATIO_BREAKS)
    data["alpha"] = SIGNIFICANT_Q
    return data


def breaks(values: Sequence[float | None]) -> list[float]:
    """Class limits for at most five classes of about equal size, at round numbers, strictly rising."""
    known = np.array([v for v in values if v is not None and math.isfinite(v)], dtype=float)
    if not len(known):
        return []
    cuts = np.quantile(known, np.arange(1, CLASSES) / CLASSES)
    out: list[float] = []
    for cut in cuts:
        value = _round(float(cut))
        below = known[known < value]
        # Rounding may leave a class without a value, or two limits alike.
        if len(below) and value <= known.max() and (not out or below.max() >= out[-1]):
            out.append(value)
    return out


def _round(value: float) -> float:
    """To two digits."""
    if value == 0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(abs(value))))


def _finite(value: float | None, digits: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits)
