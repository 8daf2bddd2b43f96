"""What the use cases need from the outside world, as Protocols; `geo.store`, `geo.files` and `geo.maps` fulfil them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.errors import GeoError
from geo.messages import Lang
from geo.model import (
    Adjacency,
    Barriers,
    BuildingColumns,
    Buildings,
    Category,
    Draft,
    DraftStep,
    Drawing,
    Grid,
    HouseholdColumns,
    HouseholdRows,
    Issue,
    IssueStatus,
    Layer,
    Location,
    MicroDrawing,
    MicroEdition,
    ModeSwitch,
    Override,
    Place,
    Plan,
    Report,
    Route,
    RuleSet,
    RuleSetRecord,
    Timetable,
    Units,
)
from geo.service.board_port import BoardStore
from geo.service.case_port import CaseStore
from geo.service.hotspot_digest_view import DigestView
from geo.service.hotspot_port import HotspotStore
from geo.service.views import CompareView, CoverageView, DraftView, HotspotsView, IssuesView, NetsView, PlanView


class Store(CaseStore, BoardStore, HotspotStore, Protocol):
    """The database. A ``find_`` may return None, a ``get_`` raises `NotFound`.

    Each write is one transaction that holds its journal line too.
    """

    def save_place(self, place: Place, *, actor: str) -> None:
        """Replace all that the deployment knows beside plans and issues."""

    def get_place(self) -> Place:
        """The whole place."""

    def place_stamp(self) -> str:
        """A token that changes whenever the place is saved ("" before the first time)."""

    def save_categories(self, categories: Sequence[Category], *, stamp: str, actor: str) -> None:
        """Replace the place's categories; `Conflict` if the place was saved since `stamp` was read."""

    def save_entries(self, entries: Sequence[Mapping[str, Any]], *, stamp: str, actor: str) -> None:
        """Replace the gazetteer; `Conflict` if the place was saved since `stamp` was read."""

    def save_plan(self, drawing: Drawing, *, name: str, actor: str) -> Plan:
        """Store a drawing (any CRS; kept as WGS84) as a draft."""

    def find_same_plan(self, drawing: Drawing, *, today: date) -> Plan | None:
        """The newest plan that was saved from the very same drawing."""

    def list_plans(self, *, today: date) -> tuple[Plan, ...]:
        """All plans, newest first."""

    def get_plan(self, plan_id: int, *, today: date) -> Plan:
        """One plan's record."""

    def find_plan_at(self, day: date, *, today: date) -> Plan | None:
        """The plan in force on `day`."""

    def timetable(self, *, today: date) -> Timetable:
        """The published plans, earliest first, and a stamp that changes with them and the place; cheap."""

    def get_grids(self, plan_id: int) -> tuple[Grid, ...]:
        """The grids of a plan, ordered by code, in WGS84."""

    def get_units(self, plan_id: int) -> Units:
        """The units of a plan, ordered by id, in WGS84."""

    def publish_plan(
        self,
        plan_id: int,
        *,
        effective: date,
        lineage: Sequence[tuple[str, str, float]],
        actor: str,
        today: date,
        predecessor: int | Literal["any"] | None = "any",
    ) -> Plan:
        """Approve and date a draft; `lineage` rows are (old grid, new grid, weight), old ones of `predecessor`.

        Raises `Conflict` if the plan is published already, if a published plan is effective on that date or later, or
        if the last published plan is not `predecessor`.
        """

    def get_lineage(self, plan_id: int) -> tuple[tuple[str, str, float], ...]:
        """(old grid, new grid, weight) rows of a plan."""

    def create_draft(self, plan_id: int, *, name: str, actor: str) -> Draft:
        """A working copy of a plan."""

    def get_draft(self, draft_id: int) -> Draft:
        """One draft's record."""

    def list_drafts(self, *, plan_id: int | None = None, limit: int = 100) -> tuple[Draft, ...]:
        """Drafts, newest first."""

    def list_draft_steps(self, draft_id: int, *, after: int = 0) -> tuple[DraftStep, ...]:
        """The steps of a draft after a revision, the first one first."""

    def add_draft_step(
        self, draft_id: int, *, expected: int, client: str, op: str, entry: Mapping[str, Any], actor: str
    ) -> DraftStep | None:
        """Add a step to a draft at revision `expected`; None if somebody else added one meanwhile."""

    def submit_draft(
        self, draft_id: int, drawing: Drawing, *, expected: int, name: str, actor: str, today: date
    ) -> Plan:
        """Store what a draft at revision `expected` has come to as a plan, and close the draft."""

    def save_micro(
        self, plan_id: int, drawing: MicroDrawing, *, effective: date | None = None, actor: str
    ) -> MicroEdition:
        """Store micro-grids as an edition of a plan: a draft's are replaced, a published plan's added with a day."""

    def list_micro(self, plan_id: int) -> tuple[MicroEdition, ...]:
        """Editions of the micro-grids of a plan, earliest first."""

    def get_micro(self, edition_id: int) -> MicroDrawing:
        """The micro-grids of an edition by code and their doors, in WGS84."""

    def save_issues(self, rows: Sequence[tuple[Report, Location, Route]], *, actor: str) -> tuple[int | None, ...]:
        """Add issues; a row whose (source, source_id) is known already is left alone and answered with None."""

    def list_waiting(self, *, after_id: int = 0, limit: int = 2000) -> tuple[tuple[int, Report], ...]:
        """(id, what was reported) of issues that came in while no plan was in force, by ascending id."""

    def place_waiting(self, rows: Sequence[tuple[int, Report, Location, Route]], *, actor: str) -> tuple[int, ...]:
        """Write down where waiting issues lie and who answers; returns those that still waited."""

    def list_issues(
        self,
        *,
        grid: str | None = None,
        department: str | None = None,
        category: str | None = None,
        status: IssueStatus | None = None,
        location: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        bbox: tuple[float, float, float, float] | None = None,
        after_id: int = 0,
        limit: int | None = None,
    ) -> tuple[Issue, ...]:
        """Issues by ascending id."""

    def count_issues(self, *, by: str, open_only: bool = False) -> Mapping[str, int]:
        """Issue counts by "grid", "status", "department", "location" or "plan" (its id); "" counts those without."""

    def get_issue(self, issue_id: int) -> Issue:
        """One issue."""

    def find_issue(self, source: str, source_id: str) -> Issue | None:
        """The issue of a source's own id."""

    def newest_issue_at(self) -> datetime | None:
        """When the newest issue was reported."""

    def get_journal(self, *, subject: str | None = None, limit: int = 100) -> tuple[Mapping[str, Any], ...]:
        """Journal lines, newest first: at, actor, action, subject, detail."""

    def save_rule_set(self, rule_set: RuleSet, *, actor: str) -> RuleSetRecord:
        """Add a rule set from its day on; the very same one again changes nothing."""

    def list_rule_sets(self) -> tuple[RuleSetRecord, ...]:
        """All rule sets, the earliest first."""

    def get_rule_set(self, set_id: int) -> RuleSet:
        """A rule set with its layers, in WGS84."""

    def save_override(self, override: Override, *, actor: str) -> int:
        """Add a person's decision above the rules, or a new state of one; returns its id."""

    def list_overrides(self) -> tuple[Override, ...]:
        """All overrides and their states, in the order that they were said."""

    def save_mode(self, switch: ModeSwitch, *, actor: str) -> int:
        """Put an area into a mode for a time; returns the id of the switch."""

    def list_modes(self) -> tuple[ModeSwitch, ...]:
        """All switches of mode, in the order that they were said."""

    def rules_stamp(self) -> str:
        """A token that changes whenever a rule set, an override or a mode is added; cheap."""

    def ping(self) -> None:
        """Raise `StoreError` unless the database answers and is at this program's version."""


class Files(Protocol):
    """Files of many formats. `FILE:LAYER` names a layer. Every write goes beside, then is renamed."""

    def read_layer(self, path: str) -> Layer:
        """Any vector or table file."""

    def read_units(
        self,
        path: str,
        *,
        weight: str,
        id_field: str | None = None,
        within: str | None = None,
        keep: str | None = None,
        current: str | None = None,
        locked: str | None = None,
        crs: str | None = None,
        missing_weight: float | None = None,
    ) -> Units:
        """Polygons with people, checked; ordered by id."""

    def read_buildings(self, path: str, columns: BuildingColumns, *, crs: str | None) -> Buildings:
        """Footprints with people, in file order; `geo.partition.units` mends those that overlap or cross themselves."""

    def read_areas(
        self, path: str, *, where: str | None, name_field: str | None, total_field: str | None, crs: str | None
    ) -> Units:
        """Areas that do not overlap; ids are the values of `name_field` (row numbers if None).

        `where` is `field=value` and takes only such rows; weights are the known totals of `total_field`, 0 if None.
        """

    def read_compounds(self, path: str, *, id_field: str | None, crs: str | None) -> Units:
        """Compounds (小区) with ids, ordered by id; they may overlap."""

    def read_barriers(self, path: str, *, class_field: str | None, crs: str | None) -> Barriers:
        """Roads, rails, water, walls, and the bridges, tunnels and gates among them."""

    def read_adjacency(self, path: str, ids: NDArray[np.object_]) -> Adjacency | None:
        """What lies between the units `ids` of a units file; None if the file does not say."""

    def read_net(self, path: str, *, code: str, values: Sequence[str], crs: str | None) -> Layer:
        """An existing net of grids in file order; fields "code" (texts) and `values` (float64); `crs` is known."""

    def read_people(self, path: str, *, weight: str, crs: str | None, missing_weight: float | None) -> Layer:
        """A point (or None) and a "weight" for each row of a file with people; `crs` is known."""

    def read_households(self, path: str, columns: HouseholdColumns, *, crs: str | None) -> HouseholdRows:
        """Rows of a register of households or of buildings with households, in file order; polygons give a point."""

    def read_micro(self, path: str) -> MicroDrawing:
        """Micro-grids and where their households live, as `geo micro` writes them; nothing about people."""

    def read_drawing(self, path: str) -> Drawing:
        """A plan file with the layers `grids` and `units`; neither is checked for cover."""

    def write_drawing(self, path: str, drawing: Drawing, more: Mapping[str, Layer] = ...) -> None:
        """Write a plan file, with `more` layers beside its own; the same values give the same bytes."""

    def write_layers(self, path: str, layers: Mapping[str, Layer]) -> None:
        """Write layers to GeoPackage, GeoJSON, Shapefile, GeoParquet or CSV by the file's ending."""

    def read_place(self, folder: str) -> Place:
        """A place folder (SOURCE.toml and the files that it names)."""

    def read_gazetteer(
        self, path: str, *, crs: str | None, columns: Mapping[str, str]
    ) -> tuple[tuple[Mapping[str, Any], ...], tuple[GeoError, ...]]:
        """Gazetteer entries of a vector file or a table in WGS84, and the rows that are none, each with its reason."""

    def read_rule_set(self, path: str, *, version: str | None = None, effective: date | None = None) -> RuleSet:
        """A rule set folder, or one table of rules; `version` and `effective` go before what it says."""

    def list_rule_sets(self, folder: str) -> tuple[str, ...]:
        """The rule set folders in a place folder, by name."""

    def read_reports(
        self, path: str, *, columns: Mapping[str, str], crs: str | None, source: str
    ) -> Iterator[Report | GeoError]:
        """The rows of an issue file, one value a row, in order: a report, or the error that names the row."""

    def read_points(self, path: str, *, lon: str | None, lat: str | None) -> Layer:
        """Points from a table or a vector file."""

    def read_table(self, path: str) -> tuple[tuple[str, ...], Iterator[Mapping[str, str | None] | GeoError]]:
        """A plain table of text (CSV, lines of JSON, a JSON list): its columns, and one value a row in order."""

    def read_entries(self, path: str) -> tuple[Mapping[str, Any], ...]:
        """Gazetteer entries of a table, a JSON list or a place folder, in file order."""

    def write_bytes(self, path: Path, data: bytes) -> None:
        """Write a file's content as it is."""

    def add_columns(
        self,
        path: str,
        out: Path,
        *,
        text: str,
        names: Sequence[str],
        answer: Callable[[Sequence[str | GeoError]], Sequence[Sequence[Any]]],
        chunk: int,
        progress: Callable[[int, float | None], None] | None = None,
    ) -> int:
        """Write a table of any length again, `chunk` rows at a time, with columns made of its column `text`."""

    def write_json(self, path: Path, value: Any) -> None:
        """Write JSON."""

    def write_text(self, path: Path, text: str) -> None:
        """Write UTF-8 text."""

    def write_rows(self, path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write a CSV table (UTF-8 with a mark, so that office programs read the Chinese)."""


class Pages(Protocol):
    """HTML pages; `standalone` pages are one file that needs no server."""

    def plan(self, view: PlanView, *, lang: Lang, standalone: bool) -> str:
        """The plan page."""

    def draft(self, view: DraftView, *, lang: Lang) -> str:
        """The page on which a draft is edited; it needs the server."""

    def compare(self, view: CompareView, *, lang: Lang, standalone: bool) -> str:
        """Two plans side by side."""

    def issues(self, view: IssuesView, *, lang: Lang, standalone: bool) -> str:
        """The issues page."""

    def dispatch(self, view: IssuesView, *, lang: Lang) -> str:
        """The page that a dispatcher works on; it asks the server for its issues."""

    def coverage(self, view: CoverageView, *, lang: Lang, standalone: bool) -> str:
        """The coverage page."""

    def nets(self, view: NetsView, *, lang: Lang, standalone: bool) -> str:
        """The page of many nets in one."""

    def hotspots(self, view: HotspotsView, *, lang: Lang, standalone: bool) -> str:
        """The hotspots page."""

    def digest(self, view: DigestView, *, lang: Lang) -> str:
        """The week of a community: one file of plain HTML."""
