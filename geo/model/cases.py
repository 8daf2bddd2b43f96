"""The case (案件) of an issue: where it stands in the work, who decides next, and what persons have done with it.

`Issue.status` has the four words that pages draw; `Case.state` is finer. Which step is allowed where is data
(`TRANSITIONS`): the door, the use case and the tests read the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal

from geo.model.issues import Location, Route
from geo.model.rules import Override
from geo.model.words import NOTHING, IssueStatus

QueueName = Literal["unlocated", "ambiguous", "conflict", "unrouted"]
# What a person may ask for beside the four queues: states of the work, and time.
ViewName = Literal[
    "unlocated", "ambiguous", "conflict", "unrouted", "contested", "to_dispatch", "due_soon", "overdue", "suspended"
]
# 待确认 · 待派单 · 已派单（待签收） · 办理中 · 已反馈（待回访） · 挂账 · 退单 · 已并案 · 已办结
CaseState = Literal[
    "to_confirm", "to_dispatch", "dispatched", "in_progress", "answered", "suspended", "sent_back", "merged", "closed"
]
CaseAction = Literal[
    "confirm", "override", "dispatch", "sign", "return", "extend", "suspend", "resume", "answer", "close", "reopen",
    "merge",
]  # fmt: skip

QUEUES: Final[tuple[QueueName, ...]] = ("unlocated", "ambiguous", "conflict", "unrouted")
VIEWS: Final[tuple[ViewName, ...]] = (*QUEUES, "contested", "to_dispatch", "due_soon", "overdue", "suspended")
ENDED: Final[tuple[CaseState, ...]] = ("merged", "closed")

STATUS_OF: Final[Mapping[CaseState, IssueStatus]] = MappingProxyType(
    {
        "to_confirm": "to_confirm",
        "sent_back": "to_confirm",
        "to_dispatch": "to_dispatch",
        "dispatched": "in_progress",
        "in_progress": "in_progress",
        "answered": "in_progress",
        "suspended": "in_progress",
        "merged": "closed",
        "closed": "closed",
    }
)

_OPEN: Final[tuple[CaseState, ...]] = (
    "to_confirm", "to_dispatch", "dispatched", "in_progress", "answered", "suspended", "sent_back",
)  # fmt: skip
_SAME: Final = "="
# Action -> state it is allowed in -> the state after it; "=" leaves the state, "?" depends on whether somebody answers
# now: to_dispatch where a rule or a person says who, else to_confirm.
TRANSITIONS: Final[Mapping[CaseAction, Mapping[CaseState, str]]] = MappingProxyType(
    {
        "confirm": {
            "to_confirm": "?", "sent_back": "?", "to_dispatch": _SAME, "dispatched": _SAME, "in_progress": _SAME,
        },
        "override": {state: "?" for state in _OPEN if state != "answered"},
        "dispatch": {"to_dispatch": "dispatched"},
        "sign": {"dispatched": "in_progress"},
        "return": {"to_dispatch": "sent_back", "dispatched": "sent_back", "in_progress": "sent_back"},
        "extend": {"to_dispatch": _SAME, "dispatched": _SAME, "in_progress": _SAME},
        "suspend": {"in_progress": "suspended"},
        "resume": {"suspended": "in_progress"},
        "answer": {"in_progress": "answered"},
        "close": {"in_progress": "closed", "answered": "closed"},
        "reopen": {"closed": "in_progress"},
        "merge": dict.fromkeys(_OPEN, "merged"),
    }
)  # fmt: skip

# Why a person decides otherwise; "other" wants words.
OVERRIDE_REASONS: Final = (
    "wrong_place",
    "wrong_department",
    "wrong_category",
    "border_dispute",
    "local_agreement",
    "other",
)
RETURN_REASONS: Final = ("not_our_duty", "outside_area", "wrong_category", "incomplete", "needs_others", "other")

# Intake decides within two hours (12345 of Beijing, draft of 2021: web intake); what no rule has dated waits no longer.
INTAKE: Final = timedelta(hours=2)
CASE_OVERRIDE: Final = "case_override"


@dataclass(frozen=True)
class Case:
    """Where an issue stands.

    `revision` grows with every change and is what a writer must have seen. `queue` is None where a rule or a person has
    said who answers; else one of `QUEUES`, and `reason` (a message key, filled from `Issue.location.context`) says why.
    `act_by` is when somebody must have acted: the deadline, or two hours after the report where there is none.
    `private` says where in the texts of the issue the reporter's own name and phone stand.
    """

    issue: int
    revision: int
    state: CaseState
    queue: QueueName | None
    reason: str
    community: str
    act_by: datetime
    merged_into: int | None = None
    extensions: int = 0
    reopened: int = 0
    private: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True)
class LogLine:
    """One step of a case: who did what, when. `digest` chains it to the line before it."""

    issue: int
    position: int
    at: datetime
    actor: str
    action: str
    revision: int
    detail: Mapping[str, Any]
    digest: str


@dataclass(frozen=True)
class NewCorrection:
    """What a person has corrected, to be remembered.

    `kind`: "place" — the text `key` means an entry or a point (`detail`: entry | lon, lat, name; alias; text) ·
    "withdraw" — `refers` counts no longer.
    """

    kind: Literal["place", "withdraw"]
    issue: int | None = None
    refers: int | None = None
    key: str = ""
    detail: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    reason: str = ""


@dataclass(frozen=True)
class Correction(NewCorrection):
    """A correction as it is kept, for ever; a later one withdraws it."""

    id: int = 0
    at: datetime | None = None
    actor: str = ""


@dataclass(frozen=True)
class CaseChange:
    """One step of a case, all of it or nothing. None leaves a part as it is; `lines` are (action, detail)."""

    issue: int
    revision: int
    state: CaseState
    lines: tuple[tuple[str, Mapping[str, Any]], ...]
    location: Location | None = None
    route: Route | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    reopen: bool = False
    extend: bool = False
    merge_into: int | None = None
    correction: NewCorrection | None = None
    proposal: Override | None = None


@dataclass(frozen=True)
class CaseFilter:
    """Which cases, by time left; None asks for nothing. `after` is the (act_by, issue) of the last one seen."""

    queue: QueueName | None = None
    state: CaseState | None = None
    routed: bool | None = None
    community: str | None = None
    department: str | None = None
    act_from: datetime | None = None
    act_before: datetime | None = None
    ended: bool = False
    after: tuple[datetime, int] | None = None
    limit: int = 50


@dataclass(frozen=True)
class ConfirmedCase:
    """A text that a person has put at an entry of the gazetteer; the text is masked."""

    text: str
    entry: str
    issue: int
    at: datetime


@dataclass(frozen=True)
class Reporter:
    """Who reported an issue; read by role alone, and each reading is written down."""

    issue: int
    name: str | None
    phone: str | None
    purpose: str


def queue_of(location: Location, route: Route) -> tuple[QueueName | None, str]:
    """The queue of an issue and the message key of the reason; (None, "") where a rule or a person says who answers."""
    if location.status == "located":
        if route.department is not None and route.rule is not None:
            return None, ""
        return "unrouted", route.note or "route_none"
    note = location.note or "no_coordinate"
    if "conflict" in note:
        return "conflict", note
    if "ambiguous" in note:
        return "ambiguous", note
    return "unlocated", note


def community_of(location: Location) -> str:
    """The code of the area right above the grid; "" where there is none."""
    return location.chain[-2] if location.status == "located" and len(location.chain) > 1 else ""


def next_state(action: CaseAction, state: CaseState, *, routed: bool) -> CaseState | None:
    """The state after `action`; None if it is not allowed in `state`."""
    after = TRANSITIONS[action].get(state)
    if after is None:
        return None
    if after == "?":
        return "to_dispatch" if routed else "to_confirm"
    return state if after == _SAME else after  # type: ignore[return-value]  # the table's words are states


def allowed_actions(state: CaseState) -> tuple[CaseAction, ...]:
    """What may be done with a case now."""
    return tuple(action for action, states in TRANSITIONS.items() if state in states)
