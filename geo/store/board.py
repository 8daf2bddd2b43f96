"""Issues as columns for the dispatcher's board, whole or only those that have changed, and what has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from geo.model import Issue
from geo.model.board import BoardRows, CaseStep
from geo.model.cases import ENDED
from geo.store import issues
from geo.store.case_models import CaseLogRow, CaseRow
from geo.store.database import Database
from geo.store.models import IssueRow
from geo.store.types import clean_text

WORDS: Final = ("status", "where", "grid", "department", "scheme", "kind", "category", "queue")
_CHUNK: Final = 50_000


class BoardMethods(Database):
    """What the board asks of a database."""

    def board_stamp(self) -> int:
        """The number of the last line of the log; 0 where there is none."""
        with self._reading() as connection:
            return _stamp(connection)

    def read_board(self, *, after: int = 0) -> BoardRows:
        """Every issue, or those with a line of the log after `after`."""
        with self._reading() as connection:
            # First the stamp: what is written meanwhile is read twice rather than never.
            stamp = _stamp(connection)
            return _rows(connection, stamp, after)

    def find_line_digest(self, line: int) -> str | None:
        """The digest of a line of the log, None where there is no such line."""
        with self._reading() as connection:
            return connection.scalar(sa.select(CaseLogRow.digest).where(CaseLogRow.id == line))

    def list_case_steps(self, *, after: int, limit: int = 500) -> tuple[CaseStep, ...]:
        """Lines of the log after `after`, the first one first."""
        table = CaseLogRow
        columns = (table.id, table.issue_id, table.at, table.actor, table.action, table.revision)
        query = sa.select(*columns).where(table.id > min(after, 2**63 - 1)).order_by(table.id).limit(limit)
        with self._reading() as connection:
            return tuple(CaseStep(*row) for row in connection.execute(query))

    def list_issues_by_id(self, ids: Sequence[int]) -> tuple[Issue, ...]:
        """Issues by number, in the order asked for; those that are not there are left out."""
        with self._reading() as connection:
            found = {issue.id: issue for issue in issues.list_issues(connection, issues.IssueFilter(ids=ids))}
        return tuple(found[issue_id] for issue_id in ids if issue_id in found)

    def find_by_source_id(self, text: str, *, limit: int = 10) -> tuple[Issue, ...]:
        """Issues whose source's own number is `text`, else those whose number begins with it, the newest first."""
        number = IssueRow.source_id
        text = clean_text(text, field="source_id")
        # Codes sort by code point: all that begin with a text stand between it and the text with the last sign behind.
        ways = (number == text, sa.and_(number >= text, number < text + chr(0x10FFFF)))
        with self._reading() as connection:
            for way in ways:
                query = sa.select(IssueRow.id).where(way).order_by(IssueRow.id.desc()).limit(limit)
                ids = connection.execute(query).scalars().all()
                if ids:
                    found = issues.list_issues(connection, issues.IssueFilter(ids=ids))
                    return tuple(sorted(found, key=lambda issue: -issue.id))
        return ()


def _stamp(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.select(sa.func.max(CaseLogRow.id))) or 0)


def _rows(connection: sa.Connection, stamp: int, after: int) -> BoardRows:
    columns = (
        IssueRow.id, IssueRow.plan_id, IssueRow.lon, IssueRow.lat,
        _seconds(connection, IssueRow.reported_at), _seconds(connection, CaseRow.act_by),
        IssueRow.status, IssueRow.location_status, IssueRow.grid, IssueRow.department, IssueRow.scheme, IssueRow.kind,
        IssueRow.category, sa.case((CaseRow.state.in_(ENDED), None), else_=CaseRow.queue),
    )  # fmt: skip
    query = sa.select(*columns).join(CaseRow, CaseRow.issue_id == IssueRow.id).order_by(IssueRow.id)
    if after > 0:
        query = query.where(IssueRow.id.in_(sa.select(CaseLogRow.issue_id).where(CaseLogRow.id > after)))
    parts: list[list[np.ndarray[Any, Any]]] = []
    for chunk in _chunks(connection, query):
        table = list(zip(*chunk, strict=True))
        numbers = [
            np.array(table[0], dtype=np.int64),
            np.array([plan or 0 for plan in table[1]], dtype=np.int64),
            np.array(table[2], dtype=np.float64),
            np.array(table[3], dtype=np.float64),
            *(np.array(column, dtype=np.int64) for column in table[4:6]),
        ]
        parts.append([*numbers, *(_words(column) for column in table[6:])])
    kinds = [np.int64, np.int64, np.float64, np.float64, np.int64, np.int64, *([object] * len(WORDS))]
    whole = [
        np.concatenate([part[k] for part in parts]) if parts else np.empty(0, dtype=kind)
        for k, kind in enumerate(kinds)
    ]
    ids, plan, lon, lat, reported, act = whole[:6]
    return BoardRows(stamp, ids, plan, lon, lat, reported, act, words=dict(zip(WORDS, whole[6:], strict=True)))


def _chunks(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Rows as the driver gives them.

    No column needs to be converted, and to make a million row objects takes longer than all the rest.
    """
    text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    # A cursor with a name stays in the server, which sends one chunk after another.
    named = ("board",) if connection.dialect.name == "postgresql" else ()
    with closing(connection.connection.cursor(*named)) as cursor:
        cursor.execute(text)
        while chunk := cursor.fetchmany(_CHUNK):
            yield chunk


def _seconds(connection: sa.Connection, column: Any) -> sa.ColumnElement[int]:
    """Whole seconds since 1970 (UTC), reckoned by the database: a million moments are many objects."""
    if connection.dialect.name == "postgresql":
        return sa.cast(sa.func.floor(sa.func.extract("epoch", column)), sa.BigInteger)
    return sa.cast(sa.func.strftime("%s", column), sa.BigInteger)


def _words(column: Sequence[str | None]) -> np.ndarray[Any, Any]:
    words = np.empty(len(column), dtype=object)
    words[:] = column
    words[words == np.array(None)] = ""
    return words
