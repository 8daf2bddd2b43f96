"""Corrections by persons: added, read, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo.errors import NotFound
from geo.model.cases import Correction, NewCorrection
from geo.store.case_models import CorrectionRow
from geo.store.types import clean_text, plain_json


def add(connection: sa.Connection, new: NewCorrection, *, at: datetime, actor: str) -> Correction:
    """Keep a correction.

    Raises
    ------
    NotFound
        It refers to one that is not there.
    """
    if new.refers is not None:
        known = sa.select(CorrectionRow.id).where(CorrectionRow.id == new.refers)
        if not 0 < new.refers < 2**63 or connection.execute(known).first() is None:
            raise NotFound("correction_unknown", correction=new.refers)
    values: dict[str, Any] = {
        "at": at,
        "actor": actor,
        "kind": new.kind,
        "issue_id": new.issue,
        "refers": new.refers,
        "key": clean_text(new.key, field="key"),
        "detail": plain_json(new.detail, field="detail"),
        "reason": clean_text(new.reason, field="reason"),
    }
    inserted = connection.execute(sa.insert(CorrectionRow).values(values))
    number = inserted.inserted_primary_key
    assert number is not None
    row = connection.execute(sa.select(CorrectionRow.__table__).where(CorrectionRow.id == number[0])).one()
    return _correction(row)


def list_all(connection: sa.Connection) -> tuple[Correction, ...]:
    """All of them, the first one first."""
    query = sa.select(CorrectionRow.__table__).order_by(CorrectionRow.id)
    return tuple(_correction(row) for row in connection.execute(query))


def stamp(connection: sa.Connection) -> str:
    """The number of the last one, "0" where there is none."""
    return str(connection.scalar(sa.select(sa.func.max(CorrectionRow.id))) or 0)


def _correction(row: sa.Row[Any]) -> Correction:
    return Correction(
        kind=row.kind,
        issue=row.issue_id,
        refers=row.refers,
        key=row.key,
        detail=row.detail,
        reason=row.reason,
        id=row.id,
        at=row.at,
        actor=row.actor,
    )
