"""An issue by a number that somebody names: its own, or the one that its source gave it."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from geo.errors import NotFound
from geo.model import Issue
from geo.model.cases import Case
from geo.service.context import Service

_OWN = re.compile(r"#?([0-9]{1,15})")
_MOST = 10


@dataclass(frozen=True)
class Numbered:
    """An issue and where it stands."""

    issue: Issue
    case: Case


def find_numbered(service: Service, text: str) -> tuple[Numbered, ...]:
    """The issues that a number means: the own number first (alone, where it is written with #), then the source's."""
    text = text.strip()
    found: dict[int, Issue] = {}
    own = _OWN.fullmatch(text)
    if own:
        with contextlib.suppress(NotFound):
            found[int(own[1])] = service.store.get_issue(int(own[1]))
    if text and not text.startswith("#"):
        for issue in service.store.find_by_source_id(text, limit=_MOST):
            found.setdefault(issue.id, issue)
    cases = service.store.get_cases(list(found))
    return tuple(Numbered(issue, cases[number]) for number, issue in found.items())
