"""Who answers for what: rules, the lists and layers beside them, and what stands above them for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, Literal

from shapely.geometry.base import BaseGeometry

from geo.model.words import NOTHING, CategoryKind

# In this order a rule is looked for; "helper" names those who help, whoever leads.
RuleStep = Literal["emergency", "owner", "special", "duty", "base", "fallback", "helper"]
RuleList = Literal["power", "responsibility", "service", "negative"]
Mode = Literal["normal", "emergency"]
DeadlineUnit = Literal["hours", "working_hours", "working_days"]
Handler = Literal["grid", "community", "street", "district"]
OverrideKind = Literal["issue", "source", "address", "reporter", "grid"]
OverrideState = Literal["proposed", "approved", "rejected", "withdrawn"]

# From the lowest up: a matter that must not be pushed down to the street must not reach community and grid either.
HANDLERS: Final[tuple[Handler, ...]] = ("grid", "community", "street", "district")


@dataclass(frozen=True)
class Window:
    """When a rule holds; what is left open holds always.

    `start`, `end` are times of the day, half-open; where `end` is not later than `start` the window runs over midnight.
    `days` is "working" or "rest" by the calendar of the rule set. `first`, `last` are (month, day), both included; a
    season may run over New Year.
    """

    start: time | None = None
    end: time | None = None
    days: Literal["", "working", "rest"] = ""
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None


ALWAYS: Final = Window()


@dataclass(frozen=True)
class Stage:
    """One of several limits of a rule, such as 停工 4 工作时, 处罚 7 工作日."""

    name: str
    value: float
    unit: DeadlineUnit = "hours"


@dataclass(frozen=True)
class Rule:
    """Category × place × time × mode → who leads, who helps, who supervises, by when, and when it is closed.

    Attributes
    ----------
    category : a code prefix within (scheme, kind), "" for any.
    area : a code prefix: an area with all below it, or one grid; "" for the whole district.
    department : a code; "{street}", "{community}", "{district}" are filled with the code of the area that the issue
        lies in, "{owner}" with the owner of what lies there in the layer `asset`, "{level}" with the department of the
        level that the ladder of the rule set names.
    step : where in the order of routing it stands; "" is "duty", or "fallback" where it names no category and no area.
    asset : a layer of the rule set; the rule holds where something of that layer lies.
    tenure : value of `Asset.tenure` that something at the place must have, such as a compound without a manager.
    mode : "" holds in both.
    rule_list : which of the four lists (权力, 责任, 服务, 负面清单) says so.
    deadline : in `deadline_unit`; `deadline_hours` is the same for limits that run day and night.
    effective, until : first day, and first day no longer; None follows the rule set.
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
    step: RuleStep | Literal[""] = ""
    asset: str = ""
    tenure: str = ""
    mode: Mode | Literal[""] = ""
    window: Window = ALWAYS
    rule_list: RuleList | Literal[""] = ""
    supervising: str = ""
    deadline: float | None = None
    deadline_unit: DeadlineUnit = "hours"
    stages: tuple[Stage, ...] = ()
    effective: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Negative:
    """An entry of the negative list: matters that must not be pushed down to `level`, nor to any below it."""

    id: str
    scheme: str
    kind: CategoryKind | Literal[""]
    category: str
    level: Handler
    area: str = ""
    source: str = ""


@dataclass(frozen=True)
class Rung:
    """The level that deals with matters of a grade (小事在网格、大事在社区、难事在街道); `grade` "" is any."""

    scheme: str
    kind: CategoryKind | Literal[""]
    category: str
    grade: str
    level: Handler


@dataclass(frozen=True)
class Asset:
    """Something with an owner: a 物业 area, a road, a lamp.

    Attributes
    ----------
    layer : the name that rules know it by.
    owner : code of a department.
    geometry : WGS84. What lies in a polygon is there; a line or point reaches `reach_m` metres.
    category : code prefix of the matters that it is asked for, "" for all.
    tenure : what rules may ask for, such as "unmanaged" for a compound without a manager; "" for nothing.
    """

    layer: str
    id: str
    name: str
    owner: str
    geometry: BaseGeometry
    reach_m: float = 0.0
    category: str = ""
    tenure: str = ""


@dataclass(frozen=True)
class WorkCalendar:
    """When an office works.

    Attributes
    ----------
    hours : half-open times of the day, ascending, without overlap.
    weekdays : 0 Monday … 6 Sunday.
    rest : holidays that would be working days (放假).
    work : days that would be rest days and are worked (调休上班).
    """

    hours: tuple[tuple[time, time], ...] = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
    weekdays: frozenset[int] = frozenset(range(5))
    rest: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether `day` is a working day."""
        return day in self.work or (day.weekday() in self.weekdays and day not in self.rest)


@dataclass(frozen=True)
class RuleSet:
    """All rules of a deployment from a day on, as one whole.

    `effective` is the first day, `until` the first day no longer in force (None: until the next set). `tie` says what
    happens where equally specific rules name different departments: a person decides, or who received the issue first
    leads (首接负责) if it is one of them.
    """

    version: str
    rules: tuple[Rule, ...]
    effective: date | None = None
    until: date | None = None
    name: str = ""
    source: str = ""
    tie: Literal["ambiguous", "first_receiver"] = "ambiguous"
    negative: tuple[Negative, ...] = ()
    ladder: tuple[Rung, ...] = ()
    assets: tuple[Asset, ...] = ()
    calendar: WorkCalendar = field(default_factory=WorkCalendar)


@dataclass(frozen=True)
class RuleSetRecord:
    """A stored rule set without its contents. `until` is the first day no longer in force."""

    id: int
    version: str
    name: str
    source: str
    effective: date
    until: date | None
    rules: int
    digest: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class Override:
    """A person's decision above all rules (包案, court, command, a correction), for one case or all like it.

    `key` is what `kind` names: the issue's id, "source/source_id", a normalised address, a grid's code, or a token that
    stands for a reporter (never a telephone number). It holds for matters of (`scheme`, `category_kind`, `category`, a
    code prefix) in `grid`; each of them "" for any. Rows are only ever added: one with `replaces` says a new state of
    the row of that id. Of the approved ones that hold at a moment the last one wins; `department` "" lifts them.
    """

    kind: OverrideKind
    key: str
    department: str
    reason: str
    scheme: str = ""
    category_kind: str = ""
    category: str = ""
    grid: str = ""
    with_departments: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    state: OverrideState = "approved"
    replaces: int = 0
    issue: int | None = None
    id: int = 0
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class ModeSwitch:
    """From `since` until `until` an area (code prefix, "" for all) is in `mode`; the last one said wins."""

    area: str
    mode: Mode
    since: datetime
    until: datetime
    reason: str
    id: int = 0
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class RouteStep:
    """One step of the order: what became of it (`why` is a message key) and the rule that it is about, "" for none."""

    step: str
    why: str
    rule: str = ""
    rule_list: str = ""
    version: str = ""
    department: str = ""


@dataclass(frozen=True)
class RuleFault:
    """One fault: `kind` is a message key, filled from `context`; `rules` are the ids of the rules concerned."""

    kind: str
    rules: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
