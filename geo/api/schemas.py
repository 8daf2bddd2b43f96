"""The bodies that several parts of the interface send; lon, lat are degrees WGS84 unless a `crs` says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.messages import Lang, say
from geo.model import CategoryKind, Issue, IssueStatus, LevelName, Location, LocationStatus, Route
from geo.model.suggestions import Suggestions

CRS_HELP = "WGS84, CGCS2000, GCJ-02, BD-09, EPSG:n or WKT. Always named: nothing is guessed."


class Out(BaseModel):
    """A body that we send."""

    model_config = ConfigDict(from_attributes=True)


class LevelOut(Out):
    """One of the areas and grids that a point lies in."""

    level: LevelName
    code: str
    name: str


class MicroCandidateOut(Out):
    """A micro-grid that may be meant, and what tells it apart."""

    code: str
    stairwell: str
    lowest_floor: float | None
    highest_floor: float | None


class MicroOut(Out):
    """The micro-grid (微网格) of a point, or why none is told."""

    code: str | None
    edition: int | None = Field(description="The edition of the plan's micro-grids that was asked.")
    distance_m: float | None = Field(description="To the nearest household of the same grid, metres.")
    note: str
    note_text: str = Field(default="", description="The note as a sentence in the request's language.")
    candidates: list[MicroCandidateOut] = Field(description="What is left to choose from where `code` is null.")


class LocationOut(Out):
    """Where a point lies in the plan, and why."""

    status: LocationStatus
    grid: str | None = Field(description="Code of the grid; on a shared border the lowest code.")
    grid_name: str | None
    chain: list[str] = Field(description="Codes from the district down to the grid.")
    names: list[str] = Field(default_factory=list, description="Names along the chain.")
    levels: list[LevelOut] = Field(
        default_factory=list,
        description="District, street, community, base grid, special grid and micro-grid, as far as there are any.",
    )
    plan: int | None
    lon: float | None = Field(description="WGS84.")
    lat: float | None = Field(description="WGS84.")
    crs: str = Field(description="What the coordinates were given in.")
    shift_m: float = Field(description="How far the datum conversion moved the point, metres.")
    border_m: float | None = Field(description="Distance to the nearest grid border, metres.")
    nearest_grid: str | None = Field(description="The nearest grid where the point is outside all.")
    nearest_m: float | None
    method: str
    note: str
    note_text: str = Field(default="", description="The note as a sentence in the request's language.")
    context: dict[str, Any] = Field(default_factory=dict)
    micro: MicroOut | None = Field(None, description="Only with `level=micro`, where the point lies in a grid.")

    @classmethod
    def of(cls, location: Location, names: Mapping[str, str], note_text: str) -> LocationOut:
        """The body for a location; `names` are the areas' and grids' by code."""
        body = cls.model_validate(location)
        # The grid keeps the name it had in the plan that the location was answered from; `names` may be a later plan's.
        own = {location.grid: location.grid_name} if location.grid and location.grid_name else {}
        chain = [own.get(code) or names.get(code, code) for code in location.chain]
        return body.model_copy(update={"names": chain, "note_text": note_text})


class RouteStepOut(Out):
    """One step of the order of routing: what became of it, and the rule that it is about."""

    step: str = Field(description="override, emergency, owner, special, duty, base, fallback or helper.")
    why: str
    why_text: str = ""
    rule: str
    rule_list: str
    version: str
    department: str


class RouteOut(Out):
    """Who answers, by which rule, and what was tried before it."""

    department: str | None
    department_name: str | None
    with_departments: list[str]
    rule: str | None
    rule_version: str | None
    deadline_hours: float | None
    tried: list[tuple[str, str]]
    note: str
    note_text: str = ""
    rule_set: str = Field("", description="Version of the rule set; empty for the plain rules of a place.")
    rule_list: str = Field("", description="Which list says so: power, responsibility, service or negative.")
    step: str = Field("", description="The step of the order that decided.")
    supervising: str | None = None
    closing: str = Field("", description="When it may be closed.")
    level: str = Field("", description="The level of the lead: grid, community, street or district.")
    deadline: float | None = None
    deadline_unit: str = Field("", description="hours, working_hours or working_days.")
    due_at: datetime | None = None
    stages: list[tuple[str, datetime]] = Field(default_factory=list)
    alarm: str = Field("", description="What somebody has to look at although there is an answer.")
    alarm_text: str = ""
    steps: list[RouteStepOut] = Field(default_factory=list, description="Every step that was tried, in order.")

    @classmethod
    def of(cls, route: Route, say_note: Any) -> RouteOut:
        """The body for a route; `say_note(key, context)` turns keys into sentences."""
        body = cls.model_validate(route)
        steps = [step.model_copy(update={"why_text": say_note(step.why, {})}) for step in body.steps]
        said = {"note_text": say_note(route.note, {}), "alarm_text": say_note(route.alarm, {}), "steps": steps}
        return body.model_copy(update=said)


class ReportIn(BaseModel):
    """A report. Give a coordinate with its `crs`, or an address, or both."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=4000)
    lon: float | None = Field(None, allow_inf_nan=False)
    lat: float | None = Field(None, allow_inf_nan=False)
    crs: str | None = Field(None, max_length=4000, description=CRS_HELP)
    accuracy_m: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Radius of the location error, metres; 0 is exact."
    )
    address: str | None = Field(None, max_length=400)
    scheme: str = Field("", max_length=64)
    kind: CategoryKind | Literal[""] = ""
    category: str = Field("", max_length=32)
    source: str = Field("api", min_length=1, max_length=64)
    source_id: str | None = Field(
        None, min_length=1, max_length=128, description="Your own id: sending twice adds once."
    )
    reported_at: datetime | None = None
    reporter_name: str | None = Field(None, max_length=64)
    reporter_phone: str | None = Field(None, max_length=32)


class ReasonOut(Out):
    """Characters of a text that speak for a category: `text[start:end]`."""

    words: str
    start: int
    end: int
    weight: float


class SuggestionOut(Out):
    """A category that a text may be about."""

    scheme: str
    kind: str
    code: str
    name: str
    confidence: float | None = Field(description="Calibrated; null where no model was trained.")
    reasons: list[ReasonOut]


class SuggestionsOut(Out):
    """What a text may be about, best first. Nothing is set by it: a person decides."""

    method: Literal["model", "terms"] = Field(description="`terms`: words of the directory; no model was trained.")
    accepted: bool = Field(description="The first is as sure as the threshold asks.")
    threshold: float | None
    candidates: list[SuggestionOut]
    note: str
    note_text: str = Field(default="", description="The note as a sentence in the request's language.")

    @classmethod
    def of(cls, found: Suggestions, lang: Lang) -> SuggestionsOut:
        """The body for suggestions."""
        body = cls.model_validate(found)
        note = say(found.note, lang) if found.note else ""
        return body.model_copy(update={"note_text": note})


class IssueOut(Out):
    """A stored issue. The reporter is kept apart and never part of it."""

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
    location: LocationOut
    route: RouteOut
    due_at: datetime | None
    closed_at: datetime | None
    accuracy_m: float | None
    suggestions: SuggestionsOut | None = Field(
        None, description="Only in the answer to a report that came without a category: what it may be about."
    )

    @classmethod
    def of(cls, issue: Issue, names: Mapping[str, str], say_note: Any) -> IssueOut:
        """The body for an issue; `say_note(key, context)` turns a note into a sentence."""
        body = cls.model_validate(issue)
        location = LocationOut.of(issue.location, names, say_note(issue.location.note, issue.location.context))
        route = RouteOut.of(issue.route, say_note)
        return body.model_copy(update={"location": location, "route": route})


class IssuesOut(Out):
    """A page of issues; ask again with `after_id=next` until `next` is null."""

    issues: list[IssueOut]
    next: int | None
