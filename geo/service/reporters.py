"""Who reported: read by role and purpose alone, each reading written down, and forgotten in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from datetime import time as clock_time

from geo.errors import InvalidInput
from geo.masks import PERSON, mask_code, mask_name, mask_phone, mask_text, mask_value
from geo.model import Issue
from geo.model.cases import Case, Reporter
from geo.service.context import Service

# What stands under these names in the context of a location is no free text.
CODES = frozenset(
    {
        "id", "grid", "base_grid", "nearest_grid", "plan", "outcome", "level", "crs", "micro", "area", "versions",
        "kind", "entry", "code", "correction",
    }
)  # fmt: skip
_PURPOSE_MOST = 200


@dataclass
class Forgotten:
    """What `forget` has done."""

    issues: int = 0
    reporters: int = 0
    texts: int = 0


def read_reporter(
    service: Service, issue_id: int, *, purpose: str, role: str, actor: str, whole: bool
) -> Reporter | None:
    """The person who reported an issue; None where nobody is known (any more). The reading is a line in the log.

    Parameters
    ----------
    purpose : why it is read, in words (PIPL: purpose limitation).
    whole : the name and the phone as they are; else they can be told apart and not be used (138****5678).

    Raises
    ------
    InvalidInput
        No purpose is given.
    """
    words = purpose.strip()
    if not words:
        raise InvalidInput("purpose_wanted")
    found = service.store.read_reporter(issue_id, purpose=words[:_PURPOSE_MOST], role=role, actor=actor)
    if found is None or whole:
        return found
    return replace(found, name=found.name and mask_name(found.name), phone=found.phone and mask_phone(found.phone))


def forget(service: Service, before: date, *, actor: str, progress: Callable[[int], None] | None = None) -> Forgotten:
    """Erase who reported issues before a day, and mask what their texts tell of persons; each issue's log says so.

    Raises
    ------
    InvalidInput
        The day is in the future.
    """
    if before > service.today():
        raise InvalidInput("forget_future", before=before, today=service.today())
    moment = datetime.combine(before, clock_time(0), tzinfo=service.timezone)
    done = Forgotten()
    while True:
        issues, reporters, texts = service.store.forget_reporters(moment, actor=actor)
        if not issues:
            return done
        done.issues += issues
        done.reporters += reporters
        done.texts += texts
        if progress:
            progress(done.issues)


def public_issue(issue: Issue, case: Case | None, *, rooms: bool = False) -> Issue:
    """An issue as those may see it who do not work on it: without personal data and, unless `rooms`, room numbers."""
    kinds = {"kinds": PERSON} if rooms else {}
    private = {} if case is None else case.private

    def clean(field: str, text: str) -> str:
        spans = [(int(start), int(end)) for start, end in private.get(field, ())]
        return mask_text(text, also=spans, **kinds)  # type: ignore[arg-type]

    return replace(
        issue,
        text=clean("text", issue.text),
        address=None if issue.address is None else clean("address", issue.address),
        # Codes are whatever a sender wrote there: a phone is none.
        source=mask_code(issue.source),
        source_id=None if issue.source_id is None else mask_code(issue.source_id),
        scheme=mask_code(issue.scheme),
        category=mask_code(issue.category),
        location=replace(
            issue.location,
            crs=mask_code(issue.location.crs),
            context=mask_value(issue.location.context, keep=CODES),
        ),
    )


def public_issues(service: Service, issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """`issues` as pages and files show them."""
    cases = service.store.get_cases([issue.id for issue in issues])
    return tuple(public_issue(issue, cases.get(issue.id)) for issue in issues)
