"""Reports → where they lie: a coordinate and words are weighed together, and what disagrees is shown to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import shapely

from geo.errors import GeoError
from geo.locate.index.ground import frame
from geo.model import Geocoded, Location, Report
from geo.service.columns import COARSE_M
from geo.service.context import Net, Service
from geo.service.geocode import TextReader, reader_of
from geo.service.geocode_location import evidence, location_of_text
from geo.service.locate import locate_rows
from geo.service.places import Places, register_of

# How far off a coordinate is taken to be whose accuracy nobody told: a telephone between houses.
_UNTOLD_M: Final = 30.0
# A grid is told apart from its neighbours where it has this share of the probability.
_SURE: Final = 0.8
_POINTS: Final = frozenset({"building", "compound", "poi", "number"})
# Kinds that may bring an outline along, which is more exact than their point.
_SPREAD: Final = frozenset({"building", "compound", "poi", "road"})


def place_reports(service: Service, net: Net | None, reports: Sequence[Report]) -> list[Location | GeoError]:
    """Where each report lies, in their order.

    A coordinate and words that agree make a grid surer, and words decide between grids that the coordinate cannot tell
    apart; where they disagree, and where nothing decides, the report is left to a person with both places. A coordinate
    that cannot be used is told and the words are taken; without usable words it is an error of its row.
    """
    if net is None:
        return [_without_plan(service, report) for report in reports]
    placed = [i for i, report in enumerate(reports) if report.lon is not None and report.lat is not None]
    rows = [(reports[i].lon or 0.0, reports[i].lat or 0.0, reports[i].crs or "") for i in placed]
    points: dict[int, Location | GeoError] = dict(
        zip(placed, locate_rows(net, rows, [reports[i].accuracy_m for i in placed]), strict=True)
    )
    reader = reader_of(service, net)
    return [_place(reader, report, points.get(i, report.fault), service.conflict_m) for i, report in enumerate(reports)]


def place_point_and_text(
    service: Service, net: Net, point: Location, text: str, *, accuracy_m: float | None = None
) -> Location:
    """A place that was located by its coordinate, weighed together with what a text says."""
    reader = reader_of(service, net)
    return _together(reader, point, reader.read(text), accuracy_m, service.conflict_m)


def _without_plan(service: Service, report: Report) -> Location | GeoError:
    """Nothing can be located without a plan, but a report that no plan will help is told apart from one that waits."""
    waits = Location(status="unlocated", note="no_plan_in_force")
    if report.lon is None or report.lat is None:
        words = (report.address or report.text).strip()
        if words and register_of(service).gazetteer.match(words).pinpoints:
            return waits
        return report.fault or replace(waits, note="no_coordinate")
    if report.accuracy_m is not None and report.accuracy_m > COARSE_M:
        return replace(waits, note="coordinate_rounded", context={"accuracy_m": report.accuracy_m})
    return waits


def _place(
    reader: TextReader, report: Report, point: Location | GeoError | None, apart_most_m: float
) -> Location | GeoError:
    net, found = reader.net, read_words(reader, report)
    if point is None:
        nothing = Location(status="unlocated", plan=net.plan.id, note="no_coordinate")
        if found is None:
            return nothing
        located = location_of_text(net, found)
        return located if found.status != "none" else replace(nothing, context={"address": evidence(found)})
    if isinstance(point, GeoError):
        if found is None or found.status != "match" or found.grid is None:
            return point
        fault = {"code": point.code, **{k: _plain(v) for k, v in point.context.items()}}
        located = location_of_text(net, found)
        return replace(located, note="address_coordinate_bad", context={**located.context, "coordinate_fault": fault})
    if found is None:
        return _unless_ambiguous(point)
    return _together(reader, point, found, report.accuracy_m, apart_most_m)


def read_words(reader: TextReader, report: Report) -> Geocoded | None:
    """What the words of a report mean: the address, and the text where the address does not say one grid."""
    first = reader.read(report.address) if report.address and report.address.strip() else None
    if first is not None and first.status in ("match", "conflict"):
        return first
    if not report.text.strip():
        return first
    second = reader.read(report.text)
    if first is None or first.status == "none":
        return second
    possible = {part.grid for part in first.grids}
    # The text may tell which of the places it is, but moves the report to no other.
    return second if second.status == "match" and second.grid in possible else first


def _together(
    reader: TextReader, point: Location, found: Geocoded, accuracy_m: float | None, apart_most_m: float
) -> Location:
    """One place from a coordinate's and a text's; more than `apart_most_m` apart they contradict each other."""
    net, apart = reader.net, distance_to(reader.places, point, found)
    match = found.status == "match" and found.grid is not None
    told: dict[str, Any] = {**point.context, "address": evidence(found)}
    if apart is not None:
        told["apart_m"] = round(apart, 1)
    shown = replace(point, context=told)
    reach = apart_most_m + (accuracy_m or 0.0)
    if point.status == "unlocated":  # its coordinate is too coarse to tell a grid
        if match and apart is not None and apart <= apart_most_m + 3.0 * (accuracy_m or COARSE_M):
            return _by_text(net, found, shown, note="address_coordinate_coarse")
        return _conflict(shown, found) if match and apart is not None else shown
    if found.status in ("none", "conflict") or apart is None:
        return _unless_ambiguous(shown)
    if point.status == "outside":
        if not match:
            return shown
        return _by_text(net, found, shown, note="both_by_side") if apart <= reach else _conflict(shown, found)
    return _weigh(net, shown, found, apart=apart, reach=reach, accuracy_m=accuracy_m)


def _weigh(
    net: Net, shown: Location, found: Geocoded, *, apart: float, reach: float, accuracy_m: float | None
) -> Location:
    """A point in a grid, and a text that means something somewhere."""
    own = {shown.grid, shown.context.get("base_grid")}
    possible = {part.grid: part.share for part in found.grids}
    rivals = _rivals(shown)
    both = {grid: p * possible[grid] for grid, p in rivals.items() if grid in possible}
    if both:
        whole = sum(both.values())
        best = max(sorted(both), key=lambda grid: both[grid])
        if both[best] / whole >= _SURE:
            if best in own:
                method = "both" if found.status == "match" else shown.method
                return replace(shown, method=method, note="" if shown.note == "near_border" else shown.note)
            if found.status == "match" and found.level in _POINTS:
                return _by_text(net, found, shown, note="both_by_side")
        return _unless_ambiguous(shown)
    if not possible or own & set(possible):
        return _unless_ambiguous(shown)
    inside = (shown.border_m or 0.0) > (_UNTOLD_M if accuracy_m is None else accuracy_m)
    if found.level not in _POINTS:  # a road is long, and people count themselves to the next community
        return _conflict(shown, found) if apart > reach else _unless_ambiguous(shown)
    if apart > reach or inside:
        return _conflict(shown, found)
    return _by_text(net, found, shown, note="both_by_side") if found.status == "match" else _unless_ambiguous(shown)


def _rivals(point: Location) -> dict[str, float]:
    """The grids that a coordinate may lie in, with their probability."""
    told = point.context.get("candidates", ())
    rivals = {row["grid"]: row["probability"] for row in told if row.get("grid")}
    return rivals or {point.grid or "": 1.0}


def _unless_ambiguous(point: Location) -> Location:
    """The point, or a question to a person where its error reaches too far over a border."""
    if point.status == "located" and max(_rivals(point).values()) < _SURE:
        return replace(point, status="unlocated", note="near_border_ambiguous", **_NOWHERE)
    return point


_NOWHERE: Final[Mapping[str, Any]] = {"grid": None, "grid_name": None, "chain": (), "levels": ()}


def _by_text(net: Net, found: Geocoded, point: Location, *, note: str) -> Location:
    """The text's grid; the coordinate stays where it is unless it is of no use."""
    located = location_of_text(net, found)
    coarse = point.status == "unlocated"
    kept: dict[str, Any] = (
        {} if coarse else {"method": "both", "lon": point.lon, "lat": point.lat, "border_m": point.border_m}
    )
    context = {**point.context, "coordinate": _place_of(point)}
    if coarse:
        context["coordinate_fault"] = {"code": point.note, "accuracy_m": point.context.get("accuracy_m")}
    return replace(located, crs=point.crs, shift_m=point.shift_m, note=note, context=context, **kept)


def _conflict(point: Location, found: Geocoded) -> Location:
    """Neither is believed: the coordinate's place and the text's are both shown."""
    names = ", ".join(dict.fromkeys(c.name for c in found.candidates[:3]))
    context = {**point.context, "coordinate": _place_of(point), "place": names}
    context.setdefault("apart_m", 0.0)
    return replace(point, status="unlocated", note="both_conflict", context=context, method="both", **_NOWHERE)


def _place_of(point: Location) -> dict[str, Any]:
    return {
        "status": point.status,
        "grid": point.grid,
        "grid_name": point.grid_name,
        "lon": point.lon,
        "lat": point.lat,
        "border_m": point.border_m,
    }


def distance_to(places: Places, point: Location, found: Geocoded) -> float | None:
    """Metres from a coordinate to the nearest of the places that a text may mean; None where there are none."""
    if point.lon is None or point.lat is None:
        return None
    per_lon, per_lat = frame(point.lat)[:2]
    here = shapely.Point(point.lon * per_lon, point.lat * per_lat)
    possible = {part.grid for part in found.grids}
    precise = found.level in _POINTS
    rows = found.candidates[:1] if found.status == "match" else found.candidates
    metres = []
    for candidate in rows:
        # The areas around a place are candidates too, and every point is in one.
        if not possible.intersection(candidate.grids) or (precise and candidate.kind in ("street", "community")):
            continue
        shape = places.shapes.get(candidate.id)
        if shape is not None and (candidate.kind in _SPREAD or not precise):
            metres.append(here.distance(shapely.transform(shape, lambda xy: xy * [per_lon, per_lat])))
        elif candidate.lon is not None and candidate.lat is not None:
            metres.append(here.distance(shapely.Point(candidate.lon * per_lon, candidate.lat * per_lat)))
    return min(metres, default=None)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str | None) else str(value)
