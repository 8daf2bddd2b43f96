"""Rules that dispatchers propose for an address, and what administrators say to them (以后此地址同类诉求照此派单)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from geo.errors import Conflict, NotFound
from geo.model import Override
from geo.service.context import Service


@dataclass(frozen=True)
class Proposal:
    """An override and its present state; `override` is the row that began it, `last` the one that says the state."""

    override: Override
    last: Override

    @property
    def state(self) -> str:
        """proposed, approved, rejected or withdrawn."""
        return self.last.state


def list_proposals(service: Service) -> tuple[Proposal, ...]:
    """All overrides of addresses, the first one first, those that were rejected or withdrawn too."""
    rows = service.store.list_overrides()
    last = {row.replaces: row for row in rows if row.replaces}
    return tuple(
        Proposal(row, last.get(row.id, row)) for row in rows if not row.replaces and row.kind in ("address", "grid")
    )


def get_proposal(service: Service, number: int) -> Proposal:
    """One of them.

    Raises
    ------
    NotFound
        There is none of that number.
    """
    found = next((p for p in list_proposals(service) if p.override.id == number), None)
    if found is None:
        raise NotFound("proposal_unknown", proposal=number)
    return found


def settle(
    service: Service, number: int, verdict: Literal["approved", "rejected", "withdrawn"], *, actor: str
) -> Proposal:
    """Approve or reject what is proposed, or withdraw what is approved; the rules follow within a second.

    Raises
    ------
    NotFound
        There is none of that number.
    Conflict
        Its state does not allow that.
    """
    found = get_proposal(service, number)
    wanted = "approved" if verdict == "withdrawn" else "proposed"
    if found.state != wanted:
        raise Conflict("proposal_decided", proposal=number, state=found.state)
    row = replace(found.override, id=0, state=verdict, replaces=number, since=service.now(), actor="", at=None)
    service.store.save_override(row, actor=actor)
    return get_proposal(service, number)
