"""What editing needs from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from geo.model import Draft, DraftStep, Drawing, Plan


class DraftStore(Protocol):
    """Drafts and their steps. Every write is one transaction."""

    def create_draft(self, plan_id: int, *, name: str, actor: str) -> Draft:
        """A working copy of a plan."""

    def get_draft(self, draft_id: int) -> Draft:
        """One draft's record."""

    def list_drafts(self, *, plan_id: int | None = None, limit: int = 100) -> tuple[Draft, ...]:
        """Drafts, newest first."""

    def list_draft_steps(self, draft_id: int, *, after: int = 0) -> tuple[DraftStep, ...]:
        """The steps of a draft after a revision, the first one first."""

    def add_draft_step(
        self, draft_id: int, *, expected: int, client: str, op: str, entry: Mapping[str, Any], actor: str
    ) -> DraftStep | None:
        """Add a step to a draft at revision `expected`; None if somebody else added one meanwhile."""

    def submit_draft(
        self, draft_id: int, drawing: Drawing, *, expected: int, name: str, actor: str, today: date
    ) -> Plan:
        """Store what a draft at revision `expected` has come to as a plan, and close the draft."""
