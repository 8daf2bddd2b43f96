"""Which page has which case open: leases of seconds, so that every server and worker tells the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from geo.model.board import Lease
from geo.store.case_models import CaseLeaseRow
from geo.store.database import Database
from geo.store.types import clean_text

# A page that asks every few seconds need not write every time.
_RENEW: Final = 0.4
# Pages that are told of at once: anybody who reaches the server may say that he has one open.
_MOST: Final = 2_000


class LeaseMethods(Database):
    """Leases of a database."""

    def hold_case(self, client: str, *, issue: int, actor: str, seconds: float) -> tuple[Lease, ...]:
        """Note which case a page has open (0: none), and answer with the leases of all other pages, oldest first.

        Nothing is written while the page's lease says so already and has not used up most of its time.
        """
        table, now = CaseLeaseRow, self._clock()
        client, actor = clean_text(client, field="client"), clean_text(actor, field="actor")
        columns = (table.client, table.issue_id, table.actor, table.since, table.until)
        query = sa.select(*columns).where(table.until > now).order_by(table.since, table.client)
        with self._reading() as connection:
            found = [Lease(*row) for row in connection.execute(query)]
        mine = next((lease for lease in found if lease.client == client), None)
        if client and (mine or len(found) < _MOST) and _is_due(mine, issue, actor, now, seconds):
            since = mine.since if mine is not None and mine.issue == issue else now
            with self._writing() as connection:
                gone = sa.or_(table.until <= now, table.client == client) if not issue else table.until <= now
                connection.execute(sa.delete(table).where(gone))
                if issue:
                    _save(connection, Lease(client, issue, actor, since, now + timedelta(seconds=seconds)))
        return tuple(lease for lease in found if lease.client != client)


def _is_due(mine: Lease | None, issue: int, actor: str, now: datetime, seconds: float) -> bool:
    if mine is None:
        return issue != 0
    if (mine.issue, mine.actor) != (issue, actor):
        return True
    return (mine.until - now).total_seconds() < seconds * _RENEW


def _save(connection: sa.Connection, lease: Lease) -> None:
    values: dict[str, Any] = {
        "client": lease.client, "issue_id": lease.issue, "actor": lease.actor, "since": lease.since,
        "until": lease.until,
    }  # fmt: skip
    # A page that asks twice at once is one page.
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = insert(CaseLeaseRow).values(**values)
    connection.execute(query.on_conflict_do_update(index_elements=["client"], set_=values))
