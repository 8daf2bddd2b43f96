"""What decisions are made of: reasons, corrections to be kept, proposed rules, the answer of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from geo.errors import InvalidInput, NotFound
from geo.model import Issue, Location, Override, Route
from geo.model.cases import CASE_OVERRIDE, NewCorrection
from geo.service.context import Service, knowledge
from geo.service.corrections import address_key
from geo.service.person_place import words_of
from geo.service.queues import QueueItem

NOTE_MOST: Final = 2_000


def by_person(service: Service, route: Route, code: str, revision: int) -> Route:
    """The answer of a person: the department, and what the rules had said below it."""
    department = next((d for d in knowledge(service).place.departments if d.code == code), None)
    if department is None:
        raise NotFound("department_unknown", department=code)
    before = () if route.rule is None else ((route.rule, "overridden_by_person"),)
    return replace(
        route,
        department=department.code,
        department_name=department.name,
        with_departments=tuple(other for other in route.with_departments if other != department.code),
        rule=CASE_OVERRIDE,
        rule_version=str(revision),
        tried=(*before, *route.tried),
        note="",
    )


def place_correction(
    item: QueueItem, location: Location, chosen: Mapping[str, Any], *, remember: bool | None, alias: str
) -> NewCorrection | None:
    """What is to be remembered of a confirmed place; None where neither an entry nor a point was named."""
    entry = chosen.get("entry")
    if entry is None and not chosen.get("point"):
        return None
    words, masked = words_of(item)
    if remember is None:
        # Words that several places bear mean this place today, and another one tomorrow.
        remember = item.case.queue != "ambiguous" and bool(item.issue.address or item.candidates)
    remember = remember and location.lon is not None and location.lat is not None
    detail: dict[str, Any] = {
        "text": masked, "remember": remember, "alias": alias, "lon": location.lon, "lat": location.lat,
    }  # fmt: skip
    detail |= {"name": alias} if entry is None else {"entry": entry, "name": chosen.get("name", "")}
    return NewCorrection("place", issue=item.issue.id, key=address_key(words) if remember else "", detail=detail)


def proposal_of(item: QueueItem, department: str | None, why: Mapping[str, str]) -> Override:
    """The rule that is proposed: this kind of issue at this address goes to that department."""
    issue = item.issue
    key = address_key(words_of(item)[0])
    if department is None or not key:
        raise InvalidInput("proposal_needs_department")
    return Override(
        kind="address",
        key=key,
        department=department,
        reason=why["reason"],
        scheme=issue.scheme,
        category_kind=issue.kind,
        category=issue.category,
        state="proposed",
        issue=issue.id,
    )


def answer_so_far(issue: Issue) -> dict[str, Any]:
    """What was answered so far, for the log."""
    place, route = issue.location, issue.route
    return {
        "status": place.status, "grid": place.grid, "note": place.note, "department": route.department,
        "rule": route.rule, "rule_version": route.rule_version,
    }  # fmt: skip


def check_reason(code: str, text: str, known: tuple[str, ...]) -> dict[str, str]:
    """A preset reason and its words; `InvalidInput` for an unknown one, and for "other" without words."""
    if code not in known:
        raise InvalidInput("reason_unknown", reason=code[:40], known=", ".join(known))
    if code == "other":
        check_words(text)
    return {"reason": code, "text": text.strip()[:NOTE_MOST]}


def check_words(text: str) -> str:
    """Words, without blanks around them; `InvalidInput` where there are none."""
    if not text.strip():
        raise InvalidInput("words_wanted")
    return text.strip()[:NOTE_MOST]


def said_moment(service: Service, moment: datetime) -> str:
    """A moment as people read it."""
    return f"{moment.astimezone(service.timezone):%Y-%m-%d %H:%M}"
