"""What the pages show: values that the use cases gather and `geo.maps` draws. All geometry is WGS84 lon, lat."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.model import Area, Category, Department, Feature, Grid, Issue, Plan, Units, Violation


@dataclass(frozen=True, eq=False)
class Tiles:
    """What a map draws from tiles: those of `plan` (None: the place alone).

    `parts` are the layers and kinds of the place's features, for a legend; `kept` is where the pages keep what they
    have reckoned for this net.
    """

    plan: int | None
    parts: tuple[str, ...]
    kept: dict[Hashable, Any]


@dataclass(frozen=True)
class Backdrop:
    """The place under the grids: its name, its areas and what the base map draws; `tiles` where that is too much."""

    name: str
    areas: tuple[Area, ...]
    features: tuple[Feature, ...]
    tiles: Tiles | None = None


@dataclass(frozen=True, eq=False)
class PlanView:
    """A plan with its units.

    `deviation` (n_grids,), in order of `grids`, is a fraction of the mean of the grid's own parent area. `issues` are
    the open ones of the plan in force, drawn as pins; none for another plan, and none where there are so many that the
    page has to ask for them (`many_issues`). `now` decides what is overdue.
    """

    plan: Plan
    grids: tuple[Grid, ...]
    units: Units
    deviation: NDArray[np.float64]
    tolerance: float
    band: tuple[float, float] | None
    violations: tuple[Violation, ...]
    open_issues: Mapping[str, int]
    backdrop: Backdrop
    issues: tuple[Issue, ...] = ()
    now: datetime | None = None
    many_issues: bool = False


@dataclass(frozen=True, eq=False)
class DraftView:
    """A draft under work.

    `grids` are those of the plan that it was made from, ordered by code: the labels of `state`, which is what
    `geo.service.editing.tell_draft` tells. `seams` are faults of the ground itself (gaps, overlaps), which no step
    mends; None where they have still to be looked for. `closed` are pairs of units (int64 (c, 2), rows) between which
    no grid may pass. Views of the same `key` differ in `state`, `seams` and `now` alone.
    """

    key: tuple[object, ...]
    plan: Plan
    grids: tuple[Grid, ...]
    units: Units
    state: Mapping[str, Any]
    tolerance: float
    band: tuple[float, float] | None
    seams: tuple[Violation, ...] | None
    closed: NDArray[np.int64]
    backdrop: Backdrop
    now: datetime


@dataclass(frozen=True, eq=False)
class ComparedPlan:
    """One side of a comparison; `key` is what the page's address calls it, `deviation` as in `PlanView`."""

    key: str
    plan: Plan
    grids: tuple[Grid, ...]
    deviation: NDArray[np.float64]
    side: NDArray[np.int64]
    compactness: float


@dataclass(frozen=True, eq=False)
class CompareView:
    """Two plans of one place side by side.

    Attributes
    ----------
    a, b : the plans; `grids` without those that lie over the net.
    units : those of `b` that changed grids, WGS84.
    from_grid, to_grid : int64 (k,), rows in `a.grids` and `b.grids`; −1 for none.
    weight, households : moved, and of all units; households are None where the units do not say.
    open_issues : open issues, and how many of them change grids.
    moved_issues : (grid of a, grid of b, how many) of open issues that change grids, most first.
    choices : (key, name, state) of what can be compared.
    """

    a: ComparedPlan
    b: ComparedPlan
    units: Units
    from_grid: NDArray[np.int64]
    to_grid: NDArray[np.int64]
    weight: tuple[float, float]
    households: tuple[float, float] | None
    open_issues: tuple[int, int]
    moved_issues: tuple[tuple[int, int, int], ...]
    choices: tuple[tuple[str, str, str], ...]
    backdrop: Backdrop


@dataclass(frozen=True)
class IssuesView:
    """Issues on the plan in force. `now` decides what is overdue; `leaders` are names of 网格长 by grid code."""

    plan: Plan | None
    grids: tuple[Grid, ...]
    issues: tuple[Issue, ...]
    departments: tuple[Department, ...]
    categories: tuple[Category, ...]
    backdrop: Backdrop
    now: datetime
    leaders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GridCoverage:
    """How one grid is served.

    Attributes
    ----------
    vacant : roles without a person: a post that nobody holds, or no post at all where others of its kind have one.
    span : households per grid worker; `span_by_role` per person of each role. None where nobody is there.
    templated : False where the staff table names no role for grids of this kind, so that nothing can be missing.
    judged : False where too few issues are expected for a rate to mean anything.
    station_m, farthest_m : metres to the nearest station, the mean of its households and the farthest of them;
        `stations` are the names of those that are nearest to some building.
    deviation : from the mean of its community, a fraction; None for what is no base grid.
    """

    grid: str
    households: int
    residents: int
    buildings: int
    vacant: tuple[str, ...]
    posts: int
    span: float | None
    issues: int
    issues_per_1000_households: float | None
    templated: bool = True
    people: int = 0
    span_by_role: Mapping[str, float | None] = field(default_factory=dict)
    judged: bool = True
    station_m: float | None = None
    farthest_m: float | None = None
    stations: tuple[str, ...] = ()
    deviation: float | None = None


@dataclass(frozen=True)
class Seam:
    """A fault of the net: `kind` is the key of its sentence, `size` m² (m of borders that are not shared)."""

    kind: str
    codes: tuple[str, ...]
    size: float
    lon: float
    lat: float


@dataclass(frozen=True)
class CoverageTotals:
    """The sums over a place; `spread` has least, median and greatest of each measure over its grids."""

    households: int = 0
    buildings: int = 0
    households_uncovered: int = 0
    vacant: int = 0
    grids_judged: int = 0
    grids_full: int = 0
    people: int = 0
    span: float | None = None
    issues: int = 0
    rate: float | None = None
    too_few: int = 0
    station_m: float | None = None
    over: int = 0
    under: int = 0
    spread: Mapping[str, tuple[float, float, float] | None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RatePeriod:
    """Issues of the last `days`, by grid in the order of the net.

    Attributes
    ----------
    counts, judged : int64 and bool (n,); `judged` is False where too few issues are expected for a rate.
    issues, rate, too_few : of the whole place; the rate is per 1,000 households.
    spread : least, median and greatest of the rates that are judged; `breaks` are the limits of their classes.
    """

    days: int
    counts: NDArray[np.int64]
    judged: NDArray[np.bool_]
    issues: int
    rate: float | None
    too_few: int
    spread: tuple[float, float, float] | None
    breaks: tuple[float, ...]


@dataclass(frozen=True)
class CoverageView:
    """What no grid covers, and how each grid is served; `breaks` are the limits of the classes of each measure;
    `periods` say of issues by time what `rows` and `totals` say of all.
    """

    plan: Plan
    grids: tuple[Grid, ...]
    rows: tuple[GridCoverage, ...]
    uncovered: tuple[Feature, ...]
    gap_m2: float
    overlap_m2: float
    backdrop: Backdrop
    seams: tuple[Seam, ...] = ()
    roles: tuple[str, ...] = ()
    stations: tuple[Feature, ...] = ()
    totals: CoverageTotals = field(default_factory=CoverageTotals)
    tolerance: float = 0.05
    band: tuple[float, float] | None = None
    breaks: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    periods: tuple[RatePeriod, ...] = ()


@dataclass(frozen=True, eq=False)
class HotspotsView:
    """Hotspots on the grids of a plan; `body` is what `geo.service.hotspot_page_body.picture_body` tells the public."""

    plan: Plan
    grids: tuple[Grid, ...]
    body: Mapping[str, Any]
    backdrop: Backdrop


@dataclass(frozen=True)
class NetFigures:
    """One existing net beside the base net; pairs are (square metres, weight)."""

    name: str
    dissent: tuple[float, float]
    gap: tuple[float, float]
    overlap: tuple[float, float]
    agreement: float


@dataclass(frozen=True)
class NetConflict:
    """A piece of ground about which nets disagree.

    `pairs` of nets differ there; `codes` has the code of each net, "" where it has no grid; `overlaps` names nets with
    several grids there.
    """

    geometry: BaseGeometry
    grid: str
    pairs: int
    area_m2: float
    weight: float
    codes: tuple[str, ...]
    overlaps: tuple[str, ...]


@dataclass(frozen=True)
class NetsView:
    """Many nets in one: the base net and the conflicts of what went into it. Pairs are (square metres, weight)."""

    grids: tuple[Grid, ...]
    layers: tuple[NetFigures, ...]
    conflicts: tuple[NetConflict, ...]
    contested: tuple[float, float]
    incomplete: tuple[float, float]
    by_grid: tuple[tuple[float, float], ...]
    weight_field: str
    backdrop: Backdrop
