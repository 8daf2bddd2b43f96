"""Drafts: made from a plan, grown step by step, at last made a plan of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo.errors import Conflict, NotFound
from geo.model import Draft, DraftStep
from geo.store.models import DraftRow, DraftStepRow
from geo.store.rows import check_row
from geo.store.types import plain_json


def create_draft(connection: sa.Connection, plan_id: int, *, name: str, at: datetime, actor: str) -> int:
    """A draft without steps; returns its id. The plan is there: the caller has looked."""
    head = {
        "plan_id": plan_id,
        "name": name,
        "revision": 0,
        "created_at": at,
        "created_by": actor,
        "submitted": None,
    }
    statement = sa.insert(DraftRow).values(check_row(DraftRow, head, name=name)).returning(DraftRow.id)
    return connection.execute(statement).scalar_one()


def get_draft(connection: sa.Connection, draft_id: int) -> Draft:
    """One draft's record."""
    found = _records(connection, _heads().where(DraftRow.id == _known(draft_id)))
    if not found:
        raise NotFound("draft_unknown", draft=draft_id)
    return found[0]


def list_drafts(connection: sa.Connection, *, plan_id: int | None, limit: int) -> tuple[Draft, ...]:
    """Drafts, newest first."""
    query = _heads().order_by(DraftRow.id.desc()).limit(limit)
    return _records(connection, query if plan_id is None else query.where(DraftRow.plan_id == plan_id))


def list_steps(connection: sa.Connection, draft_id: int, *, after: int) -> tuple[DraftStep, ...]:
    """The steps after a revision, the first one first."""
    query = (
        sa.select(
            DraftStepRow.revision,
            DraftStepRow.client,
            DraftStepRow.at,
            DraftStepRow.actor,
            DraftStepRow.op,
            DraftStepRow.entry,
        )
        .where(DraftStepRow.draft_id == _known(draft_id), DraftStepRow.revision > after)
        .order_by(DraftStepRow.revision)
    )
    return tuple(DraftStep(**row._mapping) for row in connection.execute(query))


def add_step(
    connection: sa.Connection,
    draft_id: int,
    *,
    expected: int,
    client: str,
    op: str,
    entry: Mapping[str, Any],
    at: datetime,
    actor: str,
) -> DraftStep | None:
    """Add a step to a draft that is at revision `expected`; None if it has moved on.

    The counter is raised first and only from that very revision: of two writers one waits for the other's transaction
    and then finds no row.
    """
    raised = connection.execute(
        sa.update(DraftRow)
        .where(DraftRow.id == _known(draft_id), DraftRow.revision == expected, DraftRow.submitted.is_(None))
        .values(revision=expected + 1)
    )
    if not raised.rowcount:
        _refuse_submitted(get_draft(connection, draft_id))
        return None
    row = {"draft_id": draft_id, "revision": expected + 1, "client": client, "at": at, "actor": actor, "op": op}
    checked = check_row(DraftStepRow, row, name=expected + 1)
    kept = plain_json(entry, field="entry")
    connection.execute(sa.insert(DraftStepRow).values({**checked, "entry": kept}))
    return DraftStep(revision=expected + 1, client=client, at=at, actor=actor, op=op, entry=kept)


def close_draft(connection: sa.Connection, draft_id: int, *, expected: int, plan_id: int) -> None:
    """Write down which plan a draft at revision `expected` became."""
    closed = connection.execute(
        sa.update(DraftRow)
        .where(DraftRow.id == _known(draft_id), DraftRow.revision == expected, DraftRow.submitted.is_(None))
        .values(submitted=plan_id)
    )
    if not closed.rowcount:
        draft = get_draft(connection, draft_id)
        _refuse_submitted(draft)
        raise Conflict("edit_revision_stale", got=expected, now=draft.revision)


def _refuse_submitted(draft: Draft) -> None:
    if draft.submitted is not None:
        raise Conflict("draft_submitted", draft=draft.id, plan=draft.submitted)


def _heads() -> Any:
    return sa.select(
        DraftRow.id,
        DraftRow.plan_id.label("plan"),
        DraftRow.name,
        DraftRow.revision,
        DraftRow.created_at,
        DraftRow.created_by,
        DraftRow.submitted,
    )


def _records(connection: sa.Connection, query: sa.Select[Any]) -> tuple[Draft, ...]:
    return tuple(Draft(**row._mapping) for row in connection.execute(query))


def _known(draft_id: int) -> int:
    if not 0 < draft_id < 2**63:
        raise NotFound("draft_unknown", draft=draft_id)
    return draft_id
