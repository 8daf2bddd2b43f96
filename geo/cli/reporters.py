"""geo reporters: who reported, read with a purpose and forgotten in time. geo corrections: what persons corrected."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from geo.cli.console import Progress, language, parse_date, print_json, settings, tell
from geo.cli.queue_show import Actor, AsJson, IssueNumber, Words, open_service
from geo.messages import say


def register(reporters_app: typer.Typer, corrections_app: typer.Typer) -> None:
    """Add the commands."""
    reporters_app.command("show")(show_reporter)
    reporters_app.command("forget")(forget)
    corrections_app.command("list")(list_corrections)
    corrections_app.command("withdraw")(withdraw_correction)
    corrections_app.command("settle")(settle_proposal)


def show_reporter(
    issue: IssueNumber,
    purpose: Annotated[str, typer.Option(help="What for; it goes into the log of the case.")],
    actor: Actor = None,
) -> None:
    """Who reported an issue; the reading is in the log of the case (查看反映人).

    Example: geo reporters show 17 --purpose "call back"
    """
    from geo.errors import NotFound
    from geo.service.reporters import read_reporter

    found = read_reporter(
        open_service(), issue, purpose=purpose, role="admin", actor=actor or settings().actor, whole=True
    )
    if found is None:
        raise NotFound("reporter_none", issue=issue)
    tell("cli_reporter", issue=issue, name=found.name or "-", phone=found.phone or "-")


def forget(
    before: Annotated[str, typer.Option(help="Issues reported before this day, as 2026-01-31.")],
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Erase who reported issues before a day, and mask what their texts tell of persons (到期遗忘反映人).

    Example: geo reporters forget --before 2026-01-01
    """
    from geo.service.reporters import forget as do

    day = parse_date(before)
    assert day is not None
    progress = Progress("geo reporters forget")
    done = do(open_service(), day, actor=actor or settings().actor, progress=progress.rows)
    progress.done()
    if as_json:
        print_json(vars(done))
    else:
        tell("cli_forgotten", **vars(done))


def list_corrections(as_json: AsJson = False) -> None:
    """What persons have corrected, and rules that they propose (人工更正与规则建议).

    Example: geo corrections list
    """
    from geo.service.proposals import list_proposals

    service = open_service()
    rows, proposals = service.store.list_corrections(), list_proposals(service)
    if as_json:
        print_json(
            {
                "corrections": [{**vars(row), "detail": dict(row.detail)} for row in rows],
                "proposals": [{**vars(found.override), "state": found.state} for found in proposals],
            }
        )
        return
    if not rows and not proposals:
        tell("cli_corrections_none")
    for row in rows:
        what = row.detail.get("text") or row.refers or ""
        tell("cli_correction_row", id=row.id, at=f"{row.at:%Y-%m-%d}", actor=row.actor, kind=_kind(row.kind), what=what)
    for found in proposals:
        said = found.override
        what = f"{said.key} {said.category or '*'} → {said.department}"
        tell(
            "cli_correction_row",
            id=said.id,
            at=f"{said.at:%Y-%m-%d}",
            actor=said.actor,
            kind=f"{_kind('override')} · {say(f'cli_proposal_{found.state}', language())}",
            what=what,
        )


def withdraw_correction(
    correction: Annotated[int, typer.Argument(min=1, help="Its number, as `geo corrections list` tells it.")],
    text: Words = "",
    actor: Actor = None,
) -> None:
    """Let a correction count no longer; it stays to be read (撤回更正).

    Example: geo corrections withdraw 3
    """
    from geo.service.corrections import withdraw

    done = withdraw(open_service(), correction, reason=text, actor=actor or settings().actor)
    tell("cli_correction_done", id=done.id, kind=_kind(done.kind))


def _kind(kind: str) -> str:
    """What a correction is, in words."""
    return say(f"cli_correction_{kind}", language())


def settle_proposal(
    proposal: Annotated[int, typer.Argument(min=1, help="Its number, as `geo corrections list` tells it.")],
    verdict: Annotated[Literal["approved", "rejected", "withdrawn"], typer.Argument(help="What becomes of it.")],
    actor: Actor = None,
) -> None:
    """Approve or reject a rule that was proposed for an address, or withdraw an approved one (审核规则建议).

    Example: geo corrections settle 2 approved
    """
    from geo.service.proposals import settle

    found = settle(open_service(), proposal, verdict, actor=actor or settings().actor)
    tell("cli_correction_done", id=found.override.id, kind=say(f"cli_proposal_{found.state}", language()))
