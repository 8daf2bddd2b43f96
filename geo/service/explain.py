"""Why a point lies where it does, as sentences: for people who have to answer for a report's grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from geo import crs as crs_
from geo.errors import InvalidCoordinate
from geo.service.columns import COARSE_M
from geo.service.context import Net
from geo.service.honest import doubts, overlap_note
from geo.service.locate import Spot, grid_at

# What the numbers of a phone or a web map may be in without anybody saying so.
_READINGS: Final = (crs_.WGS84, crs_.GCJ02, crs_.BD09)
_SAME: Final = frozenset({crs_.WGS84, crs_.CGCS2000})
_ON_BORDER_M: Final = 0.01
# So near a border a phone may well be on the other side of it: then what lies there is worth a word.
_NEAR_M: Final = 50.0
_NOTHING: Final = "–"
# Sentences that are the same for all points of one grid, over one base grid, in one system.
FIXED: Final = frozenset({"explain_plan", "explain_as_given", "explain_inside", "explain_over"})

Sentence = tuple[str, Mapping[str, Any]]


def explain(net: Net, spot: Spot, *, x: float, y: float, crs: str, accuracy_m: float | None = None) -> list[Sentence]:
    """Message keys with their values, in the order that they are to be read.

    Parameters
    ----------
    spot : what `find_spot` says of the point
    x, y : as they were given, in `crs`, a canonical name
    accuracy_m : radius of the location error, if known
    """
    plan = net.plan
    why: list[Sentence] = []
    if plan.effective is not None:
        why.append(("explain_plan", {"plan": plan.id, "name": plan.name, "effective": plan.effective}))
    why.append(_datum(spot, crs))
    why += _inside(net, spot) if spot.grid >= 0 else [_outside(net, spot)]
    if spot.overlap:
        why.append(overlap_note(net, spot.overlap))
    if accuracy_m is not None and accuracy_m > COARSE_M:
        why.append(("accuracy_too_coarse", {"accuracy_m": accuracy_m}))
    else:
        note, values = doubts(net, spot, crs=crs, accuracy_m=accuracy_m, given=(x, y))
        if note:
            why.append((note, values))
    readings = _other_readings(net, x, y, crs)
    if readings:
        why.append(("explain_readings", {"readings": readings}))
    return why


def _datum(spot: Spot, crs: str) -> Sentence:
    values = {"crs": crs[:80], "lon": spot.lon, "lat": spot.lat, "shift_m": spot.shift_m}
    if crs in _SAME:
        return "explain_as_given", values
    return ("explain_moved" if crs_.is_geographic(crs) else "explain_projected"), values


def _inside(net: Net, spot: Spot) -> list[Sentence]:
    grid = net.grids[spot.grid]
    chain = " › ".join(net.names.get(code, code) for code in net.chains[spot.grid])
    why: list[Sentence] = [("explain_inside", {"grid": grid.code, "name": grid.name, "chain": chain})]
    if grid.lies_over:
        why.append(("explain_over", {"base": net.base.codes[spot.base] if spot.base >= 0 else _NOTHING}))
    if spot.border_m > _NEAR_M:
        why.append(("explain_border", {"border_m": spot.border_m}))
        return why
    _, near, _ = net.index.neighbours_within(lon=[spot.lon], lat=[spot.lat], metres=spot.border_m + _ON_BORDER_M)
    across = ", ".join(net.grids[k].code for k in sorted(near.tolist()) if k != spot.grid) or _NOTHING
    key = "explain_on_border" if spot.border_m < _ON_BORDER_M else "explain_near_border"
    why.append((key, {"border_m": spot.border_m, "across": across}))
    return why


def _outside(net: Net, spot: Spot) -> Sentence:
    if spot.nearest < 0:
        return "explain_no_grids", {}
    return "explain_outside", {"grid": net.grids[spot.nearest].code, "metres": spot.nearest_m}


def _other_readings(net: Net, x: float, y: float, crs: str) -> str:
    """The grid under each datum that the numbers may be in instead; "" for plane coordinates, which are none."""
    if crs not in _SAME and crs not in _READINGS:
        return ""
    found = []
    for other in _READINGS:
        if other == crs or (other in _SAME and crs in _SAME):
            continue
        try:
            k = grid_at(net, x, y, crs=other)
        except InvalidCoordinate:
            continue
        found.append(f"{other} {net.grids[k].code if k >= 0 else _NOTHING}")
    return "; ".join(found)
