"""How geo queue shows cases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.cli.console import language, print_json, settings, tell
from geo.masks import mask_text
from geo.messages import catalogue, say

if TYPE_CHECKING:
    from geo.service.context import Service
    from geo.service.queues import QueueItem

Revision = Annotated[int | None, typer.Option(min=1, help="The revision that you saw; the present one by default.")]
Actor = Annotated[str | None, typer.Option(help="Who acts, for the log.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
IssueNumber = Annotated[int, typer.Argument(metavar="ISSUE", min=1, help="The issue's number.")]
Words = Annotated[str, typer.Option(help="Why, in words; wanted with the reason `other`.")]


_WORTH_TELLING = 0.005


def open_service() -> Service:
    """The program on its database."""
    from geo.wiring import build_service

    return build_service(settings())


def seen_revision(service: Service, issue: int, given: int | None) -> int:
    """The revision that was given, else the present one."""
    return service.store.get_case(issue).revision if given is None else given


def tell_done(item: QueueItem, as_json: bool) -> None:
    """Say how a case stands after a step."""
    if as_json:
        print_json(plain_item(item))
    else:
        tell_now(item)


def tell_now(item: QueueItem) -> None:
    """One line of how a case stands."""
    place, route = item.issue.location, item.issue.route
    tell(
        "cli_case_now",
        issue=item.issue.id,
        state=say(f"case_state_{item.case.state}", language()),
        grid=place.grid or "-",
        department=route.department or "-",
        rule=route.rule or "-",
        revision=item.case.revision,
    )


def tell_item(service: Service, item: QueueItem, most: int | None = None) -> None:
    """A case with its reason and its candidates, the first `most` of them."""
    shown = shown_item(item)
    hours = (item.case.act_by - service.now()).total_seconds() / 3600
    left = say("cli_queue_overdue" if hours < 0 else "cli_queue_left", language(), hours=abs(hours))
    tell(
        "cli_queue_item",
        issue=shown.issue.id,
        revision=shown.case.revision,
        state=say(f"case_state_{shown.case.state}", language()),
        left=left,
        text=shown.issue.text,
    )
    if shown.case.reason or shown.decides:
        values = dict(shown.issue.location.context)
        tell(
            "cli_queue_why",
            reason=said(shown.case.reason, "", **values),
            decides=said(shown.decides, "", **values),
        )
    for number, one in enumerate(shown.candidates[:most], start=1):
        tell(
            "cli_queue_candidate",
            number=number,
            name=one.name or one.grid_name or "-",
            grid=one.grid or "-",
            share="" if one.probability is None else f"{one.probability:.0%}",
        )
    if shown.elsewhere is not None and shown.elsewhere >= _WORTH_TELLING and shown.candidates:
        tell("cli_queue_elsewhere", share=f"{shown.elsewhere:.0%}")
    if most is not None and len(shown.candidates) > most:
        tell("cli_queue_candidates_more", count=len(shown.candidates) - most, issue=shown.issue.id)


def said(key: str, otherwise: str, **values: Any) -> str:
    """A sentence; `otherwise` where there is none of that key."""
    if key not in catalogue():
        return otherwise
    try:
        return say(key, language(), **values)
    except (KeyError, IndexError, ValueError, TypeError):  # a context of an older version
        return otherwise or key


def shown_item(item: QueueItem) -> QueueItem:
    """A terminal is no place for what tells of persons; rooms are needed by whoever goes there."""
    from geo.service.reporters import public_issue

    return replace(item, issue=public_issue(item.issue, item.case))


def plain_item(item: QueueItem) -> dict[str, Any]:
    """A case for programs."""
    shown = shown_item(item)
    return {
        "issue": shown.issue.id,
        "text": shown.issue.text,
        "address": shown.issue.address,
        "grid": shown.issue.location.grid,
        "department": shown.issue.route.department,
        "rule": shown.issue.route.rule,
        **{key: value for key, value in vars(shown.case).items() if key not in ("issue", "private")},
        "overdue": shown.overdue,
        "decides": shown.decides,
        "actions": list(shown.actions),
        "candidates": [{**vars(one), "name": mask_text(one.name)} for one in shown.candidates],
        "shares": [vars(one) for one in shown.shares],
        "elsewhere": shown.elsewhere,
        "among_named": shown.among_named,
    }
