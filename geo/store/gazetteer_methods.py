"""The store's method for the gazetteer alone: the rest of the place stays as it is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from geo.errors import Conflict
from geo.store import journal
from geo.store.database import Database
from geo.store.models import GazetteerRow, PlaceRow
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
            fresh = {"stamp": uuid.uuid4().hex, "saved_at": at, "saved_by": actor}
            # The stamp is compared in the statement that changes it: of two writers one finds it gone.
            if connection.execute(sa.update(PlaceRow).where(PlaceRow.stamp == stamp).values(**fresh)).rowcount != 1:
                raise Conflict("store_place_moved_on")
            connection.execute(sa.delete(GazetteerRow))
            insert_rows(connection, GazetteerRow, rows)
            detail = {"entries": len(rows)}
            journal.add_line(connection, at=at, actor=actor, action="save_entries", subject="place", detail=detail)
