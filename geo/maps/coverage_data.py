"""CoverageView → what the coverage page shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from geo.maps.base_data import base_data, grid_numbers, plan_data
from geo.maps.encode import Encoder
from geo.messages import Lang, say
from geo.model import Feature
from geo.service.views import CoverageView, GridCoverage, Seam

# The limits of deviations; a tolerance that is no narrower than the outer ones takes twice itself for them.
_OUTER: Final = 0.1


def coverage_page(view: CoverageView, lang: Lang) -> dict[str, Any]:
    """The data of the coverage page."""
    data, encoder = base_data("coverage", lang, view.backdrop, view.grids)
    data["plan"] = plan_data(view.plan)
    number = grid_numbers(view.grids)
    rows: list[dict[str, Any] | None] = [None] * len(view.grids)
    for row in view.rows:
        if row.grid in number:
            rows[number[row.grid]] = _row(row, view.roles)
    data["rows"] = rows
    data["roles"] = list(view.roles)
    data["breaks"] = {name: list(limits) for name, limits in view.breaks.items()}
    data["breaks"]["balance"] = deviation_breaks(view.tolerance)
    data["tolerance"] = view.tolerance
    data["band"] = None if view.band is None else [_finite(limit, 2) for limit in view.band]
    data["uncovered"] = [_building(feature, encoder) for feature in view.uncovered]
    data["gap"] = round(float(view.gap_m2), 1)
    data["overlap"] = round(float(view.overlap_m2), 1)
    data["seams"] = [_seam(seam, encoder, lang) for seam in view.seams]
    data["stations"] = [
        {"name": feature.name or feature.id, "at": _place(feature, encoder)} for feature in view.stations
    ]
    data["totals"] = _totals(view)
    return data


def _row(row: GridCoverage, roles: Sequence[str]) -> dict[str, Any]:
    return {
        "households": row.households,
        "residents": row.residents,
        "buildings": row.buildings,
        "vacant": list(row.vacant),
        "templated": row.templated,
        "people": row.people,
        "span": _finite(row.span, 1),
        "roles": [_finite(row.span_by_role.get(role), 1) for role in roles],
        "issues": row.issues,
        "rate": _finite(row.issues_per_1000_households, 1),
        "judged": row.judged,
        "station": _finite(row.station_m, 0),
        "farthest": _finite(row.farthest_m, 0),
        "near": list(row.stations),
        "deviation": _finite(row.deviation, 4),
    }


def _building(feature: Feature, encoder: Encoder) -> dict[str, Any]:
    return {
        "name": feature.name or feature.id,
        "id": feature.id,
        "households": feature.households,
        "residents": feature.residents,
        "rings": encoder.rings(feature.geometry),
        "at": _place(feature, encoder),
    }


def _place(feature: Feature, encoder: Encoder) -> list[int]:
    return list(encoder.point(feature.geometry.centroid.x, feature.geometry.centroid.y))


def _seam(seam: Seam, encoder: Encoder, lang: Lang) -> dict[str, Any]:
    size = f"{seam.size:,.0f}" if seam.size >= 100 else f"{seam.size:.3g}" if seam.size >= 0.001 else "<0.001"
    text = say(seam.kind, lang, codes=", ".join(seam.codes), size=size, lon=seam.lon, lat=seam.lat)
    return {
        "text": text,
        "codes": list(seam.codes),
        "size": round(seam.size, 3),
        "at": list(encoder.point(seam.lon, seam.lat)),
    }


def _totals(view: CoverageView) -> dict[str, Any]:
    told = view.totals
    return {
        "households": told.households,
        "buildings": told.buildings,
        "uncovered": told.households_uncovered,
        "share": told.households_uncovered / told.households if told.households else 0.0,
        "vacant": told.vacant,
        "templated": told.grids_judged,
        "full": told.grids_full,
        "full_share": told.grids_full / told.grids_judged if told.grids_judged else None,
        "people": told.people,
        "span": _finite(told.span, 1),
        "issues": told.issues,
        "rate": _finite(told.rate, 1),
        "few": told.too_few,
        "station": _finite(told.station_m, 0),
        "over": told.over,
        "under": told.under,
        "spread": {
            name: None if spread is None else [_finite(value, 4) for value in spread]
            for name, spread in told.spread.items()
        },
    }


def deviation_breaks(tolerance: float) -> list[float]:
    """The four limits of five classes around what is allowed."""
    outer = _OUTER if tolerance < _OUTER else 2 * tolerance
    return [-outer, -tolerance, tolerance, outer]


def _finite(value: float | None, digits: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits)
