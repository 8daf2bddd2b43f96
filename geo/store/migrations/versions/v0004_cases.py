"""Cases of issues, their log, and corrections by persons; issues from before get a case and the first line of a log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Children first.
TABLES = ("correction", "case_log", "issue_case")
GUARDED = ("case_log", "correction")
_CHUNK = 5_000


def upgrade() -> None:
    """The tables, what issues from before need, then the triggers that keep what must not change."""
    _case()
    _log()
    _correction()
    _carry_over(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION geo_case_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'geo: the log of cases and corrections are append-only' "
            "USING ERRCODE = 'restrict_violation'; END $$"
        )
        for table in GUARDED:
            op.execute(
                f"CREATE TRIGGER geo_{table}_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION geo_case_append_only()"
            )
    else:
        for table in GUARDED:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER geo_{table}_{change.lower()} BEFORE {change} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'geo: the log of cases and corrections are append-only'); END"
                )


def downgrade() -> None:
    """Drop the tables with their triggers; the issues stay."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION geo_case_append_only()")


def _id(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, RowId, nullable=nullable, **options)


def _code(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Code, nullable=nullable)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime(), nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _case() -> None:
    op.create_table(
        "issue_case",
        _id("issue_id", autoincrement=False),
        _count("revision"),
        _code("state"),
        _code("queue", nullable=True),
        _code("reason"),
        _code("community"),
        _moment("act_by"),
        _id("merged_into", nullable=True),
        _count("extensions"),
        _count("reopened"),
        _json("private"),
        _refers("issue_case", "issue_id", "issue.id"),
        _refers("issue_case", "merged_into", "issue.id"),
        sa.PrimaryKeyConstraint("issue_id", name="pk_issue_case"),
    )
    for column in ("queue", "state", "community"):
        op.create_index(f"ix_issue_case_{column}_act_by_issue_id", "issue_case", [column, "act_by", "issue_id"])


def _log() -> None:
    op.create_table(
        "case_log",
        _id("id"),
        _id("issue_id"),
        _count("position"),
        _moment("at"),
        _text("actor"),
        _code("action"),
        _count("revision"),
        _json("detail"),
        _text("digest"),
        _refers("case_log", "issue_id", "issue.id"),
        sa.UniqueConstraint("issue_id", "position", name="uq_case_log_issue_id_position"),
        sa.PrimaryKeyConstraint("id", name="pk_case_log"),
        sqlite_autoincrement=True,
    )


def _correction() -> None:
    op.create_table(
        "correction",
        _id("id"),
        _moment("at"),
        _text("actor"),
        _code("kind"),
        _id("issue_id", nullable=True),
        _id("refers", nullable=True),
        _text("key"),
        _json("detail"),
        _text("reason"),
        _refers("correction", "issue_id", "issue.id"),
        _refers("correction", "refers", "correction.id"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sqlite_autoincrement=True,
    )


_ISSUE = sa.table(
    "issue",
    sa.column("id", RowId), sa.column("text", sa.String()), sa.column("address", sa.String()),
    sa.column("status", sa.String()), sa.column("due_at", UtcDateTime()), sa.column("reported_at", UtcDateTime()),
    sa.column("location_status", sa.String()), sa.column("note", sa.String()), sa.column("chain", sa.JSON()),
    sa.column("department", sa.String()), sa.column("rule", sa.String()), sa.column("rule_version", sa.String()),
    sa.column("route_note", sa.String()), sa.column("grid", sa.String()),
)  # fmt: skip
_REPORTER = sa.table(
    "reporter", sa.column("issue_id", RowId), sa.column("name", sa.String()), sa.column("phone", sa.String())
)
_CASE = sa.table(
    "issue_case",
    sa.column("issue_id", RowId), sa.column("revision"), sa.column("state"), sa.column("queue"), sa.column("reason"),
    sa.column("community"), sa.column("act_by", UtcDateTime()), sa.column("merged_into", RowId),
    sa.column("extensions"), sa.column("reopened"), sa.column("private", sa.JSON()),
)  # fmt: skip
_LINE = sa.table(
    "case_log",
    sa.column("issue_id", RowId), sa.column("position"), sa.column("at", UtcDateTime()), sa.column("actor"),
    sa.column("action"), sa.column("revision"), sa.column("detail", sa.JSON()), sa.column("digest"),
)  # fmt: skip


def _carry_over(connection: sa.Connection) -> None:
    """A case for each issue as it stands, and one line that says so; what happened before is nowhere to be read."""
    at = datetime.now(UTC)
    last = 0
    while True:
        query = sa.select(_ISSUE, _REPORTER.c.name, _REPORTER.c.phone).select_from(
            _ISSUE.outerjoin(_REPORTER, _REPORTER.c.issue_id == _ISSUE.c.id)
        )
        rows = connection.execute(query.where(_ISSUE.c.id > last).order_by(_ISSUE.c.id).limit(_CHUNK)).all()
        if not rows:
            return
        last = rows[-1].id
        cases = [_case_of(row._mapping) for row in rows]
        connection.execute(sa.insert(_CASE), cases)
        connection.execute(
            sa.insert(_LINE), [_line_of(row._mapping, case, at) for row, case in zip(rows, cases, strict=True)]
        )


def _case_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    queue, reason = None, ""
    if row["location_status"] != "located":
        reason = row["note"] or "no_coordinate"
        queue = "conflict" if "conflict" in reason else "ambiguous" if "ambiguous" in reason else "unlocated"
    elif row["department"] is None or row["rule"] is None:
        queue, reason = "unrouted", row["route_note"] or "route_none"
    chain = row["chain"]
    return {
        "issue_id": row["id"],
        "revision": 1,
        "state": row["status"],
        "queue": queue,
        "reason": reason,
        "community": chain[-2] if row["location_status"] == "located" and len(chain) > 1 else "",
        "act_by": row["due_at"] or _later(row["reported_at"]),
        "merged_into": None,
        "extensions": 0,
        "reopened": 0,
        "private": {
            field: spans for field in ("text", "address") if (spans := _known(row[field], (row["name"], row["phone"])))
        },
    }


def _later(moment: datetime) -> datetime:
    try:
        return moment + timedelta(hours=2)
    except OverflowError:
        return moment


def _known(text: str | None, names: tuple[str | None, ...]) -> list[list[int]]:
    found: list[list[int]] = []
    for name in {name.strip() for name in names if name}:
        start = (text or "").find(name) if len(name) > 1 else -1
        while start >= 0:
            found.append([start, start + len(name)])
            start = (text or "").find(name, start + len(name))
    return sorted(found)


def _line_of(row: Mapping[Any, Any], case: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    detail = {
        "queue": case["queue"], "reason": case["reason"], "grid": row["grid"], "department": row["department"],
        "rule": row["rule"], "rule_version": row["rule_version"],
    }  # fmt: skip
    fields = ["", row["id"], 1, at.isoformat(), "geo db upgrade", "carried_over", 1, detail]
    text = json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return {
        "issue_id": row["id"], "position": 1, "at": at, "actor": "geo db upgrade", "action": "carried_over",
        "revision": 1, "detail": detail, "digest": hashlib.sha256(text.encode("ascii")).hexdigest(),
    }  # fmt: skip
