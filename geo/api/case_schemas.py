"""The bodies of cases: queues, what persons decide, the log, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.api.dependencies import SayNote
from geo.api.schemas import IssueOut, Out
from geo.messages import catalogue
from geo.model.cases import CaseAction, CaseState, QueueName
from geo.service.proposals import Proposal
from geo.service.queues import QueueItem


class Body(BaseModel):
    """What is sent with a step: every one names the revision that was seen."""

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(ge=1, lt=2**31, description="Of the case as you saw it; 409 with the fresh case if it moved.")


class TextIn(Body):
    """A step with words."""

    text: str = Field("", max_length=2000)


class ConfirmIn(Body):
    """Where the issue lies: exactly one of candidate, grid, entry, or a point (lon, lat in WGS84)."""

    candidate: int | None = Field(None, ge=1, le=1000, description="Its number in `candidates`, from 1.")
    grid: str | None = Field(None, min_length=1, max_length=64)
    entry: str | None = Field(None, min_length=1, max_length=200, description="Id of an entry of the gazetteer.")
    lon: float | None = Field(None, allow_inf_nan=False)
    lat: float | None = Field(None, allow_inf_nan=False)
    remember: bool | None = Field(
        None, description="The same words mean this place from now on; by default yes, unless several bear the name."
    )
    alias: str | None = Field(None, max_length=40, description="What people call the place: another name of the entry.")


class OverrideIn(Body):
    """Decide otherwise: a grid, a department, or both, and why."""

    grid: str | None = Field(None, min_length=1, max_length=64)
    department: str | None = Field(None, min_length=1, max_length=200)
    reason: Literal["wrong_place", "wrong_department", "wrong_category", "border_dispute", "local_agreement", "other"]
    text: str = Field("", max_length=2000, description="Wanted with `other`.")
    propose_rule: bool = Field(False, description="以后此地址同类诉求照此派单: an administrator decides.")


class ReturnIn(Body):
    """退单: why the unit does not answer for it."""

    reason: Literal["not_our_duty", "outside_area", "wrong_category", "incomplete", "needs_others", "other"]
    text: str = Field("", max_length=2000, description="Wanted with `other`.")


class MergeIn(Body):
    """The issue that goes on."""

    into: int = Field(ge=1, lt=2**31)


class ExtendIn(TextIn):
    """延期: a later deadline and why."""

    due_at: datetime


class CloseIn(TextIn):
    """办结."""

    closing_met: bool = Field(False, description="The closing condition of the rule is met.")
    satisfied: bool | None = Field(None, description="What the reporter said when called back; null if not reached.")


class CandidateOut(Out):
    """A place that may be meant."""

    grid: str | None
    grid_name: str
    entry: str | None
    name: str
    probability: float | None = Field(description="Of 1 over all candidates and what lies elsewhere; null: unknown.")
    distance_m: float | None
    lon: float | None
    lat: float | None


class GridShareOut(Out):
    """How probable it is that an issue lies in a grid; null is outside all grids."""

    grid: str | None
    grid_name: str
    share: float


class CaseOut(Out):
    """An issue and where it stands."""

    issue: IssueOut
    revision: int
    state: CaseState
    state_text: str
    queue: QueueName | None
    queue_text: str
    reason: str
    reason_text: str = Field(description="Why it is in its queue, as a sentence.")
    decides: str
    decides_text: str = Field(description="What would settle it, as a sentence.")
    candidates: list[CandidateOut]
    shares: list[GridShareOut] = Field(description="By grid, the greatest first; with `elsewhere` they add up to 1.")
    elsewhere: float | None = Field(description="The share of all other places; null where nobody has reckoned it.")
    among_named: bool = Field(description="The shares hold if one of the places that the words name is meant.")
    actions: list[CaseAction] = Field(description="What may be done now, by who asks.")
    read_only: bool = Field(default=False, description="Who asks has no role that may do anything.")
    act_by: datetime = Field(description="The deadline, or two hours after the report where no rule has dated it.")
    overdue: bool
    merged_into: int | None
    extensions: int
    reopened: int

    @classmethod
    def of(cls, item: QueueItem, names: Mapping[str, str], say_note: SayNote) -> CaseOut:
        """The body for an item whose texts are as the asking role may see them."""
        case, issue = item.case, item.issue

        def said(key: str, values: Mapping[str, Any]) -> str:
            return sentence(say_note, key, values)

        return cls(
            issue=IssueOut.of(issue, names, lambda key, values: said(key, values)),
            revision=case.revision,
            state=case.state,
            state_text=said(f"case_state_{case.state}", {}),
            queue=case.queue,
            queue_text="" if case.queue is None else said(f"queue_name_{case.queue}", {}),
            reason=case.reason,
            reason_text=said(case.reason, issue.location.context),
            decides=item.decides,
            decides_text=said(item.decides, issue.location.context),
            candidates=[
                CandidateOut(**{**vars(one), "grid_name": one.grid_name or names.get(one.grid or "", "")})
                for one in item.candidates
            ],
            shares=[
                GridShareOut(**{**vars(one), "grid_name": one.grid_name or names.get(one.grid or "", "")})
                for one in item.shares
            ],
            elsewhere=item.elsewhere,
            among_named=item.among_named,
            actions=list(item.actions),
            act_by=case.act_by,
            overdue=item.overdue,
            merged_into=case.merged_into,
            extensions=case.extensions,
            reopened=case.reopened,
        )


def sentence(say_note: SayNote, key: str, values: Mapping[str, Any]) -> str:
    """A note as a sentence; one whose values an older version did not keep is told by its key."""
    if not key or key not in catalogue():
        return ""
    try:
        return say_note(key, values)
    except (KeyError, IndexError, ValueError, TypeError):
        return key


class QueueOut(Out):
    """A page of a queue; ask again with `after=next` until `next` is null."""

    queue: str
    items: list[CaseOut]
    next: str | None


class QueueCountOut(Out):
    """One queue: how many cases are open in it, and where."""

    name: str
    title: str
    count: int
    communities: dict[str, int] = Field(description='By the code of the community; "" where none is known.')
    departments: dict[str, int] = Field(description='By the code of the department; "" where none answers yet.')


class QueuesOut(Out):
    """All queues."""

    open: int
    queues: list[QueueCountOut]


class LogLineOut(Out):
    """One step of a case."""

    position: int
    at: datetime
    actor: str
    action: str
    action_text: str
    reason_text: str = Field(description="The reason that the step was given, as a sentence.")
    revision: int
    detail: dict[str, Any]
    digest: str


class LogOut(Out):
    """The steps of a case, the first one first."""

    issue: int
    lines: list[LogLineOut]
    broken_at: int | None = Field(
        description="The first line that does not follow from those before it; null if whole."
    )


class ReporterOut(Out):
    """Who reported."""

    issue: int
    name: str | None
    phone: str | None
    purpose: str = Field(description="What it was kept for.")


class CorrectionOut(Out):
    """What a person has corrected."""

    id: int
    at: datetime | None
    actor: str
    kind: str
    issue: int | None
    refers: int | None
    detail: dict[str, Any]
    reason: str


class WithdrawIn(BaseModel):
    """Why a correction counts no longer."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=2000)


class ProposalOut(Out):
    """A rule for an address that somebody proposed."""

    id: int
    state: str
    key: str
    scheme: str
    kind: str
    category: str
    department: str
    reason: str
    issue: int | None
    proposed_by: str
    proposed_at: datetime | None
    settled_by: str
    settled_at: datetime | None

    @classmethod
    def of(cls, found: Proposal) -> ProposalOut:
        """The body for a proposal."""
        row, last = found.override, found.last
        settled = last.id != row.id
        return cls(
            id=row.id,
            state=found.state,
            key=row.key,
            scheme=row.scheme,
            kind=row.category_kind,
            category=row.category,
            department=row.department,
            reason=row.reason,
            issue=row.issue,
            proposed_by=row.actor,
            proposed_at=row.at,
            settled_by=last.actor if settled else "",
            settled_at=last.at if settled else None,
        )
