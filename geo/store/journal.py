"""The journal: who did what, and when. Lines are added in the transaction of what they tell of, and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo.errors import InvalidInput
from geo.store.models import JournalRow
from geo.store.types import clean_text, plain_json


def add_line(
    connection: sa.Connection, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any]
) -> None:
    """Add a line. `detail` holds names, counts and dates, never a reporter."""
    connection.execute(
        sa.insert(JournalRow).values(
            at=at,
            actor=check_actor(actor),
            action=action,
            subject=subject,
            detail=plain_json(detail, field="detail"),
        )
    )


def check_actor(actor: str) -> str:
    """The actor's name; a write without one is refused."""
    if not actor.strip():
        raise InvalidInput("store_actor_missing")
    return clean_text(actor, field="actor")


def list_lines(connection: sa.Connection, *, subject: str | None, limit: int) -> tuple[Mapping[str, Any], ...]:
    """Lines, newest first."""
    if limit < 0:
        raise InvalidInput("store_limit_negative", limit=limit)
    query = sa.select(JournalRow.at, JournalRow.actor, JournalRow.action, JournalRow.subject, JournalRow.detail)
    if subject is not None:
        query = query.where(JournalRow.subject == clean_text(subject, field="subject"))
    found = connection.execute(query.order_by(JournalRow.id.desc()).limit(limit))
    return tuple(dict(row._mapping) for row in found)
