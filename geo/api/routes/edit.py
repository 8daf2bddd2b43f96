"""Drafts: a plan copied, changed step by step, and handed in as a plan of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from geo.api.dependencies import LangDep, ServiceDep
from geo.api.plan_schemas import PlanOut
from geo.api.problems import problem
from geo.api.roles import AdminDep, DispatcherDep, NamedDep
from geo.api.schemas import Out
from geo.service import editing
from geo.service.plans import publish_plan
from geo.service.timetable import read_day

router = APIRouter(prefix="/v1", tags=["drafts"])

DraftId = Annotated[int, Path(ge=1, lt=2**31)]
Revision = Annotated[int, Field(ge=0, lt=2**31, description="Of the draft that you have seen.")]
Label = Annotated[int, Field(ge=-1, lt=2**31)]
Operation = Literal[
    "move", "lock", "unlock", "split", "merge", "insert", "dissolve", "repair", "rebalance", "undo", "redo",
    "checkpoint", "restore",
]  # fmt: skip


class _In(BaseModel):
    # Strict: JSON knows numbers, and neither a text nor true is one.
    model_config = ConfigDict(extra="forbid", strict=True)


class DraftIn(_In):
    """A draft to be made."""

    plan: Annotated[int, Field(ge=1, lt=2**31, description="The plan to copy, whatever its state.")]
    name: str | None = Field(None, max_length=200)


class StepIn(_In):
    """One step. Units are numbered from 0 by their ids in order; grids by label, those of the plan by code from 0."""

    revision: Revision
    client: str = Field(
        min_length=8, max_length=64, pattern=r"^[\w-]+$", description="Your own id: sent twice it is kept once."
    )
    op: Operation
    units: list[Annotated[int, Field(ge=0, lt=2**31)]] | None = Field(None, max_length=100_000)
    grid: Label | None = Field(None, description="move: to this one. merge: it keeps its label. rebalance: around it.")
    grids: list[Label] | None = Field(None, max_length=10_000, description="−1 in `repair`: units without a grid.")
    contiguity: Literal["complete", "refuse", "allow"] | None = Field(
        None, description="move: what happens to units that would be cut off; they come along unless said."
    )
    by: Literal["line", "side", "seeds"] | None = Field(
        None, description="split: `units` are a line across (unless said), all on one side, or one in each half."
    )
    rings: Annotated[int, Field(ge=1, le=3)] | None = Field(None, description="rebalance: so many rings of grids.")
    name: str | None = Field(None, max_length=200, description="Of a checkpoint.")
    preview: bool = Field(False, description="Only tell what would happen.")


class SubmitIn(_In):
    """A draft to be handed in."""

    revision: Revision
    name: str | None = Field(None, max_length=200, description="Of the plan; the draft's own unless said.")


class PublishIn(_In):
    """A plan to be approved and dated."""

    effective: str = Field(description="The first day.", json_schema_extra={"format": "date"})


class DraftOut(Out):
    """The record of a draft."""

    id: int
    plan: int
    name: str
    revision: int
    created_at: datetime
    created_by: str
    submitted: int | None = Field(description="The plan that was made of it.")


@router.get("/drafts")
def get_drafts(
    service: ServiceDep, plan: Annotated[int | None, Query(ge=1, lt=2**31, description="Of this plan only.")] = None
) -> list[DraftOut]:
    """The newest drafts."""
    return [DraftOut.model_validate(draft) for draft in service.store.list_drafts(plan_id=plan)]


@router.post("/drafts", status_code=201)
def post_draft(service: ServiceDep, actor: DispatcherDep, body: DraftIn, response: Response) -> DraftOut:
    """Make a working copy of a plan."""
    draft = editing.start_draft(service, body.plan, name=body.name, actor=actor)
    response.headers["Location"] = f"/v1/drafts/{draft.id}"
    return DraftOut.model_validate(draft)


@router.get("/drafts/{draft_id}")
def get_draft(
    service: ServiceDep,
    lang: LangDep,
    actor: NamedDep,
    draft_id: DraftId,
    since: Annotated[int | None, Query(ge=0, lt=2**31, description="Only what is new since this revision.")] = None,
    brief: Annotated[bool, Query(description="If nothing is new, say only that: for pages that ask often.")] = False,
) -> dict[str, Any]:
    """The drawing, the figures of its grids, its faults, and what can be taken back."""
    return editing.tell_draft(service, draft_id, since=since, actor=actor, lang=lang, brief=brief)


@router.post("/drafts/{draft_id}/steps", response_model=None)
def post_step(
    request: Request, service: ServiceDep, lang: LangDep, actor: DispatcherDep, draft_id: DraftId, body: StepIn
) -> dict[str, Any] | JSONResponse:
    """Do something in a draft; the answer holds what is new since `revision`.

    409 with `draft` (what is new) if somebody else changed the draft since `revision`: nothing was kept.
    """
    action = body.model_dump(exclude={"revision", "client", "preview"}, exclude_none=True)
    outcome = editing.take_step(
        service,
        draft_id,
        action,
        revision=body.revision,
        client=body.client,
        actor=actor,
        lang=lang,
        preview=body.preview,
    )
    if outcome.error is not None:
        context = {key: str(value) for key, value in outcome.error.context.items()}
        said = outcome.error.message(lang)
        return problem(request, 409, outcome.error.code, said, context=context, draft=outcome.news)
    return dict(outcome.news)


@router.post("/drafts/{draft_id}/submit")
def post_submit(service: ServiceDep, lang: LangDep, actor: DispatcherDep, draft_id: DraftId, body: SubmitIn) -> PlanOut:
    """Hand a draft in: it becomes a plan that waits for its day, and is closed."""
    plan = editing.submit_draft(service, draft_id, revision=body.revision, name=body.name, actor=actor, lang=lang)
    return PlanOut.of(plan)


@router.post("/plans/{plan_id}/publish")
def post_publish(
    service: ServiceDep, actor: AdminDep, plan_id: Annotated[int, Path(ge=1, lt=2**31)], body: PublishIn
) -> PlanOut:
    """Approve a plan and set the day from which it is in force; where there are roles, an administrator does."""
    return PlanOut.of(publish_plan(service, plan_id, effective=read_day(body.effective), actor=actor))
