"""What happens while a dispatcher looks: new issues, others' steps, and who has a card open."""

from __future__ import annotations

from geo.model.board import CaseStep
from geo.service.context import Service

_STEPS_MOST = 500
# A page asks every few seconds; one that was not heard of for so long has let go.
_HOLDS_S = 30.0


def changes_since(service: Service, since: int) -> tuple[int, tuple[CaseStep, ...], bool]:
    """The number of the last line of the log, the lines after `since`, and whether there were more of them.

    Lines get their numbers in the order in which their transactions end, so that none turns up behind the last one.
    """
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

    It is a courtesy and no lock, kept in the database for seconds, so that all workers and servers tell the same. What
    keeps two people from writing over each other is the revision of the case.
    """
    held: dict[int, str] = {}
    for lease in service.store.hold_case(client, issue=issue, actor=actor, seconds=_HOLDS_S):
        held.setdefault(lease.issue, lease.actor)  # who opened it first
    return held
