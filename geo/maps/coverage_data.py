"""CoverageView → what the coverage page shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from geo.maps.base_data import Interner, base_data, plan_data
from geo.maps.encode import Encoder
from geo.messages import Lang, say
from geo.model import Feature
from geo.service.views import CoverageView, GridCoverage, RatePeriod, Seam

# The limits of deviations; a tolerance that is no narrower than the outer ones takes twice itself for them.
_OUTER: Final = 0.1


def coverage_page(view: CoverageView, lang: Lang) -> dict[str, Any]:
    """The data of the coverage page."""
    data, encoder = base_data("coverage", lang, view.backdrop, view.grids)
    data["plan"] = plan_data(view.plan)
    data["rows"] = _columns(view)
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
    data["periods"] = [_period(period) for period in view.periods]
    return data


def _columns(view: CoverageView) -> dict[str, Any]:
    """The figures of the grids by column, in the order of the page's grids: each name of a row would weigh more than
    what it names. Names of roles and stations are said once (`words`).
    """
    found = {row.grid: row for row in view.rows}
    rows = [found.get(grid.code) for grid in view.grids]
    words = Interner()

    def column(read: Callable[[GridCoverage], Any]) -> list[Any]:
        return [None if row is None else read(row) for row in rows]

    return {
        "households": column(lambda row: row.households),
        "residents": column(lambda row: row.residents),
        "buildings": column(lambda row: row.buildings),
        "vacant": column(lambda row: [words.add(role) for role in row.vacant]),
        "templated": column(lambda row: int(row.templated)),
        "people": column(lambda row: row.people),
        "span": column(lambda row: _finite(row.span, 1)),
        "roles": column(lambda row: [_finite(row.span_by_role.get(role), 1) for role in view.roles]),
        "issues": column(lambda row: row.issues),
        "rate": column(lambda row: _finite(row.issues_per_1000_households, 1)),
        "judged": column(lambda row: int(row.judged)),
        "station": column(lambda row: _finite(row.station_m, 0)),
        "farthest": column(lambda row: _finite(row.farthest_m, 0)),
        "near": column(lambda row: [words.add(name) for name in row.stations]),
        "deviation": column(lambda row: _finite(row.deviation, 4)),
        "words": words.values,
    }


def _period(period: RatePeriod) -> dict[str, Any]:
    return {
        "days": period.days,
        "counts": period.counts.tolist(),
        "judged": period.judged.astype(int).tolist(),
        "issues": period.issues,
        "rate": _finite(period.rate, 1),
        "few": period.too_few,
        "spread": None if period.spread is None else [_finite(value, 4) for value in period.spread],
        "breaks": list(period.breaks),
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
