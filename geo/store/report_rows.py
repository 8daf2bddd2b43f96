"""Reports as columns for counting, whole or only those that have changed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from geo.model.report_rows import ReportRows
from geo.store.case_models import CaseLogRow
from geo.store.database import Database
from geo.store.models import IssueRow

_WORDS: Final = ("where", "method", "grid", "department", "scheme", "kind", "category", "address")
_CHUNK: Final = 50_000


class ReportMethods(Database):
    """What counting asks of a database."""

    def read_report_rows(self, *, after: int = 0) -> ReportRows:
        """Every issue, or those with a line of the log of cases after `after`, by ascending id."""
        row = IssueRow
        with self._reading() as connection:
            # First the stamp: what is written meanwhile is read twice rather than never.
            stamp = int(connection.scalar(sa.select(sa.func.max(CaseLogRow.id))) or 0)
            query = sa.select(
                row.id, row.plan_id, row.lon, row.lat, _seconds(connection), row.location_status, row.method, row.grid,
                row.department, row.scheme, row.kind, row.category, row.address,
            ).order_by(row.id)  # fmt: skip
            if after > 0:
                query = query.where(row.id.in_(sa.select(CaseLogRow.issue_id).where(CaseLogRow.id > after)))
            chunks = connection.execute(query.execution_options(yield_per=_CHUNK)).partitions(_CHUNK)
            parts = [_columns(list(zip(*chunk, strict=True))) for chunk in chunks]
        if not parts:
            parts = [_columns([()] * (5 + len(_WORDS)))]
        whole = [np.concatenate(column) for column in zip(*parts, strict=True)]
        ids, plan, lon, lat, reported = whole[:5]
        return ReportRows(stamp, ids, plan, lon, lat, reported, dict(zip(_WORDS, whole[5:], strict=True)))


def _columns(table: list[Any]) -> list[Any]:
    numbers = [
        np.array(table[0], dtype=np.int64),
        np.array([plan or 0 for plan in table[1]], dtype=np.int64),
        np.array(table[2], dtype=np.float64),
        np.array(table[3], dtype=np.float64),
        np.array(table[4], dtype=np.int64),
    ]
    return [*numbers, *(_words(column) for column in table[5:])]


def _words(column: Any) -> Any:
    words = np.empty(len(column), dtype=object)
    words[:] = ["" if word is None else word for word in column]
    return words


def _seconds(connection: sa.Connection) -> sa.ColumnElement[int]:
    """Whole seconds since 1970 (UTC), reckoned by the database: a million moments are many objects."""
    column = IssueRow.reported_at
    if connection.dialect.name == "postgresql":
        return sa.cast(sa.func.floor(sa.func.extract("epoch", column)), sa.BigInteger)
    return sa.cast(sa.func.strftime("%s", column), sa.BigInteger)
