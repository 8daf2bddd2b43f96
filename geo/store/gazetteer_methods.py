"""The store's method for the gazetteer alone: the rest of the place stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from geo.store import journal
from geo.store.database import Database
from geo.store.models import GazetteerRow
from geo.store.places import claim_place
from geo.store.rows import check_row, insert_rows
from geo.store.types import plain_json


class GazetteerMethods(Database):
    """The gazetteer of a database."""

    def save_entries(self, entries: Sequence[Mapping[str, Any]], *, stamp: str, actor: str) -> None:
        """Put `entries` where the old ones were; `Conflict` if the place was saved since `stamp` was read."""
        journal.check_actor(actor)
        at = self._clock()
        rows = [
            check_row(
                GazetteerRow,
                {"entry": plain_json(entry, field="entry", row=str(entry.get("id", "-")))},
                name=f"gazetteer {number}",
            )
            | {"position": number - 1}
            for number, entry in enumerate(entries, start=1)
        ]
        with self._writing("place") as connection:
            claim_place(connection, stamp=stamp, at=at, actor=actor)
            connection.execute(sa.delete(GazetteerRow))
            insert_rows(connection, GazetteerRow, rows)
            detail = {"entries": len(rows)}
            journal.add_line(connection, at=at, actor=actor, action="save_entries", subject="place", detail=detail)
