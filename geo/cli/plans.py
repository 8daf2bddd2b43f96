"""geo import · publish · plans: the life of a plan in the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import parse_date, print_json, settings, tell

Actor = Annotated[str | None, typer.Option(help="Who acts, for the journal; the login name by default.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_)
    app.command("publish")(publish)
    app.command("plans")(list_plans)


def import_(
    path: Annotated[Path, typer.Argument(help="A plan file, or a place folder with a SOURCE.toml.")],
    name: Annotated[str | None, typer.Option(help="Name of the plan; the file's stem by default.")] = None,
    actor: Actor = None,
) -> None:
    """Import a plan file as a draft, or a place folder (导入方案或地方资料).

    Example: geo import plan.gpkg && geo publish 1 --effective 2026-12-01
    """
    from geo.service import plans
    from geo.wiring import build_service

    service = build_service(settings(), create=True)
    who = actor or settings().actor
    if path.is_dir():
        tell("place_imported", name=plans.import_place(service, path, actor=who))
        return
    plan = plans.import_plan(service, path, name=name, actor=who)
    tell("plan_imported", id=plan.id, name=plan.name, grids=plan.grids, units=plan.units)


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
        print_json([{**vars(plan), "wishes": dict(plan.wishes)} for plan in rows])
        return
    for plan in rows:
        day = plan.effective or "-"
        tell("plan_line", id=plan.id, state=plan.state, effective=day, grids=plan.grids, name=plan.name)
    if not rows:
        tell("no_plans_yet")
