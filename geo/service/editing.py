"""Drafts: a plan is copied, changed step by step by one or several people, and handed in as a plan of its own.

The database holds a draft as its plan and a list of steps that only grows; nothing is ever saved by hand. Each process
keeps the drafts that it was asked for open in memory and first reads what other processes have added. A step is kept
only on top of the revision that it was made for, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from geo.errors import Conflict, InvalidInput
from geo.messages import Lang
from geo.model import Draft, Plan
from geo.partition.edit.change import Entry, Step
from geo.service.context import Service
from geo.service.editing_actions import Action, check_name, perform, proposal, wash_of
from geo.service.editing_draft import OpenDraft
from geo.service.editing_ground import Ground, lay_ground
from geo.service.editing_result import drawing_of

# How often a step is tried again when other processes are faster.
_TRIES: Final = 5


@dataclass(frozen=True)
class Outcome:
    """What came of a step: kept ("done"), shown only ("preview"), or too late ("stale", nothing was kept)."""

    status: Literal["done", "preview", "stale"]
    news: Mapping[str, Any]
    error: Conflict | None = None


def start_draft(service: Service, plan_id: int, *, name: str | None, actor: str) -> Draft:
    """A working copy of a plan, whatever its state.

    Raises
    ------
    NotFound
        No such plan.
    InvalidInput
        The plan has no units.
    """
    plan = service.store.get_plan(plan_id, today=service.today())
    if not plan.units:
        raise InvalidInput("draft_without_units", plan=plan_id)
    return service.store.create_draft(plan_id, name=(name or "").strip() or plan.name, actor=actor)


def open_draft(service: Service, draft_id: int) -> OpenDraft:
    """A draft as it is in the database now, kept in memory for the next one who asks."""
    draft = service.store.get_draft(draft_id)
    plan = service.store.get_plan(draft.plan, today=service.today())
    # The moment of making tells apart drafts of a database that was made anew.
    key = (draft.id, draft.created_at)
    opened: OpenDraft = service.memory.drafts.get(key, lambda: OpenDraft(draft, _ground(service, plan)))
    with opened.lock:
        opened.draft = draft
        _catch_up(service, opened)
    return opened


def _ground(service: Service, plan: Plan) -> Ground:
    stamp = service.store.place_stamp()
    key = (plan.id, plan.revision, plan.created_at, stamp)
    ground: Ground = service.memory.grounds.get(key, lambda: lay_ground(service, plan))
    return ground


def _catch_up(service: Service, opened: OpenDraft) -> None:
    for step in service.store.list_draft_steps(opened.draft.id, after=opened.revision):
        opened.append(step)


def tell_draft(
    service: Service, draft_id: int, *, since: int | None, actor: str, lang: Lang, brief: bool = False
) -> dict[str, Any]:
    """What a page needs to know that has seen the draft at revision `since` (None: never); see `OpenDraft.news`.

    With `brief` the answer to a page that is up to date says no more than that: it asks every few seconds.
    """
    opened = open_draft(service, draft_id)
    with opened.lock:
        _check_seen(opened, since or 0)
        if brief and since == opened.revision:
            return {"revision": since, "since": since, "submitted": opened.draft.submitted}
        return opened.news(since, actor, lang)


def take_step(
    service: Service,
    draft_id: int,
    action: Action,
    *,
    revision: int,
    client: str,
    actor: str,
    lang: Lang,
    preview: bool = False,
) -> Outcome:
    """Do something in a draft.

    Parameters
    ----------
    action : ``op`` and what it needs; see `geo.service.editing_actions`. "checkpoint" needs a ``name``.
    revision : of the draft that `actor` has seen.
    client : the sender's own name for this step: sent twice it is kept once, and answered alike.
    preview : only tell what would happen.

    Returns
    -------
    Outcome
        ``news`` since `revision` (a proposal for a preview). "stale" if somebody else changed the drawing since
        `revision`: nothing was kept, and ``news`` brings the page up to date.
    """
    opened = open_draft(service, draft_id)
    with opened.lock:
        for _ in range(_TRIES):
            _check_seen(opened, revision)
            if any(step.client == client for step in opened.log):
                return Outcome("done", opened.news(revision, actor, lang))
            if opened.draft.submitted is not None:
                raise Conflict("draft_submitted", draft=draft_id, plan=opened.draft.submitted)
            stale = _stale(service, opened, revision, lang)
            if stale is not None:
                return Outcome("stale", opened.news(revision, actor, lang), stale)
            if action["op"] == "checkpoint":
                kept = _mark(service, opened, client, actor, str(action.get("name") or ""))
            else:
                step = perform(opened, actor, action)
                if preview:
                    return Outcome("preview", {"revision": opened.revision, **proposal(opened, step)})
                kept = not step.changed or _keep(service, opened, client, actor, step)
            if kept:
                return Outcome("done", opened.news(revision, actor, lang))
            _catch_up(service, opened)
    raise Conflict("draft_busy", draft=draft_id)


def _check_seen(opened: OpenDraft, revision: int) -> None:
    if revision > opened.revision:
        raise Conflict("draft_revision_ahead", got=revision, now=opened.revision)


def _stale(service: Service, opened: OpenDraft, revision: int, lang: Lang) -> Conflict | None:
    """The error of a step that came too late: who changed the drawing since `revision`; checkpoints change nothing."""
    later = [place for place in range(revision, opened.revision) if opened.log[place].op != "checkpoint"]
    if not later:
        return None
    step = opened.log[later[-1]]
    when = step.at.astimezone(service.timezone)
    what = opened.describe(later[-1], lang)
    return Conflict("draft_moved_on", who=step.actor, when=f"{when:%H:%M}", what=what)


def _keep(service: Service, opened: OpenDraft, client: str, actor: str, step: Step) -> bool:
    entry: dict[str, Any] = {"entry": step.entry.as_dict()}
    washes = wash_of(opened, step)
    if washes:
        entry["colours"] = {str(label): colour for label, colour in washes.items()}
    kept = service.store.add_draft_step(
        opened.draft.id, expected=opened.revision, client=client, op=step.entry.op, entry=entry, actor=actor
    )
    if kept is not None:
        opened.append(kept, step.sketch)
    return kept is not None


def _mark(service: Service, opened: OpenDraft, client: str, actor: str, name: str) -> bool:
    entry = Entry("checkpoint", opened.sketch.revision, next_label=opened.sketch.next_label, name=check_name(name))
    kept = service.store.add_draft_step(
        opened.draft.id,
        expected=opened.revision,
        client=client,
        op="checkpoint",
        entry={"entry": entry.as_dict()},
        actor=actor,
    )
    if kept is not None:
        opened.append(kept)
    return kept is not None


def submit_draft(service: Service, draft_id: int, *, revision: int, name: str | None, actor: str, lang: Lang) -> Plan:
    """Make a plan of a draft: the draft is closed, the plan waits to be approved and dated (`publish_plan`).

    Raises
    ------
    InvalidInput
        There are faults that block; the message names the first.
    Conflict
        The draft has moved on since `revision`, or is a plan already.
    """
    opened = open_draft(service, draft_id)
    with opened.lock:
        if opened.draft.submitted is not None:
            raise Conflict("draft_submitted", draft=draft_id, plan=opened.draft.submitted)
        stale = _stale(service, opened, revision, lang)
        if stale is not None:
            raise stale
        blocking = [
            row for row in (opened.fault(fault, lang) for fault in opened.sketch.faults.values()) if row["must"]
        ]
        if blocking:
            raise InvalidInput("draft_has_faults", count=len(blocking), first=blocking[0]["text"])
        drawing = drawing_of(service, opened)
        plan = service.store.submit_draft(
            draft_id,
            drawing,
            expected=opened.revision,
            name=(name or "").strip() or opened.draft.name,
            actor=actor,
            today=service.today(),
        )
        opened.draft = replace(opened.draft, submitted=plan.id)
        return plan
