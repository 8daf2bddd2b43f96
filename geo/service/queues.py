"""Queues for a person: what the program could not decide, what is contested, what is late, and what would decide it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from geo.errors import InvalidInput
from geo.model import Issue
from geo.model.cases import (
    ENDED,
    QUEUES,
    VIEWS,
    Case,
    CaseAction,
    CaseFilter,
    LogLine,
    allowed_actions,
)
from geo.service.candidates import Candidate, GridShare, weigh
from geo.service.context import Service

SOON_HOURS: Final = 24.0
MOST: Final = 500


@dataclass(frozen=True)
class QueueItem:
    """An issue as a dispatcher needs it.

    `reason` is a message key filled from the issue's own context, `decides` one that says what would settle it. For
    `candidates`, `shares`, `elsewhere` and `among_named` see `geo.service.candidates.Weighed`.
    """

    issue: Issue
    case: Case
    candidates: tuple[Candidate, ...]
    shares: tuple[GridShare, ...]
    elsewhere: float | None
    among_named: bool
    decides: str
    actions: tuple[CaseAction, ...]
    overdue: bool


@dataclass
class QueueCounts:
    """How many cases are open: by view, and of each queue by community and department ("" where there is none)."""

    open: int = 0
    views: Counter[str] = field(default_factory=Counter)
    communities: dict[str, Counter[str]] = field(default_factory=dict)
    departments: dict[str, Counter[str]] = field(default_factory=dict)


def count_queues(service: Service, *, soon_hours: float = SOON_HOURS) -> QueueCounts:
    """Open cases by view, community and department."""
    now = service.now()
    told = QueueCounts(views=Counter(dict.fromkeys(VIEWS, 0)))
    for queue, state, community, department, count, late, near in service.store.count_cases(
        now=now, soon=now + timedelta(hours=soon_hours)
    ):
        told.open += count
        shares = Counter[str]({"overdue": late, "due_soon": near})
        if queue is not None:
            shares[queue] += count
        if state == "sent_back":
            shares["contested"] += count
        if state == "suspended":
            shares["suspended"] += count
        if state == "to_dispatch" and queue is None:
            shares["to_dispatch"] += count
        for view, number in shares.items():
            if number:
                told.views[view] += number
                told.communities.setdefault(view, Counter())[community] += number
                told.departments.setdefault(view, Counter())[department] += number
    return told


def list_queue(
    service: Service,
    view: str,
    *,
    community: str | None = None,
    department: str | None = None,
    after: str | None = None,
    limit: int = 50,
    soon_hours: float = SOON_HOURS,
) -> tuple[tuple[QueueItem, ...], str | None]:
    """A page of a queue by the time that is left, and the mark to go on from (None at the end).

    The mark is a place in the order, not a number of rows: what is settled meanwhile neither repeats nor hides others.

    Raises
    ------
    InvalidInput
        There is no such queue, or `after` is no mark of ours.
    """
    if view not in VIEWS:
        raise InvalidInput("queue_unknown", queue=view, known=", ".join(VIEWS))
    now = service.now()
    wanted: dict[str, Any] = {"community": community, "department": department, "after": _read_mark(after)}
    wanted |= _filter_of(view, now, timedelta(hours=soon_hours))
    limit = min(max(1, limit), MOST)
    cases = service.store.list_cases(CaseFilter(**wanted, limit=limit + 1))
    page = cases[:limit]
    mark = f"{page[-1].act_by.isoformat()}~{page[-1].issue}" if len(cases) > limit else None
    return tuple(_item(service, service.store.get_issue(case.issue), case, now) for case in page), mark


def get_item(service: Service, issue_id: int) -> QueueItem:
    """One issue with its case, whatever its state.

    Raises
    ------
    NotFound
        There is no such issue.
    """
    return _item(service, service.store.get_issue(issue_id), service.store.get_case(issue_id), service.now())


def read_log(service: Service, issue_id: int) -> tuple[LogLine, ...]:
    """All steps of an issue, the first one first."""
    return service.store.get_case_log(issue_id)


def decides_of(case: Case) -> str:
    """The message key of what would settle a case; "" where nothing has to be settled."""
    if case.state in ENDED:
        return ""
    if case.state == "sent_back":
        return "decides_contested"
    if case.queue is None:
        return ""
    if case.reason in ("both_conflict", "near_border_ambiguous", "no_plan_in_force", "address_area_only"):
        return f"decides_{case.reason}"
    return f"decides_{case.queue}"


# Private functions


def _filter_of(view: str, now: datetime, soon: timedelta) -> dict[str, Any]:
    if view in QUEUES:
        return {"queue": view}
    views: dict[str, dict[str, Any]] = {
        "contested": {"state": "sent_back"},
        "suspended": {"state": "suspended"},
        "to_dispatch": {"state": "to_dispatch", "routed": True},
        "overdue": {"act_before": now},
        "due_soon": {"act_from": now, "act_before": now + soon},
    }
    return views[view]


def _read_mark(after: str | None) -> tuple[datetime, int] | None:
    if after is None:
        return None
    moment, _, number = after.partition("~")
    try:
        read = datetime.fromisoformat(moment.replace(" ", "+")), int(number)
    except ValueError:
        raise InvalidInput("queue_mark", value=after[:60]) from None
    if read[0].tzinfo is None or not 0 <= read[1] < 2**63:
        raise InvalidInput("queue_mark", value=after[:60])
    return read


def _item(service: Service, issue: Issue, case: Case, now: datetime) -> QueueItem:
    weighed = weigh(issue)
    return QueueItem(
        issue=issue,
        case=case,
        candidates=weighed.candidates,
        shares=weighed.shares,
        elsewhere=weighed.elsewhere,
        among_named=weighed.among_named,
        decides=decides_of(case),
        actions=allowed_actions(case.state),
        overdue=case.state not in ENDED and case.act_by < now,
    )
