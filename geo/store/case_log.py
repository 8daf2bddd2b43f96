"""The log of cases: every step of an issue, added in the transaction of what it tells of, and never changed.

The lines of one issue are a chain: each digest covers its line and the digest before it, so that a line that somebody
with the database's own password changed, dropped or put between does not fit any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from geo.masks import mask_value
from geo.model.cases import LogLine
from geo.service.case_log import digest_of
from geo.store.case_models import CaseLogRow
from geo.store.engine import take_lock
from geo.store.rows import insert_rows
from geo.store.types import plain_json, utc

# Codes and names of places and offices: no free text, and a grid's code has the digits of an old identity number.
_CODES = frozenset({
    "grid", "department", "with_departments", "rule", "rule_version", "queue", "reason", "state", "source", "source_id",
    "entry", "category", "scheme", "kind", "community", "plan", "note", "method", "at", "due_at", "status", "step",
})  # fmt: skip


class Step(NamedTuple):
    """What is to be written: the issue, its revision after the step, the action and what belongs to it."""

    issue: int
    revision: int
    action: str
    detail: Mapping[str, Any]


def start_logs(connection: sa.Connection, steps: Sequence[Step], *, at: datetime, actor: str) -> None:
    """The first lines of issues that have none yet; the steps of one issue stand together."""
    _take_turn(connection)
    rows: list[dict[str, Any]] = []
    for step in steps:
        last = rows[-1] if rows and rows[-1]["issue_id"] == step.issue else None
        rows.append(_row(step, 1 if last is None else last["position"] + 1, last["digest"] if last else "", at, actor))
    insert_rows(connection, CaseLogRow, rows)


def add_lines(connection: sa.Connection, steps: Sequence[Step], *, at: datetime, actor: str) -> None:
    """More lines; whoever writes holds the issue's row, so that no two lines follow the same one."""
    _take_turn(connection)
    ends: dict[int, tuple[int, str]] = {}
    rows: list[dict[str, Any]] = []
    for step in steps:
        if step.issue not in ends:
            query = sa.select(CaseLogRow.position, CaseLogRow.digest).where(CaseLogRow.issue_id == step.issue)
            last = connection.execute(query.order_by(CaseLogRow.position.desc()).limit(1)).first()
            ends[step.issue] = (0, "") if last is None else (last.position, last.digest)
        position, digest = ends[step.issue]
        rows.append(_row(step, position + 1, digest, at, actor))
        ends[step.issue] = (position + 1, rows[-1]["digest"])
    insert_rows(connection, CaseLogRow, rows)


def list_log(connection: sa.Connection, issue_id: int) -> tuple[LogLine, ...]:
    """The steps of an issue, the first one first."""
    query = sa.select(CaseLogRow.__table__).where(CaseLogRow.issue_id == issue_id).order_by(CaseLogRow.position)
    return tuple(
        LogLine(row.issue_id, row.position, row.at, row.actor, row.action, row.revision, row.detail, row.digest)
        for row in connection.execute(query)
    )


def _take_turn(connection: sa.Connection) -> None:
    """Who writes lines holds the end of the log until the transaction ends, so that numbers come in the order of ends.

    A reader that was told of line n would else never hear of a lower one whose transaction ended later. It is taken
    after the rows of cases, by every writer, so that no two wait for each other.
    """
    take_lock(connection, "case_log")


def _row(step: Step, position: int, before: str, at: datetime, actor: str) -> dict[str, Any]:
    detail = mask_value(plain_json(step.detail, field="detail", row=step.issue), keep=_CODES)
    line = LogLine(step.issue, position, utc(at, field="at"), actor, step.action, step.revision, detail, "")
    return {
        "issue_id": line.issue, "position": position, "at": line.at, "actor": actor, "action": line.action,
        "revision": line.revision, "detail": detail, "digest": digest_of(before, line),
    }  # fmt: skip
