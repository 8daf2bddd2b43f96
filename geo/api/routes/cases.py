"""One case: how it stands, what persons do with it, its log, and who reported it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from geo.api.case_schemas import (
    CaseOut,
    CloseIn,
    ConfirmIn,
    ExtendIn,
    LogLineOut,
    LogOut,
    MergeIn,
    OverrideIn,
    ReporterOut,
    ReturnIn,
    TextIn,
    sentence,
)
from geo.api.dependencies import LangDep, SayNote, SayNoteDep, ServiceDep
from geo.api.problems import plain_context, problem
from geo.api.roles import DispatcherDep, ViewerDep
from geo.errors import Conflict, NotAllowed, NotFound
from geo.model.cases import LogLine
from geo.service import case_actions as acts
from geo.service.case_log import check_log
from geo.service.context import Service, find_plan_in_force, net_of
from geo.service.person_place import Choice
from geo.service.queues import QueueItem, get_item
from geo.service.reporters import public_issue, read_reporter
from geo.service.roles import Roles, Viewer

router = APIRouter(prefix="/v1/issues", tags=["cases"])
IssueId = Annotated[int, Path(ge=1, lt=2**31)]


def names_of(service: Service) -> Mapping[str, str]:
    """Names of areas and grids by code, of the plan in force."""
    plan = find_plan_in_force(service)
    return {} if plan is None else net_of(service, plan).names


def seen_by(viewer: Viewer, item: QueueItem, *, whole: bool = False) -> QueueItem:
    """The item as a role may see it: who works on it sees rooms, what may be done, and in the case every word."""
    works = viewer.is_at_least("dispatcher")
    if not viewer.may_dispatch:
        item = replace(item, actions=())
    return item if works and whole else replace(item, issue=public_issue(item.issue, item.case, rooms=works))


@router.get("/{issue_id}/case")
def get_case(service: ServiceDep, say_note: SayNoteDep, viewer: ViewerDep, issue_id: IssueId) -> CaseOut:
    """How a case stands: its queue, the reason, the candidates, what would settle it and what may be done."""
    return _told(service, say_note, viewer, get_item(service, issue_id))


@router.get("/{issue_id}/log")
def get_log(service: ServiceDep, say_note: SayNoteDep, issue_id: IssueId) -> LogOut:
    """Every step of an issue: received, located by what, routed by which rule, and what persons did."""
    lines, broken = check_log(service, issue_id)
    return LogOut(
        issue=issue_id,
        lines=[_line(say_note, line) for line in lines],
        broken_at=broken,
    )


def _line(say_note: SayNote, line: LogLine) -> LogLineOut:
    reason = str(line.detail.get("reason", ""))
    # A person gives one of our reasons; a queue has that of what could not be decided.
    why = sentence(say_note, f"case_reason_{reason}", {}) or sentence(say_note, reason, line.detail)
    action = sentence(say_note, f"case_step_{line.action}", {})
    return LogLineOut(**vars(line), action_text=action, reason_text=why)


@router.get("/{issue_id}/reporter")
def get_reporter(
    request: Request,
    service: ServiceDep,
    viewer: ViewerDep,
    issue_id: IssueId,
    purpose: Annotated[str, Query(min_length=1, max_length=200, description="What for; it goes into the log.")],
) -> ReporterOut:
    """Who reported an issue, for a role: readers see 138****5678, dispatchers the number. Each reading is logged."""
    roles: Roles = request.app.state.roles
    if not roles.known:
        raise NotAllowed("roles_none")
    if not viewer.is_at_least("reader"):
        raise NotAllowed("role_wanted", role="reader")
    found = read_reporter(
        service,
        issue_id,
        purpose=purpose,
        role=viewer.role,
        actor=viewer.name,
        whole=viewer.is_at_least("dispatcher"),
    )
    if found is None:
        raise NotFound("reporter_none", issue=issue_id)
    return ReporterOut.model_validate(found)


Step = Callable[[], QueueItem]
Act = Callable[[int, Step], Any]


def _act(request: Request, service: ServiceDep, say_note: SayNoteDep, viewer: ViewerDep, lang: LangDep) -> Act:
    def act(issue_id: int, step: Step) -> Any:
        """Do a step and answer with the case; who came too late gets the fresh case beside the reason."""
        try:
            return _told(service, say_note, viewer, step())
        except Conflict as error:
            fresh = _told(service, say_note, viewer, get_item(service, issue_id))
            shown = error.masked()
            return problem(
                request, 409, error.code, shown.message(lang), context=plain_context(shown),
                fresh=fresh.model_dump(mode="json"),
            )  # fmt: skip

    return act


ActDep = Annotated[Act, Depends(_act)]


@router.post("/{issue_id}/confirm", response_model=CaseOut)
def confirm(service: ServiceDep, act: ActDep, actor: DispatcherDep, issue_id: IssueId, body: ConfirmIn) -> Any:
    """Put an issue where a person says; the rules then say who answers, and the same words mean this place."""
    choice = Choice(candidate=body.candidate, grid=body.grid, entry=body.entry, lon=body.lon, lat=body.lat)
    more = {"remember": body.remember, "alias": body.alias, "revision": body.revision, "actor": actor}
    return act(issue_id, lambda: acts.confirm(service, issue_id, choice, **more))  # type: ignore[arg-type]


@router.post("/{issue_id}/override", response_model=CaseOut)
def override(service: ServiceDep, act: ActDep, actor: DispatcherDep, issue_id: IssueId, body: OverrideIn) -> Any:
    """Decide otherwise: another grid, another department, or both; the program's answer stays in the log."""

    def step() -> QueueItem:
        return acts.override(
            service,
            issue_id,
            grid=body.grid,
            department=body.department,
            reason=acts.Reason(body.reason, body.text),
            revision=body.revision,
            actor=actor,
            propose_rule=body.propose_rule,
        )

    return act(issue_id, step)


@router.post("/{issue_id}/return", response_model=CaseOut)
def send_back(service: ServiceDep, act: ActDep, actor: DispatcherDep, issue_id: IssueId, body: ReturnIn) -> Any:
    """退单: the unit contests the rule that sent it there; the case is in the queue `contested` then."""
    reason = acts.Reason(body.reason, body.text)
    return act(issue_id, lambda: acts.send_back(service, issue_id, reason=reason, revision=body.revision, actor=actor))


@router.post("/{issue_id}/merge", response_model=CaseOut)
def merge(service: ServiceDep, act: ActDep, actor: DispatcherDep, issue_id: IssueId, body: MergeIn) -> Any:
    """Link a duplicate to the issue that goes on; nothing is deleted."""
    return act(issue_id, lambda: acts.merge(service, issue_id, into=body.into, revision=body.revision, actor=actor))


@router.post("/{issue_id}/extend", response_model=CaseOut)
def extend(service: ServiceDep, act: ActDep, actor: DispatcherDep, issue_id: IssueId, body: ExtendIn) -> Any:
    """延期: a later deadline, with words why."""

    def step() -> QueueItem:
        return acts.extend(service, issue_id, due_at=body.due_at, text=body.text, revision=body.revision, actor=actor)

    return act(issue_id, step)


@router.post("/{issue_id}/close", response_model=CaseOut)
def close(service: ServiceDep, act: ActDep, actor: DispatcherDep, issue_id: IssueId, body: CloseIn) -> Any:
    """办结: the closing condition of the rule must be said to be met."""

    def step() -> QueueItem:
        return acts.close(
            service,
            issue_id,
            closing_met=body.closing_met,
            satisfied=body.satisfied,
            text=body.text,
            revision=body.revision,
            actor=actor,
        )

    return act(issue_id, step)


@router.post("/{issue_id}/reopen", response_model=CaseOut)
def reopen(service: ServiceDep, act: ActDep, actor: DispatcherDep, issue_id: IssueId, body: TextIn) -> Any:
    """不满意重办: a closed case goes on."""
    return act(issue_id, lambda: acts.reopen(service, issue_id, text=body.text, revision=body.revision, actor=actor))


@router.post("/{issue_id}/{step}", response_model=CaseOut)
def advance(
    service: ServiceDep,
    act: ActDep,
    actor: DispatcherDep,
    issue_id: IssueId,
    step: Literal["dispatch", "sign", "answer", "suspend", "resume"],
    body: TextIn,
) -> Any:
    """A plain step of the work: 派单, 签收, 反馈, 挂账, 恢复; 反馈 and 挂账 want words."""
    return act(
        issue_id,
        lambda: acts.advance(service, issue_id, step, text=body.text, revision=body.revision, actor=actor),
    )


def _told(service: Service, say_note: SayNote, viewer: Viewer, item: QueueItem) -> CaseOut:
    told = CaseOut.of(seen_by(viewer, item, whole=True), names_of(service), say_note)
    return told.model_copy(update={"read_only": not viewer.may_dispatch})
