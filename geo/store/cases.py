"""Where each issue stands: made with the issue, changed by persons, listed by the time that is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo.errors import Conflict, NotFound
from geo.masks import find_known, mask_code
from geo.model import Location, Report, Route
from geo.model.cases import ENDED, INTAKE, STATUS_OF, Case, CaseChange, CaseFilter, community_of, queue_of
from geo.store.case_log import Step, add_lines, start_logs
from geo.store.case_models import CaseRow
from geo.store.issues import issue_row, opening
from geo.store.models import IssueRow
from geo.store.rows import check_row, insert_rows
from geo.store.types import clean_text, utc

Row = tuple[Report, Location, Route]


def open_cases(
    connection: sa.Connection,
    ids: Sequence[int | None],
    rows: Sequence[Row],
    *,
    at: datetime,
    actor: str,
) -> None:
    """A case and the first lines of its log for each issue just added; None among `ids` was known already."""
    cases: list[dict[str, Any]] = []
    steps: list[Step] = []
    for issue_id, (report, location, route) in zip(ids, rows, strict=True):
        if issue_id is None:
            continue
        row = opening(issue_id, report, location, route, at=at)
        cases.append(check_row(CaseRow, _case_row(issue_id, report, location, route, row), name=issue_id))
        told = {name: getattr(report, name) or "" for name in ("source", "source_id", "scheme", "kind", "category")}
        steps.append(Step(issue_id, 1, "received", {name: mask_code(value) for name, value in told.items()}))
        steps += found_steps(issue_id, 1, location, route)
    insert_rows(connection, CaseRow, cases)
    start_logs(connection, steps, at=at, actor=actor)


def found_steps(issue_id: int, revision: int, location: Location, route: Route) -> list[Step]:
    """The lines that say where an issue was found to lie, by what, and who answers by which rule."""
    told: dict[str, Any] = {
        "status": location.status, "method": location.method, "grid": location.grid, "plan": location.plan,
        "note": location.note,
    }  # fmt: skip
    for name in ("confidence", "outcome", "level", "correction"):
        if name in location.context:
            told[name] = location.context[name]
    steps = [Step(issue_id, revision, "located", told)]
    queue, reason = queue_of(location, route)
    if queue is not None:
        return [*steps, Step(issue_id, revision, "queued", {"queue": queue, "reason": reason})]
    answer = {
        "department": route.department, "with_departments": route.with_departments, "rule": route.rule,
        "rule_version": route.rule_version, "step": getattr(route, "step", ""),
    }  # fmt: skip
    return [*steps, Step(issue_id, revision, "routed", answer)]


def _case_row(
    issue_id: int, report: Report, location: Location, route: Route, row: Mapping[str, Any]
) -> dict[str, Any]:
    queue, reason = queue_of(location, route)
    known = (report.reporter_name, report.reporter_phone)
    private = {
        field: [list(span) for span in spans]
        for field in ("text", "address")
        if (spans := find_known(getattr(report, field) or "", known))
    }
    return {
        "issue_id": issue_id,
        "revision": 1,
        "state": row["status"],
        "queue": queue,
        "reason": reason,
        "community": community_of(location),
        "act_by": act_by(row["due_at"], row["reported_at"]),
        "merged_into": None,
        "extensions": 0,
        "reopened": 0,
        "private": private,
    }


def act_by(due_at: datetime | None, reported_at: datetime) -> datetime:
    """When somebody must have acted."""
    if due_at is not None:
        return due_at
    try:
        return reported_at + INTAKE
    except OverflowError:
        return reported_at


def settle_waiting(
    connection: sa.Connection, rows: Sequence[tuple[int, Report, Location, Route]], *, at: datetime, actor: str
) -> None:
    """Bring the cases of issues that got a place up to date, and write the steps down."""
    steps: list[Step] = []
    for issue_id, _, location, route in rows:
        found = lock_case(connection, issue_id)
        queue, reason = queue_of(location, route)
        issue = connection.execute(
            sa.select(IssueRow.status, IssueRow.due_at, IssueRow.reported_at).where(IssueRow.id == issue_id)
        ).one()
        values = {
            "revision": found.revision + 1,
            "state": issue.status,
            "queue": queue,
            "reason": reason,
            "community": community_of(location),
            "act_by": act_by(issue.due_at, issue.reported_at),
        }
        connection.execute(sa.update(CaseRow).where(CaseRow.issue_id == issue_id).values(values))
        steps += found_steps(issue_id, found.revision + 1, location, route)
    add_lines(connection, steps, at=at, actor=actor)


def change_case(connection: sa.Connection, change: CaseChange, report: Report, *, at: datetime, actor: str) -> Case:
    """One step of a case, if it still stands where the writer saw it.

    Raises
    ------
    Conflict
        Somebody has changed the case since `CaseChange.revision`.
    """
    if change.merge_into is not None:
        _lock_both(connection, change.issue, change.merge_into)
    found = lock_case(connection, change.issue)
    if found.revision != change.revision:
        raise Conflict("case_moved_on", issue=change.issue, yours=change.revision, now=found.revision)
    issue = get_row(connection, change.issue)
    revision = found.revision + 1
    values: dict[str, Any] = {"status": STATUS_OF[change.state]}
    if change.location is not None and change.route is not None:
        values |= _decided(change, report, issue, at=at)
    if change.due_at is not None:
        values["due_at"] = utc(change.due_at, field="due_at")
    if STATUS_OF[change.state] == "closed":
        values["closed_at"] = utc(change.closed_at or at, field="closed_at")
    elif issue["closed_at"] is not None:
        values["closed_at"] = None
    connection.execute(sa.update(IssueRow).where(IssueRow.id == change.issue).values(values))
    case: dict[str, Any] = {
        "revision": revision,
        "state": change.state,
        "act_by": act_by(values.get("due_at", issue["due_at"]), issue["reported_at"]),
        "merged_into": change.merge_into,
        "extensions": found.extensions + change.extend,
        "reopened": found.reopened + change.reopen,
    }
    if change.location is not None and change.route is not None:
        queue, reason = queue_of(change.location, change.route)
        case |= {"queue": queue, "reason": reason, "community": community_of(change.location)}
    connection.execute(sa.update(CaseRow).where(CaseRow.issue_id == change.issue).values(case))
    steps = [Step(change.issue, revision, action, detail) for action, detail in change.lines]
    if change.merge_into is not None:
        other = lock_case(connection, change.merge_into)
        if other.merged_into is not None:
            raise Conflict("case_merge_merged", issue=change.merge_into, into=other.merged_into)
        steps.append(Step(change.merge_into, other.revision, "merged_in", {"issue": change.issue}))
    add_lines(connection, steps, at=at, actor=actor)
    return get_case(connection, change.issue)


def _decided(change: CaseChange, report: Report, issue: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """The columns of an issue that a decision about place and department changes."""
    assert change.location is not None
    assert change.route is not None
    row = check_row(IssueRow, issue_row(change.issue, report, change.location, change.route, at=at), name=change.issue)
    same = {"text", "source", "source_id", "scheme", "kind", "category", "address", "reported_at", "status"}
    return {
        name: value
        for name, value in row.items()
        if name not in same and not name.startswith("reported_") and name not in ("accuracy_m", "closed_at")
    }


def lock_case(connection: sa.Connection, issue_id: int) -> sa.Row[Any]:
    """The row of a case, held until the transaction ends."""
    found = None
    if 0 < issue_id < 2**63:
        query = sa.select(CaseRow.__table__).where(CaseRow.issue_id == issue_id).with_for_update()
        found = connection.execute(query).first()
    if found is None:
        raise NotFound("store_no_issue", issue=issue_id)
    return found


def _lock_both(connection: sa.Connection, one: int, other: int) -> None:
    """In the order of their numbers: two who merge two issues crosswise wait, and do not wait for one another."""
    for issue_id in sorted((one, other)):
        lock_case(connection, issue_id)


def get_row(connection: sa.Connection, issue_id: int) -> Mapping[str, Any]:
    """The times of an issue."""
    query = sa.select(IssueRow.due_at, IssueRow.closed_at, IssueRow.reported_at).where(IssueRow.id == issue_id)
    row: Mapping[Any, Any] = connection.execute(query).one()._mapping
    return dict(row)


def get_case(connection: sa.Connection, issue_id: int) -> Case:
    """Where an issue stands."""
    found = None
    if 0 < issue_id < 2**63:
        found = connection.execute(sa.select(CaseRow.__table__).where(CaseRow.issue_id == issue_id)).first()
    if found is None:
        raise NotFound("store_no_issue", issue=issue_id)
    return _case(found)


def get_cases(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Case]:
    """Cases by issue; those that are not there are left out."""
    found: dict[int, Case] = {}
    for start in range(0, len(ids), 10_000):
        query = sa.select(CaseRow.__table__).where(CaseRow.issue_id.in_(ids[start : start + 10_000]))
        found |= {row.issue_id: _case(row) for row in connection.execute(query)}
    return found


def list_cases(connection: sa.Connection, wanted: CaseFilter) -> tuple[Case, ...]:
    """Cases by the time that is left, then by number."""
    query = sa.select(CaseRow.__table__).join(IssueRow, IssueRow.id == CaseRow.issue_id).where(*_conditions(wanted))
    query = query.order_by(CaseRow.act_by, CaseRow.issue_id).limit(wanted.limit)
    return tuple(_case(row) for row in connection.execute(query))


def _conditions(wanted: CaseFilter) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.queue is not None:
        yield CaseRow.queue == wanted.queue
    if wanted.state is not None:
        yield CaseRow.state == wanted.state
    if wanted.routed is not None:
        yield CaseRow.queue.is_(None) if wanted.routed else CaseRow.queue.is_not(None)
    if not wanted.ended:
        yield CaseRow.state.not_in(ENDED)
    if wanted.community is not None:
        yield CaseRow.community == clean_text(wanted.community, field="community")
    if wanted.department is not None:
        yield IssueRow.department == clean_text(wanted.department, field="department")
    if wanted.act_from is not None:
        yield CaseRow.act_by >= utc(wanted.act_from, field="act_from")
    if wanted.act_before is not None:
        yield CaseRow.act_by < utc(wanted.act_before, field="act_before")
    if wanted.after is not None:
        moment, issue_id = utc(wanted.after[0], field="after"), wanted.after[1]
        yield sa.or_(CaseRow.act_by > moment, sa.and_(CaseRow.act_by == moment, CaseRow.issue_id > issue_id))


Count = tuple[str | None, str, str, str, int, int, int]


def count_cases(connection: sa.Connection, *, now: datetime, soon: datetime) -> tuple[Count, ...]:
    """Open cases as (queue, state, community, department, how many, of them overdue, of them due before `soon`)."""
    now, soon = utc(now, field="now"), utc(soon, field="soon")
    department = sa.func.coalesce(IssueRow.department, "")
    late = sa.func.sum(sa.case((CaseRow.act_by < now, 1), else_=0))
    near = sa.func.sum(sa.case((sa.and_(CaseRow.act_by >= now, CaseRow.act_by < soon), 1), else_=0))
    keys = (CaseRow.queue, CaseRow.state, CaseRow.community, department)
    query = (
        sa.select(*keys, sa.func.count(), late, near)
        .join(IssueRow, IssueRow.id == CaseRow.issue_id)
        .where(CaseRow.state.not_in(ENDED))
        .group_by(*keys)
    )
    rows = [(q, s, c, d, int(n), int(a), int(b)) for q, s, c, d, n, a, b in connection.execute(query)]
    return tuple(sorted(rows, key=lambda row: (row[0] or "", *row[1:4])))


def _case(row: sa.Row[Any]) -> Case:
    return Case(
        issue=row.issue_id,
        revision=row.revision,
        state=row.state,
        # What has ended waits in no queue; the row keeps it for the day that the case is opened again.
        queue=None if row.state in ENDED else row.queue,
        reason=row.reason,
        community=row.community,
        act_by=row.act_by,
        merged_into=row.merged_into,
        extensions=row.extensions,
        reopened=row.reopened,
        private=row.private,
    )
