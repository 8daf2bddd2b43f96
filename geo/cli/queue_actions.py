"""geo queue confirm, override, return …: what a person decides about a case."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import typer

from geo.cli.console import settings
from geo.cli.queue_show import Actor, AsJson, IssueNumber, Revision, Words, open_service, seen_revision, tell_done
from geo.errors import InvalidInput


def register(queue_app: typer.Typer) -> None:
    """Add the commands."""
    queue_app.command("confirm")(confirm)
    queue_app.command("override")(override)
    queue_app.command("return")(send_back)
    queue_app.command("merge")(merge)
    queue_app.command("close")(close)
    queue_app.command("step")(step)


def confirm(
    issue: IssueNumber,
    candidate: Annotated[int | None, typer.Option(min=1, help="A candidate's number, as `show` lists them.")] = None,
    grid: Annotated[str | None, typer.Option(help="A grid's code.")] = None,
    entry: Annotated[str | None, typer.Option(help="Id of an entry of the gazetteer.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude, WGS84.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude, WGS84.")] = None,
    remember: Annotated[
        bool | None, typer.Option("--remember/--forget", help="The same words mean this place from now on.")
    ] = None,
    alias: Annotated[str | None, typer.Option(help="What people call the place: another name of the entry.")] = None,
    revision: Revision = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Put an issue where you know it lies; the same words are remembered (确认地点).

    Example: geo queue confirm 17 --candidate 1
    """
    from geo.service.case_actions import confirm as do
    from geo.service.person_place import Choice

    service = open_service()
    item = do(
        service,
        issue,
        Choice(candidate=candidate, grid=grid, entry=entry, lon=lon, lat=lat),
        remember=remember,
        alias=alias,
        revision=seen_revision(service, issue, revision),
        actor=actor or settings().actor,
    )
    tell_done(item, as_json)


def override(
    issue: IssueNumber,
    reason: Annotated[
        Literal["wrong_place", "wrong_department", "wrong_category", "border_dispute", "local_agreement", "other"],
        typer.Option(help="Why."),
    ],
    grid: Annotated[str | None, typer.Option(help="Another grid's code.")] = None,
    department: Annotated[str | None, typer.Option(help="Another department's code.")] = None,
    text: Words = "",
    propose_rule: Annotated[
        bool, typer.Option(help="Propose: this kind of issue at this address from now on.")
    ] = False,
    revision: Revision = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Decide otherwise than the program: another grid, another department, or both (人工改派).

    Example: geo queue override 17 --department D12 --reason wrong_department
    """
    from geo.service.case_actions import Reason
    from geo.service.case_actions import override as do

    service = open_service()
    item = do(
        service,
        issue,
        grid=grid,
        department=department,
        reason=Reason(reason, text),
        propose_rule=propose_rule,
        revision=seen_revision(service, issue, revision),
        actor=actor or settings().actor,
    )
    tell_done(item, as_json)


def send_back(
    issue: IssueNumber,
    reason: Annotated[
        Literal["not_our_duty", "outside_area", "wrong_category", "incomplete", "needs_others", "other"],
        typer.Option(help="Why."),
    ],
    text: Words = "",
    revision: Revision = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Send a case back: the unit does not answer for it (退单).

    Example: geo queue return 17 --reason not_our_duty
    """
    from geo.service.case_actions import Reason
    from geo.service.case_actions import send_back as do

    service = open_service()
    seen = seen_revision(service, issue, revision)
    tell_done(do(service, issue, reason=Reason(reason, text), revision=seen, actor=actor or settings().actor), as_json)


def merge(
    issue: IssueNumber,
    into: Annotated[int, typer.Option(min=1, help="The issue that goes on.")],
    revision: Revision = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Link a duplicate to the issue that goes on (并案).

    Example: geo queue merge 18 --into 17
    """
    from geo.service.case_actions import merge as do

    service = open_service()
    seen = seen_revision(service, issue, revision)
    tell_done(do(service, issue, into=into, revision=seen, actor=actor or settings().actor), as_json)


def close(
    issue: IssueNumber,
    closing_met: Annotated[bool, typer.Option(help="The closing condition of the rule is met.")] = False,
    satisfied: Annotated[
        bool | None, typer.Option("--satisfied/--dissatisfied", help="What the reporter said when called back.")
    ] = None,
    text: Words = "",
    revision: Revision = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Close a case whose closing condition is met (办结).

    Example: geo queue close 17 --closing-met --satisfied
    """
    from geo.service.case_actions import close as do

    service = open_service()
    item = do(
        service,
        issue,
        closing_met=closing_met,
        satisfied=satisfied,
        text=text,
        revision=seen_revision(service, issue, revision),
        actor=actor or settings().actor,
    )
    tell_done(item, as_json)


def step(
    issue: IssueNumber,
    action: Annotated[
        Literal["dispatch", "sign", "answer", "suspend", "resume", "extend", "reopen"], typer.Argument(help="Which.")
    ],
    text: Words = "",
    due: Annotated[datetime | None, typer.Option(help="With extend: the new deadline.")] = None,
    revision: Revision = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Take a step of the work: 派单, 签收, 反馈, 挂账, 恢复, 延期, 不满意重办.

    Example: geo queue step 17 sign
    """
    from geo.service import case_actions as acts

    service = open_service()
    more: dict[str, Any] = {
        "text": text,
        "revision": seen_revision(service, issue, revision),
        "actor": actor or settings().actor,
    }
    if action == "extend":
        if due is None:
            raise InvalidInput("extend_not_later", due_at="-", now="-")
        item = acts.extend(service, issue, due_at=due, **more)
    elif action == "reopen":
        item = acts.reopen(service, issue, **more)
    else:
        item = acts.advance(service, issue, action, **more)
    tell_done(item, as_json)
