"""What people may call a place: gazetteer entries from areas, compounds, buildings, roads and points of interest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shapely

from geo.errors import InvalidInput
from geo.files.place_tables import Line
from geo.model import Area

Rows = Sequence[tuple[Line, Any]]
Entry = dict[str, Any]


def entries_of(areas: Mapping[str, Area], tables: Mapping[str, Rows]) -> tuple[Mapping[str, Any], ...]:
    """The dicts of `geo.locate.Gazetteer`; geometry is WGS84 and each entry has one point inside or on its shape.

    Kinds: street, community, compound, building (in a compound), poi, road, and number (a house number on a road).
    A house number stands at one entry only: at the compound or point of interest that bears it, else at the building.
    """
    doors = [*_compounds(tables["compounds"], areas), *_pois(tables["pois"], areas)]
    taken = {(entry["road"], entry["number"], entry.get("community")) for entry in doors if entry["number"]}
    entries = [
        *_area_entries(areas),
        *doors,
        *_buildings(tables["buildings"], tables["compounds"], areas),
        *_roads(tables["roads"]),
        *_numbers(tables["buildings"], areas, taken),
    ]
    return tuple(
        {key: value for key, value in entry.items() if value not in (None, "", ()) or key == "name"}
        for entry in entries
    )


def _area_entries(areas: Mapping[str, Area]) -> Iterator[Entry]:
    for area in areas.values():
        if area.level == "street":
            yield {"id": area.code, "kind": "street", "name": area.name, "town": area.name, **_at(area.geometry)}
        elif area.level == "community":
            names = _names(area.code, areas)
            yield {"id": area.code, "kind": "community", "name": area.name, **names, **_at(area.geometry)}


def _compounds(rows: Rows, areas: Mapping[str, Area]) -> Iterator[Entry]:
    for line, shape in rows:
        yield {
            "id": line.need("id"),
            "kind": "compound",
            "name": line.need("name"),
            "aliases": _aliases(line),
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
        own = line.need("name")
        aliases = tuple(f"{alias}{own}" for alias in _aliases(names[owner]))
        named = {"kind": "building", "name": f"{names[owner].need('name')}{own}", "aliases": aliases}
        yield {"id": line.need("id"), **named, **_names(line.get("community"), areas), **_at(shape)}


def _pois(rows: Rows, areas: Mapping[str, Area]) -> Iterator[Entry]:
    for line, shape in rows:
        if line.get("name") is not None:
            yield {
                "id": line.need("id"),
                "kind": "poi",
                "name": line.need("name"),
                **_address(line, areas),
                **_at(shape),
            }


def _roads(rows: Rows) -> Iterator[Entry]:
    """One entry a road name, at the middle of its longest piece."""
    pieces: dict[str, list[Any]] = {}
    ids: dict[str, str] = {}
    for line, shape in rows:
        name = line.get("name")
        if name is not None:
            pieces.setdefault(name, []).append(shape)
            ids.setdefault(name, line.need("id"))
    for name, shapes in pieces.items():
        longest = max(shapely.get_parts(shapes), key=shapely.length)
        middle = shapely.line_interpolate_point(longest, 0.5, normalized=True)
        yield {"id": f"road:{ids[name]}", "kind": "road", "name": name, "road": name, **_at(middle)}


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


def _aliases(line: Line) -> tuple[str, ...]:
    return tuple(part.strip() for part in (line.get("aliases") or "").split("|") if part.strip())


def _address(line: Line, areas: Mapping[str, Area]) -> Entry:
    community = line.get("community")
    if community is not None and community not in areas:
        raise line.unknown("community", community, areas)
    number = line.get("number")
    return {"road": line.get("road"), "number": None if number == "0" else number, **_names(community, areas)}


def _names(code: str | None, areas: Mapping[str, Area]) -> Entry:
    """Town, community and district as people call them."""
    names: Entry = {}
    area = areas.get(code) if code else None
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
