"""The bodies of responsibility."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.api.schemas import CRS_HELP, LocationOut, Out, RouteOut
from geo.model import CategoryKind, Mode, ModeSwitch, Rule, RuleSetRecord

if TYPE_CHECKING:
    from geo.service.routing import InForce


class RouteIn(BaseModel):
    """A matter and its place: a coordinate with its `crs`, a grid's code, or an address."""

    model_config = ConfigDict(extra="forbid")

    scheme: str = Field("", max_length=64)
    kind: CategoryKind | Literal[""] = ""
    category: str = Field(min_length=1, max_length=32)
    lon: float | None = Field(None, allow_inf_nan=False)
    lat: float | None = Field(None, allow_inf_nan=False)
    crs: str | None = Field(None, max_length=4000, description=CRS_HELP)
    grid: str | None = Field(None, min_length=1, max_length=64)
    address: str | None = Field(None, min_length=1, max_length=400)
    at: datetime | None = Field(
        None, description="With its time zone; now if not said. The rules of its day are asked."
    )
    mode: Mode | None = Field(None, description="`emergency` asks as if it were one; else the mode of the place.")
    grade: str = Field("", max_length=32, description="How large it is, in the words of the ladder (小事、大事、难事).")
    received_by: str = Field("", max_length=64, description="The department that received it first (首接).")


class RoutedOut(Out):
    """Where a matter lies and who answers for it."""

    location: LocationOut
    route: RouteOut


class RuleOut(Out):
    """One rule."""

    id: str
    version: str
    step: str
    rule_list: str
    scheme: str
    kind: str
    category: str
    area: str
    asset: str
    tenure: str
    mode: str
    department: str
    with_departments: list[str]
    supervising: str
    deadline: float | None
    deadline_unit: str
    closing: str
    source: str
    effective: date | None
    until: date | None

    @classmethod
    def of(cls, rule: Rule) -> RuleOut:
        """The body for a rule; its step and limit are said as they count."""
        from geo.locate.routing.match import step_of

        body = cls.model_validate(rule)
        limit = rule.deadline if rule.deadline is not None else rule.deadline_hours
        return body.model_copy(update={"step": step_of(rule), "deadline": limit})


class NegativeOut(Out):
    """An entry of the negative list."""

    id: str
    scheme: str
    kind: str
    category: str
    level: str
    area: str
    source: str


class RuleSetOut(Out):
    """A stored version of the rules."""

    version: str
    name: str
    source: str
    effective: date
    until: date | None = Field(description="The first day no longer in force.")
    rules: int


class ModeOut(Out):
    """When an area is in which mode; the last one said wins."""

    area: str
    mode: Mode
    since: datetime
    until: datetime
    reason: str


class RulesOut(Out):
    """The rules in force on a day."""

    version: str = Field(description="Empty for the plain rules of a place without dated sets.")
    effective: date | None
    until: date | None
    tie: str
    rules: list[RuleOut]
    negative: list[NegativeOut]
    versions: list[RuleSetOut]
    modes: list[ModeOut]

    @classmethod
    def of(cls, force: InForce, records: Sequence[RuleSetRecord], modes: Sequence[ModeSwitch]) -> RulesOut:
        """The body for a rule set, all versions, and what was said of modes."""
        rule_set, record = force.index.rule_set, force.record
        return cls(
            version=rule_set.version,
            effective=None if record is None else record.effective,
            until=None if record is None else record.until,
            tie=rule_set.tie,
            rules=[RuleOut.of(rule) for rule in rule_set.rules],
            negative=[NegativeOut.model_validate(entry) for entry in rule_set.negative],
            versions=[RuleSetOut.model_validate(item) for item in records],
            modes=[ModeOut.model_validate(switch) for switch in modes],
        )
