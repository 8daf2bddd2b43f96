"""What happens while a dispatcher looks: new issues, others' steps, and who has a card open."""

from __future__ import annotations

import time
from dataclasses import dataclass

from geo.model.board import CaseStep
from geo.service.context import Service

_STEPS_MOST = 500
# A page asks every few seconds; one that was not heard of for so long has let go.
_HOLDS_S = 20.0
_PAGES_MOST = 2_000


@dataclass(frozen=True)
class Held:
    """A page with a card open."""

    actor: str
    issue: int
    at: float


def changes_since(service: Service, since: int) -> tuple[int, tuple[CaseStep, ...], bool]:
    """The number of the last line of the log, the lines after `since`, and whether there were more of them."""
    stamp = service.store.board_stamp()
    if stamp <= since:
        return stamp, (), False
    steps = service.store.list_case_steps(after=since, limit=_STEPS_MOST + 1)
    if len(steps) > _STEPS_MOST:
        return stamp, steps[:_STEPS_MOST], True
    # What was written since the number was read has been told too.
    return max(stamp, steps[-1].line if steps else 0), steps, False


def touch(service: Service, client: str, actor: str, issue: int) -> dict[int, str]:
    """Note which card a page has open (0: none), and answer with those that other pages have, by issue.

    It is a courtesy and no lock: kept in this process alone and for seconds. What keeps two people from writing over
    each other is the revision of the case.
    """
    now = time.monotonic()
    held: dict[str, Held] = service.memory.held
    if client:
        held.pop(client, None)
        if issue and len(held) < _PAGES_MOST:
            held[client] = Held(actor, issue, now)
    for name, one in list(held.items()):
        if now - one.at > _HOLDS_S:
            held.pop(name, None)
    return {one.issue: one.actor for name, one in list(held.items()) if name != client}
