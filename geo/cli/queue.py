"""geo queue: what waits for a person, how one case stands, and its log."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.cli import queue_actions
from geo.cli.console import language, print_json, tell
from geo.cli.queue_show import AsJson, IssueNumber, open_service, plain_item, said, tell_item, tell_now
from geo.messages import say

_CANDIDATES = 5  # of each case of a list; `show` has them all


def register(queue_app: typer.Typer) -> None:
    """Add the commands."""
    queue_app.command("list")(list_items)
    queue_app.command("show")(show_item)
    queue_app.command("log")(show_log)
    queue_actions.register(queue_app)


def list_items(
    name: Annotated[
        str | None, typer.Argument(metavar="QUEUE", help="A queue; how many wait where if left out.")
    ] = None,
    community: Annotated[str | None, typer.Option(help="Only of this community (code).")] = None,
    department: Annotated[str | None, typer.Option(help="Only of this department (code).")] = None,
    after: Annotated[str | None, typer.Option(help="Go on after this mark of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """What waits for a person, least time left first (待处理队列).

    Example: geo queue list ambiguous --community 310199001001
    """
    from geo.service.queues import count_queues, list_queue

    service = open_service()
    if name is None:
        told = count_queues(service)
        if as_json:
            print_json({"open": told.open, "queues": dict(told.views)})
            return
        tell("cli_queue_counts", open=told.open)
        for view, count in told.views.items():
            tell("cli_queue_row", count=count, name=say(f"queue_name_{view}", language()))
        return
    items, mark = list_queue(service, name, community=community, department=department, after=after, limit=limit)
    if as_json:
        print_json({"items": [plain_item(item) for item in items], "next": mark})
        return
    for item in items:
        tell_item(service, item, most=_CANDIDATES)
    if mark:
        tell("cli_queue_more", after=mark)


def show_item(issue: IssueNumber, as_json: AsJson = False) -> None:
    """One case: why it waits, what it may mean, what would settle it (查看案件).

    Example: geo queue show 17
    """
    from geo.service.queues import get_item

    service = open_service()
    item = get_item(service, issue)
    if as_json:
        print_json(plain_item(item))
    else:
        tell_item(service, item)
        tell_now(item)


def show_log(issue: IssueNumber, as_json: AsJson = False) -> None:
    """Every step of an issue, and who took it (案件日志).

    Example: geo queue log 17
    """
    from geo.service.queues import read_log

    lines = read_log(open_service(), issue)
    if as_json:
        print_json([vars(line) for line in lines])
        return
    for line in lines:
        tell(
            "cli_log_line",
            at=f"{line.at:%Y-%m-%d %H:%M}",
            actor=line.actor,
            action=said(f"case_step_{line.action}", line.action),
            detail=", ".join(f"{k}={v}" for k, v in line.detail.items() if v not in (None, "", [], False)),
        )
