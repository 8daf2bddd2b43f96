"""Who reported: apart from the issues, read by itself, and forgotten in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from geo.masks import KINDS, mask_text, mask_value
from geo.model.cases import Reporter
from geo.store.case_log import Step, add_lines
from geo.store.case_models import CaseLogRow, CaseRow
from geo.store.models import IssueRow, ReporterRow
from geo.store.types import utc

FORGOTTEN: Final = "reporter_forgotten"
# What stands under these names in the context of a location is no free text.
CODES: Final = frozenset(
    {"id", "grid", "base_grid", "nearest_grid", "plan", "outcome", "level", "crs", "micro", "area"}
)


def find(connection: sa.Connection, issue_id: int) -> Reporter | None:
    """The reporter of an issue; None where nobody is known (any more)."""
    row = connection.execute(sa.select(ReporterRow.__table__).where(ReporterRow.issue_id == issue_id)).first()
    return None if row is None else Reporter(row.issue_id, row.name, row.phone, row.purpose)


def forget(
    connection: sa.Connection, before: datetime, *, at: datetime, actor: str, limit: int
) -> tuple[int, int, int]:
    """Erase reporters and mask the texts of up to `limit` issues reported before a moment, each with a line in its log.

    Returns how many issues were looked at, how many reporters were erased and how many texts were changed.
    """
    done = sa.exists().where(CaseLogRow.issue_id == IssueRow.id, CaseLogRow.action == FORGOTTEN)
    query = (
        sa.select(IssueRow.id, IssueRow.text, IssueRow.address, IssueRow.context, CaseRow.private, CaseRow.revision)
        .join(CaseRow, CaseRow.issue_id == IssueRow.id)
        .where(IssueRow.reported_at < utc(before, field="before"), ~done)
        .order_by(IssueRow.id)
        .limit(limit)
        .with_for_update(of=CaseRow)
    )
    rows = connection.execute(query).all()
    erased = masked = 0
    steps: list[Step] = []
    for row in rows:
        gone = connection.execute(sa.delete(ReporterRow).where(ReporterRow.issue_id == row.id)).rowcount
        texts: dict[str, Any] = {
            "text": mask_text(row.text, kinds=KINDS, also=row.private.get("text", ())),
            "address": row.address and mask_text(row.address, kinds=KINDS, also=row.private.get("address", ())),
            "context": mask_value(row.context, keep=CODES),
        }
        changed = (texts["text"], texts["address"]) != (row.text, row.address)
        connection.execute(sa.update(IssueRow).where(IssueRow.id == row.id).values(texts))
        connection.execute(
            sa.update(CaseRow).where(CaseRow.issue_id == row.id).values(revision=row.revision + 1, private={})
        )
        erased += gone
        masked += changed
        steps.append(Step(row.id, row.revision + 1, FORGOTTEN, {"reporter": bool(gone), "texts": changed}))
    add_lines(connection, steps, at=at, actor=actor)
    return len(rows), erased, masked
