"""The store's methods for drafts: each one transaction, with its line in the journal where a draft begins or ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.model import Draft, DraftStep, Drawing, Plan
from geo.store import drafts, journal, plans
from geo.store.database import Database


class DraftMethods(Database):
    """Drafts of a database."""

    def create_draft(self, plan_id: int, *, name: str, actor: str) -> Draft:
        """A working copy of a plan."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing() as connection:
            plans.get_plan(connection, plan_id, today=at.date())
            draft_id = drafts.create_draft(connection, plan_id, name=name, at=at, actor=actor)
            detail = {"name": name, "plan": plan_id}
            journal.add_line(
                connection, at=at, actor=actor, action="create_draft", subject=f"draft:{draft_id}", detail=detail
            )
            return drafts.get_draft(connection, draft_id)

    def get_draft(self, draft_id: int) -> Draft:
        """One draft's record."""
        with self._reading() as connection:
            return drafts.get_draft(connection, draft_id)

    def list_drafts(self, *, plan_id: int | None = None, limit: int = 100) -> tuple[Draft, ...]:
        """Drafts, newest first."""
        with self._reading() as connection:
            return drafts.list_drafts(connection, plan_id=plan_id, limit=limit)

    def list_draft_steps(self, draft_id: int, *, after: int = 0) -> tuple[DraftStep, ...]:
        """The steps of a draft after a revision, the first one first."""
        with self._reading() as connection:
            return drafts.list_steps(connection, draft_id, after=after)

    def add_draft_step(
        self, draft_id: int, *, expected: int, client: str, op: str, entry: Mapping[str, Any], actor: str
    ) -> DraftStep | None:
        """Add a step to a draft at revision `expected`; None if somebody else added one meanwhile.

        Raises
        ------
        Conflict
            The draft has become a plan.
        """
        journal.check_actor(actor)
        at = self._clock()
        with self._writing() as connection:
            return drafts.add_step(
                connection, draft_id, expected=expected, client=client, op=op, entry=entry, at=at, actor=actor
            )

    def submit_draft(
        self, draft_id: int, drawing: Drawing, *, expected: int, name: str, actor: str, today: date
    ) -> Plan:
        """Store what a draft at revision `expected` has come to as a plan, and close the draft.

        Raises
        ------
        Conflict
            The draft has moved on, or has become a plan already.
        """
        journal.check_actor(actor)
        at = self._clock()
        with self._writing() as connection:
            plan_id = plans.save_plan(connection, drawing, name=name, at=at, actor=actor)
            drafts.close_draft(connection, draft_id, expected=expected, plan_id=plan_id)
            detail = {"name": name, "plan": plan_id, "steps": expected, "grids": len(drawing.grids)}
            journal.add_line(
                connection, at=at, actor=actor, action="submit_draft", subject=f"draft:{draft_id}", detail=detail
            )
            return plans.get_plan(connection, plan_id, today=today)
