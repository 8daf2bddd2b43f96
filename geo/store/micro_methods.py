"""The store's methods for micro-grids: each one transaction, with its line in the journal where it writes."""

from __future__ import annotations

from datetime import date

from geo.model import MicroDrawing, MicroEdition
from geo.store import journal, micro
from geo.store.database import Database


class MicroMethods(Database):
    """Micro-grids of the plans of a database."""

    def save_micro(
        self, plan_id: int, drawing: MicroDrawing, *, effective: date | None = None, actor: str
    ) -> MicroEdition:
        """Store micro-grids (any CRS; kept as WGS84) as an edition of a plan.

        Those of a draft replace what it had and come into force with it. Those of a published plan are added with a
        day of their own; earlier editions stay and keep answering for their days.

        Raises
        ------
        Conflict
            The day lies before the plan, after its successor, or not after the last edition.
        InvalidInput
            A code stands twice, a micro-grid divides no grid of the plan, or the day is missing or not wanted.
        """
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("publish") as connection:
            edition = micro.save_micro(connection, plan_id, drawing, effective=effective, at=at, actor=actor)
            saved = micro.get_micro_edition(connection, edition)
            detail = {
                "edition": edition,
                "effective": effective,
                "micro_grids": saved.micro_grids,
                "households": saved.households,
            }
            journal.add_line(
                connection, at=at, actor=actor, action="save_micro", subject=f"plan:{plan_id}", detail=detail
            )
            return saved

    def list_micro(self, plan_id: int) -> tuple[MicroEdition, ...]:
        """Editions of the micro-grids of a plan, earliest first."""
        with self._reading() as connection:
            return micro.list_micro(connection, plan_id)

    def get_micro(self, edition_id: int) -> MicroDrawing:
        """The micro-grids of an edition by code and their doors, in WGS84."""
        with self._reading() as connection:
            return micro.get_micro(connection, edition_id)
