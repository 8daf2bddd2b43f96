"""A place folder: SOURCE.toml, place.gpkg and its tables, checked, as one `Place` in WGS84."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from geo import crs as crs_
from geo.errors import InvalidCrs, InvalidInput, NotFound
from geo.files.columns import text_of
from geo.files.gazetteer import entries_of
from geo.files.layers import read_layer
from geo.files.names import missing_file
from geo.files.place_lines import Line, one_of, unique
from geo.files.place_tables import read_categories, read_departments, read_rules, read_staff
from geo.files.text import cells_of
from geo.model import Area, AreaLevel, Department, Feature, Place, Rule

_LEVELS: Final[dict[str, AreaLevel]] = {"district": "district", "street": "street", "community": "community"}
_DIGITS: Final = {"district": 6, "street": 9, "community": 12}
_ABOVE: Final = {"district": None, "street": "district", "community": "street"}
# Layer of place.gpkg -> layer of the base map, and the column that says what kind it is.
_FEATURES: Final = {
    "buildings": ("building", "kind"),
    "roads": ("road", "class"),
    "water": ("water", "kind"),
    "railways": ("rail", None),
    "walls": ("wall", None),
    "gates": ("gate", None),
    "landuse": ("landuse", "kind"),
    "stations": ("station", "kind"),
}
# Layers that a place need not have.
_OPTIONAL: Final = ("stations",)
_TABLES: Final = ("areas", *_FEATURES, "compounds", "pois")


def read_place(folder: Path) -> Place:
    """Read all that a place folder says.

    Raises
    ------
    NotFound
        The folder or one of its files is not there.
    InvalidInput, InvalidCrs
        A fault, named by file, row and field.
    """
    if not folder.is_dir():
        raise missing_file(folder)
    about = _about(folder / "SOURCE.toml")
    tables = {name: _features(folder / "place.gpkg", name) for name in _TABLES}
    areas = _areas(tables["areas"])
    by_code = {area.code: area for area in areas}
    departments = read_departments(folder / "departments.csv", by_code)
    return Place(
        code=about["code"],
        name=about["name"],
        areas=areas,
        departments=departments,
        categories=read_categories(folder / "categories.csv"),
        rules=_plain_rules(folder / "rules.csv", departments, by_code),
        staff=read_staff(folder / "staff.csv"),
        features=tuple(feature for name in _FEATURES for feature in _base_map(name, tables[name])),
        entries=entries_of(by_code, tables),
        note=about["note"],
    )


def _plain_rules(path: Path, departments: Sequence[Department], areas: Mapping[str, Area]) -> tuple[Rule, ...]:
    """The rules of a place that has no dated rule sets (folders in `rules`): those stand in a table of their own."""
    return read_rules(path, departments, areas) if path.exists() or not (path.parent / "rules").is_dir() else ()


def _about(path: Path) -> dict[str, str]:
    """Code, name and note of SOURCE.toml; a note in several languages becomes one text."""
    if not path.is_file():
        raise NotFound("place_no_source", path=str(path))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("place_source_broken", path=str(path), detail=str(error)) from error
    about: dict[str, str] = {}
    for field in ("code", "name"):
        value = content.get(field)
        if not isinstance(value, str) or not value.strip():
            raise InvalidInput("place_source_lacks", path=str(path), field=field)
        about[field] = value
    note = content.get("note", "")
    parts = note.values() if isinstance(note, Mapping) else [note, content.get("note_zh"), content.get("note_en")]
    about["note"] = "\n".join(str(part) for part in parts if part)
    return about


def _features(path: Path, name: str) -> list[tuple[Line, Any]]:
    """The rows of a layer, each with its geometry in WGS84; none where a layer that may be missing is."""
    try:
        layer = read_layer(f"{path}:{name}")
    except NotFound as error:
        if name in _OPTIONAL and error.code == "layer_unknown":
            return []
        raise
    file = f"{path.name}:{name}"
    if layer.crs is None and len(layer.geometry):
        raise InvalidCrs("layer_crs_missing", source=layer.source)
    empty = np.flatnonzero(shapely.is_missing(layer.geometry) | shapely.is_empty(layer.geometry))
    if empty.size:
        raise InvalidInput("place_shape_missing", file=file, row=int(empty[0]) + 1)
    shapes = layer.geometry
    if len(shapes):
        shapes = crs_.project(shapes, source=str(layer.crs), target=crs_.WGS84)
    columns = {field: [text_of(cell) for cell in cells_of(values)] for field, values in layer.fields.items()}
    lines = [Line(file, row + 1, {field: cells[row] for field, cells in columns.items()}) for row in range(len(shapes))]
    if name != "areas":
        unique(lines, ("id",))
    return list(zip(lines, shapes, strict=True))


def _areas(rows: list[tuple[Line, Any]]) -> tuple[Area, ...]:
    unique((line for line, _ in rows), ("code",))
    areas = []
    levels = {line.need("code"): one_of(line, "level", _LEVELS) for line, _ in rows}
    for line, shape in rows:
        code, level, parent = line.need("code"), levels[line.need("code")], line.get("parent")
        if not code.isdecimal() or len(code) != _DIGITS[level]:
            raise InvalidInput(
                "place_code_bad", file=line.file, row=line.row, value=code, digits=_DIGITS[level], level=level
            )
        above = _ABOVE[level]
        if above is None:
            parent = None
        elif levels.get(line.need("parent")) != above:
            parents = [name for name, found in levels.items() if found == above]
            raise line.unknown("parent", line.need("parent"), parents)
        areas.append(Area(code, line.need("name"), level, parent, shape))
    if not areas:
        raise InvalidInput("place_no_areas")
    return tuple(sorted(areas, key=lambda area: area.code))


def _base_map(name: str, rows: list[tuple[Line, Any]]) -> list[Feature]:
    layer, kind = _FEATURES[name]
    return [
        Feature(
            layer=layer,
            id=line.need("id"),
            name=line.get("name") or "",
            kind=layer if kind is None else line.get(kind) or "",
            geometry=shape,
            households=_count(line, "households"),
            residents=_count(line, "residents"),
        )
        for line, shape in rows
    ]


def _count(line: Line, field: str) -> int | None:
    value = line.get(field)
    if value is None:
        return None
    if not value.isdecimal():
        raise InvalidInput("place_number_bad", file=line.file, row=line.row, field=field, value=value)
    return int(value)
