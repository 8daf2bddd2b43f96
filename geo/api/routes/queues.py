"""Queues for a person, corrections that are remembered, and rules that are proposed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from geo.api.case_schemas import (
    CaseOut,
    CorrectionOut,
    ProposalOut,
    QueueCountOut,
    QueueOut,
    QueuesOut,
    WithdrawIn,
    sentence,
)
from geo.api.dependencies import SayNoteDep, ServiceDep
from geo.api.roles import AdminDep, ViewerDep
from geo.api.routes.cases import names_of, seen_by
from geo.model.cases import VIEWS, ViewName
from geo.service.corrections import withdraw
from geo.service.proposals import list_proposals, settle
from geo.service.queues import count_queues, list_queue

router = APIRouter(prefix="/v1", tags=["queues"])


@router.get("/queues")
def get_queues(service: ServiceDep, say_note: SayNoteDep) -> QueuesOut:
    """How many cases are open: by queue, community and department."""
    told = count_queues(service)
    return QueuesOut(
        open=told.open,
        queues=[
            QueueCountOut(
                name=view,
                title=sentence(say_note, f"queue_name_{view}", {}),
                count=told.views[view],
                communities=dict(told.communities.get(view, {})),
                departments=dict(told.departments.get(view, {})),
            )
            for view in VIEWS
        ],
    )


@router.get("/queues/{name}")
def get_queue(
    service: ServiceDep,
    say_note: SayNoteDep,
    viewer: ViewerDep,
    name: ViewName,
    community: Annotated[str | None, Query(max_length=64)] = None,
    department: Annotated[str | None, Query(max_length=200)] = None,
    after: Annotated[str | None, Query(max_length=80, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> QueueOut:
    """The cases of a queue, least time left first."""
    items, mark = list_queue(service, name, community=community, department=department, after=after, limit=limit)
    names = names_of(service)
    return QueueOut(queue=name, items=[CaseOut.of(seen_by(viewer, item), names, say_note) for item in items], next=mark)


@router.get("/corrections")
def get_corrections(service: ServiceDep) -> list[CorrectionOut]:
    """All corrections, the first one first, those that were withdrawn too."""
    return [CorrectionOut.model_validate(row) for row in service.store.list_corrections()]


@router.post("/corrections/{correction}/withdraw")
def withdraw_correction(
    service: ServiceDep, actor: AdminDep, correction: Annotated[int, Path(ge=1, lt=2**31)], body: WithdrawIn
) -> CorrectionOut:
    """Let a correction count no longer; it stays to be read."""
    return CorrectionOut.model_validate(withdraw(service, correction, reason=body.reason, actor=actor))


@router.get("/proposals")
def get_proposals(service: ServiceDep) -> list[ProposalOut]:
    """Rules for addresses that were proposed, and what became of them."""
    return [ProposalOut.of(found) for found in list_proposals(service)]


@router.post("/proposals/{proposal}/{verdict}")
def settle_proposal(
    service: ServiceDep,
    actor: AdminDep,
    proposal: Annotated[int, Path(ge=1, lt=2**31)],
    verdict: Literal["approve", "reject", "withdraw"],
) -> ProposalOut:
    """Approve or reject a proposed rule, or withdraw an approved one; the rules follow within a second."""
    words: dict[str, Literal["approved", "rejected", "withdrawn"]] = {
        "approve": "approved", "reject": "rejected", "withdraw": "withdrawn",
    }  # fmt: skip
    return ProposalOut.of(settle(service, proposal, words[verdict], actor=actor))
