"""geo import · publish · plans: the life of a plan in the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import language, parse_date, print_json, settings, tell, warn
from geo.errors import InvalidInput
from geo.messages import say
from geo.model import MicroEdition

Actor = Annotated[str | None, typer.Option(help="Who acts, for the journal; the login name by default.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_)
    app.command("publish")(publish)
    app.command("plans")(list_plans)


def import_(
    path: Annotated[Path, typer.Argument(help="A plan file, or a place folder with a SOURCE.toml.")],
    name: Annotated[str | None, typer.Option(help="Name of the plan; the file's stem by default.")] = None,
    micro: Annotated[str | None, typer.Option(help="File of its micro-grids, as geo micro writes it.")] = None,
    micro_of: Annotated[
        int | None, typer.Option(min=1, metavar="PLAN_ID", help="PATH holds the micro-grids of this stored plan.")
    ] = None,
    effective: Annotated[
        str | None, typer.Option(help="With --micro-of a published plan: the first day of its new micro-grids.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Make another draft of a file that is one already.")] = False,
    actor: Actor = None,
) -> None:
    """Import a plan file as a draft, a place folder, or micro-grids of a plan (导入方案、地方资料或微网格).

    Example: geo import plan.gpkg --micro micro.gpkg && geo publish 1 --effective 2026-12-01

    Example: geo import micro.gpkg --micro-of 1 --effective 2027-03-01
    """
    from geo.service import plans
    from geo.service.micro_store import import_micro
    from geo.wiring import build_service

    given = [word for word, value in (("--name", name), ("--micro", micro), ("--again", again)) if value]
    if micro_of is not None and given:
        raise InvalidInput("plan_import_what", path=path, other=given[0])
    if micro_of is None and effective is not None:
        raise InvalidInput("plan_effective_draft")
    if path.is_dir() and (given or micro_of is not None):
        raise InvalidInput("plan_import_folder", path=path, other=given[0] if given else "--micro-of")
    service = build_service(settings(), create=True)
    who = actor or settings().actor
    if path.is_dir():
        tell("place_imported", name=plans.import_place(service, path, actor=who))
        return
    if micro_of is not None:
        _tell_micro(*import_micro(service, micro_of, str(path), effective=parse_date(effective), actor=who))
        return
    done = plans.import_plan(service, path, name=name, actor=who, micro=micro, again=again)
    plan = done.plan
    if done.known:
        tell("plan_known", id=plan.id, name=plan.name)
    else:
        tell("plan_imported", id=plan.id, name=plan.name, grids=plan.grids, units=plan.units)
        if done.same is not None:
            warn(
                "plan_same",
                id=done.same.id,
                name=done.same.name,
                state=say(f"word_state_{done.same.state}", language()),
            )
    if done.micro is not None:
        _tell_micro(done.micro, done.left_out)


def _tell_micro(edition: MicroEdition, left_out: int) -> None:
    key = "micro_imported" if edition.effective else "micro_imported_draft"
    tell(
        key,
        edition=edition.id,
        plan=edition.plan,
        micro_grids=edition.micro_grids,
        households=edition.households,
        effective=edition.effective,
    )
    if left_out:
        warn("micro_left_out", count=left_out)


def publish(
    plan_id: Annotated[int, typer.Argument(min=1, metavar="PLAN_ID")],
    effective: Annotated[str, typer.Option(help="The day from which it is in force, e.g. 2026-12-01.")],
    actor: Actor = None,
) -> None:
    """Publish a draft with a date; a plan with gaps, overlaps or loose pieces is refused (发布方案).

    Example: geo publish 1 --effective 2026-12-01
    """
    from geo.service import plans
    from geo.wiring import build_service

    day = parse_date(effective)
    assert day is not None
    plan = plans.publish_plan(build_service(settings()), plan_id, effective=day, actor=actor or settings().actor)
    tell(f"plan_published_{plan.state}", id=plan.id, name=plan.name, effective=plan.effective)


def list_plans(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False) -> None:
    """List the plans of the database (列出方案).

    Example: geo plans
    """
    from geo.wiring import build_service

    service = build_service(settings())
    rows = service.store.list_plans(today=service.today())
    if as_json:
        print_json([{**vars(plan), "wishes": {k: v for k, v in plan.wishes.items() if k != "closed"}} for plan in rows])
        return
    for plan in rows:
        day = plan.effective or "-"
        tell("plan_line", id=plan.id, state=plan.state, effective=day, grids=plan.grids, name=plan.name)
    if not rows:
        tell("no_plans_yet")
