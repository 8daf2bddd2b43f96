"""Frozen values that travel between rooms.

Geometry is shapely; lon, lat in degrees WGS84 unless a `crs` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

AreaLevel = Literal["district", "street", "community"]
GridKind = Literal["base", "special", "micro"]
PlanState = Literal["draft", "scheduled", "active", "retired"]
IssueStatus = Literal["to_confirm", "to_dispatch", "in_progress", "closed"]
# located: in exactly one grid · outside: a good coordinate that no grid covers · unlocated: no usable place, see `note`
LocationStatus = Literal["located", "outside", "unlocated"]
CategoryKind = Literal["part", "event", "hotline"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Layer:
    """A table of features as it was read: column names are the file's, nothing is interpreted yet.

    Attributes
    ----------
    geometry : object (n,), shapely geometries or None; in `crs`.
    fields : column name -> array (n,).
    crs : what pyproj understands ("EPSG:4490", WKT), or None if the file names none.
    source : path and layer, for messages.
    """

    geometry: NDArray[np.object_]
    fields: Mapping[str, NDArray[Any]]
    crs: str | None
    source: str


@dataclass(frozen=True, eq=False)
class Units:
    """Atomic pieces with people: what grids are made of. Order carries no meaning.

    Attributes
    ----------
    ids : object (n,), unique strings.
    geometry : object (n,), Polygon or MultiPolygon in `crs`; together a seamless cover.
    weight : float64 (n,), ≥ 0, persons or households.
    crs : "EPSG:…" or WKT.
    grid : object (n,), code of the grid that holds the unit, "" for none; None before a partition.
    parent : object (n,), code of the area that the unit lies in; None if the units are of one area.
    group : object (n,), units with the same non-empty name stay together; None if there are none.
    locked : bool (n,), True where the unit must keep its present grid; None if nothing is locked.
    fields : other columns of the input, kept as they were.
    weight_field : name of the column that `weight` was read from.
    """

    ids: NDArray[np.object_]
    geometry: NDArray[np.object_]
    weight: NDArray[np.float64]
    crs: str
    grid: NDArray[np.object_] | None = None
    parent: NDArray[np.object_] | None = None
    group: NDArray[np.object_] | None = None
    locked: NDArray[np.bool_] | None = None
    fields: Mapping[str, NDArray[Any]] = field(default_factory=lambda: _NOTHING)
    weight_field: str = "weight"

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class BuildingColumns:
    """Which columns of a building file mean what; None for what it does not say.

    `weight` None means that people are reckoned from floor area. `household_size` is a column or a number;
    `missing_weight` stands in for gaps of the weight. `floors` and `height` (metres) are looked for by their usual
    names if None. `homes` is `field=value,value`: only such buildings house people.
    """

    weight: str | None = "households"
    id_field: str | None = None
    missing_weight: float | None = None
    household_size: str | None = None
    floors: str | None = None
    height: str | None = None
    homes: str | None = None


@dataclass(frozen=True, eq=False)
class Buildings:
    """Footprints with people, in file order; footprints may overlap or cross themselves.

    Attributes
    ----------
    ids : object (n,), unique strings.
    geometry : object (n,), shapely geometries or None, in `crs`.
    weight : float64 (n,), ≥ 0, by field; 1 where people are reckoned from floor area. 0 where nobody lives.
    size : float64 (n,), persons a household; None if not asked for.
    floors : float64 (n,), NaN where neither floors nor a height is known; None if not asked for.
    home : bool (n,), False where nobody lives.
    sums : other columns that are summed by unit ("households", "residents"): name -> float64 (n,).
    """

    ids: NDArray[np.object_]
    geometry: NDArray[np.object_]
    weight: NDArray[np.float64]
    crs: str
    size: NDArray[np.float64] | None
    floors: NDArray[np.float64] | None
    home: NDArray[np.bool_]
    sums: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Barriers:
    """What divides the ground, and what leads across: roads, rails, water, walls; bridges, tunnels, gates.

    Attributes
    ----------
    ids : object (m,), names for people; they may repeat (a street is drawn in many pieces).
    geometry : object (m,), lines, polygons or points in `crs`; None where `role` is "none".
    kind : object (m,), "road", "rail", "water", "wall" or "other".
    name : object (m,), the class as the file has it ("primary", "fence" …).
    strength : float64 (m,), 0 … 1, how strongly it parts its two sides.
    role : object (m,), "barrier", "bridge", "tunnel", "gate" or "none" (divides nothing).
    source : file and layer, for messages.
    """

    ids: NDArray[np.object_]
    geometry: NDArray[np.object_]
    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    strength: NDArray[np.float64]
    role: NDArray[np.object_]
    crs: str
    source: str

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Which units touch and what lies between: one row a pair and class; a pair that only a bridge joins has 0 metres.

    Attributes
    ----------
    left, right : int32 (b,), rows of the units that it was read for.
    metres : float64 (b,), length of this part of the border.
    kind : object (b,), "none", "road", "rail", "water", "wall", "border" (of an area) or "other".
    name : object (b,), the class within the kind ("primary", "fence" …), "" for none.
    strength : float64 (b,), 0 … 1, how strongly it parts; 0 for none.
    hard : bool (b,), never to be crossed but at a crossing.
    crossing : bool (b,), a gate or a bridge leads across.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    metres: NDArray[np.float64]
    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    strength: NDArray[np.float64]
    hard: NDArray[np.bool_]
    crossing: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, eq=False)
class HouseholdRows:
    """Rows of a register of households, or of buildings with their number of households; in file order.

    Attributes
    ----------
    ids : object (n,), unique strings.
    point : object (n,), Points in `crs`, or None where the row says no place.
    crs : of the points; None if the file names none.
    building, stairwell : object (n,), strings, "" where unknown.
    floor : float64 (n,), NaN where unknown.
    grid : object (n,), code of the grid, "" where unknown; None if no column says it.
    anchor : bool (n,), True for a centre (中心户); None if no column says it.
    count : int64 (n,), households of the row; None if each row is one.
    stairwells, floors : int64 (n,), of the row's building, at least 1; None if no column says it.
    source : path and layer, for messages.
    """

    ids: NDArray[np.object_]
    point: NDArray[np.object_]
    crs: str | None
    building: NDArray[np.object_]
    stairwell: NDArray[np.object_]
    floor: NDArray[np.float64]
    grid: NDArray[np.object_] | None
    anchor: NDArray[np.bool_] | None
    count: NDArray[np.int64] | None
    stairwells: NDArray[np.int64] | None
    floors: NDArray[np.int64] | None
    source: str

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class HouseholdColumns:
    """Which columns of such a file mean what; None for what it does not say."""

    id: str | None = None
    building: str | None = None
    stairwell: str | None = None
    floor: str | None = None
    grid: str | None = None
    anchor: str | None = None
    count: str | None = None
    stairwells: str | None = None
    floors: str | None = None
    lon: str | None = None
    lat: str | None = None


@dataclass(frozen=True)
class Grid:
    """One grid of a plan. `colour` 0–7 is the wash it is painted with; it survives edits and carries no meaning."""

    code: str
    name: str
    parent: str
    weight: float
    units: int
    geometry: BaseGeometry
    kind: GridKind = "base"
    households: int | None = None
    residents: int | None = None
    colour: int = 0

    @property
    def lies_over(self) -> bool:
        """Whether the grid is laid over the net instead of being a part of it: no unit of the plan is its own."""
        return self.kind != "base" and self.units == 0


@dataclass(frozen=True, eq=False)
class Drawing:
    """A plan as drawn: what `plan.gpkg` holds. `wishes` are its settings (ideal, tolerance, seed …)."""

    grids: tuple[Grid, ...]
    units: Units
    crs: str
    wishes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Plan:
    """The record of a stored plan.

    `state` follows from `effective`, the plan that follows it, and the day it was asked on.
    """

    id: int
    name: str
    state: PlanState
    revision: int
    effective: date | None
    retired: date | None
    grids: int
    units: int
    weight: float
    crs: str
    created_at: datetime
    created_by: str
    wishes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Violation:
    """One fault of a plan: `kind` is a message key, filled from `context`; `grids` and `units` name what to look at."""

    kind: str
    grids: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    at: tuple[float, float] | None = None  # a place to look, in the plan's crs


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
class Rule:
    """Category × area → department.

    `category` is a code prefix within (scheme, kind), "" for any; `area` a code prefix, "" for the whole district.
    The longest `area` wins, then the longest `category`; `department` may hold "{street}" or "{community}", filled
    with the code of the area that the issue lies in.
    """

    id: str
    scheme: str
    kind: CategoryKind | Literal[""]
    category: str
    area: str
    department: str
    with_departments: tuple[str, ...] = ()
    deadline_hours: float | None = None
    closing: str = ""
    version: str = "1"
    source: str = ""


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


@dataclass(frozen=True)
class Report:
    """An issue as it came in, before anything was made of it. At least a coordinate or an `address` or `text`."""

    text: str
    source: str = "api"
    source_id: str | None = None
    reported_at: datetime | None = None
    scheme: str = ""
    kind: CategoryKind | Literal[""] = ""
    category: str = ""
    lon: float | None = None
    lat: float | None = None
    crs: str | None = None
    accuracy_m: float | None = None
    address: str | None = None
    status: IssueStatus | None = None
    closed_at: datetime | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None


@dataclass(frozen=True)
class Location:
    """Where something lies, and why we say so.

    `lon`, `lat` are WGS84. `chain` runs from the district to the grid: codes of 区, 街道, 社区, 网格. `shift_m` is how
    far the datum conversion moved the point. `border_m` is the distance to the nearest border of the grid. `method`
    is "coordinate", "address" or "both". `note` is a message key for what a person should know ("" if nothing).
    """

    status: LocationStatus
    grid: str | None = None
    grid_name: str | None = None
    chain: tuple[str, ...] = ()
    plan: int | None = None
    lon: float | None = None
    lat: float | None = None
    crs: str = "WGS84"
    shift_m: float = 0.0
    border_m: float | None = None
    nearest_grid: str | None = None
    nearest_m: float | None = None
    method: str = "coordinate"
    note: str = ""
    context: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Route:
    """Who answers for an issue and by which rule. `tried` lists (rule id, why it did not decide), best first."""

    department: str | None
    department_name: str | None
    with_departments: tuple[str, ...] = ()
    rule: str | None = None
    rule_version: str | None = None
    deadline_hours: float | None = None
    tried: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Issue:
    """A stored issue (诉求). The reporter is kept apart and is not part of it."""

    id: int
    text: str
    source: str
    source_id: str | None
    reported_at: datetime
    scheme: str
    kind: str
    category: str
    category_name: str
    address: str | None
    status: IssueStatus
    location: Location
    route: Route
    due_at: datetime | None = None
    closed_at: datetime | None = None
    accuracy_m: float | None = None
