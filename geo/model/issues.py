"""Reports, where they lie, who answers, and the issues they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from geo.errors import InvalidInput
from geo.model.rules import RouteStep
from geo.model.words import NOTHING, CategoryKind, IssueStatus, LevelName, LocationStatus


@dataclass(frozen=True)
class Report:
    """An issue as it came in, before anything was made of it. At least a coordinate or an `address` or `text`.

    `fault` is why a coordinate that came with it cannot be used (`lon`, `lat` are None then); it is not stored.
    """

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
    fault: InvalidInput | None = None


@dataclass(frozen=True)
class Level:
    """One of the areas and grids that a place lies in."""

    level: LevelName
    code: str
    name: str


@dataclass(frozen=True)
class MicroCandidate:
    """A micro-grid that may be meant, and what tells it apart: a stairwell ("" where unknown) and its floors."""

    code: str
    stairwell: str
    lowest_floor: float | None
    highest_floor: float | None


@dataclass(frozen=True)
class MicroFound:
    """The micro-grid (微网格) of a place.

    `code` is None where none is told; then `note` is the message key of the reason, and `candidates` are what is left
    to choose from. `distance_m` is the way to the nearest household of the same grid. `edition` is the edition of the
    plan's micro-grids that was asked.
    """

    code: str | None
    edition: int | None = None
    distance_m: float | None = None
    note: str = ""
    candidates: tuple[MicroCandidate, ...] = ()


@dataclass(frozen=True)
class Location:
    """Where something lies, and why we say so.

    `lon`, `lat` are WGS84. `chain` runs from the district to the grid: codes of 区, 街道, 社区, 网格. `levels` says the
    same with names and with what each is; it holds both the base grid and the special grid over it, and the micro-grid
    where that was asked for (`micro`). `shift_m` is how far the datum conversion moved the point. `border_m` is the
    distance to the nearest border of the grid. `method` is "coordinate", "address" or "both". `note` is a message key
    for what a person should know ("" if nothing).
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
    context: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    levels: tuple[Level, ...] = ()
    micro: MicroFound | None = None


@dataclass(frozen=True)
class Route:
    """Who answers for an issue and by which rule. `tried` lists (rule id, why it did not decide), best first.

    Attributes
    ----------
    rule_set, rule_list, step : the version, the list and the step of the order that decided.
    supervising : the unit that watches over it; closing : when it may be closed; level : of the lead's territory.
    deadline_hours : a limit that runs day and night; `deadline` says any limit, in `deadline_unit`.
    due_at : the end of the limit by the calendar of the rule set; stages : (name, end) where there are several.
    alarm : message key of what somebody has to look at although there is an answer, "" for nothing.
    steps : every step of the order that was tried, in order.
    note : message key of why there is no department, "" if there is one.
    """

    department: str | None
    department_name: str | None
    with_departments: tuple[str, ...] = ()
    rule: str | None = None
    rule_version: str | None = None
    deadline_hours: float | None = None
    tried: tuple[tuple[str, str], ...] = ()
    note: str = ""
    rule_set: str = ""
    rule_list: str = ""
    step: str = ""
    supervising: str | None = None
    closing: str = ""
    level: str = ""
    deadline: float | None = None
    deadline_unit: str = ""
    due_at: datetime | None = None
    stages: tuple[tuple[str, datetime], ...] = ()
    alarm: str = ""
    steps: tuple[RouteStep, ...] = ()


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
