"""What is wrong or doubtful in a gazetteer: told to a person, never mended in silence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely

from geo import crs as crs_
from geo.locate.index.ground import frame
from geo.model import Place
from geo.service.context import Net

Entries = Sequence[Mapping[str, Any]]

_NAMED: Final = ("compound", "poi")
# GCJ-02 and BD-09 are off by this much; what is nearer or farther has another reason.
_SHIFT_LEAST_M: Final = 100.0
_SHIFT_MOST_M: Final = 900.0
_DATUMS: Final = {crs_.GCJ02: "GCJ-02", crs_.BD09: "BD-09"}
# Two entries of one house number stand no farther apart than a large yard.
_SAME_DOOR_M: Final = 60.0


@dataclass(frozen=True)
class GazetteerFinding:
    """One finding: `kind` is the end of the message key ``gazetteer_found_<kind>``, `ids` the entries it concerns."""

    kind: str
    ids: tuple[str, ...]
    context: Mapping[str, Any] = field(default_factory=dict)


def check_entries(entries: Entries, place: Place, net: Net | None) -> tuple[GazetteerFinding, ...]:
    """All findings in a gazetteer, by kind and in the order of the entries.

    same_name : one name in different communities; a text that says no more is ambiguous.
    no_point, outside : an entry without a place, or in no grid of the plan (only with `net`).
    other_community : an entry that lies in another community than it says.
    other_datum : an entry that fits where it says only if its numbers are read as GCJ-02 or BD-09.
    ranges_overlap : two sides of a road that hold the same house numbers.
    """
    found = [*_same_names(entries), *_places(entries, net)]
    found += _communities(entries, place)
    return (*found, *_ranges(entries))


def _same_names(entries: Entries) -> Iterator[GazetteerFinding]:
    named: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in entries:
        if entry.get("kind") in _NAMED and entry.get("name"):
            named[str(entry["name"])].setdefault(str(entry.get("community", "")), str(entry["id"]))
    for name, of in named.items():
        if len(of) > 1:
            where = ", ".join(community or "-" for community in of)
            yield GazetteerFinding("same_name", tuple(of.values()), {"name": name, "communities": where})


def _places(entries: Entries, net: Net | None) -> Iterator[GazetteerFinding]:
    placed = []
    for entry in entries:
        if entry.get("lon") is None or entry.get("lat") is None:
            yield GazetteerFinding("no_point", (str(entry["id"]),), {"id": str(entry["id"]), "name": _name(entry)})
        else:
            placed.append(entry)
    if net is None or not placed:
        return
    grid = net.index.locate(
        lon=np.array([entry["lon"] for entry in placed], dtype=np.float64),
        lat=np.array([entry["lat"] for entry in placed], dtype=np.float64),
    )
    for entry, k in zip(placed, grid.tolist(), strict=True):
        if k < 0:
            yield GazetteerFinding("outside", (str(entry["id"]),), {"id": str(entry["id"]), "name": _name(entry)})


def _communities(entries: Entries, place: Place) -> Iterator[GazetteerFinding]:
    """Entries that do not lie where they say, and those of them that another datum would put right."""
    areas = [a for a in place.areas if a.level == "community" and a.geometry is not None]
    by_code = {area.code: k for k, area in enumerate(areas)}
    by_name: dict[str, list[int]] = defaultdict(list)
    for k, area in enumerate(areas):
        by_name[area.name].append(k)
    shapes = np.array([area.geometry for area in areas], dtype=object)
    doors = _doors(entries)
    for entry in entries:
        if entry.get("lon") is None or entry.get("kind") in ("street", "community", "road"):
            continue
        own = by_code.get(str(entry.get("area", "")))
        named = by_name.get(str(entry.get("community", "")), [])
        own = named[0] if own is None and len(named) == 1 else own
        point = shapely.Point(entry["lon"], entry["lat"])
        away = own is not None and not bool(shapely.intersects(shapes[own], point))
        told = {"id": str(entry["id"]), "name": _name(entry)}
        better = _better_datum(entry, shapes[own] if away and own is not None else None, doors)
        if better is not None:
            yield GazetteerFinding("other_datum", (told["id"],), {**told, **better})
        elif away and own is not None:
            there = np.flatnonzero(shapely.intersects(shapes, point))
            other = areas[int(there[0])].name if len(there) else "-"
            yield GazetteerFinding("other_community", (told["id"],), {**told, "says": areas[own].name, "lies": other})


def _doors(entries: Entries) -> dict[tuple[str, str, str], list[Mapping[str, Any]]]:
    """Entries by road, house number and community."""
    doors: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for entry in entries:
        if entry.get("road") and entry.get("number") and entry.get("lon") is not None:
            doors[entry["road"], str(entry["number"]), str(entry.get("community", ""))].append(entry)
    return doors


def _better_datum(
    entry: Mapping[str, Any], own: Any, doors: Mapping[tuple[str, str, str], Sequence[Mapping[str, Any]]]
) -> dict[str, Any] | None:
    """The datum that puts an entry into its community, or onto the house number that others have too."""
    key = (str(entry.get("road", "")), str(entry.get("number", "")), str(entry.get("community", "")))
    others = [other for other in doors.get(key, ()) if other is not entry]
    away = others and all(_metres(entry, other) > _SHIFT_LEAST_M for other in others)
    if own is None and not away:
        return None
    for datum, word in _DATUMS.items():
        lon, lat, shift = crs_.one_to_wgs84(entry["lon"], entry["lat"], crs=datum)
        if not _SHIFT_LEAST_M <= shift <= _SHIFT_MOST_M:
            continue
        moved = {"lon": lon, "lat": lat}
        fits_area = own is None or bool(shapely.intersects(own, shapely.Point(lon, lat)))
        fits_door = any(_metres(moved, other) <= _SAME_DOOR_M for other in others) if away else own is not None
        if fits_area and fits_door:
            return {"datum": word, "metres": round(shift)}
    return None


def _metres(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    per_lon, per_lat = frame(float(a["lat"]))[:2]
    return float(np.hypot((a["lon"] - b["lon"]) * per_lon, (a["lat"] - b["lat"]) * per_lat))


def _ranges(entries: Entries) -> Iterator[GazetteerFinding]:
    roads: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in entries:
        if entry.get("kind") == "road" and entry.get("low") is not None and entry.get("high") is not None:
            roads[str(entry.get("road") or entry["name"])].append(entry)
    for road, ranges in roads.items():
        ordered = sorted(ranges, key=lambda entry: (entry["low"], str(entry["id"])))
        for at, one in enumerate(ordered):
            for other in ordered[at + 1 :]:
                if other["low"] > one["high"]:
                    break
                sides = {str(one.get("side", "both")), str(other.get("side", "both"))}
                if sides == {"odd", "even"} or sides == {"left", "right"}:
                    continue
                span = {"low": other["low"], "high": min(one["high"], other["high"])}
                yield GazetteerFinding(
                    "ranges_overlap",
                    (str(one["id"]), str(other["id"])),
                    {"road": road, "ids": _pair(one, other), **span},
                )


def _pair(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    return f"{one['id']}, {other['id']}"


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or entry.get("address") or entry["id"])
