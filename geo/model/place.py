"""All that a deployment knows beside plans and issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.model.rules import Rule
from geo.model.words import AreaLevel, CategoryKind


@dataclass(frozen=True)
class Area:
    """An administrative area: 区, 街道 or 社区. `code` has 6, 9 or 12 digits."""

    code: str
    name: str
    level: AreaLevel
    parent: str | None
    geometry: BaseGeometry | None = None


@dataclass(frozen=True)
class Department:
    """Who answers. `area` "" means the whole district, else the code of the street or community it serves."""

    code: str
    name: str
    parent: str | None = None
    area: str = ""
    phone: str | None = None


@dataclass(frozen=True)
class Category:
    """What an issue is about; the key is (scheme, kind, code) because a part and its 异常 matter share numbers."""

    scheme: str
    kind: CategoryKind
    code: str
    name: str
    parent: str | None = None


@dataclass(frozen=True)
class Staff:
    """A post in a grid; `name` None is a vacancy."""

    grid: str
    role: str
    name: str | None
    phone: str | None = None


@dataclass(frozen=True)
class Feature:
    """Something drawn under the grids: a building, road, river, rail, wall, gate, park … `layer` says which."""

    layer: str
    id: str
    name: str
    kind: str
    geometry: BaseGeometry
    households: int | None = None
    residents: int | None = None


@dataclass(frozen=True)
class Place:
    """All that a deployment knows beside plans and issues. `entries` are the dicts of `geo.locate.Gazetteer`."""

    code: str
    name: str
    areas: tuple[Area, ...]
    departments: tuple[Department, ...]
    categories: tuple[Category, ...]
    rules: tuple[Rule, ...]
    staff: tuple[Staff, ...]
    features: tuple[Feature, ...]
    entries: tuple[Mapping[str, Any], ...]
    note: str = ""
