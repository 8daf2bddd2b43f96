"""What persons do with a case: confirm, override, send back, merge, extend, and the steps of the work.

Each names the revision that the person saw, who acts, and is one transaction with its lines in the log. What the
program had answered stays in those lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geo.errors import Conflict, InvalidInput
from geo.messages import Sentence
from geo.model import Issue, Location, Override, Report, Route
from geo.model.cases import (
    OVERRIDE_REASONS,
    RETURN_REASONS,
    Case,
    CaseAction,
    CaseChange,
    NewCorrection,
    next_state,
)
from geo.service.case_parts import (
    NOTE_MOST,
    answer_so_far,
    by_person,
    check_reason,
    check_words,
    place_correction,
    proposal_of,
    said_moment,
)
from geo.service.context import Service, get_plan_in_force, knowledge, net_of
from geo.service.corrections import check_alias
from geo.service.person_place import Choice, answers_of, choose_place, report_of
from geo.service.queues import QueueItem, get_item


@dataclass(frozen=True)
class Reason:
    """Why a person decides so: a preset code, and words (wanted for "other")."""

    code: str = ""
    text: str = ""


def confirm(
    service: Service,
    issue_id: int,
    choice: Choice,
    *,
    revision: int,
    actor: str,
    remember: bool | None = None,
    alias: str | None = None,
) -> QueueItem:
    """Put an issue where a person says; the rules then say who answers.

    Parameters
    ----------
    remember : whether the same words mean this place from now on. None: yes, unless several places bear the name.
    alias : what people call the place; an entry of the gazetteer gets it as another name.

    Raises
    ------
    InvalidInput
        The choice names no place, or one outside the plan.
    NotFound
        There is no such issue, grid or entry.
    Conflict
        The case has moved on, or there is nothing to confirm any more.
    """
    item = _fresh(service, issue_id, revision)
    net = net_of(service, get_plan_in_force(service))
    location, chosen = choose_place(service, net, item, choice)
    report, _, route = answers_of(service, net, item.issue, location)
    name = check_alias(alias)
    correction = place_correction(item, location, chosen, remember=remember, alias=name)
    detail = {
        "grid": location.grid, "entry": chosen.get("entry"), "probability": chosen.get("probability"),
        "candidate": chosen["candidate"], "before": answer_so_far(item.issue),
        "remembered": bool(correction and correction.detail.get("remember")), "alias": name,
    }  # fmt: skip
    return _decide(service, item, "confirm", report, location, route, detail, actor, correction=correction)


def override(
    service: Service,
    issue_id: int,
    *,
    grid: str | None = None,
    department: str | None = None,
    reason: Reason,
    revision: int,
    actor: str,
    propose_rule: bool = False,
) -> QueueItem:
    """Decide otherwise than the program: another grid, another department, or both.

    With `propose_rule` an administrator is asked to let issues of this category at this address go there from now on.

    Raises
    ------
    InvalidInput
        Neither grid nor department, an unknown reason, or "other" without words.
    NotFound
        There is no such issue, grid or department.
    Conflict
        The case has moved on, or its state does not allow it.
    """
    why = check_reason(reason.code, reason.text, OVERRIDE_REASONS)
    if grid is None and department is None:
        raise InvalidInput("override_nothing")
    item = _fresh(service, issue_id, revision)
    issue = item.issue
    report, location, route = report_of(issue), issue.location, issue.route
    if grid is not None:
        net = net_of(service, get_plan_in_force(service))
        location, _ = choose_place(service, net, item, Choice(grid=grid))
        report, _, route = answers_of(service, net, issue, location)
    if department is not None:
        route = by_person(service, route, department, item.case.revision + 1)
    detail = {**why, "grid": grid, "department": department, "before": answer_so_far(issue), "proposed": propose_rule}
    proposal = proposal_of(item, department, why) if propose_rule else None
    return _decide(service, item, "override", report, location, route, detail, actor, proposal=proposal)


def send_back(service: Service, issue_id: int, *, reason: Reason, revision: int, actor: str) -> QueueItem:
    """退单: the unit says that it does not answer for this; the rule that sent it there is named in the log."""
    why = check_reason(reason.code, reason.text, RETURN_REASONS)
    item = _fresh(service, issue_id, revision)
    route = item.issue.route
    detail = {
        **why, "rule": route.rule, "rule_version": route.rule_version, "department": route.department,
        "grid": item.issue.location.grid,
    }  # fmt: skip
    return _step(service, item, "return", "sent_back", detail, actor)


def merge(service: Service, issue_id: int, *, into: int, revision: int, actor: str) -> QueueItem:
    """Link a duplicate to the issue that goes on; nothing is deleted.

    Raises
    ------
    Conflict
        The other one is this one, is merged itself, or this one has others merged into it.
    """
    item = _fresh(service, issue_id, revision)
    if into == issue_id:
        raise Conflict("case_merge_self", issue=issue_id)
    other = get_item(service, into)
    if other.case.merged_into is not None:
        raise Conflict("case_merge_merged", issue=into, into=other.case.merged_into)
    return _step(service, item, "merge", "merged", {"into": into}, actor, merge_into=into)


def extend(service: Service, issue_id: int, *, due_at: datetime, text: str, revision: int, actor: str) -> QueueItem:
    """延期: a later deadline, with words why.

    Raises
    ------
    InvalidInput
        No words, or not later than the deadline and the present moment.
    """
    item = _fresh(service, issue_id, revision)
    words = check_words(text)
    if due_at.tzinfo is None:
        due_at = due_at.replace(tzinfo=service.timezone)
    if due_at <= max(item.case.act_by, service.now()):
        raise InvalidInput(
            "extend_not_later", due_at=said_moment(service, due_at), now=said_moment(service, item.case.act_by)
        )
    detail = {"text": words, "due_at": due_at, "before": item.case.act_by}
    return _step(service, item, "extend", "extended", detail, actor, due_at=due_at, extend=True)


def close(
    service: Service, issue_id: int, *, closing_met: bool, satisfied: bool | None, text: str, revision: int, actor: str
) -> QueueItem:
    """办结; `closing_met` says that the closing condition of the rule is fulfilled.

    Raises
    ------
    InvalidInput
        The rule has a closing condition and nobody says that it is met.
    """
    item = _fresh(service, issue_id, revision)
    condition = closing_condition(service, item.issue)
    if condition and not closing_met:
        raise InvalidInput("closing_not_met", closing=condition)
    detail = {"closing": condition, "closing_met": closing_met, "satisfied": satisfied, "text": text[:NOTE_MOST]}
    return _step(service, item, "close", "closed", detail, actor, closed_at=service.now())


def reopen(service: Service, issue_id: int, *, text: str, revision: int, actor: str) -> QueueItem:
    """不满意重办: a closed case goes on, with the time of its rule running anew."""
    item = _fresh(service, issue_id, revision)
    words = check_words(text)
    route = item.issue.route
    due_at = None
    if route.deadline_hours is not None:
        due_at = service.now() + timedelta(hours=route.deadline_hours)
    return _step(service, item, "reopen", "reopened", {"text": words}, actor, due_at=due_at, reopen=True)


def advance(
    service: Service, issue_id: int, action: CaseAction, *, text: str = "", revision: int, actor: str
) -> QueueItem:
    """A plain step of the work: dispatch, sign, answer, suspend (挂账), resume."""
    item = _fresh(service, issue_id, revision)
    words = check_words(text) if action in ("answer", "suspend") else text[:NOTE_MOST]
    names = {"dispatch": "dispatched", "sign": "signed", "answer": "answered", "suspend": "suspended"}
    return _step(service, item, action, names.get(action, "resumed"), {"text": words}, actor)


def closing_condition(service: Service, issue: Issue) -> str:
    """What must be so before the case may be closed, by the rule that sent it; "" for nothing."""
    route = issue.route
    if route.closing:
        return route.closing
    return next((r.closing for r in knowledge(service).place.rules if r.id == route.rule), "")


# Private functions


def _fresh(service: Service, issue_id: int, revision: int) -> QueueItem:
    """The case as it stands; somebody who has not seen it so is told at once."""
    item = get_item(service, issue_id)
    if item.case.revision != revision:
        raise Conflict("case_moved_on", issue=issue_id, yours=revision, now=item.case.revision)
    return item


def _decide(
    service: Service,
    item: QueueItem,
    action: CaseAction,
    report: Report,
    location: Location,
    route: Route,
    detail: Mapping[str, Any],
    actor: str,
    *,
    correction: NewCorrection | None = None,
    proposal: Override | None = None,
) -> QueueItem:
    """A decision about place and department, and the line of who answers now."""
    routed = location.status == "located" and route.department is not None
    state = _after(item.case, action, routed=routed)
    answer = {
        "department": route.department, "rule": route.rule, "rule_version": route.rule_version, "note": route.note,
        "grid": location.grid,
    }  # fmt: skip
    lines = ((_PAST[action], detail), ("routed" if routed else "queued", answer))
    change = CaseChange(
        issue=item.issue.id,
        revision=item.case.revision,
        state=state,
        lines=lines,
        location=location,
        route=route,
        correction=correction,
        proposal=proposal,
    )
    service.store.change_case(change, report, actor=actor)
    return get_item(service, item.issue.id)


def _step(
    service: Service,
    item: QueueItem,
    action: CaseAction,
    told: str,
    detail: Mapping[str, Any],
    actor: str,
    **more: Any,
) -> QueueItem:
    state = _after(item.case, action, routed=item.case.queue is None)
    change = CaseChange(issue=item.issue.id, revision=item.case.revision, state=state, lines=((told, detail),), **more)
    service.store.change_case(change, report_of(item.issue), actor=actor)
    return get_item(service, item.issue.id)


_PAST: Mapping[str, str] = {"confirm": "confirmed", "override": "overridden"}


def _after(case: Case, action: CaseAction, *, routed: bool) -> Any:
    state = next_state(action, case.state, routed=routed)
    if state is None:
        raise Conflict(
            "case_not_allowed",
            action=Sentence(f"word_act_{action}", {}),
            state=Sentence(f"case_state_{case.state}", {}),
        )
    return state
