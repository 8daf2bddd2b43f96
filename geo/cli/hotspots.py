"""geo hotspots: what is elevated beyond chance, told once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from geo.cli import hotspot_themes
from geo.cli.console import Progress, language, parse_date, print_json, settings, tell
from geo.model.hotspots import Hotspot

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run")(run)
    app.command("list")(list_)
    app.command("show")(show)
    app.command("digest")(digest)
    themes = typer.Typer(no_args_is_help=True, help="The month's theme (每月一题): rank, freeze, before and after.")
    hotspot_themes.register(themes)
    app.add_typer(themes, name="theme")


def run(
    as_of: Annotated[str | None, typer.Option(help="Look back from this day; yesterday if not said.")] = None,
    categories: Annotated[
        str | None, typer.Option(help="Prefixes of category codes, with commas: 05,0601; all if not said.")
    ] = None,
    department: Annotated[str | None, typer.Option(help="Only issues of this department.")] = None,
    denominator: Annotated[
        Literal["residents", "households", "buildings", "past"],
        typer.Option(help="What is expected by: residents …, or past = all other issues."),
    ] = "past",
    step: Annotated[Literal["day", "week"], typer.Option(help="Count by day or by week.")] = "week",
    least_days: Annotated[
        float, typer.Option(min=0, help="Tell only what chance brings at most once in so many days.")
    ] = 365.0,
    fold_metres: Annotated[
        float, typer.Option(min=0, help="Reports of one topic so near each other are one incident; 0: same place only.")
    ] = 0.0,
    fold_reporter: Annotated[
        bool, typer.Option("--fold-reporter", help="Reports of one topic by one reporter are one incident.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the replicas.")] = 1,
    actor: Annotated[str | None, typer.Option(help="Who acts, for the journal; the login name by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Scan for what is emerging and store it; a known hotspot is no alert again (热点扫描). For every day or week.

    Example: geo hotspots run --as-of 2026-07-31 --categories 05
    """
    from geo.service.hotspot_run import run_hotspots
    from geo.service.hotspot_settings import RunSettings
    from geo.wiring import build_service

    chosen = RunSettings(
        categories=tuple(sorted({part.strip() for part in (categories or "").split(",") if part.strip()})),
        department=department, denominator=denominator, step=step, least_days=least_days, fold_metres=fold_metres,
        fold_reporter=fold_reporter, seed=seed,
    )  # fmt: skip
    progress = Progress("geo hotspots run")
    found, fresh = run_hotspots(
        build_service(settings()), as_of=parse_date(as_of), settings=chosen, actor=actor or settings().actor,
        progress=progress,
    )  # fmt: skip
    progress.done()
    if as_json:
        print_json({**vars(found), "hotspots": [vars(hotspot) for hotspot in found.hotspots]})
        return
    for hotspot in found.hotspots:
        print(_line(hotspot))
    alerts = sum(1 for hotspot in found.hotspots if not hotspot.known)
    if not fresh:
        tell("hotspots_run_again")
    tell(
        "hotspots_run_done",
        day=found.as_of,
        incidents=found.counted["incidents"],
        issues=found.counted["issues"],
        categories=found.counted["categories"],
        alerts=alerts,
        known=len(found.hotspots) - alerts,
    )


def list_(
    since: Annotated[str | None, typer.Option(help="Of runs from this day on.")] = None,
    until: Annotated[str | None, typer.Option(help="Of runs up to this day.")] = None,
    category: Annotated[str, typer.Option(help="Prefix of a category code.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Also those that were told before.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the hotspots that were found (热点列表).

    Example: geo hotspots list --since 2026-07-01
    """
    from geo.wiring import build_service

    last = parse_date(until)
    found = build_service(settings()).store.list_hotspots(
        since=parse_date(since),
        before=None if last is None else last + timedelta(days=1),
        category=category,
        alerts=not all_,
    )
    if as_json:
        print_json([vars(hotspot) for hotspot in found])
        return
    for hotspot in found:
        print(_line(hotspot))
    if not found:
        tell("hotspots_none")


def show(
    hotspot: Annotated[int, typer.Argument(min=1, help="Its number.")],
    as_json: AsJson = False,
) -> None:
    """Show one hotspot: what, where, since when, and how rare that is by chance.

    Example: geo hotspots show 1
    """
    from geo.service.hotspot_words import place_of
    from geo.wiring import build_service

    service = build_service(settings())
    found = service.store.get_hotspot(hotspot)
    names = place_of(service, found)
    if as_json:
        print_json({**vars(found), "names": names})
        return
    print(_line(found))
    print(" ".join(f"{code} {names.get(code, '')}".strip() for code in found.members))
    print(f"LLR {found.llr:.3f}  p {found.p:.3g}  RR {found.relative_risk or float('inf'):.2f}  {found.method}")


def digest(
    out: Annotated[Path, typer.Option(help="Folder for the pages; made if it is not there.")],
    as_of: Annotated[str | None, typer.Option(help="Last day of the week; yesterday if not said.")] = None,
) -> None:
    """Write the week of every community: new, overdue, hotspots; a page each that needs no server (一周简报).

    Example: geo hotspots digest --out digest --as-of 2026-07-19
    """
    from geo.service.hotspot_digest import write_digests
    from geo.wiring import build_service

    progress = Progress("geo hotspots digest")
    written = write_digests(build_service(settings()), out, as_of=parse_date(as_of), lang=language(), progress=progress)
    progress.done()
    tell("hotspots_digest_done", count=len(written), folder=out)


def _line(hotspot: Hotspot) -> str:
    from geo.service.hotspot_words import in_words

    number = f"{hotspot.id}" + (f" (= {hotspot.known})" if hotspot.known else "")
    topic = f"{hotspot.category} {hotspot.category_name}".strip()
    return (
        f"{number}  {hotspot.first} … {hotspot.last}  {topic}  {hotspot.centre} ({len(hotspot.members)})  "
        f"{in_words(hotspot, language(), public=False)}"
    )
