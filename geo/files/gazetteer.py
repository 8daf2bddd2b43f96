"""What people may call a place: gazetteer entries from areas, compounds, buildings, roads and points of interest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shapely

from geo.errors import InvalidInput
from geo.files.gazetteer_roads import road_sides
from geo.files.place_lines import Line
from geo.model import Area

Rows = Sequence[tuple[Line, Any]]
Entry = dict[str, Any]


def entries_of(areas: Mapping[str, Area], tables: Mapping[str, Rows]) -> tuple[Mapping[str, Any], ...]:
    """The dicts of `geo.locate.Gazetteer`; geometry is WGS84 and each entry has one point inside or on its shape.

    Kinds: street, community, compound, building (in a compound), poi, road, and number (a house number on a road).
    A house number stands at one entry only: at the compound or point of interest that bears it, else at the building.
    `area` is the code of the community; a road with `low` and `high` is one side of it within one community, with the
    house numbers that are known there (`geo.files.gazetteer_roads`).
    """
    doors = [*_compounds(tables["compounds"], areas), *_pois(tables["pois"], areas)]
    taken = {(entry["road"], entry["number"], entry.get("community")) for entry in doors if entry["number"]}
    entries = [
        *_area_entries(areas),
        *doors,
        *_buildings(tables["buildings"], tables["compounds"], areas),
        *_roads(tables["roads"]),
        *_numbers(tables["buildings"], areas, taken),
        *road_sides(_doors(tables, areas)),
    ]
    return tuple(
        {key: value for key, value in entry.items() if value not in (None, "", ()) or key == "name"}
        for entry in entries
    )


def _area_entries(areas: Mapping[str, Area]) -> Iterator[Entry]:
    for area in areas.values():
        if area.level in ("street", "community"):
            yield {
                "id": area.code,
                "kind": area.level,
                "name": area.name,
                **_names(area.code, areas),
                **_at(area.geometry),
            }


def _compounds(rows: Rows, areas: Mapping[str, Area]) -> Iterator[Entry]:
    for line, shape in rows:
        yield {
            "id": line.need("id"),
            "kind": "compound",
            "name": line.need("name"),
            "aliases": several(line.get("aliases")),
            "old_names": several(line.get("old_names")),
            "buildings": _whole(line, "buildings"),
            **_address(line, areas),
            **_at(shape),
        }


def _buildings(rows: Rows, compounds: Rows, areas: Mapping[str, Area]) -> Iterator[Entry]:
    """Buildings of compounds: 晨光里 and 3号楼 make 晨光里3号楼. The house number is the compound's, not theirs."""
    names = {line.need("id"): line for line, _ in compounds}
    for line, shape in rows:
        owner = line.get("compound")
        if owner is None or line.get("name") is None:
            continue
        if owner not in names:
            raise line.unknown("compound", owner, names)
        own, compound = line.need("name"), names[owner].need("name")
        others = {
            field: tuple(f"{alias}{own}" for alias in several(names[owner].get(field)))
            for field in ("aliases", "old_names")
        }
        yield {
            "id": line.need("id"),
            "kind": "building",
            "name": f"{compound}{own}",
            **others,
            "compound": compound,
            "within": owner,
            "stairwells": _whole(line, "stairwells"),
            **_names(line.get("community"), areas),
            **_at(shape),
        }


def _pois(rows: Rows, areas: Mapping[str, Area]) -> Iterator[Entry]:
    for line, shape in rows:
        if line.get("name") is not None:
            yield {
                "id": line.need("id"),
                "kind": "poi",
                "name": line.need("name"),
                "aliases": several(line.get("aliases")),
                "old_names": several(line.get("old_names")),
                **_address(line, areas),
                **_at(shape),
            }


def _roads(rows: Rows) -> Iterator[Entry]:
    """One entry a road name, at the middle of its longest piece."""
    pieces: dict[str, list[Any]] = {}
    firsts: dict[str, Line] = {}
    for line, shape in rows:
        name = line.get("name")
        if name is not None:
            pieces.setdefault(name, []).append(shape)
            firsts.setdefault(name, line)
    for name, shapes in pieces.items():
        longest = max(shapely.get_parts(shapes), key=shapely.length)
        middle = shapely.line_interpolate_point(longest, 0.5, normalized=True)
        named = {"name": name, "old_names": several(firsts[name].get("old_names")), "road": name}
        yield {"id": f"road:{firsts[name].need('id')}", "kind": "road", **named, **_at(middle)}


def _numbers(rows: Rows, areas: Mapping[str, Area], taken: set[tuple[Any, Any, Any]]) -> Iterator[Entry]:
    """One entry a house number that nothing else bears, at the first building that does.

    It has no name, lest a number be found by likeness: 88号 is not 86号.
    """
    seen = set(taken)
    for line, shape in rows:
        entry = {**_address(line, areas), **_at(shape)}
        road, number = entry["road"], entry["number"]
        key = (road, number, entry.get("community"))
        if road is None or number is None or key in seen:
            continue
        seen.add(key)
        word = number if number.endswith(("号", "弄")) else f"{number}号"
        yield {"id": f"number:{line.need('id')}", "kind": "number", "name": "", "address": f"{road}{word}", **entry}


def _doors(tables: Mapping[str, Rows], areas: Mapping[str, Area]) -> Iterator[Entry]:
    """Everything with a house number, for the sides of roads."""
    for table in ("compounds", "pois", "buildings"):
        for line, shape in tables[table]:
            yield {**_address(line, areas), **_at(shape)}


def several(cell: str | None) -> tuple[str, ...]:
    """The names of a cell, with | between them."""
    return tuple(part.strip() for part in (cell or "").split("|") if part.strip())


def _address(line: Line, areas: Mapping[str, Area]) -> Entry:
    community = line.get("community")
    if community is not None and community not in areas:
        raise line.unknown("community", community, areas)
    number = line.get("number")
    return {"road": line.get("road"), "number": None if number == "0" else number, **_names(community, areas)}


def _names(code: str | None, areas: Mapping[str, Area]) -> Entry:
    """Town, community and district as people call them."""
    area = areas.get(code) if code else None
    names: Entry = {} if area is None else {"area": area.code}
    while area is not None:
        names[{"street": "town"}.get(area.level, area.level)] = area.name
        area = areas.get(area.parent) if area.parent else None
    return names


def _at(shape: Any) -> Entry:
    point = shapely.point_on_surface(shape)
    return {"lon": float(point.x), "lat": float(point.y)}


def _whole(line: Line, field: str) -> int | None:
    value = line.get(field)
    if value is None:
        return None
    if not value.isdecimal():
        raise InvalidInput("place_number_bad", file=line.file, row=line.row, field=field, value=value)
    return int(value)
